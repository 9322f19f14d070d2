/**
 * What the folding threads count. Plain data of sums, maps and bounded lists, so that it passes between threads, and
 * tallies put together in any order are the same one.
 */
import type { WalkedHandoff } from './pairs.js';
import type { Change, Counts, LaterOutcome } from './result.js';

export type MutableCounts = { -readonly [Key in keyof Counts]: number };
export interface BothSides {
  before: number;
  after: number;
}

/** An example that may be shown, and what puts it before others. */
export interface Candidate {
  readonly change: Exclude<Change, 'same'>;
  readonly leadId: string;
  readonly source: string;
  readonly before: WalkedHandoff | null;
  readonly after: WalkedHandoff | null;
  readonly outcome: LaterOutcome;
}

export interface Tally {
  leads: number;
  events: number;
  /** Handoffs whose counterpart lies outside the period. */
  movedOver: number;
  readonly totals: MutableCounts;
  readonly bySource: Map<string, MutableCounts>;
  /** By the ISO date of the week's Monday. */
  readonly byWeek: Map<string, MutableCounts>;
  readonly byOutcome: Map<LaterOutcome, MutableCounts>;
  /** By kind and id, one blank between them. */
  readonly byTrigger: Map<string, BothSides>;
  /** By rep (the empty text is the queue), then by ISO date. */
  readonly load: Map<string, Map<string, BothSides>>;
  readonly stages: Map<string, BothSides>;
  /** How many handoffs moved by so many tenths of a day. */
  readonly earlier: Map<number, number>;
  readonly later: Map<number, number>;
  /** The best few per change and source, best first. */
  readonly examples: Map<string, Candidate[]>;
}

export function emptyTally(): Tally {
  return {
    leads: 0,
    events: 0,
    movedOver: 0,
    totals: noCounts(),
    bySource: new Map(),
    byWeek: new Map(),
    byOutcome: new Map(),
    byTrigger: new Map(),
    load: new Map(),
    stages: new Map(),
    earlier: new Map(),
    later: new Map(),
    examples: new Map(),
  };
}

export function noCounts(): MutableCounts {
  return { before: 0, after: 0, same: 0, gained: 0, lost: 0, earlier: 0, later: 0, changed: 0 };
}

/** The value of a key, made when it is not there yet. */
export function at<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

export const noSides = (): BothSides => ({ before: 0, after: 0 });

/** Adds the second tally to the first. */
export function addTally(sum: Tally, more: Tally): void {
  sum.leads += more.leads;
  sum.events += more.events;
  sum.movedOver += more.movedOver;
  addCounts(sum.totals, more.totals);
  for (const name of ['bySource', 'byWeek', 'byOutcome'] as const) {
    const cells: Map<string, MutableCounts> = sum[name];
    for (const [key, counts] of more[name]) addCounts(at(cells, key, noCounts), counts);
  }
  for (const name of ['byTrigger', 'stages'] as const) addSides(sum[name], more[name]);
  for (const [rep, days] of more.load)
    addSides(
      at(sum.load, rep, () => new Map()),
      days,
    );
  for (const name of ['earlier', 'later'] as const) {
    for (const [tenths, count] of more[name]) sum[name].set(tenths, (sum[name].get(tenths) ?? 0) + count);
  }
  for (const candidates of more.examples.values()) {
    for (const candidate of candidates) offerExample(sum.examples, candidate);
  }
}

function addCounts(sum: MutableCounts, more: Counts): void {
  for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += more[key];
}

function addSides(sum: Map<string, BothSides>, more: ReadonlyMap<string, BothSides>): void {
  for (const [key, sides] of more) {
    const cell = at(sum, key, noSides);
    cell.before += sides.before;
    cell.after += sides.after;
  }
}

/** Kept per change and source. */
const EXAMPLES_MAX = 200;

/** Keeps an example if it is among the most telling ones of its change and source. */
export function offerExample(examples: Tally['examples'], candidate: Candidate): void {
  const best = at(examples, `${candidate.change} ${candidate.source}`, () => []);
  const last = best.at(-1);
  if (best.length === EXAMPLES_MAX && last && moreTelling(last, candidate) < 0) return;
  const place = best.findIndex((other) => moreTelling(candidate, other) < 0);
  best.splice(place < 0 ? best.length : place, 0, candidate);
  if (best.length > EXAMPLES_MAX) best.pop();
}

/** Negative when the first says more: it is known how it ended, then the larger shift, then the higher score. */
export function moreTelling(one: Candidate, other: Candidate): number {
  const ended = (candidate: Candidate): number =>
    candidate.outcome === 'none' ? 0 : candidate.outcome === 'open' ? 1 : 2;
  const score = ({ before, after }: Candidate): number => (after ?? before)?.score ?? 0;
  return (
    ended(other) - ended(one) ||
    shiftMs(other) - shiftMs(one) ||
    score(other) - score(one) ||
    (one.leadId < other.leadId ? -1 : one.leadId > other.leadId ? 1 : 0) ||
    instant(one) - instant(other)
  );
}

function shiftMs({ before, after }: Candidate): number {
  return before && after ? Math.abs(after.atMs - before.atMs) : 0;
}

function instant({ before, after }: Candidate): number {
  return (after ?? before)?.atMs ?? 0;
}
