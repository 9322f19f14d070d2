import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { insertCommand } from '../../src/store/commands.js';
import type { OpenDatabase } from '../../src/store/database.js';
import { type Appended, appendEvents, type NewEvent, SAMPLE_CONNECTION } from '../../src/store/event-log.js';
import { CommitQueueFull, GroupCommit } from '../../src/store/group-commit.js';
import { databases } from '../support/databases.js';
import { newEvent } from '../support/new-event.js';

describe.each(databases.filter(({ available }) => available))('the way into the log on $name', ({ open }) => {
  let opened: OpenDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  const append = (...events: NewEvent[]): Promise<Appended> =>
    opened.db.transaction().execute((trx) => appendEvents(trx, events));
  const log = () => opened.db.selectFrom('events').selectAll().orderBy('position').execute();
  const leadOf = async (email: string) => {
    const identity = await opened.db
      .selectFrom('identities')
      .select('lead_id')
      .where('value', '=', email)
      .executeTakeFirst();
    return identity?.lead_id ?? '';
  };
  const lead = (id: string) =>
    opened.db.selectFrom('leads').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const stream = (id: string) =>
    opened.db.selectFrom('lead_stream').selectAll().where('lead_id', '=', id).executeTakeFirstOrThrow();

  it('makes a lead of a new email, with its stream ready', async () => {
    const { outcomes, readyLeads } = await append(
      newEvent(
        { email: 'a@x.test' },
        { source: { name: 'webinar', magnet: 'Talk' }, urgent: true, type: 'demo.requested' },
      ),
    );
    const id = await leadOf('a@x.test');
    expect(outcomes).toEqual([{ status: 'accepted', leadId: id }]);
    expect(readyLeads).toEqual([id]);
    expect(await lead(id)).toMatchObject({
      email: 'a@x.test',
      source: 'webinar',
      magnet: 'Talk',
      sample: false,
    });
    expect(await stream(id)).toMatchObject({
      status: 'new',
      ready: true,
      urgent: true,
      ready_at: expect.any(Date),
      next_seq: 1,
    });
  });

  it('keeps the order of a batch, with instants in whole milliseconds that never go back', async () => {
    for (let n = 0; n < 3; n += 1)
      await append(newEvent({ email: 'a@x.test' }), newEvent({ email: 'a@x.test' }));
    const rows = await log();
    expect(rows.map(({ event_id }) => event_id)).toEqual(
      [...rows.map(({ event_id }) => event_id)].sort((a, b) => Number(a.slice(6)) - Number(b.slice(6))),
    );
    for (const [n, row] of rows.entries()) {
      expect(row.accepted_at.getTime()).toBeGreaterThanOrEqual(rows[n - 1]?.accepted_at.getTime() ?? 0);
      expect(row.received_at).toEqual(expect.any(Date));
    }
  });

  it('recognises repetitions, in the log and in the batch, and ids that are taken', async () => {
    const first = newEvent({ email: 'a@x.test' });
    const changed = { ...first, bodyHash: 'other' };
    const batch = await append(first, first, changed);
    expect(batch.outcomes.map(({ status }) => status)).toEqual(['accepted', 'duplicate', 'conflict']);
    const again = await append(changed, first, newEvent({ email: 'b@x.test' }));
    expect(again.outcomes.map(({ status }) => status)).toEqual(['conflict', 'duplicate', 'accepted']);
    expect(again.readyLeads).toEqual([await leadOf('b@x.test')]);
    expect(await log()).toHaveLength(2);
  });

  it('lets the first source decide, and the newest traits hold; null clears', async () => {
    const email = 'a@x.test';
    await append(
      newEvent(
        { email },
        {
          type: 'lead.created',
          about: 'created',
          patch: { name: 'Kim', companySize: 50, traits: { plan: 'pro', tier: 1 } },
          source: { name: 'webinar', channel: 'ads' },
        },
      ),
      newEvent(
        { email },
        { patch: { company: 'Acme' }, about: 'updated', source: { name: 'partner', magnet: 'Guide' } },
      ),
    );
    await append(
      newEvent(
        { email },
        {
          about: 'updated',
          patch: { name: null, country: 'DE', traits: { tier: 2 } },
          source: { name: 'partner' },
        },
      ),
    );
    expect(await lead(await leadOf(email))).toMatchObject({
      ...{
        name: null,
        company: 'Acme',
        country: 'DE',
        company_size: 50,
        source: 'webinar',
        magnet: null,
        channel: 'ads',
      },
      traits: { plan: 'pro', tier: 2 },
    });
  });

  it('dates an imported lead by what created it', async () => {
    const email = 'a@x.test';
    const at = (day: string) => new Date(`2025-${day}T00:00:00Z`);
    await append(newEvent({ email }, { backfill: true, occurredAt: at('05-01'), importId: 'spring' }));
    expect(await lead(await leadOf(email))).toMatchObject({ created_at: at('05-01'), import_id: 'spring' });
    await append(
      newEvent({ email }, { backfill: true, about: 'created', occurredAt: at('03-01'), importId: 'spring' }),
    );
    await append(newEvent({ email }, { backfill: true, occurredAt: at('02-01'), importId: 'spring' }));
    expect(await lead(await leadOf(email))).toMatchObject({ created_at: at('03-01') });
    expect(await opened.db.selectFrom('imports').selectAll().execute()).toMatchObject([
      { id: 'spring', state: 'open' },
    ]);
  });

  it('lets an anonymous past join when it becomes known, at the end and in its own order', async () => {
    const email = 'a@x.test';
    await append(
      newEvent({ anonymousId: 'dev1' }),
      newEvent({ anonymousId: 'dev2' }),
      newEvent({ anonymousId: 'dev1' }),
    );
    await append(newEvent({ email }));
    const before = await log();
    expect(before.map(({ visitor, lead_id }) => [visitor, lead_id !== null])).toEqual([
      ['anonymousId:dev1', false],
      ['anonymousId:dev2', false],
      ['anonymousId:dev1', false],
      [null, true],
    ]);
    const { readyLeads } = await append(newEvent({ email, anonymousId: 'dev1' }, { type: 'form.submitted' }));
    const id = await leadOf(email);
    expect(readyLeads).toEqual([id]);
    const after = (await log()).filter(({ lead_id }) => lead_id === id);
    expect(after.map(({ event_id, anonymous }) => [event_id, anonymous])).toEqual([
      [before[3]!.event_id, false],
      [before[0]!.event_id, true],
      [before[2]!.event_id, true],
      [expect.any(String), false],
    ]);
    expect(after[1]!.accepted_at).toEqual(after[3]!.accepted_at);
    expect(after[1]!.received_at).toEqual(before[0]!.received_at);
    expect((await log())[0]).toMatchObject({ visitor: 'anonymousId:dev2', lead_id: null });
  });

  it('lets a new address of the same account become the lead’s when the account says so', async () => {
    await append(newEvent({ email: 'old@x.test', userId: 'u1' }));
    await append(newEvent({ email: 'other@x.test', userId: 'u1' }));
    const id = await leadOf('old@x.test');
    expect((await lead(id)).email).toBe('old@x.test');
    await append(newEvent({ email: 'new@x.test', userId: 'u1' }, { about: 'updated' }));
    expect((await lead(id)).email).toBe('new@x.test');
    expect(await leadOf('other@x.test')).toBe(id);
  });

  it('records a command with its words apart, urgently', async () => {
    await append(newEvent({ email: 'a@x.test' }));
    const leadId = await leadOf('a@x.test');
    await opened.db.updateTable('lead_stream').set({ ready: false, urgent: false }).execute();
    const ticket = await opened.db.transaction().execute((trx) =>
      insertCommand(trx, {
        leadId,
        command: {
          kind: 'reassign',
          handoff: 1,
          rep: 'rep-2',
          actor: 'key-1',
          words: { rep: 'ana', note: 'Kim asked' },
        },
      }),
    );
    expect(ticket).toMatchObject({ leadId });
    const row = (await log())[1];
    expect(row).toMatchObject({ type: 'command.reassign', lead_id: leadId, urgent: true });
    expect(row?.body).toEqual({
      command: {
        id: ticket?.commandId,
        kind: 'reassign',
        handoff: 1,
        rep: 'rep-2',
        by: 'key-1',
        at: row?.occurred_at.getTime(),
      },
    });
    expect(await opened.db.selectFrom('commands').selectAll().execute()).toMatchObject([
      {
        id: ticket?.commandId,
        lead_id: leadId,
        kind: 'reassign',
        handoff: 1,
        body: { rep: 'ana', note: 'Kim asked' },
        verdict: null,
      },
    ]);
    expect(await stream(leadId)).toMatchObject({ ready: true, urgent: true });
    const none = await opened.db
      .transaction()
      .execute((trx) =>
        insertCommand(trx, { leadId: 'nobody', command: { kind: 'judge', actor: 'k', words: {} } }),
      );
    expect(none).toBeNull();
  });

  it('marks leads of the sample story', async () => {
    await append(newEvent({ email: 'a@x.test' }, { connectionId: SAMPLE_CONNECTION }));
    expect((await lead(await leadOf('a@x.test'))).sample).toBe(true);
  });

  it('gathers many requests into few transactions, and answers each for itself', async () => {
    const groups: string[][] = [];
    const commit = new GroupCommit(opened.db, { onCommitted: (ids) => groups.push([...ids]) });
    const repeated = newEvent({ email: 'r0@x.test' });
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        commit.append([newEvent({ email: `r${n}@x.test` }), repeated], 1_000),
      ),
    );
    expect(answers.map(([own]) => own?.status)).toEqual(Array.from({ length: 40 }, () => 'accepted'));
    expect(
      answers.map(([, shared]) => shared?.status).filter((status) => status === 'accepted'),
    ).toHaveLength(1);
    expect(groups.length).toBeLessThan(4);
    expect(new Set(groups.flat()).size).toBe(40);
    await commit.close();
    await expect(commit.append([repeated], 1)).rejects.toThrow('going down');
  });

  it('refuses more than may wait, and a request that cannot be stored fails alone', async () => {
    const commit = new GroupCommit(opened.db, { onCommitted: () => {}, queuedEventsMax: 3 });
    // Only a fault of ours gets this far: the edge refuses a NUL.
    const poison = newEvent({ email: 'p@x.test' }, { properties: { text: 'a\u0000' } });
    const settled = await Promise.allSettled([
      commit.append([newEvent({ email: 'a@x.test' })], 1),
      commit.append([poison], 1),
      commit.append([newEvent({ email: 'b@x.test' })], 1),
      commit.append([newEvent({ email: 'c@x.test' })], 1),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    expect(settled[3]).toMatchObject({ reason: expect.any(CommitQueueFull) });
    expect(await log()).toHaveLength(2);
    expect((await commit.append([newEvent({ email: 'c@x.test' })], 1))[0]?.status).toBe('accepted');
  });
});

describe.skipIf(!databases.some(({ name, available }) => name === 'Postgres' && available))(
  'processes that write at once on Postgres',
  () => {
    it('make each lead once, lose no visit, and never wait for each other for ever', async () => {
      const opened = await databases.find(({ name }) => name === 'Postgres')!.open();
      try {
        // Four writers stand for four processes: each has its own transaction open at any time.
        const writers = Array.from(
          { length: 4 },
          () => new GroupCommit(opened.db, { onCommitted: () => {}, waitMs: 0, groupEventsMax: 24 }),
        );
        const people = Array.from({ length: 12 }, (_, n) => ({
          email: `p${n}@x.test`,
          anonymousId: `dev${n}`,
        }));
        const work: Promise<unknown>[] = [];
        for (let round = 0; round < 25; round += 1) {
          for (const [w, writer] of writers.entries()) {
            const order = w % 2 === 0 ? people : [...people].reverse();
            const events = order.map(({ email, anonymousId }) =>
              newEvent(round < 5 || w === 3 ? { anonymousId } : { email, anonymousId }),
            );
            work.push(writer.append(events, 1_000));
          }
        }
        await Promise.all(work);
        const { db } = opened;
        expect(await db.selectFrom('leads').select('id').execute()).toHaveLength(12);
        expect(await db.selectFrom('events').select('position').execute()).toHaveLength(25 * 4 * 12);
        expect(
          await db.selectFrom('events').select('position').where('lead_id', 'is', null).execute(),
        ).toEqual([]);
      } finally {
        await opened.close();
      }
    });
  },
);
