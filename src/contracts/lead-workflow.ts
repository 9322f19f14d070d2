/** The lead workflow's wire names and shapes: frozen from the first release, imported by both sides. */

import type { PendingEffect, PendingRequest, RequestPlan, Verdict } from '../domain/decision.js';
import type { CorePolicy, DefinitionRef } from '../domain/definition.js';
import type { FaultCode, LogFact, RequestAnswer } from '../domain/lead-event.js';
import type { Engagement, LeadState } from '../domain/state.js';

export const LEAD_WORKFLOW_TYPE = 'leadWorkflow';

/** The workflow id of a lead; lead ids are random, so nothing personal shows. */
export const leadWorkflowId = (leadId: string): string => `lead-${leadId}`;
export const ENGAGEMENT_SIGNAL = 'engagement';
export const LEAD_QUERY = 'lead';
/** Every update names a command of the log and carries nothing else. */
export const COMMAND_UPDATES = {
  activity: 'recordActivity',
  disposition: 'recordDisposition',
  handoff: 'requestHandoff',
  reassign: 'reassign',
  judge: 'judge',
  correct: 'correct',
  retry_effect: 'retryEffect',
} as const;
export type CommandUpdateName = (typeof COMMAND_UPDATES)[keyof typeof COMMAND_UPDATES];

/** What the courier sends as one signal: one lead's next events, in order, observed under one definition. */
export interface EngagementBatch {
  readonly v: 1;
  readonly epoch: number;
  readonly definition: DefinitionRef;
  /** The source whose rules the facts were observed with. */
  readonly source: string;
  readonly facts: readonly LogFact[];
}

export interface LeadInput {
  readonly v: 1;
  readonly leadId: string;
  readonly epoch: number;
  readonly source: string;
  readonly policy: CorePolicy;
  /** Absent on a lead's first run; a snapshot on reopening; the carried state after continue-as-new. */
  readonly state?: LeadState;
  readonly carried?: CarriedInbox;
  /** Search attributes as they stand, so that a run repeats none of them. */
  readonly shown?: Readonly<Record<string, string>>;
  /** Events after which a run continues as new; tests lower it. */
  readonly eventsMax?: number;
}

interface CarriedInbox {
  readonly batches: readonly EngagementBatch[];
  readonly unrecorded: readonly JournalEntry[];
}

export interface CommandUpdateInput {
  readonly commandId: string;
}
/** The verdict once it is durable; `pending` when the run ends its turn before the command has arrived. */
export type CommandUpdateResult = Verdict | 'pending';

/** What the query `lead` shows to people who debug. */
export interface LeadQueryResult {
  readonly epoch: number;
  readonly seq: number;
  readonly state: LeadState;
  readonly next: { readonly what: string; readonly at: string } | null;
  readonly waiting: {
    readonly batches: number;
    readonly inFlight: readonly string[];
    readonly unrecorded: number;
  };
}

export interface LeadOutcome {
  readonly leadId: string;
  readonly epoch: number;
  readonly stage: string;
  readonly lastSeq: number;
}

/** One line of a lead's decision journal: what was put into `step`, and what came out. */
export interface JournalEntry {
  readonly v: 1;
  readonly n: number;
  /** The number of the last log event applied when this was decided. */
  readonly afterSeq: number;
  /** Logical instant. */
  readonly at: number;
  readonly definition: DefinitionRef;
  readonly engine: number;
  /** A log event by its number, or the whole fact where it came from a timer, a result or a refold. */
  readonly input: JournalInput;
  /** `Decision[]` of the domain, as data. */
  readonly decisions: readonly unknown[];
}
export type JournalInput =
  | { readonly kind: 'log'; readonly seq: number }
  | { readonly kind: 'fact'; readonly fact: unknown }
  | {
      readonly kind: 'refold';
      readonly uptoSeq: number;
      readonly definition: DefinitionRef;
      readonly source: string;
    };

/** What activities return and take. Every one checks tombstone and epoch before it acts and before it writes. */
export interface LeadActivities {
  /** Does one effect through the ledger. Answers what is known; throws only for a fault of Baton itself. */
  performEffect(input: { leadId: string; epoch: number; effect: PendingEffect }): Promise<EffectAnswer>;
  /** Routing, deadlines, data package and ledger plan of a new handoff, all in one. */
  prepareHandoff(input: PrepareInput): Promise<RequestAnswer>;
  computeDeadlines(input: {
    leadId: string;
    request: Extract<RequestPlan, { request: 'deadlines' }>;
    definition: DefinitionRef;
  }): Promise<RequestAnswer>;
  /** Events already in the log and not delivered; before an SLA lapse the CRM is asked for activity as well. */
  barrier(input: {
    leadId: string;
    epoch: number;
    afterSeq: number;
    definition: DefinitionRef;
    source: string;
    request: Extract<RequestPlan, { request: 'barrier' }>;
  }): Promise<BarrierAnswer>;
  /** The current definition for a source and this period's engagement, folded anew from the log. */
  refold(input: RefoldInput): Promise<RefoldAnswer>;
  /** Writes decisions, verdicts and the snapshot to the journal. Idempotent by lead and entry number. */
  recordJournal(input: RecordInput): Promise<void>;
  /** Ends this epoch in the lead's stream. `more` says that events are waiting and the run must go on. */
  closeLead(input: {
    leadId: string;
    epoch: number;
    lastSeq: number;
    state: LeadState;
  }): Promise<{ more: boolean }>;
  /** Asks the courier to send again from `fromSeq`. */
  requestResend(input: { leadId: string; epoch: number; fromSeq: number }): Promise<void>;
}

export interface BarrierAnswer {
  /** The lead's next events that were accepted by the barrier's instant, observed under the given definition and source. */
  readonly facts: readonly LogFact[];
  readonly answer: RequestAnswer;
  /** The number of the definition published by now. */
  readonly definition: number;
}

export type EffectAnswer =
  | { readonly ok: true; readonly skipped?: boolean }
  | {
      readonly ok: false;
      readonly code: FaultCode;
      readonly permanent: boolean;
    };

export interface PrepareInput {
  readonly leadId: string;
  readonly epoch: number;
  readonly request: Extract<PendingRequest, { request: 'prepare' }>;
  readonly definition: DefinitionRef;
  readonly state: LeadState;
}

export interface RefoldInput {
  readonly leadId: string;
  readonly epoch: number;
  /** Events up to this number are folded into the engagement … */
  readonly appliedSeq: number;
  /** … with waiting clicks settled up to this instant … */
  readonly atMs: number;
  /** … and those after it, up to this number, come back as facts observed under the answered policy. */
  readonly uptoSeq: number;
  readonly source: string;
  /** Only events that belong to this period count. */
  readonly period: { readonly number: number; readonly startedAt: number };
}

export interface RefoldAnswer {
  readonly policy: CorePolicy;
  readonly engagement: Engagement;
  readonly facts: readonly LogFact[];
}

export interface RecordInput {
  readonly leadId: string;
  readonly epoch: number;
  readonly seq: number;
  readonly entries: readonly JournalEntry[];
  readonly verdicts: readonly Verdict[];
  readonly state: LeadState;
  readonly next: { readonly what: string; readonly at: number } | null;
}

/** Typed search attributes; names and types are frozen. */
export const SEARCH_ATTRIBUTES = {
  LeadStage: 'KEYWORD',
  LeadSource: 'KEYWORD',
  /** A band: the score in points, rounded down to tens. */
  LeadScore: 'INT',
  HandoffTrigger: 'KEYWORD',
  HandoffDueAt: 'DATETIME',
  LeadOwner: 'KEYWORD',
  LeadAttention: 'KEYWORD_LIST',
} as const;
