import { describe, expect, test } from 'vitest';
import type {
  BacktestExample,
  BacktestResult,
  Counts,
  HandoffBrief,
  RepLoad,
} from '../../src/insight/backtest/result.js';
import { exampleWords, summaryWords } from '../../src/insight/backtest/words.js';

const NONE: Counts = { before: 0, after: 0, same: 0, gained: 0, lost: 0, earlier: 0, later: 0, changed: 0 };
const ref = { number: 3, hash: 'h' };
const EMPTY: BacktestResult = {
  format: 1,
  before: { label: 'version 3 (live)', ref, name: 'Acme' },
  after: { label: 'draft d_1', ref, name: 'Acme' },
  period: {
    ...{ from: '2026-03-01T05:00:00.000Z', to: '2026-05-30T04:00:00.000Z' },
    ...{ timeZone: 'America/New_York', businessDays: 64 },
  },
  ...{ leads: 1_200, events: 34_567, totals: NONE, shift: { earlier: null, later: null } },
  ...{ bySource: [], byWeek: [], byTrigger: [], byOutcome: [], load: { reps: [], days: [] } },
  ...{ stages: [], examples: [], notes: [], elapsedMs: 1 },
};
const spread = (median: number) => ({ median, lowerQuartile: median, upperQuartile: median });
const load = (name: string, capacity: number | null, before: number, after: number): RepLoad => {
  const day = (handoffs: number) => ({ handoffs, perDay: 1, busiest: { on: '2026-03-09', handoffs } });
  return { rep: name, name, capacity, before: day(before), after: day(after) };
};

describe('what a backtest comes to', () => {
  test('is the difference, what it is made of, what became of it, and who would have had too much', () => {
    const totals = {
      ...{ before: 258, after: 285, gained: 29, lost: 2, earlier: 87, later: 1, changed: 3, same: 165 },
    };
    const result: BacktestResult = {
      ...EMPTY,
      totals,
      shift: { earlier: spread(3.5), later: spread(1) },
      byOutcome: [
        { ...NONE, outcome: 'converted', gained: 12 },
        { ...NONE, outcome: 'unqualified', gained: 3, lost: 2 },
        { ...NONE, outcome: 'none', gained: 14 },
      ],
      load: { reps: [load('Ana', 5, 5, 9), load('Ben', 5, 4, 6), load('Cy', null, 1, 99)], days: [] },
    };
    expect(summaryWords(result)).toEqual([
      'Draft d_1 would have made 27 handoffs more than version 3 (live) in 90 days (285 instead of 258, +10%): 29 new, 2 lost, 87 earlier by a median of 3.5 days, 1 later by a median of 1 day, 3 at the same moment for another reason and 165 unchanged.',
      'What became of the new ones later: 12 converted, 3 unqualified and 14 with nothing on record.',
      'What became of the lost ones later: 2 unqualified.',
      'Ana would have had 9 on the busiest day (before: 5), and may hold 5 at once. 1 other rep would also have had more than they may hold on a day.',
    ]);
  });

  test('counts down as it counts up, and in small shares', () => {
    const totals = { ...NONE, before: 2_000, after: 1_991, lost: 9, same: 1_991 };
    expect(summaryWords({ ...EMPTY, totals })[0]).toBe(
      'Draft d_1 would have made 9 handoffs fewer than version 3 (live) in 90 days (1,991 instead of 2,000, −0.5%): 9 lost and 1,991 unchanged.',
    );
  });

  test('never tells a difference as none', () => {
    const totals = { ...NONE, before: 20_000, after: 20_001, gained: 1, same: 20_000 };
    expect(summaryWords({ ...EMPTY, totals })[0]).toContain('+0.005%');
  });

  test('says when as many are made, but others', () => {
    const totals = { ...NONE, before: 5, after: 5, gained: 1, lost: 1, same: 4 };
    expect(summaryWords({ ...EMPTY, totals })[0]).toBe(
      'Draft d_1 would have made as many handoffs as version 3 (live) in 90 days (5): 1 new, 1 lost and 4 unchanged.',
    );
  });

  test('says when nothing changes, when nobody is handed off, and when nobody is there', () => {
    const same = { ...NONE, before: 5, after: 5, same: 5 };
    expect(summaryWords({ ...EMPTY, totals: same })).toEqual([
      'Draft d_1 would have made as many handoffs as version 3 (live) in 90 days (5).',
      'All 5 handoffs stay as they are: same moment, same trigger.',
    ]);
    expect(summaryWords(EMPTY)).toEqual([
      'Neither version 3 (live) nor draft d_1 hands anybody off in 90 days (1,200 leads, 34,567 events).',
    ]);
    expect(summaryWords({ ...EMPTY, leads: 0 })).toEqual([
      'There is nothing to compare: no lead is on record for this choice.',
    ]);
  });

  test('gives no share where there was nothing before', () => {
    const totals = { ...NONE, after: 1, gained: 1 };
    expect(summaryWords({ ...EMPTY, totals })[0]).toContain('(1 instead of 0): 1 new.');
  });
});

describe('an example in a sentence', () => {
  const brief = (at: string, more: Partial<HandoffBrief> = {}): HandoffBrief => ({
    ...{ number: 1, at, trigger: 'score', triggerId: 'score', intent: 'warm', score: 46.27 },
    ...{ rep: null, slaDueAt: null },
    ...more,
  });
  const words = (example: Partial<BacktestExample>) =>
    exampleWords(
      { change: 'earlier', leadId: 'a', source: 'b', before: null, after: null, outcome: 'none', ...example },
      (iso) => iso.slice(0, 10),
    );
  const [monday, noon, friday] = ['2026-03-09T10:00:00Z', '2026-03-09T12:20:00Z', '2026-03-13T10:00:00Z'];

  test('tells when and by what, and what became of it', () => {
    expect(words({ before: brief(friday, { score: 51 }), after: brief(monday), outcome: 'converted' })).toBe(
      '2026-03-09 by score (46.2) instead of 2026-03-13 by score (51) (4 days earlier); later: converted',
    );
    expect(words({ change: 'later', before: brief(monday), after: brief(noon) })).toContain(
      '(2 hours later)',
    );
    const demo = brief(monday, { trigger: 'action', triggerId: 'demo' });
    expect(words({ change: 'gained', after: demo, outcome: 'open' })).toBe(
      'new on 2026-03-09 by action demo; later: still open',
    );
    expect(words({ change: 'lost', before: brief(monday, { trigger: 'time', triggerId: 'time' }) })).toBe(
      'no longer on 2026-03-09 by fallback; later: nothing on record',
    );
    expect(words({ change: 'changed', before: brief(monday), after: demo })).toBe(
      '2026-03-09 by action demo instead of score; later: nothing on record',
    );
  });
});
