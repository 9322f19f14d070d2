/** One run of a lead's workflow: its inbox and the body of its loop. Deterministic; what it holds is carried on. */
import { patched } from '@temporalio/workflow';
import type {
  EngagementBatch,
  JournalEntry,
  JournalInput,
  LeadInput,
  LeadOutcome,
  LeadQueryResult,
  RefoldAnswer,
} from '../contracts/lead-workflow.js';
import { nextDeadline } from '../domain/deadlines.js';
import type { Decision, Verdict } from '../domain/decision.js';
import type { CorePolicy, DefinitionRef } from '../domain/definition.js';
import type { LeadEvent, LogFact, RequestResultFact } from '../domain/lead-event.js';
import type { LeadState } from '../domain/state.js';
import { isAtRest, newLead, refolded, step } from '../domain/step.js';
import { HeldTimer } from './held-timer.js';
import { nextInWords, Presentation } from './presentation.js';
import { Pump } from './pump.js';

/** What came in and is not applied yet. Answers of the pump go before events of the log. */
type Answer =
  | { readonly kind: 'event'; readonly event: LeadEvent }
  | {
      readonly kind: 'barrier';
      readonly facts: readonly LogFact[];
      readonly event: RequestResultFact;
      /** The definition published by then; null once the run is known to be judged under it. */
      readonly definition: number | null;
    }
  | { readonly kind: 'refold'; readonly uptoSeq: number; readonly answer: RefoldAnswer };

export class LeadRun {
  readonly leadId: string;
  readonly epoch: number;
  state: LeadState;
  policy: CorePolicy;
  messages = 0;
  /** Set when the run is about to continue as new: only the journal is still written, waiting callers are let go. */
  leaving = false;
  unrecorded: JournalEntry[];
  private batches: EngagementBatch[];
  private answers: Answer[] = [];
  /** Answers that must wait for the fold under way. */
  private deferred: Answer[] = [];
  /** The log is not applied while the engagement is folded anew. */
  private refolding = false;
  private resendFrom: number | null = null;
  private readonly timer = new HeldTimer();
  private readonly presentation: Presentation;
  private readonly attempts: Pump;

  constructor(private readonly input: LeadInput) {
    this.leadId = input.leadId;
    this.epoch = input.epoch;
    this.policy = input.policy;
    this.state = input.state ?? newLead(input.leadId, input.policy);
    this.batches = [...(input.carried?.batches ?? [])];
    this.unrecorded = [...(input.carried?.unrecorded ?? [])];
    this.presentation = new Presentation(input.shown ?? {});
    this.attempts = new Pump(this, (event) => this.answers.push(event));
  }

  // What handlers do: enqueue, look up, show.

  receive(batch: EngagementBatch): void {
    this.messages++;
    this.batches.push(batch);
  }

  /** The verdict on a command, once the journal holds it. */
  durableVerdict(commandId: string): Verdict | undefined {
    const undurable = this.unrecorded.some((entry) =>
      (entry.decisions as readonly Decision[]).some(
        (decision) => decision.kind === 'command' && decision.verdict.commandId === commandId,
      ),
    );
    return undurable ? undefined : this.state.verdicts.find((verdict) => verdict.commandId === commandId);
  }

  query(): LeadQueryResult {
    const next = nextInWords(this.state, this.policy);
    return {
      epoch: this.epoch,
      seq: this.state.seq,
      state: this.state,
      next: next && { what: next.words, at: new Date(next.at).toISOString() },
      waiting: {
        batches: this.batches.length,
        inFlight: this.attempts.inFlight(),
        unrecorded: this.unrecorded.length,
      },
    };
  }

  // The body of the loop.

  hasStarted(): boolean {
    return this.batches.length > 0 || this.input.state !== undefined;
  }

  /** Applies everything that can be applied now, then every deadline that has come. Never awaits. */
  drain(): void {
    for (;;) {
      const answer = this.answers.shift();
      if (answer) this.takeAnswer(answer);
      else if (!this.takeBatch()) break;
    }
    this.fireDeadlinesThrough(Date.now());
  }

  hasWork(): boolean {
    return (
      this.answers.length > 0 ||
      this.hasApplicableBatch() ||
      this.timer.hasFired() ||
      this.attempts.hasSomethingToStart()
    );
  }

  startAttempts(options: { recordOnly: boolean }): void {
    this.attempts.start(options);
  }

  /** Nothing under way and nothing to apply: what is left can be carried into the next run. */
  isQuiet(): boolean {
    return (
      this.attempts.isIdle() && this.answers.length + this.deferred.length + this.unrecorded.length === 0
    );
  }

  isAtRest(): boolean {
    return isAtRest(this.state) && this.isQuiet() && this.batches.length === 0 && this.state.seq > 0;
  }

  armTimer(): void {
    this.timer.rest();
    // While the engagement is folded anew no deadline is decided; the fold's answer wakes the loop.
    const next = this.refolding ? null : nextInWords(this.state, this.policy);
    if (next) this.timer.arm(next.at, next.words);
  }

  show(): void {
    this.presentation.show(this.state, this.policy);
  }

  carry(): Pick<LeadInput, 'policy' | 'state' | 'carried' | 'shown'> {
    return {
      policy: this.policy,
      state: this.state,
      carried: { batches: this.batches, unrecorded: this.unrecorded },
      shown: this.presentation.carried,
    };
  }

  outcome(): LeadOutcome {
    return { leadId: this.leadId, epoch: this.epoch, stage: this.state.stage.name, lastSeq: this.state.seq };
  }

  /** The version an open handoff was started under, which it keeps. */
  openDefinition(): DefinitionRef | null {
    const { stage } = this.state;
    return stage.name === 'handed_off' || stage.name === 'working' ? stage.handoff.definition : null;
  }

  /** Where the courier must begin again, if events are missing; answered once. */
  takeResend(): number | null {
    const from = this.resendFrom;
    this.resendFrom = null;
    return from;
  }

  private takeAnswer(answer: Answer): void {
    if (answer.kind === 'event') return this.apply(answer.event, { kind: 'fact', fact: answer.event });
    if (answer.kind === 'refold') return this.takeRefold(answer.uptoSeq, answer.answer);
    if (this.refolding) {
      this.deferred.push(answer);
      return;
    }
    // Events accepted before the barrier's instant decide with it, whoever brought them here first.
    for (const fact of answer.facts) this.applyFact(fact);
    // A newer definition, or a past that was corrected, comes first: the deadline is decided under what holds now.
    const outdated = answer.definition !== null && answer.definition !== this.policy.ref.number;
    if (outdated || this.refolding || answer.facts.some(isCorrection)) {
      this.deferred.push({ ...answer, facts: [], definition: null });
      this.startRefold(this.state.seq, this.state.source);
      return;
    }
    this.apply(answer.event, { kind: 'fact', fact: answer.event });
  }

  private takeRefold(uptoSeq: number, { policy, engagement, facts }: RefoldAnswer): void {
    this.refolding = false;
    this.policy = policy;
    this.state = refolded(this.state, engagement, policy);
    this.answers.unshift(...this.deferred.splice(0));
    this.record(
      { kind: 'refold', uptoSeq: this.state.seq, definition: policy.ref, source: policy.source },
      [],
      this.state.at,
    );
    // The batch that showed the mismatch was observed under other rules: its facts are taken as observed now.
    this.batches = this.batches.map((batch) => {
      const last = batch.facts.at(-1)?.seq ?? 0;
      if (last > uptoSeq) return batch;
      const first = batch.facts[0]?.seq ?? 0;
      const again = facts.filter((fact) => fact.seq >= first && fact.seq <= last);
      return { ...batch, definition: policy.ref, source: policy.source, facts: again };
    });
  }

  private hasApplicableBatch(): boolean {
    const [batch] = this.batches;
    if (batch === undefined || this.refolding) return false;
    const fact = batch.facts[0];
    return fact === undefined || !this.mustWait(fact);
  }

  /** While a barrier is open, what was accepted after its instant stays in the inbox. */
  private mustWait(fact: LogFact): boolean {
    return this.state.requests.some(
      (request) => request.request === 'barrier' && fact.acceptedAt > request.at,
    );
  }

  /** Applies as much of the first batch as may be applied; answers whether anything moved. */
  private takeBatch(): boolean {
    const [batch] = this.batches;
    if (batch === undefined || this.refolding) return false;
    const last = batch.facts.at(-1)?.seq ?? 0;
    if (last <= this.state.seq) {
      this.batches.shift();
      return true;
    }
    const source = this.state.source === 'default' ? batch.source : this.state.source;
    if (
      batch.definition.number !== this.policy.ref.number ||
      batch.source !== source ||
      this.policy.source !== source ||
      this.isOutdated()
    ) {
      this.startRefold(last, source);
      return false;
    }
    let moved = false;
    for (const [index, fact] of batch.facts.entries()) {
      if (this.mustWait(fact) || this.refolding) {
        this.batches[0] = { ...batch, facts: batch.facts.slice(index) };
        return moved;
      }
      if (fact.seq > this.state.seq + 1) {
        this.resendFrom = this.state.seq + 1;
        break;
      }
      this.fireDeadlinesThrough(fact.acceptedAt);
      if (this.mustWait(fact) || this.refolding || this.state.source !== this.policy.source) {
        this.batches[0] = { ...batch, facts: batch.facts.slice(index) };
        return true;
      }
      this.applyFact(fact);
      moved = true;
      if (this.state.source !== this.policy.source || isCorrection(fact)) {
        // The rest of the batch was observed for another source, or the past itself has changed.
        this.batches[0] = { ...batch, facts: batch.facts.slice(index + 1) };
        this.startRefold(last, this.state.source);
        return true;
      }
    }
    this.batches.shift();
    return true;
  }

  /** A lead that slept through a publish wakes with the new policy and with engagement folded under the old one. */
  private isOutdated(): boolean {
    return this.state.definition.number !== this.policy.ref.number && patched('refold-what-slept');
  }

  private applyFact(fact: LogFact): void {
    if (fact.seq !== this.state.seq + 1) return;
    this.fireDeadlinesThrough(fact.acceptedAt);
    this.apply(fact, { kind: 'log', seq: fact.seq });
  }

  private fireDeadlinesThrough(atMs: number): void {
    while (!this.refolding) {
      const due = nextDeadline(this.state, this.policy);
      if (due === null || due.at > atMs) return;
      const fact: LeadEvent = { kind: 'timer', deadline: due.kind, at: due.at };
      this.apply(fact, { kind: 'fact', fact });
    }
  }

  private apply(event: LeadEvent, input: JournalInput): void {
    const { state, decisions } = step(this.state, event, this.policy);
    this.state = state;
    // Ordinary engagement decides nothing and costs no journal entry; the log and the fold explain it.
    if (input.kind === 'fact' || decisions.some((decision) => decision.kind !== 'ignore')) {
      this.record(input, decisions, 'acceptedAt' in event ? event.acceptedAt : event.at);
    }
    if (state.source !== this.policy.source && this.batches.length === 0)
      this.startRefold(state.seq, state.source);
  }

  private record(input: JournalInput, decisions: readonly Decision[], at: number): void {
    const n = this.state.journalled + 1;
    this.state = { ...this.state, journalled: n };
    const { seq, definition, engine } = this.state;
    this.unrecorded.push({ v: 1, n, afterSeq: seq, at, definition, engine, input, decisions });
  }

  private startRefold(uptoSeq: number, source: string): void {
    if (this.refolding) return;
    this.refolding = true;
    this.attempts.refold(uptoSeq, source, (answer) => this.answers.push({ kind: 'refold', uptoSeq, answer }));
  }
}

function isCorrection(fact: LogFact): boolean {
  return fact.kind === 'command' && fact.command === 'correct';
}

export type { Answer };
