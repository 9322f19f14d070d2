/** Runs tests of a definition: each lead's life in simulated time, through the same core as the live one. */

import { type HandoffDefinition, termsFor } from './document.js';
import type { Expectation, Wanted } from './test-expectation.js';
import type { WantedPoints } from './test-fields.js';
import type { TestCase } from './test-plan.js';
import { type Actual, type Facts, type Happening, leadFacts, Recorder } from './test-record.js';
import { LeadWalk, WalkDefinition } from './walk.js';
import { walkTeam } from './walk-team.js';

/** A definition made ready for many tests. */
export class TestBench {
  readonly walked: WalkDefinition;

  constructor(readonly definition: HandoffDefinition) {
    const policyFor = (source: string | null) => termsFor(definition, source).policy;
    this.walked = new WalkDefinition({ ref: { number: 0, hash: 'test' }, definition, policyFor });
  }

  /** A new walk of a test's lead; `recorder` hears of every turn. */
  walk({ lead, reps }: TestCase, recorder?: Recorder): LeadWalk {
    const watch = recorder && ((turn: Parameters<Recorder['take']>[0]) => recorder.take(turn));
    return new LeadWalk(lead, this.walked, walkTeam(this.definition, reps), watch);
  }
}

/** One thing that is not as the test has it. */
export type Failure =
  | {
      readonly what: 'missing';
      readonly expectation: Expectation;
      /** What came nearest, and in which keys it differs. */
      readonly nearest: {
        readonly facts: Facts;
        readonly differing: readonly string[];
        readonly happening: Happening | null;
      } | null;
    }
  | { readonly what: 'unwanted'; readonly happening: Happening; readonly said: Unwanted }
  | { readonly what: 'unwanted_state'; readonly expectation: Expectation }
  | {
      readonly what: 'refused';
      readonly entry: number;
      readonly atMs: number;
      readonly type: string;
      readonly code: string | null;
      readonly expected: string | null;
    };

/** By which word of the test something must not have happened. */
type Unwanted =
  | { readonly by: 'never'; readonly index: number }
  | { readonly by: 'not'; readonly index: number }
  | { readonly by: 'only'; readonly index: number };

export interface TestResult {
  readonly test: TestCase;
  readonly failures: readonly Failure[];
  readonly recorder: Recorder;
}

/** Runs one test. Throws only what the core throws, which would be a defect of Baton. */
export function runTest(bench: TestBench, test: TestCase): TestResult {
  const recorder = new Recorder(test.events);
  const walk = bench.walk(test, recorder);
  const looks = [...test.expect, ...test.not]
    .filter(({ kind }) => kind === 'lead')
    .sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
  const seen = new Map<Expectation, Facts>();
  for (const look of looks) {
    const atMs = look.atMs ?? test.untilMs;
    walk.runUntil(atMs);
    seen.set(look, leadFacts(walk, atMs));
  }
  walk.runUntil(test.untilMs);
  const missing = expected(test, recorder.happenings, seen);
  // What only differs in some keys from what was expected is told once.
  const near = new Set(missing.map(({ nearest }) => nearest?.happening));
  const failures = [
    ...refusals(test, recorder),
    ...missing,
    ...unwanted(test, recorder.happenings, seen).filter(
      (failure) => failure.what !== 'unwanted' || failure.said.by !== 'only' || !near.has(failure.happening),
    ),
  ];
  return { test, failures, recorder };
}

/** A command that is refused without a word would make everything after it look wrong. */
function refusals({ events }: TestCase, { verdicts }: Recorder): Failure[] {
  return events.flatMap(({ subject, entry, type, refused }): Failure[] => {
    const verdict = verdicts.get(subject.event.seq);
    const code = verdict === undefined || verdict.ok ? null : (verdict.code ?? 'not_allowed');
    if (entry === null || verdict === undefined || code === refused) return [];
    return [{ what: 'refused', entry, atMs: subject.event.acceptedAtMs, type, code, expected: refused }];
  });
}

function expected(
  test: TestCase,
  happenings: readonly Happening[],
  seen: ReadonlyMap<Expectation, Facts>,
): Missing[] {
  const pairs = assigned(test.expect, happenings);
  const taken = new Set(pairs.values());
  return test.expect.flatMap((expectation): Missing[] => {
    if (pairs.has(expectation)) return [];
    if (expectation.kind === 'lead') {
      const facts = seen.get(expectation) ?? {};
      const differing = differences(expectation, facts);
      const nearest = { facts, differing, happening: null };
      return differing.length === 0 ? [] : [{ what: 'missing', expectation, nearest }];
    }
    const free = happenings.filter((one) => one.kind === expectation.kind && !taken.has(one));
    return [{ what: 'missing', expectation, nearest: nearestOf(expectation, free) }];
  });
}

function unwanted(
  test: TestCase,
  happenings: readonly Happening[],
  seen: ReadonlyMap<Expectation, Facts>,
): Failure[] {
  const failures: Failure[] = [];
  const add = (found: readonly Happening[], said: Unwanted) => {
    for (const happening of found) failures.push({ what: 'unwanted', happening, said });
  };
  for (const [index, word] of test.never.entries()) {
    const found = happenings.filter(
      ({ kind, facts }) => kind === word || (kind === 'mail' && facts.mail === word),
    );
    add(found, { by: 'never', index });
  }
  for (const [index, expectation] of test.not.entries()) {
    const facts = seen.get(expectation);
    if (facts && differences(expectation, facts).length === 0)
      failures.push({ what: 'unwanted_state', expectation });
    const found = happenings.filter(
      (one) => one.kind === expectation.kind && differences(expectation, one.facts).length === 0,
    );
    add(found, { by: 'not', index });
  }
  if (test.only.length === 0) return failures;
  const matched = new Set(assigned(test.expect, happenings).values());
  for (const [index, kind] of test.only.entries()) {
    add(
      happenings.filter((one) => one.kind === kind && !matched.has(one)),
      { by: 'only', index },
    );
  }
  return failures;
}

/** Gives every expectation a happening of its own, as far as that is possible at all. */
function assigned(
  expectations: readonly Expectation[],
  happenings: readonly Happening[],
): Map<Expectation, Happening> {
  const owner = new Map<Happening, Expectation>();
  const fitting = new Map(
    expectations.map((expectation) => [
      expectation,
      happenings.filter(
        (one) => one.kind === expectation.kind && differences(expectation, one.facts).length === 0,
      ),
    ]),
  );
  const give = (expectation: Expectation, tried: Set<Happening>): boolean =>
    (fitting.get(expectation) ?? []).some((happening) => {
      if (tried.has(happening)) return false;
      tried.add(happening);
      const holder = owner.get(happening);
      if (holder !== undefined && !give(holder, tried)) return false;
      owner.set(happening, expectation);
      return true;
    });
  for (const expectation of expectations) give(expectation, new Set());
  return new Map([...owner].map(([happening, expectation]) => [expectation, happening]));
}

type Missing = Extract<Failure, { what: 'missing' }>;

/** The same thing at another instant is nearer than another thing at the same instant. */
function nearestOf(expectation: Expectation, happenings: readonly Happening[]): Missing['nearest'] {
  let nearest: Missing['nearest'] = null;
  let least = Number.POSITIVE_INFINITY;
  for (const happening of happenings) {
    const { facts } = happening;
    const differing = differences(expectation, facts);
    const away = expectation.atMs === null ? 0 : Math.abs(happening.atMs - expectation.atMs);
    const subject = differing.includes(expectation.kind) ? 3 : 0;
    const number = differing.includes('number') ? 3 : 0;
    const weight = differing.length + subject + number + away / 1e15;
    if (weight < least) {
      least = weight;
      nearest = { facts, differing, happening };
    }
  }
  return nearest;
}

/** The keys in which facts are not as they are wanted. */
function differences({ wanted }: Expectation, facts: Facts): string[] {
  return [...wanted].flatMap(([key, want]) => (meets(want, facts[key]) ? [] : [key]));
}

function meets(wanted: Wanted, actual: Actual | undefined): boolean {
  switch (wanted.is) {
    case 'any':
      return true;
    case 'word':
      return Array.isArray(actual) ? actual.includes(wanted.value) : (actual ?? null) === wanted.value;
    case 'instant':
      return (actual ?? null) === wanted.atMs;
    case 'points':
      return meetsPoints(wanted.points, typeof actual === 'number' ? actual : 0);
    case 'set': {
      const words: readonly unknown[] = Array.isArray(actual) ? actual : [];
      return (
        words.length === new Set(wanted.words).size && wanted.words.every((word) => words.includes(word))
      );
    }
  }
}

function meetsPoints(wanted: WantedPoints, actual: number): boolean {
  if ('exactly' in wanted) return actual === wanted.exactly;
  return actual >= (wanted.atLeast ?? actual) && actual <= (wanted.atMost ?? actual);
}
