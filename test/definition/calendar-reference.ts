/**
 * The same deadlines as src/definition/calendar.ts, each step asked of the calendar library and nothing kept: slow, and
 * plain to read. The fast way has to give exactly its answers.
 */
import { Temporal } from 'temporal-polyfill';
import type { BusinessCalendar } from '../../src/definition/calendar.js';
import { WEEKDAYS } from '../../src/definition/document.js';
import type { DeadlineQuery } from '../../src/domain/decision.js';
import type { Duration, HandoffPolicy, Intent } from '../../src/domain/definition.js';

const SEARCH_DAYS = 3_700;

export function plainDeadline(query: DeadlineQuery, calendar: BusinessCalendar): number {
  const { rule, from } = query;
  switch (rule.kind) {
    case 'after':
      return after(from, rule.duration, calendar);
    case 'before':
      return before(from, rule.duration, calendar);
    case 'due':
      return dueAt(from, rule, calendar);
    case 'on':
      return opening(workingDateFrom(Temporal.PlainDate.from(rule.date), 1, calendar), calendar);
  }
}

export function plainHandoffDeadlines(handoff: {
  readonly startedAt: number;
  readonly intent: Intent;
  readonly terms: HandoffPolicy;
  readonly calendar: BusinessCalendar;
}): {
  slaStartsAt: number;
  taskDueAt: number;
  slaDueAt: number;
  slaRemindAt: number | null;
  bridgeExpiresAt: number;
} {
  const { startedAt, intent, terms, calendar } = handoff;
  const sla = terms.sla[intent];
  const { sameDayMinimumMs, sameDaySpillMs } = terms.due;
  const slaStartsAt = 'ms' in sla.firstActivityWithin ? startedAt : plainStart(startedAt, calendar);
  const slaDueAt = after(startedAt, sla.firstActivityWithin, calendar);
  const slaRemindAt = sla.remindBefore === null ? null : before(slaDueAt, sla.remindBefore, calendar);
  return {
    slaStartsAt,
    taskDueAt: dueAt(startedAt, { duration: terms.due[intent], sameDayMinimumMs, sameDaySpillMs }, calendar),
    slaDueAt,
    slaRemindAt: slaRemindAt !== null && slaRemindAt > slaStartsAt ? slaRemindAt : null,
    bridgeExpiresAt: after(startedAt, { businessDays: 1 }, calendar),
  };
}

function after(from: number, duration: Duration, calendar: BusinessCalendar): number {
  if ('ms' in duration) return from + duration.ms;
  const start = plainStart(from, calendar);
  if (duration.businessDays === 0) return start;
  const local = zoned(start, calendar);
  const date = workingDate(local.toPlainDate(), duration.businessDays, calendar);
  return instant(date, local.toPlainTime(), calendar);
}

function before(at: number, duration: Duration, calendar: BusinessCalendar): number {
  if ('ms' in duration) return at - duration.ms;
  if (duration.businessDays === 0) return at;
  const local = zoned(at, calendar);
  const date = workingDate(local.toPlainDate(), -duration.businessDays, calendar);
  return instant(date, local.toPlainTime(), calendar);
}

function dueAt(
  from: number,
  rule: { readonly duration: Duration; readonly sameDayMinimumMs: number; readonly sameDaySpillMs: number },
  calendar: BusinessCalendar,
): number {
  if ('ms' in rule.duration) return from + rule.duration.ms;
  const start = plainStart(from, calendar);
  const startDate = zoned(start, calendar).toPlainDate();
  if (rule.duration.businessDays > 0) {
    return closing(workingDate(startDate, rule.duration.businessDays, calendar), calendar);
  }
  const closesAt = closing(startDate, calendar);
  if (closesAt - start >= rule.sameDayMinimumMs) return closesAt;
  const nextDate = workingDate(startDate, 1, calendar);
  // A spill longer than the next working day ends with that day, not at night.
  return Math.min(opening(nextDate, calendar) + rule.sameDaySpillMs, closing(nextDate, calendar));
}

/** When the clock of business days starts: the moment itself within working hours, else the next opening. Closing time is outside. */
export function plainStart(from: number, calendar: BusinessCalendar): number {
  const date = zoned(from, calendar).toPlainDate();
  if (isWorkingDate(date, calendar)) {
    const opensAt = opening(date, calendar);
    if (from < opensAt) return opensAt;
    if (from < closing(date, calendar)) return from;
  }
  return opening(workingDate(date, 1, calendar), calendar);
}

/** The `count`-th working day after a date (before it, when negative); the date itself is not counted. */
function workingDate(
  date: Temporal.PlainDate,
  count: number,
  calendar: BusinessCalendar,
): Temporal.PlainDate {
  const step = count < 0 ? -1 : 1;
  let found = date;
  for (let left = Math.abs(count); left > 0; left -= 1) {
    found = workingDateFrom(found.add({ days: step }), step, calendar);
  }
  return found;
}

/** The date itself if it is a working day, else the nearest one in the direction of `step`. */
function workingDateFrom(
  date: Temporal.PlainDate,
  step: 1 | -1,
  calendar: BusinessCalendar,
): Temporal.PlainDate {
  let found = date;
  for (let days = 0; days < SEARCH_DAYS; days += 1) {
    if (isWorkingDate(found, calendar)) return found;
    found = found.add({ days: step });
  }
  throw new RangeError(`no working day within ten years of ${date.toString()}`);
}

function isWorkingDate(date: Temporal.PlainDate, calendar: BusinessCalendar): boolean {
  const weekday = WEEKDAYS[date.dayOfWeek - 1];
  if (weekday === undefined || !calendar.workingDays.includes(weekday)) return false;
  const iso = date.toString();
  if (calendar.holidays.includes(iso)) return false;
  return !calendar.absences.some(({ from, to }) => from <= iso && iso <= to);
}

function opening(date: Temporal.PlainDate, calendar: BusinessCalendar): number {
  return instant(date, Temporal.PlainTime.from(calendar.workingHours.from), calendar);
}

function closing(date: Temporal.PlainDate, calendar: BusinessCalendar): number {
  const { to } = calendar.workingHours;
  return to === '24:00'
    ? instant(date.add({ days: 1 }), new Temporal.PlainTime(), calendar)
    : instant(date, Temporal.PlainTime.from(to), calendar);
}

/** A local time that a clock change skips moves forward; one that it repeats takes the first: that is `compatible`. */
function instant(date: Temporal.PlainDate, time: Temporal.PlainTime, calendar: BusinessCalendar): number {
  return date.toPlainDateTime(time).toZonedDateTime(calendar.timeZone, { disambiguation: 'compatible' })
    .epochMilliseconds;
}

function zoned(at: number, calendar: BusinessCalendar): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(calendar.timeZone);
}
