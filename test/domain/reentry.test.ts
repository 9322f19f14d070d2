import { describe, expect, test } from 'vitest';
import { DAY, HOUR, lead, type Story } from '../support/story.js';

const handedOff = () => lead().opens('m1').passes(HOUR).handsOff().passes(HOUR);

describe('re-entry', () => {
  const causes: [string, string, (story: Story) => Story][] = [
    ['sla_lapsed', 'future_handoff', (story) => story.untilDay(4)],
    ['not_ready', 'future_handoff', (story) => story.disposes('not_ready')],
    ['no_response', 'future_handoff', (story) => story.disposes('no_response')],
    ['left_sales_mail', 'no_sales_mail', (story) => story.disposes('left_sales_mail')],
    ['left_sales_mail', 'no_sales_mail', (story) => story.unsubscribes('sales')],
  ];

  test.each(causes)(
    'after %s: nurturing on the long-term track, tag %s, mail resumed',
    (outcome, tag, happens) => {
      const story = happens(handedOff());
      expect(story.closed.outcome?.kind).toBe(outcome);
      expect([story.stage, story.track]).toEqual(['nurturing', 'long_term']);
      expect(story.state.tags).toEqual([tag]);
      expect(story.performed('tag')).toMatchObject([{ handoff: 1, args: { tag } }]);
      expect(story.performed('resume')).toMatchObject([{ handoff: 1, args: { track: 'long_term' } }]);
    },
  );

  test('begins a new nurture period: score, counts and windows start from nothing', () => {
    const story = lead()
      .views('/pricing')
      .opens('m1')
      .clicks('m1', '/a')
      .passes(HOUR)
      .handsOff()
      .disposes('not_ready');
    expect(story.state.period).toMatchObject({
      number: 2,
      startedAt: story.now,
      allowedMs: 0,
      allowedSince: story.now,
    });
    expect([story.score, story.opened, story.clicked]).toEqual([0, 0, 0]);
    expect(story.state.engagement.visits).toEqual({});
    expect(story.decisions('period')).toMatchObject([{ number: 2, startedAt: story.now }]);
  });

  test('counts nothing that happened before it, though it is told of late', () => {
    const story = handedOff().disposes('not_ready').passes(HOUR);
    story
      .opens('m2', { ago: 2 * HOUR })
      .clicks('m2', '/a', { ago: 2 * HOUR })
      .does('demo.requested', { ago: 2 * HOUR });
    story.passes(HOUR);
    expect(story.stage).toBe('nurturing');
    expect([story.score, story.opened, story.clicked]).toEqual([0, 0, 0]);
    expect(story.ignored('before_period')).toBe(3);
  });

  test('counts the fallback’s sixty days from the new period on', () => {
    const story = lead().untilDay(50).handsOff().disposes('not_ready').untilDay(60);
    for (const mail of ['m1', 'm2', 'm3', 'm4']) story.clicks(mail, `/${mail}`).passes(HOUR);
    expect(story.untilDay(109.9).state.handoffs).toBe(1);
    expect(story.untilDay(110).trigger.kind).toBe('time');
  });

  test('after a lapse closes the task as missed and tells the manager', () => {
    const story = handedOff().untilDay(4);
    expect(story.closed).toMatchObject({ task: { state: 'missed' }, sla: { state: 'lapsed' } });
    expect(story.taskChanges()).toEqual(['missed']);
    expect(story.alerts('sla_lapsed')).toMatchObject([{ to: 'managers' }]);
  });

  test('resumes no mail for a lead that is suppressed, and its nurture time does not run', () => {
    const story = handedOff().unsubscribes('marketing').disposes('not_ready').untilDay(10);
    expect(story.stage).toBe('nurturing');
    expect(story.performed('resume')).toEqual([]);
    expect(story.state.period.allowedSince).toBeNull();
  });

  test('takes the newest source the lead entered by; until then the first decides', () => {
    const story = lead({ source: 'webinar' }).passes(HOUR).does('form.submitted', { source: 'partner' });
    expect(story.state).toMatchObject({ source: 'webinar', newestSource: 'partner' });
    story.handsOff();
    expect(story.state.source).toBe('webinar');
    story.disposes('not_ready');
    expect(story.state.source).toBe('partner');
    expect(story.decisions('period')).toMatchObject([{ source: 'partner' }]);
  });

  test('takes back what the rep was still to be told', () => {
    const story = lead().fails('alert').handsOff().disposes('not_ready');
    expect(story.dropped('alert')).toEqual(['handoff_closed']);
  });
});

describe('left sales mail', () => {
  test('suppresses sales mail from then on and leaves marketing’s alone', () => {
    const story = handedOff().disposes('left_sales_mail');
    expect(story.state.suppressed.sales).toMatchObject({ why: 'disposition' });
    expect(story.state.suppressed.marketing).toBeNull();
    expect(story.performed('resume')).toHaveLength(1);
  });

  test('a rep who takes that word back lifts the flag that it had set, and no other', () => {
    const story = handedOff().disposes('left_sales_mail').passes(HOUR).disposes('not_ready', { handoff: 1 });
    expect(story.state.suppressed.sales).toBeNull();
    const said = handedOff().unsubscribes('sales').passes(HOUR).disposes('not_ready', { handoff: 1 });
    expect(said.state.suppressed.sales).toMatchObject({ why: 'unsubscribed' });
  });

  test('by unsubscribing cancels the task and tells the rep', () => {
    const story = handedOff().unsubscribes('sales');
    expect(story.taskChanges()).toEqual(['cancelled']);
    expect(story.alerts('left_sales_mail')).toMatchObject([{ to: 'rep', rep: 'ana' }]);
  });
});

describe('a follow-up date', () => {
  const promised = () => handedOff().disposes('not_ready', { followUpOn: '2026-09-01' });

  test('hands off again on that business day: same rep, warm, own SLA, no bridge', () => {
    const story = promised();
    story.world.reps = ['ben', 'ana'];
    expect(story.decisions('follow_up')).toMatchObject([{ number: 1, on: '2026-09-01' }]);
    story.until('2026-09-01T13:00:00Z');
    expect(story.trigger).toMatchObject({ kind: 'follow_up', intent: 'warm', alsoHeld: [] });
    expect(story.handoff).toMatchObject({ number: 2, rep: 'ana', routedBy: 'preferred' });
    expect(story.handoff.startedAt).toBe(Date.parse('2026-09-01T13:00:00Z'));
    expect(story.handoff.sla.dueAt).toBe(Date.parse('2026-09-04T13:00:00Z'));
    expect(
      story
        .passes(DAY)
        .performed('bridge')
        .filter(({ handoff }) => handoff === 2),
    ).toEqual([]);
  });

  test('on a day nobody works moves to the next business day', () => {
    const story = handedOff()
      .disposes('not_ready', { followUpOn: '2026-09-05' })
      .until('2026-09-07T12:59:00Z');
    expect(story.stage).toBe('nurturing');
    expect(story.until('2026-09-07T13:00:00Z').trigger.kind).toBe('follow_up');
  });

  test('goes by the routing ladder when the rep is gone', () => {
    const story = promised();
    story.world.reps = ['cleo'];
    story.until('2026-09-02T00:00:00Z');
    expect(story.handoff.rep).toBe('cleo');
  });

  test('ignores the cooldown', () => {
    const story = handedOff().disposes('not_ready', { followUpOn: '2026-06-03' }).untilDay(3);
    expect(story.trigger.kind).toBe('follow_up');
  });

  test('makes the fallback wait for it, and the sunset', () => {
    const story = promised().disposes('not_ready', { followUpOn: '2027-03-01' });
    for (const mail of ['m1', 'm2', 'm3', 'm4']) story.clicks(mail, `/${mail}`).passes(HOUR);
    story.untilDay(200);
    expect(story.stage).toBe('nurturing');
    expect(story.state.handoffs).toBe(1);
    expect(story.performed('final')).toEqual([]);
    expect(story.until('2027-03-02T00:00:00Z').trigger.kind).toBe('follow_up');
  });

  test('is cancelled by a newer handoff', () => {
    const story = promised()
      .untilDay(10)
      .does('demo.requested')
      .disposes('no_response')
      .until('2026-09-20T00:00:00Z');
    expect(story.state.handoffs).toBe(2);
    expect(story.stage).toBe('nurturing');
  });

  test('stays cancelled when that newer handoff lapses', () => {
    const story = promised().untilDay(10).does('demo.requested').until('2026-09-20T00:00:00Z');
    expect(story.closed).toMatchObject({ number: 2, outcome: { kind: 'sla_lapsed' } });
    expect(story.state.handoffs).toBe(2);
  });

  test('is cancelled by a terminal stage', () => {
    const story = promised().untilDay(10).does('customer.created').until('2026-09-20T00:00:00Z');
    expect(story.state.handoffs).toBe(1);
    expect(story.state.followUp).toBeNull();
  });

  test('belongs to not_ready alone', () => {
    const story = handedOff().disposes('no_response', { followUpOn: '2026-09-01' });
    expect(story.state.followUp).toBeNull();
  });

  test('computed late for a promise that was replaced counts for nothing', () => {
    const story = handedOff()
      .hangs('deadlines')
      .disposes('not_ready', { followUpOn: '2026-06-08' })
      .passes(HOUR);
    story
      .does('demo.requested')
      .passes(HOUR)
      .disposes('not_ready', { followUpOn: '2026-09-01' })
      .works('deadlines');
    expect(story.state.followUp).toMatchObject({ on: '2026-09-01', at: Date.parse('2026-09-01T13:00:00Z') });
  });

  test('computed late for a date that was changed counts for nothing', () => {
    const story = handedOff()
      .hangs('deadlines')
      .disposes('not_ready', { followUpOn: '2026-06-08' })
      .passes(HOUR);
    story.disposes('not_ready', { followUpOn: '2026-09-01' }).works('deadlines');
    expect(story.state.followUp).toMatchObject({ on: '2026-09-01', at: Date.parse('2026-09-01T13:00:00Z') });
    expect(story.ignored('late_result')).toBe(0);
  });

  test('whose instant cannot be computed yet is asked again', () => {
    const story = handedOff()
      .fails('deadlines')
      .disposes('not_ready', { followUpOn: '2026-09-01' })
      .passes(HOUR);
    expect(story.state.followUp?.at).toBeNull();
    story.works('deadlines').passes(2 * HOUR);
    expect(story.state.followUp?.at).toBe(Date.parse('2026-09-01T13:00:00Z'));
  });
});
