import { describe, expect, test } from 'vitest';
import { deadlines, nextDeadline } from '../../src/domain/deadlines.js';
import { newLead } from '../../src/domain/step.js';
import { DAY, HOUR, lead, SECOND } from '../support/story.js';

const kinds = (story: ReturnType<typeof lead>) =>
  deadlines(story.state, story.policy)
    .map(({ kind }) => kind)
    .sort();

describe('deadlines are data', () => {
  test('a lead nothing has happened to yet waits for nothing', () => {
    const story = lead({ created: false });
    expect(nextDeadline(newLead('x', story.policy), story.policy)).toBeNull();
  });

  test('a new lead waits for its sunset', () => {
    expect(kinds(lead())).toEqual(['sunset']);
  });

  test('a lead whose counts are met waits for the final email, the fallback and its sunset', () => {
    const story = lead();
    for (const mail of ['m1', 'm2', 'm3', 'm4']) story.clicks(mail, `/${mail}`).passes(HOUR);
    expect(kinds(story)).toEqual(['fallback', 'final_email', 'sunset']);
    expect(story.next).toEqual({ kind: 'final_email', at: story.startedAt + 53 * DAY });
  });

  test('a handed-off lead waits for the bridge, the task’s due instant, the reminder and the SLA', () => {
    expect(kinds(lead().handsOff())).toEqual(['bridge', 'sla', 'sla_reminder', 'task_due']);
  });

  test('a lead that is worked on waits for its idle reminder', () => {
    expect(kinds(lead().handsOff().passes(HOUR).logs('call'))).toEqual(['idle_rep']);
  });

  test('an ended or sleeping lead waits for nothing', () => {
    expect(kinds(lead().does('customer.created'))).toEqual([]);
    expect(kinds(lead().handsOff().disposes('unqualified'))).toEqual([]);
    expect(kinds(lead().untilDay(181))).toEqual([]);
  });

  test('a deadline is never before the lead’s logical time', () => {
    const story = lead().hangs('barrier').handsOff().untilDay(10);
    expect(story.state.requests).toMatchObject([{ request: 'barrier', purpose: 'sla' }]);
    story.isNow({ country: 'US' }).works('barrier');
    expect(story.closed.outcome?.at).toBe(story.startedAt + 3 * DAY);
    expect(story.state.at).toBe(story.startedAt + 10 * DAY);
    expect(story.next?.at).toBeGreaterThanOrEqual(story.state.at);
  });

  test('at the same instant a waiting click counts before anything else is decided', () => {
    const story = lead();
    const sunset = story.startedAt + 180 * DAY;
    story.until(sunset - 10 * SECOND).clicks('m1', '/a');
    expect(story.next).toEqual({ kind: 'pending_click', at: sunset });
    expect(story.until(sunset).stage).toBe('nurturing');
  });

  test('an idle timer changes nothing', () => {
    const story = lead();
    for (const deadline of [
      'pending_click',
      'sla',
      'bridge',
      'task_due',
      'idle_rep',
      'follow_up',
      'retry',
    ] as const) {
      story.apply({ kind: 'timer', deadline, at: story.now }, story.now);
    }
    expect(story.stage).toBe('nurturing');
    expect(story.performed()).toEqual([]);
  });
});

describe('the calendar’s examples (New York, 09:00–17:00, Monday to Friday, holiday on 26 November 2026)', () => {
  const at = (startsAt: string) => lead({ startsAt });

  test('Wednesday 14:30: SLA Tuesday 14:30; warm task Friday 17:00; high intent Wednesday 17:00', () => {
    const warm = at('2026-11-25T14:30:00-05:00').handsOff().handoff;
    expect(warm.sla.dueAt).toBe(Date.parse('2026-12-01T14:30:00-05:00'));
    expect(warm.task.dueAt).toBe(Date.parse('2026-11-27T17:00:00-05:00'));
    const high = at('2026-11-25T14:30:00-05:00').does('demo.requested').handoff;
    expect(high.task.dueAt).toBe(Date.parse('2026-11-25T17:00:00-05:00'));
  });

  test('Wednesday 16:15, high intent: less than an hour is left, so Friday 11:00', () => {
    const { task } = at('2026-11-25T16:15:00-05:00').does('demo.requested').handoff;
    expect(task.dueAt).toBe(Date.parse('2026-11-27T11:00:00-05:00'));
  });

  test('Saturday 11:00: starts Monday 09:00; SLA Thursday 09:00; high intent Monday 17:00', () => {
    const { sla, task } = at('2026-11-28T11:00:00-05:00').does('demo.requested').handoff;
    expect(sla.startsAt).toBe(Date.parse('2026-11-30T09:00:00-05:00'));
    expect(sla.dueAt).toBe(Date.parse('2026-12-03T09:00:00-05:00'));
    expect(task.dueAt).toBe(Date.parse('2026-11-30T17:00:00-05:00'));
  });

  test('a plain duration runs from the handoff itself, whatever the hour', () => {
    const { sla } = lead({ startsAt: '2026-11-28T11:00:00-05:00', source: 'sample-fast' }).handsOff().handoff;
    expect(sla.dueAt).toBe(Date.parse('2026-11-28T11:01:00-05:00'));
    expect(sla.remindAt).toBe(Date.parse('2026-11-28T11:00:30-05:00'));
  });
});
