/** Business days: where a deadline falls in a team's or a rep's calendar. All instants are epoch milliseconds, UTC. */
import { createHash } from 'node:crypto';
import { Temporal } from 'temporal-polyfill';
import type { DeadlineQuery } from '../domain/decision.js';
import type { Duration, HandoffPolicy, Intent } from '../domain/definition.js';
import { type HandoffDefinition, WEEKDAYS, type Weekday, type WorkingHours } from './document.js';
import { type AbsenceSpan, type BusinessCalendar, type WorkingDays, workingDaysOf } from './working-days.js';

export { localDate } from './local-date.js';
export type { BusinessCalendar } from './working-days.js';

/** What a rep says about their own time; null (or, for holidays, an empty list) takes the team's. */
export interface RepCalendar {
  readonly timeZone: string | null;
  readonly workingDays: readonly Weekday[] | null;
  readonly workingHours: WorkingHours | null;
  readonly holidays: readonly string[];
  readonly absences: readonly AbsenceSpan[];
}

/** One object per team, so that its days are found at once however often it is asked for. */
const teamCalendars = new WeakMap<HandoffDefinition['calendar'], BusinessCalendar>();

/** The calendar that counts for a rep, field by field the rep's own, else the team's; null for the team's itself. */
export function calendarFor(definition: HandoffDefinition, rep: RepCalendar | null): BusinessCalendar {
  const team = definition.calendar;
  if (rep === null) return teamCalendar(team);
  return {
    timeZone: rep.timeZone ?? team.timeZone,
    workingDays: rep.workingDays?.length ? rep.workingDays : team.workingDays,
    workingHours: rep.workingHours ?? team.workingHours,
    holidays: rep.holidays.length ? rep.holidays : team.holidays,
    absences: rep.absences,
  };
}

function teamCalendar(team: HandoffDefinition['calendar']): BusinessCalendar {
  let calendar = teamCalendars.get(team);
  if (!calendar) {
    const { timeZone, workingDays, workingHours, holidays } = team;
    calendar = { timeZone, workingDays, workingHours, holidays, absences: [] };
    teamCalendars.set(team, calendar);
  }
  return calendar;
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

/** Whether work is done on an ISO date: a working day of the week, no holiday, no absence. Throws RangeError for no date. */
export function isWorkingDay(date: string, calendar: BusinessCalendar): boolean {
  return workingDaysOf(calendar).isWorking(dayOf(date));
}

/** Where a deadline falls. Throws RangeError when the calendar has no working day for ten years. */
export function computeDeadline(query: DeadlineQuery, calendar: BusinessCalendar): number {
  const { rule, from } = query;
  const days = workingDaysOf(calendar);
  switch (rule.kind) {
    case 'after':
      return after(from, rule.duration, days);
    case 'before':
      return before(from, rule.duration, days);
    case 'due':
      return dueAt(from, rule, days);
    case 'on':
      return days.opensAtMs(days.nearest(dayOf(rule.date), 1));
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
  const { startedAt, intent, terms } = handoff;
  const days = workingDaysOf(handoff.calendar);
  const sla = terms.sla[intent];
  const { sameDayMinimumMs, sameDaySpillMs } = terms.due;
  const slaStartsAt = 'ms' in sla.firstActivityWithin ? startedAt : days.startMs(startedAt);
  const slaDueAt = after(startedAt, sla.firstActivityWithin, days);
  const slaRemindAt = sla.remindBefore === null ? null : before(slaDueAt, sla.remindBefore, days);
  return {
    slaStartsAt,
    taskDueAt: dueAt(startedAt, { duration: terms.due[intent], sameDayMinimumMs, sameDaySpillMs }, days),
    slaDueAt,
    slaRemindAt: slaRemindAt !== null && slaRemindAt > slaStartsAt ? slaRemindAt : null,
    bridgeExpiresAt: after(startedAt, { businessDays: 1 }, days),
  };
}

/** When the clock of business days starts: the moment itself within working hours, else the next opening. Closing time is outside. */
export function workingStart(from: number, calendar: BusinessCalendar): number {
  return workingDaysOf(calendar).startMs(from);
}

function after(from: number, duration: Duration, days: WorkingDays): number {
  if ('ms' in duration) return from + duration.ms;
  const start = days.startMs(from);
  return duration.businessDays === 0 ? start : days.sameTimeMs(start, duration.businessDays);
}

function before(at: number, duration: Duration, days: WorkingDays): number {
  if ('ms' in duration) return at - duration.ms;
  return duration.businessDays === 0 ? at : days.sameTimeMs(at, -duration.businessDays);
}

function dueAt(
  from: number,
  rule: { readonly duration: Duration; readonly sameDayMinimumMs: number; readonly sameDaySpillMs: number },
  days: WorkingDays,
): number {
  if ('ms' in rule.duration) return from + rule.duration.ms;
  const start = days.startMs(from);
  const startDay = days.dayAt(start);
  if (rule.duration.businessDays > 0) return days.closesAtMs(days.plus(startDay, rule.duration.businessDays));
  const closesAt = days.closesAtMs(startDay);
  if (closesAt - start >= rule.sameDayMinimumMs) return closesAt;
  const nextDay = days.plus(startDay, 1);
  // A spill longer than the next working day ends with that day, not at night.
  return Math.min(days.opensAtMs(nextDay) + rule.sameDaySpillMs, days.closesAtMs(nextDay));
}

/** The number of an ISO date, counted from 1970-01-01. */
function dayOf(date: string): number {
  return new Temporal.PlainDate(1970, 1, 1).until(Temporal.PlainDate.from(date)).days;
}
