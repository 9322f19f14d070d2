/** What must hold whatever happens, in whatever order: the invariants of the lifecycle over random lives. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deadlines, nextDeadline } from '../../src/domain/deadlines.js';
import type { Decision } from '../../src/domain/decision.js';
import { applyEngagement, emptyEngagement, settleClicks } from '../../src/domain/engagement.js';
import type { EngagementFact, LeadEvent, LogFact } from '../../src/domain/lead-event.js';
import { scoreAt, scoreTotal } from '../../src/domain/scoring.js';
import type { Engagement, LeadState } from '../../src/domain/state.js';
import { advance, newLead, step } from '../../src/domain/step.js';
import { DAY, lead, MINUTE, SECOND, Story } from '../support/story.js';
import {
  amplePauses,
  answeredAnything,
  anything,
  engagement,
  foldings,
  type Happening,
  life,
  tell,
} from '../support/story-arbitrary.js';

const anyLife = life(fc.oneof({ weight: 12, arbitrary: anything }, { weight: 1, arbitrary: foldings }));
const RUNS = { numRuns: 150 };

/** Tells a life and looks at every step. */
function watched(
  happenings: readonly Happening[],
  look: (story: Story, before: LeadState, event: LeadEvent, decisions: readonly Decision[]) => void,
): Story {
  const story = lead();
  let seen = story.told.length;
  story.watch = (before, event) => {
    const decisions = story.told.slice(seen).map(({ decision }) => decision);
    seen = story.told.length;
    look(story, before, event, decisions);
  };
  return tell(story, happenings);
}

function openNumber({ stage }: LeadState): number | null {
  return stage.name === 'handed_off' || stage.name === 'working' ? stage.handoff.number : null;
}

describe('whatever happens', () => {
  test('from a handoff until it closes no marketing mail is allowed, except one bridge email', () => {
    fc.assert(
      fc.property(anyLife, (happenings) => {
        const bridged = new Set<number | null>();
        watched(happenings, ({ state }, _before, _event, decisions) => {
          if (openNumber(state) !== null) {
            expect(state.period.allowedSince).toBeNull();
            const mails = state.effects.filter(
              ({ args }) => args.effect === 'resume' || args.effect === 'final',
            );
            expect(mails).toEqual([]);
          }
          for (const decision of decisions) {
            if (decision.kind !== 'perform' || decision.effect.args.effect !== 'bridge') continue;
            expect(bridged.has(decision.effect.handoff)).toBe(false);
            expect(decision.effect.handoff).toBe(openNumber(state));
            expect(state.suppressed.marketing).toBeNull();
            bridged.add(decision.effect.handoff);
          }
        });
      }),
      RUNS,
    );
  });

  test('nurture mail is allowed only in nurture, and never for a lead that left marketing mail', () => {
    fc.assert(
      fc.property(anyLife, (happenings) => {
        watched(happenings, ({ state }) => {
          const allowed = state.stage.name === 'nurturing' && state.suppressed.marketing === null;
          expect(state.period.allowedSince !== null).toBe(allowed);
        });
      }),
      RUNS,
    );
  });

  test('at most one handoff is open, and their numbers count up by one', () => {
    fc.assert(
      fc.property(anyLife, (happenings) => {
        let newest = 0;
        watched(happenings, ({ state }, before, _event, decisions) => {
          for (const decision of decisions) {
            if (decision.kind !== 'handoff') continue;
            expect(openNumber(before)).toBeNull();
            expect(decision.number).toBe(newest + 1);
            newest = decision.number;
          }
          expect(state.handoffs).toBe(newest);
          const open = openNumber(state);
          if (open !== null) expect(open).toBe(newest);
        });
      }),
      RUNS,
    );
  });

  test('an effect key is planned at most once', () => {
    fc.assert(
      fc.property(anyLife, (happenings) => {
        const keys = tell(lead(), happenings)
          .performed()
          .map(({ key }) => key);
        expect(new Set(keys).size).toBe(keys.length);
      }),
      RUNS,
    );
  });

  test('the score equals the sum of its contributions', () => {
    fc.assert(
      fc.property(anyLife, fc.integer({ min: 0, max: 400 * DAY }), (happenings, later) => {
        const { state, policy } = tell(lead(), happenings);
        const { total, contributions } = scoreAt(state.engagement, state.at + later, policy);
        expect(contributions.reduce((sum, { points }) => sum + points, 0)).toBe(total);
        expect(contributions.every(({ points }) => Number.isSafeInteger(points))).toBe(true);
      }),
      RUNS,
    );
  });

  test('an open lead always has a next step: a deadline, or something asked', () => {
    fc.assert(
      fc.property(anyLife, (happenings) => {
        watched(happenings, ({ state, policy }) => {
          const { name } = state.stage;
          if (name !== 'nurturing' && name !== 'handed_off' && name !== 'working') return;
          const steps = deadlines(state, policy).length + state.requests.length;
          expect(steps).toBeGreaterThan(0);
        });
      }),
      RUNS,
    );
  });

  test('every closed handoff has exactly one outcome in force', () => {
    fc.assert(
      fc.property(anyLife, (happenings) => {
        const inForce = new Map<number, string>();
        watched(happenings, ({ state }, _before, _event, decisions) => {
          for (const decision of decisions) {
            if (decision.kind === 'complete') {
              expect(inForce.get(decision.number)).toBe(decision.replaces);
              inForce.set(decision.number, decision.outcome);
            } else if (decision.kind === 'restore') {
              expect(inForce.get(decision.number)).toBe(decision.replaces);
              inForce.delete(decision.number);
            }
          }
          const open = openNumber(state);
          for (let number = 1; number <= state.handoffs; number++) {
            expect(inForce.has(number)).toBe(number !== open);
          }
          const last = state.lastHandoff;
          if (last) expect(last.outcome?.kind).toBe(inForce.get(last.number));
        });
      }),
      RUNS,
    );
  });

  test('every command gets a verdict, and a refusal says why', () => {
    fc.assert(
      fc.property(anyLife, (happenings) => {
        watched(happenings, (_story, _before, event, decisions) => {
          if (event.kind !== 'command') return;
          const verdicts = decisions.filter(({ kind }) => kind === 'command');
          expect(verdicts).toHaveLength(1);
          const [verdict] = verdicts;
          if (verdict?.kind === 'command' && !verdict.verdict.ok) expect(verdict.verdict.code).toBeDefined();
        });
      }),
      RUNS,
    );
  });

  test('state and engagement keep every key they began with, in the same order', () => {
    fc.assert(
      fc.property(anyLife, (happenings) => {
        const began = newLead('lead1', lead().policy);
        const { state } = tell(lead(), happenings);
        expect(Object.keys(state)).toEqual(Object.keys(began));
        expect(Object.keys(state.engagement)).toEqual(Object.keys(began.engagement));
      }),
      RUNS,
    );
  });

  test('the next deadline is the earliest of all, and what a score adds up to is its total', () => {
    fc.assert(
      fc.property(anyLife, (happenings) => {
        watched(happenings, ({ state, policy }) => {
          const dues = deadlines(state, policy).map(({ at }) => Math.max(at, state.at));
          expect(nextDeadline(state, policy)?.at).toBe(dues.length === 0 ? undefined : Math.min(...dues));
          const explained = scoreAt(state.engagement, state.at, policy);
          expect(scoreTotal(state.engagement, state.at, policy)).toBe(explained.total);
        });
      }),
      RUNS,
    );
  });

  test('state stays JSON: a round trip changes nothing', () => {
    fc.assert(
      fc.property(anyLife, (happenings) => {
        watched(happenings, ({ state }) => {
          expect(isDeepStrictEqual(JSON.parse(JSON.stringify(state)), state)).toBe(true);
        });
      }),
      { numRuns: 100 },
    );
  });

  test('step changes neither its state nor its event', () => {
    fc.assert(
      fc.property(anyLife, (happenings) => {
        const story = lead();
        story.watch = (_before, event, after) => {
          freeze(event);
          freeze(after);
        };
        tell(story, happenings);
        for (const input of story.inputs.slice(1)) expect(Object.isFrozen(input)).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('replaying', () => {
  test('the same inputs again makes the same decisions and the same state', () => {
    fc.assert(
      fc.property(life(anything), (happenings) => {
        const story = tell(lead(), happenings);
        let state = newLead('lead1', story.policy);
        const decisions: Decision[] = [];
        for (const input of story.inputs) {
          const stepped = step(state, input, story.policy);
          state = stepped.state;
          decisions.push(...stepped.decisions);
        }
        expect(state).toEqual(story.state);
        expect(decisions).toEqual(story.told.map(({ decision }) => decision));
      }),
      RUNS,
    );
  });

  test('in place makes the same decisions and the same state, key by key', () => {
    fc.assert(
      fc.property(life(anything), (happenings) => {
        const story = tell(lead(), happenings);
        const state = newLead('lead1', story.policy);
        const decisions = story.inputs.flatMap((input) => advance(state, input, story.policy));
        expect(JSON.stringify(state)).toBe(JSON.stringify(story.state));
        expect(decisions).toEqual(story.told.map(({ decision }) => decision));
      }),
      RUNS,
    );
  });

  test('in place changes no event it was fed, however often it is fed', () => {
    fc.assert(
      fc.property(life(engagement, 120), (happenings) => {
        const story = tell(lead(), happenings);
        for (const input of story.inputs) freeze(input);
        for (const _again of [1, 2]) {
          const state = newLead('lead1', story.policy);
          for (const input of story.inputs) advance(state, input, story.policy);
          expect(JSON.stringify(state)).toBe(JSON.stringify(story.state));
        }
      }),
      RUNS,
    );
  });

  test('the log in any batches gives the same state and the same decisions', () => {
    const gaps = fc.integer({ min: 1, max: 40 * DAY });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(answeredAnything, fc.oneof(gaps, fc.integer({ min: 0, max: 20 * SECOND }))), {
          maxLength: 50,
        }),
        fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 60, maxLength: 60 }),
        (told, cuts, drains) => {
          const one = lead();
          for (const [happens, gap] of told) tell(one.passes(gap), [happens]);
          const end = one.now + 100 * DAY;
          one.until(end);
          const log = one.inputs.filter(
            (input): input is LogFact => input.kind === 'engagement' || input.kind === 'command',
          );

          const other = new Story({ created: false });
          let batch: LogFact[] = [];
          for (const [index, fact] of log.entries()) {
            batch.push(fact);
            const next = log[index + 1];
            if (next && !cuts[index % cuts.length]) continue;
            // Drained after its last event was accepted and before the next one was.
            const between = (next?.acceptedAt ?? end) - fact.acceptedAt;
            const share = drains[index % drains.length] ?? 0;
            other.receives(batch, fact.acceptedAt + Math.floor(Math.max(0, between - 1) * share));
            batch = [];
          }
          other.until(end);
          expect(other.state).toEqual(one.state);
          expect(other.told).toEqual(one.told);
        },
      ),
      RUNS,
    );
  });
});

describe('folding the engagement alone', () => {
  /** Without triggers a lead stays in nurture, whatever it does. */
  const neverHandedOff = () =>
    lead({
      policy: (policy) => ({
        ...policy,
        scoring: { ...policy.scoring, threshold: 1_000_000_000 },
        triggers: {
          ...policy.triggers,
          fallback: null,
          actions: policy.triggers.actions.filter(({ times }) => times > 1),
        },
        nurture: { ...policy.nurture, sunset: null },
      }),
    });
  const pauses = fc.integer({ min: 0, max: 30 * SECOND });

  test('gives what step has while the lead is nurtured: the projection agrees', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(engagement, pauses), { maxLength: 80 }), (told) => {
        const story = neverHandedOff();
        for (const [happens, pause] of told) tell(story.passes(pause), [happens]);
        fc.pre(story.stage === 'nurturing');
        const facts = story.inputs.filter((input): input is EngagementFact => input.kind === 'engagement');
        let folded = emptyEngagement();
        for (const fact of facts) folded = applyEngagement(folded, fact, story.policy, story.state.period);
        expect(settleClicks(folded, story.state.at, story.policy)).toEqual(story.state.engagement);
        expect(settleClicks(folded, story.now + MINUTE, story.policy)).toEqual(
          story.passes(MINUTE).state.engagement,
        );
      }),
      RUNS,
    );
  });

  test('from the whole log gives the counts of the current period, whatever happened before', () => {
    const paused = fc.tuple(amplePauses, fc.oneof(answeredAnything, foldings));
    fc.assert(
      fc.property(fc.array(paused, { maxLength: 50 }), (told) => {
        const story = lead();
        for (const [pause, happens] of told) tell(story, [pause, happens]);
        story.passes(MINUTE);
        expect(counts(story.refold())).toEqual(counts(story.state.engagement));
      }),
      RUNS,
    );
  });
});

describe('a lead that is a robot', () => {
  test('keeps its state below 100 kB, whatever it does ten thousand times', () => {
    const types = [
      'email.opened',
      'email.clicked',
      'page.viewed',
      'content.downloaded',
      'form.submitted',
      'demo.requested',
    ];
    const story = lead().fails('alert').failsForGood('task');
    for (let n = 0; n < 10_000; n++) {
      const place = `/product/${n}`;
      story.passes(7 * SECOND).does(types[n % types.length] ?? '', {
        email: `mail${n % 997}`,
        link: place,
        path: place,
        resource: place,
      });
      if (n % 50 === 0) story.sends(`mail${n}`, { directCta: true });
    }
    expect(JSON.stringify(story.state).length).toBeLessThan(100_000);
    expect(story.state.effects.length).toBeLessThan(60);
  });

  test('handed off and taken back a thousand times keeps its state small', () => {
    const story = lead();
    for (let round = 0; round < 1_000; round++) {
      story
        .passes(11 * SECOND)
        .does('demo.requested')
        .passes(SECOND)
        .logs('call')
        .disposes('not_ready');
    }
    expect(story.state.handoffs).toBe(1_000);
    expect(JSON.stringify(story.state).length).toBeLessThan(20_000);
  });
});

function counts(all: Engagement): Partial<Engagement> {
  const {
    entries,
    limits,
    visits,
    openedMails,
    clickedLinks,
    ctaSentAt,
    lastResponseAt,
    lastHumanAt,
    humanCount,
    fit,
  } = all;
  return {
    entries,
    limits,
    visits,
    openedMails,
    clickedLinks,
    ctaSentAt,
    lastResponseAt,
    lastHumanAt,
    humanCount,
    fit,
  };
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
}
