/** Rows of handoffs as activities read and write them. Deciding what stands in them is the workflow's part. */
import { type Selectable, sql } from 'kysely';
import type { TriggerFired } from '../domain/decision.js';
import type { Intent } from '../domain/definition.js';
import type { PreparedFacts } from '../domain/lead-event.js';
import type { Db } from './database.js';
import type { Database } from './schema.js';
import { json } from './sql.js';

export type HandoffRow = Selectable<Database['handoffs']>;
export type RepRow = Selectable<Database['reps']>;
export type LeadRow = Selectable<Database['leads']>;

export async function readHandoff(db: Db, leadId: string, number: number): Promise<HandoffRow | null> {
  const row = await db
    .selectFrom('handoffs')
    .selectAll()
    .where('lead_id', '=', leadId)
    .where('number', '=', number)
    .executeTakeFirst();
  return row ?? null;
}

/** A lead's handoffs before `number`, oldest first, each with its rep's name. */
export async function earlierHandoffs(db: Db, leadId: string, number: number) {
  return db
    .selectFrom('handoffs as h')
    .leftJoin('reps as r', 'r.id', 'h.rep_id')
    .select([
      'h.number',
      'h.started_at',
      'h.outcome',
      'h.outcome_at',
      'h.outcome_reason',
      'h.rep_id',
      'r.name as rep_name',
    ])
    .where('h.lead_id', '=', leadId)
    .where('h.number', '<', number)
    .orderBy('h.number')
    .execute();
}

export async function readLead(db: Db, leadId: string): Promise<LeadRow | null> {
  return (await db.selectFrom('leads').selectAll().where('id', '=', leadId).executeTakeFirst()) ?? null;
}

export async function readRep(db: Db, repId: string): Promise<RepRow | null> {
  return (await db.selectFrom('reps').selectAll().where('id', '=', repId).executeTakeFirst()) ?? null;
}

export async function activeManagers(db: Db): Promise<RepRow[]> {
  return db
    .selectFrom('reps')
    .selectAll()
    .where('role', '=', 'manager')
    .where('active', '=', true)
    .orderBy('id')
    .execute();
}

/** The answer that a request was given before, if it was. */
export function preparedAnswer(row: HandoffRow | null, request: number): PreparedFacts | null {
  return row?.prepared?.request === request ? row.prepared.facts : null;
}

export interface PreparedHandoff {
  readonly leadId: string;
  readonly number: number;
  readonly startedAt: number;
  readonly trigger: TriggerFired;
  readonly intent: Intent;
  readonly definitionNumber: number;
  readonly request: number;
  readonly facts: PreparedFacts;
  readonly package: { readonly format: number };
}

/** Writes what a handoff was prepared with, and counts it for its rep. A later request of the same handoff replaces it. */
export async function savePrepared(trx: Db, handoff: PreparedHandoff): Promise<void> {
  const { facts } = handoff;
  const prepared = {
    rep_id: facts.rep,
    routed_by: facts.routedBy,
    task_due_at: new Date(facts.taskDueAt),
    sla_starts_at: new Date(facts.slaStartsAt),
    sla_remind_at: facts.slaRemindAt === null ? null : new Date(facts.slaRemindAt),
    sla_due_at: new Date(facts.slaDueAt),
    package_format: handoff.package.format,
    package: json(handoff.package),
    prepared: json({ request: handoff.request, facts }),
  };
  await trx
    .insertInto('handoffs')
    .values({
      lead_id: handoff.leadId,
      number: handoff.number,
      state: 'awaiting',
      trigger: json(handoff.trigger),
      definition_number: handoff.definitionNumber,
      started_at: new Date(handoff.startedAt),
      intent: handoff.intent,
      task_state: 'open',
      ...prepared,
    })
    .onConflict((conflict) => conflict.columns(['lead_id', 'number']).doUpdateSet(prepared))
    .execute();
  if (facts.rep === null) return;
  await trx
    .updateTable('reps')
    .set({ last_assigned_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', facts.rep)
    .execute();
}

/**
 * All reps, locked so that of several handoffs routed at once each sees what the ones before it were given.
 * `no key`, because rows that merely refer to a rep need not wait.
 */
export async function lockReps(trx: Db): Promise<RepRow[]> {
  return trx.selectFrom('reps').selectAll().orderBy('id').forNoKeyUpdate().execute();
}

/** What each rep carries: handoffs awaiting first contact, and those given since an instant. `except` is not counted. */
export async function repLoads(
  trx: Db,
  sinceMs: number,
  except: { readonly leadId: string; readonly number: number },
): Promise<ReadonlyMap<string, { readonly awaiting: number; readonly assigned: number }>> {
  const rows = await trx
    .selectFrom('handoffs')
    .select('rep_id')
    .select(sql<number>`(count(*) filter (where state = 'awaiting'))::int`.as('awaiting'))
    .select(sql<number>`(count(*) filter (where started_at >= ${new Date(sinceMs)}))::int`.as('assigned'))
    .where('rep_id', 'is not', null)
    .where((eb) => eb.or([eb('state', '=', 'awaiting'), eb('started_at', '>=', new Date(sinceMs))]))
    .where((eb) => eb.not(eb.and([eb('lead_id', '=', except.leadId), eb('number', '=', except.number)])))
    .groupBy('rep_id')
    .execute();
  return new Map(rows.map(({ rep_id, awaiting, assigned }) => [rep_id ?? '', { awaiting, assigned }]));
}

/** Whose lead this is: as the CRM or a person said, else who had its newest handoff and did not let it lapse. */
export async function ownerOf(trx: Db, leadId: string, beforeNumber: number): Promise<string | null> {
  const row = await trx
    .selectFrom('leads as l')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('handoffs as h')
          .select(['h.rep_id', 'h.outcome'])
          .whereRef('h.lead_id', '=', 'l.id')
          .where('h.number', '<', beforeNumber)
          .orderBy('h.number', 'desc')
          .limit(1)
          .as('last'),
      (join) => join.onTrue(),
    )
    .select(['l.owner_rep_id', 'last.rep_id', 'last.outcome'])
    .where('l.id', '=', leadId)
    .executeTakeFirst();
  if (!row) return null;
  return row.owner_rep_id ?? (row.outcome === 'sla_lapsed' ? null : row.rep_id);
}

/** Owners of other leads with this mail domain, the one with the newest handoff first. */
export async function accountOwners(trx: Db, leadId: string, domain: string): Promise<string[]> {
  const { rows } = await sql<{ owner: string }>`
    select coalesce(l.owner_rep_id, last.rep_id) as owner
    from leads l
    left join lateral (
      select h.rep_id, h.outcome, h.started_at from handoffs h where h.lead_id = l.id order by h.number desc limit 1) last on true
    where lower(split_part(l.email, '@', 2)) = ${domain} and l.email is not null and l.id <> ${leadId} and l.erased_at is null
      and (l.owner_rep_id is not null or (last.rep_id is not null and last.outcome is distinct from 'sla_lapsed'))
    order by last.started_at desc nulls last, l.id
    limit 50`.execute(trx);
  return [...new Set(rows.map(({ owner }) => owner))];
}
