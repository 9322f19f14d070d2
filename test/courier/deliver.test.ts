import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DeliveryDeps, deliver } from '../../src/courier/deliver.js';
import type { LeadState } from '../../src/domain/state.js';
import type { Db, OpenDatabase } from '../../src/store/database.js';
import { close } from '../../src/store/lead-stream.js';
import { beginEpoch, take } from '../../src/store/stream-delivery.js';
import { SignalFault } from '../../src/temporal/signals-port.js';
import { databases } from '../support/databases.js';
import {
  addLead,
  append,
  book,
  FakeTemporal,
  record,
  seqs,
  stateOf,
  streamOf,
  type TestEvent,
  upTo,
} from './support.js';

const LIMITS = { events: 500, bytes: 4_000_000 };
const dormant = { name: 'dormant', since: 0 } as const;
const unqualified = { name: 'unqualified', at: 0 } as const;

describe.each(databases.filter((database) => database.available))('delivery on $name', ({ open }) => {
  let opened: OpenDatabase;
  let db: Db;
  let lead: string;
  let temporal: FakeTemporal;
  let deps: DeliveryDeps;
  let nowMs: number;
  const projectionFaults: unknown[] = [];

  beforeEach(async () => {
    opened = await open();
    db = opened.db;
    lead = await addLead(db);
    temporal = new FakeTemporal();
    nowMs = Date.now();
    projectionFaults.length = 0;
    deps = {
      db,
      book,
      signals: temporal,
      limits: LIMITS,
      batchBytesMax: 256 * 1024,
      now: () => nowMs,
      random: () => 0.5,
      projectionFailed: (_, error) => projectionFaults.push(error),
    };
  });
  afterEach(async () => {
    await opened.close();
    expect(projectionFaults).toEqual([]);
  });

  const takeLead = async () => {
    const [delivery] = await take(db, { leads: 1, leaseMs: 30_000, token: randomUUID(), ...deps.limits });
    return delivery!;
  };
  const deliverNext = async () => deliver(deps, await takeLead());
  const appendAndDeliver = async (events: TestEvent[]) => {
    await append(db, lead, events);
    return deliverNext();
  };
  /** A lead whose first run has ended with this state after its first event. */
  const closedLead = async (stage: LeadState['stage'], more: Partial<LeadState> = {}) => {
    await appendAndDeliver([{}]);
    const state = stateOf(lead, 1, stage, more);
    await record(db, state);
    expect(await close(db, lead, 1, 1, state)).toEqual({ more: false });
    temporal.end(lead);
    return state;
  };

  test('a new lead’s first batch starts its workflow, with the policy of its source', async () => {
    expect(await appendAndDeliver([{}, {}])).toEqual({ kind: 'started', events: 2, more: false });
    const run = temporal.latest(lead)!;
    expect(run.input).toMatchObject({
      v: 1,
      leadId: lead,
      epoch: 1,
      source: 'webinar',
      policy: { ref: { number: 3 } },
    });
    expect(run.input.state).toBeUndefined();
    expect(run.batches[0]).toMatchObject({
      v: 1,
      epoch: 1,
      source: 'webinar',
      definition: { number: 3, hash: 'abc' },
    });
    expect(seqs(run.applied)).toEqual([1, 2]);
    expect((await streamOf(db, lead)).status).toBe('open');
  });

  test('an open lead’s batch is a plain signal', async () => {
    await appendAndDeliver([{}]);
    const calls: string[] = [];
    temporal.before = async (call) => void calls.push(call);
    expect(await appendAndDeliver([{}])).toMatchObject({ kind: 'signalled' });
    expect(calls).toEqual(['send']);
    expect(seqs(temporal.latest(lead)?.applied)).toEqual([1, 2]);
  });

  test('a batch whose answer is lost is sent again under the same numbers, and applied once', async () => {
    await append(db, lead, [{}, {}]);
    temporal.after = async () => {
      throw new SignalFault('unavailable');
    };
    await expect(deliverNext()).rejects.toThrow(SignalFault);
    temporal.after = async () => {};
    await db.updateTable('lead_stream').set({ lease_until: null, lease_token: null }).execute();
    expect(await appendAndDeliver([{}])).toMatchObject({ kind: 'started', events: 3 });
    expect(temporal.runs.get(lead)).toHaveLength(1);
    expect(seqs(temporal.latest(lead)?.applied)).toEqual([1, 2, 3]);
  });

  test('facts that do not fit into one signal wait for the next', async () => {
    deps = { ...deps, batchBytesMax: 500 };
    expect(await appendAndDeliver(Array.from({ length: 4 }, () => ({})))).toMatchObject({ more: true });
    while ((await streamOf(db, lead)).ready) await deliverNext();
    const run = temporal.latest(lead)!;
    expect(run.batches.length).toBeGreaterThan(1);
    expect(seqs(run.applied)).toEqual(upTo(4));
  });

  describe('a closed lead', () => {
    test('is only logged to when nothing may wake it', async () => {
      await closedLead(unqualified);
      expect(await appendAndDeliver([{ type: 'email.delivered' }, {}])).toMatchObject({
        kind: 'logged',
        events: 2,
      });
      expect(temporal.runs.get(lead)).toHaveLength(1);
      expect(await streamOf(db, lead)).toMatchObject({
        status: 'closed',
        sent_seq: 3,
        applied_seq: 3,
        ready: false,
      });
    });

    test('is reopened in the next epoch with its state, and with everything that was only logged', async () => {
      const state = await closedLead(unqualified, { handoffs: 2 });
      await appendAndDeliver([{}, {}]);
      expect(await appendAndDeliver([{ type: 'demo.requested' }])).toEqual({
        kind: 'reopened',
        events: 3,
        more: false,
      });
      const run = temporal.latest(lead)!;
      expect(run.epoch).toBe(2);
      expect(run.input.state).toEqual(state);
      expect(run.input.carried).toMatchObject({ unrecorded: [] });
      expect(run.input.shown).toEqual({ stage: 'unqualified', source: 'webinar' });
      expect(seqs(run.applied)).toEqual([2, 3, 4]);
      expect(await streamOf(db, lead)).toMatchObject({ status: 'open', epoch: 2, sent_seq: 4 });
    });

    test('dormant, waits with a click until its machine check is over, then wakes', async () => {
      await closedLead(dormant);
      const click = (url: string) => ({
        type: 'email.clicked',
        body: { properties: { emailId: 'm1', url } },
      });
      expect(await appendAndDeliver([click('https://acme.test/a')])).toMatchObject({ kind: 'waiting' });
      expect(await take(db, { leads: 1, leaseMs: 1, token: 'x', ...LIMITS })).toEqual([]);
      expect(temporal.latest(lead)?.open).toBe(false);
      nowMs += 5_000;
      await db.updateTable('lead_stream').set({ not_before: null }).execute();
      expect(await deliverNext()).toMatchObject({ kind: 'reopened', events: 1 });
    });

    test('dormant, sleeps on when the clicks turn out to be a machine’s', async () => {
      await closedLead(dormant);
      const click = (url: string) => ({
        type: 'email.clicked',
        body: { properties: { emailId: 'm1', url } },
      });
      await appendAndDeliver([click('https://acme.test/a'), click('https://acme.test/b')]);
      nowMs += 5_000;
      await db.updateTable('lead_stream').set({ not_before: null }).execute();
      expect(await deliverNext()).toMatchObject({ kind: 'logged', events: 2 });
      expect(temporal.latest(lead)?.epoch).toBe(1);
    });

    test('something urgent does not wait with a click', async () => {
      await closedLead(dormant);
      const click = {
        type: 'email.clicked',
        body: { properties: { emailId: 'm1', url: 'https://acme.test/a' } },
      };
      await appendAndDeliver([click]);
      expect(await appendAndDeliver([{ type: 'demo.requested', urgent: true }])).toMatchObject({
        kind: 'reopened',
        events: 2,
      });
    });

    test('is not reopened while its old run is still ending', async () => {
      await closedLead(dormant);
      temporal.latest(lead)!.open = true;
      expect(await appendAndDeliver([{}])).toMatchObject({ kind: 'waiting' });
      expect(await streamOf(db, lead)).toMatchObject({ status: 'new', epoch: 2, ready: true });
      temporal.end(lead);
      await db.updateTable('lead_stream').set({ not_before: null }).execute();
      expect(await deliverNext()).toMatchObject({ kind: 'reopened' });
      expect(temporal.latest(lead)).toMatchObject({ epoch: 2, seq: 2 });
    });

    test('reopened by a call whose answer was lost, is not started twice and misses nothing', async () => {
      await closedLead(dormant);
      temporal.after = async (call) => {
        if (call === 'startEpoch') throw new SignalFault('unavailable');
      };
      await append(db, lead, [{}]);
      await expect(deliverNext()).rejects.toThrow(SignalFault);
      await db.updateTable('lead_stream').set({ lease_until: null, lease_token: null }).execute();
      await append(db, lead, [{}]);
      while ((await streamOf(db, lead)).ready) await deliverNext();
      expect(temporal.runs.get(lead)?.map((run) => run.epoch)).toEqual([1, 2]);
      expect(seqs(temporal.latest(lead)?.applied)).toEqual([2, 3]);
    });

    test('closed between the take and the signal, is judged as a closed lead', async () => {
      await appendAndDeliver([{}]);
      await append(db, lead, [{}]);
      const delivery = await takeLead();
      await db
        .updateTable('lead_stream')
        .set({ status: 'closed', snapshot: JSON.stringify(stateOf(lead, 1, unqualified)) })
        .execute();
      temporal.end(lead);
      expect(await deliver(deps, delivery)).toMatchObject({ kind: 'logged' });
    });
  });

  describe('a run that Temporal lost', () => {
    test('is started again from the last recorded state, and gets what came after it', async () => {
      await appendAndDeliver([{}, {}, {}]);
      const state = stateOf(lead, 2, { name: 'nurturing', track: 'initial' });
      await record(db, state);
      temporal.runs.delete(lead);
      expect(await appendAndDeliver([{}])).toMatchObject({ kind: 'reopened', events: 2 });
      expect(temporal.latest(lead)?.input.state).toEqual(state);
      expect(seqs(temporal.latest(lead)?.applied)).toEqual([3, 4]);
    });

    test('is started again from nothing when it never recorded anything', async () => {
      await appendAndDeliver([{}, {}]);
      temporal.runs.delete(lead);
      expect(await appendAndDeliver([{}])).toMatchObject({ kind: 'reopened', events: 3 });
      expect(temporal.latest(lead)?.input).toMatchObject({ epoch: 2, carried: { unrecorded: [] } });
      expect(temporal.latest(lead)?.input.state).toBeUndefined();
      expect(seqs(temporal.latest(lead)?.applied)).toEqual([1, 2, 3]);
    });

    test('terminated before its start was acknowledged, is started again and not taken for closed', async () => {
      await append(db, lead, [{}]);
      const delivery = await takeLead();
      const away = { ...deps, db: failingAcknowledge(db), projectionFailed: () => {} };
      await expect(deliver(away, delivery)).rejects.toThrow('Connection terminated');
      temporal.end(lead);
      await db.updateTable('lead_stream').set({ lease_until: null, lease_token: null }).execute();
      expect(await deliverNext()).toMatchObject({ kind: 'reopened', events: 1 });
      expect(temporal.latest(lead)?.epoch).toBe(2);
    });

    test('a new epoch is started even when no event waits for it', async () => {
      await appendAndDeliver([{}]);
      const state = stateOf(lead, 1, { name: 'nurturing', track: 'initial' });
      temporal.runs.delete(lead);
      await beginEpoch(db, { leadId: lead, epoch: 1, token: null }, state);
      expect(await deliverNext()).toEqual({ kind: 'reopened', events: 0, more: false });
      expect(temporal.latest(lead)).toMatchObject({ epoch: 2, seq: 1, input: { carried: { batches: [] } } });
    });
  });
});

/** The database goes away right after the signal: the first transaction begun from here on fails. */
function failingAcknowledge(db: Db): Db {
  return new Proxy(db, {
    get(target, property) {
      if (property === 'transaction') throw new Error('Connection terminated');
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
