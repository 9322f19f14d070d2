/** Business days: where a deadline falls in a team's or a rep's calendar. All instants are epoch milliseconds, UTC. */
import { createHash } from 'node:crypto';
import { Temporal } from 'temporal-polyfill';
import type { DeadlineQuery } from '../domain/decision.js';
import type { Duration, HandoffPolicy, Intent } from '../domain/definition.js';
import { type HandoffDefinition, WEEKDAYS, type Weekday, type WorkingHours } from './document.js';

export { localDate } from './local-date.js';

/** ISO dates, both included. */
export interface AbsenceSpan {
  readonly from: string;
  readonly to: string;
}

/** What a rep says about their own time; null (or, for holidays, an empty list) takes the team's. */
export interface RepCalendar {
  readonly timeZone: string | null;
  readonly workingDays: readonly Weekday[] | null;
  readonly workingHours: WorkingHours | null;
  readonly holidays: readonly string[];
  readonly absences: readonly AbsenceSpan[];
}

export interface BusinessCalendar {
  readonly timeZone: string;
  readonly workingDays: readonly Weekday[];
  readonly workingHours: WorkingHours;
  readonly holidays: readonly string[];
  readonly absences: readonly AbsenceSpan[];
}

/** No calendar that means something has so long a stretch without a working day. */
const SEARCH_DAYS = 3_700;

/** The calendar that counts for a rep, field by field the rep's own, else the team's; null for the team's itself. */
export function calendarFor(definition: HandoffDefinition, rep: RepCalendar | null): BusinessCalendar {
  const team = definition.calendar;
  return {
    timeZone: rep?.timeZone ?? team.timeZone,
    workingDays: rep?.workingDays?.length ? rep.workingDays : team.workingDays,
    workingHours: rep?.workingHours ?? team.workingHours,
    holidays: rep?.holidays.length ? rep.holidays : team.holidays,
    absences: rep?.absences ?? [],
  };
}

/** The calendar columns of a row of `reps`, as a calendar. */
export function repCalendar(row: {
  readonly time_zone: string | null;
  readonly working_days: readonly string[] | null;
  readonly working_hours: WorkingHours | null;
  readonly holidays: readonly string[];
  readonly absences: readonly AbsenceSpan[];
}): RepCalendar {
  return {
    timeZone: row.time_zone,
    workingDays: row.working_days && WEEKDAYS.filter((day) => row.working_days?.includes(day)),
    workingHours: row.working_hours,
    holidays: row.holidays,
    absences: row.absences,
  };
}

/** Names a calendar by its content, so that a journal can say which one a deadline came from. */
export function calendarHash(calendar: BusinessCalendar): string {
  const content = JSON.stringify([
    calendar.timeZone,
    WEEKDAYS.filter((day) => calendar.workingDays.includes(day)),
    calendar.workingHours.from,
    calendar.workingHours.to,
    [...new Set(calendar.holidays)].sort(),
    calendar.absences.map(({ from, to }) => `${from}/${to}`).sort(),
  ]);
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

/** Whether work is done on an ISO date: a working day of the week, no holiday, no absence. */
export function isWorkingDay(date: string, calendar: BusinessCalendar): boolean {
  return isWorkingDate(Temporal.PlainDate.from(date), calendar);
}

/** Where a deadline falls. Throws RangeError when the calendar has no working day for ten years. */
export function computeDeadline(query: DeadlineQuery, calendar: BusinessCalendar): number {
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

/** Every deadline that a handoff starts with. `slaRemindAt` is null when it would not be after the start. */
export function handoffDeadlines(handoff: {
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
  const slaStartsAt = 'ms' in sla.firstActivityWithin ? startedAt : workingStart(startedAt, calendar);
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
  const start = workingStart(from, calendar);
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
  const start = workingStart(from, calendar);
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
export function workingStart(from: number, calendar: BusinessCalendar): number {
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
  throw new RangeError(
    `This calendar has no working day within ten years of ${date.toString()}: look at its absences.`,
  );
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
