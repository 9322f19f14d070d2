import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sweepPublished } from '../../src/courier/publish-sweep.js';
import { DefinitionBook } from '../../src/definition/versions.js';
import type { Db, OpenDatabase } from '../../src/store/database.js';
import { appendEvents } from '../../src/store/event-log.js';
import { databases } from '../support/databases.js';
import { InProcessLeads } from '../support/in-process-leads.js';
import { newEvent } from '../support/new-event.js';

const SAMPLE = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');
const DAY_MS = 86_400_000;
const signed = { marketing: 'Mara', sales: 'Sam' };

describe.each(databases.filter(({ available }) => available))('after a publish, on $name', ({ open }) => {
  let opened: OpenDatabase;
  let db: Db;
  let leads: InProcessLeads;
  beforeEach(async () => {
    opened = await open();
    db = opened.db;
    await new DefinitionBook(db).publish(SAMPLE, 'test');
    leads = new InProcessLeads();
    leads.use(db);
  });
  afterEach(() => opened.close());

  /** Somebody who has downloaded `downloads` guides: 10 points each. */
  const reader = async (email: string, downloads: number): Promise<string> => {
    const acts = Array.from({ length: downloads }, (_, index) =>
      newEvent(
        { email },
        { occurredAt: new Date(), type: 'content.downloaded', properties: { resource: `guide-${index}` } },
      ),
    );
    const created = newEvent(
      { email },
      { occurredAt: new Date(), type: 'lead.created', source: { name: 'contact-form' }, about: 'created' },
    );
    await db.transaction().execute((trx) => appendEvents(trx, [created, ...acts]));
    const leadId = await leads.advanceByEmail(email);
    await db.updateTable('lead_stream').set({ status: 'open' }).where('lead_id', '=', leadId).execute();
    return leadId;
  };
  const publish = async (text: string): Promise<DefinitionBook> => {
    const book = new DefinitionBook(db);
    const { ref } = await book.publish(text, 'test', { signed });
    await db
      .insertInto('definition_sweeps')
      .values({ number: ref.number })
      .onConflict((clash) => clash.doNothing())
      .execute();
    return book;
  };
  const judgements = async () =>
    (
      await db
        .selectFrom('commands')
        .select(['lead_id', 'body'])
        .where('kind', '=', 'judge')
        .orderBy('lead_id')
        .execute()
    ).map(({ lead_id, body }) => [lead_id, body.handsOff]);
  const sweep = (book: DefinitionBook) => sweepPublished(db, book, Date.now() + 60_000);
  const outcome = () => db.selectFrom('definition_sweeps').selectAll().executeTakeFirstOrThrow();

  test('leads that a lower threshold newly reaches are judged, once, and nobody else', async () => {
    const warm = await reader('warm@sweep.test', 4);
    await reader('cool@sweep.test', 1);
    const book = await publish(SAMPLE.replace('threshold: 50', 'threshold: 35'));
    expect(await sweep(book)).toBe(1);
    expect(await judgements()).toEqual([[warm, true]]);
    expect(await outcome()).toMatchObject({ number: 2, state: 'done', looked: 2, judged: 1, handoffs: 1 });
    await db.updateTable('definition_sweeps').set({ state: 'running', through: '' }).execute();
    await sweep(book);
    expect(await judgements()).toHaveLength(1);
    const fresh = new InProcessLeads();
    fresh.use(db);
    const state = await fresh.advance(warm);
    expect(state.stage).toMatchObject({ name: 'handed_off', handoff: { definition: { number: 2 } } });
  });

  test('a lead for which something becomes due earlier takes the version up now, and is not handed off', async () => {
    const patient = await reader('patient@sweep.test', 1);
    const before = await db.selectFrom('lead_status').select('next_at').executeTakeFirstOrThrow();
    const book = await publish(SAMPLE.replace('after: 180d', 'after: 100d'));
    expect(await sweep(book)).toBe(1);
    expect(await judgements()).toEqual([[patient, false]]);
    expect(before.next_at?.getTime()).toBeGreaterThan(Date.now() + 100 * DAY_MS);
  });

  test('a change that reaches nobody judges nobody', async () => {
    await reader('still@sweep.test', 4);
    const book = await publish(SAMPLE.replace('threshold: 50', 'threshold: 60'));
    expect(await sweep(book)).toBe(0);
    expect(await judgements()).toEqual([]);
  });

  test('a lead whose import waits for its release is left to it', async () => {
    const warm = await reader('waiting@sweep.test', 4);
    const { state } = await db.selectFrom('lead_status').select('state').executeTakeFirstOrThrow();
    await db
      .updateTable('lead_status')
      .set({ state: JSON.stringify({ ...state, backfilledUntil: Date.now() }) })
      .where('lead_id', '=', warm)
      .execute();
    const book = await publish(SAMPLE.replace('threshold: 50', 'threshold: 35'));
    expect(await sweep(book)).toBe(0);
  });

  test('a round goes on where the one before it ended', async () => {
    for (let index = 0; index < 3; index++) await reader(`many${index}@sweep.test`, 4);
    const book = await publish(SAMPLE.replace('threshold: 50', 'threshold: 35'));
    await db
      .updateTable('definition_sweeps')
      .set({ through: (await judgementsThrough(1)) ?? '' })
      .execute();
    expect(await sweep(book)).toBe(2);
  });
  const judgementsThrough = async (count: number) =>
    (await db.selectFrom('lead_status').select('lead_id').orderBy('lead_id').limit(count).execute()).at(-1)
      ?.lead_id;
});
