/**
 * A publish by itself is never a crossing, and no workflow hears of it. Leads that the new version newly reaches, or
 * for which it makes something due earlier, are judged by this sweep, so that they take it up now and not some day.
 */
import { type Judgement, judgeLeads } from '../definition/judgement.js';
import type { Db } from '../store/database.js';
import {
  endSweep,
  lockSweep,
  moveSweep,
  nurturedLeads,
  type PublishSweep,
  sweepUnderWay,
} from '../store/definition-sweeps.js';
import { judgeOnce } from '../store/judgements.js';
import type { CurrentDefinition } from './deliver.js';

/** Leads judged by one transaction, and looked at in one sweep. */
const PAGE_LEADS = 50;
const LEADS_PER_SWEEP = 500;
/** The pace at which a publish may hand leads off. */
const HANDOFFS_PER_SWEEP = 50;
/** Deadlines that differ by less are the same one. */
const SAME_MS = 1_000;

/**
 * Goes on with the sweep of the newest publish. Several couriers may call it: one of them moves it on, and a lead is
 * judged once for each version. Answers how many leads were judged.
 */
export async function sweepPublished(db: Db, book: CurrentDefinition, nowMs: number): Promise<number> {
  let sweep = await sweepUnderWay(db);
  let judged = 0;
  let handoffs = 0;
  for (
    let looked = 0;
    sweep && looked < LEADS_PER_SWEEP && handoffs < HANDOFFS_PER_SWEEP;
    looked += PAGE_LEADS
  ) {
    const page = await sweepPage(db, book, sweep, nowMs);
    judged += page.judged;
    handoffs += page.handoffs;
    sweep = page.next;
  }
  return judged;
}

interface Page {
  readonly judged: number;
  readonly handoffs: number;
  /** Where it goes on; null when the sweep is over, or somebody else's. */
  readonly next: PublishSweep | null;
}
const OVER: Page = { judged: 0, handoffs: 0, next: null };

async function sweepPage(db: Db, book: CurrentDefinition, sweep: PublishSweep, nowMs: number): Promise<Page> {
  const published = await book.current();
  // Another gateway published a moment ago and this process has not read it yet.
  if (published.ref.number < sweep.number) return OVER;
  const leads = await nurturedLeads(db, sweep.through, PAGE_LEADS);
  const ids = leads.map(({ leadId }) => leadId);
  // Judged before the transaction: it is the embedded database's only connection.
  const judgements = await judgeLeads(db, published, ids, nowMs);
  const reached = leads.flatMap(({ leadId, nextAt }) => {
    const judgement = judgements.get(leadId);
    return judgement && isReached(judgement, nextAt) ? [judgement] : [];
  });
  const handoffs = reached.filter(({ handoff }) => handoff !== null).length;
  return db.transaction().execute(async (trx) => {
    if (!(await lockSweep(trx, sweep))) return OVER;
    for (const { leadId, handoff } of reached) {
      await judgeOnce(trx, {
        name: `publish-${sweep.number}-${leadId}`,
        actor: 'publish',
        leadId,
        words: { definition: sweep.number, handsOff: handoff !== null },
      });
    }
    const through = ids.at(-1) ?? sweep.through;
    await moveSweep(trx, { ...sweep, through }, { looked: leads.length, judged: reached.length, handoffs });
    if (leads.length < PAGE_LEADS) {
      await endSweep(trx, sweep.number);
      return { judged: reached.length, handoffs, next: null };
    }
    return { judged: reached.length, handoffs, next: { ...sweep, through } };
  });
}

/** Whether the version hands the lead off now, or moves what it waits for to an earlier instant. */
function isReached({ handoff, nextAtMs }: Judgement, recordedNextAt: Date | null): boolean {
  if (handoff !== null) return true;
  if (nextAtMs === null) return false;
  return recordedNextAt === null || nextAtMs < recordedNextAt.getTime() - SAME_MS;
}
