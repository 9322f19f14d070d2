/** The reasons behind a failed expectation: points, what is missing for a handoff, and how its dates came about. */
import type { Duration, HandoffPolicy, Intent } from '../domain/definition.js';
import { type Explanation, explain } from '../domain/explain.js';
import type { Handoff } from '../domain/state.js';
import { calendarFor, localDate, workingStart } from './calendar.js';
import { termsFor } from './document.js';
import { durationText } from './durations.js';
import type { Expectation } from './test-expectation.js';
import { exactPoints } from './test-fields.js';
import { momentText } from './test-moment.js';
import type { Failure, TestBench, TestResult } from './test-run.js';
import type { LeadWalk } from './walk.js';

export function reasons(bench: TestBench, result: TestResult, failure: Failure): string[] {
  if (failure.what === 'refused') return [];
  if (failure.what === 'unwanted_state') return scoreLines(bench, result, failure.expectation.atMs);
  if (failure.what === 'unwanted') {
    const { kind, atMs, handoff } = failure.happening;
    return kind === 'handoff' && handoff?.trigger.kind === 'score' ? scoreLines(bench, result, atMs) : [];
  }
  const { expectation, nearest } = failure;
  const differing = nearest?.differing ?? [];
  const handoff = nearest?.happening?.handoff;
  if (handoff && !differing.includes('handoff') && !differing.includes('at')) {
    return [
      ...(differing.includes('score') ? scoreLines(bench, result, handoff.startedAt) : []),
      ...(differing.some((key) => isDate(key)) ? dateLines(bench, result, handoff, differing) : []),
    ];
  }
  switch (expectation.kind) {
    case 'handoff':
    case 'held':
      return [...scoreLines(bench, result, expectation.atMs), ...missingLines(bench, result, expectation)];
    case 'mail':
      return mailLines(bench, result, expectation);
    case 'machine':
      return [machinesLine(bench)];
    case 'alert':
    case 'reentry':
    case 'ended': {
      const of = handoffOf(result, nearest?.facts.number);
      const dated = of && differing.includes('at') ? dateLines(bench, result, of, DATES) : [];
      return nearest === null && expectation.kind !== 'alert' ? openLines(bench, result) : dated;
    }
    case 'lead':
      return differing.some(
        (key) => key === 'score' || key === 'stage' || key === 'handoffs' || key.startsWith('points.'),
      )
        ? scoreLines(bench, result, expectation.atMs)
        : [];
    default:
      return [];
  }
}

/** The lead at an instant; without one, when the clicks of its last event have settled. */
function walkTo(
  bench: TestBench,
  { test }: TestResult,
  atMs: number | null,
): { walk: LeadWalk; atMs: number } {
  const walk = bench.walk(test);
  const lastMs = Math.max(...test.events.map(({ subject }) => subject.event.acceptedAtMs));
  const untilMs = atMs ?? Math.min(test.untilMs, lastMs + bench.definition.machines.manyLinksWithinMs);
  walk.runUntil(untilMs);
  return { walk, atMs: untilMs };
}

function explained(bench: TestBench, { walk, atMs }: { walk: LeadWalk; atMs: number }): Explanation {
  const { definition } = bench;
  const { policy } = termsFor(definition, walk.state.source);
  const day = (instantMs: number) => localDate(instantMs, definition.calendar.timeZone);
  return explain({ state: walk.state, policy, core: walk.policy, atMs, day });
}

function scoreLines(bench: TestBench, result: TestResult, wantedMs: number | null): string[] {
  const at = walkTo(bench, result, wantedMs);
  const { total, contributions } = explained(bench, at);
  const { threshold, fitAtLeast } = at.walk.policy.scoring;
  const { source, engagement } = at.walk.state;
  const when = momentText(at.atMs, bench.definition.calendar.timeZone);
  const of = source === 'default' ? '' : ` for ${termsFor(bench.definition, source).title}`;
  const fit =
    fitAtLeast === null
      ? ''
      : `; fit ${exactPoints(engagement.fit)}, at least ${exactPoints(fitAtLeast)} needed`;
  return [
    `on ${when} the score is ${exactPoints(total)}, the threshold${of} ${exactPoints(threshold)}${fit}`,
    ...contributions.map(
      ({ points, text, rule }) => `  ${points < 0 ? '' : '+'}${exactPoints(points)}  ${text} (${rule})`,
    ),
  ];
}

/** What stood between the lead and the trigger that was expected. */
function missingLines(bench: TestBench, result: TestResult, { wanted, atMs }: Expectation): string[] {
  const trigger = wanted.get('handoff');
  const id = trigger?.is === 'word' ? trigger.value : 'score';
  const { missing } = explained(bench, walkTo(bench, result, atMs));
  const general = new Set(['handoff', 'stage', 'dormant', 'suppressed', 'cooldown', 'follow_up']);
  const lines = missing
    .filter(
      (one) => one.trigger === id || general.has(one.trigger) || (id === 'score' && one.trigger === 'fit'),
    )
    .map(({ text }) => `missing: ${text}`);
  const any = trigger?.is === 'any';
  return any ? missing.map(({ text }) => `missing: ${text}`) : lines;
}

function mailLines(bench: TestBench, result: TestResult, { wanted, atMs }: Expectation): string[] {
  const named = wanted.get('mail');
  const kind = named?.is === 'word' ? named.value : null;
  const { walk } = walkTo(bench, result, atMs);
  const terms = walk.policy.handoff;
  if (kind === 'bridge') {
    if (terms.bridge === null) return ['the definition has no bridge mail for this source'];
    return [
      `a bridge mail goes ${durationText(terms.bridge.afterMs)} after a handoff, unless the lead wants no mail, has booked a meeting, sales was active already, the handoff is a follow-up, or the action was old`,
    ];
  }
  if (terms.final === null) return ['the definition has no final mail for this source'];
  const mark = Math.floor((walk.policy.scoring.threshold * terms.final.scoreShare) / 1_000_000);
  return [
    `a final mail goes once per nurture period, when an event carries the score past ${exactPoints(mark)} and not to the threshold, or ${durationText(terms.final.beforeFallbackMs)} before the fallback`,
    ...scoreLines(bench, result, atMs),
  ];
}

function openLines(bench: TestBench, result: TestResult): string[] {
  const zone = bench.definition.calendar.timeZone;
  const { walk } = walkTo(bench, result, result.test.untilMs);
  const { stage } = walk.state;
  const end = `the test looks no further than ${momentText(result.test.untilMs, zone)} (until)`;
  if (stage.name !== 'handed_off' && stage.name !== 'working') return [`the lead is ${stage.name}; ${end}`];
  const { number, sla } = stage.handoff;
  const due =
    sla.dueAt === null || sla.state !== 'running'
      ? ''
      : `, first contact due on ${momentText(sla.dueAt, zone)}`;
  return [`handoff ${number} is still open${due}; ${end}`];
}

function handoffOf({ recorder }: TestResult, number: unknown): Handoff | undefined {
  return recorder.happenings.find(({ kind, facts }) => kind === 'handoff' && facts.number === number)
    ?.handoff;
}

function machinesLine({ definition }: TestBench): string {
  const { clickAfterDeliveryMs, manyLinksWithinMs, userAgents, privacyProxyOpens } = definition.machines;
  const told = [
    userAgents && 'programs by their user agent',
    privacyProxyOpens && 'opens by privacy proxies',
  ];
  return [
    `a machine’s are clicks within ${durationText(clickAfterDeliveryMs)} of the delivery`,
    `clicks on different links of one mail within ${durationText(manyLinksWithinMs)}`,
    ...told.filter((one) => one !== false),
    'and what the sending platform says is one',
  ].join(', ');
}

const DATES = ['task', 'sla', 'reminder'] as const;
type DateKey = (typeof DATES)[number];
const isDate = (key: string): key is DateKey => DATES.some((date) => date === key);

/** Whether working time has a part in a date of a handoff. */
function isWorkingTime(key: DateKey, { terms, trigger: { intent } }: Handoff): boolean {
  const { firstActivityWithin, remindBefore } = terms.sla[intent];
  const durations = {
    task: [terms.due[intent]],
    sla: [firstActivityWithin],
    reminder: [firstActivityWithin, remindBefore],
  }[key];
  return durations.some((duration) => duration !== null && 'businessDays' in duration);
}

/** How those of a handoff’s dates that are named were reckoned; the calendar only where one of them rests on it. */
function dateLines(
  bench: TestBench,
  { test }: TestResult,
  handoff: Handoff,
  keys: readonly string[],
): string[] {
  const { definition } = bench;
  const rep = test.reps.find(({ id }) => id === handoff.rep);
  const calendar = calendarFor(definition, rep?.calendar ?? null);
  const { timeZone, workingDays, workingHours, holidays, absences } = calendar;
  const working = keys.some((key) => isDate(key) && isWorkingTime(key, handoff));
  const whose = rep ? `the calendar of ${rep.id}` : 'the team’s calendar';
  const start = workingStart(handoff.startedAt, calendar);
  const lastMs = Math.max(handoff.sla.dueAt ?? 0, handoff.task.dueAt ?? 0);
  const [from, to] = [localDate(handoff.startedAt, timeZone), localDate(lastMs, timeZone)];
  const off = [
    ...holidays.filter((day) => from <= day && day <= to).map((day) => `holiday on ${day}`),
    ...absences
      .filter((span) => span.from <= to && span.to >= from)
      .map((span) => `absent ${span.from} to ${span.to}`),
  ];
  const lines = [
    `${whose}: ${timeZone}, ${workingDays.join(' ')}, ${workingHours.from} to ${workingHours.to}${off.length === 0 ? '' : `; ${off.join(', ')}`}`,
    `working time starts on ${momentText(start, timeZone)} there`,
  ];
  return [
    ...(working ? lines : []),
    termsLine(handoff.terms, handoff.trigger.intent),
    ...(timeZone === definition.calendar.timeZone ? [] : [thereLine(handoff, timeZone)]),
  ];
}

function thereLine({ task, sla }: Handoff, timeZone: string): string {
  const moment = (atMs: number | null) => (atMs === null ? 'never' : momentText(atMs, timeZone));
  return `in ${timeZone}: task due ${moment(task.dueAt)}, first contact due ${moment(sla.dueAt)}`;
}

function termsLine({ due, sla }: HandoffPolicy, intent: Intent): string {
  const { firstActivityWithin, remindBefore } = sla[intent];
  const reminder = remindBefore === null ? 'no reminder' : `reminder ${durationWords(remindBefore)} before`;
  const task = due[intent];
  const sameDay = 'businessDays' in task && task.businessDays === 0;
  return `${intent} intent: task ${sameDay ? 'the same day' : `after ${durationWords(task)}`}, first contact within ${durationWords(firstActivityWithin)}, ${reminder}`;
}

function durationWords(duration: Duration): string {
  if ('ms' in duration) return durationText(duration.ms);
  return `${duration.businessDays} business day${duration.businessDays === 1 ? '' : 's'}`;
}
