import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deliver } from '../../src/courier/deliver.js';
import { reconcile } from '../../src/courier/reconcile.js';
import type { Db, OpenDatabase } from '../../src/store/database.js';
import { take } from '../../src/store/stream-delivery.js';
import { databases } from '../support/databases.js';
import { addLead, append, book, FakeTemporal, record, seqs, stateOf, streamOf } from './support.js';

describe.each(databases.filter((database) => database.available))('reconciliation on $name', ({ open }) => {
  let opened: OpenDatabase;
  let db: Db;
  let temporal: FakeTemporal;
  let lead: string;
  beforeEach(async () => {
    opened = await open();
    db = opened.db;
    temporal = new FakeTemporal();
    lead = await addLead(db);
    await append(db, lead, [{}, {}, {}]);
    await deliverAll();
  });
  afterEach(() => opened.close());

  const limits = { events: 500, bytes: 4_000_000 };
  async function deliverAll() {
    const deps = {
      db,
      book,
      signals: temporal,
      limits,
      batchBytesMax: 1_000_000,
      now: Date.now,
      random: Math.random,
      projectionFailed: (_: string, error: unknown) => {
        throw error;
      },
    };
    for (const delivery of await take(db, { leads: 100, leaseMs: 30_000, token: randomUUID(), ...limits })) {
      await deliver(deps, delivery);
    }
  }

  test('leaves alone what agrees, and notes how far it is', async () => {
    expect(await reconcile(db, temporal)).toEqual({
      checked: 1,
      redelivered: [],
      rehydrated: [],
      ahead: [],
      unanswered: [],
      forgotten: 0,
    });
    expect(await streamOf(db, lead)).toMatchObject({ applied_seq: 3, ready: false });
  });

  test('sends again what a workflow never got', async () => {
    const run = temporal.latest(lead)!;
    run.seq = 1;
    run.applied.splice(1);
    expect(await reconcile(db, temporal)).toMatchObject({ redelivered: [lead] });
    await deliverAll();
    expect(seqs(run.applied)).toEqual([1, 2, 3]);
  });

  test('starts a run anew that was terminated', async () => {
    await record(db, stateOf(lead, 2, { name: 'nurturing', track: 'initial' }));
    temporal.end(lead);
    expect(await reconcile(db, temporal)).toMatchObject({ rehydrated: [lead] });
    await deliverAll();
    expect(temporal.latest(lead)).toMatchObject({ epoch: 2, open: true, seq: 3 });
  });

  test('says which workflows know more than a restored log, and touches them not', async () => {
    temporal.latest(lead)!.seq = 9;
    expect(await reconcile(db, temporal)).toMatchObject({ ahead: [lead], redelivered: [] });
    expect(await streamOf(db, lead)).toMatchObject({ status: 'open', epoch: 1, ready: false });
  });

  test('says who did not answer', async () => {
    temporal.away = true;
    expect(await reconcile(db, temporal)).toMatchObject({ checked: 1, unanswered: [lead] });
  });

  test('a run that ended properly meanwhile is not started again', async () => {
    temporal.before = async () => {
      await db.updateTable('lead_stream').set({ status: 'closed' }).execute();
      temporal.end(lead);
    };
    expect(await reconcile(db, temporal)).toMatchObject({ checked: 1, rehydrated: [] });
    expect((await streamOf(db, lead)).status).toBe('closed');
  });
});
