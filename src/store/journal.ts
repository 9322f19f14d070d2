/** The decision journal, and what is derived from the state that comes with it: status, handoffs, verdicts, planned effects. */
import { sql } from 'kysely';
import type { JournalEntry, RecordInput } from '../contracts/lead-workflow.js';
import type { Decision, EffectPlan } from '../domain/decision.js';
import type { Handoff, LeadState } from '../domain/state.js';
import type { Db } from './database.js';
import { markApplied } from './lead-stream.js';
import { planEffects, skipDropped } from './ledger.js';
import { json } from './sql.js';

/** A journal entry that is there already under the same number and says something else. */
class JournalConflict extends Error {
  override readonly name = 'JournalConflict';
}

/**
 * Writes a run's decisions and snapshot. Idempotent by lead and entry number; a snapshot older than what is recorded
 * changes nothing but the journal. Run it in a transaction in which the gate was passed.
 * @throws JournalConflict when another run of the lead used one of the numbers
 */
export async function record(trx: Db, input: RecordInput): Promise<void> {
  const { leadId, epoch, entries, state } = input;
  const newest = await newestEntry(trx, leadId);
  await insertEntries(trx, leadId, epoch, entries);
  await writeVerdicts(trx, leadId, input.verdicts);
  await markApplied(trx, leadId, epoch, input.seq);
  if (await isOutdated(trx, input, newest)) return;
  await writeStatus(trx, input);
  const reasons = await outcomeReasons(trx, leadId, entries);
  const known = [state.lastHandoff, openHandoff(state)].filter((handoff) => handoff !== null);
  for (const handoff of known) await writeHandoff(trx, leadId, state, handoff, reasons);
  // The state keeps the newest handoffs only; an older one may have ended, or ended otherwise, all the same.
  await writeOlderEndings(trx, leadId, entries, { reasons, except: known.map(({ number }) => number) });
  await planEffects(trx, leadId, plansIn(entries));
  await skipDropped(trx, leadId, state);
}

async function newestEntry(trx: Db, leadId: string): Promise<number> {
  const row = await trx
    .selectFrom('journal')
    .select(sql<number>`coalesce(max(n), 0)`.as('n'))
    .where('lead_id', '=', leadId)
    .executeTakeFirst();
  return Number(row?.n ?? 0);
}

async function insertEntries(
  trx: Db,
  leadId: string,
  epoch: number,
  entries: readonly JournalEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  await trx
    .insertInto('journal')
    .values(
      entries.map((entry) => ({
        lead_id: leadId,
        n: entry.n,
        epoch,
        after_seq: entry.afterSeq,
        at: new Date(entry.at),
        definition_number: entry.definition.number,
        definition_hash: entry.definition.hash,
        engine: entry.engine,
        input: json(entry.input),
        decisions: json(entry.decisions),
      })),
    )
    .onConflict((conflict) => conflict.columns(['lead_id', 'n']).doNothing())
    .execute();
  const foreign = await trx
    .selectFrom('journal')
    .select('n')
    .where('lead_id', '=', leadId)
    .where(
      'n',
      'in',
      entries.map(({ n }) => n),
    )
    .where('epoch', '<>', epoch)
    .limit(1)
    .executeTakeFirst();
  if (foreign)
    throw new JournalConflict(
      `Entry ${foreign.n} was written by another run: this run counts from the wrong number.`,
    );
}

async function writeVerdicts(trx: Db, leadId: string, verdicts: RecordInput['verdicts']): Promise<void> {
  if (verdicts.length === 0) return;
  await sql`
    update commands c set verdict = v.verdict, decided_at = clock_timestamp()
    from jsonb_to_recordset(${json(verdicts.map((verdict) => ({ id: verdict.commandId, verdict })))}::jsonb) as v(id text, verdict jsonb)
    where c.id = v.id and c.lead_id = ${leadId} and c.verdict is null`.execute(trx);
}

/** A record that was overtaken (its first attempt timed out and was written all the same) must not turn anything back. */
async function isOutdated(
  trx: Db,
  { leadId, epoch, entries, seq }: RecordInput,
  newest: number,
): Promise<boolean> {
  const last = entries.at(-1);
  if (last && newest > last.n) return true;
  const status = await trx
    .selectFrom('lead_status')
    .select(['epoch', 'seq'])
    .where('lead_id', '=', leadId)
    .executeTakeFirst();
  return status !== undefined && (status.epoch > epoch || (status.epoch === epoch && status.seq > seq));
}

async function writeStatus(trx: Db, { leadId, epoch, seq, state, next }: RecordInput): Promise<void> {
  const handoff = openHandoff(state) ?? state.lastHandoff;
  const open = handoff !== null && handoff.outcome === null;
  const values = {
    epoch,
    seq,
    stage: state.stage.name,
    track: state.stage.name === 'nurturing' ? state.stage.track : null,
    source: state.source,
    suppressed_marketing: state.suppressed.marketing?.why ?? null,
    suppressed_sales: state.suppressed.sales?.why ?? null,
    owner_rep_id: ownerIn(handoff),
    handoff_number: handoff?.number ?? null,
    handoff_state: handoff && handoffState(state, handoff),
    trigger_id: handoff?.trigger.id ?? null,
    due_at: open ? instant(handoff.task.dueAt) : null,
    sla_due_at: open ? instant(handoff.sla.dueAt) : null,
    next_what: next?.what ?? null,
    next_at: instant(next?.at ?? null),
    tags: [...state.tags],
    attention: attentionIn(state),
    engine: state.engine,
    definition_number: state.definition.number,
    state: json(state),
    recorded_at: sql<Date>`clock_timestamp()`,
  };
  await trx
    .insertInto('lead_status')
    .values({ lead_id: leadId, ...values })
    .onConflict((conflict) => conflict.column('lead_id').doUpdateSet(values))
    .execute();
}

/** What a person must see to: effects that are parked, and a handoff that nobody holds. */
function attentionIn(state: LeadState): string[] {
  const parked = state.effects.filter((effect) => effect.parked).map(({ args }) => args.effect);
  const open = openHandoff(state);
  return [...new Set<string>([...parked, ...(open?.prepared && open.rep === null ? ['unassigned'] : [])])];
}

/** Whose lead it is: whoever has it, or had it last and did not let it lapse. */
function ownerIn(handoff: Handoff | null): string | null {
  return handoff === null || handoff.outcome?.kind === 'sla_lapsed' ? null : handoff.rep;
}

function openHandoff({ stage }: LeadState): Handoff | null {
  return stage.name === 'handed_off' || stage.name === 'working' ? stage.handoff : null;
}

function handoffState(state: LeadState, handoff: Handoff): 'awaiting' | 'working' | 'closed' {
  if (handoff.outcome !== null) return 'closed';
  return state.stage.name === 'working' ? 'working' : 'awaiting';
}

async function writeHandoff(
  trx: Db,
  leadId: string,
  state: LeadState,
  handoff: Handoff,
  reasons: Reasons,
): Promise<void> {
  const { outcome, task, sla } = handoff;
  const changing = {
    state: handoffState(state, handoff),
    task_state: task.state,
    sla_state: sla.state,
    first_activity_at: instant(handoff.firstActivityAt),
    outcome: outcome?.kind ?? null,
    outcome_at: instant(outcome?.at ?? null),
    outcome_by: outcome?.by ?? null,
    ...(outcome === null
      ? { outcome_reason: null }
      : reasons.has(handoff.number) && { outcome_reason: reasons.get(handoff.number) }),
    follow_up_on: outcome?.followUpOn ?? null,
    // Before the state knows them, the row may: preparation wrote it and its answer is still on the way.
    ...(handoff.prepared && {
      rep_id: handoff.rep,
      routed_by: handoff.routedBy,
      task_due_at: instant(task.dueAt),
      sla_starts_at: instant(sla.startsAt),
      sla_remind_at: instant(sla.remindAt),
      sla_due_at: instant(sla.dueAt),
    }),
  };
  await trx
    .insertInto('handoffs')
    .values({
      lead_id: leadId,
      number: handoff.number,
      trigger: json(handoff.trigger),
      definition_number: handoff.definition.number,
      started_at: new Date(handoff.startedAt),
      intent: handoff.trigger.intent,
      ...changing,
    })
    .onConflict((conflict) => conflict.columns(['lead_id', 'number']).doUpdateSet(changing))
    .execute();
}

async function writeOlderEndings(
  trx: Db,
  leadId: string,
  entries: readonly JournalEntry[],
  { reasons, except }: { reasons: Reasons; except: readonly number[] },
): Promise<void> {
  for (const { at, decisions } of entries) {
    for (const decision of decisions as readonly Decision[]) {
      if (decision.kind !== 'complete' || except.includes(decision.number)) continue;
      await trx
        .updateTable('handoffs')
        .set({
          state: 'closed',
          outcome: decision.outcome,
          outcome_at: new Date(at),
          outcome_by: decision.by ?? null,
          outcome_reason: reasons.get(decision.number) ?? null,
        })
        .where('lead_id', '=', leadId)
        .where('number', '=', decision.number)
        .execute();
    }
  }
}

/** Per handoff that these entries ended: why, in the words of the disposition, or null where it gave none. */
type Reasons = ReadonlyMap<number, string | null>;

/** The words stay in Postgres, so the state does not have them. */
async function outcomeReasons(trx: Db, leadId: string, entries: readonly JournalEntry[]): Promise<Reasons> {
  const reasons = new Map<number, string | null>();
  for (const { input, decisions } of entries) {
    for (const decision of decisions as readonly Decision[]) {
      if (decision.kind !== 'complete') continue;
      reasons.set(decision.number, input.kind === 'log' ? await reasonOf(trx, leadId, input.seq) : null);
    }
  }
  return reasons;
}

async function reasonOf(trx: Db, leadId: string, seq: number): Promise<string | null> {
  const row = await trx
    .selectFrom('events as e')
    .innerJoin('commands as c', 'c.lead_id', 'e.lead_id')
    .select(sql<string | null>`c.body ->> 'reason'`.as('reason'))
    .where('e.lead_id', '=', leadId)
    .where('e.seq', '=', seq)
    .where(sql<boolean>`c.id = e.body -> 'command' ->> 'id'`)
    .executeTakeFirst();
  return row?.reason ?? null;
}

function plansIn(entries: readonly JournalEntry[]): EffectPlan[] {
  return entries.flatMap(({ decisions }) =>
    (decisions as readonly Decision[]).flatMap((decision) =>
      decision.kind === 'perform' ? [decision.effect] : [],
    ),
  );
}

function instant(at: number | null): Date | null {
  return at === null ? null : new Date(at);
}
