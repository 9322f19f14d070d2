/** Results of backtests that nobody ran, the same ones every time, whose sums agree with each other. */
import type {
  BacktestExample,
  BacktestResult,
  Change,
  Counts,
  HandoffBrief,
  LaterOutcome,
} from '../../src/insight/backtest/result.js';

export interface Size {
  readonly weeks: number;
  readonly sources: number;
  readonly reps: number;
  /** Handoffs under the first version. */
  readonly handoffs: number;
  readonly seed?: number;
}

/** In the order in which a result has its examples. */
const SHOWN = ['gained', 'lost', 'earlier', 'later', 'changed'] as const;
const OUTCOMES: readonly LaterOutcome[] = [
  ...(['converted', 'customer', 'not_ready', 'no_response', 'left_sales_mail'] as const),
  ...(['unqualified', 'sla_lapsed', 'open', 'none'] as const),
];
const TITLES = ['Webinar attendee', 'Cold content download', 'Partner referral', 'Trade fair in Hanover'];
const NAMES = ['Ana Silva', 'Bo Lindqvist', 'Chidi Okafor', 'Dagny Þórsdóttir', 'Emre Yıldız', 'Fumiko Arai'];
const DAY_MS = 86_400_000;
const MONDAY_MS = Date.UTC(2026, 5, 1);

const isoDay = (days: number): string => new Date(MONDAY_MS + days * DAY_MS).toISOString().slice(0, 10);
const none = (): { -readonly [Key in keyof Counts]: number } => ({
  before: 0,
  after: 0,
  same: 0,
  gained: 0,
  lost: 0,
  earlier: 0,
  later: 0,
  changed: 0,
});

/** Whole numbers below a bound, by a linear congruence. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

export function madeUpBacktest({ weeks, sources, reps, handoffs, seed = 7 }: Size): BacktestResult {
  const roll = dice(seed);
  const days = weeks * 5;
  const totals = none();
  const bySource = Array.from({ length: sources }, (_, index) => ({
    source: `source-${index}`,
    title: TITLES[index] ?? `Campaign ${index + 1} for operations teams in the northern regions`,
    ...none(),
  }));
  const byWeek = Array.from({ length: weeks }, (_, index) => ({ week: isoDay(index * 7), ...none() }));
  const byOutcome = OUTCOMES.map((outcome) => ({ outcome, ...none() }));
  const byTrigger = (
    [
      ['score', 'score'],
      ['action', 'demo'],
      ['action', 'pricing'],
      ['time', 'time'],
      ['manual', 'manual'],
    ] as const
  ).map(([kind, id]) => ({ kind, id, before: 0, after: 0 }));
  const load = Array.from({ length: days }, (_, index) => ({
    on: isoDay(Math.floor(index / 5) * 7 + (index % 5)),
    before: 0,
    after: 0,
  }));
  const perRep = Array.from({ length: reps }, () => load.map(() => ({ before: 0, after: 0 })));
  const examples: BacktestExample[] = [];

  for (let index = 0; index < handoffs; index += 1) {
    const die = roll(100);
    const change: Change =
      die < 62
        ? 'same'
        : die < 76
          ? 'gained'
          : die < 83
            ? 'lost'
            : die < 93
              ? 'earlier'
              : die < 98
                ? 'later'
                : 'changed';
    const day = roll(days);
    const source = bySource[Math.floor((roll(sources) * roll(sources)) / Math.max(1, sources))];
    const outcome = byOutcome[roll(byOutcome.length)];
    const trigger = byTrigger[roll(byTrigger.length)];
    const rep = reps === 0 ? undefined : perRep[roll(reps)]?.[day];
    const sides = [
      ...(change === 'gained' ? [] : ['before' as const]),
      ...(change === 'lost' ? [] : ['after' as const]),
    ];
    for (const counts of [totals, source, byWeek[Math.floor(day / 5)], outcome]) {
      if (!counts) continue;
      counts[change] += 1;
      for (const side of sides) counts[side] += 1;
    }
    for (const counts of [trigger, load[day], rep]) {
      if (counts) for (const side of sides) counts[side] += 1;
    }
    const shown = examples.filter((example) => example.change === change).length;
    if (change === 'same' || shown >= 24 || !source || !outcome || !trigger) continue;
    const brief = (later: number): HandoffBrief => ({
      number: 1 + roll(2),
      at: `${isoDay(Math.floor(day / 5) * 7 + (day % 5) + later)}T14:${10 + roll(49)}:00.000Z`,
      trigger: trigger.kind,
      triggerId: trigger.id,
      intent: trigger.kind === 'action' ? 'high' : 'warm',
      score: 40 + roll(400) / 10,
      rep: roll(8) === 0 ? null : `rep-${roll(Math.max(1, reps))}`,
      slaDueAt: null,
    });
    examples.push({
      change,
      leadId: `l_${(1_000_000 + index * 7_919).toString(36)}`,
      source: source.source,
      before: change === 'gained' ? null : brief(0),
      after: change === 'lost' ? null : brief(change === 'earlier' ? -3 : change === 'later' ? 4 : 0),
      outcome: outcome.outcome,
    });
  }
  const dayLoad = (rows: readonly { before: number; after: number }[], side: 'before' | 'after') => {
    const sum = rows.reduce((total, row) => total + row[side], 0);
    const most = Math.max(0, ...rows.map((row) => row[side]));
    const on = load[rows.findIndex((row) => row[side] === most)]?.on ?? '';
    return {
      handoffs: sum,
      perDay: Math.round((sum / Math.max(1, days)) * 100) / 100,
      busiest: most === 0 ? null : { on, handoffs: most },
    };
  };
  return {
    format: 1,
    before: {
      label: 'version 3 (live)',
      ref: { number: 3, hash: 'a1'.repeat(32) },
      name: 'Acme handoff definition',
    },
    after: {
      label: 'draft d_k3x9',
      ref: { number: 4, hash: 'b2'.repeat(32) },
      name: 'Acme handoff definition',
    },
    period: {
      from: `${isoDay(0)}T04:00:00.000Z`,
      // Summer time is over after the 22nd week.
      to: `${isoDay(weeks * 7)}T${weeks > 21 && weeks < 41 ? '05' : '04'}:00:00.000Z`,
      timeZone: 'America/New_York',
      businessDays: days,
    },
    leads: handoffs * 9,
    events: handoffs * 120,
    totals,
    shift: {
      earlier: totals.earlier === 0 ? null : { median: 3.2, lowerQuartile: 1.1, upperQuartile: 7.9 },
      later: totals.later === 0 ? null : { median: 1.5, lowerQuartile: 0.4, upperQuartile: 4 },
    },
    bySource,
    byWeek,
    byTrigger,
    byOutcome: byOutcome.filter(({ before, after }) => before + after > 0),
    load: {
      reps: perRep.map((rows, index) => ({
        rep: `rep-${index}`,
        name: NAMES[index] ?? `Rep number ${index + 1}`,
        capacity: index % 3 === 0 ? 4 + roll(4) : null,
        before: dayLoad(rows, 'before'),
        after: dayLoad(rows, 'after'),
      })),
      days: load,
    },
    stages: ['nurturing', 'handed_off', 'working', 'converted', 'unqualified', 'dormant'].map((stage) => ({
      stage,
      before: roll(handoffs + 1),
      after: roll(handoffs + 1),
    })),
    examples: SHOWN.flatMap((change) => examples.filter((example) => example.change === change)),
    notes: [
      'Both versions are applied to the whole past of every lead, also to the time before the period; handoffs that begin within the period are counted.',
      'Later outcomes come from the record: how the recorded handoff of the same number ended, or what became of the lead where there is none.',
    ],
    elapsedMs: 3_417,
  };
}

export const CHANGES_IN_WORDS = [
  '3 changes:',
  '',
  'All sources: threshold 50 points → 45 points, except Webinar attendee, which keeps its own 40 points',
  'All sources: bridge email: 1 line added, 1 removed',
  '  - Hello there',
  '  + Good morning',
  '',
  'Partner referral: cooldown 7 days → 14 days',
];

export const ORDINARY: Size = { weeks: 13, sources: 7, reps: 9, handoffs: 420 };
