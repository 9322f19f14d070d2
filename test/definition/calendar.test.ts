import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import {
  type BusinessCalendar,
  calendarFor,
  calendarHash,
  computeDeadline,
  handoffDeadlines,
  isWorkingDay,
  localDate,
  type RepCalendar,
  repCalendar,
  workingStart,
} from '../../src/definition/calendar.js';
import type { HandoffDefinition } from '../../src/definition/document.js';
import type { DeadlineQuery } from '../../src/domain/decision.js';
import type { Duration, HandoffPolicy, Intent } from '../../src/domain/definition.js';

const HOUR = 3_600_000;
const team: BusinessCalendar = {
  timeZone: 'America/New_York',
  workingDays: ['mon', 'tue', 'wed', 'thu', 'fri'],
  workingHours: { from: '09:00', to: '17:00' },
  holidays: ['2026-11-26', '2026-12-25', '2027-01-01'],
  absences: [],
};
const tokyo: BusinessCalendar = { ...team, timeZone: 'Asia/Tokyo' };

const at = (local: string, calendar = team) =>
  Temporal.PlainDateTime.from(local).toZonedDateTime(calendar.timeZone).epochMilliseconds;
const shown = (ms: number | null, calendar = team) =>
  ms === null
    ? null
    : Temporal.Instant.fromEpochMilliseconds(ms)
        .toZonedDateTimeISO(calendar.timeZone)
        .toPlainDateTime()
        .toString()
        .slice(0, 16);
const ask = (from: number, rule: DeadlineQuery['rule'], calendar = team) =>
  computeDeadline({ from, rep: null, rule }, calendar);
const later = (local: string, duration: Duration, calendar = team) =>
  shown(ask(at(local, calendar), { kind: 'after', duration }, calendar), calendar);
const due = (local: string, duration: Duration, calendar = team) =>
  shown(
    ask(
      at(local, calendar),
      { kind: 'due', duration, sameDayMinimumMs: HOUR, sameDaySpillMs: 2 * HOUR },
      calendar,
    ),
    calendar,
  );
const on = (date: string, calendar = team) => shown(ask(0, { kind: 'on', date }, calendar), calendar);
const earlier = (local: string, duration: Duration, calendar = team) =>
  shown(ask(at(local, calendar), { kind: 'before', duration }, calendar), calendar);
const days = (businessDays: number): Duration => ({ businessDays });

const sla = {
  firstActivityWithin: days(3),
  remindBefore: days(1),
  lapseExtension: days(1),
  reassignments: 0,
  satisfiedBy: ['call'],
} as const;
const terms: HandoffPolicy = {
  due: { high: days(0), warm: days(1), sameDayMinimumMs: HOUR, sameDaySpillMs: 2 * HOUR },
  sla: { high: sla, warm: sla },
  idle: { remindRepMs: 0, remindManagerMs: 0, closeMs: 0 },
  changeDispositionWithinMs: 0,
  final: null,
  bridge: null,
};
function deadlines(local: string, intent: Intent, calendar = team, policy = terms) {
  const found = handoffDeadlines({ startedAt: at(local, calendar), intent, terms: policy, calendar });
  return Object.fromEntries(Object.entries(found).map(([name, ms]) => [name, shown(ms, calendar)]));
}

describe('the deadlines of lifecycle.md, New York with Thanksgiving', () => {
  it('handoff Wednesday 14:30, warm: task Friday at closing, SLA Tuesday 14:30', () => {
    expect(deadlines('2026-11-25T14:30', 'warm')).toEqual({
      slaStartsAt: '2026-11-25T14:30',
      taskDueAt: '2026-11-27T17:00',
      slaDueAt: '2026-12-01T14:30',
      slaRemindAt: '2026-11-30T14:30',
      bridgeExpiresAt: '2026-11-27T14:30',
    });
  });

  it('handoff Wednesday 14:30, high intent: task the same day at closing', () => {
    expect(deadlines('2026-11-25T14:30', 'high')).toMatchObject({
      taskDueAt: '2026-11-25T17:00',
      slaDueAt: '2026-12-01T14:30',
    });
  });

  it('high intent Wednesday 16:15 spills two working hours into Friday', () => {
    expect(due('2026-11-25T16:15', days(0))).toBe('2026-11-27T11:00');
  });

  it('a handoff on Saturday starts on Monday at opening', () => {
    expect(deadlines('2026-11-28T11:00', 'high')).toMatchObject({
      slaStartsAt: '2026-11-30T09:00',
      taskDueAt: '2026-11-30T17:00',
      slaDueAt: '2026-12-03T09:00',
    });
  });

  it('a handoff at Saturday 18:13 in Tokyo starts Monday 09:00 there', () => {
    const handoff = at('2026-11-28T18:13', tokyo);
    expect(shown(workingStart(handoff, tokyo), tokyo)).toBe('2026-11-30T09:00');
    expect(deadlines('2026-11-28T18:13', 'warm', tokyo)).toMatchObject({
      slaStartsAt: '2026-11-30T09:00',
      taskDueAt: '2026-12-01T17:00',
      slaDueAt: '2026-12-03T09:00',
    });
  });
});

describe('business days', () => {
  it('keep the exact second', () => {
    const from = at('2026-11-23T10:00:07.123');
    expect(ask(from, { kind: 'after', duration: days(1) })).toBe(at('2026-11-24T10:00:07.123'));
  });

  it('before opening start at opening; closing time itself is outside', () => {
    expect(later('2026-11-23T07:59', days(1))).toBe('2026-11-24T09:00');
    expect(later('2026-11-23T09:00', days(1))).toBe('2026-11-24T09:00');
    expect(later('2026-11-23T16:59', days(1))).toBe('2026-11-24T16:59');
    expect(later('2026-11-23T17:00', days(1))).toBe('2026-11-25T09:00');
  });

  it('zero business days is the start itself', () => {
    expect(later('2026-11-22T12:00', days(0))).toBe('2026-11-23T09:00');
  });

  it('exactly one hour before closing is still the same day, one second less is not', () => {
    expect(due('2026-11-23T16:00', days(0))).toBe('2026-11-23T17:00');
    expect(due('2026-11-23T16:00:01', days(0))).toBe('2026-11-24T11:00');
  });

  it('a spill ends with the next working day at the latest', () => {
    const short: BusinessCalendar = { ...team, workingHours: { from: '09:00', to: '10:30' } };
    expect(due('2026-11-23T09:45', days(0), short)).toBe('2026-11-24T10:30');
  });

  it('cross the end of the year', () => {
    expect(later('2026-12-31T10:00', days(1))).toBe('2027-01-04T10:00');
    expect(due('2026-12-30T10:00', days(2))).toBe('2027-01-04T17:00');
  });

  it('do not count a holiday twice that falls on a weekend', () => {
    const calendar = { ...team, holidays: ['2026-11-28'] };
    expect(later('2026-11-27T10:00', days(1), calendar)).toBe('2026-11-30T10:00');
  });

  it('pass over absences', () => {
    const absent = { ...team, absences: [{ from: '2026-11-24', to: '2026-11-25' }] };
    expect(later('2026-11-23T10:00', days(1), absent)).toBe('2026-11-27T10:00');
    expect(isWorkingDay('2026-11-25', absent)).toBe(false);
    expect(isWorkingDay('2026-11-26', team)).toBe(false);
    expect(isWorkingDay('2026-11-27', absent)).toBe(true);
  });

  it('run back the same way', () => {
    expect(earlier('2026-12-01T14:30', days(1))).toBe('2026-11-30T14:30');
    expect(earlier('2026-11-27T09:00', days(1))).toBe('2026-11-25T09:00');
    expect(earlier('2026-11-29T12:00', days(2))).toBe('2026-11-25T12:00');
    expect(earlier('2026-11-29T12:00', { ms: HOUR })).toBe('2026-11-29T11:00');
  });

  it('a promised date is its opening, or the next working day’s', () => {
    expect(on('2026-11-25')).toBe('2026-11-25T09:00');
    expect(on('2026-11-26')).toBe('2026-11-27T09:00');
    expect(on('2026-11-28')).toBe('2026-11-30T09:00');
  });

  it('work until midnight', () => {
    const late: BusinessCalendar = { ...team, workingHours: { from: '14:00', to: '24:00' } };
    expect(due('2026-11-23T22:00', days(0), late)).toBe('2026-11-24T00:00');
    expect(due('2026-11-23T23:30', days(0), late)).toBe('2026-11-24T16:00');
  });
});

describe('calendars that make no sense', () => {
  const whenever: DeadlineQuery['rule'][] = [
    { kind: 'after', duration: days(1) },
    { kind: 'before', duration: days(1) },
    { kind: 'due', duration: days(0), sameDayMinimumMs: HOUR, sameDaySpillMs: HOUR },
    { kind: 'on', date: '2026-11-23' },
  ];
  const refusal = (calendar: BusinessCalendar) =>
    whenever.map((rule) => {
      try {
        return ask(at('2026-11-23T10:00'), rule, calendar);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return (error as Error).message;
      }
    });
  const none = (from: string, remedy: string) =>
    `This calendar has no working day within ten years of ${from}: ${remedy}.`;

  it('say where to look when somebody is away for good', () => {
    const never = { ...team, absences: [{ from: '2000-01-01', to: '2100-01-01' }] };
    const remedy = 'look at its absences and holidays';
    expect(refusal(never)).toEqual([
      none('2026-11-24', remedy),
      none('2026-11-22', remedy),
      none('2026-11-24', remedy),
      none('2026-11-23', remedy),
    ]);
    expect(() => workingStart(at('2026-11-23T10:00'), never)).toThrow(none('2026-11-24', remedy));
  });

  it('say so when no day of the week is worked', () => {
    const empty = { ...team, workingDays: [] };
    expect(refusal(empty)[0]).toBe(none('2026-11-24', 'it names no working days'));
  });

  it('find the day after an absence of nearly ten years', () => {
    const long = { ...team, absences: [{ from: '2026-11-24', to: '2036-11-23' }] };
    expect(later('2026-11-23T10:00', days(1), long)).toBe('2036-11-24T10:00');
  });

  it('an absence that ends before it begins is no absence', () => {
    const reversed = { ...team, absences: [{ from: '2026-11-25', to: '2026-11-24' }] };
    expect(later('2026-11-23T10:00', days(2), reversed)).toBe('2026-11-25T10:00');
  });

  it('a zone, a time of day, an instant and a date that do not exist are refused', () => {
    expect(() => later('2026-11-23T10:00', days(1), { ...team, timeZone: 'Mars/Olympus' })).toThrow(
      RangeError,
    );
    expect(() => workingStart(0, { ...team, timeZone: 'Mars/Olympus' })).toThrow(RangeError);
    expect(() => workingStart(0, { ...team, workingHours: { from: '09:00', to: '25:00' } })).toThrow(
      RangeError,
    );
    for (const wrong of [Number.NaN, 1.5, Number.POSITIVE_INFINITY]) {
      expect(() => workingStart(wrong, team)).toThrow(`not ${wrong}`);
    }
    expect(() => on('2026-02-30')).toThrow(RangeError);
    expect(() => isWorkingDay('tomorrow', team)).toThrow(RangeError);
  });
});

describe('plain durations', () => {
  it('run by the wall clock from the handoff itself, whatever the hour', () => {
    expect(later('2026-11-28T03:00', { ms: 60_000 })).toBe('2026-11-28T03:01');
    expect(due('2026-11-28T03:00', { ms: 4 * HOUR })).toBe('2026-11-28T07:00');
  });

  it('start the SLA at the handoff; a reminder that is not after the start is skipped', () => {
    const fast = { ...sla, firstActivityWithin: { ms: 60_000 }, remindBefore: { ms: 60_000 } };
    const policy: HandoffPolicy = {
      ...terms,
      sla: { high: fast, warm: { ...fast, remindBefore: { ms: 30_000 } } },
    };
    expect(deadlines('2026-11-28T03:00', 'high', team, policy)).toMatchObject({
      slaStartsAt: '2026-11-28T03:00',
      slaDueAt: '2026-11-28T03:01',
      slaRemindAt: null,
    });
    const found = handoffDeadlines({ startedAt: 0, intent: 'warm', terms: policy, calendar: team });
    expect(found.slaRemindAt).toBe(30_000);
  });

  it('a business-day reminder for a one-day SLA is skipped', () => {
    const short: HandoffPolicy = {
      ...terms,
      sla: { high: sla, warm: { ...sla, firstActivityWithin: days(1) } },
    };
    expect(deadlines('2026-11-23T10:00', 'warm', team, short)).toMatchObject({ slaRemindAt: null });
  });
});

describe('clock changes', () => {
  const night: BusinessCalendar = {
    ...team,
    workingDays: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
    workingHours: { from: '00:00', to: '04:00' },
    holidays: [],
  };

  it('a local time that is skipped moves forward', () => {
    expect(later('2026-03-07T02:30', days(1), night)).toBe('2026-03-08T03:30');
  });

  it('a local time that is repeated takes the first', () => {
    const found = ask(at('2026-10-31T01:30', night), { kind: 'after', duration: days(1) }, night);
    expect(new Date(found).toISOString()).toBe('2026-11-01T05:30:00.000Z');
  });

  it('keep the local time across both changes', () => {
    expect(later('2026-03-06T14:30', days(1))).toBe('2026-03-09T14:30');
    expect(later('2026-10-30T14:30', days(1))).toBe('2026-11-02T14:30');
  });

  it('half-hour zones', () => {
    const india: BusinessCalendar = { ...team, timeZone: 'Asia/Kolkata', holidays: [] };
    const found = ask(Date.parse('2026-11-23T11:31:00Z'), { kind: 'after', duration: days(1) }, india);
    expect(new Date(found).toISOString()).toBe('2026-11-25T03:30:00.000Z');
  });
});

describe('whose calendar', () => {
  const definition = { calendar: team } as unknown as HandoffDefinition;
  const blank: RepCalendar = {
    timeZone: null,
    workingDays: null,
    workingHours: null,
    holidays: [],
    absences: [],
  };

  it('the team’s where the rep says nothing', () => {
    expect(calendarFor(definition, null)).toEqual(team);
    expect(calendarFor(definition, blank)).toEqual(team);
  });

  it('the rep’s own, field by field', () => {
    const rep = repCalendar({
      time_zone: 'Europe/Berlin',
      working_days: ['thu', 'mon'],
      working_hours: { from: '08:00', to: '12:00' },
      holidays: ['2026-10-03'],
      absences: [{ from: '2026-12-01', to: '2026-12-31' }],
    });
    expect(calendarFor(definition, rep)).toEqual({
      timeZone: 'Europe/Berlin',
      workingDays: ['mon', 'thu'],
      workingHours: { from: '08:00', to: '12:00' },
      holidays: ['2026-10-03'],
      absences: [{ from: '2026-12-01', to: '2026-12-31' }],
    });
  });

  it('a rep in another zone gets deadlines in that zone', () => {
    const berlin = calendarFor(definition, { ...blank, timeZone: 'Europe/Berlin' });
    const found = ask(at('2026-11-23T14:30'), { kind: 'after', duration: days(1) }, berlin);
    // 14:30 in New York is 20:30 in Berlin, after hours: the clock starts on Tuesday at 09:00 there.
    expect(shown(found, berlin)).toBe('2026-11-25T09:00');
  });

  it('is named by its content, in whatever order it is listed', () => {
    const shuffled: BusinessCalendar = {
      ...team,
      workingDays: [...team.workingDays].reverse(),
      holidays: [...team.holidays].reverse(),
    };
    expect(calendarHash(shuffled)).toBe(calendarHash(team));
    expect(calendarHash(tokyo)).not.toBe(calendarHash(team));
    expect(calendarHash(team)).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('the local date of an instant', () => {
  it('agrees with the calendar library, around clock changes too', () => {
    for (const zone of [
      'America/New_York',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
      'America/St_Johns',
      'UTC',
      'Pacific/Apia',
    ]) {
      for (
        let ms = Date.parse('2006-01-01T00:00:00Z');
        ms < Date.parse('2027-01-01T00:00:00Z');
        ms += 213_777_333
      ) {
        const exact = Temporal.Instant.fromEpochMilliseconds(ms)
          .toZonedDateTimeISO(zone)
          .toPlainDate()
          .toString();
        if (localDate(ms, zone) !== exact) expect(`${zone} ${ms} ${localDate(ms, zone)}`).toBe(exact);
      }
    }
    // St. John’s changed its clocks one minute after midnight.
    expect(localDate(Date.parse('2010-11-07T02:30:59Z'), 'America/St_Johns')).toBe('2010-11-07');
    expect(localDate(Date.parse('2010-11-07T02:31:00Z'), 'America/St_Johns')).toBe('2010-11-06');
  });

  it('refuses a zone that does not exist', () => {
    expect(() => localDate(0, 'Mars/Olympus')).toThrow(RangeError);
  });
});
