import { describe, expect, test } from 'vitest';
import { DAY, HOUR, lead, MINUTE, SECOND, type Story } from '../support/story.js';

/** What a machine's event must leave untouched. */
function humanTraces(story: Story): unknown {
  const { entries, openedMails, clickedLinks, visits, lastHumanAt, lastResponseAt, humanCount } =
    story.state.engagement;
  return { entries, openedMails, clickedLinks, visits, lastHumanAt, lastResponseAt, humanCount };
}
const untouched = {
  entries: {},
  openedMails: [],
  clickedLinks: [],
  visits: {},
  lastHumanAt: null,
  lastResponseAt: null,
  humanCount: 0,
};
const rules = (story: Story) => story.decisions('ignore').flatMap(({ rule }) => (rule ? [rule] : []));

describe('an event is machine-made', () => {
  const cases: [string, string, (story: Story) => Story][] = [
    ['by the provider’s own flag', 'provider_flag', (story) => story.opens('m1', { bot: true })],
    [
      'by the provider’s other word for it',
      'provider_flag',
      (story) => story.views('/pricing', { machine: true }),
    ],
    [
      'by its user agent',
      'user_agent',
      (story) => story.opens('m1', { userAgent: 'Barracuda Sentinel', userAgentIsBot: true }),
    ],
    [
      'by a page view of a crawler',
      'user_agent',
      (story) => story.views('/pricing', { userAgent: 'Googlebot/2.1', userAgentIsBot: true }),
    ],
    [
      'when Apple’s privacy proxy opens',
      'privacy_proxy',
      (story) => story.opens('m1', { userAgent: 'Mozilla/5.0' }),
    ],
    [
      'when a sender says the proxy opened',
      'privacy_proxy',
      (story) => story.opens('m1', { privacyProxy: true }),
    ],
    [
      'by a click within 3 s of delivery',
      'fast_click',
      (story) =>
        story
          .delivers('m1')
          .passes(3 * SECOND)
          .clicks('m1', '/pricing')
          .passes(MINUTE),
    ],
    [
      'by a click within 3 s of sending, where delivery was not told',
      'fast_click',
      (story) =>
        story
          .sends('m1')
          .passes(2 * SECOND)
          .clicks('m1', '/pricing')
          .passes(MINUTE),
    ],
  ];

  test.each(cases)('%s; it is kept, labelled, and counts for nothing', (_how, rule, happens) => {
    const story = happens(lead());
    expect(humanTraces(story)).toEqual(untouched);
    expect(story.score).toBe(0);
    expect(story.state.engagement.machineCount).toBe(1);
    expect(rules(story)).toEqual([rule]);
  });

  test('by clicks on different links of one mail within 10 s, the earlier pending one included', () => {
    const story = lead()
      .delivers('m1')
      .passes(HOUR)
      .clicks('m1', '/a')
      .passes(9 * SECOND)
      .clicks('m1', '/b');
    story.passes(MINUTE);
    expect(rules(story)).toEqual(['many_links', 'many_links']);
    expect(humanTraces(story)).toEqual(untouched);
  });

  test('but not by clicks on the same link, on other mails, or further apart', () => {
    const story = lead().delivers('m1').delivers('m2').passes(HOUR);
    story
      .clicks('m1', '/a')
      .passes(SECOND)
      .clicks('m1', '/a')
      .clicks('m2', '/b')
      .passes(11 * SECOND);
    story.clicks('m1', '/c').passes(MINUTE);
    expect(rules(story)).toEqual([]);
    expect(story.clicked).toBe(3);
  });

  test('judged by when the clicks happened, not by when they were told', () => {
    const story = lead()
      .delivers('m1')
      .passes(HOUR)
      .clicks('m1', '/a', { ago: 30 * MINUTE })
      .clicks('m1', '/b');
    story.passes(MINUTE);
    expect(rules(story)).toEqual([]);
  });

  test('by a delivery that is told only while the click waits', () => {
    const story = lead()
      .passes(HOUR)
      .clicks('m1', '/a')
      .passes(5 * SECOND)
      .delivers('m1', { ago: 6 * SECOND });
    story.passes(MINUTE);
    expect(rules(story)).toEqual(['fast_click']);
  });

  test('a click later than 3 s after delivery is human', () => {
    const story = lead()
      .delivers('m1')
      .passes(3 * SECOND + 1)
      .clicks('m1', '/a')
      .passes(MINUTE);
    expect(story.clicked).toBe(1);
  });

  test('a real mail program’s user agent is human', () => {
    const story = lead().opens('m1', {
      userAgent: 'Mozilla/5.0 (Macintosh) AppleWebKit/605',
      userAgentIsBot: false,
    });
    expect(story.opened).toBe(1);
  });

  test('a form or a demo request is not judged by its user agent', () => {
    const story = lead().does('demo.requested', { userAgent: 'server-side', userAgentIsBot: true });
    expect(story.stage).toBe('handed_off');
  });

  test('not by rules that the definition turns off', () => {
    const story = lead({
      policy: (policy) => ({
        ...policy,
        machines: { ...policy.machines, userAgents: false, privacyProxyOpens: false },
      }),
    });
    story.opens('m1', { userAgent: 'Mozilla/5.0' }).opens('m2', { userAgent: 'curl', userAgentIsBot: true });
    expect(story.opened).toBe(2);
  });
});

describe('a machine', () => {
  test('never triggers', () => {
    const story = lead()
      .views('/pricing')
      .passes(HOUR)
      .views('/pricing', { bot: true })
      .does('demo.requested', { bot: true });
    expect(story.stillNurtured).toBe(true);
  });

  test('never keeps a lead awake', () => {
    const story = lead().untilDay(100).opens('m1', { bot: true }).untilDay(170).opens('m2', { bot: true });
    expect(story.untilDay(180).stage).toBe('dormant');
    story.opens('m3', { bot: true }).clicks('m3', '/a', { bot: true }).passes(MINUTE);
    expect(story.stage).toBe('dormant');
  });

  test('that clicks without end holds only so many clicks in waiting', () => {
    const story = lead().passes(HOUR);
    for (let click = 0; click < 500; click++) story.clicks('m1', `/link${click}`);
    expect(story.state.engagement.pending.length).toBeLessThanOrEqual(64);
    story.passes(MINUTE);
    expect(story.clicked).toBe(0);
    expect(story.state.engagement.machineCount).toBe(500);
  });
});

describe('an email click', () => {
  test('waits ten seconds before it counts', () => {
    const story = lead()
      .clicks('m1', '/a')
      .passes(9.9 * SECOND);
    expect([story.score, story.clicked, story.opened]).toEqual([0, 0, 0]);
    expect(story.next).toEqual({ kind: 'pending_click', at: story.startedAt + 10 * SECOND });
    story.passes(0.1 * SECOND);
    expect([story.score, story.clicked, story.opened]).toEqual([5, 1, 1]);
  });

  test('carries the score over the threshold at the instant its wait ends', () => {
    const story = lead().does('webinar.attended').does('webinar.attended').clicks('m1', '/a').passes(HOUR);
    story.clicks('m2', '/b').passes(9 * SECOND);
    expect(story.stillNurtured).toBe(true);
    story.passes(HOUR);
    expect(story.trigger).toMatchObject({ kind: 'score', value: 50_000 });
    expect(story.handoff.startedAt).toBe(story.startedAt + HOUR + 10 * SECOND);
  });

  test('that the courier could not name a mail for has nothing to wait for', () => {
    const story = lead().does('email.clicked', { link: '/a', path: '/a' });
    expect([story.score, story.clicked]).toEqual([5, 1]);
  });

  test('still waiting when sales takes over counts for nothing in the next period', () => {
    const story = lead().clicks('m1', '/a').handsOff().disposes('not_ready').passes(MINUTE);
    expect([story.score, story.clicked]).toEqual([0, 0]);
  });
});

describe('a correction', () => {
  test('makes a machine’s event human: it scores and counts from then on', () => {
    const story = lead().opens('m1', { userAgent: 'Mozilla/5.0' });
    story.passes(HOUR).corrects(story.seq, 'human');
    expect(story.verdict).toMatchObject({ ok: true, did: 'relabelled' });
    expect([story.score, story.opened, story.state.engagement.machineCount]).toEqual([1, 1, 0]);
  });

  test('makes a human’s event a machine’s: score and counts lose it', () => {
    const story = lead().delivers('m1').passes(HOUR).clicks('m1', '/a').passes(HOUR);
    expect(story.score).toBe(5);
    story.corrects(story.seq, 'machine');
    expect([story.score, story.clicked, story.opened]).toEqual([0, 0, 0]);
    expect(story.state.engagement.machineCount).toBe(1);
  });

  test('overrules the rules on fast and many clicks', () => {
    const story = lead().delivers('m1').clicks('m1', '/a').passes(MINUTE);
    expect(story.score).toBe(0);
    story.corrects(story.seq, 'human').passes(MINUTE);
    expect([story.score, story.clicked]).toEqual([5, 1]);
  });

  test('that carries the score over the threshold hands the lead off', () => {
    const story = lead().does('webinar.attended').does('webinar.attended').downloads('ebook', { bot: true });
    story.passes(HOUR).corrects(story.seq, 'human');
    expect(story.trigger).toMatchObject({ kind: 'score', value: 50_000, at: story.now });
  });

  test('that carries it there within the cooldown waits for the cooldown’s end', () => {
    const story = lead().handsOff().disposes('not_ready').passes(HOUR);
    for (let n = 0; n < 3; n++) story.does('webinar.attended', { bot: n === 2 });
    story.does('form.submitted').corrects(story.seq - 1, 'human');
    expect(story.stage).toBe('nurturing');
    expect(story.untilDay(7).stage).toBe('handed_off');
  });

  test('that leaves the score where it was hands nothing off', () => {
    const story = lead().does('webinar.attended').does('webinar.attended').opens('m1', { bot: true });
    story.corrects(story.seq, 'human').untilDay(20);
    expect(story.stillNurtured).toBe(true);
  });

  test('of a lead that a lower threshold reached unjudged is no crossing', () => {
    const story = lead().does('webinar.attended').does('webinar.attended').opens('m1', { bot: true });
    story.publishes((policy) => ({ ...policy, scoring: { ...policy.scoring, threshold: 30_000 } }));
    story.corrects(story.seq, 'human').untilDay(2);
    expect(story.stillNurtured).toBe(true);
  });

  test('does not reach into the past: an open handoff stays', () => {
    const story = lead().does('webinar.attended').does('webinar.attended').downloads('ebook');
    expect(story.stage).toBe('handed_off');
    story.passes(HOUR).corrects(story.seq, 'machine');
    expect(story.stage).toBe('handed_off');
    expect(story.score).toBe(40);
  });
});

describe('late machine events', () => {
  test('of before the nurture period leave the counts of the new one alone', () => {
    const story = lead()
      .untilDay(3)
      .handsOff()
      .disposes('not_ready')
      .untilDay(4)
      .opens('m1', { bot: true, ago: 2 * DAY });
    expect(story.state.engagement.machineCount).toBe(0);
  });
});
