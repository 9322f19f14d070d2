import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Side } from '../../src/insight/backtest/fold.js';
import { type WalkInput, type WalkView, walkView } from '../../src/insight/backtest/walk-view.js';
import { definitionOf, type PastEvent, subjectsOf } from '../support/recorded-log.js';

const SAMPLE = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');
const side = (label: string, document: string, number: number): Side => ({
  ...{ label, ref: { number, hash: `hash-${number}` } },
  definition: definitionOf(document),
});
const live = side('version 3 (live)', SAMPLE, 3);
const lower = side(
  'draft d_1',
  SAMPLE.replace('scoring: { threshold: 40 }', 'scoring: { threshold: 25 }'),
  4,
);
const reps: WalkInput['reps'] = [
  {
    ...{ id: 'r1', handle: 'ana', active: true, inRotation: true, weight: 1 },
    calendar: { timeZone: null, workingDays: null, workingHours: null, holidays: [], absences: [] },
  },
];

async function walk(
  events: readonly PastEvent[],
  sides: { before?: Side; after?: Side } = {},
  more: Partial<WalkInput> = {},
): Promise<WalkView> {
  return walkView({
    lead: { id: 'kim', source: 'webinar', subjects: subjectsOf(events), traits: {} },
    called: 'Kim',
    before: live,
    after: lower,
    ...sides,
    reps,
    names: new Map([['r1', 'Ana Alvarez']]),
    published: new Map(),
    fromMs: Date.parse('2026-03-01T05:00:00Z'),
    toMs: Date.parse('2026-03-31T04:00:00Z'),
    ...more,
  });
}
const at = (day: string, time = '15:00:00') => `2026-${day}T${time}Z`;
const brief = ({ rows }: WalkView) =>
  rows.map(({ what, before, after, differs }) => [
    what,
    before.score,
    before.decisions,
    after.score,
    after.decisions,
    differs,
  ]);

const byScore: PastEvent[] = [
  { at: at('03-02'), type: 'lead.created', body: { source: { name: 'webinar' } } },
  { at: at('03-05'), type: 'webinar.attended' },
  { at: at('03-09'), type: 'content.downloaded', properties: { resource: 'checklist' } },
  { at: at('03-12', '14:00:00'), type: 'content.downloaded', properties: { resource: 'pricing-guide' } },
];

describe('a lead that each version hands off by score, on different days', () => {
  test('has one sentence per version at its head', async () => {
    const { head } = await walk(byScore);
    expect(head).toEqual({
      before: 'Version 3 (live) hands Kim off on 12 March by score (51.9 of 40).',
      after: 'Draft d_1 hands Kim off on 9 March by score (28.2 of 25), 3 days earlier.',
    });
  });

  test('shows each event once, with what either version made of it', async () => {
    const view = await walk(byScore, {}, { toMs: Date.parse('2026-03-12T14:30:00Z') });
    expect(brief(view)).toEqual([
      ['Became a lead through webinar', 0, [], 0, [], null],
      ['Attended a webinar', 20, [], 20, [], null],
      [
        'Downloaded "checklist"',
        ...[28.2, []],
        28.2,
        [
          'Handed off (handoff 1): the score reached 28.2 (threshold 25)',
          'Moved from nurture to sales',
          'Ana Alvarez has handoff 1 (by turns)',
          'A task for Ana Alvarez, due on 2026-03-10 17:00',
        ],
        'decisions',
      ],
      ['The bridge email is due', 28.2, [], 28.2, ['The bridge email is to go out'], 'decisions'],
      [
        'Downloaded the pricing guide',
        51.9,
        [
          'Handed off (handoff 1): the score reached 51.9 (threshold 40)',
          'Moved from nurture to sales',
          'Ana Alvarez has handoff 1 (by turns)',
          'A task for Ana Alvarez, due on 2026-03-13 17:00',
        ],
        ...[51.9, [], 'decisions'],
      ],
      ['The bridge email is due', 51.9, ['The bridge email is to go out'], 51.9, [], 'decisions'],
    ]);
    expect(view.rows.map(({ at: instant }) => instant)).toEqual([
      ...['2026-03-02T15:00:00.000Z', '2026-03-05T15:00:00.000Z', '2026-03-09T15:00:00.000Z'],
      ...['2026-03-09T15:02:00.000Z', '2026-03-12T14:00:00.000Z', '2026-03-12T14:02:00.000Z'],
    ]);
    expect(view.rows.every(({ inPeriod, machine }) => inPeriod && machine === null)).toBe(true);
  });

  test('says who was given the handoff on record', async () => {
    const given = { id: 'kim', source: 'webinar', subjects: subjectsOf(byScore), traits: {} };
    const view = await walk(byScore, {}, { lead: { ...given, given: new Map([[1, 'r1']]) } });
    const told = view.rows.flatMap(({ before }) => before.decisions);
    expect(told).toContain('Ana Alvarez has handoff 1 (as on record)');
  });

  test('tells dates with their year when the period has two', async () => {
    const view = await walk(byScore, {}, { fromMs: Date.parse('2025-12-01T00:00:00Z') });
    expect(view.head.before).toContain('on 12 March 2026 by score');
  });
});

describe('a lead that is handed off by what it did', () => {
  const demo: PastEvent[] = [
    { at: at('03-02'), type: 'lead.created', body: { source: { name: 'webinar' } } },
    { at: at('03-10', '14:00:00'), type: 'demo.requested' },
    {
      ...{ at: at('03-11', '14:00:00'), type: 'page.viewed' },
      properties: { url: 'https://acme.test/pricing' },
    },
  ];
  const without = side(
    'no-demo.yaml',
    SAMPLE.replace(/ +- \{ id: demo,.*\n/, '').replace('explicit: [demo, ', 'explicit: ['),
    4,
  );

  test('is told with the action, and the other version says that it does nothing', async () => {
    const view = await walk(demo, { after: without }, { toMs: Date.parse('2026-03-11T16:00:00Z') });
    expect(view.head).toEqual({
      before: 'Version 3 (live) hands Kim off on 10 March by action (asked for a demo).',
      after: 'no-demo.yaml does not hand Kim off in this period.',
    });
    expect(brief(view)).toEqual([
      ['Became a lead through webinar', 0, [], 0, [], null],
      [
        'Asked for a demo',
        0,
        [
          'Handed off (handoff 1): asked for a demo',
          'Moved from nurture to sales',
          'Ana Alvarez has handoff 1 (by turns)',
          'A task for Ana Alvarez, due on 2026-03-10 17:00',
        ],
        ...[0, [], 'decisions'],
      ],
      ['The bridge email is due', 0, ['The bridge email is to go out'], 0, [], 'decisions'],
      ['Visited the pricing page', 0, [], 0, [], null],
    ]);
  });

  test('says so when the handoff lies before the period, and is not counted', async () => {
    const view = await walk(demo, { after: live }, { fromMs: Date.parse('2026-03-11T05:00:00Z') });
    expect(view.head.before).toBe('Version 3 (live) does not hand Kim off in this period.');
    expect(view.rows.map(({ inPeriod }) => inPeriod)).toEqual([false, false, false, true, true]);
    expect(view.rows.every(({ differs }) => differs === null)).toBe(true);
  });
});

describe('a long walk', () => {
  const views: PastEvent[] = Array.from({ length: 40 }, (_, index) => ({
    at: at(`03-0${1 + Math.floor(index / 10)}`, `16:${String(10 + (index % 10)).padStart(2, '0')}:00`),
    type: 'page.viewed',
    properties: { url: `https://acme.test/blog/${index}` },
    ...(index < 5 && { body: { context: { userAgent: 'Googlebot/2.1' } } }),
  }));
  const busy: PastEvent[] = [
    { at: at('03-01', '16:00:00'), type: 'lead.created', body: { source: { name: 'webinar' } } },
    ...views,
    { at: at('03-10'), type: 'demo.requested' },
  ];

  test('tells a quiet stretch in one row, and what led up to a decision one by one', async () => {
    const { rows } = await walk(busy, {}, { toMs: Date.parse('2026-03-10T15:00:01Z') });
    expect(rows.map(({ what, events }) => [what, events])).toEqual([
      ['Became a lead through webinar', 1],
      ['37 events, 5 of them by machines: neither version decides anything', 37],
      ['Visited the page /blog/37', 1],
      ['Visited the page /blog/38', 1],
      ['Visited the page /blog/39', 1],
      ['Asked for a demo', 1],
    ]);
    const stretch = rows[1];
    expect([stretch?.at, stretch?.until]).toEqual(['2026-03-01T16:10:00.000Z', '2026-03-04T16:16:00.000Z']);
  });

  test('marks an event that only one version holds for a machine’s', async () => {
    const trusting = side('trusting', SAMPLE.replace('userAgents: true', 'userAgents: false'), 4);
    const { rows } = await walk(busy.slice(0, 3), { after: trusting });
    expect(rows.map(({ what, machine }) => [what, machine])).toEqual([
      ['Became a lead through webinar', null],
      ...[0, 1].map((page) => [
        `Visited the page /blog/${page}; ignored by version 3 (live): a program did it, by its user agent (machine)`,
        'before',
      ]),
    ]);
  });
});

describe('the curves of a walk', () => {
  const days = (count: number): PastEvent[] => [
    { at: '2026-01-01T15:00:00Z', type: 'lead.created', body: { source: { name: 'webinar' } } },
    ...Array.from({ length: count }, (_, index) => ({
      at: new Date(Date.parse('2026-01-01T16:00:00Z') + index * 3_600_000).toISOString(),
      type: 'page.viewed',
      properties: { url: `https://acme.test/pricing/${index}` },
    })),
  ];

  test('hold both scores with their thresholds, what the days take away, and the handoffs', async () => {
    const { curves } = await walk(byScore);
    const { before, after } = curves;
    expect(before.points[0]).toEqual({ at: '2026-03-02T15:00:00.000Z', score: 0, threshold: 40 });
    expect(after.points[0]?.threshold).toBe(25);
    expect(before.points).toContainEqual({ at: '2026-03-05T15:00:00.000Z', score: 20, threshold: 40 });
    const faded = before.points.filter(({ at: on }) => on > '2026-03-05T16' && on < '2026-03-09T15');
    expect(faded.length).toBeGreaterThanOrEqual(3);
    expect(faded.every(({ score }) => score < 20 && score > 15)).toBe(true);
    expect(before.handoffs).toEqual([{ at: '2026-03-12T14:00:00.000Z', score: 51.9 }]);
    expect(after.handoffs).toEqual([{ at: '2026-03-09T15:00:00.000Z', score: 28.2 }]);
    const instants = before.points.map(({ at: on }) => on);
    expect(instants).toEqual([...instants].sort());
  });

  test('have no more points than a chart can show, and still the highest score', async () => {
    const view = await walk(days(2_000), {}, { toMs: Date.parse('2026-05-01T00:00:00Z') });
    const { points } = view.curves.before;
    expect(points.length).toBeLessThanOrEqual(482);
    const told = Math.max(...view.rows.map(({ before }) => before.score));
    expect(Math.max(...points.map(({ score }) => score))).toBeGreaterThanOrEqual(told);
  });

  test('are empty for a lead that has no event by the end', async () => {
    const { curves, rows } = await walk(byScore, {}, { toMs: Date.parse('2026-03-01T00:00:00Z') });
    expect([curves.before.points, curves.after.handoffs, rows]).toEqual([[], [], []]);
  });
});

test('a judgement that nobody asked for is told by the publish, and refuses nobody', async () => {
  const judged = (id: string, by: string, day: string): PastEvent => ({
    ...{ at: at(day), type: 'command.judge' },
    body: { command: { id, kind: 'judge', by, at: Date.parse(at(day)) } },
  });
  const view = await walk(
    [
      ...byScore,
      judged('j1', 'publish', '03-13'),
      judged('j2', 'import', '03-14'),
      judged('j3', 'r1', '03-15'),
    ],
    {},
    { published: new Map([['j1', 2]]) },
  );
  const said = (words: string) => {
    const row = view.rows.find(({ what }) => what.includes(words));
    return (
      row && [...row.before.decisions, ...row.after.decisions].filter((one) => one.startsWith('Refused'))
    );
  };
  expect(said('Version 2 of the handoff definition was published: the lead is judged')).toEqual([]);
  expect(said('The lead was judged')).toEqual([]);
  expect(said('Ana Alvarez asked')).toEqual([expect.stringContaining('Refused: ')]);
});
