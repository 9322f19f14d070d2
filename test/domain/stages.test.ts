import { describe, expect, test } from 'vitest';
import { isAtRest } from '../../src/domain/step.js';
import { DAY, HOUR, lead, MINUTE, SECOND, type Story, scores } from '../support/story.js';

/** Marketing mail is under way, or asked for, while sales has the lead. */
const nurtureMailAllowed = (story: Story) => story.state.period.allowedSince !== null;

describe('nurturing', () => {
  test('begins with the lead’s creation, on the initial track', () => {
    const story = lead();
    expect([story.stage, story.track]).toEqual(['nurturing', 'initial']);
    expect(story.state.period).toMatchObject({ number: 1, startedAt: story.startedAt });
    expect(nurtureMailAllowed(story)).toBe(true);
  });

  test('begins when the lead was created, if that is told of late', () => {
    const story = lead({ created: false }).does('lead.created', { ago: 5 * DAY });
    expect(story.state.period.startedAt).toBe(story.now - 5 * DAY);
  });

  test('begins with whatever is heard of the lead first', () => {
    const story = lead({ created: false }).opens('m1');
    expect(story.state.period.startedAt).toBe(story.now);
    expect(story.stillNurtured).toBe(true);
  });
});

describe('handed_off and working', () => {
  test('allow no marketing mail', () => {
    const story = lead().handsOff();
    expect(nurtureMailAllowed(story)).toBe(false);
    story.passes(HOUR).logs('call');
    expect(nurtureMailAllowed(story)).toBe(false);
    expect(story.performed('resume')).toEqual([]);
  });
});

describe('converted', () => {
  const converted = () => lead().handsOff().disposes('converted').passes(HOUR);

  test('is terminal: nothing reopens it', () => {
    const story = converted().does('demo.requested').does('pricing.requested').untilDay(100);
    expect(story.stage).toBe('converted');
    expect(story.state.handoffs).toBe(1);
    expect(story.ignored('ended')).toBe(2);
  });

  test('unless the definition names actions', () => {
    const story = lead({
      policy: (policy) => ({ ...policy, after: { ...policy.after, converted: { reopenOn: ['quote'] } } }),
    });
    story.handsOff().disposes('converted').passes(HOUR).does('demo.requested');
    expect(story.stage).toBe('converted');
    story.does('pricing.requested');
    expect(story.handoff).toMatchObject({ number: 2, trigger: { id: 'quote' } });
  });

  test('waits for nothing and may rest', () => {
    const story = converted();
    expect(story.next).toBeNull();
    expect(isAtRest(story.state)).toBe(true);
    expect(isAtRest(lead().state)).toBe(false);
  });

  test('does not rest while an effect or a click still waits', () => {
    const story = lead().handsOff().fails('tag').disposes('converted');
    expect(isAtRest(story.state)).toBe(false);
    expect(isAtRest(converted().clicks('m1', '/a').state)).toBe(false);
  });
});

describe('unqualified', () => {
  const unqualified = () => lead().handsOff().disposes('unqualified').passes(HOUR);

  test('is terminal for score and warm acts', () => {
    expect(scores(unqualified(), 80).stage).toBe('unqualified');
  });

  test('is reopened by a high-intent act, as the next handoff', () => {
    const story = unqualified().does('demo.requested');
    expect(story.handoff).toMatchObject({ number: 2, trigger: { id: 'demo' } });
  });

  test('is reopened by a booked meeting, with its SLA after the meeting', () => {
    const story = unqualified().books('2026-06-10T15:00:00Z');
    expect(story.handoff.sla.dueAt).toBe(Date.parse('2026-06-11T15:00:00Z'));
    expect(
      story
        .untilDay(1)
        .performed('bridge')
        .filter(({ handoff }) => handoff === 2),
    ).toEqual([]);
  });

  test('stays when the definition says never, or names other actions', () => {
    for (const reopenOn of ['never', ['trial']] as const) {
      const story = lead({
        policy: (policy) => ({
          ...policy,
          after: { ...policy.after, unqualified: { newsletter: true, reopenOn } },
        }),
      });
      story.handsOff().disposes('unqualified').passes(HOUR).does('demo.requested');
      expect(story.stage).toBe('unqualified');
    }
  });

  test('can be handed off again by a person', () => {
    expect(unqualified().handsOff().handoff.number).toBe(2);
  });

  test('is not judged', () => {
    expect(unqualified().judges().verdict).toMatchObject({ ok: false, code: 'lead_ended' });
  });
});

describe('dormancy', () => {
  test('comes 180 days into a nurture period without human engagement for 90 days', () => {
    const story = lead().untilDay(60).opens('m1').untilDay(179.9);
    expect(story.stillNurtured).toBe(true);
    story.untilDay(180);
    expect(story.stage).toBe('dormant');
    expect(story.performed('pause')).toMatchObject([{ handoff: null }]);
    expect(story.next).toBeNull();
    expect(isAtRest(story.state)).toBe(true);
  });

  test('waits until 90 days have passed since the last human act', () => {
    const story = lead().untilDay(150).opens('m1').untilDay(239.9);
    expect(story.stillNurtured).toBe(true);
    expect(story.untilDay(240).stage).toBe('dormant');
  });

  test('counts from the new period after re-entry', () => {
    const story = lead().untilDay(100).handsOff().disposes('not_ready').untilDay(279);
    expect(story.stage).toBe('nurturing');
    expect(story.untilDay(280).stage).toBe('dormant');
  });

  test('ends with any human engagement: the same period, score and counts go on, on the long-term track', () => {
    const story = lead().untilDay(80).opens('m1').clicks('m1', '/a').untilDay(190);
    expect(story.stage).toBe('dormant');
    story.opens('m2');
    expect([story.stage, story.track]).toEqual(['nurturing', 'long_term']);
    expect(story.state.period).toMatchObject({
      number: 1,
      startedAt: story.startedAt,
      allowedSince: story.now,
    });
    expect([story.opened, story.clicked]).toEqual([2, 1]);
    expect(story.score).toBeGreaterThan(1);
    expect(story.performed('resume')).toMatchObject([{ handoff: null, args: { track: 'long_term' } }]);
  });

  test('keeps the nurture time that had run before', () => {
    const story = lead().untilDay(190).opens('m1');
    expect(story.state.period.allowedMs).toBe(180 * DAY);
  });

  test('ends with a handoff when what wakes the lead triggers one', () => {
    const story = lead().untilDay(190).does('demo.requested');
    expect(story.stage).toBe('handed_off');
    expect(story.performed().map(({ args }) => args.effect)).toEqual([
      'pause',
      'resume',
      'pause',
      'task',
      'alert',
    ]);
  });

  test('ends with a click only when its wait is over, and only a human’s', () => {
    const story = lead()
      .delivers('m1')
      .untilDay(190)
      .clicks('m1', '/a')
      .passes(9 * SECOND);
    expect(story.stage).toBe('dormant');
    expect(story.passes(SECOND).stillNurtured).toBe(true);
    const scanned = lead().delivers('m1').untilDay(190).clicks('m1', '/a').clicks('m1', '/b').passes(MINUTE);
    expect(scanned.stage).toBe('dormant');
  });

  test('is not ended by deliveries, machines, automatic replies or imported history', () => {
    const story = lead().untilDay(190).delivers('m1').opens('m1', { bot: true }).isNow({ country: 'US' });
    story.replies('Automatic reply: I am away.').opens('m2', { backfill: true });
    expect(story.stage).toBe('dormant');
  });

  test('wakes without mail for a suppressed lead', () => {
    const story = lead().unsubscribes('marketing').untilDay(190).opens('m1');
    expect(story.stillNurtured).toBe(true);
    expect(story.performed('resume')).toEqual([]);
    expect(nurtureMailAllowed(story)).toBe(false);
  });

  test('comes again', () => {
    const story = lead().untilDay(190).opens('m1').untilDay(279.9);
    expect(story.stillNurtured).toBe(true);
    expect(story.untilDay(280).stage).toBe('dormant');
  });

  test('never comes where the definition has none', () => {
    const story = lead({ policy: (policy) => ({ ...policy, nurture: { ...policy.nurture, sunset: null } }) });
    expect(story.untilDay(1_000).stillNurtured).toBe(true);
  });
});
