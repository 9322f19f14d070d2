/** Compares what was delivered with what the live workflows have applied, after a restored backup or a terminated run. */
import type { Db } from '../store/database.js';
import { markApplied, requestResend, reviveForgotten } from '../store/lead-stream.js';
import { beginEpoch, startingPoint } from '../store/stream-delivery.js';
import { type LeadSignals, SignalFault } from '../temporal/signals-port.js';

export interface ReconcileReport {
  readonly checked: number;
  /** Behind what was delivered: sent again from the event after their last applied one. */
  readonly redelivered: readonly string[];
  /** Without a run although they should have one: a new one is started from the last recorded state. */
  readonly rehydrated: readonly string[];
  /**
   * Their workflow has applied more than the log holds, or runs in a later epoch: the database is older than Temporal.
   * Their next events would be taken for repetitions, so somebody must end these runs (they are then rehydrated).
   */
  readonly ahead: readonly string[];
  /** No worker, or no server, answered for these. */
  readonly unanswered: readonly string[];
  /** Held undelivered events that nobody knew of. */
  readonly forgotten: number;
}

const PAGE = 200;

/**
 * Looks at every open lead, one after the other, and sets right what does not agree; the courier then delivers. Only
 * leads whose stream differs from their workflow are touched, so it may run beside couriers and be run again.
 */
export async function reconcile(db: Db, signals: LeadSignals): Promise<ReconcileReport> {
  const report = {
    checked: 0,
    redelivered: [] as string[],
    rehydrated: [] as string[],
    ahead: [] as string[],
    unanswered: [] as string[],
    forgotten: await reviveForgotten(db),
  };
  for (let after = ''; ; ) {
    const page = await openStreams(db, after);
    for (const stream of page) {
      report.checked += 1;
      const done = await reconcileOne(db, signals, stream);
      if (done) report[done].push(stream.lead_id);
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE) return report;
    after = last.lead_id;
  }
}

type Stream = Awaited<ReturnType<typeof openStreams>>[number];

async function openStreams(db: Db, after: string) {
  return db
    .selectFrom('lead_stream')
    .select(['lead_id', 'epoch', 'sent_seq', 'next_seq'])
    .where('status', '=', 'open')
    .where('lead_id', '>', after)
    .orderBy('lead_id')
    .limit(PAGE)
    .execute();
}

async function reconcileOne(
  db: Db,
  signals: LeadSignals,
  { lead_id: leadId, epoch, sent_seq: sentSeq, next_seq: nextSeq }: Stream,
): Promise<'redelivered' | 'rehydrated' | 'ahead' | 'unanswered' | null> {
  const progress = await askProgress(signals, leadId);
  if (progress === 'unanswered') return 'unanswered';
  if (progress === 'no_run') {
    const now = await db
      .selectFrom('lead_stream')
      .select(['status', 'epoch'])
      .where('lead_id', '=', leadId)
      .executeTakeFirst();
    // It ended properly between the two looks.
    if (now?.status !== 'open' || now.epoch !== epoch) return null;
    const { recorded } = await startingPoint(db, leadId);
    const begun = await beginEpoch(db, { leadId, epoch, token: null }, recorded);
    return begun === null ? null : 'rehydrated';
  }
  if (progress.epoch > epoch || progress.seq >= nextSeq) return 'ahead';
  if (progress.epoch < epoch) return 'unanswered';
  await markApplied(db, leadId, epoch, progress.seq);
  if (progress.seq >= sentSeq) return null;
  await requestResend(db, leadId, progress.seq + 1);
  return 'redelivered';
}

async function askProgress(signals: LeadSignals, leadId: string) {
  try {
    return await signals.progress(leadId);
  } catch (error) {
    if (error instanceof SignalFault) return 'unanswered';
    throw error;
  }
}
