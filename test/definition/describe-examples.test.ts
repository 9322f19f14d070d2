import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarFor, handoffDeadlines } from '../../src/definition/calendar.js';
import { workedExamples } from '../../src/definition/describe-examples.js';
import type { WorkedExample } from '../../src/definition/describe-model.js';
import { Clock, exampleMoments } from '../../src/definition/describe-time.js';
import { type HandoffDefinition, termsFor } from '../../src/definition/document.js';
import { changedSample, TODAY } from '../support/described.js';

const policyOf = (definition: HandoffDefinition, source: string | null) =>
  termsFor(definition, source).policy;

function examplesOf(definition: HandoffDefinition, source: string | null = null): readonly WorkedExample[] {
  const published = {
    ref: { number: 1, hash: 'example' },
    definition,
    policyFor: (name: string | null) => policyOf(definition, name),
  };
  return workedExamples(published, source, exampleMoments(TODAY, definition.calendar.timeZone));
}

const byId = (examples: readonly WorkedExample[], id: string): WorkedExample => {
  const found = examples.find(({ subject }) => subject.id === id);
  if (!found) throw new Error(`no example for ${id}`);
  return found;
};

const sample = changedSample();

describe('a worked example for every trigger of the sample', () => {
  it.each([null, ...Object.keys(sample.sources)])('of the source %s', (source) => {
    const examples = examplesOf(sample, source);
    const actions = policyOf(sample, source).triggers.actions.map(({ id }) => id);
    expect(examples.map(({ subject }) => subject.id)).toEqual([
      ...actions,
      'score',
      'fallback',
      'manual',
      'follow_up',
    ]);
    for (const { subject, decided, steps } of examples) {
      expect(decided?.[0]?.trigger, subject.id).toBe(subject.id);
      expect(steps.length).toBeGreaterThan(2);
    }
  });

  it('tells the handoff on a Saturday as the lifecycle says', () => {
    const demo = byId(examplesOf(sample), 'demo');
    expect(demo.summary).toMatch(/^On Wednesday 25 November 2026 at 14:30 Kim asked for a demo\./);
    expect(demo.summary).toContain('first contact by Tuesday 1 December at 14:30');
    expect(demo.otherwise[0]).toMatch(/^Handed off on Saturday 28 November 2026 at 11:00 instead/);
    expect(demo.otherwise[0]).toContain('the task is due Monday 30 November at 17:00');
    expect(demo.otherwise[0]).toContain('first contact by Thursday 3 December at 09:00');
  });

  it('shows a score as the sum of what went into it', () => {
    const score = byId(examplesOf(sample), 'score');
    const line = score.steps.flatMap(({ what }) => what).find((text) => text.startsWith('Score '));
    const [, total, parts = ''] = /^Score ([\d.]+): (.*)\.$/.exec(line ?? '') ?? [];
    const sum = parts.split(', ').reduce((points, part) => points + Number(/^-?[\d.]+/.exec(part)?.[0]), 0);
    expect(sum).toBeCloseTo(Number(total), 6);
    expect(Number(total) * 1_000).toBeCloseTo(score.decided?.[0]?.score ?? 0, 6);
  });
});

/** Everything in a text that reads as a date with a time. */
const instantsIn = (text: string): string[] => text.match(/[A-Z]\w+day \d+ \w+( \d{4})? at [\d:]+/g) ?? [];

function expectTrue(definition: HandoffDefinition, source: string | null): void {
  const { timeZone } = definition.calendar;
  const calendar = calendarFor(definition, null);
  const terms = policyOf(definition, source).handoff;
  const moments = exampleMoments(TODAY, timeZone);
  for (const { subject, summary, otherwise, decided } of examplesOf(definition, source)) {
    for (const [index, handoff] of (decided ?? []).entries()) {
      const { handedOffAtMs: startedAt, intent } = handoff;
      if (subject.id !== 'meeting') {
        const due = handoffDeadlines({ startedAt, intent, terms, calendar });
        expect(handoff.taskDueAtMs).toBe(due.taskDueAt);
        expect(handoff.slaDueAtMs).toBe(due.slaDueAt);
        expect(handoff.slaRemindAtMs).toBe(due.slaRemindAt);
      }
      const told = index === 0 ? summary : otherwise[index - 1];
      if (told === undefined) continue;
      const clock = new Clock(timeZone, moments[index] ?? 0);
      const known = [
        startedAt,
        handoff.taskDueAtMs,
        handoff.slaDueAtMs,
        handoff.slaRemindAtMs,
        handoff.bridgeAtMs,
      ]
        .concat(
          moments,
          [startedAt - 10_000],
          moments.map((at) => at + 48 * 3_600_000),
        )
        .filter((at) => at !== null)
        .flatMap((at) => [clock.moment(at), clock.fullMoment(at)]);
      for (const instant of instantsIn(told)) expect(known, `${subject.id}: ${told}`).toContain(instant);
    }
  }
}

describe('every figure of an example is what the walk decided', () => {
  it.each([null, ...Object.keys(sample.sources)])('of the source %s', (source) => expectTrue(sample, source));

  it('for any threshold, time and calendar', () => {
    const scenario = fc.record({
      threshold: fc.integer({ min: 1, max: 400 }),
      halfLife: fc.constantFrom(0, '1d', '14d', '90d'),
      after: fc.integer({ min: 20, max: 120 }),
      opens: fc.integer({ min: 0, max: 9 }),
      clicks: fc.integer({ min: 0, max: 9 }),
      days: fc.integer({ min: 1, max: 9 }),
      times: fc.integer({ min: 2, max: 8 }),
      timeZone: fc.constantFrom('Asia/Kolkata', 'Europe/London', 'Australia/Lord_Howe', 'UTC'),
    });
    fc.assert(
      fc.property(scenario, ({ threshold, halfLife, after, opens, clicks, days, times, timeZone }) => {
        const definition = changedSample(({ calendar, defaults, sources }) => {
          calendar.timeZone = timeZone;
          defaults.scoring.threshold = threshold;
          defaults.scoring.halfLife = halfLife;
          defaults.triggers.actions[2].times = times;
          Object.assign(defaults.triggers.fallback, { after: `${after}d`, opens, clicks });
          defaults.handoff.sla.firstActivityWithin = { businessDays: days };
          for (const id of Object.keys(sources)) delete sources[id];
        });
        expectTrue(definition, null);
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});

describe('triggers that need more than one act', () => {
  it('counts as many visits as the definition wants, inside its window', () => {
    const definition = changedSample(({ defaults }) => {
      Object.assign(defaults.triggers.actions[2], { times: 4, within: '2h', visitGap: '30m' });
    });
    const { steps, decided } = byId(examplesOf(definition), 'pricing');
    expect(steps.filter(({ what }) => what[0]?.includes('visited the pricing page'))).toHaveLength(4);
    expect(decided?.[0]?.trigger).toBe('pricing');
  });

  it('sends the call to action that the time in nurture requires', () => {
    const definition = changedSample(({ defaults }) => {
      defaults.triggers.fallback.cta = { unansweredFor: '5d', required: true };
      defaults.handoff.emails.final = null;
    });
    const { steps, decided } = byId(examplesOf(definition), 'fallback');
    expect(decided?.[0]?.trigger).toBe('fallback');
    expect(steps.flatMap(({ what }) => what)).toContain('A mail with a direct call to action is sent.');
  });

  it('finds a click on a call to action, and events of one’s own', () => {
    const definition = changedSample(({ defaults }) => {
      defaults.triggers.actions.push(
        { id: 'cta', on: 'email.clicked', where: { cta: true }, intent: 'warm' },
        { id: 'seats', on: 'custom.seats_used', where: { share: { atLeast: 90 } }, intent: 'high' },
      );
    });
    for (const id of ['cta', 'seats'])
      expect(byId(examplesOf(definition), id).decided?.[0]?.trigger).toBe(id);
  });
});

describe('a trigger that cannot fire is told so plainly', () => {
  it('an action whose condition nothing meets', () => {
    const definition = changedSample(({ defaults }) => {
      defaults.triggers.actions.push({
        id: 'never',
        on: 'email.replied',
        where: { reply: 'other' },
        intent: 'high',
      });
    });
    const { summary, decided, steps } = byId(examplesOf(definition), 'never');
    expect(decided).toBeNull();
    expect(steps).toEqual([]);
    expect(summary).toBe(
      'The action “never”: no lead’s life was found in which this hands the lead off; the acts that meet its condition do not hand the lead off.',
    );
  });

  it('an action that another one forestalls', () => {
    const definition = changedSample(({ defaults }) => {
      defaults.triggers.actions[2].times = 3;
      const first = { id: 'first', on: 'page.viewed', where: { kind: 'pricing' }, intent: 'high' };
      defaults.triggers.actions.unshift(first);
    });
    expect(byId(examplesOf(definition), 'pricing').summary).toContain('by the action “first”');
  });

  it('a score whose fit no lead has', () => {
    const definition = changedSample(({ defaults }) => {
      defaults.scoring.fit.push({ id: 'abroad', where: { country: 'DE' }, points: 10 });
      defaults.scoring.fitAtLeast = 30;
    });
    const { summary, decided } = byId(examplesOf(definition), 'score');
    expect(decided).toBeNull();
    expect(summary).toContain('the best fit that was found is 20 points');
  });
});
