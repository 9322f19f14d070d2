/** Alerts of a handoff: never to nobody, and never without bound while they cannot be sent. */
import type { AlertReason, AlertTo } from './decision.js';
import type { Handoff } from './state.js';
import type { Turn } from './turn.js';

/** Equal alerts that may wait at once; more would tell nobody anything new, and a lead that is a robot could go on for ever. */
const WAITING_MAX = 8;

/** Tells the rep, or the managers of a handoff that waits in the queue. */
export function alertRep(turn: Turn, reason: AlertReason, handoff: Handoff, dueAt?: number): void {
  const to: AlertTo = handoff.prepared && handoff.rep === null ? 'managers' : 'rep';
  const waiting = turn.state.effects.filter(
    ({ args, handoff: of }) =>
      of === handoff.number && args.effect === 'alert' && args.to === to && args.reason === reason,
  );
  if (waiting.length < WAITING_MAX) turn.alert(to, reason, handoff, dueAt);
}
