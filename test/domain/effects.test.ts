import { describe, expect, test } from 'vitest';
import { ATTENTION_AFTER_ATTEMPTS, retryDelayMs } from '../../src/domain/on-result.js';
import { DAY, HOUR, lead, MINUTE, SECOND } from '../support/story.js';

describe('a failing effect', () => {
  test('is tried again after 5, 10, 20 … seconds, at most an hour apart, for as long as it takes', () => {
    expect([1, 2, 3, 4, 10, 11, 500].map((attempt) => retryDelayMs(attempt) / SECOND)).toEqual([
      5, 10, 20, 40, 2560, 3600, 3600,
    ]);
    const story = lead()
      .fails('alert')
      .does('demo.requested')
      .passes(35 * SECOND);
    expect(story.pending('alert')).toMatchObject({ attempts: 4, code: 'unavailable', parked: false });
    story.works('alert').passes(HOUR);
    expect(story.pending('alert')).toBeUndefined();
  });

  test('is visible, with its code and when it is tried next', () => {
    const story = lead().fails('alert', 'rate_limited').does('demo.requested');
    expect(story.decisions('effect_fault')).toMatchObject([
      { key: 'lead1/h1/alert/1', code: 'rate_limited', parked: false, retryAt: story.now + 5 * SECOND },
    ]);
  });

  test('never blocks the lead: engagement, commands and deadlines go on, and the SLA runs', () => {
    const story = lead()
      .fails('pause')
      .fails('task')
      .fails('alert')
      .handsOff()
      .untilDay(1)
      .does('demo.requested');
    expect(story.decisions('add_act')).toHaveLength(1);
    story.logs('call');
    expect(story.stage).toBe('working');
    const lapsing = lead().fails('pause').fails('task').fails('alert').handsOff().untilDay(4);
    expect(lapsing.closed.outcome?.kind).toBe('sla_lapsed');
  });

  test('that the other side refuses for good is parked until a person has it tried again', () => {
    const story = lead().failsForGood('task').does('demo.requested').untilDay(1);
    expect(story.pending('task')).toMatchObject({ parked: true, attempts: 1, retryAt: 0 });
    story.works('task').untilDay(2);
    expect(story.pending('task')).toBeDefined();
    story.retries('lead1/h1/task/1');
    expect(story.verdict).toMatchObject({ ok: true, did: 'retried' });
    expect(story.pending('task')).toBeUndefined();
  });

  test('that nobody knows cannot be tried again', () => {
    const story = lead().retries('lead1/h1/task/1');
    expect(story.verdict).toMatchObject({ ok: false, code: 'no_such_effect' });
  });

  test('leaving a handoff without a CRM task is told to the managers, once', () => {
    const story = lead()
      .fails('task')
      .does('demo.requested')
      .passes(5 * SECOND);
    expect(story.alerts('no_task')).toEqual([]);
    story.passes(10 * SECOND);
    expect(ATTENTION_AFTER_ATTEMPTS).toBe(3);
    expect(story.alerts('no_task')).toMatchObject([{ to: 'managers' }]);
    expect(story.passes(6 * HOUR).alerts('no_task')).toHaveLength(1);
    expect(lead().failsForGood('task').does('demo.requested').alerts('no_task')).toHaveLength(1);
  });

  test('that no handoff is waiting for any more answers to nobody', () => {
    const story = lead()
      .hangs('bridge')
      .does('demo.requested')
      .passes(5 * MINUTE);
    const key = story.pending('bridge')?.key ?? '';
    story.disposes('not_ready');
    story.apply({ kind: 'effect_result', key, at: story.now, result: { ok: true } }, story.now);
    expect(story.ignored('late_result')).toBe(1);
  });
});

describe('the order of effects', () => {
  test('a change of a task waits for the task and for changes before it', () => {
    const story = lead().hangs('task').does('demo.requested').passes(HOUR).reassigns('ben').logs('call');
    const waiting = story.state.effects.filter(({ args }) => args.effect.startsWith('task'));
    expect(waiting.map(({ key, after }) => [key, after])).toEqual([
      ['lead1/h1/task/1', undefined],
      ['lead1/h1/task_update/1', 'lead1/h1/task/1'],
      ['lead1/h1/task_update/2', 'lead1/h1/task_update/1'],
    ]);
    story.works('task');
    expect(story.state.effects).toEqual([]);
  });

  test('a pause takes back a resume still waiting, and a resume a pause', () => {
    const story = lead().fails('resume').handsOff().disposes('not_ready').passes(SECOND);
    expect(story.pending('resume')).toBeDefined();
    story.does('demo.requested');
    expect(story.pending('resume')).toBeUndefined();
    expect(story.dropped('resume')).toEqual(['superseded']);
    const other = lead().fails('pause').handsOff().disposes('not_ready');
    expect(other.pending('pause')).toBeUndefined();
    expect(other.dropped('pause')).toEqual(['superseded']);
  });

  test('a tag and its removal never wait side by side', () => {
    const story = lead().fails('tag').handsOff().disposes('not_ready').passes(SECOND).does('demo.requested');
    expect(story.pending('tag')).toBeUndefined();
    expect(story.pending('untag')).toBeUndefined();
    expect(story.performed('untag')).toHaveLength(1);
  });

  test('keys count on from handoff to handoff and from period to period', () => {
    const story = lead().untilDay(1);
    for (let round = 0; round < 4; round++) {
      story
        .passes(10 * DAY)
        .does('demo.requested')
        .passes(HOUR)
        .logs('call')
        .passes(HOUR)
        .disposes('not_ready');
    }
    const keys = story.performed().map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(story.performed('task').map(({ key }) => key)).toEqual(
      [1, 2, 3, 4].map((n) => `lead1/h${n}/task/1`),
    );
    // What no effect can be planned under any more is not remembered.
    expect(Object.keys(story.state.ordinals).some((counter) => counter.startsWith('h1/'))).toBe(false);
  });

  test('alerts that cannot be sent do not pile up without bound', () => {
    const story = lead().handsOff().fails('alert').passes(MINUTE);
    for (let act = 0; act < 200; act++) story.passes(SECOND).does('demo.requested');
    expect(story.state.effects.length).toBeLessThan(30);
    expect(story.decisions('add_act')).toHaveLength(200);
  });
});
