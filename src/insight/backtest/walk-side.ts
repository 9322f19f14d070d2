/** One of the two walks: its steps up to an instant, and how the lead stands under it in between. */
import { termsFor } from '../../definition/document.js';
import { LeadWalk, WalkDefinition, type WalkedLead, type WalkTurn } from '../../definition/walk.js';
import { type WalkRep, walkTeam } from '../../definition/walk-team.js';
import type { Decision, TriggerFired } from '../../domain/decision.js';
import type { CorePolicy } from '../../domain/definition.js';
import { type EventMark, EventMarker } from '../../domain/event-marks.js';
import type { DeadlineKind } from '../../domain/lead-event.js';
import { scoreTotal } from '../../domain/scoring.js';
import type { LeadState } from '../../domain/state.js';
import { points } from '../../domain/trigger-words.js';
import type { Side } from './fold.js';
import type { Standing } from './walk-curve.js';
import { isTold } from './walk-words.js';

/** An event or a deadline, and everything that was decided at once because of it. */
export interface Step {
  readonly atMs: number;
  /** The newest event that was applied by then: of an event, its own number. */
  readonly seq: number;
  /** Null for an event. */
  readonly deadline: DeadlineKind | null;
  readonly decisions: readonly Decision[];
  readonly state: LeadState;
  readonly policy: CorePolicy;
}

interface WalkedHandoff {
  readonly atMs: number;
  readonly trigger: TriggerFired;
  readonly source: string;
  /** Points. */
  readonly score: number;
}

export class SideWalk {
  readonly handoffs: WalkedHandoff[] = [];
  readonly #walk: LeadWalk;
  readonly #marker: EventMarker;
  readonly #lead: WalkedLead;
  #steps: Step[] = [];
  #state: LeadState;
  #policy: CorePolicy;

  constructor(lead: WalkedLead, { definition, ref }: Side, reps: readonly WalkRep[]) {
    const walked = new WalkDefinition({
      ...{ ref, definition },
      policyFor: (source) => termsFor(definition, source).policy,
    });
    this.#lead = lead;
    this.#walk = new LeadWalk(lead, walked, walkTeam(definition, reps), (turn) => this.#note(turn));
    this.#state = this.#walk.state;
    this.#policy = this.#walk.policy;
    this.#marker = new EventMarker(this.#policy, () => true);
  }

  /** The source whose rules hold at present. */
  get source(): string {
    return this.#policy.source;
  }

  /** Walks on; the steps that this took, in their order. */
  advance(untilMs: number): readonly Step[] {
    this.#steps = [];
    this.#walk.runUntil(untilMs);
    return this.#steps;
  }

  /** Moves the present to a step of this side, or, where it has none, to an instant; answers how the lead stands then. */
  take(
    step: Step | null,
    atMs: number,
    words: (decision: Decision) => string | null,
  ): { readonly score: number; readonly decisions: readonly string[] } {
    if (step) [this.#state, this.#policy] = [step.state, step.policy];
    const told = (step?.decisions ?? [])
      .filter(isTold)
      .flatMap((decision) => words(this.#asRecorded(decision)) ?? []);
    return { score: this.standingAt(atMs).score, decisions: told };
  }

  /** What the present's acts are worth at an instant from then on, and what they would have to be worth. */
  standingAt(atMs: number): Standing {
    const { threshold } = this.#policy.scoring;
    return { score: scoreOf(this.#state, atMs, this.#policy), threshold: Number(points(threshold)) };
  }

  /** What became of every event, by its number. */
  marksAt(atMs: number): ReadonlyMap<number, EventMark> {
    this.#marker.settle(atMs);
    return this.#marker.marks;
  }

  #note({ atMs, input, decisions, state, policy }: WalkTurn): void {
    for (const decision of decisions) {
      if (decision.kind === 'handoff')
        this.handoffs.push({
          ...{ atMs, trigger: decision.trigger, source: policy.source },
          score: scoreOf(state, atMs, policy),
        });
    }
    if (input.kind === 'engagement') this.#marker.add([input]);
    const last = this.#steps.at(-1);
    const isAnswer = input.kind === 'request_result' || input.kind === 'effect_result';
    if (isAnswer && last) {
      this.#steps[this.#steps.length - 1] = {
        ...last,
        ...{ decisions: [...last.decisions, ...decisions], state, policy },
      };
      return;
    }
    const deadline = input.kind === 'timer' ? input.deadline : null;
    this.#steps.push({ atMs, seq: state.seq, deadline, decisions, state, policy });
  }

  /** A rep who was given a handoff on record is given it again, and not because the lead was theirs. */
  #asRecorded(decision: Decision): Decision {
    if (decision.kind !== 'prepared' || decision.rep === null) return decision;
    const isRecorded = this.#lead.given?.get(decision.number) === decision.rep;
    return isRecorded ? { ...decision, routedBy: 'as on record' } : decision;
  }
}

const scoreOf = ({ engagement }: LeadState, atMs: number, policy: CorePolicy): number =>
  Number(points(scoreTotal(engagement, atMs, policy)));
