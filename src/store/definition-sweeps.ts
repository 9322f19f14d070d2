/** What follows a publish: open leads are looked at once under the new version, some at a time. */
import { sql } from 'kysely';
import type { Db } from './database.js';

export interface PublishSweep {
  /** The version that was published. */
  readonly number: number;
  readonly through: string;
}

/** The sweep that is to go on; older ones that a newer publish has overtaken never are. */
export async function sweepUnderWay(db: Db): Promise<PublishSweep | null> {
  const row = await db
    .selectFrom('definition_sweeps')
    .select(['number', 'through'])
    .where('state', '=', 'running')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** Locks a sweep that still stands where `known` says; false when another courier has it or has moved it on. */
export async function lockSweep(trx: Db, known: PublishSweep): Promise<boolean> {
  const row = await trx
    .selectFrom('definition_sweeps')
    .select('number')
    .where('number', '=', known.number)
    .where('state', '=', 'running')
    .where('through', '=', known.through)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  return row !== undefined;
}

/** Notes how far a locked sweep has come, and what it did on the way. */
export async function moveSweep(
  trx: Db,
  { number, through }: PublishSweep,
  done: { readonly looked: number; readonly judged: number; readonly handoffs: number },
): Promise<void> {
  await trx
    .updateTable('definition_sweeps')
    .set({
      through,
      looked: sql`looked + ${done.looked}`,
      judged: sql`judged + ${done.judged}`,
      handoffs: sql`handoffs + ${done.handoffs}`,
    })
    .where('number', '=', number)
    .execute();
}

export async function endSweep(trx: Db, number: number): Promise<void> {
  await trx
    .updateTable('definition_sweeps')
    .set({ state: 'done', ended_at: sql<Date>`clock_timestamp()` })
    .where('number', '=', number)
    .execute();
}

/**
 * Leads in nurture that wait for nobody's release, after `through` in the order of their ids, each with the instant
 * at which its workflow means to look again.
 */
export async function nurturedLeads(
  db: Db,
  through: string,
  limit: number,
): Promise<{ leadId: string; nextAt: Date | null }[]> {
  return db
    .selectFrom('lead_status as st')
    .innerJoin('lead_stream as s', 's.lead_id', 'st.lead_id')
    .select(['st.lead_id as leadId', 'st.next_at as nextAt'])
    .where('st.lead_id', '>', through)
    .where('st.stage', '=', 'nurturing')
    .where('s.status', '=', 'open')
    .where(sql<boolean>`st.state ->> 'backfilledUntil' is null`)
    .orderBy('st.lead_id')
    .limit(limit)
    .execute();
}
