/** What became of each event of a log, by the same fold that scores them: so that no list disagrees with a count. */
import type { CorePolicy } from './definition.js';
import { absorb, emptyEngagement, firstDue, type SettledClick, settleClick } from './engagement.js';
import type { LogFact, MachineRule } from './lead-event.js';
import type { Engagement } from './state.js';

/**
 * `counted`: an act of a person. `waiting`: an email click whose machine check is still open. `news`: nothing that the
 * lead did. A machine's event names the rule that caught it.
 */
export type EventMark =
  | { readonly as: 'counted' | 'waiting' | 'news' | 'auto_reply' }
  | { readonly as: 'machine'; readonly rule: MachineRule };

/** Whatever period an event was in, it is marked for what it is. */
const WHOLE_LIFE = { number: 1, startedAt: 0 };

/** Marks a log page by page, in order; only the marks of the wanted numbers are kept. */
export class EventMarker {
  readonly marks = new Map<number, EventMark>();
  #engagement: Engagement = emptyEngagement();

  constructor(
    private readonly policy: Pick<CorePolicy, 'scoring' | 'triggers' | 'machines'>,
    private readonly wanted: (seq: number) => boolean,
  ) {}

  add(facts: readonly LogFact[]): void {
    for (const fact of facts) {
      if (fact.kind !== 'engagement') continue;
      this.settle(fact.acceptedAt);
      const absorbed = absorb(this.#engagement, fact, this.policy, WHOLE_LIFE);
      this.#engagement = absorbed.engagement;
      if (absorbed.as === 'machine') this.#mark(fact.seq, { as: 'machine', rule: absorbed.rule });
      else this.#mark(fact.seq, { as: absorbed.as === 'before_period' ? 'counted' : absorbed.as });
    }
  }

  /** Lets the clicks whose wait is over by `atMs` be what they are. */
  settle(atMs: number): void {
    for (let due = firstDue(this.#engagement, atMs); due; due = firstDue(this.#engagement, atMs)) {
      const settled: SettledClick & { engagement: Engagement } = settleClick(
        this.#engagement,
        due,
        this.policy,
      );
      this.#engagement = settled.engagement;
      this.#mark(
        due.seq,
        settled.machine === null ? { as: 'counted' } : { as: 'machine', rule: settled.machine },
      );
    }
  }

  #mark(seq: number, mark: EventMark): void {
    if (this.wanted(seq)) this.marks.set(seq, mark);
  }
}
