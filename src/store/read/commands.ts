/** Commands and their verdicts. */
import { type Selectable, sql } from 'kysely';
import type { Db } from '../database.js';
import type { Database } from '../schema.js';
import { json } from '../sql.js';

export type CommandRow = Selectable<Database['commands']>;

/** One command, or null when there is none. */
export async function findCommand(db: Db, id: string): Promise<CommandRow | null> {
  const row = await db.selectFrom('commands').selectAll().where('id', '=', id).executeTakeFirst();
  return row ?? null;
}

/** The judgements of a lead that a publish asked for: their ids, each with the number of the version. */
export async function publishJudgements(db: Db, leadId: string): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('commands')
    .select(['id', 'body'])
    .where('lead_id', '=', leadId)
    .where('kind', '=', 'judge')
    .where('by', '=', 'publish')
    .execute();
  return new Map(
    rows.flatMap(({ id, body }) =>
      typeof body.definition === 'number' ? [[id, body.definition] as const] : [],
    ),
  );
}

/**
 * The newest handoff of a lead that was closed because event `seq` was labelled a machine's, among those that are
 * closed as not ready to this day; null when there is none.
 */
export async function handoffClosedFor(db: Db, leadId: string, seq: number): Promise<number | null> {
  const row = await db
    .selectFrom('commands as c')
    .innerJoin('handoffs as h', (join) =>
      join.onRef('h.lead_id', '=', 'c.lead_id').onRef('h.number', '=', 'c.handoff'),
    )
    .select('h.number')
    .where('c.lead_id', '=', leadId)
    .where('c.kind', '=', 'disposition')
    .where('h.outcome', '=', 'not_ready')
    .where(sql<boolean>`c.body @> ${json({ becauseOf: { seq, label: 'machine' } })}::jsonb`)
    .where(sql<boolean>`c.verdict @> '{"ok": true}'::jsonb`)
    .orderBy('h.number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.number ?? null;
}
