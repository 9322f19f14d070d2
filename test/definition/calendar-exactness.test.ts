/** The days that are kept give the same deadlines as asking the calendar library every time. */
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import {
  type BusinessCalendar,
  computeDeadline,
  handoffDeadlines,
  isWorkingDay,
  workingStart,
} from '../../src/definition/calendar.js';
import { WEEKDAYS } from '../../src/definition/document.js';
import { instantAt, offsetAt } from '../../src/definition/zone-clock.js';
import type { DeadlineQuery } from '../../src/domain/decision.js';
import type { Duration, HandoffPolicy, Intent } from '../../src/domain/definition.js';
import { plainDeadline, plainHandoffDeadlines, plainStart } from './calendar-reference.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const ZONES = [
  'America/New_York',
  'America/St_Johns', // half an hour, and until 2011 a change one minute after midnight
  'America/Sao_Paulo', // a change at midnight until 2019
  'America/Caracas', // half an hour to and fro, without summer time
  'Europe/Berlin',
  'Africa/Casablanca', // two changes within a month
  'Africa/Monrovia', // an offset with seconds until 1972
  'Antarctica/Troll', // a change by two hours
  'Asia/Gaza',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Pyongyang',
  'Asia/Tokyo',
  'Australia/Adelaide',
  'Australia/Eucla',
  'Australia/Lord_Howe', // a change by half an hour
  'Pacific/Apia', // no 2011-12-30
  'Pacific/Chatham',
  'Pacific/Kwajalein', // no 1993-08-21
  'UTC',
] as const;

/** Where the clocks of a zone have changed within the last three days, found the slow way. */
const changes = new Map<string, number[]>();
function changesOf(zone: string): number[] {
  let found = changes.get(zone);
  if (!found) {
    found = [];
    let last: number | undefined;
    for (let at = Date.UTC(1990, 0, 1); at < Date.UTC(2035, 0, 1); at += 3 * DAY) {
      const offset = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).offsetNanoseconds;
      if (last !== undefined && last !== offset) found.push(at);
      last = offset;
    }
    changes.set(zone, found);
  }
  return found;
}

const anyInstant = fc.integer({ min: Date.UTC(1971, 0, 1), max: Date.UTC(2038, 0, 1) });
const nearChange = (zone: string) =>
  fc
    .tuple(fc.constantFrom(...changesOf(zone)), fc.integer({ min: -6 * 96, max: 6 * 96 }), fc.nat(2))
    .map(([change, quarters, odd]) => change + quarters * 15 * MINUTE + [0, 1, -61_003][odd]!);
const instantIn = (zone: string) =>
  changesOf(zone).length === 0
    ? anyInstant
    : fc.oneof(anyInstant, { arbitrary: nearChange(zone), weight: 3 });

const clock = (quarters: number) =>
  `${String(Math.floor(quarters / 4)).padStart(2, '0')}:${String((quarters % 4) * 15).padStart(2, '0')}`;
const hours = fc
  .oneof(
    fc.uniqueArray(fc.nat(96), { minLength: 2, maxLength: 2 }),
    fc.constantFrom([0, 96], [36, 68], [8, 12], [0, 10], [80, 96]),
  )
  .map(([one = 0, other = 96]) => ({ from: clock(Math.min(one, other)), to: clock(Math.max(one, other)) }));

const date = (at: number) => new Date(at).toISOString().slice(0, 10);
const situation = fc.constantFrom(...ZONES).chain((timeZone) =>
  instantIn(timeZone).chain((from) => {
    const near = fc.integer({ min: -20, max: 40 }).map((offset) => from + offset * DAY);
    const calendar: fc.Arbitrary<BusinessCalendar> = fc.record({
      timeZone: fc.constant(timeZone),
      workingDays: fc.oneof(
        fc.subarray([...WEEKDAYS], { minLength: 1 }),
        fc.constantFrom(...WEEKDAYS).map((day) => [day]),
      ),
      workingHours: hours,
      holidays: fc.array(near.map(date), { maxLength: 5 }),
      absences: fc.array(
        fc.tuple(near, fc.integer({ min: -1, max: 14 })).map(([at, length]) => ({
          from: date(at),
          to: date(at + length * DAY),
        })),
        { maxLength: 3 },
      ),
    });
    return fc.record({ calendar, from: fc.constant(from), day: near.map(date), later: near });
  }),
);
const duration: fc.Arbitrary<Duration> = fc.oneof(
  { arbitrary: fc.record({ businessDays: fc.nat(20) }), weight: 4 },
  fc.record({ ms: fc.nat(3 * DAY) }),
);

function termsOf(sla: Duration, remind: Duration | null, due: Duration): HandoffPolicy {
  const promise = {
    firstActivityWithin: sla,
    remindBefore: remind,
    lapseExtension: { businessDays: 1 },
    reassignments: 0,
    satisfiedBy: ['call'],
  } as const;
  return {
    due: { high: { businessDays: 0 }, warm: due, sameDayMinimumMs: HOUR, sameDaySpillMs: 2 * HOUR },
    sla: { high: promise, warm: promise },
    idle: { remindRepMs: 0, remindManagerMs: 0, closeMs: 0 },
    changeDispositionWithinMs: 0,
    final: null,
    bridge: null,
  };
}

describe('the days that are kept', () => {
  it('place every single deadline as the library does', () => {
    const limits = fc.record({ sameDayMinimumMs: fc.nat(5 * HOUR), sameDaySpillMs: fc.nat(9 * HOUR) });
    fc.assert(
      fc.property(situation, duration, limits, ({ calendar, from, day, later }, length, sameDay) => {
        const rules: DeadlineQuery['rule'][] = [
          { kind: 'after', duration: length },
          { kind: 'before', duration: length },
          { kind: 'due', duration: length, ...sameDay },
          { kind: 'due', duration: { businessDays: 0 }, ...sameDay },
          { kind: 'on', date: day },
        ];
        for (const at of [from, later]) {
          expect(workingStart(at, calendar)).toBe(plainStart(at, calendar));
          for (const rule of rules) {
            const query = { from: at, rep: null, rule };
            expect(computeDeadline(query, calendar)).toBe(plainDeadline(query, calendar));
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('place the deadlines of every handoff as the library does', () => {
    const intent = fc.constantFrom<Intent>('high', 'warm');
    const terms = fc
      .tuple(duration, fc.option(duration), duration)
      .map(([sla, remind, due]) => termsOf(sla, remind, due));
    fc.assert(
      fc.property(situation, intent, terms, ({ calendar, from }, wanted, policy) => {
        const handoff = { startedAt: from, intent: wanted, terms: policy, calendar };
        expect(handoffDeadlines(handoff)).toEqual(plainHandoffDeadlines(handoff));
      }),
      { numRuns: 400 },
    );
  });

  it('are not mixed up between calendars that differ in one thing', () => {
    fc.assert(
      fc.property(situation, ({ calendar, day }) => {
        const off: BusinessCalendar = { ...calendar, holidays: [...calendar.holidays, day] };
        const away: BusinessCalendar = { ...calendar, absences: [{ from: day, to: day }] };
        const before = isWorkingDay(day, calendar);
        expect(isWorkingDay(day, off)).toBe(false);
        expect(isWorkingDay(day, away)).toBe(false);
        expect(isWorkingDay(day, { ...calendar })).toBe(before);
      }),
    );
  });
});

describe('the clocks of a zone', () => {
  it('show what the library says, and at the same instants, around every change', () => {
    const wrong: string[] = [];
    for (const zone of ZONES) {
      for (const change of changesOf(zone).filter((at) => at > Date.UTC(2005, 0, 1))) {
        for (let at = change - 5 * DAY; at < change + 2 * DAY; at += 157 * MINUTE) {
          const instant = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
          if (offsetAt(at, zone) !== instant.offsetNanoseconds / 1e6) wrong.push(`offset ${zone} ${at}`);
          const local = Temporal.Instant.fromEpochMilliseconds(at)
            .toZonedDateTimeISO('UTC')
            .toPlainDateTime();
          const exact = local.toZonedDateTime(zone).epochMilliseconds;
          if (instantAt(at, zone) !== exact) wrong.push(`instant ${zone} ${at}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});
