/**
 * What `step` is fed: facts only. Ids, enumerated words, small integers and instants (epoch milliseconds, UTC);
 * never an address, a path, a trait or free text, because facts enter a workflow's history.
 */
import type { ActivityKind, DispositionKind, ReplyClass } from './definition.js';

/** Why an event is held to be machine-made: said by the provider or seen by `observe`, seen by `step`, or set by a person. */
export type MachineRule =
  | 'provider_flag'
  | 'user_agent'
  | 'privacy_proxy'
  | 'fast_click'
  | 'many_links'
  | 'corrected';

export type UnsubscribeStream = 'marketing' | 'sales' | 'all';

/** Something a lead (or a platform on the lead's behalf) did. */
export interface EngagementFact {
  readonly kind: 'engagement';
  readonly seq: number;
  readonly type: string;
  /** When it happened, by the sender's account. */
  readonly at: number;
  /** When Baton accepted it; never goes back within a lead. */
  readonly acceptedAt: number;
  /** The calendar day of `at` in the team's time zone, for `per: day`. */
  readonly dayKey: string;
  /** Ids of the scoring rules and of the action triggers whose conditions hold. */
  readonly rules: readonly string[];
  readonly triggers: readonly string[];
  /** References that Postgres hands out; equal numbers mean the same mail, link or resource. */
  readonly email?: number;
  readonly link?: number;
  readonly resource?: number;
  /** The lead source this event entered by, when it says one. */
  readonly source?: string;
  readonly directCta?: boolean;
  /** The lead clicked the call to action of a direct-CTA mail. */
  readonly ctaClick?: boolean;
  readonly machine?: MachineRule;
  /** A person said this was a human act: no machine rule may overrule it. */
  readonly human?: boolean;
  readonly backfill?: boolean;
  /** Milli-points of fit after this event. */
  readonly fit: number;
  readonly reply?: ReplyClass;
  readonly stream?: UnsubscribeStream;
  readonly meetingAt?: number;
  /** An earlier visit of the same person, known only now: it belongs to the lead's first period whatever its date. */
  readonly anonymous?: boolean;
}

export type CommandKind =
  | 'activity'
  | 'disposition'
  | 'handoff'
  | 'reassign'
  | 'judge'
  | 'correct'
  | 'retry_effect';

/** Something a person asked for; committed to the log first, so that it can be late and can be replayed. */
export interface CommandFact {
  readonly kind: 'command';
  readonly seq: number;
  readonly commandId: string;
  readonly command: CommandKind;
  readonly at: number;
  readonly acceptedAt: number;
  /** The handoff it speaks of, where it speaks of one. */
  readonly handoff?: number;
  readonly activity?: ActivityKind;
  readonly disposition?: DispositionKind;
  /** ISO date. */
  readonly followUpOn?: string;
  /** Random id of a rep: the new one of a reassignment. */
  readonly rep?: string;
  /** Random id of who asks: a rep, an API key, `crm`. */
  readonly by?: string;
  readonly effectKey?: string;
  /** The corrected event's number. */
  readonly target?: number;
}

/** The deadlines a lead can have; at equal instants they fire in this order. */
export const DEADLINE_ORDER = [
  'pending_click',
  'retry',
  'bridge',
  'sla',
  'sla_reminder',
  'task_due',
  'idle_rep',
  'idle_manager',
  'idle_close',
  'follow_up',
  'cooldown_end',
  'fallback',
  'final_email',
  'sunset',
] as const;
export type DeadlineKind = (typeof DEADLINE_ORDER)[number];

export interface Deadline {
  readonly kind: DeadlineKind;
  readonly at: number;
}

export interface TimerFact {
  readonly kind: 'timer';
  readonly deadline: DeadlineKind;
  /** The instant the deadline was for, not the instant the timer happened to fire. */
  readonly at: number;
}

/** Why an effect or a request did not succeed: a closed list, because failure texts of others may hold personal data. */
export type FaultCode =
  | 'unavailable'
  | 'timeout'
  | 'rate_limited'
  | 'rejected'
  | 'not_found'
  | 'unauthorized'
  | 'unknown_outcome'
  | 'suppressed'
  | 'internal';

/** An effect's answer. */
export interface EffectResultFact {
  readonly kind: 'effect_result';
  readonly key: string;
  readonly at: number;
  readonly result:
    | { readonly ok: true; readonly skipped?: boolean }
    | { readonly ok: false; readonly code: FaultCode; readonly permanent: boolean };
}

export interface PreparedFacts {
  readonly rep: string | null;
  readonly routedBy: string;
  readonly taskDueAt: number;
  readonly slaStartsAt: number;
  readonly slaDueAt: number;
  readonly slaRemindAt: number | null;
  readonly bridgeExpiresAt: number;
  readonly calendarHash: string;
}

/** The answer to something the core asked of the world outside; all of it is data the core could not compute. */
export type RequestAnswer =
  | { readonly request: 'prepare'; readonly facts: PreparedFacts }
  | {
      readonly request: 'deadlines';
      readonly instants: Readonly<Record<string, number>>;
      readonly calendarHash: string;
    }
  | { readonly request: 'barrier'; readonly throughSeq: number; readonly asked: boolean };

export interface RequestResultFact {
  readonly kind: 'request_result';
  readonly id: number;
  readonly at: number;
  readonly result:
    | { readonly ok: true; readonly answer: RequestAnswer }
    | { readonly ok: false; readonly code: FaultCode };
}

export type LogFact = EngagementFact | CommandFact;
export type LeadEvent = LogFact | TimerFact | EffectResultFact | RequestResultFact;
