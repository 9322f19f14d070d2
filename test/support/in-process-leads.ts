/**
 * Lead workflows without Temporal: the log is observed and fed to the real `step`, what it asks for is done by the real
 * activities, and what it decides is written by the real journal. One lead at a time, when it is told to.
 */
import type { ActivityDeps } from '../../src/activities/deps.js';
import { createActivities } from '../../src/activities/index.js';
import type { Connectors } from '../../src/connectors/ports.js';
import { createConnectors } from '../../src/connectors/registry.js';
import type { JournalEntry, JournalInput, LeadActivities } from '../../src/contracts/lead-workflow.js';
import type { LeadGateway } from '../../src/contracts/ports.js';
import { project } from '../../src/courier/projector.js';
import { observeLog } from '../../src/definition/facts.js';
import { DefinitionBook } from '../../src/definition/versions.js';
import { nextDeadline } from '../../src/domain/deadlines.js';
import type { Decision, Verdict } from '../../src/domain/decision.js';
import { type CorePolicy, corePolicy } from '../../src/domain/definition.js';
import type { LeadEvent, LogFact } from '../../src/domain/lead-event.js';
import type { LeadState } from '../../src/domain/state.js';
import { newLead, refolded, step } from '../../src/domain/step.js';
import type { Db } from '../../src/store/database.js';
import { eventsThrough } from '../../src/store/lead-stream.js';
import { leadIdByEmail } from '../../src/store/read/leads.js';

const EPOCH = 1;
const MINUTE_MS = 60_000;

export class InProcessLeads implements LeadGateway {
  /** While true nothing is decided: commands are pending. */
  away = false;
  /** While true asking for a verdict fails like a broken connection. */
  broken = false;
  asked = 0;
  #db: Db | undefined;
  #book: DefinitionBook | undefined;
  #activities: LeadActivities | undefined;
  readonly #states = new Map<string, LeadState>();

  use(db: Db, overrides: Partial<Connectors> = {}, more: Partial<ActivityDeps> = {}): void {
    this.#db = db;
    this.#book = new DefinitionBook(db);
    const connectors = createConnectors(db, { smtpUrl: null }, overrides);
    this.#activities = createActivities({ db, book: this.#book, connectors, ...more });
  }

  async reachable(): Promise<boolean> {
    return !this.away;
  }

  async execute({ leadId, commandId }: { leadId: string; commandId: string }): Promise<Verdict | 'pending'> {
    this.asked += 1;
    if (this.broken) throw new Error('the connection is broken: kim@example.com');
    if (this.away) return 'pending';
    const state = await this.advance(leadId);
    return state.verdicts.find((verdict) => verdict.commandId === commandId) ?? 'pending';
  }

  /** Applies what the log holds of the lead with this address, and every deadline through `throughMs`. Answers its id. */
  async advanceByEmail(email: string, throughMs?: number): Promise<string> {
    const leadId = await leadIdByEmail(this.#need(this.#db), email);
    if (leadId === null) throw new Error(`nobody has ${email}`);
    await this.advance(leadId, throughMs);
    return leadId;
  }

  async advance(leadId: string, throughMs = Date.now()): Promise<LeadState> {
    const db = this.#need(this.#db);
    const published = await this.#need(this.#book).current();
    const { source } = await db
      .selectFrom('leads')
      .select('source')
      .where('id', '=', leadId)
      .executeTakeFirstOrThrow();
    const known = this.#states.get(leadId);
    const policyOf = (name: string | null) => corePolicy(published.policyFor(name), published.ref);
    const run = new Run(
      known ?? newLead(leadId, policyOf(source)),
      policyOf(known?.source ?? source),
      this.#need(this.#activities),
    );
    const rows = await eventsThrough(db, leadId, run.state.seq, new Date(Date.now() + MINUTE_MS));
    const facts: LogFact[] = [];
    for (const row of rows) {
      // One by one, because a fold may change what the next one is observed under.
      const [fact] = await observeLog(db, leadId, [row], published, run.state.source);
      if (!fact) throw new Error('an event was observed, and no fact came of it');
      facts.push(fact);
      await run.deadlinesThrough(fact.acceptedAt);
      await run.apply(fact, { kind: 'log', seq: fact.seq });
      const corrected = fact.kind === 'command' && fact.command === 'correct';
      if (corrected || run.state.source !== run.policy.source) await run.refold();
    }
    await run.deadlinesThrough(throughMs);
    await run.record();
    this.#states.set(leadId, run.state);
    await project(
      db,
      leadId,
      { published, source: run.state.source, facts },
      Math.max(throughMs, Date.now()),
    );
    return run.state;
  }

  #need<Thing>(thing: Thing | undefined): Thing {
    if (thing === undefined) throw new Error('call use() first');
    return thing;
  }
}

class Run {
  readonly #entries: JournalEntry[] = [];

  constructor(
    public state: LeadState,
    public policy: CorePolicy,
    private readonly activities: LeadActivities,
  ) {}

  async deadlinesThrough(atMs: number): Promise<void> {
    for (;;) {
      const due = nextDeadline(this.state, this.policy);
      if (due === null || due.at > atMs) return;
      await this.#fact({ kind: 'timer', deadline: due.kind, at: due.at });
    }
  }

  async apply(event: LeadEvent, input: JournalInput): Promise<void> {
    const { state, decisions } = step(this.state, event, this.policy);
    this.state = state;
    this.#journal(input, decisions);
    await this.#requests();
    await this.#effects();
  }

  async refold(): Promise<void> {
    const { leadId, seq, at, source, period } = this.state;
    const folded = await this.activities.refold({
      ...{ leadId, source, period },
      epoch: EPOCH,
      appliedSeq: seq,
      atMs: at,
      uptoSeq: seq,
    });
    this.policy = folded.policy;
    this.state = refolded(this.state, folded.engagement, folded.policy);
    const { ref, source: rules } = folded.policy;
    this.#journal({ kind: 'refold', uptoSeq: seq, definition: ref, source: rules }, []);
  }

  /** Writes as the workflow would: through the journal, with the state and what comes next. */
  async record(): Promise<void> {
    const { leadId, seq, verdicts } = this.state;
    const next = nextDeadline(this.state, this.policy);
    await this.activities.recordJournal({
      ...{ leadId, seq, verdicts },
      epoch: EPOCH,
      entries: this.#entries.splice(0),
      state: this.state,
      next: next && { what: next.kind, at: next.at },
    });
  }

  #journal(input: JournalInput, decisions: readonly Decision[]): void {
    const n = this.state.journalled + 1;
    this.state = { ...this.state, journalled: n };
    const { seq, at, definition, engine } = this.state;
    this.#entries.push({ v: 1, n, afterSeq: seq, at, definition, engine, input, decisions });
  }

  async #fact(fact: LeadEvent): Promise<void> {
    await this.apply(fact, { kind: 'fact', fact });
  }

  async #requests(): Promise<void> {
    const { leadId, definition } = this.state;
    const request = this.state.requests.find(({ retryAt }) => retryAt === 0);
    if (!request) return;
    const answer = (result: Awaited<ReturnType<LeadActivities['prepareHandoff']>>) =>
      this.#fact({
        kind: 'request_result',
        id: request.id,
        at: this.state.at,
        result: { ok: true, answer: result },
      });
    switch (request.request) {
      case 'prepare': {
        const { state } = this;
        return answer(
          await this.activities.prepareHandoff({ leadId, epoch: EPOCH, request, definition, state }),
        );
      }
      case 'deadlines':
        return answer(await this.activities.computeDeadlines({ leadId, request, definition }));
      case 'barrier':
        return answer({ request: 'barrier', throughSeq: this.state.seq, asked: true });
    }
  }

  async #effects(): Promise<void> {
    const { leadId } = this.state;
    const waiting = new Set(this.state.effects.map(({ key }) => key));
    const effect = this.state.effects.find(
      ({ parked, retryAt, after }) =>
        !parked && retryAt === 0 && !(after !== undefined && waiting.has(after)),
    );
    if (!effect) return;
    // What the ledger keeps is decided by what the journal holds.
    await this.record();
    const result = await this.activities.performEffect({ leadId, epoch: EPOCH, effect });
    await this.#fact({ kind: 'effect_result', key: effect.key, at: this.state.at, result });
  }
}
