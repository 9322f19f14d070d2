/** Which label a person's correction had given an event by some point of the log. */
import type { LoggedEvent, Subject } from './subject.js';

type Label = NonNullable<LoggedEvent['label']>;

interface Given {
  /** The command's own number. */
  readonly seq: number;
  /** Null for corrections that were logged before commands said which label they give. */
  readonly label: Label | null;
}

/** A lead's corrections: each label holds from its command until the next one that names the same event. */
export class LabelStory {
  readonly #given = new Map<number, Given[]>();

  constructor(subjects: readonly Subject[]) {
    for (const { event } of subjects) {
      const { command } = event.body;
      if (command?.kind !== 'correct' || typeof command.target !== 'number') continue;
      const { label } = command;
      const given: Given = {
        seq: event.seq,
        label: label === 'machine' || label === 'human' ? label : null,
      };
      const others = this.#given.get(command.target);
      if (others) others.push(given);
      else this.#given.set(command.target, [given]);
    }
  }

  /** The label in force for an event once the log has been applied through number `throughSeq`. */
  at(event: LoggedEvent, throughSeq: number): Label | null {
    const given = this.#given.get(event.seq);
    // Labelled by no command of this log: as its row has it.
    if (!given) return event.label;
    const newest = given.findLast(({ seq }) => seq <= throughSeq);
    return newest ? (newest.label ?? event.label) : null;
  }
}
