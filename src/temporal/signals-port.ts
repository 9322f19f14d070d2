/** What the courier needs of Temporal, free of its libraries, so that delivery can be tested without a server. */
import type { EngagementBatch, LeadInput } from '../contracts/lead-workflow.js';

/** Why a call to Temporal did not succeed; every one of these may succeed later. */
export type SignalFaultCode =
  /** Not reachable, or too slow to answer: it may or may not have been done. */
  | 'unavailable'
  /** The server asks for less. */
  | 'exhausted'
  /** This one call is refused; others may well succeed. */
  | 'refused';

export class SignalFault extends Error {
  override readonly name = 'SignalFault';
  readonly code: SignalFaultCode;

  constructor(code: SignalFaultCode, cause?: unknown) {
    super(`Temporal did not take the call: ${code}`, { cause });
    this.code = code;
  }
}

/** Every call throws `SignalFault` where it does not answer. */
export interface LeadSignals {
  /** Starts a lead's first run with its first batch. `ended` when a run of that lead existed and is over. */
  begin(input: LeadInput, batch: EngagementBatch): Promise<'begun' | 'ended'>;
  /** Hands a batch to the run. `no_run` when none is open. */
  send(leadId: string, batch: EngagementBatch): Promise<'sent' | 'no_run'>;
  /** Starts a later epoch's run. When one is open already, says which epoch that one is (null: it does not tell). */
  startEpoch(input: LeadInput): Promise<'started' | { readonly running: number | null }>;
  /** How far the open run has come. `unanswered` when no worker replies. */
  progress(
    leadId: string,
  ): Promise<{ readonly seq: number; readonly epoch: number } | 'no_run' | 'unanswered'>;
}
