/** Leads as people look at them: who they are, what the journal says of their stage, what the projection says of their score. */
import { type SelectQueryBuilder, sql } from 'kysely';
import type { Db } from '../database.js';
import { instantOfMicros, microsOf } from './keyset.js';

export interface LeadSummary {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly company: string | null;
  readonly source: string | null;
  readonly magnet: string | null;
  readonly channel: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly createdMicros: number;
  /** When the open handoff's task is due; null without one. */
  readonly dueMicros: number | null;
  readonly owner: { readonly handle: string; readonly name: string } | null;
  /** Null until the lead's workflow has recorded something. */
  readonly status: LeadStatus | null;
  /** Null until the courier has projected the lead. All points are milli-points. */
  readonly projection: {
    readonly score: number;
    readonly fit: number;
    readonly threshold: number;
    readonly asOf: Date;
    readonly lastEngagementAt: Date | null;
  } | null;
}

interface LeadStatus {
  readonly stage: string;
  readonly track: string | null;
  readonly source: string;
  readonly suppressedMarketing: string | null;
  readonly suppressedSales: string | null;
  readonly handoff: {
    readonly number: number;
    readonly state: string;
    readonly trigger: string | null;
    readonly dueAt: Date | null;
    readonly slaDueAt: Date | null;
  } | null;
  readonly next: { readonly what: string; readonly at: Date } | null;
  readonly tags: readonly string[];
  readonly attention: readonly string[];
}

export type LeadSort = 'createdAt' | 'score' | 'due';

/** What a list is narrowed to; what is absent does not matter. */
export interface LeadFilter {
  readonly email?: string;
  readonly stage?: string;
  readonly source?: string;
  /** Random id of a rep. */
  readonly ownerRepId?: string;
  /** Milli-points. */
  readonly scoreMin?: number;
  readonly scoreMax?: number;
  /** A part of the name, the company or the address, in any case. */
  readonly text?: string;
  readonly tag?: string;
}

/** The sort key of the last lead that was shown: a score or an instant in microseconds, and the lead's id. */
export type LeadCursor = readonly [key: number, id: string];

export interface LeadPage {
  readonly sort: LeadSort;
  readonly after: LeadCursor | null;
  readonly limit: number;
}

/** Leads in a stable order. Sorted by `due` only leads are listed that something is due for. */
export async function listLeads(db: Db, filter: LeadFilter, page: LeadPage): Promise<LeadSummary[]> {
  const rows = await ordered(filtered(leadQuery(db), filter), page)
    .limit(page.limit)
    .execute();
  return rows.map(summaryOf);
}

/** One lead, or null when there is none (any more). */
export async function findLead(db: Db, leadId: string): Promise<LeadSummary | null> {
  const row = await leadQuery(db).where('l.id', '=', leadId).executeTakeFirst();
  return row ? summaryOf(row) : null;
}

/** The lead that an address belongs to, or null. */
export async function leadIdByEmail(db: Db, email: string): Promise<string | null> {
  const row = await db
    .selectFrom('identities')
    .select('lead_id')
    .where('kind', '=', 'email')
    .where('value', '=', email)
    .executeTakeFirst();
  return row?.lead_id ?? null;
}

/** The sort key of a lead in a list. */
export function leadCursor(
  { id, createdMicros, dueMicros, projection }: LeadSummary,
  sort: LeadSort,
): LeadCursor {
  switch (sort) {
    case 'createdAt':
      return [createdMicros, id];
    case 'score':
      return [projection?.score ?? 0, id];
    case 'due':
      return [dueMicros ?? 0, id];
  }
}

function leadQuery(db: Db) {
  return db
    .selectFrom('leads as l')
    .leftJoin('lead_status as st', 'st.lead_id', 'l.id')
    .leftJoin('lead_projection as p', 'p.lead_id', 'l.id')
    .leftJoin('reps as r', (join) => join.on(sql<boolean>`r.id = coalesce(st.owner_rep_id, l.owner_rep_id)`))
    .where('l.erased_at', 'is', null)
    .select([
      'l.id',
      'l.email',
      'l.name',
      'l.company',
      'l.source',
      'l.magnet',
      'l.channel',
      'l.created_at',
      'l.updated_at',
      'r.handle as owner_handle',
      'r.name as owner_name',
      'st.stage',
      'st.track',
      'st.source as policy_source',
      'st.suppressed_marketing',
      'st.suppressed_sales',
      'st.handoff_number',
      'st.handoff_state',
      'st.trigger_id',
      'st.due_at',
      'st.sla_due_at',
      'st.next_what',
      'st.next_at',
      'st.tags',
      'st.attention',
      'p.score',
      'p.fit',
      'p.threshold',
      'p.score_as_of',
      'p.last_engagement_at',
    ])
    .select([
      microsOf('l.created_at').as('created_micros'),
      sql<number | null>`${microsOf('st.due_at')}`.as('due_micros'),
    ]);
}

type LeadQuery = ReturnType<typeof leadQuery>;
type LeadQueryRow = LeadQuery extends SelectQueryBuilder<infer _Db, infer _Tables, infer Row> ? Row : never;

function filtered(query: LeadQuery, filter: LeadFilter): LeadQuery {
  const { email, stage, source, ownerRepId, scoreMin, scoreMax, text, tag } = filter;
  let narrowed = query;
  if (email !== undefined) {
    narrowed = narrowed.where('l.id', '=', (eb) =>
      eb.selectFrom('identities').select('lead_id').where('kind', '=', 'email').where('value', '=', email),
    );
  }
  if (stage !== undefined) {
    narrowed = narrowed.where((eb) =>
      stage === 'nurturing'
        ? eb.or([eb('st.stage', '=', stage), eb('st.stage', 'is', null)])
        : eb('st.stage', '=', stage),
    );
  }
  if (source !== undefined) narrowed = narrowed.where('l.source', '=', source);
  if (ownerRepId !== undefined) {
    narrowed = narrowed.where((eb) =>
      eb.or([
        eb('st.owner_rep_id', '=', ownerRepId),
        eb.and([eb('st.owner_rep_id', 'is', null), eb('l.owner_rep_id', '=', ownerRepId)]),
      ]),
    );
  }
  const score = sql<number>`coalesce(p.score, 0)`;
  if (scoreMin !== undefined) narrowed = narrowed.where(score, '>=', scoreMin);
  if (scoreMax !== undefined) narrowed = narrowed.where(score, '<=', scoreMax);
  if (text !== undefined) {
    const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
    narrowed = narrowed.where((eb) =>
      eb.or([
        eb('l.email', 'ilike', pattern),
        eb('l.name', 'ilike', pattern),
        eb('l.company', 'ilike', pattern),
      ]),
    );
  }
  if (tag !== undefined) narrowed = narrowed.where(sql<boolean>`${tag}::text = any(st.tags)`);
  return narrowed;
}

function ordered(query: LeadQuery, { sort, after }: LeadPage): LeadQuery {
  const [key, id] = after ?? [0, ''];
  switch (sort) {
    case 'createdAt':
      return query
        .$if(after !== null, (paged) =>
          paged.where(
            sql<boolean>`(l.created_at < ${instantOfMicros(key)} or (l.created_at = ${instantOfMicros(key)} and l.id > ${id}))`,
          ),
        )
        .orderBy('l.created_at', 'desc')
        .orderBy('l.id');
    case 'score':
      return query
        .$if(after !== null, (paged) =>
          paged.where(
            sql<boolean>`(coalesce(p.score, 0) < ${key}::int or (coalesce(p.score, 0) = ${key}::int and l.id > ${id}))`,
          ),
        )
        .orderBy(sql`coalesce(p.score, 0)`, 'desc')
        .orderBy('l.id');
    case 'due':
      return query
        .where('st.due_at', 'is not', null)
        .$if(after !== null, (paged) =>
          paged.where(sql<boolean>`(st.due_at, l.id) > (${instantOfMicros(key)}, ${id}::text)`),
        )
        .orderBy('st.due_at')
        .orderBy('l.id');
  }
}

function summaryOf(row: LeadQueryRow): LeadSummary {
  const { id, email, name, company, source, magnet, channel } = row;
  return {
    ...{ id, email, name, company, source, magnet, channel },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    createdMicros: row.created_micros,
    dueMicros: row.due_micros,
    owner:
      row.owner_handle === null
        ? null
        : { handle: row.owner_handle, name: row.owner_name ?? row.owner_handle },
    status: statusOf(row),
    projection:
      row.score_as_of === null
        ? null
        : {
            score: row.score ?? 0,
            fit: row.fit ?? 0,
            threshold: row.threshold ?? 0,
            asOf: row.score_as_of,
            lastEngagementAt: row.last_engagement_at,
          },
  };
}

function statusOf(row: LeadQueryRow): LeadStatus | null {
  if (row.stage === null) return null;
  return {
    stage: row.stage,
    track: row.track,
    source: row.policy_source ?? '',
    suppressedMarketing: row.suppressed_marketing,
    suppressedSales: row.suppressed_sales,
    handoff:
      row.handoff_number === null
        ? null
        : {
            number: row.handoff_number,
            state: row.handoff_state ?? '',
            trigger: row.trigger_id,
            dueAt: row.due_at,
            slaDueAt: row.sla_due_at,
          },
    next: row.next_what === null || row.next_at === null ? null : { what: row.next_what, at: row.next_at },
    tags: row.tags ?? [],
    attention: row.attention ?? [],
  };
}
