import { describe, expect, test } from 'vitest';
import type { FoldPlan, Side } from '../../src/insight/backtest/fold.js';
import { pairHandoffs, type WalkedHandoff } from '../../src/insight/backtest/pairs.js';
import type { Counts } from '../../src/insight/backtest/result.js';
import {
  backtest,
  lifeText,
  madeUpLives,
  type Recorded,
  type RecordedEvent,
  rep,
  side,
} from '../support/backtest-lives.js';
import { countPlainly, partsOf } from '../support/plain-backtest.js';

const live = side(1);
const lower = side(2, ['threshold: 50', 'threshold: 45']);
const none: Counts = { before: 0, after: 0, same: 0, gained: 0, lost: 0, earlier: 0, later: 0, changed: 0 };
const march = (before: Side, after: Side, more: Partial<FoldPlan> = {}): FoldPlan => ({
  before,
  after,
  reps: [],
  fromMs: Date.parse('2026-03-01T05:00:00Z'),
  toMs: Date.parse('2026-04-01T04:00:00Z'),
  ...more,
});

const created: RecordedEvent = { type: 'lead.created', at: '2026-03-03T14:00:00Z' };
const webinar = (at: string): RecordedEvent => ({ type: 'webinar.attended', at });
const form = (at: string): RecordedEvent => ({ type: 'form.submitted', at });
const download = (at: string): RecordedEvent => ({
  type: 'content.downloaded',
  at,
  body: { properties: { resource: 'x' } },
});
const demo = (at: string): RecordedEvent => ({ type: 'demo.requested', at });
/** 20, 35, then 45 points within a day. */
const to45 = [
  created,
  webinar('2026-03-03T15:00:00Z'),
  form('2026-03-03T16:00:00Z'),
  download('2026-03-03T17:00:00Z'),
];
/** And 60 two hours and a half later. */
const to60 = [...to45, form('2026-03-03T19:30:00Z')];

const lead = (id: string, events: readonly RecordedEvent[], more: Partial<Recorded> = {}) =>
  lifeText({ id, events, ...more });

describe('changes, counted by hand', () => {
  const world = [
    lead('asks', [created, demo('2026-03-04T15:00:00Z')], {
      handoffs: [{ number: 1, rep: null, outcome: 'converted' }],
    }),
    lead('reaches45', to45, { handoffs: [{ number: 1, rep: null, outcome: null }] }),
    lead('reaches60', [...to60, { type: 'customer.created', at: '2026-03-20T10:00:00Z' }]),
    lead('reaches35', to45.slice(0, 3)),
  ];

  test('a lower threshold gains one, brings one earlier, and leaves what an action fired', () => {
    const result = backtest(march(live, lower), [world]);
    expect(result.totals).toEqual({ ...none, before: 2, after: 3, same: 1, gained: 1, earlier: 1 });
    expect(result.byTrigger).toEqual([
      { kind: 'score', id: 'score', before: 1, after: 2 },
      { kind: 'action', id: 'demo', before: 1, after: 1 },
    ]);
    expect(result.byOutcome).toEqual([
      { ...none, outcome: 'converted', before: 1, after: 1, same: 1 },
      { ...none, outcome: 'customer', before: 1, after: 1, earlier: 1 },
      { ...none, outcome: 'open', after: 1, gained: 1 },
    ]);
    expect(result.shift).toEqual({
      earlier: { median: 0.1, lowerQuartile: 0.1, upperQuartile: 0.1 },
      later: null,
    });
    expect([result.leads, result.events]).toEqual([4, 2 + 4 + 6 + 3]);
  });

  test('the other way round it loses one and brings one later', () => {
    const result = backtest(march(lower, live), [world]);
    expect(result.totals).toEqual({ ...none, before: 3, after: 2, same: 1, lost: 1, later: 1 });
  });

  test('examples are briefs of both handoffs, in the order of the changes', () => {
    const { examples } = backtest(march(live, lower), [world]);
    expect(examples).toMatchObject([
      {
        change: 'gained',
        leadId: 'reaches45',
        before: null,
        after: { number: 1, score: 45, trigger: 'score' },
      },
      {
        change: 'earlier',
        leadId: 'reaches60',
        before: { at: '2026-03-03T19:30:00.000Z', score: 60 },
        after: { at: '2026-03-03T17:00:00.000Z', score: 45, intent: 'warm', rep: null },
        outcome: 'customer',
      },
    ]);
  });

  test('the same instant by another trigger is changed', () => {
    const eager = side(2, [
      '- { id: demo, ',
      '- { id: attended, on: webinar.attended, intent: warm }\n      - { id: demo, ',
    ]);
    const events = [
      created,
      form('2026-03-03T15:00:00Z'),
      form('2026-03-03T16:00:00Z'),
      webinar('2026-03-03T17:00:00Z'),
    ];
    const result = backtest(march(live, eager), [[lead('attends', events)]]);
    expect(result.totals).toEqual({ ...none, before: 1, after: 1, changed: 1 });
    expect(result.examples[0]).toMatchObject({
      before: { triggerId: 'score' },
      after: { triggerId: 'attended' },
    });
  });

  test('the stages at the end are those of the period’s last instant', () => {
    const { stages } = backtest(march(live, lower, { toMs: Date.parse('2026-03-03T18:00:00Z') }), [world]);
    expect(stages.filter(({ before, after }) => before + after > 0)).toEqual([
      { stage: 'nurturing', before: 4, after: 2 },
      { stage: 'handed_off', before: 0, after: 2 },
    ]);
  });
});

describe('the edges of the period', () => {
  const at = '2026-03-04T15:00:00Z';
  const asks = [[lead('asks', [created, demo(at)])]];

  test('its first instant belongs to it, its last does not', () => {
    const atMs = Date.parse(at);
    expect(backtest(march(live, lower, { fromMs: atMs }), asks).totals.same).toBe(1);
    expect(backtest(march(live, lower, { fromMs: atMs + 1 }), asks).totals).toEqual(none);
    expect(backtest(march(live, lower, { toMs: atMs }), asks).totals).toEqual(none);
    expect(backtest(march(live, lower, { toMs: atMs + 1 }), asks).totals.same).toBe(1);
  });

  test('a handoff that moves over its beginning is lost to the period or gained for it, and a note says so', () => {
    const pages = [[lead('reaches60', to60)]];
    const fromMs = Date.parse('2026-03-03T18:00:00Z');
    const left = backtest(march(live, lower, { fromMs }), pages);
    expect(left.totals).toEqual({ ...none, before: 1, lost: 1 });
    expect(left.notes.join(' ')).toContain('1 handoff moves over the beginning of the period');
    const came = backtest(march(lower, live, { fromMs }), pages);
    expect(came.totals).toEqual({ ...none, after: 1, gained: 1 });
  });

  test('weeks begin on Monday in the team’s time zone, and weeks without handoffs are there too', () => {
    // Monday 03:00 in London is Sunday evening in New York.
    const pages = [[lead('sunday', [created, demo('2026-03-16T03:00:00Z')])]];
    const { byWeek } = backtest(march(live, lower), pages);
    expect(byWeek.map(({ week, same }) => [week, same])).toEqual([
      ['2026-02-23', 0],
      ['2026-03-02', 0],
      ['2026-03-09', 1],
      ['2026-03-16', 0],
      ['2026-03-23', 0],
      ['2026-03-30', 0],
    ]);
  });
});

describe('pairing', () => {
  const at = (atMs: number, id = 'score'): WalkedHandoff => ({
    ...{ number: 1, atMs, trigger: { kind: 'score', id }, intent: 'warm', score: 50_000, source: 'default' },
    ...{ rep: null, slaDueAtMs: null, day: '2026-03-02' },
  });
  const changes = (before: readonly number[], after: readonly number[]) =>
    pairHandoffs(
      before.map((ms) => at(ms)),
      after.map((ms) => at(ms)),
    ).map(({ change, before: old, after: now }) => `${old?.atMs ?? '-'} ${change} ${now?.atMs ?? '-'}`);

  test.each([
    { before: [1, 5], after: [1, 5], pairs: ['1 same 1', '5 same 5'] },
    { before: [1, 5], after: [1, 3, 5], pairs: ['1 same 1', '- gained 3', '5 same 5'] },
    { before: [1, 3, 5], after: [5], pairs: ['1 lost -', '3 lost -', '5 same 5'] },
    {
      before: [2, 5, 9],
      after: [1, 5, 7, 8],
      pairs: ['2 earlier 1', '5 same 5', '9 earlier 7', '- gained 8'],
    },
    { before: [2], after: [4, 6], pairs: ['2 later 4', '- gained 6'] },
    { before: [], after: [], pairs: [] },
    { before: [5, 5], after: [5], pairs: ['5 same 5', '5 lost -'] },
  ])('$before and $after', ({ before, after, pairs }) => {
    expect(changes(before, after)).toEqual(pairs);
  });
});

describe('who carries what', () => {
  test('each handoff counts on the day on which its rep’s clock starts; reps without any are listed', () => {
    const calendar = {
      timeZone: 'Asia/Tokyo',
      workingDays: null,
      workingHours: null,
      holidays: [],
      absences: [],
    };
    const reps = [
      rep('idle', { weight: 0 }),
      rep('tokyo', { calendar, weight: 0 }),
      rep('gone', { active: false }),
    ];
    // Saturday 18:13 in Tokyo, 04:13 in New York.
    const events = [created, demo('2026-03-07T09:13:00Z')];
    const given = [{ number: 1, rep: 'tokyo', outcome: null }];
    const nobody = lead('queued', events);
    const result = backtest(march(live, lower, { reps }), [
      [lead('given', events, { handoffs: given }), nobody],
    ]);
    const one = { handoffs: 1, perDay: 0.05, busiest: { on: '2026-03-09', handoffs: 1 } };
    const zero = { handoffs: 0, perDay: 0, busiest: null };
    expect(result.period.businessDays).toBe(22);
    expect(result.load.reps.map((load) => [load.rep, load.before, load.after])).toEqual([
      ['idle', zero, zero],
      ['tokyo', one, one],
      [null, one, one],
    ]);
    expect(result.load.days.find(({ on }) => on === '2026-03-09')).toEqual({
      on: '2026-03-09',
      before: 2,
      after: 2,
    });
    expect(result.load.days).toHaveLength(22);
  });
});

describe('a made-up past', () => {
  const reps = [rep('r1', { weight: 2 }), rep('r2'), rep('r3', { inRotation: false })];
  const past = madeUpLives(320, '2026-01-01T00:00:00Z');
  const plans: [string, FoldPlan][] = [
    ['a threshold', march(live, lower, { reps })],
    [
      'rules, a source and the calendar',
      march(
        live,
        side(
          2,
          [
            '- { id: careers,',
            '- { id: home, on: page.viewed, where: { path: "/" }, points: 9 }\n      - { id: careers,',
          ],
          ['cold-download: {', 'partnership: {'],
          ['America/New_York', 'Europe/Berlin'],
        ),
        { reps },
      ),
    ],
    ['another fallback', march(live, side(2, ['after: 60d, opens: 4', 'after: 20d, opens: 3']), { reps })],
  ];

  test.each(plans)('adds up as counted by plain code, for %s', (_, plan) => {
    const result = backtest(plan, [past.map((one) => lifeText(one))]);
    const plain = countPlainly(plan, past);
    expect(plain.totals.gained + plain.totals.earlier + plain.totals.later).toBeGreaterThan(3);
    expect(partsOf(result)).toEqual(plain);
  });

  test('comes out the same however it is dealt to threads, page by page', () => {
    const plan = march(live, lower, { reps });
    const texts = past.map((one) => lifeText(one));
    const expected = backtest(plan, [texts]);
    const pages = Array.from({ length: 10 }, (_, page) => texts.slice(page * 32, page * 32 + 32));
    expect(backtest(plan, ...pages.map((page) => [page]))).toEqual(expected);
    expect(backtest(plan, pages.slice(5).reverse(), [], pages.slice(0, 5))).toEqual(expected);
    expect(expected.examples.length).toBeGreaterThan(5);
  });

  test('under the same definition on both sides everything is the same, also where nothing tells so beforehand', () => {
    const texts = past.map((one) => lifeText(one));
    for (const after of [live, side(2, ['after: 2m', 'after: 3m'])]) {
      const { totals, examples, load } = backtest(march(live, after, { reps }), [texts]);
      expect(totals.same).toBeGreaterThan(50);
      expect(totals).toEqual({ ...none, before: totals.same, after: totals.same, same: totals.same });
      expect(examples).toEqual([]);
      for (const { before, after: now } of load.reps) expect(now).toEqual(before);
    }
  });
});

test('an empty log is an answer, too', () => {
  const result = backtest(march(live, lower), []);
  expect(result.totals).toEqual(none);
  expect([result.leads, result.events, result.examples, result.bySource]).toEqual([0, 0, [], []]);
  expect(result.byWeek.every((week) => week.before === 0)).toBe(true);
});

test('a robot’s life of a hundred thousand events is one life among others', () => {
  const at = Date.parse(String(created.at));
  const robot = Array.from(
    { length: 100_000 },
    (_, n): RecordedEvent => ({
      type: 'page.viewed',
      at: at + n * 5_000,
      body: { properties: { url: `https://acme.test/product/${n}` } },
    }),
  );
  const events = [created, ...robot];
  const result = backtest(march(live, lower), [[lead('robot', events), lead('reaches45', to45)]]);
  expect(result.events).toBe(100_001 + 4);
  // 17 or 15 views of 3 points, five a day, less what decays.
  expect(result.totals).toMatchObject({ before: 1, after: 2, gained: 1, earlier: 1 });
});

test('the events of one text may come in any order', () => {
  const text = lead('reaches60', to60);
  const events = [JSON.stringify((JSON.parse(text.events[0] ?? '[]') as unknown[]).reverse())];
  const plan = march(live, lower);
  expect(backtest(plan, [[{ ...text, events }]])).toEqual(backtest(plan, [[text]]));
});

test('a log with a gap is refused by the lead’s id', () => {
  const text = lead('gappy', to45);
  const events = [JSON.stringify((JSON.parse(text.events[0] ?? '[]') as unknown[]).slice(1))];
  expect(() => backtest(march(live, lower), [[{ ...text, events }]])).toThrow(/lead gappy has no event 1/);
});
