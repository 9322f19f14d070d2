/** The current definition for a source, and a period's engagement folded anew from the log under it. */
import type { RefoldAnswer, RefoldInput } from '../contracts/lead-workflow.js';
import { observeLog } from '../definition/facts.js';
import { corePolicy } from '../domain/definition.js';
import { applyEngagement, emptyEngagement, settleClicks } from '../domain/engagement.js';
import { numberedRows } from '../store/stream-log.js';
import type { ActivityDeps } from './deps.js';
import { passGate } from './gate.js';

/** Enough for nearly every lead at once; bounds the memory for one that is a robot. */
const PAGE_EVENTS = 2_000;

/**
 * Folds the events up to `appliedSeq` and settles waiting clicks up to `atMs`; later events up to `uptoSeq` come back
 * as facts under the answered policy. Decisions that were taken are not touched: they are in the state and the journal.
 */
export async function refold(deps: ActivityDeps, input: RefoldInput): Promise<RefoldAnswer> {
  const { leadId, appliedSeq, uptoSeq, period } = input;
  await passGate(deps.db, leadId, input.epoch);
  const published = await deps.book.current();
  const policy = corePolicy(published.policyFor(input.source), published.ref);
  let engagement = emptyEngagement();
  for (let after = 0; after < appliedSeq; after += PAGE_EVENTS) {
    const rows = await numberedRows(deps.db, leadId, after, Math.min(after + PAGE_EVENTS, appliedSeq));
    for (const fact of await observeLog(deps.db, leadId, rows, published, input.source, appliedSeq)) {
      if (fact.kind === 'engagement') engagement = applyEngagement(engagement, fact, policy, period);
    }
  }
  const waiting = await numberedRows(deps.db, leadId, appliedSeq, uptoSeq);
  const facts = await observeLog(deps.db, leadId, waiting, published, input.source, 'each');
  return { policy, engagement: settleClicks(engagement, input.atMs, policy), facts };
}
