/**
 * What both versions have in common, done once. A change of points, thresholds, waits or texts leaves what is observed
 * of an event as it is; and a change of one source leaves the leads of all others as they are.
 */
import { isDeepStrictEqual } from 'node:util';
import { type HandoffDefinition, type SourceTerms, termsFor } from '../../definition/document.js';
import { Observer, type Subject, type Surroundings } from '../../definition/subject.js';
import { WalkDefinition, type WalkedLead } from '../../definition/walk.js';
import type { LogFact } from '../../domain/lead-event.js';
import type { LeadTraits } from '../../domain/observe.js';

type Published = ConstructorParameters<typeof WalkDefinition>[0];

/** Both versions, ready for walks of one lead after the other. */
export class CommonGround {
  readonly before: WalkDefinition;
  readonly after: WalkDefinition;
  readonly #memory: FactMemory | null;
  readonly #after: HandoffDefinition;
  /** Ids of sources under which both versions do the same. */
  readonly #unchanged: ReadonlySet<string>;

  constructor(before: Published, after: Published) {
    this.#memory = observeAlike(before.definition, after.definition) ? new FactMemory(before) : null;
    this.before = this.#memory ? new SharingDefinition(before, this.#memory) : new WalkDefinition(before);
    this.after = this.#memory ? new SharingDefinition(after, this.#memory) : new WalkDefinition(after);
    this.#after = after.definition;
    this.#unchanged = unchangedSources(before.definition, after.definition);
  }

  /** Both walks of a lead come after this, and before that of the next lead. */
  begin(): void {
    this.#memory?.forget();
  }

  /** Whether both versions must come to the same, because none of the sources that the lead ever named has changed. */
  sameFor({ source, subjects }: WalkedLead): boolean {
    const isUnchanged = (name: string | null) => this.#unchanged.has(termsFor(this.#after, name).id);
    return (
      isUnchanged(source) &&
      subjects.every(({ event }) => {
        const named = event.body.source?.name;
        return !named || isUnchanged(named);
      })
    );
  }
}

class SharingDefinition extends WalkDefinition {
  override readonly observer: Observer;

  constructor(published: Published, observer: Observer) {
    super(published);
    this.observer = observer;
  }
}

interface Remembered {
  readonly fact: LogFact;
  readonly source: string | null;
  readonly label: Subject['event']['label'];
  readonly traits: LeadTraits;
}

/**
 * Remembers each event's fact for one lead. References and calls to action need no comparing: every walk of a lead
 * meets them in the same order.
 */
class FactMemory extends Observer {
  #facts: (Remembered | undefined)[] = [];
  /** Two walks keep traits of their own, which are compared once and not for every event. */
  #alike: { readonly one: LeadTraits; readonly other: LeadTraits; readonly equal: boolean } | null = null;

  forget(): void {
    this.#facts = [];
    this.#alike = null;
  }

  override fact(subject: Subject, surroundings: Surroundings, label = subject.event.label): LogFact {
    const { source, traits } = surroundings;
    const { seq } = subject.event;
    const known = this.#facts[seq];
    if (known && known.source === source && known.label === label && this.#areAlike(known.traits, traits))
      return known.fact;
    const fact = super.fact(subject, surroundings, label);
    this.#facts[seq] = { fact, source, label, traits };
    return fact;
  }

  #areAlike(one: LeadTraits, other: LeadTraits): boolean {
    if (one === other) return true;
    const known = this.#alike;
    if (known?.one === one && known.other === other) return known.equal;
    const equal = isDeepStrictEqual(one, other);
    this.#alike = { one, other, equal };
    return equal;
  }
}

function unchangedSources(before: HandoffDefinition, after: HandoffDefinition): Set<string> {
  const names = Object.keys(after.sources);
  const sameWorld =
    isDeepStrictEqual(before.calendar, after.calendar) &&
    isDeepStrictEqual(before.routing, after.routing) &&
    isDeepStrictEqual(new Set(names), new Set(Object.keys(before.sources)));
  const unchanged = (source: string | null) =>
    isDeepStrictEqual(termsFor(before, source).policy, termsFor(after, source).policy);
  return new Set(
    sameWorld ? [null, ...names].filter(unchanged).map((source) => termsFor(after, source).id) : [],
  );
}

/** Whether two definitions make the same facts of every event, whatever its source. */
function observeAlike(before: HandoffDefinition, after: HandoffDefinition): boolean {
  const sources = Object.keys(before.sources);
  return (
    before.calendar.timeZone === after.calendar.timeZone &&
    isDeepStrictEqual(new Set(sources), new Set(Object.keys(after.sources))) &&
    [null, ...sources].every((source) =>
      isDeepStrictEqual(observed(termsFor(before, source)), observed(termsFor(after, source))),
    )
  );
}

/** What of a source's terms observing looks at. */
function observed({ policy }: SourceTerms) {
  const { scoring, triggers, machines, replies, content } = policy;
  return {
    rules: scoring.rules.map(({ id, on, where }) => ({ id, on, where })),
    fit: scoring.fit,
    actions: triggers.actions.map(({ id, on, where }) => ({ id, on, where })),
    userAgents: machines.userAgents,
    privacyProxyOpens: machines.privacyProxyOpens,
    replies,
    content,
    source: policy.source,
  };
}
