import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertCommand } from '../../src/store/commands.js';
import type { Db, OpenDatabase } from '../../src/store/database.js';
import { addObjection, dropObjection } from '../../src/store/objections.js';
import { findCommand } from '../../src/store/read/commands.js';
import { findEffect, listEffects } from '../../src/store/read/effects.js';
import { eventsNamed, eventTypeOf, labelEvent } from '../../src/store/read/events.js';
import { findHandoff, listHandoffs } from '../../src/store/read/handoffs.js';
import { findLead, type LeadSort, leadCursor, listLeads } from '../../src/store/read/leads.js';
import { lifePages } from '../../src/store/read/life.js';
import { leadIdsByEmail, mailableLeads } from '../../src/store/read/mailable.js';
import { namesOf } from '../../src/store/read/names.js';
import { listOutbox } from '../../src/store/read/outbox.js';
import { systemNumbers } from '../../src/store/read/system.js';
import { listTasks } from '../../src/store/read/tasks.js';
import {
  firstReps,
  timelineEffects,
  timelineEvents,
  timelineJournal,
} from '../../src/store/read/timeline.js';
import { createRep } from '../../src/store/reps.js';
import { recordCommand } from '../../src/store/requested-commands.js';
import { json } from '../../src/store/sql.js';
import { addLead, append } from '../courier/support.js';
import { databases } from '../support/databases.js';

describe.each(databases.filter(({ available }) => available))('reading on $name', ({ open }) => {
  let opened: OpenDatabase;
  let db: Db;
  const ids: string[] = [];
  let rep = '';
  beforeAll(async () => {
    opened = await open();
    db = opened.db;
    rep = (await createRep(db, { handle: 'ana', name: 'Ana' }))?.id ?? '';
    for (const name of ['a', 'b', 'c']) await seed(name);
  });
  afterAll(() => opened.close());

  async function seed(name: string): Promise<void> {
    const id = await addLead(db, `lead-${name}`, `${name}@read.test`);
    ids.push(id);
    const micros = `2026-03-01T00:00:00.00000${ids.length}Z`;
    await db.updateTable('leads').set({ created_at: micros }).where('id', '=', id).execute();
    await db
      .insertInto('identities')
      .values({ kind: 'email', value: `${name}@read.test`, lead_id: id })
      .execute();
    await append(db, id, [
      { type: 'page.viewed' },
      { type: 'email.unsubscribed', body: { properties: { stream: 'sales' } } },
    ]);
    const at = new Date(Date.UTC(2026, 2, ids.length));
    const trigger = { kind: 'manual', id: 'manual', intent: 'warm', at: 0, alsoHeld: [] };
    await db
      .insertInto('handoffs')
      .values({
        ...{ lead_id: id, number: 1, state: 'awaiting', definition_number: 1, intent: 'warm', rep_id: rep },
        ...{ trigger: json(trigger), started_at: at, sla_due_at: name === 'a' ? null : at },
      })
      .execute();
    await db
      .insertInto('lead_status')
      .values({
        ...{
          lead_id: id,
          epoch: 1,
          seq: 0,
          stage: 'handed_off',
          source: 'webinar',
          engine: 1,
          definition_number: 1,
        },
        ...{
          owner_rep_id: rep,
          due_at: at,
          state: json({}),
          recorded_at: at,
          tags: ['x'],
          attention: ['task'],
        },
      })
      .execute();
    for (const effect of ['pause', 'task'] as const) {
      const key = `${id}/h1/${effect}/1`;
      await db
        .insertInto('effects')
        .values({
          key,
          lead_id: id,
          handoff: 1,
          effect,
          args: json({ effect }),
          state: 'failed',
          updated_at: at,
        })
        .execute();
    }
    await db
      .insertInto('tasks')
      .values({
        id: `t-${name}`,
        effect_key: `k-${name}`,
        lead_id: id,
        handoff: 1,
        rep_id: rep,
        title: 'Call',
        due_at: at,
      })
      .execute();
    await db
      .insertInto('outbox')
      .values({
        id: `o-${name}`,
        effect_key: `k-${name}`,
        kind: 'alert',
        lead_id: id,
        rep_id: rep,
        text: 'Hi',
        via: 'outbox',
      })
      .execute();
    const decisions = json([{ kind: 'follow_up', number: 1, on: null }]);
    const line = { epoch: 1, after_seq: 0, at, definition_number: 1, definition_hash: 'h', engine: 1 };
    await db
      .insertInto('journal')
      .values(
        [1, 2].map((n) => ({ lead_id: id, n, ...line, input: json({ kind: 'log', seq: 1 }), decisions })),
      )
      .execute();
  }

  async function allPages<Row, Cursor>(
    read: (after: Cursor | null) => Promise<readonly Row[]>,
    cursorOf: (row: Row) => Cursor,
  ): Promise<Row[]> {
    const seen: Row[] = [];
    for (let after: Cursor | null = null; seen.length < 50; ) {
      const rows: readonly Row[] = await read(after);
      const last = rows.at(-1);
      if (last === undefined) return seen;
      seen.push(...rows);
      after = cursorOf(last);
    }
    throw new Error('the pages never end');
  }

  it.each([
    ['createdAt', ['lead-c', 'lead-b', 'lead-a']],
    ['score', ['lead-a', 'lead-b', 'lead-c']],
    ['due', ['lead-a', 'lead-b', 'lead-c']],
  ] as [LeadSort, string[]][])('leads by %s, each once, a microsecond apart', async (sort, expected) => {
    const filter = { stage: 'handed_off', ownerRepId: rep, text: '@READ', tag: 'x', scoreMax: 0 };
    const seen = await allPages(
      (after: readonly [number, string] | null) => listLeads(db, filter, { sort, after, limit: 1 }),
      (lead) => leadCursor(lead, sort),
    );
    expect(seen.map(({ id }) => id)).toEqual(expected);
    expect(await findLead(db, 'lead-a')).toMatchObject({
      owner: { handle: 'ana' },
      status: { attention: ['task'] },
    });
    expect(await findLead(db, 'nobody')).toBeNull();
  });

  it('handoffs by their SLA, those without one last, each with its effects', async () => {
    const seen = await allPages(
      (after: readonly [number, string, number] | null) =>
        listHandoffs(db, { repId: rep, state: 'open' }, { after, limit: 1 }),
      ({ dueMicros, leadId, number }) => [dueMicros, leadId, number] as const,
    );
    expect(seen.map(({ leadId }) => leadId)).toEqual(['lead-b', 'lead-c', 'lead-a']);
    expect(seen[0]?.effects.map(({ effect }) => effect).sort()).toEqual(['pause', 'task']);
    expect(await findHandoff(db, 'lead-a', 1)).toMatchObject({ task: { id: 't-a' } });
    expect(await listHandoffs(db, { dueBefore: new Date(0) }, { after: null, limit: 9 })).toEqual([]);
  });

  it('effects, tasks and the outbox in pages', async () => {
    const effects = await allPages(
      (after: readonly [number, string] | null) => listEffects(db, 'lead-a', { after, limit: 1 }),
      ({ createdMicros, key }) => [createdMicros, key] as const,
    );
    expect(effects.map(({ effect }) => effect)).toEqual(['task', 'pause']);
    expect(await findEffect(db, 'lead-a/h1/task/1')).toMatchObject({ state: 'failed' });
    const tasks = await allPages(
      (after: readonly [number, string] | null) => listTasks(db, { repId: rep }, { after, limit: 1 }),
      ({ due_micros, id }) => [due_micros, id] as const,
    );
    expect(tasks.map(({ id }) => id)).toEqual(['t-a', 't-b', 't-c']);
    const sent = await allPages(
      (after: readonly [number, string] | null) => listOutbox(db, { kind: 'alert' }, { after, limit: 2 }),
      ({ created_micros, id }) => [created_micros, id] as const,
    );
    expect(sent.map(({ id }) => id)).toEqual(['o-c', 'o-b', 'o-a']);
  });

  it.each(['asc', 'desc'] as const)('the parts of a timeline, %s', async (order) => {
    const from = { order, after: null, limit: 10 };
    const [first, second] = await timelineEvents(db, 'lead-a', from);
    expect([first?.type, second?.type].sort()).toEqual(['email.unsubscribed', 'page.viewed']);
    const atMs = first?.occurredAt.getTime() ?? 0;
    const after = { atMs, sub: first?.position ?? 0, whole: false };
    expect(await timelineEvents(db, 'lead-a', { order, after, limit: 10 })).toEqual([second]);
    const whole = { atMs, sub: null, whole: true };
    expect(await timelineEvents(db, 'lead-a', { order, after: whole, limit: 10 })).toHaveLength(2);
    const lines = await timelineJournal(db, 'lead-a', from);
    expect(lines.map(({ n }) => n)).toEqual(order === 'asc' ? [1, 2] : [2, 1]);
    const rest = {
      order,
      after: { atMs: lines[0]?.at.getTime() ?? 0, sub: lines[0]?.n ?? 0, whole: false },
      limit: 10,
    };
    expect(await timelineJournal(db, 'lead-a', rest)).toEqual([lines[1]]);
    const effects = await timelineEffects(db, 'lead-a', from);
    const beyond = { atMs: effects[0]?.updatedAt.getTime() ?? 0, sub: effects[0]?.key ?? '', whole: false };
    expect(await timelineEffects(db, 'lead-a', { ...from, after: beyond })).toEqual([effects[1]]);
    expect(await firstReps(db, 'lead-a')).toEqual(new Map([[1, rep]]));
    expect(await namesOf(db, [rep, 'nobody'])).toEqual(new Map([[rep, 'Ana']]));
  });

  it('who may be mailed, from what is recorded and what waits in the log', async () => {
    expect(await leadIdsByEmail(db, ['a@read.test', 'x@read.test'])).toEqual(
      new Map([['a@read.test', 'lead-a']]),
    );
    expect((await mailableLeads(db, ['lead-a', 'lead-x'])).get('lead-a')).toMatchObject({
      stage: 'handed_off',
      openHandoff: 1,
      news: [{ type: 'email.unsubscribed', stream: 'sales', hardBounce: false }],
    });
  });

  it('events by their names, and the whole log with numbers that are still to be given', async () => {
    const pages: number[] = [];
    for await (const rows of lifePages(db, 'lead-b')) pages.push(...rows.map(({ seq }) => seq));
    expect(pages).toEqual([1, 2]);
    const [event] = await timelineEvents(db, 'lead-b', { order: 'asc', after: null, limit: 1 });
    const [named] = await eventsNamed(db, 'lead-b', { eventId: event?.eventId ?? '' });
    expect(named).toMatchObject({ type: 'page.viewed', seq: null });
    expect(await eventsNamed(db, 'lead-b', { seq: 1 })).toEqual([]);
    await labelEvent(db, named?.position ?? 0, 'human');
    expect(await timelineEvents(db, 'lead-b', { order: 'asc', after: null, limit: 1 })).toMatchObject([
      { label: 'human' },
    ]);
    expect(await eventTypeOf(db, 'test', event?.eventId ?? '')).toBe('page.viewed');
  });

  it('the numbers of the whole', async () => {
    expect(await systemNumbers(db)).toMatchObject({
      leads: 3,
      leadsByStage: { handed_off: 3 },
      leadsByEngine: { 1: 3 },
      leadsNeedingAttention: 3,
      handoffs: { awaiting: 3, working: 0 },
      effects: { failed: 6, unknown: 0 },
      waiting: { leads: 3, oldestReadyAt: expect.any(Date) },
    });
  });

  describe('a command under a key', () => {
    const request = (leadId: string, key: string, hash = 'h') => ({
      leadId,
      command: { kind: 'judge', actor: 'key-1', words: {} } as const,
      idempotency: { connectionId: 'c1', key, hash },
    });

    it('is recorded once, also by requests of the same moment', async () => {
      const all = await Promise.all([1, 2, 3].map(() => recordCommand(db, request('lead-c', 'k1'))));
      const [first] = all.filter(({ status }) => status === 'recorded');
      expect(all.filter(({ status }) => status === 'repeated')).toHaveLength(2);
      expect(new Set(all.map((one) => ('commandId' in one ? one.commandId : null))).size).toBe(1);
      const id = first && 'commandId' in first ? first.commandId : '';
      expect(await findCommand(db, id)).toMatchObject({ kind: 'judge', verdict: null, lead_id: 'lead-c' });
    });

    it('belongs to one request and one lead', async () => {
      await recordCommand(db, request('lead-c', 'k2'));
      expect(await recordCommand(db, request('lead-c', 'k2', 'other'))).toEqual({ status: 'conflict' });
      const both = await Promise.all([
        recordCommand(db, request('lead-a', 'k3', 'a')),
        recordCommand(db, request('lead-b', 'k3', 'b')),
      ]);
      expect(both.map(({ status }) => status).sort()).toEqual(['conflict', 'recorded']);
      expect(await recordCommand(db, request('nobody', 'k4'))).toEqual({ status: 'no_lead' });
    });

    it('leaves nothing behind when what goes with it fails', async () => {
      const also = async () => {
        throw new Error('no');
      };
      await expect(recordCommand(db, { ...request('lead-c', 'k5'), also })).rejects.toThrow('no');
      expect(await eventTypeOf(db, 'c1', 'idempotency-key:k5')).toBeNull();
    });
  });

  it('an objection is heard once per command, and can be taken back', async () => {
    const ticket = await db
      .transaction()
      .execute((trx) =>
        insertCommand(trx, { leadId: 'lead-a', command: { kind: 'disposition', actor: 'x', words: {} } }),
      );
    const commandId = ticket?.commandId ?? '';
    const heard = { commandId, leadId: 'lead-a', handoff: 1, source: null, text: 'Too dear', by: 'x' };
    await addObjection(db, heard);
    await addObjection(db, heard);
    expect(await db.selectFrom('objections').select('text').execute()).toEqual([{ text: 'Too dear' }]);
    await dropObjection(db, commandId);
    expect(await db.selectFrom('objections').select('text').execute()).toEqual([]);
  });
});
