import { describe, expect, test } from 'vitest';
import { HOUR, lead, MINUTE, type Story, scores } from '../support/story.js';

const flags = (story: Story) => [
  story.state.suppressed.marketing !== null,
  story.state.suppressed.sales !== null,
];

/** Everything that leaves no doubt: the lead wants no mail at all. */
const everything: [string, string, (story: Story) => Story][] = [
  ['unsubscribing from all', 'unsubscribed', (story) => story.unsubscribes('all')],
  ['a complaint', 'complaint', (story) => story.does('email.complained')],
  ['a hard bounce', 'hard_bounce', (story) => story.does('email.bounced', { bounceType: 'hard' })],
  [
    'an opt-out reply that answers no known mail',
    'opt_out_reply',
    (story) => story.replies('Please remove me.'),
  ],
];

describe('in nurture', () => {
  test('leaving marketing mail sets that flag and stops the clock of nurture time', () => {
    const story = lead().untilDay(5).unsubscribes('marketing');
    expect(flags(story)).toEqual([true, false]);
    expect(story.stillNurtured).toBe(true);
    expect(story.state.period).toMatchObject({ allowedSince: null, allowedMs: story.now - story.startedAt });
    expect(story.decisions('suppress')).toMatchObject([
      { stream: 'marketing', on: true, why: 'unsubscribed' },
    ]);
  });

  test('the score trigger is held', () => {
    const story = scores(lead().unsubscribes('marketing'), 60);
    expect(story.stillNurtured).toBe(true);
    expect(story.decisions('hold')).toMatchObject([{ what: 'score', why: 'suppressed' }]);
  });

  test('the time trigger is held', () => {
    const story = lead();
    for (const mail of ['m1', 'm2', 'm3', 'm4']) story.clicks(mail, `/${mail}`).passes(HOUR);
    expect(story.unsubscribes('marketing').untilDay(100).stillNurtured).toBe(true);
  });

  test('a high-intent act still hands off, says so, and sends no bridge', () => {
    const story = lead().unsubscribes('marketing').passes(HOUR).does('demo.requested');
    expect(story.handoff.suppressedAtStart).toBe(true);
    expect(story.untilDay(2).performed('bridge')).toEqual([]);
  });

  test('resubscribing lifts the flag: a held crossing that stands fires', () => {
    const story = scores(lead().unsubscribes('marketing'), 60).passes(HOUR).resubscribes('marketing');
    expect(story.trigger).toMatchObject({ kind: 'score', at: story.now });
    expect(story.handoff.suppressedAtStart).toBe(false);
  });

  test('resubscribing resumes nurture on the lead’s track', () => {
    const story = lead().untilDay(5).unsubscribes('marketing').untilDay(9).resubscribes('marketing');
    expect(story.performed('resume')).toMatchObject([{ args: { track: 'initial' } }]);
    expect(story.state.period.allowedSince).toBe(story.now);
  });

  test('leaving sales mail sets that flag; later handoffs know it', () => {
    const story = lead().unsubscribes('sales');
    expect(flags(story)).toEqual([false, true]);
    expect(story.stillNurtured).toBe(true);
    story.does('demo.requested');
    expect(story.state.suppressed.sales).not.toBeNull();
    expect(story.stage).toBe('handed_off');
  });

  test.each(everything)('%s sets both flags', (_what, why, happens) => {
    const story = happens(lead());
    expect(flags(story)).toEqual([true, true]);
    expect(story.state.suppressed.marketing).toEqual({ at: story.now, why });
    expect(story.stillNurtured).toBe(true);
  });

  test.each(everything)(
    '%s while sales has the lead: the handoff goes on, and the rep is told to phone',
    (_what, _why, happens) => {
      const story = happens(lead().does('demo.requested').passes(HOUR));
      expect(story.stage).toBe('handed_off');
      expect(story.alerts('phone_only')).toMatchObject([{ to: 'rep' }]);
      expect(happens(story).alerts('phone_only')).toHaveLength(1);
    },
  );

  test('a soft bounce sets none', () => {
    expect(flags(lead().does('email.bounced', { bounceType: 'soft' }))).toEqual([false, false]);
  });

  test('a mail still waiting to be sent is taken back', () => {
    const story = lead().fails('final').does('webinar.attended').does('webinar.attended').opens('m1');
    story.unsubscribes('marketing');
    expect(story.dropped('final')).toEqual(['suppressed']);
  });

  test('said twice is one flag, of the first time', () => {
    const story = lead().unsubscribes('marketing').passes(HOUR).does('email.complained');
    expect(story.state.suppressed.marketing?.why).toBe('unsubscribed');
    expect(story.state.suppressed.sales?.why).toBe('complaint');
  });

  test('resubscribing lifts its own stream only', () => {
    const story = lead().unsubscribes('all').passes(HOUR).resubscribes('sales');
    expect(flags(story)).toEqual([true, false]);
    expect(flags(story.resubscribes('all'))).toEqual([false, false]);
  });
});

describe.each([
  ['handed_off', () => lead().handsOff()],
  ['working', () => lead().handsOff().passes(MINUTE).logs('call')],
])('in %s', (stage, told) => {
  test('leaving marketing mail sets the flag; the handoff goes on, without bridge', () => {
    const story = told()
      .passes(MINUTE / 2)
      .unsubscribes('marketing')
      .untilDay(1);
    expect(flags(story)).toEqual([true, false]);
    expect(story.stage).toBe(stage);
    expect(story.performed('bridge')).toEqual([]);
  });

  test('after it re-entry resumes no mail', () => {
    const story = told().unsubscribes('marketing').disposes('not_ready');
    expect(story.stage).toBe('nurturing');
    expect(story.performed('resume')).toEqual([]);
  });

  test('leaving sales mail ends the handoff as left_sales_mail', () => {
    const story = told().unsubscribes('sales');
    expect(story.closed.outcome).toMatchObject({ kind: 'left_sales_mail', by: null });
    expect(flags(story)).toEqual([false, true]);
    expect([story.stage, story.track]).toEqual(['nurturing', 'long_term']);
  });

  test('an opt-out reply to a sales mail ends it too', () => {
    const story = told().replies('Please stop emailing me.', { stream: 'sales' });
    expect(story.closed.outcome?.kind).toBe('left_sales_mail');
  });

  test.each(everything)('%s sets both flags; the handoff goes on by phone', (_what, _why, happens) => {
    const story = happens(told()).untilDay(1);
    expect(flags(story)).toEqual([true, true]);
    expect(story.stage).toBe(stage);
    expect(story.performed('bridge')).toEqual([]);
  });
});
