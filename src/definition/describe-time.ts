/** Instants and dates of a document in words, in the team's time zone. */
import { Temporal } from 'temporal-polyfill';
import { WEEKDAYS, type Weekday, type WorkingHours } from './document.js';
import { listWords } from './words.js';

const WEEKDAY_NAME = new Intl.DateTimeFormat('en-GB', { weekday: 'long', timeZone: 'UTC' });
const MONTH_NAME = new Intl.DateTimeFormat('en-GB', { month: 'long', timeZone: 'UTC' });

export class Clock {
  /** Years are left out where they are that of `relativeToMs`. Throws RangeError for an unknown zone. */
  constructor(
    readonly timeZone: string,
    private readonly relativeToMs: number,
  ) {}

  /** `Saturday 28 November at 11:00`; the seconds only where there are some. */
  moment(atMs: number): string {
    const at = this.#zoned(atMs);
    return `${this.#day(at.toPlainDate(), at.year !== this.#zoned(this.relativeToMs).year)} at ${clockWords(at)}`;
  }

  /** With its year: `Saturday 28 November 2026 at 11:00`. */
  fullMoment(atMs: number): string {
    const at = this.#zoned(atMs);
    return `${this.#day(at.toPlainDate(), true)} at ${clockWords(at)}`;
  }

  /** `Thursday 26 November 2026`. */
  date(isoDate: string): string {
    return this.#day(Temporal.PlainDate.from(isoDate), true);
  }

  /** The ISO date that is so many days after that of an instant. */
  dateAfter(atMs: number, days: number): string {
    return this.#zoned(atMs).toPlainDate().add({ days }).toString();
  }

  #zoned(atMs: number): Temporal.ZonedDateTime {
    return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(this.timeZone);
  }

  #day(date: Temporal.PlainDate, withYear: boolean): string {
    // Part by part: how a locale joins them differs from one build of Node to the next.
    const atMs = date.toZonedDateTime('UTC').epochMilliseconds;
    const [weekday, month] = [WEEKDAY_NAME.format(atMs), MONTH_NAME.format(atMs)];
    return `${weekday} ${date.day} ${month}${withYear ? ` ${date.year}` : ''}`;
  }
}

function clockWords(at: Temporal.ZonedDateTime): string {
  return at.toPlainTime().toString({ smallestUnit: at.second === 0 ? 'minute' : 'second' });
}

/**
 * The moments at which worked examples happen unless a caller has others: after an ISO date, the first Wednesday
 * afternoon and the first Saturday morning, in the team's time zone.
 */
export function exampleMoments(isoDate: string, timeZone: string): readonly number[] {
  const after = Temporal.PlainDate.from(isoDate);
  const on = (weekday: Weekday, time: string) => {
    const ahead = (WEEKDAYS.indexOf(weekday) + 1 - after.dayOfWeek + 6) % 7;
    return after.add({ days: ahead + 1 }).toZonedDateTime({ timeZone, plainTime: time }).epochMilliseconds;
  };
  return [on('wed', '14:30'), on('sat', '11:00')];
}

const WEEKDAY_WORDS: Readonly<Record<Weekday, string>> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

/** `Monday to Friday`, `Monday, Wednesday and Friday`. */
export function workingDaysWords(days: readonly Weekday[]): string {
  const worked = WEEKDAYS.filter((day) => days.includes(day));
  const names = worked.map((day) => WEEKDAY_WORDS[day]);
  const first = WEEKDAYS.indexOf(worked[0] ?? 'mon');
  const inARow = worked.every((day, index) => WEEKDAYS.indexOf(day) === first + index);
  return inARow && names.length > 2 ? `${names[0]} to ${names.at(-1)}` : listWords(names, 'and');
}

/** `09:00 to 17:00`. */
export const hoursWords = ({ from, to }: WorkingHours): string => `${from} to ${to}`;
