/**
 * One lead's life as a definition would have had it: the log's events in the order they were accepted, every deadline
 * at its own instant before them, and the world outside answering at once. The same `observe` and `step` as the live
 * path; no server, no clock. Tests of definitions, worked examples, backtests and corrections all walk this way.
 */
import { nextDeadline } from '../domain/deadlines.js';
import type { Decision, PendingRequest, RequestPlan } from '../domain/decision.js';
import type { CorePolicy, HandoffPolicy } from '../domain/definition.js';
import { corePolicy } from '../domain/definition.js';
import { applyEngagement, emptyEngagement, firstDue, settleClicks } from '../domain/engagement.js';
import type { LeadEvent, LogFact, PreparedFacts, RequestAnswer } from '../domain/lead-event.js';
import type { LeadTraits } from '../domain/observe.js';
import type { LeadState } from '../domain/state.js';
import { advance, newLead, refolded, step } from '../domain/step.js';
import { LabelStory } from './labels.js';
import { noteCallToAction, Observer, type References, type Subject } from './subject.js';
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
  /** The log's own numbers of what its events speak of; without them the walk numbers by itself. */
  readonly refs?: References;
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
  #traits: TraitStory;
  readonly #refs = new LocalReferences();
  readonly #ctas = new Map<string, string | null>();
  readonly #labels: LabelStory;
  #taken = 0;

  constructor(
    readonly lead: WalkedLead,
    readonly definition: WalkDefinition,
    /** Null leaves requests and effects unanswered. */
    readonly team: WalkTeam | null,
    /** Told of every turn, idle ones included. */
    readonly watch?: (turn: WalkTurn) => void,
    /** Moves one state on in place, which is faster: what `watch` is shown holds during its call only. */
    private readonly inPlace = false,
  ) {
    this.policy = definition.policy(lead.source);
    this.state = newLead(lead.id, this.policy);
    this.#traits = new TraitStory(lead.traits, lead.subjects);
    this.#labels = new LabelStory(lead.subjects);
    for (const { event } of lead.subjects) noteCallToAction(this.#ctas, event);
  }

  /**
   * Goes on from a recorded state instead of from the beginning. What was decided stands; the engagement of its period
   * is folded anew under this walk's definition.
   */
  resume(state: LeadState): void {
    this.state = state;
    // The live path folds a period anew with what is known of the lead by now.
    this.#traits = new TraitStory(this.lead.traits, []);
    this.#taken = this.lead.subjects.filter(({ event }) => event.seq <= state.seq).length;
    this.refold();
  }

  /** Walks on through what was accepted by `untilMs`, and fires what was due by then. */
  runUntil(untilMs: number): LeadState {
    this.takeLog(untilMs);
    this.fireDeadlines(untilMs);
    return this.state;
  }

  /** Takes the whole log and lets clicks count that have waited by `untilMs`; what is due after the log's end is left. */
  runThroughLog(untilMs: number): LeadState {
    this.takeLog(Number.POSITIVE_INFINITY);
    for (
      let due = firstDue(this.state.engagement, untilMs);
      due;
      due = firstDue(this.state.engagement, untilMs)
    )
      this.apply({ kind: 'timer', deadline: 'pending_click', at: Math.max(due.settleAt, this.state.at) });
    return this.state;
  }

  private takeLog(untilMs: number): void {
    const { subjects } = this.lead;
    for (;;) {
      const subject = subjects[this.#taken];
      if (!subject || subject.event.acceptedAtMs > untilMs) return;
      this.fireDeadlines(subject.event.acceptedAtMs);
      this.#traits.take(subject.event);
      this.#taken++;
      const fact = this.#fact(subject, this.policy.source);
      this.apply(fact);
      if (fact.kind === 'command' && fact.command === 'correct') this.refold();
    }
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
    if (this.team && (state.requests.length > 0 || state.effects.length > 0)) this.answerWorld(this.team);
  }

  /** Everything asked of the world outside is answered, and everything wanted of it is done, at the same instant. */
  private answerWorld(team: WalkTeam): void {
    const { state } = this;
    const [request] = state.requests;
    if (request) {
      const result = { ok: true, answer: this.answerTo(request, team) } as const;
      this.apply({ kind: 'request_result', id: request.id, at: state.at, result });
      return;
    }
    const [effect] = state.effects;
    if (effect) this.apply({ kind: 'effect_result', key: effect.key, at: state.at, result: { ok: true } });
  }

  private answerTo(request: PendingRequest, team: WalkTeam): RequestAnswer {
    switch (request.request) {
      case 'prepare': {
        const { stage } = this.state;
        const terms =
          stage.name === 'handed_off' || stage.name === 'working' ? stage.handoff.terms : this.policy.handoff;
        const facts = team.prepare(this.lead, request, terms, this.#traits.now);
        return { request: 'prepare', facts };
      }
      case 'deadlines':
        return { request: 'deadlines', instants: team.deadlines(request), calendarHash: 'walk' };
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
    const surroundings = {
      source,
      traits: this.#traits.now,
      refs: this.lead.refs ?? this.#refs.of(subject),
      ctas: this.#ctas,
    };
    const label = this.#labels.at(subject.event, this.state.seq);
    return this.definition.observer.fact(subject, surroundings, label);
  }
}
