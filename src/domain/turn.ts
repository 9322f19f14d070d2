/** One turn of `step`: the state under construction and the decisions so far. Lives within one call, never outside it. */

import { joined } from './copies.js';
import type {
  AlertReason,
  AlertTo,
  Decision,
  EffectArgs,
  EffectPlan,
  IgnoreReason,
  PendingRequest,
  RequestPlan,
  StageName,
} from './decision.js';
import type { CorePolicy } from './definition.js';
import type { Handoff, LeadState, Stage } from './state.js';

export class Turn {
  readonly decisions: Decision[] = [];

  constructor(
    /** The turn's own, changed in place by `set` alone: who needs what was before takes the part, not the state. */
    readonly state: LeadState,
    /** The policy in force: a handoff in flight brings its own terms along. */
    readonly policy: CorePolicy,
    /** The logical instant of this turn. */
    readonly at: number,
    /** Whether the records within the engagement are the turn's own too. */
    readonly ownsRecords: boolean,
  ) {
    if (at > state.at) this.set({ at });
  }

  /** Sets parts of the state; a part itself is replaced, never changed. */
  set(change: Partial<LeadState>): void {
    Object.assign(this.state, change);
  }

  decide(decision: Decision): void {
    this.decisions.push(decision);
  }

  ignore(reason: IgnoreReason, more: { trigger?: string } = {}): void {
    this.decide({ kind: 'ignore', reason, ...more });
  }

  enter(stage: Stage): void {
    const from: StageName = this.state.stage.name;
    this.set({ stage });
    if (from === stage.name) return;
    this.decide({
      kind: 'stage',
      from,
      to: stage.name,
      ...(stage.name === 'nurturing' && { track: stage.track }),
    });
  }

  /** The open handoff, if there is one. */
  get open(): Handoff | null {
    const { stage } = this.state;
    return stage.name === 'handed_off' || stage.name === 'working' ? stage.handoff : null;
  }

  /** Changes the open handoff in place; its stage stays. */
  updateOpen(change: Partial<Handoff>): void {
    const { stage } = this.state;
    if (stage.name !== 'handed_off' && stage.name !== 'working') return;
    this.set({ stage: { name: stage.name, handoff: joined(stage.handoff, change) } });
  }

  /** Plans one effect under a key made from the lead's own story; answers the plan. */
  perform(args: EffectArgs, handoff: number | null = this.open?.number ?? null): EffectPlan {
    const scope = handoff === null ? `p${this.state.period.number}` : `h${handoff}`;
    const counter = `${scope}/${args.effect}`;
    const ordinal = (this.state.ordinals[counter] ?? 0) + 1;
    const after = args.effect === 'task_update' ? this.pendingTaskKey(handoff) : undefined;
    const key = `${this.state.leadId}/${counter}/${ordinal}`;
    const plan: EffectPlan = { key, handoff, args, ...(after !== undefined && { after }) };
    this.set({
      ordinals: { ...this.state.ordinals, [counter]: ordinal },
      effects: [...this.state.effects, joined(plan, { attempts: 0, retryAt: 0, parked: false })],
    });
    this.decide({ kind: 'perform', effect: plan });
    return plan;
  }

  /** What happens to a task happens in order: a change waits for the task itself and for changes before it. */
  private pendingTaskKey(handoff: number | null): string | undefined {
    return this.state.effects.findLast(
      ({ args, handoff: of }) => of === handoff && (args.effect === 'task' || args.effect === 'task_update'),
    )?.key;
  }

  alert(to: AlertTo, reason: AlertReason, handoff: Handoff, dueAt?: number): void {
    this.perform(
      { effect: 'alert', to, reason, rep: handoff.rep, ...(dueAt !== undefined && { dueAt }) },
      handoff.number,
    );
  }

  /** Takes back planned effects that a newer decision made wrong. One already under way answers to nobody. */
  drop(matching: (args: EffectArgs, handoff: number | null) => boolean, why: string): void {
    const dropped = this.state.effects.filter((effect) => matching(effect.args, effect.handoff));
    if (dropped.length === 0) return;
    this.set({ effects: this.state.effects.filter((effect) => !dropped.includes(effect)) });
    for (const { key, args } of dropped) this.decide({ kind: 'drop', effect: args.effect, key, why });
  }

  /** Asks the world outside for what the core cannot compute; the answer comes back as an event. */
  request(plan: RequestPlan): void {
    const request = joined(plan, { id: this.state.nextRequestId, attempts: 0, retryAt: 0 });
    this.set({ nextRequestId: request.id + 1, requests: [...this.state.requests, request] });
    this.decide({ kind: 'request', request });
  }

  /** Forgets requests whose answer nobody waits for any more. */
  forgetRequests(matching: (request: PendingRequest) => boolean): void {
    this.set({ requests: this.state.requests.filter((request) => !matching(request)) });
  }
}
