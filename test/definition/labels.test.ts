import { describe, expect, test } from 'vitest';
import { LabelStory } from '../../src/definition/labels.js';
import { type LoggedEvent, subjectOf } from '../../src/definition/subject.js';

type Label = LoggedEvent['label'];
const event = (seq: number, label: Label, command?: Record<string, unknown>): LoggedEvent => ({
  ...{ seq, type: command ? 'command.correct' : 'email.clicked', occurredAtMs: seq, acceptedAtMs: seq },
  ...{ backfill: false, anonymous: false, label },
  body: command ? { command: { id: `k${seq}`, kind: 'correct', ...command } } : {},
});
/** The label of event 1 once each number of the log is applied. */
function labels(log: readonly LoggedEvent[]): Label[] {
  const story = new LabelStory(log.map(subjectOf));
  return log.map(({ seq }) => story.at(log[0] as LoggedEvent, seq));
}

describe('the label in force', () => {
  test('is the newest correction’s before that point of the log', () => {
    const log = [
      event(1, 'human'),
      event(2, null),
      event(3, null, { target: 1, label: 'machine' }),
      event(4, null, { target: 2, label: 'machine' }),
      event(5, null, { target: 1, label: 'human' }),
    ];
    expect(labels(log)).toEqual([null, null, 'machine', 'machine', 'human']);
  });

  test('of a correction that does not say which is the row’s, and of none at all too', () => {
    expect(labels([event(1, 'machine'), event(2, null, { target: 1 })])).toEqual([null, 'machine']);
    expect(labels([event(1, 'machine'), event(2, null)])).toEqual(['machine', 'machine']);
  });
});
