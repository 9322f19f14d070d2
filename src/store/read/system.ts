/** The whole installation in numbers. */
import { sql } from 'kysely';
import type { Db } from '../database.js';

export interface SystemNumbers {
  readonly leads: number;
  readonly leadsByStage: Readonly<Record<string, number>>;
  readonly leadsByEngine: Readonly<Record<string, number>>;
  readonly leadsNeedingAttention: number;
  readonly events: number;
  readonly handoffs: { readonly awaiting: number; readonly working: number };
  readonly effects: { readonly failed: number; readonly unknown: number };
  readonly waiting: { readonly leads: number; readonly oldestReadyAt: Date | null };
  readonly pendingCommands: number;
}

/** Counts of everything that an operator looks at first. */
export async function systemNumbers(db: Db): Promise<SystemNumbers> {
  const { rows } = await sql<{
    leads: number;
    attention: number;
    events: number;
    awaiting: number;
    working: number;
    failed: number;
    unknown: number;
    waiting: number;
    oldest: Date | null;
    commands: number;
  }>`
    select
      (select count(*) from leads where erased_at is null)::int as leads,
      (select count(*) from lead_status where attention <> '{}')::int as attention,
      (select count(*) from events) as events,
      (select count(*) from handoffs where state = 'awaiting')::int as awaiting,
      (select count(*) from handoffs where state = 'working')::int as working,
      (select count(*) from effects where state = 'failed')::int as failed,
      (select count(*) from effects where state = 'unknown')::int as unknown,
      (select count(*) from lead_stream where ready)::int as waiting,
      (select min(ready_at) from lead_stream where ready) as oldest,
      (select count(*) from commands where verdict is null)::int as commands`.execute(db);
  const counts = rows[0];
  if (!counts) throw new Error('The database answered a count with no row.');
  return {
    leads: counts.leads,
    leadsByStage: await countsBy(db, 'stage'),
    leadsByEngine: await countsBy(db, 'engine'),
    leadsNeedingAttention: counts.attention,
    events: counts.events,
    handoffs: { awaiting: counts.awaiting, working: counts.working },
    effects: { failed: counts.failed, unknown: counts.unknown },
    waiting: { leads: counts.waiting, oldestReadyAt: counts.oldest },
    pendingCommands: counts.commands,
  };
}

/** Of the leads whose workflow has recorded something. */
async function countsBy(db: Db, column: 'stage' | 'engine'): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('lead_status')
    .select(column)
    .select(sql<number>`count(*)::int`.as('leads'))
    .groupBy(column)
    .orderBy(column)
    .execute();
  return Object.fromEntries(rows.map((row) => [String(row[column]), row.leads]));
}
