/**
 * One lead's life as a definition would have had it: the log's events in the order they were accepted, every deadline
 * at its own instant before them, and the world outside answering at once. The same `observe` and `step` as the live
 * path; no server, no clock. Tests of definitions, worked examples, backtests and corrections all walk this way.
 */
import { nextDeadline } from '../domain/deadlines.js';
import type { Decision, PendingRequest, RequestPlan } from '../domain/decision.js';
import type { CorePolicy, HandoffPolicy } from '../domain/definition.js';
import { corePolicy } from '../domain/definition.js';
import { applyEngagement, emptyEngagement, settleClicks } from '../domain/engagement.js';
import type { LeadEvent, LogFact, PreparedFacts, RequestAnswer } from '../domain/lead-event.js';
import type { LeadTraits } from '../domain/observe.js';
import type { LeadState } from '../domain/state.js';
import { advance, newLead, refolded, step } from '../domain/step.js';
import { noteCallToAction, Observer, type Subject } from './subject.js';
import type { PublishedDefinition } from './versions.js';
import { LocalReferences, TraitStory } from './walk-memory.js';

/** A definition made ready for many walks. */
export class WalkDefinition {
  readonly observer: Observer;
  readonly #policies = new Map<string | null, CorePolicy>();

  constructor(readonly published: Pick<PublishedDefinition, 'ref' | 'definition' | 'policyFor'>) {
    this.observer = new Observer(published);
  }

  policy(source: string | null): CorePolicy {
    const known = this.#policies.get(source);
    if (known) return known;
    const { policyFor, ref } = this.published;
    const policy = corePolicy(policyFor(source), ref);
    this.#policies.set(source, policy);
    return policy;
  }
}

export interface WalkedLead {
  readonly id: string;
  /** The source it entered by; null takes the defaults. */
  readonly source: string | null;
  /** In the order of their numbers, which begin at 1 and have no gaps. */
  readonly subjects: readonly Subject[];
  /** What conditions look at before any event has said more. */
  readonly traits: LeadTraits;
  /** Random id of the rep who owns it, and who was given which of its handoffs, where that is on record. */
  readonly owner?: string | null;
  readonly given?: ReadonlyMap<number, string | null>;
}

/** Who would have taken a handoff, and where its deadlines fall. */
export interface WalkTeam {
  prepare(
    lead: WalkedLead,
    request: Extract<PendingRequest, { request: 'prepare' }>,
    terms: HandoffPolicy,
    traits: LeadTraits,
  ): PreparedFacts;
  deadlines(request: Extract<RequestPlan, { request: 'deadlines' }>): Readonly<Record<string, number>>;
}

/** One turn of a walk: what was put in, what was decided, and how the lead stood after it. */
export interface WalkTurn {
  /** Logical instant. */
  readonly atMs: number;
  readonly input: LeadEvent;
  readonly decisions: readonly Decision[];
  readonly state: LeadState;
  readonly policy: CorePolicy;
}

export class LeadWalk {
  state: LeadState;
  policy: CorePolicy;
  readonly #traits: TraitStory;
  readonly #refs = new LocalReferences();
  readonly #ctas = new Map<string, string | null>();
  /** For events that a person labelled: the number of the newest command that did. A label holds from then on. */
  readonly #labelledBy = new Map<number, number>();
  #taken = 0;

  constructor(
    readonly lead: WalkedLead,
    readonly definition: WalkDefinition,
    readonly team: WalkTeam,
    /** Told of every turn, idle ones included. */
    readonly watch?: (turn: WalkTurn) => void,
    /** Moves one state on in place, which is faster: what `watch` is shown holds during its call only. */
    private readonly inPlace = false,
  ) {
    this.policy = definition.policy(lead.source);
    this.state = newLead(lead.id, this.policy);
    this.#traits = new TraitStory(lead.traits, lead.subjects);
    for (const { event } of lead.subjects) {
      noteCallToAction(this.#ctas, event);
      const { command } = event.body;
      if (command?.kind === 'correct' && typeof command.target === 'number')
        this.#labelledBy.set(command.target, event.seq);
    }
  }

  /** Walks on through what was accepted by `untilMs`, and fires what was due by then. */
  runUntil(untilMs: number): LeadState {
    const { subjects } = this.lead;
    for (;;) {
      const subject = subjects[this.#taken];
      if (!subject || subject.event.acceptedAtMs > untilMs) break;
      this.fireDeadlines(subject.event.acceptedAtMs);
      this.#traits.take(subject.event);
      this.#taken++;
      const fact = this.#fact(subject, this.policy.source);
      this.apply(fact);
      if (fact.kind === 'command' && fact.command === 'correct') this.refold();
    }
    this.fireDeadlines(untilMs);
    return this.state;
  }

  /** What judging the lead at an instant would find; the walk itself goes on as if nobody had asked. */
  judged(atMs: number): readonly Decision[] {
    const at = Math.max(atMs, this.state.at);
    const seq = this.state.seq + 1;
    const judge = { kind: 'command', command: 'judge', commandId: 'walk', seq, at, acceptedAt: at } as const;
    return step(this.state, judge, this.policy).decisions;
  }

  private fireDeadlines(untilMs: number): void {
    for (;;) {
      const due = nextDeadline(this.state, this.policy);
      if (due === null || due.at > untilMs) return;
      this.apply({ kind: 'timer', deadline: due.kind, at: due.at });
    }
  }

  private apply(event: LeadEvent): void {
    const { state, decisions } = this.inPlace
      ? { state: this.state, decisions: advance(this.state, event, this.policy) }
      : step(this.state, event, this.policy);
    this.state = state;
    this.watch?.({ atMs: state.at, input: event, decisions, state, policy: this.policy });
    if (state.source !== this.policy.source) this.refold();
    if (state.requests.length > 0 || state.effects.length > 0) this.answerWorld();
  }

  /** Everything asked of the world outside is answered, and everything wanted of it is done, at the same instant. */
  private answerWorld(): void {
    const { state } = this;
    const [request] = state.requests;
    if (request) {
      const result = { ok: true, answer: this.answerTo(request) } as const;
      this.apply({ kind: 'request_result', id: request.id, at: state.at, result });
      return;
    }
    const [effect] = state.effects;
    if (effect) this.apply({ kind: 'effect_result', key: effect.key, at: state.at, result: { ok: true } });
  }

  private answerTo(request: PendingRequest): RequestAnswer {
    switch (request.request) {
      case 'prepare': {
        const { stage } = this.state;
        const terms =
          stage.name === 'handed_off' || stage.name === 'working' ? stage.handoff.terms : this.policy.handoff;
        const facts = this.team.prepare(this.lead, request, terms, this.#traits.now);
        return { request: 'prepare', facts };
      }
      case 'deadlines':
        return { request: 'deadlines', instants: this.team.deadlines(request), calendarHash: 'walk' };
      case 'barrier':
        // Everything accepted by this instant is applied: the walk follows logical time.
        return { request: 'barrier', throughSeq: this.state.seq, asked: true };
    }
  }

  /** Folds the current period anew: its source, and so its rules, are others now, or its past is. */
  private refold(): void {
    const policy = this.definition.policy(this.state.source);
    const { period, at } = this.state;
    let engagement = emptyEngagement();
    for (const subject of this.lead.subjects.slice(0, this.#taken)) {
      const fact = this.#fact(subject, policy.source);
      if (fact.kind === 'engagement') engagement = applyEngagement(engagement, fact, policy, period);
    }
    this.policy = policy;
    this.state = refolded(this.state, settleClicks(engagement, at, policy), policy);
  }

  #fact(subject: Subject, source: string): LogFact {
    const { event } = subject;
    const labelledBy = this.#labelledBy.get(event.seq) ?? 0;
    const surroundings = {
      source,
      traits: this.#traits.now,
      refs: this.#refs.of(subject),
      ctas: this.#ctas,
    };
    return this.definition.observer.fact(
      subject,
      surroundings,
      labelledBy <= this.state.seq ? event.label : null,
    );
  }
}
