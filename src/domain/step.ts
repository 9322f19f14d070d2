/**
 * One lead's decisions, as a pure function of its state and one event. The same function runs in the workflow,
 * in backtests over the log, in a definition's own tests and in the simulation.
 */

import type { Decision } from './decision.js';
import type { CorePolicy } from './definition.js';
import { emptyEngagement } from './engagement.js';
import type { LeadEvent } from './lead-event.js';
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
  const turn = new Turn(begun(state, event), policy, logicalInstant(event));
  switch (event.kind) {
    case 'engagement':
      onEngagement(turn, event);
      break;
    case 'command':
      onCommand(turn, event);
      break;
    case 'timer':
      onDeadline(turn, event);
      break;
    case 'effect_result':
      onEffectResult(turn, event);
      break;
    case 'request_result':
      onRequestResult(turn, event);
      break;
  }
  return { state: turn.state, decisions: turn.decisions };
}

/** The state with this period's engagement folded anew, under a policy that may be another one. */
export function refolded(state: LeadState, engagement: Engagement, policy: CorePolicy): LeadState {
  return { ...state, engagement, definition: policy.ref, source: policy.source };
}

/** Log events are decided at their acceptance; everything else at its own instant. */
function logicalInstant(event: LeadEvent): number {
  return event.kind === 'engagement' || event.kind === 'command' ? event.acceptedAt : event.at;
}

/** The state as its next log event finds it; one copy, because this is done for every event there is. */
function begun(state: LeadState, event: LeadEvent): LeadState {
  if (event.kind !== 'engagement' && event.kind !== 'command') return state;
  const { seq, acceptedAt } = event;
  const next = { ...state, seq, at: Math.max(state.at, acceptedAt) };
  if (state.seq !== 0 || state.period.startedAt !== 0) return next;
  return { ...next, period: { ...state.period, startedAt: acceptedAt, allowedSince: acceptedAt } };
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
