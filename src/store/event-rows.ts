/** Rows of the event log on their way in. */
import { sql } from 'kysely';
import type { Db } from './database.js';
import type { EventBody } from './schema.js';
import { json } from './sql.js';

export interface EventRow {
  readonly connectionId: string;
  readonly eventId: string;
  readonly bodyHash: string;
  readonly type: string;
  readonly leadId: string | null;
  readonly visitor: string | null;
  /** Null takes the database's clock: right for an event without a lead, which is in nobody's order yet. */
  readonly acceptedAt: Date | null;
  readonly occurredAt: Date;
  readonly backfill: boolean;
  readonly urgent: boolean;
  readonly anonymous: boolean;
  readonly importId: string | null;
  readonly body: EventBody;
}

/** An event's name within the whole log. A NUL cannot occur in either part. */
export const eventName = (connectionId: string, eventId: string): string => `${connectionId}\0${eventId}`;

/**
 * Appends rows in their order in one statement, and answers the names of those that were written: a row whose name
 * is taken (another transaction was faster) is left out.
 */
export async function insertEventRows(trx: Db, rows: readonly EventRow[]): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const numbered = rows.map((row, n) => ({ n, ...row }));
  const written = await sql<{ connection_id: string; event_id: string }>`
    insert into events (connection_id, event_id, body_hash, lead_id, visitor, received_at, accepted_at, occurred_at,
      type, backfill, urgent, anonymous, import_id, body)
    select r."connectionId", r."eventId", r."bodyHash", r."leadId", r.visitor, clock.at, coalesce(r."acceptedAt", clock.at),
      r."occurredAt", r.type, r.backfill, r.urgent, r.anonymous, r."importId", r.body
    from jsonb_to_recordset(${json(numbered)}::jsonb) as r(n integer, "connectionId" text, "eventId" text, "bodyHash" text,
      "leadId" text, visitor text, "acceptedAt" timestamptz, "occurredAt" timestamptz, type text, backfill boolean,
      urgent boolean, anonymous boolean, "importId" text, body jsonb),
      (select date_trunc('milliseconds', clock_timestamp()) as at) clock
    order by r.n
    on conflict (connection_id, event_id) do nothing
    returning connection_id, event_id`.execute(trx);
  return new Set(written.rows.map((row) => eventName(row.connection_id, row.event_id)));
}

/** The body hashes of those events that the log already has, by name. */
export async function knownHashes(
  trx: Db,
  events: readonly { readonly connectionId: string; readonly eventId: string }[],
): Promise<Map<string, string>> {
  if (events.length === 0) return new Map();
  const wanted = events.map(({ connectionId, eventId }) => ({ connectionId, eventId }));
  const { rows } = await sql<{ connection_id: string; event_id: string; body_hash: string }>`
    select e.connection_id, e.event_id, e.body_hash
    from jsonb_to_recordset(${json(wanted)}::jsonb) as w("connectionId" text, "eventId" text)
    join events e on e.connection_id = w."connectionId" and e.event_id = w."eventId"`.execute(trx);
  return new Map(rows.map((row) => [eventName(row.connection_id, row.event_id), row.body_hash]));
}
