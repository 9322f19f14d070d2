/** What delivery tests share: a log to write to, a definition, and a Temporal that is a few maps. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { EngagementBatch, LeadInput } from '../../src/contracts/lead-workflow.js';
import type { PublishedDefinition } from '../../src/definition/versions.js';
import type { SourcePolicy } from '../../src/domain/definition.js';
import { emptyEngagement } from '../../src/domain/engagement.js';
import type { LogFact } from '../../src/domain/lead-event.js';
import type { LeadState } from '../../src/domain/state.js';
import type { Db } from '../../src/store/database.js';
import { markReady } from '../../src/store/ready.js';
import type { EventBody } from '../../src/store/schema.js';
import { json } from '../../src/store/sql.js';
import { type LeadSignals, SignalFault, type SignalFaultCode } from '../../src/temporal/signals-port.js';

const DAY_MS = 86_400_000;

const terms = {
  firstActivityWithin: { businessDays: 3 },
  remindBefore: null,
  lapseExtension: { ms: 0 },
  reassignments: 0,
  satisfiedBy: ['call', 'email'],
} as const;

export const policy: SourcePolicy = {
  source: 'webinar',
  scoring: {
    threshold: 50_000,
    decay: [],
    rules: [
      { id: 'open', on: 'email.opened', points: 1_000, atMost: { times: 1, per: 'email' } },
      { id: 'click', on: 'email.clicked', points: 5_000 },
      { id: 'view', on: 'page.viewed', where: { kind: { equals: ['product'] } }, points: 3_000 },
    ],
    groups: [],
    fit: [{ id: 'free', where: { emailDomain: { equals: ['free'] } }, points: -15_000 }],
    fitAtLeast: null,
  },
  triggers: {
    actions: [
      { id: 'demo', on: 'demo.requested', intent: 'high', times: 1, withinMs: DAY_MS, visitGapMs: 0 },
      {
        id: 'pricing',
        on: 'page.viewed',
        where: { kind: { equals: ['pricing'] } },
        intent: 'high',
        times: 2,
        withinMs: 7 * DAY_MS,
        visitGapMs: 0,
      },
    ],
    freshnessMs: DAY_MS,
    explicit: ['demo'],
    fallback: null,
    cooldownMs: 0,
  },
  handoff: {
    due: { high: { businessDays: 0 }, warm: { businessDays: 1 }, sameDayMinimumMs: 0, sameDaySpillMs: 0 },
    sla: { high: terms, warm: terms },
    idle: { remindRepMs: DAY_MS, remindManagerMs: DAY_MS, closeMs: DAY_MS },
    changeDispositionWithinMs: DAY_MS,
    final: null,
    bridge: null,
  },
  reentry: { track: 'long_term', tags: {} },
  after: { converted: { reopenOn: [] }, unqualified: { newsletter: true, reopenOn: 'high' } },
  nurture: { track: 'initial', sunset: null },
  machines: {
    clickAfterDeliveryMs: 3_000,
    manyLinksWithinMs: 1_000,
    userAgents: true,
    privacyProxyOpens: true,
  },
  replies: { optOut: ['unsubscribe'], buyingSignals: ['quote'] },
  content: [
    { match: '/pricing**', kind: 'pricing' },
    { match: '/product/**', kind: 'product', topic: 'product' },
    { match: 'resource:pricing-guide', kind: 'download', title: 'the pricing guide', topic: 'pricing' },
    { match: 'https://blog.acme.test/**', kind: 'blog' },
  ],
};

export const published = {
  ref: { number: 3, hash: 'abc' },
  name: 'Test',
  definition: { calendar: { timeZone: 'America/New_York' } },
  policyFor: (source: string | null) => ({ ...policy, source: source === 'webinar' ? 'webinar' : 'default' }),
  sourceTitle: (source: string | null) => source ?? 'default',
} as unknown as PublishedDefinition;

export const book = { current: async () => published };

/** A lead with an empty stream. */
export async function addLead(
  db: Db,
  id: string = randomUUID(),
  email: string | null = null,
): Promise<string> {
  await db
    .insertInto('leads')
    .values({ id, email, source: 'webinar', created_at: new Date(), updated_at: new Date() })
    .execute();
  await db.insertInto('lead_stream').values({ lead_id: id }).execute();
  return id;
}

export interface TestEvent {
  type?: string;
  body?: EventBody;
  at?: Date;
  acceptedAt?: Date;
  urgent?: boolean;
  backfill?: boolean;
  label?: 'machine' | 'human';
}

/** Appends as the product's own way into the log does: the stream's row is locked and marked in the same transaction. */
export async function append(db: Db, leadId: string, events: readonly TestEvent[]): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const urgent = events.some((event) => event.urgent);
    const acceptedAt = (await markReady(trx, [{ leadId, urgent, isNew: false }])).get(leadId)!;
    for (const event of events) await insertEvent(trx, leadId, event, acceptedAt);
  });
}

export async function insertEvent(trx: Db, leadId: string, event: TestEvent, now: Date): Promise<void> {
  const id = randomUUID();
  await trx
    .insertInto('events')
    .values({
      connection_id: 'test',
      event_id: id,
      body_hash: id,
      lead_id: leadId,
      received_at: now,
      accepted_at: event.acceptedAt ?? now,
      occurred_at: event.at ?? event.acceptedAt ?? now,
      type: event.type ?? 'page.viewed',
      urgent: event.urgent ?? false,
      backfill: event.backfill ?? false,
      label: event.label ?? null,
      body: json(event.body ?? {}),
    })
    .execute();
}

export async function streamOf(db: Db, leadId: string) {
  return db.selectFrom('lead_stream').selectAll().where('lead_id', '=', leadId).executeTakeFirstOrThrow();
}

/** The numbers of the lead's events, in the order of their positions. */
export async function numbersOf(db: Db, leadId: string): Promise<(number | null)[]> {
  const rows = await db
    .selectFrom('events')
    .select('seq')
    .where('lead_id', '=', leadId)
    .orderBy('position')
    .execute();
  return rows.map((row) => row.seq);
}

export function stateOf(
  leadId: string,
  seq: number,
  stage: LeadState['stage'],
  more: Partial<LeadState> = {},
): LeadState {
  return {
    stateVersion: 1,
    engine: 1,
    leadId,
    seq,
    at: 0,
    definition: published.ref,
    source: 'webinar',
    newestSource: 'webinar',
    stage,
    period: {
      number: 1,
      startedAt: 0,
      allowedMs: 0,
      allowedSince: null,
      finalEmail: 'open',
      finalSentAt: null,
    },
    engagement: emptyEngagement(),
    suppressed: { marketing: null, sales: null },
    handoffs: 0,
    lastHandoff: null,
    cooldownUntil: null,
    heldCrossing: false,
    backfilledUntil: null,
    followUp: null,
    tags: [],
    effects: [],
    requests: [],
    nextRequestId: 1,
    ordinals: {},
    verdicts: [],
    journalled: 0,
    ...more,
  };
}

/** Writes what a workflow's journal would have written last. */
export async function record(db: Db, state: LeadState, epoch = 1): Promise<void> {
  const values = {
    epoch,
    seq: state.seq,
    stage: state.stage.name,
    source: state.source,
    engine: 1,
    definition_number: 1,
    state: json(state),
    recorded_at: sql<Date>`clock_timestamp()`,
  };
  await db
    .insertInto('lead_status')
    .values({ lead_id: state.leadId, ...values })
    .onConflict((conflict) => conflict.column('lead_id').doUpdateSet(values))
    .execute();
}

export interface FakeRun {
  readonly epoch: number;
  readonly input: LeadInput;
  open: boolean;
  seq: number;
  readonly applied: LogFact[];
  readonly batches: EngagementBatch[];
}

/** Runs that apply a fact only when it is the next one, as lead workflows do. */
export class FakeTemporal implements LeadSignals {
  readonly runs = new Map<string, FakeRun[]>();
  /** Thrown instead of doing anything, once per entry; the first is taken first. */
  readonly faults: SignalFaultCode[] = [];
  /** While true every call fails. */
  away = false;
  calls = 0;
  /** Called before a call is done: to make things happen in between. */
  before: (call: string, leadId: string) => Promise<void> = async () => {};
  /** Called after a call was done and before its answer is heard. */
  after: (call: string, leadId: string) => Promise<void> = async () => {};

  latest(leadId: string): FakeRun | undefined {
    return this.runs.get(leadId)?.at(-1);
  }

  end(leadId: string): void {
    const run = this.latest(leadId);
    if (run) run.open = false;
  }

  async begin(input: LeadInput, batch: EngagementBatch): Promise<'begun' | 'ended'> {
    await this.#arrive('begin', input.leadId);
    const latest = this.latest(input.leadId);
    if (latest && !latest.open) return 'ended';
    this.#apply(latest ?? this.#open(input), batch);
    await this.after('begin', input.leadId);
    return 'begun';
  }

  async send(leadId: string, batch: EngagementBatch): Promise<'sent' | 'no_run'> {
    await this.#arrive('send', leadId);
    const run = this.latest(leadId);
    if (!run?.open) return 'no_run';
    this.#apply(run, batch);
    await this.after('send', leadId);
    return 'sent';
  }

  async startEpoch(input: LeadInput): Promise<'started' | { running: number | null }> {
    await this.#arrive('startEpoch', input.leadId);
    const latest = this.latest(input.leadId);
    if (latest?.open) return { running: latest.epoch };
    const run = this.#open(input);
    for (const batch of input.carried?.batches ?? []) this.#apply(run, batch);
    await this.after('startEpoch', input.leadId);
    return 'started';
  }

  async progress(leadId: string) {
    await this.#arrive('progress', leadId);
    const run = this.latest(leadId);
    return run?.open ? { seq: run.seq, epoch: run.epoch } : ('no_run' as const);
  }

  async #arrive(call: string, leadId: string): Promise<void> {
    this.calls += 1;
    await this.before(call, leadId);
    const fault = this.faults.shift();
    if (fault || this.away) throw new SignalFault(fault ?? 'unavailable');
  }

  #open(input: LeadInput): FakeRun {
    const run: FakeRun = {
      epoch: input.epoch,
      input,
      open: true,
      seq: input.state?.seq ?? 0,
      applied: [],
      batches: [],
    };
    this.runs.set(input.leadId, [...(this.runs.get(input.leadId) ?? []), run]);
    return run;
  }

  #apply(run: FakeRun, batch: EngagementBatch): void {
    run.batches.push(batch);
    for (const fact of batch.facts) {
      if (fact.seq !== run.seq + 1) continue;
      run.seq = fact.seq;
      run.applied.push(fact);
    }
  }
}

/** Waits until `done` holds, looking often; fails loudly after `withinMs`. */
export async function until(
  done: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 15_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await done())) {
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const seqs = (facts: readonly { seq: number }[] | undefined): number[] =>
  (facts ?? []).map(({ seq }) => seq);
export const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
