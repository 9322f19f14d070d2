/** From what the threads counted to what a backtest says. */

import type { Selectable } from 'kysely';
import { calendarFor, isWorkingDay, localDate } from '../../definition/calendar.js';
import { DEFAULT_SOURCE, termsFor } from '../../definition/document.js';
import type { TriggerFired } from '../../domain/decision.js';
import type { Database } from '../../store/schema.js';
import type { FoldPlan, Side } from './fold.js';
import { notesFor } from './notes.js';
import type { WalkedHandoff } from './pairs.js';
import type {
  BacktestExample,
  BacktestResult,
  BacktestSide,
  Change,
  DayLoad,
  HandoffBrief,
  LaterOutcome,
  RepLoad,
  Spread,
} from './result.js';
import { type BothSides, type Candidate, moreTelling, noCounts, noSides, type Tally } from './tally.js';
import { datesFrom, mondayOf } from './weeks.js';

type Rep = Selectable<Database['reps']>;

const OUTCOMES: readonly LaterOutcome[] = [
  ...(['converted', 'customer', 'not_ready', 'no_response', 'left_sales_mail'] as const),
  ...(['unqualified', 'sla_lapsed', 'merged', 'erased', 'open', 'none'] as const),
];
const STAGES = ['nurturing', 'handed_off', 'working', 'converted', 'unqualified', 'dormant'];
const CHANGES = ['gained', 'lost', 'earlier', 'later', 'changed'] as const;
/** Of each change. */
const EXAMPLES_MAX = 1_000;
const QUEUE = '';

/** `reps` in the order in which they are listed. */
export function reportOf(
  plan: FoldPlan,
  tally: Tally,
  reps: readonly Rep[],
  elapsedMs: number,
): BacktestResult {
  const { before, after, fromMs, toMs } = plan;
  const { timeZone } = after.definition.calendar;
  const [first, last] = [localDate(fromMs, timeZone), localDate(toMs - 1, timeZone)];
  const calendar = calendarFor(after.definition, null);
  const businessDays = [...datesFrom(first, last)].filter((date) => isWorkingDay(date, calendar));
  const byWeight = (one: BothSides, other: BothSides) => other.before + other.after - one.before - one.after;
  return {
    format: 1,
    before: sideOf(before),
    after: sideOf(after),
    period: { from: iso(fromMs), to: iso(toMs), timeZone, businessDays: businessDays.length },
    leads: tally.leads,
    events: tally.events,
    totals: { ...tally.totals },
    shift: { earlier: spreadOf(tally.earlier), later: spreadOf(tally.later) },
    bySource: sorted(tally.bySource)
      .sort(([, one], [, other]) => byWeight(one, other))
      .map(([source, counts]) => ({ source, title: titleOf(source, plan), ...counts })),
    byWeek: [...datesFrom(mondayOf(first), last, 7)].map((week) => ({
      week,
      ...(tally.byWeek.get(week) ?? noCounts()),
    })),
    byTrigger: sorted(tally.byTrigger)
      .sort(([, one], [, other]) => byWeight(one, other))
      .map(([key, sides]) => {
        const [kind = '', ...id] = key.split(' ');
        return { kind: kind as TriggerFired['kind'], id: id.join(' '), ...sides };
      }),
    byOutcome: OUTCOMES.flatMap((outcome) => {
      const counts = tally.byOutcome.get(outcome);
      return counts ? [{ outcome, ...counts }] : [];
    }),
    load: { reps: repLoads(tally, reps, businessDays.length), days: dayLoads(tally, businessDays) },
    stages: STAGES.map((stage) => ({ stage, ...(tally.stages.get(stage) ?? noSides()) })),
    examples: CHANGES.flatMap((change) => examplesOf(tally, change)).map((candidate) =>
      exampleOf(candidate, reps),
    ),
    notes: notesFor(plan, tally),
    elapsedMs: Math.round(elapsedMs),
  };
}

function sideOf({ label, ref, definition }: Side): BacktestSide {
  return { label, ref, name: definition.name };
}

function titleOf(source: string, { before, after }: FoldPlan): string {
  const named = [after, before].find(({ definition }) => termsFor(definition, source).id === source);
  const { definition } = named ?? after;
  return source === DEFAULT_SOURCE ? 'All other sources' : termsFor(definition, source).title;
}

function repLoads(tally: Tally, reps: readonly Rep[], businessDays: number): RepLoad[] {
  const loads = reps
    .filter(({ id, active, role }) => tally.load.has(id) || (active && role === 'rep'))
    .map(({ id, handle, name, capacity }) => ({ rep: handle, name, capacity, ...sidesOf(id) }));
  const queue = { rep: null, name: 'Queue', capacity: null, ...sidesOf(QUEUE) };
  return tally.load.has(QUEUE) ? [...loads, queue] : loads;

  function sidesOf(id: string) {
    const days = sorted(tally.load.get(id) ?? new Map<string, BothSides>());
    return { before: dayLoad(days, 'before', businessDays), after: dayLoad(days, 'after', businessDays) };
  }
}

function dayLoad(
  days: readonly (readonly [string, BothSides])[],
  side: keyof BothSides,
  businessDays: number,
): DayLoad {
  let handoffs = 0;
  let busiest: DayLoad['busiest'] = null;
  for (const [on, sides] of days) {
    handoffs += sides[side];
    if (sides[side] > (busiest?.handoffs ?? 0)) busiest = { on, handoffs: sides[side] };
  }
  return { handoffs, perDay: Math.round((handoffs / Math.max(1, businessDays)) * 100) / 100, busiest };
}

/** Every business day of the period, and every other day on which some rep's clock starts. */
function dayLoads(tally: Tally, businessDays: readonly string[]) {
  const days = new Map(businessDays.map((on) => [on, noSides()]));
  for (const perDay of tally.load.values()) {
    for (const [on, { before, after }] of perDay) {
      const sum = days.get(on) ?? noSides();
      days.set(on, { before: sum.before + before, after: sum.after + after });
    }
  }
  return sorted(days).map(([on, sides]) => ({ on, ...sides }));
}

/** The most telling ones, one of each source in turn. */
function examplesOf(tally: Tally, change: Exclude<Change, 'same'>): Candidate[] {
  const perSource = sorted(tally.examples)
    .filter(([, [best]]) => best?.change === change)
    .map(([, candidates]) => candidates);
  const longest = Math.max(0, ...perSource.map(({ length }) => length));
  const spread = Array.from({ length: longest }, (_, round) =>
    perSource.flatMap((candidates) => candidates[round] ?? []).sort(moreTelling),
  );
  return spread.flat().slice(0, EXAMPLES_MAX);
}

function exampleOf(
  { change, leadId, source, before, after, outcome }: Candidate,
  reps: readonly Rep[],
): BacktestExample {
  const brief = (handoff: WalkedHandoff | null) => handoff && briefOf(handoff, reps);
  return { change, leadId, source, before: brief(before), after: brief(after), outcome };
}

function briefOf(
  { number, atMs, trigger, intent, score, rep, slaDueAtMs }: WalkedHandoff,
  reps: readonly Rep[],
): HandoffBrief {
  return {
    number,
    at: iso(atMs),
    trigger: trigger.kind,
    triggerId: trigger.id,
    intent,
    score: score / 1_000,
    rep: reps.find(({ id }) => id === rep)?.handle ?? null,
    slaDueAt: slaDueAtMs === null ? null : iso(slaDueAtMs),
  };
}

/** Quartiles of days counted in tenths, between the two nearest where they fall between. */
function spreadOf(tenths: ReadonlyMap<number, number>): Spread | null {
  const counts = [...tenths].sort(([one], [other]) => one - other);
  const count = counts.reduce((sum, [, times]) => sum + times, 0);
  if (count === 0) return null;
  const nth = (place: number): number => {
    let below = 0;
    for (const [value, times] of counts) {
      below += times;
      if (place < below) return value;
    }
    return 0;
  };
  const quantile = (share: number): number => {
    const place = share * (count - 1);
    const [low, high] = [nth(Math.floor(place)), nth(Math.ceil(place))];
    return Math.round(low + (high - low) * (place - Math.floor(place))) / 10;
  };
  return { median: quantile(0.5), lowerQuartile: quantile(0.25), upperQuartile: quantile(0.75) };
}

/** By key, in an order that hangs on no machine's language. */
function sorted<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1));
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
