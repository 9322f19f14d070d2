/** Checks of calendar, deadlines and routing. */
import { Temporal } from 'temporal-polyfill';
import type { Duration, SlaTerms } from '../domain/definition.js';
import { traitConditionFindings } from './condition-findings.js';
import { type HandoffDefinition, type TeamCalendar, WEEKDAYS, type Weekday } from './document.js';
import { DAY_MS, durationText, MINUTE_MS } from './durations.js';
import { error, type Finding, type Path, warning } from './faults.js';
import type { Level } from './level.js';
import type { DocumentDraft } from './schema.js';
import { slaBeforeDue } from './sla-before-due.js';
import { durationWords } from './words.js';

export function calendarFindings(
  draft: DocumentDraft,
  definition: HandoffDefinition,
  today?: string,
): readonly Finding[] {
  const findings: Finding[] = [];
  const { workingDays = [], holidays = [] } = draft.calendar ?? {};
  if (draft.calendar?.timeZone === undefined) {
    const message = `no time zone is said, so ${definition.calendar.timeZone} is assumed`;
    findings.push(warning(['calendar', 'timeZone'], message, 'calendar.timeZone'));
  }
  if (workingDayMs(definition.calendar) <= 0) {
    findings.push(
      error(['calendar', 'workingHours'], 'the working day ends before it begins', 'from before to'),
    );
  }
  findings.push(
    ...repeats(['calendar', 'workingDays'], workingDays),
    ...repeats(['calendar', 'holidays'], holidays),
  );
  for (const [index, date] of holidays.entries()) {
    const at: Path = ['calendar', 'holidays', index];
    if (today !== undefined && date < today) {
      findings.push(warning(at, `${date} is in the past`, 'holidays to come'));
    }
    const weekday = weekdayOf(date);
    if (!definition.calendar.workingDays.includes(weekday)) {
      const message = `${date} is a ${WEEKDAY_NAMES[weekday]}, when nobody works anyway`;
      findings.push({ ...warning(at, message, 'a working day'), restsOn: [['calendar', 'workingDays']] });
    }
  }
  return findings;
}

const WEEKDAY_NAMES: Readonly<Record<Weekday, string>> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

function weekdayOf(date: string): Weekday {
  return WEEKDAYS[Temporal.PlainDate.from(date).dayOfWeek - 1] ?? 'mon';
}

function repeats(path: Path, values: readonly string[]): Finding[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) < index
      ? [warning([...path, index], `${value} stands here twice`, 'every entry once')]
      : [],
  );
}

function workingDayMs({ workingHours: { from, to } }: TeamCalendar): number {
  const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  return (minutes(to) - minutes(from)) * MINUTE_MS;
}

/** Deadlines that contradict each other. */
export function slaFindings(level: Level, definition: HandoffDefinition): readonly Finding[] {
  return [
    ...fallbackFindings(level, definition),
    ...reminderFindings(level, definition),
    ...earlyFindings(level, definition),
    ...sameDayFindings(level, definition),
    ...repeats([...level.path, 'handoff', 'sla', 'satisfiedBy'], level.draft.handoff?.sla?.satisfiedBy ?? []),
  ];
}

/** Different mails and links are remembered up to this many. */
const DISTINCT_MAX = 64;

function fallbackFindings({ path, draft, terms }: Level, definition: HandoffDefinition): Finding[] {
  const { handoff, triggers, nurture } = terms.policy;
  const { fallback } = triggers;
  if (!fallback) return [];
  const saysSla = draft.handoff?.sla !== undefined;
  const at: Path = [...path, 'triggers', 'fallback'];
  const after = durationText(fallback.afterMs);
  const restsOn: Path[] = [path, ['defaults']].flatMap((where) => [
    [...where, 'handoff', 'sla'],
    [...where, 'handoff', 'emails', 'final', 'at'],
    [...where, 'nurture', 'sunset'],
    [...where, 'triggers', 'fallback', 'after'],
    [...where, 'triggers', 'fallback', 'cta'],
  ]);
  const findings: Finding[] = [];
  if (saysSla || draft.triggers?.fallback) {
    const { high, warm } = handoff.sla;
    const longest = Math.max(...[high, warm].map((sla) => roughMs(sla.firstActivityWithin, definition)));
    if (longest >= fallback.afterMs) {
      const where: Path = saysSla ? [...path, 'handoff', 'sla'] : [...at, 'after'];
      const message = `the SLA is longer than the fallback (${after}): a lead would wait for sales longer than in nurture`;
      findings.push(error(where, message, 'an SLA shorter than triggers.fallback.after'));
    }
    if (handoff.final && handoff.final.beforeFallbackMs >= fallback.afterMs) {
      const message = `the final mail would be due ${durationText(handoff.final.beforeFallbackMs)} before a fallback after ${after}`;
      findings.push(
        warning([...at, 'after'], message, 'a fallback after more than emails.final.at.beforeFallback'),
      );
    }
  }
  const { sunset } = nurture;
  const dormantMs = sunset && Math.max(sunset.afterMs, sunset.withoutEngagementForMs);
  if (dormantMs && (draft.nurture?.sunset || draft.triggers?.fallback) && dormantMs < fallback.afterMs) {
    const message = `a lead goes dormant after ${durationText(dormantMs)}, before the fallback (${after})`;
    const where: Path = draft.nurture?.sunset ? [...path, 'nurture', 'sunset'] : [...at, 'after'];
    findings.push(warning(where, message, 'a sunset later than the fallback'));
  }
  const { unansweredForMs } = fallback.cta;
  const own = draft.triggers?.fallback;
  const saysUnanswered = own?.cta?.unansweredFor !== undefined;
  if ((saysUnanswered || own?.after !== undefined) && unansweredForMs > fallback.afterMs) {
    const message = `a call to action counts as unanswered after ${durationText(unansweredForMs)}, later than the fallback (${after})`;
    const where: Path = saysUnanswered ? [...at, 'cta', 'unansweredFor'] : [...at, 'after'];
    findings.push(warning(where, message, 'cta.unansweredFor of at most triggers.fallback.after'));
  }
  for (const key of ['opens', 'clicks'] as const) {
    if (fallback[key] <= DISTINCT_MAX || draft.triggers?.fallback?.[key] === undefined) continue;
    const message = `only ${DISTINCT_MAX} different ${key === 'opens' ? 'mails' : 'links'} are counted, so the fallback would never come`;
    findings.push(error([...at, key], message, `at most ${DISTINCT_MAX}`));
  }
  return findings.map((finding) => ({ ...finding, restsOn }));
}

/** A reminder that would come before the handoff is never sent; said where the level wrote the reminder itself. */
function reminderFindings({ path, draft, terms }: Level, definition: HandoffDefinition): Finding[] {
  const sla = draft.handoff?.sla;
  const at: Path = [...path, 'handoff', 'sla'];
  const never = ({ remindBefore, firstActivityWithin }: SlaTerms) =>
    remindBefore !== null && roughMs(remindBefore, definition) >= roughMs(firstActivityWithin, definition);
  const finding = (where: Path): Finding => ({
    ...warning(
      [...where, 'remindBefore'],
      'the reminder is never sent: it would come before the handoff',
      'less than firstActivityWithin, or null for no reminder',
    ),
    restsOn: [
      [...where, 'firstActivityWithin'],
      [...at, 'firstActivityWithin'],
      ['defaults', 'handoff', 'sla', 'firstActivityWithin'],
    ],
  });
  const own = (['high', 'warm'] as const).filter(
    (intent) => sla?.byIntent?.[intent]?.remindBefore && never(terms.policy.handoff.sla[intent]),
  );
  const both =
    sla?.remindBefore && never(terms.policy.handoff.sla.high) && never(terms.policy.handoff.sla.warm);
  return [...(both ? [finding(at)] : []), ...own.map((intent) => finding([...at, 'byIntent', intent]))];
}

/** Sales would lose the lead before its task is due; said where the level wrote one of the two itself. */
function earlyFindings({ path, draft, terms }: Level, definition: HandoffDefinition): Finding[] {
  const { due, sla } = draft.handoff ?? {};
  const { handoff } = terms.policy;
  return (['high', 'warm'] as const).flatMap((intent): Finding[] => {
    const said: readonly (readonly [unknown, Path])[] = [
      [sla?.byIntent?.[intent]?.firstActivityWithin, ['sla', 'byIntent', intent, 'firstActivityWithin']],
      [sla?.firstActivityWithin, ['sla', 'firstActivityWithin']],
      [due?.[intent], ['due', intent]],
      [due?.sameDayMinimum, ['due', 'sameDayMinimum']],
      [due?.sameDaySpill, ['due', 'sameDaySpill']],
    ];
    const where = said.find(([value]) => value !== undefined)?.[1];
    const early = where ? slaBeforeDue(handoff, intent, definition.calendar) : 'never';
    if (!where || early === 'never') return [];
    const within = handoff.sla[intent].firstActivityWithin;
    const task = handoff.due[intent];
    const ends = `${durationWords(within)}${'ms' in within ? '' : ', at the same time of day'}`;
    const isDue = `${durationWords(task)}${'ms' in task ? '' : ', at closing time'}`;
    const message = `for ${intent} intent the SLA (${ends}) ${early === 'always' ? 'ends' : 'can end'} before the task is due (${isDue})`;
    const restsOn: Path[] = [path, ['defaults']].flatMap((base) => [
      [...base, 'handoff', 'due'],
      [...base, 'handoff', 'sla', 'firstActivityWithin'],
      [...base, 'handoff', 'sla', 'byIntent', intent],
    ]);
    const expected = `a longer sla.firstActivityWithin, or an earlier due.${intent}`;
    return [
      { ...warning([...path, 'handoff', ...where], message, expected), restsOn: [...restsOn, ['calendar']] },
    ];
  });
}

function sameDayFindings({ path, draft, terms }: Level, definition: HandoffDefinition): Finding[] {
  const day = workingDayMs(definition.calendar);
  const { sameDayMinimumMs, sameDaySpillMs } = terms.policy.handoff.due;
  const own = draft.handoff?.due;
  if (!own || day <= 0) return [];
  const tooLong = [
    { key: 'sameDayMinimum', ms: sameDayMinimumMs, said: own.sameDayMinimum },
    { key: 'sameDaySpill', ms: sameDaySpillMs, said: own.sameDaySpill },
  ].filter(({ ms, said }) => said !== undefined && ms > day);
  return tooLong.map(({ key }) => ({
    ...error(
      [...path, 'handoff', 'due', key],
      `${key} is working time, and the working day has only ${durationText(day)}`,
      `at most ${durationText(day)}`,
    ),
    restsOn: [['calendar', 'workingHours']],
  }));
}

/** How long a duration takes in an ordinary week. */
function roughMs(duration: Duration, { calendar }: HandoffDefinition): number {
  return 'ms' in duration ? duration.ms : (duration.businessDays * 7 * DAY_MS) / calendar.workingDays.length;
}

export function routingFindings({ routing }: DocumentDraft): readonly Finding[] {
  const { ladder, territories = [] } = routing ?? {};
  return [
    ...(ladder ? ladderFindings(ladder, territories.length > 0) : []),
    ...territoryFindings(territories),
  ];
}

function ladderFindings(ladder: readonly string[], hasTerritories: boolean): Finding[] {
  const findings = ladder.flatMap((rung, index) =>
    ladder.indexOf(rung) < index
      ? [error(['routing', 'ladder', index], `${rung} stands here twice`, 'every rung once')]
      : [],
  );
  if (ladder.at(-1) !== 'queue') {
    const message = ladder.includes('queue')
      ? 'the queue takes every lead, so what stands behind it never gets one'
      : 'a lead that no rung takes would go to nobody';
    findings.push(error(['routing', 'ladder'], message, 'queue as the last rung'));
  }
  if (hasTerritories && !ladder.includes('territory')) {
    const message = 'the ladder has no rung territory, so these decide nothing';
    findings.push({
      ...warning(['routing', 'territories'], message, 'territory in routing.ladder'),
      restsOn: [['routing', 'ladder']],
    });
  }
  return findings;
}

type Territories = NonNullable<NonNullable<DocumentDraft['routing']>['territories']>;

/** First match wins: behind an entry without conditions nothing has its turn. */
function territoryFindings(territories: Territories): Finding[] {
  const open = territories.findIndex(({ where }) => Object.keys(where).length === 0);
  return territories.flatMap(({ where, reps }, index): Finding[] => {
    const at: Path = ['routing', 'territories', index];
    const message = 'never reached: an entry above it has no condition and takes every lead';
    return [
      ...(open >= 0 && index > open ? [warning(at, message, 'the entry without conditions last')] : []),
      ...traitConditionFindings([...at, 'where'], where),
      ...repeats([...at, 'reps'], reps),
    ];
  });
}

/** Phrases that say nothing new, and a document without a way to opt out. */
export function replyPhraseFindings({ replies }: DocumentDraft): readonly Finding[] {
  const { optOut, buyingSignals = [] } = replies ?? {};
  const plain = (phrase: string) => phrase.trim().toLowerCase();
  const optOuts = (optOut ?? []).map(plain);
  const findings = [
    ...repeats(['replies', 'optOut'], optOuts),
    ...repeats(['replies', 'buyingSignals'], buyingSignals.map(plain)),
  ];
  for (const [index, phrase] of buyingSignals.entries()) {
    if (!optOuts.includes(plain(phrase))) continue;
    const message = `${phrase} opts out already, and that is looked at first`;
    findings.push(warning(['replies', 'buyingSignals', index], message, 'a phrase of its own'));
  }
  if (optOut?.length === 0) {
    const message = 'no reply is taken for an opt-out';
    findings.push(warning(['replies', 'optOut'], message, 'phrases such as unsubscribe'));
  }
  return findings;
}
