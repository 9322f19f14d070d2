import { describe, expect, test } from 'vitest';
import type { SourcePolicy } from '../../src/domain/definition.js';
import { classifyReply } from '../../src/domain/replies.js';
import { samplePolicy } from '../support/sample-definition.js';
import { lead } from '../support/story.js';

const classify = (text: string, more: { autoSubmitted?: boolean; said?: string } = {}) =>
  classifyReply(
    { text, autoSubmitted: more.autoSubmitted === true, said: more.said },
    samplePolicy().replies,
  );

/** A definition that makes a trigger, and points, of every reply. */
const everyReply = (policy: SourcePolicy): SourcePolicy => ({
  ...policy,
  scoring: { ...policy.scoring, rules: [{ id: 'reply', on: 'email.replied', points: 60_000 }] },
  triggers: {
    ...policy.triggers,
    actions: [{ id: 'any', on: 'email.replied', intent: 'high', times: 1, withinMs: 0, visitGapMs: 0 }],
  },
});

describe('a reply is', () => {
  test.each([
    ['I am out of office until 3 June. Is it urgent? Please unsubscribe me.', 'auto_reply'],
    ['Automatic reply: pricing', 'auto_reply'],
    ['Abwesenheitsnotiz: ich bin im Urlaub', 'auto_reply'],
    ['Please unsubscribe me. How much was it again?', 'opt_out'],
    ["Don't call me, I have no question", 'opt_out'],
    ['Don’t call.', 'opt_out'],
    ['How much is it?', 'buying_signal'],
    ['Could we see a demo', 'buying_signal'],
    ['Does it work with our CRM?', 'question'],
    ['Thanks, all clear.', 'other'],
    ['', 'other'],
  ])('%j: %s', (text, expected) => {
    expect(classify(text)).toBe(expected);
  });

  test('automatic when the mail says so of itself, whatever it reads', () => {
    expect(classify('How much is it?', { autoSubmitted: true })).toBe('auto_reply');
  });

  test('what the sender found it to be, where that is one of the classes', () => {
    expect(classify('Hello', { said: 'question' })).toBe('question');
    expect(classify('Hello', { said: 'grumpy' })).toBe('other');
  });

  test('read by the lead’s own words, not by the mail it quotes', () => {
    expect(classify('Thanks.\n> Would you like a demo? Unsubscribe here.')).toBe('other');
    expect(classify('Thanks.\n\nOn Mon, Jun 1, Acme wrote:\nShall we talk about pricing?')).toBe('other');
    expect(classify('Danke.\n-----Original Message-----\nUnsubscribe')).toBe('other');
  });

  test('read by whole words: a recall is no call', () => {
    expect(classify('I recall our trials')).toBe('other');
  });
});

describe('what a reply does', () => {
  test('an automatic one is no response, no act and no trigger', () => {
    const story = lead({ policy: everyReply }).replies('I am out of office.');
    expect(story.stillNurtured).toBe(true);
    expect(story.state.engagement).toMatchObject({ lastResponseAt: null, lastHumanAt: null, humanCount: 0 });
    expect(story.ignored('auto_reply')).toBe(1);
  });

  test('an opt-out suppresses and never triggers, whatever the definition makes of replies', () => {
    const story = lead({ policy: everyReply }).replies('Please unsubscribe me.', { email: 'm1' });
    expect(story.state.suppressed).toMatchObject({ marketing: { why: 'opt_out_reply' }, sales: null });
    expect(story.stillNurtured).toBe(true);
  });

  test('an opt-out from sales mail triggers nothing either, not even by its points', () => {
    const story = lead({ policy: everyReply }).replies('Please unsubscribe me.', { stream: 'sales' });
    expect(story.state.suppressed).toMatchObject({ marketing: null, sales: { why: 'opt_out_reply' } });
    expect(story.stillNurtured).toBe(true);
  });

  test('an opt-out counts as the stream of the mail it answers, else as all', () => {
    expect(lead().replies('Remove me', { email: 'm1' }).state.suppressed.sales).toBeNull();
    expect(lead().replies('Remove me').state.suppressed.sales).not.toBeNull();
  });

  test('another one is a response and an act, and triggers nothing', () => {
    const story = lead({ policy: (policy) => ({ ...everyReply(policy), scoring: policy.scoring }) });
    story.replies('Thanks, all clear.');
    expect(story.stillNurtured).toBe(true);
    expect(story.state.engagement).toMatchObject({ lastResponseAt: story.now, humanCount: 1 });
  });

  test('a question and a buying signal trigger', () => {
    expect(lead().replies('Does it work with our CRM?').trigger.id).toBe('reply');
    expect(lead().replies('Send me a quote please').trigger.id).toBe('reply');
  });
});
