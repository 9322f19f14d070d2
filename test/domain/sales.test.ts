import { describe, expect, test } from 'vitest';
import type { DispositionKind } from '../../src/domain/definition.js';
import { DAY, HOUR, lead, MINUTE, type Story } from '../support/story.js';

/** A warm handoff on Monday at ten; its SLA is due on Thursday at ten. */
const handedOff = () => lead().handsOff().passes(HOUR);
const working = () => handedOff().logs('call', { by: 'ana' });
const lapsed = () => handedOff().untilDay(4);

describe('sales activity', () => {
  test.each(['call', 'email', 'meeting', 'task_completed'] as const)(
    '%s completes the task and meets the SLA',
    (kind) => {
      const story = handedOff().logs(kind, { by: 'ana' });
      expect(story.verdict).toMatchObject({ ok: true, did: 'contacted', handoff: 1 });
      expect(story.stage).toBe('working');
      expect(story.handoff).toMatchObject({
        task: { state: 'done' },
        sla: { state: 'met' },
        firstActivityAt: story.now,
      });
      expect(story.taskChanges()).toEqual(['done']);
      expect(story.decisions('activity')).toMatchObject([{ activity: kind, first: true, by: 'ana' }]);
    },
  );

  test('by any sales user counts', () => {
    expect(handedOff().logs('call', { by: 'somebody-else' }).stage).toBe('working');
  });

  test('a plain note never counts: the rep is asked “Did you make contact?”', () => {
    const story = handedOff().logs('note');
    expect(story.verdict).toMatchObject({ ok: true, did: 'noted' });
    expect(story.stage).toBe('handed_off');
    expect(story.handoff.sla.state).toBe('running');
    expect(story.alerts('confirm_contact')).toMatchObject([{ to: 'rep', rep: 'ana' }]);
  });

  test('a note after contact asks nothing', () => {
    expect(working().logs('note').alerts('confirm_contact')).toEqual([]);
  });

  test('the lead’s inbound mail never counts', () => {
    const story = handedOff().replies('Thanks for your mail.');
    expect(story.stage).toBe('handed_off');
    expect(story.handoff.sla.state).toBe('running');
  });

  test('dated before the handoff is refused', () => {
    const story = handedOff().logs('call', { ago: 2 * HOUR });
    expect(story.verdict).toMatchObject({ ok: false, code: 'before_handoff', handoff: 1 });
    expect(story.stage).toBe('handed_off');
  });

  test('what satisfies is a setting; other activity is recorded and meets nothing', () => {
    const story = lead({
      policy: (policy) => ({
        ...policy,
        handoff: {
          ...policy.handoff,
          sla: { ...policy.handoff.sla, warm: { ...policy.handoff.sla.warm, satisfiedBy: ['meeting'] } },
        },
      }),
    });
    story.handsOff().passes(HOUR).logs('call');
    expect(story.verdict).toMatchObject({ ok: true, did: 'recorded' });
    expect(story.handoff.sla.state).toBe('running');
    expect(story.stage).toBe('handed_off');
    expect(story.logs('meeting').stage).toBe('working');
  });

  test('before the handoff is prepared counts; the task is created done', () => {
    const story = lead().hangs('prepare').handsOff().passes(MINUTE).logs('call').works('prepare').untilDay(5);
    expect(story.stage).toBe('working');
    expect(story.handoff).toMatchObject({ task: { state: 'done' }, sla: { state: 'met' } });
    expect(story.performed('task')).toHaveLength(1);
    expect(story.taskChanges()).toEqual(['done']);
    expect(story.alerts('task_due')).toEqual([]);
  });

  test('without any handoff is refused', () => {
    expect(lead().logs('call').verdict).toMatchObject({ ok: false, code: 'no_such_handoff' });
  });

  test('on a closed handoff is refused with what it ended as', () => {
    const story = working().disposes('converted').logs('call');
    expect(story.verdict).toMatchObject({
      ok: false,
      code: 'handoff_closed',
      handoff: 1,
      outcome: 'converted',
    });
  });

  test('first contact is the earliest that is told, whatever the order', () => {
    const story = handedOff()
      .logs('call')
      .passes(HOUR)
      .logs('email', { ago: 90 * MINUTE });
    expect(story.handoff.firstActivityAt).toBe(story.now - 90 * MINUTE);
    expect(story.decisions('activity').map(({ first }) => first)).toEqual([true, false]);
  });
});

describe('working without any activity', () => {
  test('reminds the rep after 30 days, the manager 7 days later, and 7 days after that closes as no_response', () => {
    const story = working().untilDay(60);
    const contact = story.startedAt + HOUR;
    expect(story.alerts('idle_rep')).toMatchObject([{ to: 'rep', rep: 'ana', at: contact + 30 * DAY }]);
    expect(story.alerts('idle_manager')).toMatchObject([{ to: 'managers', at: contact + 37 * DAY }]);
    expect(story.closed.outcome).toEqual({
      kind: 'no_response',
      at: contact + 44 * DAY,
      by: null,
      followUpOn: null,
    });
    expect(story.stage).toBe('nurturing');
    expect(story.state.tags).toEqual(['future_handoff']);
  });

  test('begins anew with every activity', () => {
    const story = working().untilDay(32).logs('email').untilDay(61);
    expect(story.alerts('idle_rep')).toHaveLength(1);
    expect(story.alerts('idle_manager')).toEqual([]);
    expect(story.untilDay(62.1).alerts('idle_rep')).toHaveLength(2);
  });

  test('does not begin anew with a note', () => {
    const story = working().untilDay(29).logs('note').untilDay(31);
    expect(story.alerts('idle_rep')).toHaveLength(1);
  });

  test('leaves no open task behind when it closes', () => {
    const story = working().untilDay(1).does('demo.requested').untilDay(60);
    expect(story.closed.task.state).toBe('cancelled');
    expect(story.taskChanges()).toEqual(['done', 'reopened', 'cancelled']);
  });
});

describe('a disposition', () => {
  const all: DispositionKind[] = ['converted', 'not_ready', 'unqualified', 'no_response', 'left_sales_mail'];

  test.each(all)('%s is allowed in handed_off and meets the SLA', (kind) => {
    const story = handedOff().disposes(kind, { by: 'ana' });
    expect(story.verdict).toMatchObject({ ok: true, did: 'closed', handoff: 1, outcome: kind });
    expect(story.closed).toMatchObject({
      outcome: { kind, by: 'ana', at: story.now },
      sla: { state: 'met' },
      task: { state: 'done' },
    });
    expect(story.decisions('complete')).toMatchObject([{ number: 1, outcome: kind, by: 'ana' }]);
  });

  test.each(all)('%s is allowed in working', (kind) => {
    expect(working().disposes(kind).closed.outcome?.kind).toBe(kind);
  });

  test('before the preparation is taken, and the preparation’s answer is of no use any more', () => {
    const story = lead().hangs('prepare').handsOff().disposes('unqualified').works('prepare');
    expect(story.stage).toBe('unqualified');
    expect(story.performed('task')).toEqual([]);
  });

  test('what does not fit is refused with a reason', () => {
    expect(lead().disposes('converted').verdict).toMatchObject({ ok: false, code: 'no_such_handoff' });
    expect(handedOff().disposes('converted', { handoff: 7 }).verdict).toMatchObject({
      code: 'no_such_handoff',
    });
    const old = handedOff().disposes('not_ready').untilDay(9).does('demo.requested').disposes('not_ready');
    expect(old.disposes('converted', { handoff: 1 }).verdict).toMatchObject({
      code: 'newer_handoff',
      handoff: 1,
    });
  });
});

describe('a changed disposition', () => {
  test('is taken for seven days', () => {
    const story = handedOff()
      .disposes('not_ready')
      .passes(7 * DAY)
      .disposes('converted', { by: 'manager' });
    expect(story.verdict).toMatchObject({ ok: true, did: 'changed', outcome: 'converted' });
    expect(story.stage).toBe('converted');
    expect(story.decisions('complete')[1]).toMatchObject({
      outcome: 'converted',
      by: 'manager',
      replaces: 'not_ready',
    });
  });

  test('is refused later, saying how the handoff ended', () => {
    const story = handedOff()
      .disposes('not_ready')
      .passes(7 * DAY + 1)
      .disposes('converted');
    expect(story.verdict).toMatchObject({
      ok: false,
      code: 'too_late_to_change',
      handoff: 1,
      outcome: 'not_ready',
    });
    expect(story.stage).toBe('nurturing');
  });

  test('from converted to not ready takes the lead back into nurture', () => {
    const story = handedOff().disposes('converted').passes(DAY).disposes('not_ready');
    expect(story.stage).toBe('nurturing');
    expect(story.track).toBe('long_term');
    expect(story.state.tags).toEqual(['future_handoff']);
    expect(story.performed('resume')).toHaveLength(1);
    expect(story.state.period.number).toBe(2);
  });

  test('from not ready to no response keeps the nurture period and the tag they share', () => {
    const story = handedOff()
      .disposes('not_ready', { followUpOn: '2026-09-01' })
      .passes(DAY)
      .disposes('no_response');
    expect(story.state.period.number).toBe(2);
    expect(story.state.tags).toEqual(['future_handoff']);
    expect(story.state.followUp).toBeNull();
    expect(story.performed('tag')).toHaveLength(1);
  });

  test('from no response to not ready with a date promises a follow-up', () => {
    const story = handedOff()
      .disposes('no_response')
      .passes(DAY)
      .disposes('not_ready', { followUpOn: '2026-06-10' });
    story.untilDay(12);
    expect(story.trigger.kind).toBe('follow_up');
  });

  test('with a new follow-up date replaces the promise', () => {
    const story = handedOff().disposes('not_ready', { followUpOn: '2026-06-10' }).passes(DAY);
    story.disposes('not_ready', { followUpOn: '2026-07-01' }).untilDay(25);
    expect(story.state.handoffs).toBe(1);
    story.untilDay(31);
    expect(story.trigger.kind).toBe('follow_up');
  });

  test('of a handoff followed by a newer one is recorded and leaves the newer one open', () => {
    const story = handedOff().disposes('not_ready').passes(DAY).does('demo.requested');
    story.disposes('no_response', { handoff: 1 });
    expect(story.verdict).toMatchObject({ ok: true, did: 'changed', handoff: 1, outcome: 'no_response' });
    expect(story.handoff.number).toBe(2);
    expect(story.closed.outcome?.kind).toBe('no_response');
  });

  test('gives every handoff exactly one outcome in force', () => {
    const story = handedOff()
      .disposes('not_ready')
      .passes(HOUR)
      .disposes('unqualified')
      .passes(HOUR)
      .disposes('converted');
    expect(story.decisions('complete').map(({ outcome, replaces }) => [outcome, replaces])).toEqual([
      ['not_ready', undefined],
      ['unqualified', 'not_ready'],
      ['converted', 'unqualified'],
    ]);
    expect(story.stage).toBe('converted');
    expect(story.state.tags).toEqual(['customer']);
  });
});

describe('late news', () => {
  test('activity dated before the deadline that arrives after a lapse restores the handoff', () => {
    const story = lapsed().logs('call', { ago: 2 * DAY, by: 'ana' });
    expect(story.verdict).toMatchObject({ ok: true, did: 'restored', handoff: 1 });
    expect(story.stage).toBe('working');
    expect(story.handoff).toMatchObject({
      number: 1,
      rep: 'ana',
      outcome: null,
      sla: { state: 'met' },
      task: { state: 'done' },
      firstActivityAt: story.now - 2 * DAY,
    });
    expect(story.decisions('restore')).toMatchObject([{ number: 1, replaces: 'sla_lapsed' }]);
  });

  test('a restored handoff pauses nurture again, loses the tag, and tells the rep', () => {
    const story = lapsed().logs('call', { ago: 2 * DAY });
    expect(
      story
        .performed()
        .slice(-6)
        .map(({ args }) => args.effect),
    ).toEqual(['resume', 'pause', 'untag', 'task_update', 'alert', 'task_update']);
    expect(story.state.tags).toEqual([]);
    expect(story.alerts('restored')).toMatchObject([{ to: 'rep', rep: 'ana' }]);
    expect(story.state.period.allowedSince).toBeNull();
  });

  test('a handoff restored long after its contact does not go idle at once', () => {
    const story = lapsed()
      .untilDay(80)
      .logs('call', { ago: 78 * DAY })
      .untilDay(109);
    expect(story.stage).toBe('working');
    expect(story.alerts('idle_rep')).toEqual([]);
  });

  test('a restored handoff can end with a disposition, and gets one outcome', () => {
    const story = lapsed()
      .logs('call', { ago: 2 * DAY })
      .passes(HOUR)
      .disposes('converted');
    expect(story.stage).toBe('converted');
    expect(story.closed.outcome?.kind).toBe('converted');
  });

  test('restores a lead that fell asleep meanwhile', () => {
    const story = lapsed().untilDay(190);
    expect(story.stage).toBe('dormant');
    expect(story.logs('call', { ago: 188 * DAY }).stage).toBe('working');
  });

  test('dated after the deadline restores nothing', () => {
    const story = lapsed().logs('call', { ago: HOUR });
    expect(story.verdict).toMatchObject({ ok: false, code: 'handoff_closed', outcome: 'sla_lapsed' });
    expect(story.stage).toBe('nurturing');
  });

  test('a late note restores nothing', () => {
    expect(lapsed().logs('note', { ago: 2 * DAY }).verdict).toMatchObject({
      ok: false,
      code: 'handoff_closed',
    });
  });

  test('restores nothing when a newer handoff exists', () => {
    const story = lapsed()
      .does('demo.requested')
      .logs('call', { ago: 2 * DAY, handoff: 1 });
    expect(story.verdict).toMatchObject({ ok: false, code: 'handoff_closed' });
    expect(story.handoff.number).toBe(2);
  });

  test('a late disposition replaces sla_lapsed as the outcome; the SLA stays lapsed', () => {
    const story = lapsed().untilDay(40).disposes('not_ready', { by: 'ana' });
    expect(story.verdict).toMatchObject({ ok: true, did: 'changed', outcome: 'not_ready' });
    expect(story.closed).toMatchObject({
      outcome: { kind: 'not_ready', by: 'ana' },
      sla: { state: 'lapsed' },
    });
    expect(story.decisions('complete').at(-1)).toMatchObject({ replaces: 'sla_lapsed' });
    expect(story.state.period.number).toBe(2);
  });

  test('a late not_ready with a date keeps its promise', () => {
    const story = lapsed().disposes('not_ready', { followUpOn: '2026-07-01' }).untilDay(31);
    expect(story.trigger.kind).toBe('follow_up');
  });

  test('a late not_ready with a date wakes a sleeping lead, and keeps its promise', () => {
    const story = lapsed().untilDay(190).disposes('not_ready', { followUpOn: '2027-02-01' });
    expect(story.stage).toBe('nurturing');
    story.untilDay(246);
    expect(story.trigger.kind).toBe('follow_up');
  });

  test.each(['converted', 'unqualified'] as const)('a late %s also ends the lead', (kind) => {
    const story = lapsed().disposes(kind);
    expect(story.stage).toBe(kind);
    expect(story.performed('pause')).toHaveLength(2);
    expect(story.state.tags).toEqual([kind === 'converted' ? 'customer' : 'unqualified']);
  });

  test('a late converted ends the lead even while a newer handoff is open, which closes with it', () => {
    const story = lapsed().does('demo.requested').passes(HOUR).disposes('converted', { handoff: 1 });
    expect(story.stage).toBe('converted');
    expect(story.closed).toMatchObject({ number: 2, outcome: { kind: 'converted' } });
    expect(story.decisions('complete').map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'sla_lapsed'],
      [1, 'converted'],
      [2, 'converted'],
    ]);
  });

  test('of a handoff whose lead became a customer since is recorded and changes nothing else', () => {
    for (const kind of ['not_ready', 'unqualified'] as const) {
      const story = lapsed().does('customer.created').disposes(kind);
      expect(story.verdict.ok).toBe(true);
      expect(story.closed.outcome?.kind).toBe(kind);
      expect(story.stage).toBe('converted');
    }
  });
});

describe('a customer', () => {
  const stages: [string, () => Story][] = [
    ['nurturing', () => lead()],
    ['handed_off', handedOff],
    ['working', working],
    ['unqualified', () => handedOff().disposes('unqualified')],
    ['dormant', () => lead().untilDay(181)],
  ];
  test.each(stages)('is made by customer.created from %s', (from, told) => {
    const story = told();
    expect(story.stage).toBe(from);
    story.does('customer.created');
    expect(story.stage).toBe('converted');
    expect(story.state.tags).toContain('customer');
  });

  test('closes an open handoff with that outcome and its task as done', () => {
    const story = handedOff().does('customer.created');
    expect(story.closed).toMatchObject({ outcome: { kind: 'converted', by: null }, task: { state: 'done' } });
    expect(story.decisions('complete')).toMatchObject([{ number: 1, outcome: 'converted' }]);
  });

  test('from nurture is paused there', () => {
    expect(lead().does('customer.created').performed('pause')).toHaveLength(1);
  });

  test('is made once', () => {
    const story = lead().does('customer.created').does('customer.created');
    expect(story.ignored('ended')).toBe(1);
    expect(story.performed('tag')).toHaveLength(1);
  });
});
