/** What happened in the walk of a test, as facts that expectations can be compared with. */
import type { Decision, Verdict } from '../domain/decision.js';
import type { MachineRule } from '../domain/lead-event.js';
import { scoreAt } from '../domain/scoring.js';
import type { Handoff, LeadState, PendingClick } from '../domain/state.js';
import type { GivenEvent } from './test-given.js';
import type { Kind } from './test-language.js';
import type { LeadWalk, WalkTurn } from './walk.js';

/** Instants are epoch milliseconds, points milli-points; null is what tests write as `none`. */
export type Actual = string | number | boolean | null | readonly string[];
export type Facts = Readonly<Record<string, Actual>>;

export interface Happening {
  readonly kind: Kind;
  readonly atMs: number;
  facts: Facts;
  /** The handoff as it stood at the end of its first instant. */
  handoff?: Handoff;
  /** The event that was held to be a machine's. */
  readonly event?: GivenEvent;
  readonly rule?: MachineRule;
}

/** Something decided, for telling the lead's story. */
export interface Told {
  readonly atMs: number;
  readonly decision: Decision;
  readonly event: GivenEvent | null;
}

/** Listens to a walk. */
export class Recorder {
  readonly happenings: Happening[] = [];
  readonly told: Told[] = [];
  /** What was said to commands, by their numbers in the log. */
  readonly verdicts = new Map<number, Verdict>();
  readonly #events: ReadonlyMap<number, GivenEvent>;
  #pending: readonly PendingClick[] = [];
  #newest: Happening | null = null;

  constructor(events: readonly GivenEvent[]) {
    this.#events = new Map(events.map((event) => [event.subject.event.seq, event]));
  }

  take(turn: WalkTurn): void {
    const event = this.#eventOf(turn);
    for (const decision of turn.decisions) {
      this.#decided(turn, decision, event);
      this.told.push({ atMs: turn.atMs, decision, event });
    }
    this.#completeHandoff(turn);
    this.#pending = turn.state.engagement.pending;
  }

  /** The event that a turn decided about: the one it was fed, or the click whose wait ended with it. */
  #eventOf({ input, state }: WalkTurn): GivenEvent | null {
    if (input.kind === 'engagement' || input.kind === 'command') return this.#events.get(input.seq) ?? null;
    if (input.kind !== 'timer' || input.deadline !== 'pending_click') return null;
    const settled = this.#pending.find(
      ({ seq }) => !state.engagement.pending.some((click) => click.seq === seq),
    );
    return settled ? (this.#events.get(settled.seq) ?? null) : null;
  }

  #decided(turn: WalkTurn, decision: Decision, event: GivenEvent | null): void {
    const add = (kind: Kind, facts: Facts, more: Partial<Happening> = {}): Happening => {
      const happening: Happening = { kind, atMs: turn.atMs, facts: { at: turn.atMs, ...facts }, ...more };
      this.happenings.push(happening);
      return happening;
    };
    switch (decision.kind) {
      case 'handoff': {
        const { trigger, number, score } = decision;
        const { id, intent, alsoHeld, stale = false } = trigger;
        const source = turn.policy.source;
        this.#newest = add('handoff', { handoff: id, number, intent, score, source, alsoHeld, stale });
        return;
      }
      case 'complete':
        add('ended', {
          ended: decision.outcome,
          number: decision.number,
          replaces: decision.replaces ?? null,
        });
        return;
      case 'period':
        add('reentry', reentryFacts(turn));
        return;
      case 'perform': {
        const { args, handoff } = decision.effect;
        if (args.effect === 'final' || args.effect === 'bridge')
          add('mail', { mail: args.effect, number: handoff });
        if (args.effect === 'alert') add('alert', { alert: args.reason, to: args.to, number: handoff });
        return;
      }
      case 'hold':
        add('held', { held: decision.why });
        return;
      case 'ignore':
        if (decision.reason === 'machine' && event)
          add(
            'machine',
            { machine: namesOf(event), because: decision.rule ?? null },
            { event, ...(decision.rule && { rule: decision.rule }) },
          );
        return;
      case 'stage':
        add('became', { became: decision.to });
        return;
      case 'add_act':
        add('added', { added: decision.trigger.id, number: decision.number });
        return;
      case 'command':
        if (turn.input.kind === 'command') this.verdicts.set(turn.input.seq, decision.verdict);
        return;
      default:
    }
  }

  /** Routing and deadlines become known in turns of the same instant. */
  #completeHandoff({ atMs, state }: WalkTurn): void {
    const newest = this.#newest;
    const handoff = openHandoff(state);
    if (newest === null || handoff === null || atMs !== newest.atMs) return;
    if (handoff.number !== newest.facts.number) return;
    newest.handoff = handoff;
    newest.facts = { ...newest.facts, ...promises(handoff), rep: handoff.rep, routedBy: handoff.routedBy };
  }
}

function openHandoff({ stage }: LeadState): Handoff | null {
  return stage.name === 'handed_off' || stage.name === 'working' ? stage.handoff : null;
}

function promises({ task, sla }: Handoff): Facts {
  return { task: task.dueAt, sla: sla.dueAt, reminder: sla.remindAt };
}

/** A handoff that ended left its outcome behind; a changed outcome that brings the lead back does too. */
function reentryFacts({ state, decisions, policy }: WalkTurn): Facts {
  const complete = decisions.find((decision) => decision.kind === 'complete');
  const tag = complete && policy.reentry.tags[complete.outcome];
  return {
    reentry: complete?.outcome ?? null,
    number: complete?.number ?? null,
    track: state.stage.name === 'nurturing' ? state.stage.track : null,
    tag: tag !== undefined && state.tags.includes(tag) ? tag : null,
  };
}

function namesOf({ id, type }: GivenEvent): readonly string[] {
  return id === null ? [type] : [id, type];
}

/** How a lead is at an instant that its walk has come to. */
export function leadFacts({ state, policy }: LeadWalk, atMs: number): Facts {
  const { stage, engagement, suppressed } = state;
  const { total, contributions } = scoreAt(engagement, atMs, policy);
  const handoff = openHandoff(state) ?? state.lastHandoff;
  return {
    ...{ at: atMs, stage: stage.name, track: stage.name === 'nurturing' ? stage.track : null },
    ...{ score: total, fit: engagement.fit, machines: engagement.machineCount },
    ...{ opens: engagement.openedMails.length, clicks: engagement.clickedLinks.length },
    suppressed: (['marketing', 'sales'] as const).filter((flag) => suppressed[flag] !== null),
    ...{ tags: state.tags, handoffs: state.handoffs, period: state.period.number, source: state.source },
    ...(handoff && promises(handoff)),
    taskState: handoff?.task.state ?? null,
    slaState: handoff?.sla.state ?? null,
    rep: handoff?.rep ?? null,
    followUp: state.followUp?.at ?? null,
    ...Object.fromEntries(contributions.map(({ rule, points }) => [`points.${rule}`, points])),
  };
}
