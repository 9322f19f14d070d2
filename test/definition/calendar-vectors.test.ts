/** Deadlines against a second source: calendar-vectors.py works them out with Python's zoneinfo and none of our code. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type BusinessCalendar,
  calendarFor,
  computeDeadline,
  handoffDeadlines,
  type RepCalendar,
  workingStart,
} from '../../src/definition/calendar.js';
import type { HandoffDefinition } from '../../src/definition/document.js';
import type { DeadlineQuery } from '../../src/domain/decision.js';
import type { HandoffPolicy, Intent } from '../../src/domain/definition.js';

const golden = JSON.parse(readFileSync(new URL('./calendar-vectors.json', import.meta.url), 'utf8')) as {
  terms: {
    slaDays: number;
    remindDays: number;
    dueDays: Record<Intent, number>;
    sameDayMinimumMs: number;
    sameDaySpillMs: number;
  };
  calendars: Record<string, BusinessCalendar>;
  reps: Record<string, { team: string; rep: Partial<RepCalendar> }>;
  kinds: Record<string, string[]>;
};

/** What has to be covered; a kind that somebody drops from the script fails here by its name. */
const KINDS = [
  'the examples of the specification',
  'a deadline on a local time that is skipped',
  'a deadline on a local time that is repeated',
  'a span across clocks going forward',
  'a span across clocks going back',
  'a handoff while clocks go forward',
  'a handoff while clocks go back',
  'half-hour and 45-minute zones',
  'the end of the year',
  'the leap day',
  'holidays on weekends',
  'before opening, after closing, on a day off',
  'a zone that skips a day',
  'a rep in another zone than the team',
  'absences of days',
  'absences over weekends and holidays',
  'after N business days, N from 0 to 20',
  'due N business days, N from 0 to 20',
  'before N business days, N from 0 to 20',
  'high intent: the same day, its minimum and the spill',
  'warm task: closing time of the N-th working day',
  'reminder: N business days before',
  'follow-up date: opening of that day or the next working day',
  'bridge email: expires after a business day',
  'handoffs at random',
];

const { slaDays, remindDays, dueDays, sameDayMinimumMs, sameDaySpillMs } = golden.terms;
const sla = {
  firstActivityWithin: { businessDays: slaDays },
  remindBefore: { businessDays: remindDays },
  lapseExtension: { businessDays: 1 },
  reassignments: 0,
  satisfiedBy: ['call'],
} as const;
const terms: HandoffPolicy = {
  due: {
    high: { businessDays: dueDays.high },
    warm: { businessDays: dueDays.warm },
    sameDayMinimumMs,
    sameDaySpillMs,
  },
  sla: { high: sla, warm: sla },
  idle: { remindRepMs: 0, remindManagerMs: 0, closeMs: 0 },
  changeDispositionWithinMs: 0,
  final: null,
  bridge: null,
};

function calendarNamed(name: string): BusinessCalendar {
  const rep = golden.reps[name];
  if (!rep) return golden.calendars[name]!;
  const team = { calendar: golden.calendars[rep.team] } as unknown as HandoffDefinition;
  const silent = { timeZone: null, workingDays: null, workingHours: null, holidays: [], absences: [] };
  return calendarFor(team, { ...silent, ...rep.rep });
}

function ruleOf(ask: string): DeadlineQuery['rule'] {
  const [word, rest = ''] = ask.split(' ');
  const duration = { businessDays: Number(rest) };
  if (word === 'on') return { kind: 'on', date: rest };
  if (word === 'due') return { kind: 'due', duration, sameDayMinimumMs, sameDaySpillMs };
  if (word === 'after' || word === 'before') return { kind: word, duration };
  throw new Error(`calendar-vectors.json asks something unknown: ${ask}`);
}

function answer(calendar: BusinessCalendar, from: number, ask: string): number | null {
  if (ask === 'start') return workingStart(from, calendar);
  const [word, intent, field] = ask.split(' ');
  if (word !== 'handoff') return computeDeadline({ from, rep: null, rule: ruleOf(ask) }, calendar);
  const all = handoffDeadlines({ startedAt: from, intent: intent as Intent, terms, calendar });
  return all[field as keyof typeof all];
}

const shown = (ms: number | null) =>
  ms === null ? 'none' : new Date(ms).toISOString().replace('.000Z', 'Z');

describe('deadlines agree with Python', () => {
  it('in every kind of case, and there are some of each', () => {
    expect(Object.keys(golden.kinds).sort()).toEqual([...KINDS].sort());
    const empty = Object.entries(golden.kinds).filter(([, rows]) => rows.length === 0);
    expect(empty).toEqual([]);
  });

  it('for every rule and every number of business days from 0 to 20', () => {
    const asked = new Set(
      Object.values(golden.kinds)
        .flat()
        .map((row) => row.split(' | ')[2]),
    );
    for (let count = 0; count <= 20; count += 1) {
      expect(asked).toContain(`after ${count}`);
      expect(asked).toContain(`before ${count}`);
      expect(asked).toContain(`due ${count}`);
    }
  });

  const total = Object.values(golden.kinds).flat().length;
  for (const [kind, rows] of Object.entries(golden.kinds)) {
    describe(`${kind} (${rows.length} of ${total} vectors)`, () => {
      it.each(rows)('%s', (row) => {
        const [calendar = '', from = '', ask = '', expected] = row.split(' | ');
        expect(shown(answer(calendarNamed(calendar), Date.parse(from), ask))).toBe(expected);
      });
    });
  }
});
