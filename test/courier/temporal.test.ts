import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type LeadInput, leadWorkflowId } from '../../src/contracts/lead-workflow.js';
import { Courier } from '../../src/courier/courier.js';
import { reconcile } from '../../src/courier/reconcile.js';
import { corePolicy } from '../../src/domain/definition.js';
import type { LeadState } from '../../src/domain/state.js';
import type { Db, OpenDatabase } from '../../src/store/database.js';
import { close, requestResend } from '../../src/store/lead-stream.js';
import { dataConverter } from '../../src/temporal/data-converter.js';
import { createLeadGateway } from '../../src/temporal/lead-gateway.js';
import { createLeadSignals } from '../../src/temporal/lead-signals.js';
import { SignalFault } from '../../src/temporal/signals-port.js';
import { databases } from '../support/databases.js';
import { localEnvironment } from '../support/temporal.js';
import type { Recording } from './recording-workflow.js';
import { addLead, append, book, policy, published, stateOf, streamOf, until, upTo } from './support.js';

/** An address where nobody answers. */
const NOBODY = '127.0.0.1:1';

describe('delivery to a real Temporal server', () => {
  let environment: TestWorkflowEnvironment;
  let workflowBundle: WorkflowBundleWithSourceMap;
  let opened: OpenDatabase;
  let db: Db;
  let taskQueue: string;
  let worker: Worker;
  let working: Promise<void>;
  let courier: Courier;

  beforeAll(async () => {
    [environment, workflowBundle] = await Promise.all([
      localEnvironment(),
      bundleWorkflowCode({
        workflowsPath: fileURLToPath(new URL('./recording-workflow.ts', import.meta.url)),
      }),
    ]);
  });
  afterAll(() => environment?.teardown());

  beforeEach(async () => {
    opened = await (databases.findLast(({ available }) => available) ?? databases[0]!).open();
    db = opened.db;
    taskQueue = `delivery-${randomUUID()}`;
    const activities = {
      closeLead: (input: { leadId: string; epoch: number; lastSeq: number; state: LeadState }) =>
        close(
          db,
          input.leadId,
          input.epoch,
          input.lastSeq,
          stateOf(input.leadId, input.lastSeq, input.state.stage),
        ),
      requestResend: (input: { leadId: string; fromSeq: number }) =>
        requestResend(db, input.leadId, input.fromSeq),
    };
    worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue,
      workflowBundle,
      activities,
      dataConverter,
    });
    working = worker.run();
    courier = new Courier({ db, book, signals: signals(), pollMs: 50 });
    courier.start();
  });
  afterEach(async () => {
    await courier.stop();
    worker.shutdown();
    await working;
    await opened.close();
  });

  const signals = () => createLeadSignals(environment.client, taskQueue);
  const handle = (lead: string) => environment.client.workflow.getHandle(leadWorkflowId(lead));
  const recording = async (lead: string): Promise<Recording | null> => {
    try {
      return await handle(lead).query<Recording>('lead');
    } catch {
      return null;
    }
  };
  const applied = (lead: string, seq: number, epoch = 1) =>
    until(
      async () => {
        const now = await recording(lead);
        return now?.seq === seq && now.epoch === epoch;
      },
      `lead has applied ${seq} in epoch ${epoch}`,
      30_000,
    );
  const send = async (lead: string, types: string[]) => {
    await append(
      db,
      lead,
      types.map((type) => ({ type })),
    );
    courier.nudge([lead]);
  };
  const ended = (lead: string) =>
    until(
      async () =>
        (await streamOf(db, lead)).status === 'closed' &&
        (await handle(lead).describe()).status.name === 'COMPLETED',
      'the run has ended',
    );

  test('starts and signals leads; nothing is lost or doubled, and each start is labelled', async () => {
    const leads = await Promise.all(
      Array.from({ length: 8 }, () => addLead(db, undefined, 'kim@example.com')),
    );
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(leads.map((lead) => send(lead, ['page.viewed', 'email.opened'])));
    }
    for (const lead of leads) await applied(lead, 10);
    for (const lead of leads) expect((await recording(lead))?.batches.flat()).toEqual(upTo(10));
    const described = await handle(leads[0]!).describe();
    expect(described.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value])).toEqual(
      expect.arrayContaining([
        ['LeadStage', 'nurturing'],
        ['LeadSource', 'webinar'],
      ]),
    );
    expect(described.memo).toEqual({ epoch: 1 });
    expect(await described.staticSummary()).toBe('Lead from webinar');
    expect(JSON.stringify(await handle(leads[0]!).fetchHistory())).not.toContain('example.com');
  });

  test('a lead that ended is reopened in the next epoch from its snapshot', async () => {
    const lead = await addLead(db);
    await send(lead, ['page.viewed', 'customer.created']);
    await ended(lead);
    expect(await streamOf(db, lead)).toMatchObject({ status: 'closed', applied_seq: 2 });
    await send(lead, ['email.delivered']);
    await until(async () => (await streamOf(db, lead)).sent_seq === 3, 'the event was logged');
    expect((await handle(lead).describe()).status.name).toBe('COMPLETED');
    await send(lead, ['page.viewed']);
    await applied(lead, 4, 2);
    expect(await recording(lead)).toMatchObject({ startedFrom: 2, batches: [[3, 4]] });
    expect((await handle(lead).describe()).memo).toEqual({ epoch: 2 });
    await send(lead, ['page.viewed']);
    await applied(lead, 5, 2);
  });

  test('a run that somebody terminated is started again and gets everything', async () => {
    const lead = await addLead(db);
    await send(lead, ['page.viewed']);
    await applied(lead, 1);
    await handle(lead).terminate('test');
    await send(lead, ['page.viewed']);
    await applied(lead, 2, 2);
    await handle(lead).terminate('test');
    expect(await reconcile(db, signals())).toMatchObject({ rehydrated: [lead] });
    await applied(lead, 2, 3);
    expect(await reconcile(db, signals())).toMatchObject({ rehydrated: [], redelivered: [], unanswered: [] });
  });

  test('a gap makes the workflow ask, and the courier sends again', async () => {
    const lead = await addLead(db);
    await send(lead, ['page.viewed', 'page.viewed']);
    await applied(lead, 2);
    await append(db, lead, [{}, {}, {}]);
    // As if the signal with event 3 had been lost on the server's side.
    await db.updateTable('lead_stream').set({ sent_seq: 3 }).where('lead_id', '=', lead).execute();
    await applied(lead, 5);
  });

  test('a first start finds a run that is over, and a later start one that is open', async () => {
    const lead = await addLead(db);
    const input: LeadInput = {
      v: 1,
      leadId: lead,
      epoch: 1,
      source: 'webinar',
      policy: corePolicy(policy, published.ref),
    };
    const batch = { v: 1, epoch: 1, definition: published.ref, source: 'webinar', facts: [] } as const;
    expect(await signals().send(lead, batch)).toBe('no_run');
    expect(await signals().progress(lead)).toBe('no_run');
    expect(await signals().begin(input, batch)).toBe('begun');
    expect(await signals().begin(input, batch)).toBe('begun');
    expect(await signals().startEpoch({ ...input, epoch: 2 })).toEqual({ running: 1 });
    expect(await signals().progress(lead)).toEqual({ seq: 0, epoch: 1 });
    await handle(lead).terminate('test');
    expect(await signals().begin(input, batch)).toBe('ended');
    expect(await signals().progress(lead)).toBe('no_run');
    expect(await signals().startEpoch({ ...input, epoch: 2 })).toBe('started');
  });

  test('a server that is away is a fault that the courier understands', async () => {
    const connection = Connection.lazy({ address: NOBODY });
    const away = createLeadSignals(new Client({ connection }), taskQueue, 500);
    const batch = { v: 1, epoch: 1, definition: published.ref, source: 'webinar', facts: [] } as const;
    const fault = await away.send('x', batch).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(SignalFault);
    expect(fault).toMatchObject({ code: 'unavailable' });
  });

  describe('the gateway', () => {
    const command = (id: string) => ({
      type: 'sales.activity',
      urgent: true,
      body: { command: { id, kind: 'activity', activity: 'call' } },
    });

    test('brings back the verdict of a command that is in the log, also when it wakes the lead', async () => {
      const lead = await addLead(db);
      await append(db, lead, [command('c1')]);
      courier.nudge([lead]);
      const gateway = createLeadGateway(environment.client);
      expect(await gateway.execute({ leadId: lead, commandId: 'c1', kind: 'activity' })).toEqual({
        commandId: 'c1',
        ok: true,
      });
      expect(await gateway.reachable()).toBe(true);
    });

    test('says pending for a lead without a workflow', async () => {
      const gateway = createLeadGateway(environment.client, 300);
      expect(await gateway.execute({ leadId: randomUUID(), commandId: 'c', kind: 'activity' })).toBe(
        'pending',
      );
    });

    test('says pending when no verdict comes in time, with a worker and without one', async () => {
      const lead = await addLead(db);
      await send(lead, ['page.viewed']);
      await applied(lead, 1);
      const gateway = createLeadGateway(environment.client, 700);
      const began = performance.now();
      expect(await gateway.execute({ leadId: lead, commandId: 'never', kind: 'activity' })).toBe('pending');
      expect(performance.now() - began).toBeLessThan(4_000);
      const idle = createLeadSignals(environment.client, `nobody-${randomUUID()}`);
      const other = await addLead(db);
      await idle.begin(
        { v: 1, leadId: other, epoch: 1, source: 'webinar', policy: corePolicy(policy, published.ref) },
        { v: 1, epoch: 1, definition: published.ref, source: 'webinar', facts: [] },
      );
      expect(await gateway.execute({ leadId: other, commandId: 'c', kind: 'activity' })).toBe('pending');
      expect(await idle.progress(other)).toBe('unanswered');
    });

    test('says pending while Temporal is away', async () => {
      const connection = Connection.lazy({ address: NOBODY });
      const gateway = createLeadGateway(new Client({ connection }), 500);
      const began = performance.now();
      expect(await gateway.execute({ leadId: 'x', commandId: 'c', kind: 'activity' })).toBe('pending');
      expect(performance.now() - began).toBeLessThan(2_000);
      expect(await gateway.reachable()).toBe(false);
      // Closing it would only fail the client's own retries, which nobody awaits; nothing was ever connected.
    });
  });
});
