/** A lead's part of the event log: giving its events their numbers, and reading what is numbered. */
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Database } from './schema.js';

/** A numbered event of one lead, as `observe` and the workflow's activities need it. */
export type LogRow = Pick<
  Selectable<Database['events']>,
  'position' | 'type' | 'accepted_at' | 'occurred_at' | 'backfill' | 'anonymous' | 'label' | 'body'
> & { readonly seq: number; readonly lead_id: string };

/** How much of one lead is read at once; the first event is always read, however large it is. */
export interface ReadLimits {
  readonly events: number;
  readonly bytes: number;
}

/**
 * Numbers events that have none, in the order of their positions and without gaps, at most `eventsMax` per lead.
 * The caller holds the row locks of these leads' streams: an event whose transaction has not committed yet gets a
 * later number whatever its position is. Acceptance never goes back within a lead.
 */
export async function numberPending(
  trx: Kysely<Database>,
  leadIds: readonly string[],
  eventsMax: number,
): Promise<void> {
  await sql`
    with pending as (
      select s.lead_id, s.next_seq, s.last_accepted_at, e.position, e.accepted_at
      from lead_stream s
      cross join lateral (
        select position, accepted_at from events
        where lead_id = s.lead_id and seq is null order by position limit ${eventsMax}::int) e
      where s.lead_id = any(${leadIds}::text[])),
    numbered as (
      select position, next_seq + (row_number() over story)::int - 1 as seq,
        greatest(max(accepted_at) over story, last_accepted_at) as accepted_at
      from pending window story as (partition by lead_id order by position)),
    written as (
      update events e set seq = n.seq, accepted_at = n.accepted_at
      from numbered n where e.position = n.position
      returning e.lead_id, e.seq, e.accepted_at),
    ends as (
      select lead_id, max(seq) as seq, max(accepted_at) as accepted_at from written group by lead_id)
    update lead_stream s set next_seq = ends.seq + 1, last_accepted_at = ends.accepted_at
    from ends where s.lead_id = ends.lead_id`.execute(trx);
}

/** What is numbered and not acknowledged, per lead in order, within the limits. */
export async function unsentRows(
  db: Kysely<Database>,
  leadIds: readonly string[],
  limits: ReadLimits,
): Promise<Map<string, LogRow[]>> {
  const { rows } = await sql<LogRow & { before: number }>`
    select e.* from lead_stream s
    cross join lateral (
      select numbered.*, sum(octet_length(body::text)) over (order by seq) - octet_length(body::text) as before
      from (
        select position, seq, lead_id, type, accepted_at, occurred_at, backfill, anonymous, label, body
        from events where lead_id = s.lead_id and seq > s.sent_seq order by seq limit ${limits.events}::int) numbered) e
    where s.lead_id = any(${leadIds}::text[]) and e.before < ${limits.bytes}::bigint
    order by e.lead_id, e.seq`.execute(db);
  const perLead = new Map<string, LogRow[]>();
  for (const { before: _, ...row } of rows) {
    const mine = perLead.get(row.lead_id);
    if (mine) mine.push(row);
    else perLead.set(row.lead_id, [row]);
  }
  return perLead;
}

/** A lead's numbered events with `afterSeq < seq <= throughSeq` (null: to the end), in order. */
export async function numberedRows(
  db: Kysely<Database>,
  leadId: string,
  afterSeq: number,
  throughSeq: number | null,
): Promise<LogRow[]> {
  const rows = await db
    .selectFrom('events')
    .select([
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
    ])
    .where('lead_id', '=', leadId)
    .where('seq', '>', afterSeq)
    .$if(throughSeq !== null, (query) => query.where('seq', '<=', throughSeq))
    .orderBy('seq')
    .execute();
  return rows.map((row) => ({ ...row, lead_id: leadId, seq: row.seq ?? 0 }));
}

/** Whether the log holds events of this lead that have no number yet. Exact only while its stream row is locked. */
export async function hasUnnumbered(trx: Kysely<Database>, leadId: string): Promise<boolean> {
  const row = await trx
    .selectFrom('events')
    .select('position')
    .where('lead_id', '=', leadId)
    .where('seq', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
