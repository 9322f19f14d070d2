/** Rows of the list projection: what a lead's engagement adds up to, kept by the courier beside the journal. */
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Engagement, LeadState, NurturePeriod } from '../domain/state.js';
import type { Database } from './schema.js';
import { json } from './sql.js';

type Db = Kysely<Database>;

export interface ProjectionStart {
  readonly projection: Pick<
    Selectable<Database['lead_projection']>,
    'seq' | 'period' | 'engagement' | 'last_engagement_at'
  > | null;
  /** The nurture period as the workflow last recorded it; null before its first record. */
  readonly period: Pick<NurturePeriod, 'number' | 'startedAt'> | null;
  /** The recorded state, where it is at least as new as the projection or in a later period; else null. */
  readonly newer: Pick<LeadState, 'seq' | 'engagement'> | null;
}

/** What a lead's projection goes on from. Locks the row where there is one. */
export async function projectionStart(trx: Db, leadId: string): Promise<ProjectionStart> {
  const projection = await trx
    .selectFrom('lead_projection')
    .select(['seq', 'period', 'engagement', 'last_engagement_at'])
    .where('lead_id', '=', leadId)
    .forUpdate()
    .executeTakeFirst();
  const { rows } = await sql<{
    seq: number;
    period: Pick<NurturePeriod, 'number' | 'startedAt'>;
    engagement: Engagement | null;
  }>`
    select seq, state -> 'period' as period,
      case when seq >= ${projection?.seq ?? 0}::int
          or (state -> 'period' ->> 'number')::int > ${projection?.period ?? 0}::int
        then state -> 'engagement' end as engagement
    from lead_status where lead_id = ${leadId}`.execute(trx);
  const status = rows[0];
  return {
    projection: projection ?? null,
    period: status?.period ?? null,
    newer: status?.engagement ? { seq: status.seq, engagement: status.engagement } : null,
  };
}

export interface ProjectionRow {
  readonly leadId: string;
  readonly seq: number;
  readonly period: number;
  /** Milli-points, all three. */
  readonly score: number;
  readonly fit: number;
  readonly threshold: number;
  readonly opens: number;
  readonly clicks: number;
  readonly scoreAsOf: Date;
  readonly settleAt: Date | null;
  readonly lastEngagementAt: Date | null;
  readonly engagement: Engagement;
}

/** Writes a lead's row, unless one that has seen more of the log was written meanwhile. */
export async function writeProjection(trx: Db, row: ProjectionRow): Promise<void> {
  const values = {
    seq: row.seq,
    period: row.period,
    score: row.score,
    fit: row.fit,
    threshold: row.threshold,
    opens: row.opens,
    clicks: row.clicks,
    score_as_of: row.scoreAsOf,
    settle_at: row.settleAt,
    last_engagement_at: row.lastEngagementAt,
    engagement: json(row.engagement),
  };
  await trx
    .insertInto('lead_projection')
    .values({ lead_id: row.leadId, ...values })
    .onConflict((conflict) =>
      conflict.column('lead_id').doUpdateSet(values).where('lead_projection.seq', '<=', row.seq),
    )
    .execute();
}

/** Leads whose projection is due to be looked at again, the longest due first, with the source whose rules hold. */
export async function dueProjections(
  db: Db,
  limit: number,
): Promise<{ leadId: string; source: string | null }[]> {
  const rows = await db
    .selectFrom('lead_projection as p')
    .innerJoin('leads as l', 'l.id', 'p.lead_id')
    .leftJoin('lead_status as st', 'st.lead_id', 'p.lead_id')
    .select([
      'p.lead_id as leadId',
      sql<string | null>`coalesce(nullif(st.source, 'default'), l.source)`.as('source'),
    ])
    .where('p.settle_at', '<=', sql<Date>`now()`)
    .orderBy('p.settle_at')
    .limit(limit)
    .execute();
  return rows;
}

/**
 * Has a lead's projection made anew from its recorded state soon: for whoever records a new nurture period or a
 * refold, which no event need follow.
 */
export async function requestProjection(trx: Db, leadId: string): Promise<void> {
  await trx
    .updateTable('lead_projection')
    .set({ settle_at: sql<Date>`clock_timestamp()` })
    .where('lead_id', '=', leadId)
    .execute();
}

/** Puts off the next look at a lead's projection, so that one that cannot be made does not keep the others waiting. */
export async function postponeProjection(db: Db, leadId: string, untilMs: number): Promise<void> {
  await db
    .updateTable('lead_projection')
    .set({ settle_at: new Date(untilMs) })
    .where('lead_id', '=', leadId)
    .execute();
}
