import { describe, expect, test } from 'vitest';
import { DAY, HOUR, lead, MINUTE, SECOND, type Story } from '../support/story.js';

const instant = (text: string) => Date.parse(text);
// The story starts on Monday, 1 June 2026, at 10:00 in New York (14:00 UTC).
const MONDAY_CLOSING = instant('2026-06-01T21:00:00Z');
const TUESDAY_OPENING_HOUR = instant('2026-06-02T14:00:00Z');
const TUESDAY_CLOSING = instant('2026-06-02T21:00:00Z');
const WEDNESDAY = instant('2026-06-03T14:00:00Z');
const THURSDAY = instant('2026-06-04T14:00:00Z');

describe('a handoff', () => {
  test('pauses nurture first, then asks for routing, deadlines and the package', () => {
    const story = lead().hangs('prepare').does('demo.requested');
    expect(story.performed()).toMatchObject([{ key: 'lead1/h1/pause/1', handoff: 1 }]);
    expect(story.decisions('request')).toMatchObject([
      {
        request: {
          request: 'prepare',
          handoff: 1,
          startedAt: story.now,
          intent: 'high',
          exclude: [],
          prefer: null,
        },
      },
    ]);
  });

  test('prepared, gives the rep a task and an alert', () => {
    const story = lead().does('demo.requested');
    expect(story.decisions('prepared')).toMatchObject([{ number: 1, rep: 'ana', routedBy: 'roundRobin' }]);
    expect(story.performed().map(({ key, args }) => [key, args])).toEqual([
      ['lead1/h1/pause/1', { effect: 'pause' }],
      ['lead1/h1/task/1', { effect: 'task', rep: 'ana', dueAt: MONDAY_CLOSING }],
      [
        'lead1/h1/alert/1',
        { effect: 'alert', to: 'rep', reason: 'handoff', rep: 'ana', dueAt: MONDAY_CLOSING },
      ],
    ]);
    expect(story.handoff).toMatchObject({ number: 1, prepared: true, rep: 'ana' });
  });

  test('is due at closing time of the next business day when warm, of the same day when high', () => {
    expect(lead().handsOff().handoff.task.dueAt).toBe(TUESDAY_CLOSING);
    expect(lead().does('demo.requested').handoff.task.dueAt).toBe(MONDAY_CLOSING);
  });

  test('arms the SLA of three business days and its reminder one business day before', () => {
    const { sla } = lead().handsOff().handoff;
    expect(sla).toEqual({
      state: 'running',
      startsAt: instant('2026-06-01T14:00:00Z'),
      dueAt: THURSDAY,
      remindAt: WEDNESDAY,
      extended: false,
    });
  });

  test('runs by the SLA of its intent where the definition differs', () => {
    const options = {
      policy: (policy: Parameters<NonNullable<NonNullable<Parameters<typeof lead>[0]>['policy']>>[0]) => ({
        ...policy,
        handoff: {
          ...policy.handoff,
          sla: {
            ...policy.handoff.sla,
            high: { ...policy.handoff.sla.high, firstActivityWithin: { businessDays: 1 } },
          },
        },
      }),
    };
    expect(lead(options).does('demo.requested').handoff.sla.dueAt).toBe(TUESDAY_OPENING_HOUR);
    expect(lead(options).handsOff().handoff.sla.dueAt).toBe(THURSDAY);
  });

  test('runs by its source’s SLA', () => {
    expect(lead({ source: 'partner' }).handsOff().handoff.sla.dueAt).toBe(TUESDAY_OPENING_HOUR);
  });

  test('keeps the terms it started with when a newer definition is published', () => {
    const story = lead().handsOff().passes(HOUR);
    story.publishes((policy) => ({
      ...policy,
      handoff: { ...policy.handoff, idle: { remindRepMs: DAY, remindManagerMs: DAY, closeMs: DAY } },
    }));
    story.logs('call').untilDay(10);
    expect(story.handoff.definition.number).toBe(1);
    expect(story.alerts('idle_rep')).toEqual([]);
  });

  test('without a free rep goes to the queue, with an alert to the managers', () => {
    const story = lead();
    story.world.reps = [];
    story.does('demo.requested');
    expect(story.handoff).toMatchObject({ rep: null, routedBy: 'queue' });
    expect(story.alerts()).toMatchObject([{ to: 'managers', reason: 'queue', rep: null }]);
  });

  test('in the queue alerts the managers in the rep’s place, never silently nobody', () => {
    const story = lead();
    story.world.reps = [];
    story.handsOff().untilDay(2.5);
    expect(story.alerts().map(({ to, reason }) => [to, reason])).toEqual([
      ['managers', 'queue'],
      ['managers', 'task_due'],
      ['managers', 'sla_reminder'],
    ]);
  });

  test('starts its clock late only as the preparation says, and is retried until it can be prepared', () => {
    const story = lead().fails('prepare').does('demo.requested').passes(HOUR);
    expect(story.handoff.prepared).toBe(false);
    expect(story.next?.kind).toBe('retry');
    story.works('prepare').passes(HOUR);
    expect(story.handoff.prepared).toBe(true);
    expect(story.performed('task')).toHaveLength(1);
  });

  test('takes a preparation’s answer only once', () => {
    const story = lead().does('demo.requested');
    const facts = {
      rep: 'ben',
      routedBy: 'roundRobin',
      taskDueAt: 1,
      slaStartsAt: 1,
      slaDueAt: 1,
      slaRemindAt: null,
      bridgeExpiresAt: 1,
      calendarHash: 'team',
    };
    const result = { ok: true, answer: { request: 'prepare', facts } } as const;
    story.apply({ kind: 'request_result', id: 1, at: story.now, result }, story.now);
    expect(story.handoff.rep).toBe('ana');
    expect(story.ignored('late_result')).toBe(1);
  });

  test('removes the tag future_handoff that an earlier outcome had set', () => {
    const story = lead().handsOff().disposes('not_ready').untilDay(9);
    expect(story.state.tags).toEqual(['future_handoff']);
    story.does('demo.requested');
    expect(story.state.tags).toEqual([]);
    expect(story.performed('untag')).toMatchObject([{ handoff: 2, args: { tag: 'future_handoff' } }]);
  });
});

describe('the bridge email', () => {
  test('leaves once, two minutes after the handoff', () => {
    const story = lead()
      .does('demo.requested')
      .passes(2 * MINUTE - 1);
    expect(story.performed('bridge')).toEqual([]);
    story.passes(1).untilDay(2);
    expect(story.performed('bridge')).toMatchObject([
      { key: 'lead1/h1/bridge/1', at: story.startedAt + 2 * MINUTE },
    ]);
  });

  const hindrances: [string, string, (story: Story) => Story][] = [
    ['the lead is suppressed', 'suppressed', (story) => story.unsubscribes('marketing')],
    ['the lead unsubscribes from everything', 'suppressed', (story) => story.unsubscribes('all')],
    ['a meeting was booked', 'meeting_booked', (story) => story.books('2026-06-03T15:00:00Z')],
    ['a meeting was booked for a time not told', 'meeting_booked', (story) => story.books(undefined)],
    ['sales has already been active', 'sales_active', (story) => story.logs('call')],
  ];
  test.each(hindrances)('is dropped when %s', (_when, why, happens) => {
    const story = happens(lead().does('demo.requested').passes(MINUTE)).untilDay(2);
    expect(story.performed('bridge')).toEqual([]);
    expect(story.dropped('bridge')).toEqual([why]);
  });

  test.each(hindrances)('is dropped when %s before the handoff is prepared', (_when, _why, happens) => {
    const story = happens(lead().hangs('prepare').does('demo.requested').passes(MINUTE))
      .works('prepare')
      .untilDay(2);
    expect(story.performed('bridge')).toEqual([]);
  });

  test('is dropped when sales was active with what does not meet the SLA', () => {
    const story = lead({
      policy: (policy) => ({
        ...policy,
        handoff: {
          ...policy.handoff,
          sla: { ...policy.handoff.sla, high: { ...policy.handoff.sla.high, satisfiedBy: ['call'] } },
        },
      }),
    });
    story.does('demo.requested').passes(MINUTE).logs('email').untilDay(1);
    expect(story.stage).toBe('handed_off');
    expect(story.dropped('bridge')).toEqual(['sales_active']);
  });

  test('is dropped when a business day has passed', () => {
    const story = lead()
      .fails('pause')
      .does('demo.requested')
      .until(TUESDAY_OPENING_HOUR + 2 * HOUR);
    expect(story.dropped('bridge')).toEqual(['expired']);
    story.works('pause').untilDay(3);
    expect(story.performed('bridge')).toEqual([]);
  });

  test('waits for the pause: a lead must never get both', () => {
    const story = lead().fails('pause').does('demo.requested').passes(HOUR);
    expect(story.performed('bridge')).toEqual([]);
    expect(story.alerts('handoff')).toHaveLength(1);
    expect(story.performed('task')).toHaveLength(1);
    story.works('pause').passes(HOUR);
    expect(story.performed('bridge')).toHaveLength(1);
  });

  test('is not sent where a meeting’s booking started the handoff', () => {
    const story = lead().books('2026-06-03T15:00:00Z').untilDay(1);
    expect(story.performed('bridge')).toEqual([]);
  });

  test('is not sent for a follow-up, nor where the definition has none', () => {
    const story = lead().handsOff().disposes('not_ready', { followUpOn: '2026-06-10' }).untilDay(12);
    expect(story.trigger.kind).toBe('follow_up');
    expect(story.performed('bridge')).toHaveLength(0);
    const none = lead({ policy: (policy) => ({ ...policy, handoff: { ...policy.handoff, bridge: null } }) });
    expect(none.does('demo.requested').untilDay(1).performed('bridge')).toEqual([]);
  });

  test('is taken back while it waits to be sent when the handoff closes', () => {
    const story = lead()
      .fails('bridge')
      .does('demo.requested')
      .passes(5 * MINUTE)
      .disposes('not_ready');
    expect(story.dropped('bridge')).toEqual(['handoff_closed']);
    expect(story.pending('bridge')).toBeUndefined();
  });

  test('is taken back while it waits to be sent when the lead is suppressed', () => {
    const story = lead()
      .fails('bridge')
      .does('demo.requested')
      .passes(5 * MINUTE)
      .does('email.complained');
    expect(story.dropped('bridge')).toEqual(['suppressed']);
    expect(story.pending('bridge')).toBeUndefined();
  });

  test('is not sent again by a reassignment', () => {
    const story = lead().does('demo.requested').passes(HOUR).reassigns('ben').untilDay(2);
    expect(story.performed('bridge')).toHaveLength(1);
  });
});

describe('an unmet task', () => {
  test('alerts rep and manager at once when it falls due', () => {
    const story = lead().does('demo.requested').until(MONDAY_CLOSING);
    expect(story.alerts('task_due')).toMatchObject([
      { to: 'rep', rep: 'ana', at: MONDAY_CLOSING },
      { to: 'managers', at: MONDAY_CLOSING },
    ]);
    expect(story.untilDay(2).alerts('task_due')).toHaveLength(2);
  });

  test('met before alerts nobody', () => {
    const story = lead().does('demo.requested').passes(HOUR).logs('call').untilDay(2);
    expect(story.alerts('task_due')).toEqual([]);
  });

  test('that a new act reopened alerts at its new instant', () => {
    const story = lead()
      .handsOff()
      .passes(HOUR)
      .logs('call')
      .untilDay(1)
      .does('demo.requested')
      .until(TUESDAY_CLOSING);
    expect(story.alerts('task_due').map(({ at }) => at)).toEqual([TUESDAY_CLOSING, TUESDAY_CLOSING]);
  });
});

describe('the SLA', () => {
  test('reminds the rep one business day before', () => {
    const story = lead().handsOff().until(WEDNESDAY);
    expect(story.alerts('sla_reminder')).toMatchObject([{ to: 'rep', rep: 'ana', at: WEDNESDAY }]);
  });

  test('has no reminder when that would not be after the start', () => {
    const story = lead({ source: 'partner' }).handsOff().untilDay(0.9);
    expect(story.handoff.sla.remindAt).toBeNull();
    expect(story.alerts('sla_reminder')).toEqual([]);
  });

  test('once met reminds nobody and never lapses', () => {
    const story = lead().handsOff().passes(HOUR).logs('call').untilDay(20);
    expect(story.handoff.sla.state).toBe('met');
    expect(story.alerts('sla_reminder')).toEqual([]);
    expect(story.stage).toBe('working');
  });

  test('moves to one business day after a booked meeting, and reminds when the meeting begins', () => {
    const story = lead().handsOff().untilDay(1).books('2026-06-05T15:00:00Z');
    expect(story.handoff.meetingAt).toBe(instant('2026-06-05T15:00:00Z'));
    expect(story.handoff.sla).toMatchObject({
      dueAt: instant('2026-06-08T15:00:00Z'),
      remindAt: instant('2026-06-05T15:00:00Z'),
    });
    expect(story.alerts('meeting_booked')).toMatchObject([{ to: 'rep', rep: 'ana' }]);
    story.until('2026-06-08T14:59:00Z');
    expect(story.stage).toBe('handed_off');
    expect(story.until('2026-06-08T15:00:00Z').closed.outcome?.kind).toBe('sla_lapsed');
  });

  test('moves from the start when the meeting’s booking started the handoff', () => {
    const story = lead().books('2026-06-10T15:00:00Z');
    expect(story.handoff.sla.dueAt).toBe(instant('2026-06-11T15:00:00Z'));
  });

  test('stays when the meeting’s time is not told', () => {
    const story = lead().handsOff().passes(HOUR).books(undefined);
    expect(story.handoff.sla.dueAt).toBe(THURSDAY);
    expect(story.alerts('meeting_booked')).toHaveLength(1);
  });

  test('stays when the meeting is over already', () => {
    const story = lead().handsOff().passes(HOUR).books('2026-05-28T15:00:00Z');
    expect(story.handoff.sla.dueAt).toBe(THURSDAY);
    expect(lead().books('2026-05-28T15:00:00Z').stage).toBe('handed_off');
  });

  test('moves even where the definition makes no trigger of a meeting', () => {
    const story = lead({
      policy: (policy) => ({
        ...policy,
        triggers: {
          ...policy.triggers,
          actions: policy.triggers.actions.filter(({ id }) => id !== 'meeting'),
        },
      }),
    });
    story.handsOff().passes(MINUTE).books('2026-06-10T15:00:00Z').untilDay(1);
    expect(story.handoff.sla.dueAt).toBe(instant('2026-06-11T15:00:00Z'));
    expect(story.performed('bridge')).toEqual([]);
  });

  test('does not lapse while a meeting booked in time has not moved it yet', () => {
    const story = lead()
      .handsOff()
      .untilDay(2.9)
      .hangs('deadlines')
      .books('2026-06-10T15:00:00Z')
      .untilDay(4);
    expect(story.stage).toBe('handed_off');
    story.works('deadlines');
    expect(story.handoff.sla.dueAt).toBe(instant('2026-06-11T15:00:00Z'));
  });

  test('does not lapse for a meeting booked in time whose news is still in the log', () => {
    const story = lead().handsOff().untilDay(2.9);
    story.notYetDelivered((log) => log.books('2026-06-10T15:00:00Z')).untilDay(4);
    expect(story.stage).toBe('handed_off');
    expect(story.handoff.sla.dueAt).toBe(instant('2026-06-11T15:00:00Z'));
  });

  test('that was met already does not move', () => {
    const story = lead().handsOff().passes(HOUR).logs('call').passes(HOUR).books('2026-06-10T15:00:00Z');
    expect(story.handoff.sla).toMatchObject({ state: 'met', dueAt: THURSDAY });
  });
});

describe('a lapse of the SLA', () => {
  test('asks the log and the CRM once more first: a call on its way saves the handoff', () => {
    const story = lead().handsOff().untilDay(2.99);
    story.notYetDelivered((log) => log.logs('call', { by: 'ana' })).untilDay(4);
    expect(story.stage).toBe('working');
    expect(story.handoff.sla.state).toBe('met');
    expect(story.alerts('sla_lapsed')).toEqual([]);
  });

  test('counts a call at the very instant of the deadline as in time', () => {
    const story = lead().handsOff().hangs('barrier').untilDay(3).logs('call').works('barrier');
    expect(story.stage).toBe('working');
  });

  test('when the CRM cannot answer asks the manager and waits one business day', () => {
    const story = lead().handsOff();
    story.world.crmAnswers = false;
    story.until(THURSDAY);
    expect(story.stage).toBe('handed_off');
    expect(story.alerts('lapse_unconfirmed')).toMatchObject([{ to: 'managers' }]);
    expect(story.handoff.sla).toMatchObject({ extended: true, dueAt: instant('2026-06-05T14:00:00Z') });
    story.until('2026-06-05T14:00:00Z');
    expect(story.closed.outcome?.kind).toBe('sla_lapsed');
    expect(story.alerts('lapse_unconfirmed')).toHaveLength(1);
  });

  test('within that business day is met by activity', () => {
    const story = lead().handsOff();
    story.world.crmAnswers = false;
    story
      .until(THURSDAY + HOUR)
      .logs('call')
      .untilDay(10);
    expect(story.stage).toBe('working');
  });

  test('is not decided while the log cannot be read', () => {
    const story = lead().handsOff().fails('barrier').untilDay(5);
    expect(story.stage).toBe('handed_off');
    expect(story.next?.kind).toBe('retry');
    story.works('barrier').untilDay(5.1);
    expect(story.closed.outcome).toMatchObject({ kind: 'sla_lapsed', at: THURSDAY });
  });

  const twice = {
    policy: (policy: Parameters<NonNullable<NonNullable<Parameters<typeof lead>[0]>['policy']>>[0]) => ({
      ...policy,
      handoff: {
        ...policy.handoff,
        sla: {
          high: { ...policy.handoff.sla.high, reassignments: 1 },
          warm: { ...policy.handoff.sla.warm, reassignments: 1 },
        },
      },
    }),
  };

  test('may first reassign, with a fresh SLA, to a rep who did not let it lapse', () => {
    const story = lead(twice).handsOff().until(THURSDAY);
    expect(story.stage).toBe('handed_off');
    expect(story.handoff).toMatchObject({
      number: 1,
      rep: 'ben',
      lapsedReps: ['ana'],
      reassignedAfterLapse: 1,
    });
    expect(story.handoff.sla).toMatchObject({ state: 'running', dueAt: instant('2026-06-09T14:00:00Z') });
    expect(story.taskChanges()).toEqual(['owner']);
    expect(story.alerts('sla_lapsed')).toMatchObject([{ to: 'managers' }]);
    expect(story.alerts('handoff').map(({ rep }) => rep)).toEqual(['ana', 'ben']);
    expect(story.performed('task')).toHaveLength(1);
    expect(story.performed('bridge')).toHaveLength(1);
  });

  test('ends the handoff when the reassignments are used up', () => {
    const story = lead(twice).handsOff().until('2026-06-09T14:00:00Z');
    expect(story.closed.outcome?.kind).toBe('sla_lapsed');
    expect(story.stage).toBe('nurturing');
  });

  test('keeps the rep whom a person chose while it was being reassigned', () => {
    const story = lead(twice)
      .handsOff()
      .untilDay(2)
      .hangs('prepare')
      .until(THURSDAY + HOUR)
      .reassigns('cleo');
    story.works('prepare');
    expect(story.handoff.rep).toBe('cleo');
  });
});

describe('reassignment by a person', () => {
  test('leaves task and SLA instants, alerts the new rep and changes the task’s owner', () => {
    const story = lead().handsOff().passes(HOUR);
    const { task, sla } = story.handoff;
    story.reassigns('ben', { by: 'manager' });
    expect(story.verdict).toMatchObject({ ok: true, did: 'reassigned', handoff: 1 });
    expect(story.handoff).toMatchObject({ rep: 'ben', task, sla });
    expect(story.alerts('reassigned')).toMatchObject([{ to: 'rep', rep: 'ben' }]);
    expect(story.performed('task_update')).toMatchObject([{ args: { change: 'owner', rep: 'ben' } }]);
    expect(story.decisions('reassign')).toMatchObject([{ from: 'ana', to: 'ben', by: 'manager' }]);
  });

  test('is how the queue is claimed', () => {
    const story = lead();
    story.world.reps = [];
    story.handsOff().passes(HOUR).reassigns('cleo');
    expect(story.handoff.rep).toBe('cleo');
    expect(story.alerts('reassigned')).toMatchObject([{ rep: 'cleo' }]);
  });

  test('before the preparation is kept by it', () => {
    const story = lead().hangs('prepare').handsOff().reassigns('cleo').works('prepare');
    expect(story.handoff.rep).toBe('cleo');
    expect(story.alerts()).toMatchObject([{ reason: 'handoff', rep: 'cleo' }]);
  });

  test('works while working too', () => {
    const story = lead().handsOff().passes(HOUR).logs('call').reassigns('ben');
    expect(story.stage).toBe('working');
    expect(story.handoff.rep).toBe('ben');
  });

  test('to the same rep, of a closed handoff or of none is refused with the reason', () => {
    const story = lead().reassigns('ben');
    expect(story.verdict).toMatchObject({ ok: false, code: 'no_such_handoff' });
    story.handsOff().reassigns('ana');
    expect(story.verdict).toMatchObject({ ok: false, code: 'same_rep' });
    story.disposes('converted').reassigns('ben');
    expect(story.verdict).toMatchObject({ ok: false, code: 'handoff_closed', outcome: 'converted' });
  });
});

describe('the final marketing email', () => {
  test('is requested when the score passes 80 % of the threshold', () => {
    const story = lead().does('webinar.attended').does('webinar.attended');
    expect(story.performed('final')).toEqual([]);
    story.opens('m1');
    expect(story.performed('final')).toMatchObject([{ key: 'lead1/p1/final/1', handoff: null }]);
    expect(story.stillNurtured).toBe(true);
  });

  test('is requested once per nurture period', () => {
    const story = lead().does('webinar.attended').does('webinar.attended').opens('m1').untilDay(20);
    story.does('webinar.attended').opens('m2').untilDay(25);
    expect(story.performed('final')).toHaveLength(1);
    story.handsOff().disposes('not_ready').passes(HOUR);
    story.does('webinar.attended').does('webinar.attended').opens('m3');
    expect(story.performed('final').map(({ key }) => key)).toEqual(['lead1/p1/final/1', 'lead1/p2/final/1']);
  });

  test('is skipped when one event carries the lead past both marks', () => {
    const story = lead().does('webinar.attended').does('form.submitted').does('webinar.attended');
    expect(story.stage).toBe('handed_off');
    expect(story.performed('final')).toEqual([]);
  });

  test('is skipped then even if fit holds the handoff back', () => {
    const story = lead({ traits: { emailDomain: 'free' } });
    story.does('webinar.attended').does('form.submitted').does('webinar.attended').opens('m1');
    expect(story.stillNurtured).toBe(true);
    expect(story.performed('final')).toEqual([]);
  });

  test('is requested seven days before the fallback could fire, with its counts already met', () => {
    const story = counted(lead()).untilDay(52.99);
    expect(story.performed('final')).toEqual([]);
    story.untilDay(53);
    expect(story.performed('final')).toHaveLength(1);
    expect(story.untilDay(60).trigger.kind).toBe('time');
  });

  test('is requested at once when the counts are met later than that', () => {
    const story = lead().untilDay(1);
    for (const mail of ['m1', 'm2', 'm3']) story.opens(mail);
    story.clicks('m1', '/blog/a').passes(HOUR).clicks('m2', '/blog/b').untilDay(56);
    expect(story.performed('final')).toEqual([]);
    story.opens('m4');
    expect(story.performed('final')).toMatchObject([{ at: story.now }]);
  });

  test('is not requested when the event that meets the counts lets the fallback fire', () => {
    const story = lead().untilDay(1);
    for (const mail of ['m1', 'm2', 'm3']) story.opens(mail);
    story.clicks('m1', '/blog/a').passes(HOUR).clicks('m2', '/blog/b').untilDay(65).opens('m4');
    expect(story.trigger.kind).toBe('time');
    expect(story.performed('final')).toEqual([]);
  });

  test('counts as a direct-CTA email: an answer to it keeps the fallback from firing', () => {
    const story = counted(lead()).untilDay(55).replies('Let me think about it.').untilDay(70);
    expect(story.stillNurtured).toBe(true);
  });

  test('is not requested for a lead that wants no marketing mail', () => {
    const story = lead()
      .does('webinar.attended')
      .does('webinar.attended')
      .unsubscribes('marketing')
      .opens('m1');
    expect(story.performed('final')).toEqual([]);
  });

  test('still waiting is taken back by the handoff', () => {
    const story = lead().fails('final').does('webinar.attended').does('webinar.attended').opens('m1');
    story.passes(SECOND).does('demo.requested');
    expect(story.dropped('final')).toEqual(['superseded']);
    expect(story.pending('final')).toBeUndefined();
  });

  test('is not sent where the definition has none', () => {
    const story = lead({ policy: (policy) => ({ ...policy, handoff: { ...policy.handoff, final: null } }) });
    counted(story).does('webinar.attended').does('webinar.attended').untilDay(59);
    expect(story.performed('final')).toEqual([]);
  });
});

/** Opens and clicks enough for the fallback, on the second day. */
function counted(story: Story): Story {
  story.untilDay(1);
  for (const mail of ['m1', 'm2', 'm3', 'm4']) story.opens(mail);
  return story.clicks('m1', '/blog/a').passes(HOUR).clicks('m2', '/blog/b').passes(HOUR);
}
