/**
 * The score: points of every matching rule over the period's human events, in the order repeat limits,
 * decay, group caps. Integers only (milli-points, parts per million), so every machine gets the same number.
 */
import { type Mutable, withEntry } from './copies.js';
import type { CorePolicy, CoreRule } from './definition.js';
import type { Engagement, ScoreEntry } from './state.js';

export const DAY_MS = 86_400_000;
const PPM = 1_000_000;

/**
 * How many separate instants one rule keeps. Past it the two oldest contributions are folded into one at the
 * older instant, so that a lead that is a robot cannot grow its state, and an ordinary lead's score is exact.
 */
export const ENTRIES_MAX = 256;
/** How many keys (mails, resources, days) one rule's repeat limit remembers; past it new keys count nothing. */
export const LIMIT_KEYS_MAX = 512;

/** One line of a score's explanation; `rule` is a rule id, or `cap:<group>` where a group cap took points away. */
export interface Contribution {
  readonly rule: string;
  /** Milli-points after decay, rounded towards zero per contribution. */
  readonly points: number;
  readonly count: number;
  readonly lastAt: number;
}

export interface Score {
  /** Milli-points; exactly the sum of the contributions. */
  readonly total: number;
  readonly contributions: readonly Contribution[];
}

/** What identifies an occurrence for repeat limits. */
export interface Occurrence {
  readonly at: number;
  readonly dayKey: string;
  readonly email?: number | null;
  readonly link?: number | null;
  readonly resource?: number | null;
}

/** The score at an instant, with contributions that sum to it. */
export function scoreAt(engagement: Engagement, atMs: number, policy: Pick<CorePolicy, 'scoring'>): Score {
  const { rules, groups, decay } = policy.scoring;
  const contributions: Contribution[] = [];
  let total = 0;
  for (const rule of rules) {
    const entries = engagement.entries[rule.id];
    if (entries === undefined || entries.length === 0) continue;
    let points = 0;
    let count = 0;
    let lastAt = 0;
    for (const [at, times] of entries) {
      points += decayed(rule.points * times, atMs - at, decay);
      count += times;
      if (at > lastAt) lastAt = at;
    }
    contributions.push({ rule: rule.id, points, count, lastAt });
    total += points;
  }
  for (const group of groups) {
    let sum = 0;
    let count = 0;
    let lastAt = 0;
    for (const line of contributions) {
      if (!group.rules.includes(line.rule)) continue;
      sum += line.points;
      count += line.count;
      if (line.lastAt > lastAt) lastAt = line.lastAt;
    }
    if (sum <= group.atMost) continue;
    contributions.push({ rule: `cap:${group.id}`, points: group.atMost - sum, count, lastAt });
    total += group.atMost - sum;
  }
  return { total, contributions };
}

/** `scoreAt(…).total` alone: of the thousands of events of a log, few need its explanation. */
export function scoreTotal(
  engagement: Engagement,
  atMs: number,
  policy: Pick<CorePolicy, 'scoring'>,
): number {
  const { rules, groups, decay } = policy.scoring;
  const sums: number[] = [];
  let total = 0;
  for (const rule of rules) {
    let points = 0;
    for (const entry of engagement.entries[rule.id] ?? [])
      points += decayed(rule.points * entry[1], atMs - entry[0], decay);
    sums.push(points);
    total += points;
  }
  for (const group of groups) {
    let sum = 0;
    for (let index = 0; index < rules.length; index++) {
      if (group.rules.includes(rules[index]?.id ?? '')) sum += sums[index] ?? 0;
    }
    if (sum > group.atMost) total += group.atMost - sum;
  }
  return total;
}

/** What is left of some points at an age, stepped per whole day; an event dated after the instant is new. */
export function decayed(points: number, ageMs: number, decay: readonly number[]): number {
  if (decay.length === 0) return points;
  const days = ageMs <= 0 ? 0 : Math.floor(ageMs / DAY_MS);
  const left = decay[days];
  return left === undefined ? 0 : Math.trunc((points * left) / PPM);
}

/**
 * Adds one occurrence under the rules it satisfies to an engagement under construction; a rule whose repeat limit is
 * reached counts nothing more. The records of `limits` are changed in place when `owned` says that nobody else holds
 * them; `entries` never are, because crossings compare them with those before.
 */
export function addOccurrence(
  draft: Mutable<Engagement>,
  ruleIds: readonly string[],
  occurrence: Occurrence,
  policy: Pick<CorePolicy, 'scoring'>,
  owned: boolean,
): void {
  if (ruleIds.length === 0) return;
  for (const rule of policy.scoring.rules) {
    if (!ruleIds.includes(rule.id)) continue;
    const entries = draft.entries[rule.id] ?? [];
    if (rule.atMost) {
      const key = limitKey(rule.atMost.per, occurrence);
      const used = draft.limits[rule.id] ?? {};
      const times = used[key] ?? 0;
      if (times >= rule.atMost.times) continue;
      if (times === 0 && isFull(used, entries)) continue;
      const counted = withEntry(used, key, times + 1, owned);
      if (counted !== draft.limits[rule.id]) draft.limits = { ...draft.limits, [rule.id]: counted };
    }
    draft.entries = { ...draft.entries, [rule.id]: insertEntry(entries, occurrence.at) };
  }
}

/** Every key stands for an entry, and none is folded before there are `ENTRIES_MAX`: keys are counted only then. */
function isFull(used: Readonly<Record<string, number>>, entries: readonly ScoreEntry[]): boolean {
  return entries.length >= ENTRIES_MAX && Object.keys(used).length >= LIMIT_KEYS_MAX;
}

function limitKey(per: NonNullable<CoreRule['atMost']>['per'], occurrence: Occurrence): string {
  switch (per) {
    case 'email':
      return String(occurrence.email ?? '-');
    case 'link':
      return String(occurrence.link ?? '-');
    case 'resource':
      return String(occurrence.resource ?? '-');
    case 'day':
      return occurrence.dayKey;
    case 'period':
      return '*';
  }
}

/** Keeps entries ordered by instant: late events are the exception, so the search starts at the end. */
function insertEntry(entries: readonly ScoreEntry[], at: number): readonly ScoreEntry[] {
  let index = entries.length;
  while (index > 0 && (entries[index - 1]?.[0] ?? 0) > at) index--;
  const next = entries.toSpliced(index, 0, [at, 1]);
  const [first, second] = next;
  if (next.length <= ENTRIES_MAX || !first || !second) return next;
  return [[first[0], first[1] + second[1]], ...next.slice(2)];
}
