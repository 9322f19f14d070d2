/** Releases imports: has their leads judged, handing off no faster than the reps can take them. */
import { freeCapacity } from '../definition/free-capacity.js';
import { type Judgement, judgeLeads } from '../definition/judgement.js';
import type { PublishedDefinition } from '../definition/versions.js';
import type { Db } from '../store/database.js';
import {
  endRelease,
  judgementName,
  lockRelease,
  moveRelease,
  type ReleaseProgress,
  releaseUnderWay,
  unjudgedLeads,
} from '../store/imports.js';
import { judgeOnce } from '../store/judgements.js';
import type { CurrentDefinition } from './deliver.js';

/** Leads judged by one transaction, and looked at in one sweep. */
const PAGE_LEADS = 50;
const LEADS_PER_SWEEP = 200;
/** The pace where no rep's capacity sets one. */
const HANDOFFS_PER_SWEEP = 50;

/**
 * Goes on with the oldest release. The first pass judges every lead that would not be handed off and as many of the
 * others as there is free capacity; later passes judge those that were left, whenever capacity comes free. Several
 * couriers may call it: one of them moves the release on, and what it commits can be in the log only once.
 * Answers how many leads were judged.
 */
export async function releaseImports(db: Db, book: CurrentDefinition, nowMs: number): Promise<number> {
  const first = await releaseUnderWay(db);
  if (!first) return 0;
  const published = await book.current();
  let judged = 0;
  let handoffs = 0;
  let progress: ReleaseProgress | null = first;
  for (let looked = 0; progress && looked < LEADS_PER_SWEEP; looked += PAGE_LEADS) {
    const turn = await releasePage(db, published, progress, HANDOFFS_PER_SWEEP - handoffs, nowMs);
    judged += turn.judged;
    handoffs += turn.handoffs;
    progress = turn.next;
  }
  return judged;
}

interface Turn {
  readonly judged: number;
  readonly handoffs: number;
  /** Where this sweep may go on; null when it is over. */
  readonly next: ReleaseProgress | null;
}
const OVER: Turn = { judged: 0, handoffs: 0, next: null };

async function releasePage(
  db: Db,
  published: PublishedDefinition,
  progress: ReleaseProgress,
  handoffsMax: number,
  nowMs: number,
): Promise<Turn> {
  const { importId, pass, judgedThrough } = progress;
  // What a first pass has left waits for capacity alone, so there is nothing to look at without any.
  if (pass > 1 && (await freeCapacity(db, published, nowMs)) === 0) return OVER;
  const leadIds = await unjudgedLeads(db, importId, judgedThrough, PAGE_LEADS);
  if (leadIds.length === 0) {
    await endPass(db, progress);
    return OVER;
  }
  // Judged before the transaction: it is the embedded database's only connection.
  const judgements = await judgeLeads(db, published, leadIds, nowMs);
  return db.transaction().execute(async (trx) => {
    if (!(await lockRelease(trx, progress))) return OVER;
    const free = (await freeCapacity(trx, published, nowMs)) ?? Number.POSITIVE_INFINITY;
    const done = await judgePage(trx, progress, { leadIds, judgements, free, handoffsMax });
    await moveRelease(trx, done.reached);
    return { ...done, next: done.isOver ? null : done.reached };
  });
}

async function judgePage(
  trx: Db,
  { importId, pass, judgedThrough }: ReleaseProgress,
  page: {
    readonly leadIds: readonly string[];
    readonly judgements: ReadonlyMap<string, Judgement>;
    readonly free: number;
    readonly handoffsMax: number;
  },
): Promise<{ judged: number; handoffs: number; reached: ReleaseProgress; isOver: boolean }> {
  let judged = 0;
  let handoffs = 0;
  let through = judgedThrough;
  for (const leadId of page.leadIds) {
    const judgement = page.judgements.get(leadId);
    const handsOff = judgement?.handoff != null;
    if (handsOff && handoffs >= page.free) {
      // The reps are busy. The first pass leaves this lead for a later one, which begins anew once somebody is free.
      if (pass > 1) return { judged, handoffs, reached: { importId, pass, judgedThrough: '' }, isOver: true };
    } else if (handsOff && handoffs >= page.handoffsMax) {
      return { judged, handoffs, reached: { importId, pass, judgedThrough: through }, isOver: true };
    } else if (judgement) {
      const words = { importId, handsOff };
      await judgeOnce(trx, { name: judgementName(importId, leadId), actor: 'import', leadId, words });
      judged += 1;
      if (handsOff) handoffs += 1;
    }
    through = leadId;
  }
  return { judged, handoffs, reached: { importId, pass, judgedThrough: through }, isOver: false };
}

/** Every lead was looked at: the import is released, or a new pass begins with those that are left. */
async function endPass(db: Db, progress: ReleaseProgress): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (!(await lockRelease(trx, progress))) return;
    const left = await unjudgedLeads(trx, progress.importId, '', 1);
    if (left.length === 0) await endRelease(trx, progress.importId);
    else await moveRelease(trx, { ...progress, pass: progress.pass + 1, judgedThrough: '' });
  });
}
