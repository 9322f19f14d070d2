/** What the HTTP edge and the CLI see of Temporal and of the courier: ports, so that they import neither. */

import type { Verdict } from '../domain/decision.js';
import type { CommandKind } from '../domain/lead-event.js';

/** Brings a command of the log to its lead's workflow and waits for the verdict. */
export interface LeadGateway {
  /** The verdict once it is durable, or `pending` when Temporal is away or slow: it will be decided later. */
  execute(command: { leadId: string; commandId: string; kind: CommandKind }): Promise<Verdict | 'pending'>;
  /** Whether the Temporal server answers right now. */
  reachable(): Promise<boolean>;
}

/** Tells the courier of this process that a lead has something to deliver; losing the call loses only time. */
export interface CourierNudge {
  nudge(leadIds: readonly string[]): void;
}
