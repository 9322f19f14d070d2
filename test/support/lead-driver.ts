/**
 * Drives real lead workflows on a real server without Postgres: the courier's part (numbering, observing, sending) and
 * the activities' part (calendar, routing, journal) are played in memory, with the real pure functions underneath.
 */

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import {
  COMMAND_UPDATES,
  type CommandUpdateResult,
  type EffectAnswer,
  type EngagementBatch,
  type JournalEntry,
  LEAD_WORKFLOW_TYPE,
  type LeadActivities,
  type LeadInput,
  type LeadQueryResult,
  leadWorkflowId,
} from '../../src/contracts/lead-workflow.js';
import { calendarFor, computeDeadline, handoffDeadlines, localDate } from '../../src/definition/calendar.js';
import { checkDefinition } from '../../src/definition/check.js';
import { termsFor } from '../../src/definition/document.js';
import type { Decision, EffectKind, PendingEffect } from '../../src/domain/decision.js';
import { type CorePolicy, corePolicy, type SourcePolicy } from '../../src/domain/definition.js';
import { applyEngagement, emptyEngagement, settleClicks } from '../../src/domain/engagement.js';
import type { CommandFact, LogFact } from '../../src/domain/lead-event.js';
import { observe } from '../../src/domain/observe.js';
import type { LeadState } from '../../src/domain/state.js';
import { dataConverter } from '../../src/temporal/data-converter.js';

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

/** The workflow bundle, made once per process from the sources under test. */
export function workflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  bundle ??= bundleWorkflowCode({
    workflowsPath: new URL('../../src/workflows/index.ts', import.meta.url).pathname,
    logger: new DefaultLogger('ERROR'),
  });
  return bundle;
}

export interface Happening {
  type: string;
  /** Milliseconds before its acceptance that it happened. */
  agoMs?: number;
  email?: number;
  link?: number;
  resource?: number;
  backfill?: boolean;
  source?: string;
  [property: string]: unknown;
}

interface LeadWorld {
  facts: LogFact[];
  sent: number;
  journal: JournalEntry[];
  performed: { key: string; effect: EffectKind; args: PendingEffect['args'] }[];
  closed: { lastSeq: number; state: LeadState } | null;
  recorded: LeadState | null;
  source: string;
}

/** The world outside the workflows: what the log holds, what effects did, what the journal says. */
export class World {
  readonly leads = new Map<string, LeadWorld>();
  /** Answers of effects, by kind; what is not named succeeds. */
  readonly answers = new Map<EffectKind, () => Promise<EffectAnswer> | EffectAnswer>();
  crmAnswers = true;
  definitionNumber = 1;
  rep: string | null = 'rep-ana';
  private readonly definition;
  readonly policyOf: (source: string) => SourcePolicy;

  constructor(text = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8')) {
    const checked = checkDefinition(text);
    if (!checked.definition) throw new Error(checked.faults.map((fault) => fault.message).join('\n'));
    const definition = checked.definition;
    this.definition = definition;
    this.policyOf = (source) => termsFor(definition, source).policy;
  }

  policy(source: string): CorePolicy {
    return corePolicy(this.policyOf(source), {
      number: this.definitionNumber,
      hash: `hash-${this.definitionNumber}`,
    });
  }

  lead(leadId: string): LeadWorld {
    const lead = this.leads.get(leadId);
    if (!lead) throw new Error(`no lead ${leadId}`);
    return lead;
  }

  /** Numbers and observes events accepted at `acceptedAt`, as the log and the courier would. */
  append(leadId: string, acceptedAt: number, happenings: readonly Happening[]): LogFact[] {
    const lead = this.lead(leadId);
    const facts = happenings.map((happening, index) => this.fact(lead, acceptedAt, happening, index));
    lead.facts.push(...facts);
    return facts;
  }

  private fact(lead: LeadWorld, acceptedAt: number, happening: Happening, index: number): LogFact {
    const { type, agoMs = 0, email, link, resource, backfill = false, source, ...properties } = happening;
    const at = acceptedAt - agoMs;
    return observe(
      {
        seq: lead.facts.length + 1 + index,
        type,
        occurredAt: at,
        acceptedAt,
        dayKey: localDate(at, this.definition.calendar.timeZone),
        backfill,
        anonymous: false,
        label: null,
        refs: {
          ...(email !== undefined && { email }),
          ...(link !== undefined && { link }),
          ...(resource !== undefined && { resource }),
        },
        ...(source !== undefined && { source }),
        properties,
      },
      {},
      this.policyOf(lead.source),
    );
  }

  activities(): LeadActivities {
    return {
      performEffect: async ({ leadId, effect }) => {
        const answer = await (this.answers.get(effect.args.effect)?.() ?? { ok: true });
        if (answer.ok) {
          const { performed } = this.lead(leadId);
          if (!performed.some(({ key }) => key === effect.key)) {
            performed.push({ key: effect.key, effect: effect.args.effect, args: effect.args });
          }
        }
        return answer;
      },
      prepareHandoff: async ({ request, state }) => {
        const calendar = calendarFor(this.definition, null);
        const { stage } = state;
        if (stage.name !== 'handed_off' && stage.name !== 'working') throw new Error('no open handoff');
        const deadlines = handoffDeadlines({
          startedAt: request.startedAt,
          intent: request.intent,
          terms: stage.handoff.terms,
          calendar,
        });
        return {
          request: 'prepare',
          facts: { rep: this.rep, routedBy: 'roundRobin', calendarHash: 'c', ...deadlines },
        };
      },
      computeDeadlines: async ({ request }) => {
        const calendar = calendarFor(this.definition, null);
        const instants = Object.fromEntries(
          Object.entries(request.queries).map(([name, query]) => [name, computeDeadline(query, calendar)]),
        );
        return { request: 'deadlines', instants, calendarHash: 'c' };
      },
      barrier: async ({ leadId, afterSeq, request }) => {
        const facts = this.lead(leadId).facts.filter(
          ({ seq, acceptedAt }) => seq > afterSeq && acceptedAt <= request.at,
        );
        const throughSeq = facts.at(-1)?.seq ?? afterSeq;
        return {
          facts,
          answer: { request: 'barrier', throughSeq, asked: this.crmAnswers },
          definition: this.definitionNumber,
        };
      },
      refold: async ({ leadId, appliedSeq, atMs, uptoSeq, source, period }) => {
        const policy = this.policy(source);
        let engagement = emptyEngagement();
        const { facts } = this.lead(leadId);
        for (const fact of facts) {
          if (fact.kind === 'engagement' && fact.seq <= appliedSeq) {
            engagement = applyEngagement(engagement, fact, policy, period);
          }
        }
        return {
          policy,
          engagement: settleClicks(engagement, atMs, policy),
          facts: facts.filter(({ seq }) => seq > appliedSeq && seq <= uptoSeq),
        };
      },
      recordJournal: async ({ leadId, entries, state }) => {
        const lead = this.lead(leadId);
        for (const entry of entries)
          if (!lead.journal.some(({ n }) => n === entry.n)) lead.journal.push(entry);
        lead.recorded = state;
      },
      closeLead: async ({ leadId, lastSeq, state }) => {
        const lead = this.lead(leadId);
        if (lead.facts.length > lastSeq) return { more: true };
        lead.closed = { lastSeq, state };
        return { more: false };
      },
      requestResend: async ({ leadId, fromSeq }) => {
        this.lead(leadId).sent = fromSeq - 1;
      },
    };
  }

  /** Every decision of a lead so far, in order, as the journal has it. */
  decisions(leadId: string): Decision[] {
    return this.lead(leadId).journal.flatMap((entry) => entry.decisions as Decision[]);
  }

  effects(leadId: string): EffectKind[] {
    return this.lead(leadId).performed.map(({ effect }) => effect);
  }
}

/** Leads on one environment; `taskQueue` is their own, so that nothing left over can serve them. */
export class LeadDriver {
  readonly taskQueue = `leads-${randomUUID()}`;

  constructor(
    readonly environment: TestWorkflowEnvironment,
    readonly world: World,
    private readonly options: { eventsMax?: number; source?: string } = {},
  ) {}

  async worker(options: { maxCachedWorkflows?: number } = {}): Promise<Worker> {
    return Worker.create({
      connection: this.environment.nativeConnection,
      namespace: this.environment.namespace ?? 'default',
      taskQueue: this.taskQueue,
      workflowBundle: await workflowBundle(),
      activities: this.world.activities(),
      dataConverter,
      ...options,
    });
  }

  get workflow() {
    return this.environment.client.workflow;
  }

  async now(): Promise<number> {
    return this.environment.currentTimeMs();
  }

  /** Makes a lead and sends its first events. */
  async start(
    leadId: string,
    first: readonly Happening[],
    source = this.options.source ?? 'contact-form',
  ): Promise<void> {
    this.world.leads.set(leadId, {
      facts: [],
      sent: 0,
      journal: [],
      performed: [],
      closed: null,
      recorded: null,
      source,
    });
    this.world.append(leadId, await this.now(), first);
    const input: LeadInput = {
      v: 1,
      leadId,
      epoch: 1,
      source,
      policy: this.world.policy(source),
      ...(this.options.eventsMax !== undefined && { eventsMax: this.options.eventsMax }),
    };
    await this.workflow.signalWithStart(LEAD_WORKFLOW_TYPE, {
      workflowId: leadWorkflowId(leadId),
      taskQueue: this.taskQueue,
      args: [input],
      signal: 'engagement',
      signalArgs: [this.batch(leadId)],
    });
  }

  /** Starts the next epoch of a closed lead from its snapshot, as the courier does. */
  async reopen(leadId: string, happenings: readonly Happening[]): Promise<void> {
    const lead = this.world.lead(leadId);
    if (!lead.closed) throw new Error('not closed');
    this.world.append(leadId, await this.now(), happenings);
    const { state } = lead.closed;
    lead.closed = null;
    const input: LeadInput = {
      v: 1,
      leadId,
      epoch: 2,
      source: state.source,
      policy: this.world.policy(state.source),
      state,
      carried: { batches: [this.batch(leadId)], unrecorded: [] },
    };
    await this.workflow.start(LEAD_WORKFLOW_TYPE, {
      workflowId: leadWorkflowId(leadId),
      taskQueue: this.taskQueue,
      args: [input],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
  }

  async send(leadId: string, happenings: readonly Happening[]): Promise<void> {
    this.world.append(leadId, await this.now(), happenings);
    await this.deliver(leadId);
  }

  /** Delivers what the log holds and was not sent. */
  async deliver(leadId: string): Promise<void> {
    await this.workflow.getHandle(leadWorkflowId(leadId)).signal('engagement', this.batch(leadId));
  }

  private batch(leadId: string): EngagementBatch {
    const lead = this.world.lead(leadId);
    const facts = lead.facts.filter(({ seq }) => seq > lead.sent);
    lead.sent = lead.facts.length;
    const { ref, source } = this.world.policy(lead.source);
    return { v: 1, epoch: 1, definition: ref, source, facts };
  }

  /** A person's command: logged, sent, and its verdict awaited by update. */
  async command(
    leadId: string,
    command: Omit<CommandFact, 'kind' | 'seq' | 'commandId' | 'at' | 'acceptedAt'> & { at?: number },
  ): Promise<CommandUpdateResult> {
    const lead = this.world.lead(leadId);
    const acceptedAt = await this.now();
    const commandId = `command-${lead.facts.length + 1}`;
    lead.facts.push({
      kind: 'command',
      seq: lead.facts.length + 1,
      commandId,
      at: acceptedAt,
      acceptedAt,
      ...command,
    });
    await this.deliver(leadId);
    return this.workflow
      .getHandle(leadWorkflowId(leadId))
      .executeUpdate<CommandUpdateResult, [{ commandId: string }]>(COMMAND_UPDATES[command.command], {
        args: [{ commandId }],
      });
  }

  query(leadId: string): Promise<LeadQueryResult> {
    return this.workflow.getHandle(leadWorkflowId(leadId)).query<LeadQueryResult>('lead');
  }

  /** Polls the live state until it is as wanted, in real time, with a deadline. */
  async until(
    leadId: string,
    wanted: (result: LeadQueryResult) => boolean,
    withinMs = 15_000,
  ): Promise<LeadQueryResult> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const result = await this.query(leadId);
      if (wanted(result)) return result;
      if (Date.now() > deadline)
        throw new Error(`not reached in time: ${JSON.stringify(result, null, 1).slice(0, 4000)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
