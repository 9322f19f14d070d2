/** Marks leads as having something to deliver, and fixes the instant at which it was accepted. */
import { sql } from 'kysely';
import type { Db } from './database.js';
import { json } from './sql.js';

export interface ReadyMark {
  readonly leadId: string;
  /** The courier takes urgent leads first. */
  readonly urgent: boolean;
  readonly isNew: boolean;
}

/**
 * Locks the leads' streams in id order and marks them ready. Answers the instant, by the database's clock and in whole
 * milliseconds, at which this transaction accepts events of each lead. It is read under the lock, so a transaction
 * that comes later has a later one; `last_accepted_at` is left to the numbering, which clamps a clock that went back.
 */
export async function markReady(trx: Db, marks: readonly ReadyMark[]): Promise<Map<string, Date>> {
  const acceptedAt = new Map<string, Date>();
  const made = marks.filter(({ isNew }) => isNew);
  const found = marks.filter(({ isNew }) => !isNew);
  if (made.length > 0) {
    const { rows } = await sql<{ lead_id: string; at: Date }>`
      insert into lead_stream (lead_id, ready, urgent, ready_at)
      select r."leadId", true, r.urgent, clock.at
      from jsonb_to_recordset(${json(made)}::jsonb) as r("leadId" text, urgent boolean),
        (select date_trunc('milliseconds', clock_timestamp()) as at) clock
      returning lead_id, ready_at as at`.execute(trx);
    for (const row of rows) acceptedAt.set(row.lead_id, row.at);
  }
  if (found.length > 0) {
    const { rows } = await sql<{ lead_id: string; at: Date }>`
      with wanted as materialized (
        select * from jsonb_to_recordset(${json(found)}::jsonb) as w("leadId" text, urgent boolean)),
      locked as materialized (
        select s.lead_id from lead_stream s
        where s.lead_id in (select "leadId" from wanted) order by s.lead_id for update)
      update lead_stream s set
        ready = true,
        urgent = s.urgent or w.urgent,
        ready_at = case when s.ready then coalesce(s.ready_at, clock_timestamp()) else clock_timestamp() end
      from locked l join wanted w on w."leadId" = l.lead_id
      where s.lead_id = l.lead_id
      returning s.lead_id, date_trunc('milliseconds', clock_timestamp()) as at`.execute(trx);
    for (const row of rows) acceptedAt.set(row.lead_id, row.at);
  }
  return acceptedAt;
}
