import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PAGE_POLICY } from '../../src/console/layout.js';
import { renderWalkPage, type WalkPageOptions } from '../../src/console/walk-page.js';
import type { WalkRow, WalkView } from '../../src/insight/backtest/walk-view.js';

const row = (at: string, more: Partial<WalkRow> = {}): WalkRow => ({
  ...{ at: `2026-${at}:00.000Z`, until: null, events: 1, what: 'Attended a webinar', machine: null },
  ...{ before: { score: 20, decisions: [] }, after: { score: 20, decisions: [] } },
  ...{ differs: null, inPeriod: true },
  ...more,
});
const point = (at: string, score: number, threshold: number) => ({ at: `2026-${at}Z`, score, threshold });
const WALK: WalkView = {
  head: {
    before: 'Version 3 (live) hands Kim off on 12 March by score (51.9 of 40).',
    after: 'Draft d_1 hands Kim off on 9 March by score (28.2 of 25), 3 days earlier.',
  },
  timeZone: 'America/New_York',
  rows: [
    row('02-20T15:00', { inPeriod: false, what: 'Became a lead' }),
    row('03-02T15:00', {
      ...{ until: '2026-03-04T15:00:00.000Z', events: 12 },
      what: '12 events: neither version decides anything',
    }),
    row('03-05T15:00', { machine: 'both', what: 'Click ignored: a program did it (machine)' }),
    row('03-06T15:00', { machine: 'before', differs: 'score', after: { score: 1, decisions: [] } }),
    row('03-09T15:00', {
      differs: 'decisions',
      before: { score: 28.2, decisions: ['Both say this'] },
      after: { score: 28.2, decisions: ['Handed off (handoff 1)', 'Both say this'] },
    }),
    row('03-12T14:00', {
      differs: 'decisions',
      before: { score: 51.9, decisions: ['Handed off (handoff 1)'] },
    }),
  ],
  rowsLeftOut: 0,
  curves: {
    before: {
      points: [point('02-20T15:00:00', 0, 40), point('03-12T14:00:00', 51.9, 40)],
      handoffs: [{ at: '2026-03-12T14:00:00Z', score: 51.9 }],
    },
    after: {
      points: [point('02-20T15:00:00', 0, 25), point('03-09T15:00:00', 28.2, 25)],
      handoffs: [{ at: '2026-03-09T15:00:00Z', score: 28.2 }],
    },
  },
};
const OPTIONS: WalkPageOptions = {
  ...{ leadId: 'kim', called: 'Kim Karlsen', before: 'version 3 (live)', after: 'draft d_1' },
  ...{ from: '2026-03-01T05:00:00Z', to: '2026-04-01T04:00:00Z', reportHref: '../report' },
};
const NOTHING: WalkView = {
  ...WALK,
  rows: [],
  curves: { before: { points: [], handoffs: [] }, after: { points: [], handoffs: [] } },
};
const page = (walk: Partial<WalkView> = {}, options: Partial<WalkPageOptions> = {}) =>
  renderWalkPage({ ...WALK, ...walk }, { ...OPTIONS, ...options });
const all = (html: string, pattern: RegExp): string[] =>
  [...html.matchAll(pattern)].map(([, found]) => found ?? '');
const textOf = (html: string): string =>
  html
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
/** The rows as they stand in the page, each with its class. */
const rowsOf = (html: string) => html.split(/(?=<li(?: class="[^"]*")?><div class="what">)/).slice(1);

describe.each([
  ['a lead that each version hands off on another day', WALK],
  ['a lead without an event in time', NOTHING],
  ['a lead whose whole life fits into a minute', { ...WALK, rows: WALK.rows.slice(-1) }],
])('the page of %s', (_, walk) => {
  const html = page(walk);

  it('is complete in itself and shows under its policy', () => {
    expect(html).toMatch(/^<!doctype html><html lang="en">/);
    expect(html).not.toMatch(/<script|<link|<img|<iframe|\sstyle=|\son\w+=|NaN|undefined|\[object/i);
    expect(all(html, /\shref="([^"#]*)"/g).filter((to) => to !== '')).toEqual(['../report']);
    for (const sheet of all(html, /<style>([\s\S]*?)<\/style>/g))
      expect(PAGE_POLICY).toContain(`'sha256-${createHash('sha256').update(sheet).digest('base64')}'`);
  });

  it('names every id once and none that is not there, and has its headings in order', () => {
    const ids = all(html, /\sid="([^"]*)"/g);
    expect(new Set(ids).size).toBe(ids.length);
    const named = all(html, /(?:href="#|aria-labelledby="|aria-describedby="|url\(#)([^")]*)/g);
    expect(named.filter((id) => !ids.includes(id))).toEqual([]);
    const levels = all(html, /<h([1-6])[ >]/g).map(Number);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [index, level] of levels.entries())
      expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
  });

  it('draws nothing outside the chart', () => {
    const lengths = all(html, /\s(?:x|x1|x2|cx|width)="(-?[\d.]+)%"/g).map(Number);
    expect(lengths.filter((length) => length < 0 || length > 100)).toEqual([]);
  });
});

describe('a lead’s walk as a page', () => {
  const html = page();
  const text = textOf(html);

  it('begins with a sentence per version, says the period, and leads back to the report', () => {
    expect(html).toContain(`<dt>Before: version 3 (live)</dt><dd>${WALK.head.before}</dd>`);
    expect(html).toContain(`<dt>After: draft d_1</dt><dd>${WALK.head.after}</dd>`);
    expect(text).toContain('Kim Karlsen through time, under both versions');
    expect(text).toContain('1 March 2026 to 31 March 2026');
    expect(html).toContain('<a href="../report">');
    expect(page({}, { reportHref: null })).not.toContain('../report');
    expect(textOf(page({}, { called: null }))).toContain('Lead kim through time');
  });

  it('marks rows that differ in words, and sets in bold what only one version decides', () => {
    const rows = rowsOf(html);
    expect(rows).toHaveLength(WALK.rows.length);
    expect(rows.map((one) => one.includes('≠ They decide otherwise'))).toEqual([
      ...[false, false, false, false, true, true],
    ]);
    expect(rows[4]).toContain('<li class="differs">');
    expect(rows[4]).toContain('<li><strong>Handed off (handoff 1)</strong></li><li>Both say this</li>');
    expect(rows[5]).toContain('decides nothing here');
    expect(rows[3]).toContain('≠ The scores differ');
    expect(text).toContain('They decide otherwise at 2 moments');
    expect(textOf(page({ rows: WALK.rows.slice(0, 3) }))).toContain('Both versions decide the same');
  });

  it('tells a quiet stretch in one row and greys what machines did', () => {
    const rows = rowsOf(html);
    expect(rows[1]).toContain('<li class="quiet stretch">');
    expect(textOf(rows[1] ?? '')).toContain('2 Mar 2026, 10:00 to 4 Mar 2026, 10:00 12 events: neither');
    expect(rows[2]).toContain('<li class="quiet machine">');
    expect(textOf(rows[2] ?? '')).toContain('a program did it (machine) A machine’s event');
    expect(rows[3]).toContain('A machine’s event before the change, a person’s after it');
  });

  it('keeps what lies before the period apart', () => {
    expect(text).toMatch(
      /Before the period: not counted by the backtest .*Became a lead .*Within the period/,
    );
    expect(textOf(page({ rows: WALK.rows.slice(1) }))).not.toContain('Before the period');
  });

  it('draws both scores, their thresholds and their handoffs at their heights, and tells them', () => {
    const svg = html.slice(html.indexOf('role="img"'));
    const path = (look: string) => new RegExp(`class="step ${look}" d="([^"]*)"`).exec(svg)?.[1] ?? '';
    const heights = (look: string) => all(path(look), /(?:M[\d.]+ |V)([\d.]+)/g).map(Number);
    // 60 points are 190 pixels.
    const y = (score: number) => Math.round(((60 - score) * 190 * 10) / 60) / 10;
    for (const [look, scores] of [
      ['old-score', [0, 51.9]],
      ['new-score', [0, 28.2]],
      ['threshold', [40, 40]],
      ['threshold new', [25, 25]],
    ] as const)
      expect(heights(look).map((height, index) => Math.abs(height - y(scores[index] ?? 0)) < 0.2)).toEqual([
        ...[true, true],
      ]);
    expect(svg).toContain('Before: handed off 12 Mar 2026, 10:00, score 51.9');
    expect(svg).toContain('After: handed off 9 Mar 2026, 11:00, score 28.2');
    expect(svg).toContain('before: threshold 40');
    expect(text).toContain(
      'Before, the score was highest on 12 Mar 2026, 10:00, at 51.9 (threshold 40); 1 handoff: 12 Mar 2026, 10:00.',
    );
  });

  it('says how much a very long walk leaves out', () => {
    expect(textOf(page({ rowsLeftOut: 1_234 }))).toContain('1,234 later decisions are not shown');
  });

  it('escapes every text that comes from elsewhere', () => {
    const bad = '"><script>alert(1)</script>\'<b>';
    const foul = page(
      {
        head: { before: bad, after: bad },
        rows: [row('03-09T15:00', { what: bad, after: { score: 1, decisions: [bad] } })],
      },
      { leadId: bad, called: bad, before: bad, after: bad },
    );
    expect(foul).not.toMatch(/<script|<b>/);
    expect(foul).toContain('&lt;script&gt;');
  });
});
