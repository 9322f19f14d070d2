import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OpenDatabase } from '../../src/store/database.js';
import { countLives, type LifeSize, livesPages, readLives } from '../../src/store/read/lives.js';
import { addLead, insertEvent } from '../courier/support.js';
import { databases } from '../support/databases.js';

const AT = new Date('2026-03-02T10:00:00.123Z');
const LATER = new Date('2026-03-03T10:00:00Z');

describe.each(databases.filter(({ available }) => available))('lives on $name', ({ open }) => {
  let opened: OpenDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  const pagesOf = async (filter = {}): Promise<LifeSize[][]> => {
    const pages: LifeSize[][] = [];
    for await (const page of livesPages(opened.db, filter, () => 2_000)) pages.push(page);
    return pages;
  };
  const size = (leadId: string, events: number) =>
    opened.db
      .updateTable('lead_stream')
      .set({ next_seq: events + 1 })
      .where('lead_id', '=', leadId)
      .execute();

  test('are read as they were recorded, each event as one short array', async () => {
    const { db } = opened;
    await addLead(db, 'kim', 'kim@acme.test');
    const body = { properties: { url: '/a "quoted"\n☃' } };
    await insertEvent(db, 'kim', { type: 'page.viewed', at: new Date(AT.getTime() - 5), body }, AT);
    await insertEvent(db, 'kim', { type: 'email.opened', label: 'machine', backfill: true }, LATER);
    await db
      .updateTable('events')
      .set((eb) => ({ seq: eb.ref('position') }))
      .execute();
    await db.updateTable('events').set({ anonymous: true }).where('type', '=', 'page.viewed').execute();
    const first =
      (
        await db
          .selectFrom('events')
          .select((eb) => eb.fn.min('seq').as('seq'))
          .executeTakeFirst()
      )?.seq ?? 0;
    await db
      .updateTable('events')
      .set((eb) => ({ seq: eb('seq', '-', first - 1) }))
      .execute();
    await size('kim', 2);

    const [page = []] = await pagesOf();
    expect(page).toEqual([{ leadId: 'kim', events: 2 }]);
    const [life] = await readLives(db, page, LATER.getTime());
    expect(JSON.parse(life?.head ?? '')).toEqual({
      ...{ leadId: 'kim', source: 'webinar', owner: null, stage: null, handoffs: [] },
      traits: {
        email: 'kim@acme.test',
        company: null,
        country: null,
        company_size: null,
        time_zone: null,
        traits: {},
      },
    });
    expect(life?.events.map((text) => JSON.parse(text) as unknown)).toEqual([
      [
        [1, 'page.viewed', AT.getTime() - 5, AT.getTime(), 2, null, body],
        [2, 'email.opened', LATER.getTime(), LATER.getTime(), 1, 'machine', {}],
      ],
    ]);
    const [until] = await readLives(db, page, LATER.getTime() - 1);
    expect(JSON.parse(until?.events[0] ?? '')).toHaveLength(1);
  });

  test('come in pages by the leads’ ids, a long one alone', async () => {
    for (const [id, events] of [
      ['a', 3],
      ['b', 900],
      ['c', 9_000],
      ['d', 1_500],
      ['e', 1_000],
      ['f', 0],
    ] as const) {
      await addLead(opened.db, id);
      await size(id, events);
    }
    expect((await pagesOf()).map((page) => page.map(({ leadId }) => leadId).join(''))).toEqual([
      'ab',
      'c',
      'd',
      'ef',
    ]);
    expect(await countLives(opened.db, {})).toEqual({ leads: 6, events: 12_403 });
    expect(await countLives(opened.db, { sources: ['partner'] })).toEqual({ leads: 0, events: 0 });
  });

  test('of nobody are no pages', async () => {
    expect(await pagesOf()).toEqual([]);
    expect(await countLives(opened.db, {})).toEqual({ leads: 0, events: 0 });
  });
});
