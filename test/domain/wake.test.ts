import { describe, expect, test } from 'vitest';
import type { CommandFact, LogFact } from '../../src/domain/lead-event.js';
import { wakes } from '../../src/domain/wake.js';
import { HOUR, lead, SECOND, type Story } from '../support/story.js';
import type { How } from '../support/story-log.js';

/** What one more event would mean to a lead that has no running workflow. */
function waking(story: Story, type: string, how: How = {}): unknown {
  const snapshot = story.state;
  story.does(type, how);
  const fact = story.inputs.findLast((input) => input.kind === 'engagement');
  if (!fact) throw new Error('Nothing was observed.');
  return wakes(snapshot, fact as LogFact, story.policy);
}

const dormant = () => lead().untilDay(190);
const converted = () => lead().handsOff().disposes('converted').passes(HOUR);
const unqualified = () => lead().handsOff().disposes('unqualified').passes(HOUR);

describe('a sleeping lead', () => {
  test('is woken by any human act', () => {
    expect(waking(dormant(), 'email.opened', { email: 'm1' })).toBe('now');
    expect(waking(dormant(), 'custom.webchat')).toBe('now');
  });

  test('is woken by a click once its machine check is over', () => {
    expect(waking(dormant(), 'email.clicked', { email: 'm1', link: '/a' })).toEqual({ afterMs: 10 * SECOND });
  });

  test('is not woken by machines, automatic replies, deliveries or imported history', () => {
    expect(waking(dormant(), 'email.opened', { email: 'm1', bot: true })).toBe('no');
    expect(waking(dormant(), 'email.replied', { text: 'Automatic reply' })).toBe('no');
    expect(waking(dormant(), 'email.delivered', { email: 'm1' })).toBe('no');
    expect(waking(dormant(), 'lead.updated')).toBe('no');
    expect(waking(dormant(), 'email.opened', { email: 'm1', backfill: true })).toBe('no');
  });

  test('is woken to become a customer, even by imported history', () => {
    expect(waking(dormant(), 'customer.created')).toBe('now');
    expect(waking(dormant(), 'customer.created', { backfill: true })).toBe('now');
  });
});

describe('an ended lead', () => {
  test('that is a customer sleeps on, except for actions the definition names', () => {
    expect(waking(converted(), 'demo.requested')).toBe('no');
    expect(waking(converted(), 'customer.created')).toBe('no');
    const reopening = lead({
      policy: (policy) => ({ ...policy, after: { ...policy.after, converted: { reopenOn: ['quote'] } } }),
    });
    expect(waking(reopening.handsOff().disposes('converted'), 'pricing.requested')).toBe('now');
  });

  test('that is unqualified is woken by high-intent acts alone', () => {
    expect(waking(unqualified(), 'demo.requested')).toBe('now');
    expect(waking(unqualified(), 'webinar.attended')).toBe('no');
    const never = lead({
      policy: (policy) => ({
        ...policy,
        after: { ...policy.after, unqualified: { newsletter: true, reopenOn: 'never' } },
      }),
    });
    expect(waking(never.handsOff().disposes('unqualified'), 'demo.requested')).toBe('no');
  });

  test('that would be reopened by a click waits for its machine check too', () => {
    const story = lead({
      policy: (policy) => ({
        ...policy,
        triggers: {
          ...policy.triggers,
          actions: [
            { id: 'talk', on: 'email.clicked', intent: 'high', times: 1, withinMs: 0, visitGapMs: 0 },
          ],
        },
      }),
    });
    story.handsOff().disposes('unqualified').passes(HOUR);
    expect(waking(story, 'email.clicked', { email: 'm1', link: '/talk' })).toEqual({ afterMs: 10 * SECOND });
  });

  test('is woken by what changes which mail it may get', () => {
    expect(waking(converted(), 'email.unsubscribed', { stream: 'marketing' })).toBe('now');
    expect(waking(converted(), 'email.resubscribed', { stream: 'marketing' })).toBe('no');
    const left = converted().unsubscribes('marketing');
    expect(waking(left, 'email.unsubscribed', { stream: 'marketing' })).toBe('no');
    expect(waking(left, 'email.unsubscribed', { stream: 'all' })).toBe('now');
    expect(waking(left, 'email.resubscribed', { stream: 'sales' })).toBe('now');
  });

  test('is woken by every command: somebody waits for the verdict', () => {
    const command: CommandFact = {
      kind: 'command',
      seq: 9,
      commandId: 'c',
      command: 'disposition',
      at: 0,
      acceptedAt: 0,
    };
    expect(wakes(converted().state, command, lead().policy)).toBe('now');
  });
});
