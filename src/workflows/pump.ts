/**
 * Starts attempts beside the loop and turns their answers into events. It awaits nothing the loop needs: a failing
 * effect makes nobody wait, and what must be tried for longer is retried from state.
 */
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { EffectAnswer, RefoldAnswer } from '../contracts/lead-workflow.js';
import { nextDeadline } from '../domain/deadlines.js';
import type { Decision, PendingEffect, PendingRequest } from '../domain/decision.js';
import type { FaultCode, RequestResultFact } from '../domain/lead-event.js';
import { attempts, folding, recording } from './activity-proxies.js';
import type { Answer, LeadRun } from './lead-run.js';
import { nextInWords } from './presentation.js';

/** Attempts under way at once, the journal apart. */
const IN_FLIGHT_MAX = 8;
/** The snapshot in Postgres is renewed at least every so many applied events. */
const RECORD_EVERY_EVENTS = 200;
/** A handoff decided about a past longer ago than this starts its SLA now: never before the rep could know. */
const LATE_AFTER_MS = 60_000;
const NURTURE_LANE: ReadonlySet<string> = new Set(['pause', 'resume', 'tag', 'untag']);
const FAULTS: ReadonlySet<string> = new Set<FaultCode>([
  'unavailable',
  'timeout',
  'rate_limited',
  'rejected',
  'not_found',
  'unauthorized',
  'unknown_outcome',
  'suppressed',
  'internal',
]);

export class Pump {
  /** What is under way: effect keys, request ids, and the lane each one occupies. */
  private readonly running = new Map<string, 'nurture' | 'other'>();
  private recording = false;
  private recordedSeq: number;
  private recordedOutlook: string | null = null;
  private recordOnly = false;

  constructor(
    private readonly run: LeadRun,
    private readonly answer: (answer: Answer) => void,
  ) {
    this.recordedSeq = run.state.seq;
  }

  inFlight(): string[] {
    return [...this.running.keys()];
  }

  isIdle(): boolean {
    return this.running.size === 0 && !this.recording;
  }

  start(options: { recordOnly: boolean }): void {
    this.recordOnly = options.recordOnly;
    if (this.shouldRecord()) this.record();
    if (options.recordOnly) return;
    const resendFrom = this.run.takeResend();
    if (resendFrom !== null) this.track('resend', 'other', () => this.resend(resendFrom));
    for (const request of this.run.state.requests) {
      if (this.mayAsk(request)) this.track(`request/${request.id}`, 'other', () => this.ask(request));
    }
    for (const effect of this.run.state.effects) {
      if (this.mayTry(effect)) this.track(effect.key, laneOf(effect), () => this.attempt(effect));
    }
  }

  hasSomethingToStart(): boolean {
    if (this.shouldRecord()) return true;
    if (this.recordOnly) return false;
    return (
      this.run.state.requests.some((request) => this.mayAsk(request)) ||
      this.run.state.effects.some((effect) => this.mayTry(effect))
    );
  }

  /** Folds the engagement anew; the answer comes back through `done`. */
  refold(uptoSeq: number, source: string, done: (answer: RefoldAnswer) => void): void {
    const { leadId, epoch, state } = this.run;
    this.track('refold', 'other', async () => {
      const { number, startedAt } = state.period;
      done(
        await folding.refold({
          leadId,
          epoch,
          appliedSeq: state.seq,
          atMs: state.at,
          uptoSeq,
          source,
          period: { number, startedAt },
        }),
      );
    });
  }

  private mayTry(effect: PendingEffect): boolean {
    if (
      effect.parked ||
      effect.retryAt > 0 ||
      this.running.has(effect.key) ||
      this.running.size >= IN_FLIGHT_MAX
    ) {
      return false;
    }
    if (effect.after !== undefined && this.run.state.effects.some(({ key }) => key === effect.after))
      return false;
    // Pause and resume may not overtake each other: a lead must never be mailed because an older attempt ended later.
    return laneOf(effect) !== 'nurture' || ![...this.running.values()].includes('nurture');
  }

  private mayAsk(request: PendingRequest): boolean {
    return request.retryAt === 0 && !this.running.has(`request/${request.id}`);
  }

  private track(key: string, lane: 'nurture' | 'other', work: () => Promise<void>): void {
    this.running.set(key, lane);
    void work().finally(() => this.running.delete(key));
  }

  private async attempt(effect: PendingEffect): Promise<void> {
    const { leadId, epoch } = this.run;
    let result: EffectAnswer;
    try {
      result = await attempts.performEffect({ leadId, epoch, effect });
    } catch (error) {
      result = { ok: false, code: faultOf(error), permanent: false };
    }
    this.answer({ kind: 'event', event: { kind: 'effect_result', key: effect.key, at: Date.now(), result } });
  }

  private async ask(request: PendingRequest): Promise<void> {
    try {
      await this.answerRequest(request);
    } catch (error) {
      this.answer({ kind: 'event', event: failed(request, faultOf(error)) });
    }
  }

  private async answerRequest(request: PendingRequest): Promise<void> {
    const { leadId, epoch, state, policy } = this.run;
    const definition = this.run.openDefinition() ?? policy.ref;
    switch (request.request) {
      case 'prepare': {
        const now = Date.now();
        const startedAt = now - request.startedAt > LATE_AFTER_MS ? now : request.startedAt;
        const answer = await attempts.prepareHandoff({
          leadId,
          epoch,
          request: { ...request, startedAt },
          definition,
          state,
        });
        this.answer({ kind: 'event', event: answered(request, answer, Date.now()) });
        return;
      }
      case 'deadlines': {
        const answer = await attempts.computeDeadlines({ leadId, request, definition });
        this.answer({ kind: 'event', event: answered(request, answer, Date.now()) });
        return;
      }
      case 'barrier': {
        const {
          facts,
          answer,
          definition: newest,
        } = await attempts.barrier({
          leadId,
          epoch,
          afterSeq: state.seq,
          definition: policy.ref,
          source: policy.source,
          request,
        });
        // Decided as of the deadline itself, however long the asking took.
        this.answer({
          kind: 'barrier',
          facts,
          event: answered(request, answer, request.at),
          definition: newest,
        });
      }
    }
  }

  private async resend(fromSeq: number): Promise<void> {
    const { leadId, epoch } = this.run;
    // A failure costs nothing: the next batch shows the same gap and asks again.
    await attempts.requestResend({ leadId, epoch, fromSeq }).catch(() => undefined);
  }

  private shouldRecord(): boolean {
    if (this.recording) return false;
    const { unrecorded } = this.run;
    // News that an effect is done can wait for its fellows: one write for all of them.
    const pressing = this.running.size === 0 || unrecorded.some((entry) => entry.decisions.some(isPressing));
    if (unrecorded.length > 0) return pressing;
    if (this.run.state.seq - this.recordedSeq >= RECORD_EVERY_EVENTS) return true;
    // What a lead waits for is shown in lists, which read the journal alone; that its instant moves is not worth a write.
    return this.running.size === 0 && this.run.state.seq > 0 && this.recordedOutlook !== this.outlook();
  }

  private outlook(): string {
    const { state, policy } = this.run;
    const next = nextDeadline(state, policy)?.kind;
    // A click that waits for its machine check is gone in seconds, and what comes then is what people want to see.
    return next === 'pending_click' && this.recordedOutlook !== null
      ? this.recordedOutlook
      : `${state.period.startedAt} ${next}`;
  }

  private record(): void {
    const { leadId, epoch, state, policy } = this.run;
    const entries = [...this.run.unrecorded];
    const next = nextInWords(state, policy);
    this.recording = true;
    this.recordedOutlook = this.outlook();
    void recording
      .recordJournal({
        leadId,
        epoch,
        seq: state.seq,
        entries,
        verdicts: state.verdicts,
        state,
        next: next && { what: next.what, at: next.at },
      })
      .then(() => {
        const through = entries.at(-1)?.n ?? 0;
        this.run.unrecorded = this.run.unrecorded.filter((entry) => entry.n > through);
        this.recordedSeq = Math.max(this.recordedSeq, state.seq);
      })
      .finally(() => {
        this.recording = false;
      });
  }
}

function isPressing(decision: unknown): boolean {
  const { kind } = decision as Decision;
  return kind !== 'effect_done' && kind !== 'ignore';
}

function laneOf(effect: PendingEffect): 'nurture' | 'other' {
  return NURTURE_LANE.has(effect.args.effect) ? 'nurture' : 'other';
}

function answered(
  request: PendingRequest,
  answer: Extract<RequestResultFact['result'], { ok: true }>['answer'],
  at: number,
): RequestResultFact {
  return { kind: 'request_result', id: request.id, at, result: { ok: true, answer } };
}

function failed(request: PendingRequest, code: FaultCode): RequestResultFact {
  return { kind: 'request_result', id: request.id, at: Date.now(), result: { ok: false, code } };
}

/** Activities let out closed codes only; everything else is a fault of the way there. */
function faultOf(error: unknown): FaultCode {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) return 'timeout';
  if (cause instanceof ApplicationFailure && cause.type && FAULTS.has(cause.type))
    return cause.type as FaultCode;
  return 'unavailable';
}
