/** Handoffs as reps and managers look at them. */
import { type SelectQueryBuilder, sql } from 'kysely';
import type { TriggerFired } from '../../domain/decision.js';
import type { Db } from '../database.js';
import { json } from '../sql.js';
import { type EffectSummary, effectColumns, effectSummary } from './effects.js';
import { microsOf } from './keyset.js';

export interface HandoffSummary {
  readonly leadId: string;
  readonly number: number;
  readonly state: 'awaiting' | 'working' | 'closed';
  readonly startedAt: Date;
  readonly definitionNumber: number;
  readonly trigger: TriggerFired;
  readonly rep: { readonly handle: string; readonly name: string } | null;
  readonly routedBy: string | null;
  readonly task: { readonly id: string | null; readonly state: string; readonly dueAt: Date | null };
  readonly sla: {
    readonly startsAt: Date | null;
    readonly remindAt: Date | null;
    readonly dueAt: Date | null;
    readonly state: string;
  };
  readonly package: Readonly<Record<string, unknown>> | null;
  readonly effects: readonly EffectSummary[];
  readonly outcome: {
    readonly kind: string;
    readonly reason: string | null;
    readonly at: Date | null;
    /** Who said so: a rep's handle, an API key's name, a fixed word; null for Baton itself. */
    readonly by: string | null;
    /** The same as people call them. */
    readonly byName: string | null;
  } | null;
  /** Sorts handoffs without an SLA instant last. */
  readonly dueMicros: number;
}

export interface HandoffFilter {
  /** Random id of a rep. */
  readonly repId?: string;
  readonly state?: 'open' | 'awaiting' | 'working' | 'closed';
  readonly dueAfter?: Date;
  readonly dueBefore?: Date;
}

export type HandoffCursor = readonly [dueMicros: number, leadId: string, number: number];

/** Later than any SLA, and a safe integer. */
const NEVER = sql<number>`4200000000000000::bigint`;
const dueMicros = sql<number>`coalesce(${microsOf('h.sla_due_at')}, ${NEVER})`;

/** Handoffs by the instant their SLA ends, the soonest first; those without one come last. */
export async function listHandoffs(
  db: Db,
  filter: HandoffFilter,
  page: { readonly after: HandoffCursor | null; readonly limit: number },
): Promise<HandoffSummary[]> {
  const { repId, state, dueAfter, dueBefore } = filter;
  let query = handoffQuery(db);
  if (repId !== undefined) query = query.where('h.rep_id', '=', repId);
  if (state === 'open') query = query.where('h.state', '<>', 'closed');
  else if (state !== undefined) query = query.where('h.state', '=', state);
  if (dueAfter) query = query.where('h.sla_due_at', '>', dueAfter);
  if (dueBefore) query = query.where('h.sla_due_at', '<', dueBefore);
  if (page.after) {
    const [due, leadId, number] = page.after;
    query = query.where(
      sql<boolean>`(${dueMicros}, h.lead_id, h.number) > (${due}::bigint, ${leadId}::text, ${number}::int)`,
    );
  }
  const rows = await query
    .orderBy(dueMicros)
    .orderBy('h.lead_id')
    .orderBy('h.number')
    .limit(page.limit)
    .execute();
  return withEffects(db, rows);
}

/** One handoff, or null when there is none. */
export async function findHandoff(db: Db, leadId: string, number: number): Promise<HandoffSummary | null> {
  const rows = await handoffQuery(db)
    .where('h.lead_id', '=', leadId)
    .where('h.number', '=', number)
    .execute();
  const [handoff] = await withEffects(db, rows);
  return handoff ?? null;
}

function handoffQuery(db: Db) {
  return db
    .selectFrom('handoffs as h')
    .innerJoin('leads as l', 'l.id', 'h.lead_id')
    .leftJoin('reps as r', 'r.id', 'h.rep_id')
    .leftJoin('reps as o', 'o.id', 'h.outcome_by')
    .leftJoin('api_keys as k', 'k.id', 'h.outcome_by')
    .where('l.erased_at', 'is', null)
    .select([
      'h.lead_id',
      'h.number',
      'h.state',
      'h.started_at',
      'h.definition_number',
      'h.trigger',
      'h.routed_by',
      'h.task_state',
      'h.task_due_at',
      'h.sla_state',
      'h.sla_starts_at',
      'h.sla_remind_at',
      'h.sla_due_at',
      'h.package',
      'h.outcome',
      'h.outcome_at',
      'h.outcome_by',
      'h.outcome_reason',
      'r.handle as rep_handle',
      'r.name as rep_name',
      'o.handle as by_handle',
      'o.name as by_name',
      'k.name as by_key',
    ])
    .select((eb) =>
      eb
        .selectFrom('tasks as t')
        .select('t.id')
        .whereRef('t.lead_id', '=', 'h.lead_id')
        .whereRef('t.handoff', '=', 'h.number')
        .orderBy('t.created_at', 'desc')
        .limit(1)
        .as('task_id'),
    )
    .select(dueMicros.as('due_micros'));
}

type HandoffQueryRow =
  ReturnType<typeof handoffQuery> extends SelectQueryBuilder<infer _Db, infer _Tables, infer Row>
    ? Row
    : never;

async function withEffects(db: Db, rows: readonly HandoffQueryRow[]): Promise<HandoffSummary[]> {
  if (rows.length === 0) return [];
  const wanted = rows.map(({ lead_id, number }) => ({ lead_id, number }));
  const effects = await db
    .selectFrom('effects as e')
    .select(effectColumns)
    .where(
      sql<boolean>`(e.lead_id, e.handoff) in
        (select w.lead_id, w.number from jsonb_to_recordset(${json(wanted)}::jsonb) as w(lead_id text, number integer))`,
    )
    .orderBy('e.created_at')
    .orderBy('e.key')
    .execute();
  const byHandoff = new Map<string, EffectSummary[]>();
  for (const row of effects) {
    const name = `${row.lead_id}/${row.handoff}`;
    byHandoff.set(name, [...(byHandoff.get(name) ?? []), effectSummary(row)]);
  }
  return rows.map((row) => summaryOf(row, byHandoff.get(`${row.lead_id}/${row.number}`) ?? []));
}

function summaryOf(row: HandoffQueryRow, effects: readonly EffectSummary[]): HandoffSummary {
  return {
    leadId: row.lead_id,
    number: row.number,
    state: row.state,
    startedAt: row.started_at,
    definitionNumber: row.definition_number,
    trigger: row.trigger,
    rep: row.rep_handle === null ? null : { handle: row.rep_handle, name: row.rep_name ?? row.rep_handle },
    routedBy: row.routed_by,
    task: { id: row.task_id, state: row.task_state, dueAt: row.task_due_at },
    sla: {
      startsAt: row.sla_starts_at,
      remindAt: row.sla_remind_at,
      dueAt: row.sla_due_at,
      state: row.sla_state,
    },
    package: row.package,
    effects,
    outcome:
      row.outcome === null
        ? null
        : {
            kind: row.outcome,
            reason: row.outcome_reason,
            at: row.outcome_at,
            by: row.by_handle ?? row.by_key ?? row.outcome_by,
            byName: row.by_name ?? row.by_key ?? row.outcome_by,
          },
    dueMicros: row.due_micros,
  };
}
