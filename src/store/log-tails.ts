/** Many leads at once: what was recorded of each, and what its log holds after that. */
import { sql } from 'kysely';
import type { LeadState } from '../domain/state.js';
import type { Db } from './database.js';
import type { LogRow } from './stream-log.js';

export interface LeadHead {
  readonly leadId: string;
  /** The source whose rules hold: the workflow's, as it last told; without one, the first that the lead named. */
  readonly source: string | null;
  /** What the workflow recorded last; null before its first record. */
  readonly state: LeadState | null;
  /** How many events of the log the state has not seen, those without a number included. */
  readonly waiting: number;
}

/** The heads of those of the leads that are neither erased nor merged away, in the order of their ids. */
export async function leadHeads(db: Db, leadIds: readonly string[]): Promise<LeadHead[]> {
  const { rows } = await sql<LeadHead>`
    select l.id as "leadId", coalesce(nullif(st.source, 'default'), l.source) as source, st.state,
      greatest(s.next_seq - 1 - coalesce(st.seq, 0), 0)
        + (select count(*) from events e where e.lead_id = l.id and e.seq is null)::int as waiting
    from leads l
    join lead_stream s on s.lead_id = l.id
    left join lead_status st on st.lead_id = l.id
    where l.id = any(${leadIds}::text[]) and l.erased_at is null and s.status not in ('merged', 'erased')
    order by l.id`.execute(db);
  return rows;
}

/**
 * Each lead's events after a number, in order and all at once, so the caller asks for few. What has no number yet
 * comes last, under the numbers that it is going to get.
 */
export async function logTails(
  db: Db,
  leads: readonly { readonly leadId: string; readonly afterSeq: number }[],
): Promise<Map<string, LogRow[]>> {
  const tails = new Map<string, LogRow[]>();
  if (leads.length === 0) return tails;
  const after = new Map(leads.map(({ leadId, afterSeq }) => [leadId, afterSeq]));
  const { rows } = await sql<Omit<LogRow, 'seq'> & { seq: number | null }>`
    select e.* from unnest(${[...after.keys()]}::text[], ${[...after.values()]}::int[]) as w(lead_id, after_seq)
    cross join lateral (
      select position, seq, lead_id, type, accepted_at, occurred_at, backfill, anonymous, label, body
      from events where lead_id = w.lead_id and seq > w.after_seq
      union all
      select position, seq, lead_id, type, accepted_at, occurred_at, backfill, anonymous, label, body
      from events where lead_id = w.lead_id and seq is null) e
    order by e.lead_id, e.seq nulls last, e.position`.execute(db);
  for (const row of rows) {
    const tail = tails.get(row.lead_id) ?? [];
    const last = tail.at(-1)?.seq ?? after.get(row.lead_id) ?? 0;
    tail.push({ ...row, seq: row.seq ?? last + 1 });
    tails.set(row.lead_id, tail);
  }
  return tails;
}
