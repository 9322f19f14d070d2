import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { project } from '../../src/courier/projector.js';
import { settleDueProjections } from '../../src/courier/sweeps.js';
import { observeLog } from '../../src/definition/facts.js';
import { emptyEngagement } from '../../src/domain/engagement.js';
import type { Db, OpenDatabase } from '../../src/store/database.js';
import { requestProjection } from '../../src/store/projection.js';
import { numberedRows, numberPending } from '../../src/store/stream-log.js';
import { databases } from '../support/databases.js';
import { addLead, append, book, numbersOf, published, record, stateOf, type TestEvent } from './support.js';

const MIN = 60_000;
const start = Date.UTC(2026, 10, 20, 14);
const nurturing = { name: 'nurturing', track: 'long_term' } as const;

describe.each(databases.filter((database) => database.available))('list projection on $name', ({ open }) => {
  let opened: OpenDatabase;
  let db: Db;
  let lead: string;
  let clock: number;
  beforeEach(async () => {
    opened = await open();
    db = opened.db;
    lead = await addLead(db, undefined, 'kim@gmail.com');
    clock = start;
  });
  afterEach(() => opened.close());

  /** Appends events a minute apart and answers their facts. */
  const log = async (...events: TestEvent[]) => {
    const before = (await numbersOf(db, lead)).length;
    await append(
      db,
      lead,
      events.map((event) => {
        clock += MIN;
        return { acceptedAt: new Date(clock), ...event };
      }),
    );
    await db.transaction().execute((trx) => numberPending(trx, [lead], 100));
    return observeLog(db, lead, await numberedRows(db, lead, before, null), published, 'webinar');
  };
  const opened1 = (emailId: string): TestEvent => ({
    type: 'email.opened',
    body: { properties: { emailId } },
  });
  const clicked = (emailId: string, url: string): TestEvent => ({
    type: 'email.clicked',
    body: { properties: { emailId, url } },
  });
  const projected = () =>
    db.selectFrom('lead_projection').selectAll().where('lead_id', '=', lead).executeTakeFirst();
  const projectFacts = (facts: Awaited<ReturnType<typeof log>>, nowMs = clock + MIN) =>
    project(db, lead, { published, source: 'webinar', facts }, nowMs);

  test('adds up score, fit, threshold, opens, clicks and the last human act', async () => {
    await projectFacts(
      await log(opened1('m1'), opened1('m2'), opened1('m2'), clicked('m1', 'https://acme.test/a'), {
        type: 'email.delivered',
        body: { properties: { emailId: 'm3' } },
      }),
    );
    expect(await projected()).toMatchObject({
      seq: 5,
      period: 1,
      score: 7_000,
      fit: -15_000,
      threshold: 50_000,
      opens: 2,
      clicks: 1,
      settle_at: null,
      last_engagement_at: new Date(start + 4 * MIN),
      score_as_of: new Date(clock + MIN),
    });
  });

  test('machines count for nothing', async () => {
    const bot = { context: { userAgent: 'Googlebot/2.1 (+http://www.google.com/bot.html)' } };
    await projectFacts(await log({ type: 'email.opened', body: { properties: { emailId: 'm1' }, ...bot } }));
    expect(await projected()).toMatchObject({ seq: 1, score: 0, opens: 0, last_engagement_at: null });
  });

  test('the same facts again change nothing', async () => {
    const facts = await log(opened1('m1'), opened1('m2'));
    await projectFacts(facts);
    const once = await projected();
    await projectFacts(facts);
    expect(await projected()).toEqual(once);
  });

  test('a gap is filled from the log', async () => {
    await log(opened1('m1'));
    await projectFacts(await log(opened1('m2')));
    expect(await projected()).toMatchObject({ seq: 2, opens: 2, score: 2_000 });
  });

  test('a waiting click counts once its wait is over, without any further event', async () => {
    const facts = await log(clicked('m1', 'https://acme.test/a'));
    await projectFacts(facts, clock + 10);
    expect(await projected()).toMatchObject({ score: 0, clicks: 0, settle_at: new Date(clock + 1_000) });
    expect(await settleDueProjections(db, book, {}, clock + 1_000)).toBe(1);
    expect(await projected()).toMatchObject({ score: 5_000, clicks: 1, opens: 1, settle_at: null });
    expect(await settleDueProjections(db, book, {}, clock + 2_000)).toBe(0);
  });

  test('a new nurture period starts from nothing, with the events since', async () => {
    await projectFacts(await log(opened1('m1'), opened1('m2')));
    const since = clock + 1;
    const state = stateOf(lead, 1, nurturing, {
      period: {
        number: 2,
        startedAt: since,
        allowedMs: 0,
        allowedSince: null,
        finalEmail: 'open',
        finalSentAt: null,
      },
    });
    await projectFacts(await log(opened1('m3')));
    await record(db, state);
    await projectFacts(await log(opened1('m4')));
    expect(await projected()).toMatchObject({ seq: 4, period: 2, opens: 2, score: 2_000 });
  });

  test('goes on from what the workflow recorded, so a refold arrives here by itself', async () => {
    await projectFacts(await log(opened1('m1'), opened1('m2')));
    await record(
      db,
      stateOf(lead, 2, nurturing, {
        engagement: { ...emptyEngagement(), openedMails: [1], entries: { open: [[start, 1]] } },
      }),
    );
    await projectFacts(await log(opened1('m9')));
    expect(await projected()).toMatchObject({ seq: 3, opens: 2, score: 2_000 });
  });

  test('is made anew on request, for a period that no event follows', async () => {
    await projectFacts(await log(opened1('m1')));
    await record(
      db,
      stateOf(lead, 1, nurturing, {
        period: {
          number: 2,
          startedAt: clock + 1,
          allowedMs: 0,
          allowedSince: null,
          finalEmail: 'open',
          finalSentAt: null,
        },
      }),
    );
    await requestProjection(db, lead);
    await settleDueProjections(db, book, {}, clock + MIN);
    expect(await projected()).toMatchObject({
      seq: 1,
      period: 2,
      score: 0,
      opens: 0,
      last_engagement_at: new Date(start + MIN),
    });
  });

  test('one lead that cannot be projected does not hold up the others', async () => {
    const other = lead;
    await projectFacts(await log(opened1('m1')));
    lead = await addLead(db);
    await projectFacts(await log(opened1('m1')));
    await db
      .updateTable('lead_projection')
      .set({ settle_at: new Date(start) })
      .execute();
    await db
      .updateTable('lead_projection')
      .set({ engagement: '{"pending":5}' })
      .where('lead_id', '=', other)
      .execute();
    const failed: (string | null)[] = [];
    await settleDueProjections(db, book, { failed: ({ leadId }) => failed.push(leadId) }, Date.now());
    expect(failed).toEqual([other]);
    expect(await projected()).toMatchObject({ settle_at: null, opens: 1 });
    expect(await settleDueProjections(db, book, {}, Date.now())).toBe(0);
  });
});
