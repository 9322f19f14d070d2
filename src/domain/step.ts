/**
 * One lead's decisions, as a pure function of its state and one event. The same function runs in the workflow,
 * in backtests over the log, in a definition's own tests and in the simulation.
 */

import { copyState } from './copies.js';
import type { Decision } from './decision.js';
import type { CorePolicy } from './definition.js';
import { emptyEngagement } from './engagement.js';
import type { LeadEvent, LogFact } from './lead-event.js';
import { onCommand } from './on-command.js';
import { onDeadline } from './on-deadline.js';
import { onEngagement } from './on-engagement.js';
import { onEffectResult, onRequestResult } from './on-result.js';
import { ENGINE_VERSION, type Engagement, type LeadState, STATE_VERSION } from './state.js';
import { Turn } from './turn.js';

export interface Stepped {
  readonly state: LeadState;
  readonly decisions: readonly Decision[];
}

/** A lead nothing is known of yet; its first period begins with its first event. */
export function newLead(leadId: string, policy: CorePolicy): LeadState {
  return {
    stateVersion: STATE_VERSION,
    engine: ENGINE_VERSION,
    leadId,
    seq: 0,
    at: 0,
    definition: policy.ref,
    source: policy.source,
    newestSource: policy.source,
    stage: { name: 'nurturing', track: policy.nurture.track },
    period: {
      number: 1,
      startedAt: 0,
      allowedMs: 0,
      allowedSince: null,
      finalEmail: 'open',
      finalSentAt: null,
    },
    engagement: emptyEngagement(),
    suppressed: { marketing: null, sales: null },
    handoffs: 0,
    lastHandoff: null,
    cooldownUntil: null,
    heldCrossing: false,
    backfilledUntil: null,
    followUp: null,
    tags: [],
    effects: [],
    requests: [],
    nextRequestId: 1,
    ordinals: {},
    journalled: 0,
    verdicts: [],
  };
}

/**
 * Applies one event. Log events must come in the order of their numbers, and every deadline at or before an event's
 * acceptance must have been fed first: the caller owns that order (`nextDeadline` names the next one).
 */
export function step(state: LeadState, event: LeadEvent, policy: CorePolicy): Stepped {
  const turn = new Turn(copyState(state), policy, logicalInstant(event), false);
  take(turn, event);
  return { state: turn.state, decisions: turn.decisions };
}

/**
 * `step` for who walks a lead through its log and keeps no older state: the state handed in is changed in place, and
 * so are the records in it. It must be the caller's alone, as a new lead's or one just read from JSON is.
 */
export function advance(state: LeadState, event: LeadEvent, policy: CorePolicy): readonly Decision[] {
  const turn = new Turn(state, policy, logicalInstant(event), true);
  take(turn, event);
  return turn.decisions;
}

function take(turn: Turn, event: LeadEvent): void {
  switch (event.kind) {
    case 'engagement':
      begin(turn, event);
      return onEngagement(turn, event);
    case 'command':
      begin(turn, event);
      return onCommand(turn, event);
    case 'timer':
      return onDeadline(turn, event);
    case 'effect_result':
      return onEffectResult(turn, event);
    case 'request_result':
      return onRequestResult(turn, event);
  }
}

/** The state with this period's engagement folded anew, under a policy that may be another one. */
export function refolded(state: LeadState, engagement: Engagement, policy: CorePolicy): LeadState {
  return { ...state, engagement, definition: policy.ref, source: policy.source };
}

/** Log events are decided at their acceptance; everything else at its own instant. */
function logicalInstant(event: LeadEvent): number {
  return event.kind === 'engagement' || event.kind === 'command' ? event.acceptedAt : event.at;
}

/** Notes the log event's number; the first one begins the first period. */
function begin(turn: Turn, { seq, acceptedAt }: LogFact): void {
  const { seq: seqBefore, period } = turn.state;
  turn.set({ seq });
  if (seqBefore === 0 && period.startedAt === 0)
    turn.set({ period: { ...period, startedAt: acceptedAt, allowedSince: acceptedAt } });
}

/** Whether nothing waits any more for this lead: its workflow may end, and the log goes on without it. */
export function isAtRest(state: LeadState): boolean {
  const { name } = state.stage;
  const ended = name === 'converted' || name === 'unqualified' || name === 'dormant';
  return (
    ended &&
    state.effects.length === 0 &&
    state.requests.length === 0 &&
    state.engagement.pending.length === 0
  );
}
