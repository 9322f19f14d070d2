/** A lead's whole log, the newest events that nobody has numbered yet included. */
import type { Db } from '../database.js';
import { type LogRow, numberedRows } from '../stream-log.js';

/** Enough for nearly every lead at once; bounds the memory for one that is a robot. */
const PAGE_EVENTS = 2_000;

const logColumns = [
  'position',
  'seq',
  'lead_id',
  'type',
  'accepted_at',
  'occurred_at',
  'backfill',
  'anonymous',
  'label',
  'body',
] as const;

/**
 * A lead's events after number `afterSeq` in order, some thousands at a time. What has no number yet comes last, under
 * the numbers that it is going to get.
 */
export async function* lifePages(db: Db, leadId: string, afterSeq = 0): AsyncGenerator<LogRow[]> {
  let last = afterSeq;
  for (;;) {
    const rows = await numberedRows(db, leadId, last, last + PAGE_EVENTS);
    if (rows.length === 0) break;
    last = rows.at(-1)?.seq ?? last;
    yield rows;
  }
  const waiting = await db
    .selectFrom('events')
    .select(logColumns)
    .where('lead_id', '=', leadId)
    .where('seq', 'is', null)
    .orderBy('position')
    .limit(PAGE_EVENTS)
    .execute();
  if (waiting.length > 0)
    yield waiting.map((row, index) => ({ ...row, lead_id: leadId, seq: last + 1 + index }));
}
