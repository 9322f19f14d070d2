/** One lead's state: plain, readonly JSON that survives continue-as-new. Aggregates only; the event log holds the events. */

import type { PendingEffect, PendingRequest, TriggerFired, Verdict } from './decision.js';
import type { DefinitionRef, HandoffPolicy, OutcomeKind, Track } from './definition.js';

/** Raised when the meaning of state or of a decision changes; old numbers keep their behaviour. */
export const ENGINE_VERSION = 1;
export const STATE_VERSION = 1;

/** A counted contribution: when it happened, and how many were folded into it (more than 1 only past the entry cap). */
export type ScoreEntry = readonly [atMs: number, count: number];

export interface PendingClick {
  readonly seq: number;
  /** The click counts, or is found to be a machine's, at this instant. */
  readonly settleAt: number;
  readonly at: number;
  readonly acceptedAt: number;
  readonly email: number;
  readonly link: number | null;
  readonly rules: readonly string[];
  readonly triggers: readonly string[];
  readonly resource: number | null;
  readonly dayKey: string;
  readonly ctaClick: boolean;
  readonly backfill: boolean;
  readonly human: boolean;
  /** Set when another link of the same mail was clicked too close to this one. */
  readonly manyLinks: boolean;
}

interface MailFacts {
  readonly sentAt: number | null;
  readonly deliveredAt: number | null;
}

/** What the lead did in the current nurture period, as far as decisions need it. */
export interface Engagement {
  readonly entries: Readonly<Record<string, readonly ScoreEntry[]>>;
  /** How often a rule counted per key of its repeat limit. */
  readonly limits: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Instants of the visits that count towards an action with a window. */
  readonly visits: Readonly<Record<string, readonly number[]>>;
  readonly openedMails: readonly number[];
  readonly clickedLinks: readonly number[];
  readonly mails: Readonly<Record<string, MailFacts>>;
  /** Recent clicks per mail, for the many-links rule: [at, link]. */
  readonly clicks: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  /** Instants at which direct-CTA mails were sent. */
  readonly ctaSentAt: readonly number[];
  readonly lastResponseAt: number | null;
  readonly lastHumanAt: number | null;
  readonly pending: readonly PendingClick[];
  readonly humanCount: number;
  readonly machineCount: number;
  /** Milli-points. */
  readonly fit: number;
}

export interface NurturePeriod {
  readonly number: number;
  readonly startedAt: number;
  /** Nurture time already run, and since when it runs now (null: nurture mail is not allowed). */
  readonly allowedMs: number;
  readonly allowedSince: number | null;
  readonly finalEmail: 'open' | 'requested' | 'skipped';
  readonly finalSentAt: number | null;
}

export interface Suppression {
  readonly at: number;
  readonly why: 'unsubscribed' | 'complaint' | 'hard_bounce' | 'opt_out_reply' | 'disposition';
}

export interface Handoff {
  readonly number: number;
  readonly startedAt: number;
  readonly trigger: TriggerFired;
  /** The version this handoff was started under; it keeps it to its end. */
  readonly definition: DefinitionRef;
  readonly terms: HandoffPolicy;
  readonly prepared: boolean;
  readonly rep: string | null;
  readonly routedBy: string | null;
  readonly task: {
    readonly state: 'none' | 'open' | 'done' | 'missed' | 'cancelled';
    readonly dueAt: number | null;
    readonly dueAlerted: boolean;
  };
  readonly sla: {
    readonly state: 'running' | 'met' | 'lapsed';
    readonly startsAt: number | null;
    readonly dueAt: number | null;
    readonly remindAt: number | null;
    readonly extended: boolean;
  };
  readonly bridge: {
    readonly state: 'planned' | 'sent' | 'none';
    readonly at: number | null;
    readonly expiresAt: number | null;
  };
  readonly meetingAt: number | null;
  readonly firstActivityAt: number | null;
  readonly lastActivityAt: number | null;
  readonly idleAlerts: number;
  readonly reassignedAfterLapse: number;
  readonly lapsedReps: readonly string[];
  readonly suppressedAtStart: boolean;
  readonly outcome: HandoffOutcome | null;
}

export interface HandoffOutcome {
  readonly kind: OutcomeKind;
  readonly at: number;
  readonly by: string | null;
  readonly followUpOn: string | null;
}

export type Stage =
  | { readonly name: 'nurturing'; readonly track: Track }
  | { readonly name: 'handed_off'; readonly handoff: Handoff }
  | { readonly name: 'working'; readonly handoff: Handoff }
  | { readonly name: 'converted'; readonly at: number }
  | { readonly name: 'unqualified'; readonly at: number }
  | { readonly name: 'dormant'; readonly since: number };

interface FollowUp {
  readonly handoff: number;
  readonly rep: string | null;
  /** ISO date as promised, and its business-day instant once computed. */
  readonly on: string;
  readonly at: number | null;
}

export interface LeadState {
  readonly stateVersion: 1;
  readonly engine: number;
  readonly leadId: string;
  /** Number of the last applied log event. */
  readonly seq: number;
  /** Logical time: the latest instant anything was decided at. */
  readonly at: number;
  readonly definition: DefinitionRef;
  /** The source whose policy holds, and the newest one the lead entered by. */
  readonly source: string;
  readonly newestSource: string;
  readonly stage: Stage;
  readonly period: NurturePeriod;
  readonly engagement: Engagement;
  readonly suppressed: { readonly marketing: Suppression | null; readonly sales: Suppression | null };
  readonly handoffs: number;
  /** The newest closed handoff, whole: a late activity or a changed disposition restores it. */
  readonly lastHandoff: Handoff | null;
  readonly cooldownUntil: number | null;
  /** A crossing of the threshold that could not fire yet. */
  readonly heldCrossing: boolean;
  /** Acceptance of the newest imported event: what held by then waits for `judge` or a live act. */
  readonly backfilledUntil: number | null;
  readonly followUp: FollowUp | null;
  readonly tags: readonly string[];
  readonly effects: readonly PendingEffect[];
  readonly requests: readonly PendingRequest[];
  readonly nextRequestId: number;
  readonly ordinals: Readonly<Record<string, number>>;
  /** How many entries this lead's journal has; the next one gets the next number. */
  readonly journalled: number;
  /** Verdicts that a waiting caller may still read. */
  readonly verdicts: readonly Verdict[];
}
