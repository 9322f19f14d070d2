/** Why a test of a definition failed, in words for who wrote it. */
import { machineWords } from '../domain/timeline-words.js';
import type { HandoffDefinition } from './document.js';
import type { Expectation, Wanted } from './test-expectation.js';
import { exactPoints, type WantedPoints } from './test-fields.js';
import { momentText } from './test-moment.js';
import type { Place } from './test-plan.js';
import { reasons } from './test-reasons.js';
import type { Actual, Facts, Happening } from './test-record.js';
import type { Failure, TestBench, TestResult } from './test-run.js';
import { story } from './test-story.js';

/** A failure, ready to be shown. Every text is one line. */
interface ToldFailure {
  readonly place: Place;
  readonly expected: string;
  readonly instead: string;
  readonly why: readonly string[];
}

export interface ToldTest {
  readonly name: string;
  readonly ok: boolean;
  readonly place: Place;
  readonly failures: readonly ToldFailure[];
  /** What the lead went through, in order; empty where the test passed. */
  readonly story: readonly string[];
  /** Which events were held to be machines', and why. */
  readonly machines: readonly string[];
}

export function tellTest(bench: TestBench, result: TestResult): ToldTest {
  const { test, failures } = result;
  const told = failures.map((failure) => tellFailure(bench, result, failure));
  const ok = told.length === 0;
  return {
    ...{ name: test.name, ok, place: test.place, failures: told },
    story: ok ? [] : story(bench, result),
    machines: ok ? [] : machines(bench, result),
  };
}

function tellFailure(bench: TestBench, result: TestResult, failure: Failure): ToldFailure {
  const { definition } = bench;
  const { test } = result;
  const zone = definition.calendar.timeZone;
  const why = reasons(bench, result, failure);
  switch (failure.what) {
    case 'missing': {
      const { expectation, nearest } = failure;
      const instead = insteadOf(expectation, nearest, definition);
      return {
        place: test.placeOf(expectation.path),
        expected: expectationText(expectation, zone),
        instead,
        why,
      };
    }
    case 'unwanted': {
      const { happening, said } = failure;
      const subject = subjectText(happening.kind, happening.facts[happening.kind]);
      const expected = said.by === 'only' ? `no other ${NOUNS[happening.kind]}` : `no ${subject}`;
      const instead = happeningText(happening, zone);
      return { place: test.placeOf([said.by, said.index]), expected, instead, why };
    }
    case 'unwanted_state': {
      const { expectation } = failure;
      const expected = `not: ${expectationText(expectation, zone)}`;
      return { place: test.placeOf(expectation.path), expected, instead: 'the lead is exactly so', why };
    }
    case 'refused': {
      const { entry, type, atMs, code, expected } = failure;
      const what = `${type.replaceAll('_', ' ')} on ${momentText(atMs, zone)}`;
      return {
        place: test.placeOf(['given', entry]),
        expected: expected === null ? `${what} is accepted` : `${what} is refused: ${expected}`,
        instead: code === null ? 'it was accepted' : `it was refused: ${code}`,
        why,
      };
    }
  }
}

const NOUNS: Readonly<Record<Happening['kind'], string>> = {
  handoff: 'handoff',
  reentry: 're-entry',
  ended: 'end of a handoff',
  mail: 'mail',
  alert: 'alert',
  held: 'held-back crossing',
  machine: 'machine’s event',
  became: 'change of stage',
  added: 'act added to the open handoff',
};

/** `handoff by demo`, `re-entry after sla_lapsed`, `bridge mail`. */
function subjectText(kind: Expectation['kind'], value: Actual | undefined): string {
  const name = Array.isArray(value) ? String(value[0]) : String(value ?? 'any');
  const any = name === 'any';
  switch (kind) {
    case 'handoff':
      return any ? 'handoff' : `handoff by ${name}`;
    case 'reentry':
      return any ? 're-entry' : `re-entry after ${name}`;
    case 'ended':
      return any ? 'end of a handoff' : `end of a handoff as ${name}`;
    case 'mail':
      return any ? 'mail' : `${name} mail`;
    case 'alert':
      return any ? 'alert' : `alert ${name}`;
    case 'held':
      return any ? 'held-back crossing' : `crossing held back by ${name}`;
    case 'machine':
      return `${name} held to be a machine’s`;
    case 'became':
      return any ? 'change of stage' : `change of stage to ${name}`;
    case 'added':
      return `${name} added to the open handoff`;
    case 'lead':
      return 'the lead';
  }
}

const KEY_WORDS: Readonly<Record<string, string>> = {
  task: 'task due',
  sla: 'first contact due (SLA)',
  alsoHeld: 'also held',
  routedBy: 'routed by',
  taskState: 'task',
  slaState: 'SLA',
  followUp: 'follow-up',
  stale: 'older than the freshness limit:',
};

function keyText(key: string): string {
  return key.startsWith('points.') ? `points for ${key.slice('points.'.length)}` : (KEY_WORDS[key] ?? key);
}

function expectationText({ kind, wanted }: Expectation, zone: string): string {
  const named = wanted.get(kind);
  const subject = subjectText(kind, named?.is === 'word' ? named.value : undefined);
  const rest = [...wanted].filter(([key]) => key !== kind && key !== 'at');
  const at = wanted.get('at');
  const when = at ? ` on ${wantedText(at, zone)}` : '';
  return [
    `${subject}${when}`,
    ...rest.map(([key, want]) => `${keyText(key)} ${wantedText(want, zone)}`),
  ].join(', ');
}

function wantedText(wanted: Wanted, zone: string): string {
  switch (wanted.is) {
    case 'any':
      return 'any';
    case 'word':
      return valueText(wanted.value);
    case 'instant':
      return wanted.atMs === null ? 'none' : momentText(wanted.atMs, zone);
    case 'points':
      return wantedPoints(wanted.points);
    case 'set':
      return valueText(wanted.words);
  }
}

function wantedPoints(wanted: WantedPoints): string {
  if ('exactly' in wanted) return exactPoints(wanted.exactly);
  const least = wanted.atLeast === undefined ? '' : `at least ${exactPoints(wanted.atLeast)}`;
  const most = wanted.atMost === undefined ? '' : `at most ${exactPoints(wanted.atMost)}`;
  return [least, most].filter((part) => part !== '').join(' and ');
}

const INSTANTS: ReadonlySet<string> = new Set(['at', 'task', 'sla', 'reminder', 'followUp']);

function actualText(key: string, value: Actual | undefined, zone: string): string {
  if (typeof value === 'number' && INSTANTS.has(key)) return momentText(value, zone);
  if (key === 'score' || key === 'fit' || key.startsWith('points.')) return exactPoints(Number(value ?? 0));
  return valueText(value);
}

function valueText(value: Actual | undefined): string {
  if (value === null || value === undefined) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

type Missing = Extract<Failure, { what: 'missing' }>;

/** What there is in place of what was expected: the keys that differ, or another thing altogether. */
function insteadOf(
  expectation: Expectation,
  nearest: Missing['nearest'],
  { calendar }: HandoffDefinition,
): string {
  const zone = calendar.timeZone;
  const { kind, wanted } = expectation;
  if (nearest === null) return `no such ${kind === 'lead' ? 'lead' : NOUNS[kind]} at all`;
  const { facts, differing, happening } = nearest;
  if (happening && differing.includes(kind)) return `only ${happeningText(happening, zone)}`;
  const parts = differing.map((key) => `${keyText(key)} ${actualText(key, facts[key], zone)}`);
  const subject = happening && differing.includes('at') ? `${subjectOf(wanted, kind, facts)}: ` : '';
  return `${subject}${parts.join(', ')}`;
}

function subjectOf(wanted: Expectation['wanted'], kind: Expectation['kind'], facts: Facts): string {
  const named = wanted.get(kind);
  return subjectText(kind, named?.is === 'word' ? named.value : facts[kind]);
}

function happeningText({ kind, facts, atMs }: Happening, zone: string): string {
  const number = typeof facts.number === 'number' && kind !== 'mail' ? ` (handoff ${facts.number})` : '';
  const score = kind === 'handoff' ? `, score ${exactPoints(Number(facts.score ?? 0))}` : '';
  return `${subjectText(kind, facts[kind])}${number} on ${momentText(atMs, zone)}${score}`;
}

function machines({ definition, walked }: TestBench, { test, recorder }: TestResult): string[] {
  const { machines: times } = walked.policy(test.lead.source);
  const zone = definition.calendar.timeZone;
  return recorder.happenings.flatMap(({ event, rule }) => {
    if (!event || rule === undefined) return [];
    const name = event.id === null ? event.type : `${event.id} (${event.type})`;
    return [`${name} on ${momentText(event.subject.event.acceptedAtMs, zone)}: ${machineWords(rule, times)}`];
  });
}
