import { describe, expect, test } from 'vitest';
import type { CorePolicy, CoreRule } from '../../src/domain/definition.js';
import { emptyEngagement } from '../../src/domain/engagement.js';
import { addOccurrence, decayed, ENTRIES_MAX, LIMIT_KEYS_MAX, scoreAt } from '../../src/domain/scoring.js';
import { samplePolicy } from '../support/sample-definition.js';
import { DAY, HOUR, lead, START, type Story } from '../support/story.js';

/** Contributions in points, by rule. */
function lines(story: Story): Record<string, number> {
  const { contributions } = scoreAt(story.state.engagement, story.now, story.policy);
  return Object.fromEntries(contributions.map(({ rule, points }) => [rule, points / 1000]));
}

describe('repeat limits', () => {
  test('an open counts once per mail', () => {
    const story = lead().opens('m1').opens('m1').opens('m2');
    expect(lines(story)).toEqual({ open: 2 });
  });

  test('a click counts three times per mail, five points each', () => {
    const story = lead();
    for (let click = 0; click < 5; click++) story.clicks('m1', '/blog/a').passes(HOUR);
    expect(lines(story).click).toBe(15);
    story.clicks('m2', '/blog/a').passes(HOUR);
    expect(lines(story).click).toBe(20);
  });

  test('a download counts once per resource', () => {
    const story = lead().downloads('ebook').downloads('ebook').downloads('checklist');
    expect(lines(story)).toEqual({ download: 20 });
  });

  test('a product page counts five times a day; the next day begins anew in the team’s time zone', () => {
    const story = lead();
    for (let view = 0; view < 7; view++) story.views('/product/a');
    expect(lines(story)).toEqual({ product: 15 });
    // The story starts at ten in New York: fourteen hours later it is midnight there, and four in UTC.
    story.passes(13.9 * HOUR).views('/product/a');
    expect(lines(story)).toEqual({ product: 15 });
    story.passes(0.2 * HOUR).views('/product/a');
    expect(lines(story)).toEqual({ product: 18 });
  });

  test('a rule without a limit counts every time', () => {
    const story = lead().does('webinar.attended').does('webinar.attended');
    expect(lines(story)).toEqual({ webinar: 40 });
  });

  test('per period counts once until re-entry', () => {
    const story = lead({
      policy: (policy) => ({
        ...policy,
        scoring: {
          ...policy.scoring,
          rules: [
            { id: 'first', on: 'webinar.attended', points: 7_000, atMost: { times: 1, per: 'period' } },
          ],
        },
      }),
    });
    story.does('webinar.attended').does('webinar.attended');
    expect(lines(story)).toEqual({ first: 7 });
    story.handsOff().disposes('not_ready').passes(HOUR).does('webinar.attended');
    expect(lines(story)).toEqual({ first: 7 });
  });
});

describe('the score', () => {
  test('adds the points of every matching rule', () => {
    expect(lines(lead().downloads('pricing-guide'))).toEqual({ download: 10, guide: 15 });
  });

  test('knows negative points', () => {
    const story = lead().does('webinar.attended').views('/careers/engineer').views('/careers');
    expect(lines(story)).toEqual({ webinar: 20, careers: -10 });
    expect(story.score).toBe(10);
  });

  test('leaves out rules that a source turned off', () => {
    expect(lines(lead({ source: 'cold-download' }).views('/careers'))).toEqual({});
  });

  test('decays by the event’s own age, in whole days: half after 30 days', () => {
    const story = lead().does('webinar.attended');
    expect(story.untilDay(0.99).score).toBe(20);
    expect(story.untilDay(1).score).toBe(19.543);
    expect(story.untilDay(30).score).toBe(10);
    expect(story.untilDay(60).score).toBe(5);
    story.downloads('ebook', { ago: 30 * DAY });
    expect(story.score).toBe(10);
  });

  test('is nothing once the decay table ends', () => {
    expect(lead().does('webinar.attended').untilDay(301).score).toBe(0);
  });

  test('keeps its points for ever where decay is off', () => {
    const story = lead({
      policy: (policy) => ({ ...policy, scoring: { ...policy.scoring, decay: [] } }),
    }).does('webinar.attended');
    expect(story.untilDay(170).score).toBe(20);
  });

  test('is capped per group after decay, and the cap shows as a negative contribution', () => {
    const story = lead();
    for (let mail = 0; mail < 8; mail++) story.clicks(`m${mail}`, '/blog/a').passes(HOUR);
    expect(lines(story)).toEqual({ click: 40, 'cap:email': -10 });
    expect(story.score).toBe(30);
    // Half of forty is below the cap: nothing is taken away any more.
    expect(lines(story.untilDay(30.5))).toEqual({ click: 20 });
  });

  test('does not cap what stands in no group', () => {
    const story = lead();
    for (let part = 0; part < 4; part++) story.downloads(`resource${part}`);
    expect(story.score).toBe(40);
  });

  test('starts from nothing at re-entry, while what is known of fit stays', () => {
    const story = lead({ traits: { country: 'US' } })
      .does('webinar.attended')
      .opens('m1')
      .clicks('m1', '/blog/a');
    story.passes(HOUR).handsOff().disposes('not_ready');
    expect([story.score, story.opened, story.clicked]).toEqual([0, 0, 0]);
    expect(story.state.engagement.fit).toBe(10_000);
  });

  test('says for each line how often and when last', () => {
    const story = lead().opens('m1').untilDay(2).opens('m2');
    expect(scoreAt(story.state.engagement, story.now, story.policy).contributions).toEqual([
      { rule: 'open', points: 954 + 1000, count: 2, lastAt: START + 2 * DAY },
    ]);
  });
});

describe('the arithmetic', () => {
  const scoring = (rules: CoreRule[], decay: readonly number[] = []): Pick<CorePolicy, 'scoring'> => ({
    scoring: { threshold: 0, decay, rules, groups: [], fitAtLeast: null },
  });
  const at = (atMs: number, email: number | null = null) => ({
    at: atMs,
    dayKey: '2026-06-01',
    email,
    link: null,
    resource: null,
  });

  test('rounds every contribution towards zero, on both sides', () => {
    expect(decayed(1_000, DAY, [1_000_000, 333_333])).toBe(333);
    expect(decayed(-1_000, DAY, [1_000_000, 333_333])).toBe(-333);
  });

  test('takes an event dated after the instant for new', () => {
    expect(decayed(1_000, -5 * DAY, [1_000_000, 500_000])).toBe(1_000);
  });

  test('keeps a robot’s entries bounded and its count exact', () => {
    const policy = scoring([{ id: 'view', points: 1_000 }]);
    const engagement = emptyEngagement();
    for (let n = 0; n < 1_000; n++) addOccurrence(engagement, ['view'], at(n * DAY), policy, false);
    expect(engagement.entries.view).toHaveLength(ENTRIES_MAX);
    expect(scoreAt(engagement, 1_000 * DAY, policy)).toMatchObject({ total: 1_000_000 });
  });

  test('keeps a robot’s limits bounded: past them new keys count nothing', () => {
    const policy = scoring([{ id: 'open', points: 1_000, atMost: { times: 1, per: 'email' } }]);
    const engagement = emptyEngagement();
    for (let n = 0; n < 1_000; n++) addOccurrence(engagement, ['open'], at(n, n), policy, false);
    expect(Object.keys(engagement.limits.open ?? {})).toHaveLength(LIMIT_KEYS_MAX);
    expect(scoreAt(engagement, 0, policy).total).toBe(LIMIT_KEYS_MAX * 1_000);
  });

  test('puts late events in their place', () => {
    const policy = scoring([{ id: 'view', points: 1_000 }], [1_000_000, 500_000]);
    const engagement = emptyEngagement();
    for (const day of [3, 1, 2]) addOccurrence(engagement, ['view'], at(day * DAY), policy, false);
    expect(engagement.entries.view?.map(([instant]) => instant / DAY)).toEqual([1, 2, 3]);
  });

  test('is the same table on every machine', () => {
    const { decay } = samplePolicy().scoring;
    expect([decay[0], decay[1], decay[15], decay[30], decay[300]]).toEqual([
      1_000_000, 977_159, 707_106, 500_000, 976,
    ]);
  });
});
