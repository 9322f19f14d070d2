/** Reads a file of tests against a definition: everything that is wrong with it, or tests that can be run. */
import type { HandoffDefinition } from './document.js';
import type { Fault } from './faults.js';
import { readShaped } from './shaped.js';
import { type Expectation, expectationOf, type KnownNames } from './test-expectation.js';
import { type GivenEvent, givenEvents } from './test-given.js';
import {
  type Kind,
  type RepDraft,
  type TestDraft,
  type TestFileDraft,
  testFileSchema,
} from './test-language.js';
import { type Clock, clockOf, Notes } from './test-notes.js';
import type { WalkedLead } from './walk.js';
import type { WalkRep } from './walk-team.js';

/** A point in the text; both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface TestCase {
  readonly name: string;
  readonly place: Place;
  readonly lead: WalkedLead;
  readonly events: readonly GivenEvent[];
  readonly reps: readonly WalkRep[];
  /** The walk ends here. */
  readonly untilMs: number;
  readonly expect: readonly Expectation[];
  readonly not: readonly Expectation[];
  readonly only: readonly Kind[];
  readonly never: readonly (Kind | 'final' | 'bridge')[];
  /** Where something of this test stands in the text. */
  placeOf(path: readonly (string | number)[]): Place;
}

/** A file of tests whose every field has the right shape; names and times are judged with a definition. */
export interface TestFile {
  readonly draft?: TestFileDraft;
  readonly faults: readonly Fault[];
  /** What a definition adds to the faults, and the tests where there are none. */
  plan(definition: HandoffDefinition): {
    readonly faults: readonly Fault[];
    readonly cases: readonly TestCase[];
  };
}

/** Never throws. */
export function readTestFile(text: string): TestFile {
  const { draft, faults, place } = readShaped(text, testFileSchema);
  return {
    ...(draft && { draft }),
    faults: inOrder(faults),
    plan(definition) {
      if (!draft || faults.length > 0) return { faults: inOrder(faults), cases: [] };
      const notes = new Notes();
      if (draft.rep && draft.reps) notes.error(['rep'], 'rep and reps stand here both', 'one of the two');
      sameNames(draft, notes);
      const cases = draft.tests.map((test, index) => {
        const path = ['tests', index];
        const placeOf = (inner: readonly (string | number)[]): Place => {
          const { line, column } = place({
            severity: 'error',
            path: [...path, ...inner],
            message: '',
            expected: '',
          });
          return { line, column };
        };
        return planCase(test, draft, definition, notes.below(...path), placeOf);
      });
      return notes.findings.length > 0
        ? { faults: inOrder(notes.findings.map(place)), cases: [] }
        : { faults: [], cases: cases.filter((one) => one !== null) };
    },
  };
}

function sameNames({ tests }: TestFileDraft, notes: Notes): void {
  const seen = new Set<string>();
  for (const [index, { name }] of tests.entries()) {
    if (seen.has(name))
      notes.error(['tests', index, 'name'], 'another test has this name', 'a name of its own');
    seen.add(name);
  }
}

function planCase(
  draft: TestDraft,
  file: TestFileDraft,
  definition: HandoffDefinition,
  notes: Notes,
  placeOf: TestCase['placeOf'],
): TestCase | null {
  const clock = clockOf(definition.calendar.timeZone);
  const reps = repsOf(draft, file, notes);
  const sources = Object.keys(definition.sources);
  if (draft.source !== undefined) notes.unknown(['source'], draft.source, sources, 'source');
  if (draft.owner !== undefined) {
    notes.unknown(
      ['owner'],
      draft.owner,
      reps.map(({ id }) => id),
      'rep in this test called',
    );
  }
  const given = draft.given ?? [];
  for (const [index, { source, to }] of given.entries()) {
    if (source !== undefined) notes.unknown(['given', index, 'source'], source, sources, 'source');
    if (to !== undefined)
      notes.unknown(
        ['given', index, 'to'],
        to,
        reps.map(({ id }) => id),
        'rep in this test called',
      );
  }
  const lead = { created: draft.created, source: draft.source ?? null, traits: draft.traits, given };
  const events = givenEvents(lead, clock, notes);
  const names = knownNames(definition, events, reps);
  const read = (list: 'expect' | 'not') =>
    (draft[list] ?? [])
      .map((one, index) => expectationOf(one, [list, index], clock, names, notes))
      .filter((one) => one !== null);
  const [expect, not] = [read('expect'), read('not')];
  const only = draft.only ?? [];
  const never = draft.never ?? [];
  if ([expect, not, only, never].every(({ length }) => length === 0) && notes.findings.length === 0)
    notes.error([], 'this test expects nothing', 'expect, only, never or not');
  if (notes.findings.length > 0) return null;
  return {
    ...{ name: draft.name, place: placeOf([]), placeOf, events, reps, expect, not, only, never },
    lead: {
      id: draft.name,
      source: draft.source ?? null,
      subjects: events.map(({ subject }) => subject),
      traits: {},
      owner: draft.owner ?? null,
    },
    untilMs: endOf(draft, clock, events, [...expect, ...not], notes),
  };
}

const DAY_MS = 86_400_000;

/** As far as is said; else a day past the last instant that the test names, so that what is due soon after it happens. */
function endOf(
  draft: TestDraft,
  clock: Clock,
  events: readonly GivenEvent[],
  expectations: readonly Expectation[],
  notes: Notes,
): number {
  const named = [
    ...events.map(({ subject }) => subject.event.acceptedAtMs),
    ...expectations.flatMap(({ atMs }) => (atMs === null ? [] : [atMs])),
  ];
  const lastMs = Math.max(...named);
  if (draft.until === undefined) return lastMs + DAY_MS;
  const untilMs = clock.ms(draft.until);
  if (untilMs < lastMs) notes.error(['until'], 'the test names an instant after this', 'a later time');
  return untilMs;
}

function repsOf(draft: TestDraft, file: TestFileDraft, notes: Notes): WalkRep[] {
  if (draft.rep && draft.reps) notes.error(['rep'], 'rep and reps stand here both', 'one of the two');
  const own = draft.reps ?? (draft.rep && { rep: draft.rep });
  const reps = own ?? file.reps ?? (file.rep && { rep: file.rep }) ?? {};
  return Object.entries(reps).map(([id, rep]) => walkRep(id, rep));
}

function walkRep(id: string, rep: RepDraft): WalkRep {
  return {
    ...{ id, handle: id, active: rep.active ?? true, inRotation: true, weight: 1 },
    calendar: {
      timeZone: rep.timeZone ?? null,
      workingDays: rep.workingDays ?? null,
      workingHours: rep.workingHours ?? null,
      holidays: rep.holidays ?? [],
      absences: rep.absences ?? [],
    },
  };
}

function knownNames(
  definition: HandoffDefinition,
  events: readonly GivenEvent[],
  reps: readonly WalkRep[],
): KnownNames {
  const policies = [definition.defaults, ...Object.values(definition.sources)].map(({ policy }) => policy);
  const all = (names: (policy: (typeof policies)[number]) => readonly string[]) => [
    ...new Set(policies.flatMap(names)),
  ];
  return {
    actions: all(({ triggers }) => triggers.actions.map(({ id }) => id)),
    rules: all(({ scoring }) => [
      ...scoring.rules.map(({ id }) => id),
      ...scoring.groups.map(({ id }) => `cap:${id}`),
    ]),
    tags: all(({ reentry }) => Object.values(reentry.tags)),
    sources: [...Object.keys(definition.sources), 'default'],
    reps: reps.map(({ id }) => id),
    events: [
      ...new Set(
        events
          .filter(({ subject }) => subject.event.body.command === undefined)
          .flatMap(({ id, type }) => (id === null ? [type] : [id, type])),
      ),
    ],
  };
}

function inOrder(faults: readonly Fault[]): readonly Fault[] {
  return [...faults].sort((a, b) => a.line - b.line || a.column - b.column);
}
