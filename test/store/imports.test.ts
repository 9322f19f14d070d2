import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { releaseImports } from '../../src/courier/import-release.js';
import { DefinitionBook } from '../../src/definition/versions.js';
import { previewImport } from '../../src/insight/import-preview.js';
import { presentState } from '../../src/insight/present-state.js';
import { insertCommand } from '../../src/store/commands.js';
import type { Db, OpenDatabase } from '../../src/store/database.js';
import { appendEvents, type NewEvent } from '../../src/store/event-log.js';
import { beginRelease, createImport, findImport, importCounts } from '../../src/store/imports.js';
import { createRep } from '../../src/store/reps.js';
import { json } from '../../src/store/sql.js';
import { numberPending } from '../../src/store/stream-log.js';
import { databases } from '../support/databases.js';
import { cold, type ImportedEvent, misfit, patient, ripe } from '../support/imported-leads.js';
import { newEvent } from '../support/new-event.js';

const SAMPLE = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');
const DAY_MS = 86_400_000;

describe.each(databases.filter((database) => database.available))('imports on $name', ({ open }) => {
  let opened: OpenDatabase;
  let db: Db;
  let book: DefinitionBook;
  let importId: string;
  beforeEach(async () => {
    opened = await open();
    db = opened.db;
    book = new DefinitionBook(db);
    await book.publish(SAMPLE, 'test');
    importId = (await createImport(db, { name: 'list', createdBy: 'test' })).id;
  });
  afterEach(() => opened.close());

  const asNew = (event: ImportedEvent, more: Partial<NewEvent> = {}): NewEvent =>
    newEvent(event.lead, {
      ...{ type: event.type, occurredAt: new Date(event.occurredAt), backfill: true, importId },
      ...{ source: event.source, properties: event.properties },
      about: event.type === 'lead.created' ? 'created' : null,
      ...more,
    });
  const append = (events: readonly NewEvent[]) =>
    db.transaction().execute((trx) => appendEvents(trx, events));
  const bring = (...leads: ImportedEvent[][]) => append(leads.flat().map((event) => asNew(event)));
  const leadOf = async (email: string) =>
    (await db.selectFrom('leads').select('id').where('email', '=', email).executeTakeFirstOrThrow()).id;
  const number = (leadId: string) => db.transaction().execute((trx) => numberPending(trx, [leadId], 100_000));
  const present = async (leadId: string, nowMs = Date.now() + 60_000) => {
    const found = await presentState(db, await book.current(), leadId, nowMs);
    if (!found) throw new Error('no such lead');
    return found.state;
  };
  const forget = () => db.deleteFrom('lead_status').execute();
  /** Writes what the lead's workflow would have recorded by now. */
  const record = async (leadId: string, state: Awaited<ReturnType<typeof present>>) => {
    await forget();
    await db
      .insertInto('lead_status')
      .values({
        ...{ lead_id: leadId, epoch: 1, seq: state.seq, stage: state.stage.name, source: state.source },
        ...{
          engine: 1,
          definition_number: state.definition.number,
          state: json(state),
          recorded_at: new Date(),
        },
      })
      .execute();
  };

  describe('the present state of a lead', () => {
    test('is the same however much of its log was recorded, numbered or not', async () => {
      await bring(ripe('kim@acme.test'), patient('noa@acme.test'));
      const lead = await leadOf('noa@acme.test');
      const fresh = await present(lead);
      expect(fresh).toMatchObject({ seq: 7, stage: { name: 'nurturing' }, source: 'webinar' });
      expect(fresh.engagement).toMatchObject({ pending: [], humanCount: 6 });
      expect(fresh.engagement.openedMails).toHaveLength(4);
      await number(lead);
      expect(await present(lead)).toEqual(fresh);
      await record(lead, fresh);
      expect(await present(lead)).toEqual(fresh);
      await append([
        newEvent({ email: 'noa@acme.test' }, { type: 'email.opened', properties: { emailId: 'live' } }),
      ]);
      const later = await present(lead);
      expect(later.seq).toBe(8);
      await forget();
      expect(await present(lead)).toEqual(later);
    });

    test('lets a click count only when its wait is over', async () => {
      await bring(patient('noa@acme.test'));
      const lead = await leadOf('noa@acme.test');
      const { accepted_at: acceptedAt } = await db
        .selectFrom('events')
        .select('accepted_at')
        .where('type', '=', 'email.clicked')
        .executeTakeFirstOrThrow();
      const at = acceptedAt.getTime();
      expect((await present(lead, at + 9_999)).engagement.pending).toHaveLength(2);
      expect((await present(lead, at + 10_000)).engagement).toMatchObject({
        pending: [],
        clickedLinks: [expect.any(Number), expect.any(Number)],
      });
    });

    test('of a lead with thousands of events is read in pages', async () => {
      await bring(ripe('kim@acme.test'));
      const lead = await leadOf('kim@acme.test');
      const views = Array.from({ length: 2_600 }, (_, n) =>
        newEvent(
          { email: 'kim@acme.test' },
          { occurredAt: new Date(Date.now() - n * 1_000), properties: { url: `/blog/${n}` }, backfill: true },
        ),
      );
      await append(views.slice(0, 1_500));
      await number(lead);
      await append(views.slice(1_500));
      const state = await present(lead);
      expect({ seq: state.seq, acts: state.engagement.humanCount }).toEqual({ seq: 2_603, acts: 2_602 });
    });

    test('is folded anew under a definition that was published since', async () => {
      await bring(ripe('kim@acme.test'));
      const lead = await leadOf('kim@acme.test');
      await number(lead);
      await record(lead, await present(lead));
      const unscored = SAMPLE.replace(/^.*on: webinar\.attended.*\n/m, '').replace(
        'signedOffBy: { marketing: null, sales: null }',
        'signedOffBy: { marketing: Mo, sales: Sal }',
      );
      await book.publish(unscored, 'test');
      const state = await present(lead);
      expect(state.definition.number).toBe(2);
      expect(Object.keys(state.engagement.entries).sort()).toEqual(['download', 'guide']);
      await forget();
      expect(await present(lead)).toEqual({ ...state, journalled: 0 });
    });

    test('takes a correction into account that the workflow has not seen', async () => {
      await bring(ripe('kim@acme.test'));
      const lead = await leadOf('kim@acme.test');
      await number(lead);
      await record(lead, await present(lead));
      await db
        .updateTable('events')
        .set({ label: 'machine' })
        .where('type', '=', 'webinar.attended')
        .execute();
      const command = { kind: 'correct', target: 2, actor: 'test', words: {} } as const;
      await db.transaction().execute((trx) => insertCommand(trx, { leadId: lead, command }));
      const state = await present(lead);
      expect(state.seq).toBe(4);
      expect(state.engagement.entries).not.toHaveProperty('webinar');
    });

    test('is null for a lead that is erased or was never there', async () => {
      await bring(cold('lee@acme.test'));
      const lead = await leadOf('lee@acme.test');
      await db.updateTable('leads').set({ erased_at: new Date() }).execute();
      const published = await book.current();
      expect(await presentState(db, published, lead, Date.now())).toBeNull();
      expect(await presentState(db, published, 'nobody', Date.now())).toBeNull();
    });
  });

  describe('a preview', () => {
    test('counts what a lead did since it was recorded, and nobody who has a rep already', async () => {
      await bring(ripe('kim@acme.test'), ripe('lee@acme.test'));
      const lead = await leadOf('kim@acme.test');
      const preview = () => previewImport(db, book, importId, Date.now() + 60_000);
      expect(await preview()).toMatchObject({ leads: 2, handoffs: 2 });
      await append([
        newEvent({ email: 'kim@acme.test' }, { type: 'demo.requested', occurredAt: new Date() }),
      ]);
      expect((await present(lead)).stage.name).toBe('handed_off');
      expect(await preview()).toMatchObject({ leads: 2, handoffs: 1 });
    });
  });

  describe('a release', () => {
    const rep = (handle: string, capacity: number | null) =>
      createRep(db, { handle, name: handle, capacity });
    const sweep = () => releaseImports(db, book, Date.now() + 60_000);
    const judged = async () =>
      (await db.selectFrom('commands').select(['lead_id', 'body']).where('kind', '=', 'judge').execute()).map(
        ({ lead_id, body }) => ({ lead: lead_id, handsOff: body.handsOff }),
      );
    const handedOff = async () => (await judged()).filter(({ handsOff }) => handsOff);
    const state = async () => (await findImport(db, importId))?.state;
    /** What the workflows do with the judgements that wait: the reps get their handoffs. */
    const decide = async (...repHandles: string[]) => {
      const waiting = await db.selectFrom('commands').selectAll().where('verdict', 'is', null).execute();
      let handed = 0;
      for (const { id, lead_id, body } of waiting) {
        const verdict = { commandId: id, ok: true, did: body.handsOff ? 'handed_off' : 'nothing' };
        await db
          .updateTable('commands')
          .set({ verdict: json(verdict) })
          .where('id', '=', id)
          .execute();
        // Only who is handed off gets a rep: the order of the waiting is not the test's to know.
        const handle = repHandles[handed % repHandles.length];
        if (!body.handsOff || handle === undefined) continue;
        handed += 1;
        const { id: rep_id } = await db
          .selectFrom('reps')
          .select('id')
          .where('handle', '=', handle)
          .executeTakeFirstOrThrow();
        await db
          .insertInto('handoffs')
          .values({
            ...{ lead_id, number: 1, state: 'awaiting', trigger: '{}', definition_number: 1 },
            ...{ started_at: new Date(), intent: 'warm', rep_id, routed_by: 'roundRobin' },
          })
          .execute();
      }
    };
    const leads = (make: (email: string) => ImportedEvent[], count: number, name: string) =>
      Array.from({ length: count }, (_, n) => make(`${name}${n}@acme.test`));

    test('judges everybody once, handing off no more than the reps have room for', async () => {
      await rep('ana', 2);
      await rep('ben', 1);
      await bring(...leads(ripe, 5, 'ripe'), ...leads(cold, 4, 'cold'), misfit('mia'));
      expect(await sweep()).toBe(0);
      await beginRelease(db, importId);
      for (let n = 0; n < 5; n += 1) await sweep();
      // Those who are not handed off take up no capacity; two of the five wait.
      expect(await judged()).toHaveLength(8);
      expect(await handedOff()).toHaveLength(3);
      expect(await importCounts(db, importId)).toEqual({ events: 26, leads: 10, judged: 8 });
      expect(await previewImport(db, book, importId, Date.now() + 60_000)).toMatchObject({
        leads: 2,
        handoffs: 2,
      });
      expect(await state()).toBe('releasing');
      // Live leads go first.
      expect(await db.selectFrom('lead_stream').select('ready').where('urgent', '=', true).execute()).toEqual(
        [],
      );

      await decide('ana', 'ana', 'ben');
      for (let n = 0; n < 3; n += 1) await sweep();
      expect(await handedOff()).toHaveLength(3);
      await db.updateTable('handoffs').set({ state: 'working' }).where('rep_id', 'is not', null).execute();
      for (let n = 0; n < 4; n += 1) await sweep();
      expect(await handedOff()).toHaveLength(5);
      expect(new Set((await judged()).map(({ lead }) => lead)).size).toBe(10);
      expect(await state()).toBe('released');
      expect((await findImport(db, importId))?.releasedAt).toBeInstanceOf(Date);
    });

    test('a handoff on its way to a rep takes up capacity', async () => {
      await rep('ana', 2);
      await bring(...leads(ripe, 3, 'ripe'));
      await db
        .insertInto('handoffs')
        .values({
          ...{ lead_id: await leadOf('ripe0@acme.test'), number: 9, state: 'awaiting', trigger: '{}' },
          ...{ definition_number: 1, started_at: new Date(), intent: 'high' },
        })
        .execute();
      await beginRelease(db, importId);
      for (let n = 0; n < 3; n += 1) await sweep();
      expect(await handedOff()).toHaveLength(1);
    });

    test('without a limit goes on in steps', async () => {
      await rep('ana', null);
      await bring(...leads(ripe, 60, 'ripe'));
      await beginRelease(db, importId);
      await sweep();
      expect(await handedOff()).toHaveLength(50);
      await sweep();
      expect(await handedOff()).toHaveLength(60);
      await sweep();
      expect(await state()).toBe('released');
    });

    test('waits while nobody is there to take a lead', async () => {
      await rep('ana', 5);
      await db.updateTable('reps').set({ active: false }).execute();
      await bring(ripe('kim@acme.test'), cold('lee@acme.test'));
      await beginRelease(db, importId);
      for (let n = 0; n < 3; n += 1) await sweep();
      expect(await judged()).toMatchObject([{ lead: await leadOf('lee@acme.test'), handsOff: false }]);
      const today = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);
      const absences = json([{ from: today, to: '2100-01-01' }]);
      await db.updateTable('reps').set({ active: true, absences }).execute();
      await sweep();
      expect(await handedOff()).toHaveLength(0);
      await db.updateTable('reps').set({ absences: '[]' }).execute();
      for (let n = 0; n < 2; n += 1) await sweep();
      expect(await handedOff()).toHaveLength(1);
      expect(await state()).toBe('released');
    });

    test('by several couriers, repeated from the start, judges nobody twice', async () => {
      await rep('ana', 100);
      await bring(...leads(ripe, 12, 'ripe'), ...leads(cold, 12, 'cold'));
      await beginRelease(db, importId);
      await Promise.all([sweep(), sweep(), sweep()]);
      await db
        .updateTable('imports')
        .set({ judged_through: '', release_pass: 1, state: 'releasing' })
        .execute();
      for (let n = 0; n < 2; n += 1) await Promise.all([sweep(), sweep()]);
      expect(await state()).toBe('released');
      const all = await judged();
      expect(all).toHaveLength(24);
      expect(new Set(all.map(({ lead }) => lead)).size).toBe(24);
      const rows = await db
        .selectFrom('events')
        .select('event_id')
        .where('type', '=', 'command.judge')
        .execute();
      expect(rows).toHaveLength(24);
    });

    test('releases the older import first, and passes over leads that were erased meanwhile', async () => {
      await rep('ana', 1);
      await bring(ripe('kim@acme.test'), ripe('lee@acme.test'));
      const first = importId;
      importId = (await createImport(db, { name: 'second', createdBy: 'test' })).id;
      await append(cold('mia@acme.test').map((event) => asNew(event)));
      await beginRelease(db, first);
      await beginRelease(db, importId);
      for (let n = 0; n < 3; n += 1) await sweep();
      expect(await judged()).toHaveLength(1);
      expect(await state()).toBe('releasing');
      await db
        .updateTable('leads')
        .set({ erased_at: new Date() })
        .where('email', 'like', '%e%@acme.test')
        .execute();
      await db.updateTable('leads').set({ erased_at: new Date() }).where('email', 'like', 'kim%').execute();
      for (let n = 0; n < 4; n += 1) await sweep();
      expect((await findImport(db, first))?.state).toBe('released');
      expect(await state()).toBe('released');
      expect(await judged()).toHaveLength(2);
    });
  });
});
