/** Which events of a log a person did: the same fold that scores them decides it, so that no list disagrees with a count. */
import type { CorePolicy } from './definition.js';
import { absorb, emptyEngagement, firstDue, isAct, settleClick } from './engagement.js';
import type { LogFact } from './lead-event.js';
import type { Engagement } from './state.js';

/** Everything known of the lead counts here, whatever period it was in. */
const WHOLE_LIFE = { number: 1, startedAt: 0 };

/**
 * The numbers of the events that are human acts of the lead. Facts come in the log's order; a click whose machine
 * check is still open at `atMs` is not among them, and neither is an automatic reply.
 */
export function humanActs(
  facts: readonly LogFact[],
  policy: Pick<CorePolicy, 'scoring' | 'triggers' | 'machines'>,
  atMs: number,
): ReadonlySet<number> {
  const human = new Set<number>();
  let engagement = emptyEngagement();
  const settle = (until: number): Engagement => {
    let current = engagement;
    for (let due = firstDue(current, until); due; due = firstDue(current, until)) {
      const settled = settleClick(current, due, policy);
      if (settled.machine === null) human.add(due.seq);
      current = settled.engagement;
    }
    return current;
  };
  for (const fact of facts) {
    if (fact.kind !== 'engagement') continue;
    engagement = settle(fact.acceptedAt);
    const absorbed = absorb(engagement, fact, policy, WHOLE_LIFE);
    engagement = absorbed.engagement;
    if (absorbed.as === 'counted' && isAct(fact.type)) human.add(fact.seq);
  }
  settle(atMs);
  return human;
}
