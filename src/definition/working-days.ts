/** The days of one calendar: which of them are worked, and from when to when. Days are numbered from 1970-01-01, day 0. */
import { Temporal } from 'temporal-polyfill';
import { WEEKDAYS, type Weekday, type WorkingHours } from './document.js';
import { isoDate } from './local-date.js';
import { DAY_MS, instantAt, offsetAt } from './zone-clock.js';

/** ISO dates, both included. */
export interface AbsenceSpan {
  readonly from: string;
  readonly to: string;
}

export interface BusinessCalendar {
  readonly timeZone: string;
  readonly workingDays: readonly Weekday[];
  readonly workingHours: WorkingHours;
  readonly holidays: readonly string[];
  readonly absences: readonly AbsenceSpan[];
}

interface Hours {
  readonly opensAtMs: number;
  readonly closesAtMs: number;
}

/** No calendar that means something has so long a stretch without a working day. */
const SEARCH_DAYS = 3_700;
/** A search through the longest stretch fits in. */
const DAYS_MAX = 4_096;
/** Calendars of as many reps as handoffs are likely to go round among. */
const CALENDARS_MAX = 256;
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = WEEKDAYS.indexOf('thu');

const byCalendar = new WeakMap<BusinessCalendar, WorkingDays>();
const byContent = new Map<string, WorkingDays>();

/** The days of a calendar, shared by all calendars that say the same. Throws RangeError for an impossible working hour. */
export function workingDaysOf(calendar: BusinessCalendar): WorkingDays {
  const known = byCalendar.get(calendar);
  if (known) return known;
  const content = JSON.stringify([
    calendar.timeZone,
    calendar.workingHours.from,
    calendar.workingHours.to,
    calendar.workingDays,
    calendar.holidays,
    calendar.absences,
  ]);
  let days = byContent.get(content);
  if (!days) {
    days = new WorkingDays(calendar);
    const [oldest] = byContent.keys();
    if (oldest !== undefined && byContent.size >= CALENDARS_MAX) byContent.delete(oldest);
    byContent.set(content, days);
  }
  byCalendar.set(calendar, days);
  return days;
}

/** Instants are epoch milliseconds, UTC. Each day is worked out once, when it is first asked for. */
export class WorkingDays {
  private readonly opensMs: number;
  private readonly closesMs: number;
  /** Null for a day on which nobody works. */
  private readonly hoursByDay = new Map<number, Hours | null>();

  constructor(private readonly calendar: BusinessCalendar) {
    this.opensMs = timeOfDayMs(calendar.workingHours.from);
    this.closesMs = timeOfDayMs(calendar.workingHours.to);
  }

  /** Throws RangeError for what is no instant. */
  dayAt(atMs: number): number {
    return Math.floor(this.localMs(atMs) / DAY_MS);
  }

  isWorking(day: number): boolean {
    return this.hours(day) !== null;
  }

  /** When work would begin on a day, worked or not. */
  opensAtMs(day: number): number {
    return this.hours(day)?.opensAtMs ?? this.instant(day, this.opensMs);
  }

  /** When work would end on a day, worked or not. */
  closesAtMs(day: number): number {
    return this.hours(day)?.closesAtMs ?? this.instant(day, this.closesMs);
  }

  /** The moment itself within working hours, else the next opening. Closing time is outside. */
  startMs(fromMs: number): number {
    const day = this.dayAt(fromMs);
    const hours = this.hours(day);
    if (hours && fromMs < hours.closesAtMs) return Math.max(fromMs, hours.opensAtMs);
    return this.opensAtMs(this.plus(day, 1));
  }

  /** The same local time on the `count`-th working day after an instant's day (before it, when negative). */
  sameTimeMs(atMs: number, count: number): number {
    const localMs = this.localMs(atMs);
    const day = Math.floor(localMs / DAY_MS);
    return this.instant(this.plus(day, count), localMs - day * DAY_MS);
  }

  /**
   * The `count`-th working day after a day (before it, when negative); the day itself is not counted.
   * Throws RangeError when none is found for ten years.
   */
  plus(day: number, count: number): number {
    const step = count < 0 ? -1 : 1;
    let found = day;
    for (let left = Math.abs(count); left > 0; left -= 1) found = this.nearest(found + step, step);
    return found;
  }

  /** The day itself if it is worked, else the nearest one in the direction of `step`. Throws RangeError as `plus` does. */
  nearest(day: number, step: 1 | -1): number {
    for (let days = 0; days < SEARCH_DAYS; days += 1) {
      if (this.isWorking(day + days * step)) return day + days * step;
    }
    const { workingDays } = this.calendar;
    const remedy =
      workingDays.length === 0 ? 'it names no working days' : 'look at its absences and holidays';
    throw new RangeError(`This calendar has no working day within ten years of ${isoDate(day)}: ${remedy}.`);
  }

  private hours(day: number): Hours | null {
    let hours = this.hoursByDay.get(day);
    if (hours === undefined) {
      if (this.hoursByDay.size >= DAYS_MAX) this.hoursByDay.clear();
      hours = this.isWorkingDate(day)
        ? { opensAtMs: this.instant(day, this.opensMs), closesAtMs: this.instant(day, this.closesMs) }
        : null;
      this.hoursByDay.set(day, hours);
    }
    return hours;
  }

  private isWorkingDate(day: number): boolean {
    const { workingDays, holidays, absences } = this.calendar;
    const weekday = WEEKDAYS[(((day + FIRST_WEEKDAY) % 7) + 7) % 7];
    if (weekday === undefined || !workingDays.includes(weekday)) return false;
    const date = isoDate(day);
    return !holidays.includes(date) && !absences.some(({ from, to }) => from <= date && date <= to);
  }

  private localMs(atMs: number): number {
    if (!Number.isInteger(atMs)) {
      throw new RangeError(`An instant is a whole number of milliseconds since 1970, not ${atMs}.`);
    }
    return atMs + offsetAt(atMs, this.calendar.timeZone);
  }

  private instant(day: number, timeMs: number): number {
    return instantAt(day * DAY_MS + timeMs, this.calendar.timeZone);
  }
}

/** 24:00 is the midnight that ends the day. */
function timeOfDayMs(clock: string): number {
  if (clock === '24:00') return DAY_MS;
  return Temporal.PlainTime.from(clock).since(new Temporal.PlainTime()).total('milliseconds');
}
