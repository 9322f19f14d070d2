/**
 * A lead's life, told for the pure core: what the lead and people do, at simulated instants, and how the world outside
 * answers. Deadlines fire as the workflow fires them: before an event accepted at T, every deadline at or before T.
 * Unless a story says otherwise, every effect succeeds at once and every request is answered at once, with the
 * sample definition's real calendar.
 */
import { nextDeadline } from '../../src/domain/deadlines.js';
import type {
  AlertReason,
  Decision,
  EffectArgs,
  EffectKind,
  PendingEffect,
  PendingRequest,
  TriggerFired,
  Verdict,
} from '../../src/domain/decision.js';
import {
  type ActivityKind,
  type CorePolicy,
  corePolicy,
  type DispositionKind,
  type SourcePolicy,
} from '../../src/domain/definition.js';
import type {
  CommandFact,
  FaultCode,
  LeadEvent,
  LogFact,
  UnsubscribeStream,
} from '../../src/domain/lead-event.js';
import { scoreAt } from '../../src/domain/scoring.js';
import type { Handoff, LeadState } from '../../src/domain/state.js';
import { newLead, refolded, step } from '../../src/domain/step.js';
import { samplePolicy } from './sample-definition.js';
import { type How, StoryLog } from './story-log.js';
import { type Outside, World } from './story-world.js';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Monday, 1 June 2026, 10:00 in New York: a working hour, and no clock change or holiday for months. */
export const START = Date.parse('2026-06-01T14:00:00Z');
interface LeadOptions {
  source?: string;
  /** RFC 3339; the lead is created at this instant. */
  startsAt?: string;
  /** What this story's definition says otherwise. */
  policy?: (policy: SourcePolicy) => SourcePolicy;
  traits?: Record<string, unknown>;
  /** False: nothing has happened yet, not even the lead's creation. */
  created?: boolean;
}

/** A new lead, nurtured since the story's start. */
export function lead(options: LeadOptions = {}): Story {
  return new Story(options);
}

interface Said {
  handoff?: number;
  /** How long before its acceptance it happened, in milliseconds. */
  ago?: number;
  followUpOn?: string;
  by?: string;
}

interface Told {
  readonly at: number;
  readonly decision: Decision;
}
interface Performed {
  readonly at: number;
  readonly key: string;
  readonly handoff: number | null;
  readonly args: EffectArgs;
}

export class Story {
  now: number;
  readonly startedAt: number;
  policy: CorePolicy;
  state: LeadState;
  readonly told: Told[] = [];
  /** Every input of `step`, in order. */
  readonly inputs: LeadEvent[] = [];
  /** Called after every step. */
  watch: (before: LeadState, event: LeadEvent, after: LeadState) => void = () => undefined;
  readonly world = new World();
  private readonly events: StoryLog;
  private undelivered: ((seq: number) => LogFact)[] = [];
  private undeliveredAt: number[] = [];
  private readonly answeredKeys = new Set<string>();
  private holding = false;
  /** A barrier's events are applied before anything else is answered. */
  private asking = false;
  private asked = 0;

  constructor(options: LeadOptions) {
    this.startedAt = options.startsAt === undefined ? START : Date.parse(options.startsAt);
    this.now = this.startedAt;
    const policy = samplePolicy(options.source);
    this.events = new StoryLog(options.policy ? options.policy(policy) : policy, options.traits ?? {});
    this.policy = corePolicy(this.events.policy, { number: 1, hash: 'sample' });
    this.state = newLead('lead1', this.policy);
    if (options.created !== false)
      this.does('lead.created', options.source ? { source: options.source } : {});
  }

  // Time.

  /** Lets time pass until so many days (of 24 hours) after the start. */
  untilDay(days: number): this {
    return this.until(this.startedAt + days * DAY);
  }

  /** Lets time pass; every deadline on the way fires. */
  passes(ms: number): this {
    return this.until(this.now + ms);
  }

  until(at: number | string): this {
    const instant = typeof at === 'string' ? Date.parse(at) : at;
    if (instant < this.now) throw new Error('A story does not go back in time.');
    this.fireThrough(instant);
    this.now = instant;
    return this;
  }

  // What the lead does, and what is heard of it.

  does(type: string, how: How = {}): this {
    return this.log(this.now, this.events.event(type, how, this.now));
  }

  sends(email: string, how: How = {}): this {
    return this.does('email.sent', { email, ...how });
  }
  delivers(email: string, how: How = {}): this {
    return this.does('email.delivered', { email, ...how });
  }
  opens(email: string, how: How = {}): this {
    return this.does('email.opened', { email, ...how });
  }
  /** The click counts ten seconds later. */
  clicks(email: string, link: string, how: How = {}): this {
    return this.does('email.clicked', { email, link, path: link, ...how });
  }
  views(path: string, how: How = {}): this {
    return this.does('page.viewed', { link: path, path, ...how });
  }
  downloads(resource: string, how: How = {}): this {
    return this.does('content.downloaded', { resource, ...how });
  }
  replies(text: string, how: How = {}): this {
    return this.does('email.replied', { text, ...how });
  }
  books(meetingAt: string | undefined, how: How = {}): this {
    return this.does('meeting.booked', { meetingAt, ...how });
  }
  unsubscribes(stream: UnsubscribeStream, how: How = {}): this {
    return this.does('email.unsubscribed', { stream, ...how });
  }
  resubscribes(stream: UnsubscribeStream, how: How = {}): this {
    return this.does('email.resubscribed', { stream, ...how });
  }
  /** A change of what is known of the person; fit follows. */
  isNow(traits: Record<string, unknown>): this {
    this.events.traits = { ...this.events.traits, ...traits };
    return this.does('lead.updated');
  }

  // What people ask for.

  logs(activity: ActivityKind, said: Said = {}): this {
    return this.asks('activity', said, { activity });
  }
  disposes(disposition: DispositionKind, said: Said = {}): this {
    return this.asks('disposition', said, { disposition });
  }
  reassigns(rep: string, said: Said = {}): this {
    return this.asks('reassign', said, { rep });
  }
  handsOff(): this {
    return this.asks('handoff', {}, {});
  }
  judges(): this {
    return this.asks('judge', {}, {});
  }
  retries(effectKey: string): this {
    return this.asks('retry_effect', {}, { effectKey });
  }
  /** Labels an event and folds the period's engagement anew, as the workflow does. */
  corrects(seq: number, label: 'human' | 'machine'): this {
    // No deadline is decided between the correction and the fold.
    this.notYetDelivered(() => this.asks('correct', {}, { target: seq }));
    this.deliverThrough(this.now);
    this.events.label(seq, label);
    this.state = refolded(this.state, this.refold(), this.policy);
    this.fireThrough(this.now);
    return this;
  }

  /** The engagement folded from the log alone, as `refold` and the projection do. */
  refold(): LeadState['engagement'] {
    return this.events.refold(this.state, this.policy);
  }

  // The world outside.

  /** What is told inside is in the log but not delivered: only a barrier, or the next delivered event, brings it. */
  notYetDelivered(tell: (story: this) => void): this {
    this.holding = true;
    tell(this);
    this.holding = false;
    return this;
  }

  fails(what: Outside, code: FaultCode = 'unavailable'): this {
    this.world.set(what, { code, permanent: false });
    return this;
  }
  failsForGood(what: Outside, code: FaultCode = 'rejected'): this {
    this.world.set(what, { code, permanent: true });
    return this;
  }
  hangs(what: Outside): this {
    this.world.set(what, 'hangs');
    return this;
  }
  /** Works again; what was hanging is answered now, what failed at its next attempt. */
  works(what: Outside): this {
    this.world.set(what, 'works');
    this.pump();
    return this;
  }
  /** A newer version of the definition is published: the state is folded anew under it. */
  publishes(change: (policy: SourcePolicy) => SourcePolicy): this {
    this.events.policy = change(this.events.policy);
    const number = this.policy.ref.number + 1;
    this.policy = corePolicy(this.events.policy, { number, hash: `v${number}` });
    this.state = refolded(this.state, this.refold(), this.policy);
    return this;
  }

  // What is seen.

  get stage(): LeadState['stage']['name'] {
    return this.state.stage.name;
  }
  /** In nurture, and never out of it: a handoff that came and lapsed meanwhile does not pass for it. */
  get stillNurtured(): boolean {
    return this.stage === 'nurturing' && this.state.handoffs === 0;
  }
  get track(): string | null {
    return this.state.stage.name === 'nurturing' ? this.state.stage.track : null;
  }
  /** The open handoff. */
  get handoff(): Handoff {
    const { stage } = this.state;
    if (stage.name !== 'handed_off' && stage.name !== 'working') {
      throw new Error(`No handoff is open; the lead is ${stage.name}.`);
    }
    return stage.handoff;
  }
  get closed(): Handoff {
    if (this.state.lastHandoff === null) throw new Error('No handoff was closed.');
    return this.state.lastHandoff;
  }
  get trigger(): TriggerFired {
    return this.handoff.trigger;
  }
  /** Points. */
  get score(): number {
    return scoreAt(this.state.engagement, this.now, this.policy).total / 1000;
  }
  get verdict(): Verdict {
    const verdict = this.state.verdicts.at(-1);
    if (!verdict) throw new Error('Nothing was asked.');
    return verdict;
  }
  get opened(): number {
    return this.state.engagement.openedMails.length;
  }
  get clicked(): number {
    return this.state.engagement.clickedLinks.length;
  }
  /** Number of the last event of the log. */
  get seq(): number {
    return this.state.seq;
  }
  get next(): { kind: string; at: number } | null {
    return nextDeadline(this.state, this.policy);
  }
  daysIn(at: number | null | undefined): number {
    return at == null ? Number.NaN : (at - this.startedAt) / DAY;
  }

  decisions<K extends Decision['kind']>(kind: K): (Extract<Decision, { kind: K }> & { instant: number })[] {
    return this.told.flatMap(({ at, decision }) =>
      decision.kind === kind ? [{ ...(decision as Extract<Decision, { kind: K }>), instant: at }] : [],
    );
  }
  performed(effect?: EffectKind): Performed[] {
    return this.decisions('perform')
      .map(({ effect: { key, handoff, args }, instant }) => ({ at: instant, key, handoff, args }))
      .filter(({ args }) => effect === undefined || args.effect === effect);
  }
  alerts(reason?: AlertReason): { at: number; to: string; reason: string; rep: string | null }[] {
    return this.performed('alert').flatMap(({ at, args }) =>
      args.effect === 'alert' && (reason === undefined || args.reason === reason)
        ? [{ at, to: args.to, reason: args.reason, rep: args.rep }]
        : [],
    );
  }
  taskChanges(): string[] {
    return this.performed('task_update').flatMap(({ args }) =>
      args.effect === 'task_update' ? [args.change] : [],
    );
  }
  ignored(reason?: string): number {
    return this.decisions('ignore').filter((decision) => reason === undefined || decision.reason === reason)
      .length;
  }
  dropped(effect: EffectKind): string[] {
    return this.decisions('drop').flatMap((decision) => (decision.effect === effect ? [decision.why] : []));
  }
  pending(effect: EffectKind): PendingEffect | undefined {
    return this.state.effects.find(({ args }) => args.effect === effect);
  }

  /** Takes a batch of the log as it was observed; when it was drained, what was due by then has fired. */
  receives(facts: readonly LogFact[], drainedAt: number): this {
    for (const fact of facts) {
      this.fireThrough(fact.acceptedAt);
      this.apply(fact, fact.acceptedAt);
    }
    return this.until(Math.max(drainedAt, this.now));
  }

  // The driver.

  private log(acceptedAt: number, fact: (seq: number) => LogFact): this {
    this.undelivered.push(fact);
    this.undeliveredAt.push(acceptedAt);
    if (this.holding) return this;
    this.deliverThrough(Number.POSITIVE_INFINITY);
    this.fireThrough(this.now);
    return this;
  }

  private deliverThrough(at: number): void {
    while (this.undelivered.length > 0 && (this.undeliveredAt[0] ?? 0) <= at) {
      const fact = this.undelivered.shift();
      const acceptedAt = this.undeliveredAt.shift() ?? 0;
      this.fireThrough(acceptedAt);
      if (fact) this.apply(fact(this.state.seq + 1), acceptedAt);
    }
  }

  private fireThrough(at: number): void {
    this.pump();
    for (let fired = 0; ; fired++) {
      const due = nextDeadline(this.state, this.policy);
      if (due === null || due.at > at) return;
      if (fired > 10_000) throw new Error(`Deadlines fire without end: ${due.kind}.`);
      this.apply({ kind: 'timer', deadline: due.kind, at: due.at }, due.at);
    }
  }

  /** Feeds `step` as the workflow does, then answers what it asks for. */
  apply(event: LeadEvent, at: number): void {
    this.now = Math.max(this.now, at);
    const before = this.state;
    const { state, decisions } = step(before, event, this.policy);
    this.state = state;
    this.inputs.push(event);
    for (const decision of decisions) this.told.push({ at, decision });
    this.watch(before, event, state);
    this.pump();
  }

  private pump(): void {
    if (this.asking) return;
    const instant = this.state.at;
    for (const request of this.state.requests) {
      if (request.retryAt === 0 && this.world.of(request.request) !== 'hangs') {
        return this.answerRequest(request, instant);
      }
    }
    for (const effect of this.state.effects) {
      if (this.mayTry(effect)) return this.answerEffect(effect, instant);
    }
  }

  private mayTry(effect: PendingEffect): boolean {
    if (effect.parked || effect.retryAt > 0 || this.world.of(effect.args.effect) === 'hangs') return false;
    return effect.after === undefined || !this.state.effects.some(({ key }) => key === effect.after);
  }

  private answerEffect(effect: PendingEffect, at: number): void {
    const behaviour = this.world.of(effect.args.effect);
    const failed = typeof behaviour === 'object';
    if (!failed) {
      if (this.answeredKeys.has(effect.key)) throw new Error(`${effect.key} happened twice.`);
      this.answeredKeys.add(effect.key);
    }
    this.apply(
      {
        kind: 'effect_result',
        key: effect.key,
        at,
        result: failed ? { ok: false, ...behaviour } : { ok: true },
      },
      at,
    );
  }

  private answerRequest(request: PendingRequest, instant: number): void {
    const behaviour = this.world.of(request.request);
    if (typeof behaviour === 'object') {
      const result = { ok: false, code: behaviour.code } as const;
      return this.apply({ kind: 'request_result', id: request.id, at: instant, result }, instant);
    }
    // What was accepted by the barrier's instant decides with it.
    if (request.request === 'barrier') {
      this.asking = true;
      this.deliverThrough(request.at);
      this.asking = false;
    }
    const at = request.request === 'barrier' ? request.at : instant;
    const result = { ok: true, answer: this.world.answer(request, this.state, this.policy) } as const;
    this.apply({ kind: 'request_result', id: request.id, at, result }, at);
  }

  private asks(
    command: CommandFact['command'],
    { ago = 0, ...said }: Said,
    more: Partial<CommandFact>,
  ): this {
    const acceptedAt = this.now;
    const commandId = `command${++this.asked}`;
    return this.log(acceptedAt, (seq) => ({
      kind: 'command',
      seq,
      commandId,
      command,
      at: acceptedAt - ago,
      acceptedAt,
      ...said,
      ...more,
    }));
  }
}

/** Scores so many points at once, without triggering anything but the score: attended webinars are 20, forms 15, downloads 10. */
export function scores(story: Story, points: number): Story {
  let left = points;
  for (let part = 0; left >= 10; part++) {
    if (left >= 20) story.does('webinar.attended');
    else if (left >= 15) story.does('form.submitted');
    else story.downloads(`resource-${part}-${story.seq}`);
    left -= left >= 20 ? 20 : left >= 15 ? 15 : 10;
  }
  for (let part = 0; left >= 1; part++, left--) story.opens(`mail-${part}-${story.seq}`);
  return story;
}
