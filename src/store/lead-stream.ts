/**
 * The workflow's side of a lead's stream: what its activities read of the log, and what they report back.
 * Every statement is fenced by the epoch, so that a run that was replaced changes nothing. The courier's side is
 * `stream-delivery.ts`, where the rule about the row lock stands.
 */
import { type Kysely, sql } from 'kysely';
import type { LeadState } from '../domain/state.js';
import type { Database } from './schema.js';
import { json } from './sql.js';
import { lockStream } from './stream-delivery.js';
import { hasUnnumbered, type LogRow, numberedRows, numberPending } from './stream-log.js';

type Db = Kysely<Database>;

const NUMBERED_AT_ONCE = 100_000;

/**
 * The lead's events after `afterSeq` that were accepted at or before `acceptedUntil`, contiguous and in order; what
 * had no number gets one. An event that commits later counts as accepted after that instant: what is decided from
 * this answer can no longer be contradicted by the log.
 */
export async function eventsThrough(
  db: Db,
  leadId: string,
  afterSeq: number,
  acceptedUntil: Date,
): Promise<LogRow[]> {
  return db.transaction().execute(async (trx) => {
    const stream = await lockStream(trx, leadId);
    if (!stream) return [];
    await numberPending(trx, [leadId], NUMBERED_AT_ONCE);
    await trx
      .updateTable('lead_stream')
      .set({
        last_accepted_at: sql<Date>`greatest(last_accepted_at, least(${acceptedUntil}::timestamptz, date_trunc('milliseconds', clock_timestamp())))`,
      })
      .where('lead_id', '=', leadId)
      .execute();
    const rows = await numberedRows(trx, leadId, afterSeq, null);
    return rows.filter((row) => row.accepted_at <= acceptedUntil);
  });
}

/**
 * Ends a run: the stream is closed with the run's state, unless the log holds events after `lastSeq` (`more: true`:
 * the run must go on and will get them). Asking again after it was closed, or from an epoch that is over, answers
 * `more: false` and changes nothing.
 */
export async function close(
  db: Db,
  leadId: string,
  epoch: number,
  lastSeq: number,
  snapshot: LeadState,
): Promise<{ more: boolean }> {
  return db.transaction().execute(async (trx) => {
    const stream = await lockStream(trx, leadId);
    if (stream?.epoch !== epoch || (stream.status !== 'new' && stream.status !== 'open'))
      return { more: false };
    const more = stream.next_seq - 1 > lastSeq || (await hasUnnumbered(trx, leadId));
    await trx
      .updateTable('lead_stream')
      .set(
        more
          ? {
              applied_seq: Math.max(stream.applied_seq, lastSeq),
              ready: true,
              ready_at: sql<Date>`coalesce(ready_at, clock_timestamp())`,
            }
          : { status: 'closed', snapshot: json(snapshot), applied_seq: lastSeq, sent_seq: lastSeq },
      )
      .where('lead_id', '=', leadId)
      .execute();
    return { more };
  });
}

/** Notes how far the lead's current run has applied its events; never goes back, and an older epoch is ignored. */
export async function markApplied(db: Db, leadId: string, epoch: number, seq: number): Promise<void> {
  await db
    .updateTable('lead_stream')
    .set({ applied_seq: seq })
    .where('lead_id', '=', leadId)
    .where('epoch', '=', epoch)
    .where('applied_seq', '<', seq)
    .execute();
}

/** Makes the courier send again from `fromSeq`; what was never sent is not concerned. */
export async function requestResend(db: Db, leadId: string, fromSeq: number): Promise<void> {
  await db
    .updateTable('lead_stream')
    .set({
      sent_seq: sql<number>`least(sent_seq, greatest(${fromSeq}::int - 1, 0))`,
      ready: true,
      ready_at: sql<Date>`coalesce(ready_at, clock_timestamp())`,
    })
    .where('lead_id', '=', leadId)
    .where('status', 'in', ['new', 'open'])
    .execute();
}

/** Sets leads ready that hold undelivered events and are not: none should exist; answers how many did. */
export async function reviveForgotten(db: Db): Promise<number> {
  const result = await sql`
    update lead_stream s set ready = true, ready_at = clock_timestamp()
    where not s.ready and s.status in ('new', 'open', 'closed')
      and (s.sent_seq < s.next_seq - 1
        or s.lead_id in (select lead_id from events where seq is null and lead_id is not null))`.execute(db);
  return Number(result.numAffectedRows ?? 0);
}
