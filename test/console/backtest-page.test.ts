import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { renderBacktestReport } from '../../src/console/backtest-page.js';
import { PAGE_POLICY } from '../../src/console/layout.js';
import type { BacktestResult } from '../../src/insight/backtest/result.js';
import { numberWords, summaryWords } from '../../src/insight/backtest/words.js';
import { CHANGES_IN_WORDS, madeUpBacktest, ORDINARY, type Size } from './made-up-backtest.js';

const about = {
  changes: CHANGES_IN_WORDS,
  madeAt: new Date('2026-11-22T20:05:00Z'),
  madeBy: 'Mia Marks',
  walkHref: (leadId: string) => `leads/${leadId}`,
};
const page = (result: BacktestResult, options: Partial<typeof about> = {}) =>
  renderBacktestReport(result, { ...about, ...options });
const all = (html: string, pattern: RegExp): string[] =>
  [...html.matchAll(pattern)].map(([, found]) => found ?? '');
/** What a reader sees, without markup. */
const textOf = (html: string): string =>
  html
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
const sectionOf = (html: string, id: string): string =>
  html.split('<section id="').find((part) => part.startsWith(`${id}"`)) ?? '';

const ordinary = madeUpBacktest(ORDINARY);
const sizes: Record<string, Size> = {
  'an ordinary one': ORDINARY,
  'one of a single week': { weeks: 1, sources: 2, reps: 2, handoffs: 9 },
  'one without a handoff': { weeks: 4, sources: 0, reps: 3, handoffs: 0 },
  'one of 60 weeks, 40 sources and 60 reps': { weeks: 60, sources: 40, reps: 60, handoffs: 12_000 },
};

describe.each(Object.entries(sizes))('the page of %s', (_, size) => {
  const html = page(madeUpBacktest(size));

  it('is complete in itself: no scripts, no inline styles, nothing from elsewhere', () => {
    expect(html).toMatch(/^<!doctype html><html lang="en">/);
    expect(html).not.toMatch(/<script|<link|<img|<iframe|\sstyle=|\son\w+=/i);
    expect(
      all(html, /\s(?:href|src)="([^"#]*)/g).filter((to) => to !== '' && !to.startsWith('leads/')),
    ).toEqual([]);
  });

  it('shows under its policy: every style sheet is allowed by its hash', () => {
    const sheets = all(html, /<style>([\s\S]*?)<\/style>/g);
    expect(sheets).toHaveLength(2);
    for (const sheet of sheets) {
      expect(PAGE_POLICY).toContain(`'sha256-${createHash('sha256').update(sheet).digest('base64')}'`);
    }
  });

  it('names every id once, and names none that is not there', () => {
    const ids = all(html, /\sid="([^"]*)"/g);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    const named = [
      ...all(html, /\shref="#([^"]*)"/g),
      ...all(html, /aria-(?:labelledby|describedby)="([^"]*)"/g),
      ...all(html, /url\(#([^)]*)\)/g),
    ];
    expect(named.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('has its headings in order and its table headers with a scope', () => {
    const levels = all(html, /<h([1-6])[ >]/g).map(Number);
    expect(levels[0]).toBe(1);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [index, level] of levels.entries())
      expect(level - (levels[index - 1] ?? 1)).toBeLessThanOrEqual(1);
    expect(all(html, /<th(\s[^>]*)?>/g).filter((attributes) => !attributes.includes('scope='))).toEqual([]);
    const tables = all(html, /<table>(<caption>)?/g);
    expect(tables.every((caption) => caption !== '')).toBe(true);
  });

  it('gives every chart a title, a description and a table', () => {
    const charts = all(html, /<figure class="chart">([\s\S]*?)<\/figure>/g);
    for (const chart of charts) {
      expect(chart).toMatch(/<svg role="img"[^>]*aria-labelledby="[^"]+" aria-describedby="[^"]+"/);
      expect(chart).toMatch(/<title id="[^"]+">[^<]+<\/title><desc id="[^"]+">[^<]+<\/desc>/);
    }
    expect(all(html, /<details class="(behind)/g).length).toBeGreaterThanOrEqual(charts.length);
  });

  it('draws no length that is not a number or that leaves the chart', () => {
    expect(html).not.toMatch(/NaN|Infinity|undefined|\[object/);
    const lengths = all(html, /\s(?:x|x1|x2|width)="(-?[\d.]+)%"/g).map(Number);
    expect(lengths.filter((length) => length < 0 || length > 100)).toEqual([]);
    const heights = all(html, /\s(?:height|y|y1|y2)="(-?[\d.]+)"/g).map(Number);
    expect(heights.filter((height) => height < 0)).toEqual([]);
  });
});

describe('a backtest’s report', () => {
  const html = page(ordinary);
  const text = textOf(html);

  it('begins with what it comes to', () => {
    const [headline = ''] = summaryWords(ordinary);
    expect(html).toContain(`<p class="summary">${headline}</p>`);
    for (const count of Object.values(ordinary.totals)) {
      expect(html).toContain(`<dd class="value">${numberWords(count)}</dd>`);
    }
  });

  it('says which versions it compares, over which period', () => {
    expect(text).toContain('version 3 (live): Acme handoff definition');
    expect(text).toContain('1 June 2026 to 30 August 2026');
    expect(text).toContain('America/New_York');
    expect(text).toContain(ordinary.after.ref.hash);
  });

  it('tells the time of day of a period that does not begin at midnight', () => {
    const period = { ...ordinary.period, from: '2026-06-01T13:30:00.000Z' };
    expect(textOf(page({ ...ordinary, period }))).toContain('1 Jun 2026, 09:30 to 31 Aug 2026, 00:00');
  });

  it('shows the changes of the definition in their blocks, with the lines of a mail below their change', () => {
    const changes = sectionOf(html, 'definition');
    expect(changes).toContain('<p>3 changes:</p>');
    expect(all(changes, /(<ul class="changes">)/g)).toHaveLength(2);
    expect(changes).toContain('1 line added, 1 removed\n  - Hello there\n  + Good morning</li>');
  });

  it('has every number of the result in its tables', () => {
    const rows = (id: string) =>
      all(sectionOf(html, id), /<tbody>([\s\S]*?)<\/tbody>/g).flatMap((body) =>
        body.split('</tr>').map((row) => textOf(row).trim().replace(/ +/g, ' ')),
      );
    for (const { title, before, after, gained, lost } of ordinary.bySource) {
      expect(rows('sources').some((row) => row.startsWith(`${title} ${before} ${after} `))).toBe(true);
      expect(rows('sources').find((row) => row.startsWith(title))).toContain(` ${gained} ${lost} `);
    }
    expect(rows('weeks').filter((row) => row !== '')).toHaveLength(ordinary.byWeek.length);
    expect(rows('load').filter((row) => row !== '')).toHaveLength(
      ordinary.load.reps.length + ordinary.load.days.length,
    );
    for (const { stage, before, after } of ordinary.stages) {
      const name = stage.replace('_', ' ');
      expect(rows('stages').map((row) => row.toLowerCase())).toContainEqual(
        expect.stringMatching(new RegExp(`^${name} ${numberWords(before)} ${numberWords(after)} `)),
      );
    }
  });

  it('draws a week’s column as high as its handoffs after the change', () => {
    const [one] = madeUpBacktest({ weeks: 1, sources: 1, reps: 1, handoffs: 40 }).byWeek;
    const week = {
      ...one!,
      same: 6,
      earlier: 1,
      later: 1,
      changed: 0,
      gained: 2,
      lost: 4,
      before: 12,
      after: 10,
    };
    const chart = sectionOf(page({ ...ordinary, byWeek: [week] }), 'weeks');
    const svg = chart.slice(chart.indexOf('role="img"'));
    expect(svg).toContain('Week of 1 Jun 2026: 12 before, 10 after');
    const heights = ['same', 'moved', 'gained', 'lost'].map((look) => {
      const [, height] = new RegExp(`class="bar ${look}"[^>]*? height="([\\d.]+)"`).exec(svg) ?? [];
      return Number(height);
    });
    const unit = heights[0]! / 6;
    expect(heights.map((height) => Math.round(height / unit))).toEqual([6, 2, 2, 4]);
  });

  it('warns of reps who get more in a day than they may hold', () => {
    const day = (handoffs: number) => ({ handoffs, perDay: 0.5, busiest: { on: '2026-06-02', handoffs } });
    const rep = { rep: 'ana', name: 'Ana Silva', capacity: 3, before: day(3), after: day(5) };
    const load = { ...ordinary.load, reps: [rep] };
    expect(textOf(page({ ...ordinary, load }))).toContain(
      'More handoffs on the busiest day than may be held at once: Ana Silva (5 in a day, may hold 3). Before the change none of them did.',
    );
    const roomy = { ...load, reps: [{ ...rep, capacity: null }] };
    expect(textOf(page({ ...ordinary, load: roomy }))).not.toContain('may be held at once');
  });

  it('draws one column per week where the days are too many to see', () => {
    expect(text).toContain('Handoffs per business day, by the day on which the rep’s clock starts');
    const long = textOf(page(madeUpBacktest({ ...ORDINARY, weeks: 20 })));
    expect(long).toContain('Handoffs on the busiest business day of each week');
    expect(long).toContain('16 Oct 2026');
  });

  it('leads from each example to the lead’s walk', () => {
    const links = all(html, /href="(leads\/[^"]*)"/g);
    expect(links).toEqual(ordinary.examples.map(({ leadId }) => `leads/${leadId}`));
    const unlinked = renderBacktestReport(ordinary, { changes: [], madeAt: null, madeBy: null });
    expect(unlinked).not.toContain('href="leads/');
    expect(textOf(unlinked)).toContain(ordinary.examples[0]!.leadId);
  });

  it('says when, by what and for whom it was made, and what to know before relying on it', () => {
    expect(text).toContain('Made by Baton from the event log on 22 Nov 2026, 15:05 (America/New_York)');
    expect(text).toContain('asked for by Mia Marks; it took 3.4 seconds');
    for (const note of ordinary.notes) expect(text).toContain(note);
  });

  it('says plainly that nothing happens where nothing does', () => {
    const nothing = textOf(page(madeUpBacktest({ weeks: 4, sources: 0, reps: 3, handoffs: 0 })));
    expect(nothing).toContain('There is nothing to compare');
    expect(nothing).not.toContain('Week by week');
  });

  it('escapes every text that comes from elsewhere', () => {
    const bad = '"><script>alert(1)</script>&amp;\'<b>';
    const foul = JSON.parse(
      JSON.stringify(ordinary, (key, value) =>
        ['label', 'name', 'title', 'triggerId', 'id', 'leadId', 'rep', 'stage', 'notes', 'hash'].includes(
          key,
        ) && value !== null
          ? Array.isArray(value)
            ? [bad]
            : bad
          : value,
      ),
    ) as BacktestResult;
    const html = page(foul, { changes: [bad, '', bad], madeBy: bad });
    expect(html).not.toMatch(/<script|<b>|&amp;amp;amp;/);
    expect(all(html, /href="(leads\/[^"]*)"/g)[0]).toContain('&quot;&gt;');
    expect(all(html, /=""[^ >]/g)).toEqual([]);
    expect(html).toContain('&lt;script&gt;');
  });
});
