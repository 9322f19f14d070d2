import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createActivities } from '../../src/activities/index.js';
import type { JournalEntry, LeadActivities, RecordInput } from '../../src/contracts/lead-workflow.js';
import type { Decision } from '../../src/domain/decision.js';
import type { LeadState } from '../../src/domain/state.js';
import { json } from '../../src/store/sql.js';
import { DAY, HOUR, pending, TUESDAY, World } from '../support/activity-world.js';
import { databases } from '../support/databases.js';

describe.each(databases.filter((database) => database.available))('the journal on $name', ({ open }) => {
  let world: World;
  let lead: string;
  let activities: LeadActivities;
  beforeEach(async () => {
    world = await World.over(await open());
    lead = await world.lead();
    activities = createActivities(world.deps());
  });
  afterEach(() => world.opened.close());

  const entry = (
    n: number,
    decisions: Decision[] = [],
    input: JournalEntry['input'] = { kind: 'fact', fact: {} },
  ): JournalEntry => ({
    v: 1,
    n,
    afterSeq: 0,
    at: TUESDAY,
    definition: { number: 1, hash: 'h' },
    engine: 1,
    input,
    decisions,
  });
  const record = async (
    state: LeadState,
    entries: JournalEntry[] = [entry(1)],
    more: Partial<RecordInput> = {},
  ) =>
    activities.recordJournal({
      leadId: lead,
      epoch: 1,
      seq: state.seq,
      entries,
      verdicts: [],
      state,
      next: null,
      ...more,
    });
  const status = () =>
    world.db.selectFrom('lead_status').selectAll().where('lead_id', '=', lead).executeTakeFirst();
  const handoffRow = () =>
    world.db.selectFrom('handoffs').selectAll().where('lead_id', '=', lead).executeTakeFirstOrThrow();
  const journal = () =>
    world.db.selectFrom('journal').selectAll().where('lead_id', '=', lead).orderBy('n').execute();

  test('keeps every decision once, however often it is written', async () => {
    const state = await world.state(lead, { seq: 3 });
    const entries = [entry(1, [{ kind: 'ignore', reason: 'machine' }]), entry(2)];
    await record(state, entries);
    await record(state, entries);
    const rows = await journal();
    expect(rows.map(({ n }) => n)).toEqual([1, 2]);
    expect(rows[0]).toMatchObject({
      epoch: 1,
      decisions: [{ kind: 'ignore', reason: 'machine' }],
      definition_hash: 'h',
    });
    const stream = await world.db
      .selectFrom('lead_stream')
      .select('applied_seq')
      .where('lead_id', '=', lead)
      .executeTakeFirstOrThrow();
    expect(stream.applied_seq).toBe(3);
  });

  test('derives the lead’s status from its state', async () => {
    const ana = await world.rep('ana');
    const handoff = await world.handoff({
      prepared: true,
      rep: ana,
      routedBy: 'owner',
      task: { state: 'open', dueAt: TUESDAY + HOUR, dueAlerted: false },
      sla: { state: 'running', startsAt: TUESDAY, dueAt: TUESDAY + DAY, remindAt: null, extended: false },
    });
    const parked = pending(lead, { effect: 'bridge' }, { parked: true, code: 'unknown_outcome' });
    await record(
      await world.state(lead, {
        seq: 2,
        stage: { name: 'handed_off', handoff },
        handoffs: 1,
        tags: ['a'],
        effects: [parked],
        suppressed: { marketing: { at: TUESDAY, why: 'complaint' }, sales: null },
      }),
      [entry(1)],
      { next: { what: 'sla', at: TUESDAY + DAY } },
    );
    expect(await status()).toMatchObject({
      stage: 'handed_off',
      track: null,
      source: 'webinar',
      owner_rep_id: ana,
      handoff_number: 1,
      handoff_state: 'awaiting',
      trigger_id: 'demo',
      due_at: new Date(TUESDAY + HOUR),
      sla_due_at: new Date(TUESDAY + DAY),
      next_what: 'sla',
      tags: ['a'],
      attention: ['bridge'],
      suppressed_marketing: 'complaint',
      suppressed_sales: null,
    });
    expect(await handoffRow()).toMatchObject({
      state: 'awaiting',
      rep_id: ana,
      task_state: 'open',
      sla_state: 'running',
      outcome: null,
    });
  });

  test('a handoff that nobody holds needs a person', async () => {
    const handoff = await world.handoff({ prepared: true });
    await record(await world.state(lead, { stage: { name: 'handed_off', handoff } }));
    expect((await status())?.attention).toEqual(['unassigned']);
  });

  test('does not take back what preparation wrote while its answer was on the way', async () => {
    const ana = await world.rep('ana');
    await world.handoffRow(lead, { rep: ana });
    await record(await world.state(lead, { stage: { name: 'handed_off', handoff: await world.handoff() } }));
    expect(await handoffRow()).toMatchObject({ rep_id: ana, sla_due_at: new Date(TUESDAY + 3 * DAY) });
  });

  test('closes the handoff with its outcome and the words of the disposition', async () => {
    const ana = await world.rep('ana');
    const seq = await world.event(
      lead,
      'sales.disposition',
      TUESDAY,
      {},
      { command: { id: 'c1', kind: 'disposition' } },
    );
    await world.db
      .insertInto('commands')
      .values({
        id: 'c1',
        lead_id: lead,
        kind: 'disposition',
        body: json({ disposition: 'not_ready', reason: 'no budget' }),
      })
      .execute();
    const outcome = { kind: 'not_ready' as const, at: TUESDAY, by: ana, followUpOn: '2027-02-01' };
    const lastHandoff = await world.handoff({ prepared: true, rep: ana, outcome });
    const complete: Decision = { kind: 'complete', number: 1, outcome: 'not_ready', by: ana };
    const verdict = { commandId: 'c1', ok: true, did: 'closed' };
    await record(
      await world.state(lead, { seq, lastHandoff }),
      [entry(1, [complete], { kind: 'log', seq })],
      { verdicts: [verdict] },
    );
    expect(await handoffRow()).toMatchObject({
      state: 'closed',
      outcome: 'not_ready',
      outcome_by: ana,
      outcome_reason: 'no budget',
      follow_up_on: '2027-02-01',
    });
    expect(await status()).toMatchObject({
      stage: 'nurturing',
      track: 'initial',
      handoff_number: 1,
      handoff_state: 'closed',
      owner_rep_id: ana,
      due_at: null,
    });
    const command = await world.db.selectFrom('commands').selectAll().executeTakeFirstOrThrow();
    expect(command.verdict).toEqual(verdict);
    expect(command.decided_at).toBeInstanceOf(Date);
    await record(await world.state(lead, { seq, lastHandoff }), [entry(2)]);
    expect((await handoffRow()).outcome_reason).toBe('no budget');
  });

  test('a restored handoff has no outcome any more', async () => {
    const handoff = await world.handoff({ prepared: true });
    await record(
      await world.state(lead, {
        lastHandoff: { ...handoff, outcome: { kind: 'sla_lapsed', at: TUESDAY, by: null, followUpOn: null } },
      }),
    );
    expect(await handoffRow()).toMatchObject({ state: 'closed', outcome: 'sla_lapsed' });
    await record(
      await world.state(lead, {
        stage: { name: 'working', handoff: { ...handoff, firstActivityAt: TUESDAY } },
      }),
      [entry(2)],
    );
    expect(await handoffRow()).toMatchObject({
      state: 'working',
      outcome: null,
      outcome_at: null,
      first_activity_at: new Date(TUESDAY),
    });
  });

  test('an overtaken record turns nothing back', async () => {
    const late = await world.state(lead, { seq: 5, stage: { name: 'converted', at: TUESDAY } });
    const early = await world.state(lead, { seq: 4 });
    await record(late, [entry(1), entry(2)]);
    await record(early, [entry(1)]);
    await record(early, []);
    expect(await status()).toMatchObject({ stage: 'converted', seq: 5 });
  });

  test('planned effects can be seen before they are tried, and dropped ones are marked', async () => {
    const bridge = pending(lead, { effect: 'bridge' });
    const pause = pending(lead, { effect: 'pause' });
    const perform = (effect: typeof bridge): Decision => ({
      kind: 'perform',
      effect: { key: effect.key, handoff: effect.handoff, args: effect.args },
    });
    const ordinals = { 'h1/bridge': 1, 'h1/pause': 1 };
    await record(await world.state(lead, { effects: [bridge, pause], ordinals }), [
      entry(1, [perform(bridge), perform(pause)]),
    ]);
    expect(await world.effectRow(bridge.key)).toMatchObject({
      state: 'planned',
      effect: 'bridge',
      handoff: 1,
    });
    // An effect that this snapshot does not know of yet, already tried and failed, must not be lost.
    const newer = { ...pause, key: `${lead}/h1/pause/2` };
    await world.db
      .insertInto('effects')
      .values({
        key: newer.key,
        lead_id: lead,
        handoff: 1,
        effect: 'pause',
        args: json(newer.args),
        state: 'failed',
      })
      .execute();
    await record(await world.state(lead, { effects: [pause], ordinals }), [
      entry(2, [{ kind: 'drop', effect: 'bridge', why: 'suppressed' }]),
    ]);
    expect(await world.effectRow(bridge.key)).toMatchObject({ state: 'skipped' });
    expect(await world.effectRow(pause.key)).toMatchObject({ state: 'planned' });
    expect(await world.effectRow(newer.key)).toMatchObject({ state: 'failed' });
  });

  test('nothing is written for an erased lead or by a replaced run', async () => {
    const state = await world.state(lead);
    await record(state, [entry(1)], { epoch: 2 });
    await world.db.updateTable('leads').set({ erased_at: new Date() }).execute();
    await record(state);
    expect(await journal()).toEqual([]);
    expect(await status()).toBeUndefined();
  });

  test('two runs may not use the same number for different decisions', async () => {
    const state = await world.state(lead);
    await record(state);
    await world.db.updateTable('lead_stream').set({ epoch: 2 }).execute();
    await expect(record(state, [entry(1)], { epoch: 2 })).rejects.toThrow(/counts from the wrong number/);
    await record(state, [entry(2)], { epoch: 2 });
    expect((await journal()).map(({ epoch }) => epoch)).toEqual([1, 2]);
  });

  test('closing ends the epoch once, and not while events wait', async () => {
    const state = await world.state(lead, { seq: 1 });
    await world.event(lead, 'page.viewed', TUESDAY);
    await world.event(lead, 'page.viewed', TUESDAY + HOUR);
    const close = (lastSeq: number, epoch = 1) =>
      activities.closeLead({ leadId: lead, epoch, lastSeq, state });
    expect(await close(1)).toEqual({ more: true });
    expect(await close(2, 7)).toEqual({ more: false });
    expect(await close(2)).toEqual({ more: false });
    expect(await close(2)).toEqual({ more: false });
    const stream = await world.db.selectFrom('lead_stream').selectAll().executeTakeFirstOrThrow();
    expect(stream).toMatchObject({ status: 'closed', applied_seq: 2 });
    expect(stream.snapshot).toMatchObject({ leadId: lead });
  });

  test('a resend makes the courier begin again', async () => {
    await world.db.updateTable('lead_stream').set({ sent_seq: 9, next_seq: 10 }).execute();
    await activities.requestResend({ leadId: lead, epoch: 1, fromSeq: 4 });
    expect(
      await world.db.selectFrom('lead_stream').select(['sent_seq', 'ready']).executeTakeFirstOrThrow(),
    ).toEqual({ sent_seq: 3, ready: true });
    await expect(activities.requestResend({ leadId: lead, epoch: 3, fromSeq: 1 })).rejects.toMatchObject({
      code: 'rejected',
    });
  });
});
