/**
 * Delivery's bookkeeping, one row per lead. Every function that decides something about a lead locks its row first
 * and looks at the log only afterwards: whoever appends an event updates that same row in the same transaction
 * (always, also when it is ready already), so either the look sees the event, or the append comes later and sets
 * `ready` again. That is why no wake-up is lost.
 */
import { type Kysely, sql } from 'kysely';
import type { LeadState } from '../domain/state.js';
import type { Database, StreamStatus } from './schema.js';
import { json } from './sql.js';
import { hasUnnumbered, type LogRow, numberPending, type ReadLimits, unsentRows } from './stream-log.js';

type Db = Kysely<Database>;

/** What a courier holds by lease: a lead's next events, always beginning with the first unacknowledged one. */
export interface Delivery {
  readonly leadId: string;
  readonly token: string;
  readonly epoch: number;
  readonly status: StreamStatus;
  readonly sentSeq: number;
  /** The source whose rules hold: the workflow's, as it last told; without one, the first that the lead named. */
  readonly source: string | null;
  readonly urgent: boolean;
  readonly readyAt: Date | null;
  readonly rows: readonly LogRow[];
}

export interface TakeOptions extends ReadLimits {
  readonly leads: number;
  readonly leaseMs: number;
  /** A fresh random text: it tells this take's leases from all others. */
  readonly token: string;
}

interface StreamRow {
  lead_id: string;
  epoch: number;
  status: StreamStatus;
  sent_seq: number;
  source: string | null;
  urgent: boolean;
  ready_at: Date | null;
}

/**
 * Leases up to `leads` ready leads (urgent ones first, then by waiting time), numbers their new events and returns
 * what is to be sent. Several couriers may take at once; each lead goes to one of them.
 */
export async function take(db: Db, options: TakeOptions): Promise<Delivery[]> {
  return db.transaction().execute(async (trx) => {
    const { rows: streams } = await sql<StreamRow>`
      with chosen as (
        select lead_id from lead_stream
        where ready and status in ('new', 'open', 'closed')
          and (lease_until is null or lease_until < clock_timestamp())
          -- A closed lead that waits is waiting for a click to settle; something urgent must not wait with it.
          and (not_before is null or not_before <= clock_timestamp() or (urgent and status = 'closed'))
        order by urgent desc, ready_at
        limit ${options.leads}::int for update skip locked)
      update lead_stream s
      set lease_token = ${options.token}, not_before = null,
        lease_until = clock_timestamp() + ${options.leaseMs}::int * interval '1 millisecond'
      from chosen c join leads l on l.id = c.lead_id left join lead_status st on st.lead_id = c.lead_id
      where s.lead_id = c.lead_id
      returning s.lead_id, s.epoch, s.status, s.sent_seq, s.urgent, s.ready_at, coalesce(nullif(st.source, 'default'), l.source) as source`.execute(
      trx,
    );
    if (streams.length === 0) return [];
    const leadIds = streams.map((stream) => stream.lead_id);
    await numberPending(trx, leadIds, options.events);
    const rows = await unsentRows(trx, leadIds, options);
    return streams.map((stream) => deliveryOf(stream, options.token, rows.get(stream.lead_id) ?? []));
  });
}

/** The same lease's delivery as it stands now, or null when the lease went to somebody else. */
export async function retake(
  db: Db,
  held: Pick<Delivery, 'leadId' | 'token'>,
  limits: ReadLimits,
): Promise<Delivery | null> {
  const { rows: streams } = await sql<StreamRow>`
    select s.lead_id, s.epoch, s.status, s.sent_seq, s.urgent, s.ready_at, coalesce(nullif(st.source, 'default'), l.source) as source
    from lead_stream s join leads l on l.id = s.lead_id left join lead_status st on st.lead_id = s.lead_id
    where s.lead_id = ${held.leadId} and s.lease_token = ${held.token}`.execute(db);
  const stream = streams[0];
  if (!stream) return null;
  const rows = await unsentRows(db, [held.leadId], limits);
  return deliveryOf(stream, held.token, rows.get(held.leadId) ?? []);
}

export interface Acknowledgement {
  /** Everything up to here has been delivered; the delivery's own `sentSeq` when nothing was. */
  readonly throughSeq: number;
  /** A run of this epoch is known to exist. */
  readonly started?: boolean;
  /** No workflow is concerned: what is delivered counts as applied. */
  readonly applied?: boolean;
}

/**
 * Ends a lease after a delivery. With a lease that is no longer one's own it changes nothing (`owned: false`).
 * A resend that was asked for meanwhile stands: `sent_seq` only moves on from where this delivery began.
 */
export async function acknowledge(
  db: Db,
  delivery: Pick<Delivery, 'leadId' | 'token' | 'epoch' | 'sentSeq'>,
  result: Acknowledgement,
): Promise<{ owned: boolean; more: boolean }> {
  return db.transaction().execute(async (trx) => {
    const stream = await lockStream(trx, delivery.leadId);
    if (stream?.lease_token !== delivery.token) return { owned: false, more: false };
    const undisturbed = stream.epoch === delivery.epoch && stream.sent_seq === delivery.sentSeq;
    const sentSeq = undisturbed ? result.throughSeq : stream.sent_seq;
    const status: StreamStatus =
      result.started && stream.status === 'new' && stream.epoch === delivery.epoch ? 'open' : stream.status;
    const more = sentSeq < stream.next_seq - 1 || (await hasUnnumbered(trx, delivery.leadId));
    await trx
      .updateTable('lead_stream')
      .set({
        sent_seq: sentSeq,
        ...(result.applied && undisturbed && { applied_seq: sentSeq }),
        status,
        lease_token: null,
        lease_until: null,
        ready: more,
        ready_at: more ? sql<Date>`clock_timestamp()` : null,
        ...(!more && { urgent: false }),
      })
      .where('lead_id', '=', delivery.leadId)
      .execute();
    return { owned: true, more };
  });
}

/** Gives a lease back undelivered; the lead is not taken again before `delayMs` have passed. */
export async function release(
  db: Db,
  held: Pick<Delivery, 'leadId' | 'token'>,
  options: { delayMs: number; dropUrgent?: boolean },
): Promise<void> {
  await db
    .updateTable('lead_stream')
    .set({
      lease_token: null,
      lease_until: null,
      not_before: sql<Date>`clock_timestamp() + ${Math.ceil(options.delayMs)}::int * interval '1 millisecond'`,
      ...(options.dropUrgent && { urgent: false }),
    })
    .where('lead_id', '=', held.leadId)
    .where('lease_token', '=', held.token)
    .execute();
}

/**
 * Makes the stream ready for a new run, which a courier then starts from `state` (null: from nothing): the epoch is
 * one higher, so every activity of an older run is fenced off, and delivery begins again after the state's number.
 * Answers the new epoch, or null when the stream is no longer in the epoch (or the lease) that the caller knew.
 */
export async function beginEpoch(
  db: Db,
  stream: { leadId: string; epoch: number; token: string | null },
  state: LeadState | null,
): Promise<number | null> {
  const seq = state?.seq ?? 0;
  const row = await db
    .updateTable('lead_stream')
    .set({
      epoch: stream.epoch + 1,
      status: 'new',
      snapshot: state && json(state),
      sent_seq: seq,
      applied_seq: seq,
      ready: true,
      ready_at: sql<Date>`coalesce(ready_at, clock_timestamp())`,
    })
    .where('lead_id', '=', stream.leadId)
    .where('epoch', '=', stream.epoch)
    .where('status', 'in', ['new', 'open', 'closed'])
    .where((eb) =>
      stream.token === null
        ? eb.or([eb('lease_until', 'is', null), eb('lease_until', '<', sql<Date>`clock_timestamp()`)])
        : eb('lease_token', '=', stream.token),
    )
    .returning('epoch')
    .executeTakeFirst();
  return row?.epoch ?? null;
}

/** What a run of a later epoch may start from: the stream's snapshot, and the state that was recorded last. */
export async function startingPoint(
  db: Db,
  leadId: string,
): Promise<{ snapshot: LeadState | null; recorded: LeadState | null }> {
  const row = await db
    .selectFrom('lead_stream as s')
    .leftJoin('lead_status as st', 'st.lead_id', 's.lead_id')
    .select(['s.snapshot', 'st.state'])
    .where('s.lead_id', '=', leadId)
    .executeTakeFirst();
  return { snapshot: row?.snapshot ?? null, recorded: row?.state ?? null };
}

function deliveryOf(stream: StreamRow, token: string, rows: readonly LogRow[]): Delivery {
  return {
    leadId: stream.lead_id,
    token,
    epoch: stream.epoch,
    status: stream.status,
    sentSeq: stream.sent_seq,
    source: stream.source,
    urgent: stream.urgent,
    readyAt: stream.ready_at,
    rows,
  };
}

/** Locks a lead's stream row; what is read of the log after it is exact. */
export async function lockStream(trx: Db, leadId: string) {
  return trx
    .selectFrom('lead_stream')
    .select(['epoch', 'status', 'next_seq', 'sent_seq', 'applied_seq', 'lease_token'])
    .where('lead_id', '=', leadId)
    .forUpdate()
    .executeTakeFirst();
}
