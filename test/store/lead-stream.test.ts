import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Db, OpenDatabase } from '../../src/store/database.js';
import {
  close,
  eventsThrough,
  markApplied,
  requestResend,
  reviveForgotten,
} from '../../src/store/lead-stream.js';
import { acknowledge, beginEpoch, release, retake, take } from '../../src/store/stream-delivery.js';
import {
  addLead,
  append,
  insertEvent,
  numbersOf,
  seqs,
  stateOf,
  streamOf,
  until,
  upTo,
} from '../courier/support.js';
import { databases } from '../support/databases.js';

const LIMITS = { events: 500, bytes: 4_000_000 };
const takeSome = (db: Db, options: Partial<Parameters<typeof take>[1]> = {}) =>
  take(db, { leads: 32, leaseMs: 30_000, token: randomUUID(), ...LIMITS, ...options });
const takeOne = async (db: Db, options: Partial<Parameters<typeof take>[1]> = {}) => {
  const [delivery] = await takeSome(db, { leads: 1, ...options });
  expect(delivery).toBeDefined();
  return delivery!;
};
const events = (count: number) => Array.from({ length: count }, () => ({}));

describe.each(databases.filter((database) => database.available))(
  'lead stream on $name',
  ({ open, name }) => {
    let opened: OpenDatabase;
    let db: Db;
    let lead: string;
    beforeEach(async () => {
      opened = await open();
      db = opened.db;
      lead = await addLead(db);
    });
    afterEach(() => opened.close());

    describe('taking', () => {
      test('numbers a lead’s events from 1 without gaps, in the order of their positions', async () => {
        await append(db, lead, events(3));
        const delivery = await takeOne(db);
        expect(seqs(delivery.rows)).toEqual([1, 2, 3]);
        expect(delivery).toMatchObject({
          leadId: lead,
          status: 'new',
          epoch: 1,
          sentSeq: 0,
          source: 'webinar',
        });
        expect((await streamOf(db, lead)).next_seq).toBe(4);
        expect(await numbersOf(db, lead)).toEqual([1, 2, 3]);
      });

      test('acceptance never goes back within a lead', async () => {
        const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 14, 0, second));
        await append(db, lead, [{ acceptedAt: at(5) }, { acceptedAt: at(3) }, { acceptedAt: at(9) }]);
        const first = await takeOne(db);
        expect(first.rows.map((row) => row.accepted_at)).toEqual([at(5), at(5), at(9)]);
        await acknowledge(db, first, { throughSeq: 3, started: true });
        await append(db, lead, [{ acceptedAt: at(1) }]);
        expect((await takeOne(db)).rows.map((row) => row.accepted_at)).toEqual([at(9)]);
      });

      test('reads numbered and unacknowledged events again, under the same numbers', async () => {
        await append(db, lead, events(2));
        const first = await takeOne(db, { leaseMs: 0 });
        await append(db, lead, events(1));
        const second = await takeOne(db);
        expect(seqs(first.rows)).toEqual([1, 2]);
        expect(seqs(second.rows)).toEqual([1, 2, 3]);
        expect(second.rows.slice(0, 2).map((row) => row.position)).toEqual(
          first.rows.map((row) => row.position),
        );
      });

      test('gives a leased lead to nobody else until the lease has run out', async () => {
        await append(db, lead, events(1));
        await takeOne(db);
        expect(await takeSome(db)).toEqual([]);
        await sql`update lead_stream set lease_until = clock_timestamp() - interval '1 second'`.execute(db);
        expect(seqs((await takeOne(db)).rows)).toEqual([1]);
      });

      test('takes urgent leads first, then those that wait longest', async () => {
        const second = await addLead(db);
        const urgent = await addLead(db);
        await append(db, lead, events(1));
        await append(db, second, events(1));
        await append(db, urgent, [{ urgent: true }]);
        const order: string[] = [];
        for (let i = 0; i < 3; i += 1) order.push((await takeOne(db)).leadId);
        expect(order).toEqual([urgent, lead, second]);
      });

      test('is bounded in events and in bytes, but never to nothing', async () => {
        const wide = { body: { properties: { note: 'x'.repeat(2_000) } } };
        await append(db, lead, [wide, wide, wide, {}]);
        const narrow = await takeOne(db, { bytes: 3_000, leaseMs: 0 });
        expect(seqs(narrow.rows)).toEqual([1, 2]);
        expect(seqs((await takeOne(db, { bytes: 1, leaseMs: 0 })).rows)).toEqual([1]);
        expect(seqs((await takeOne(db, { events: 3 })).rows)).toEqual([1, 2, 3]);
      });

      test('leaves merged and erased leads alone', async () => {
        await append(db, lead, events(1));
        await db.updateTable('lead_stream').set({ status: 'merged' }).execute();
        expect(await takeSome(db)).toEqual([]);
      });
    });

    describe('acknowledging', () => {
      test('opens a new stream and leaves nothing ready', async () => {
        await append(db, lead, events(2));
        const delivery = await takeOne(db);
        expect(await acknowledge(db, delivery, { throughSeq: 2, started: true })).toEqual({
          owned: true,
          more: false,
        });
        expect(await streamOf(db, lead)).toMatchObject({
          status: 'open',
          sent_seq: 2,
          ready: false,
          urgent: false,
          lease_token: null,
        });
      });

      test('stays ready when events came while the batch was in flight', async () => {
        await append(db, lead, events(1));
        const delivery = await takeOne(db);
        await append(db, lead, events(1));
        expect(await acknowledge(db, delivery, { throughSeq: 1 })).toEqual({ owned: true, more: true });
        expect(seqs((await takeOne(db)).rows)).toEqual([2]);
      });

      test('changes nothing with a lease that was lost', async () => {
        await append(db, lead, events(1));
        const late = await takeOne(db, { leaseMs: 0 });
        const owner = await takeOne(db);
        expect(await acknowledge(db, late, { throughSeq: 1 })).toEqual({ owned: false, more: false });
        expect(await streamOf(db, lead)).toMatchObject({ sent_seq: 0, lease_token: owner.token });
        expect(await retake(db, late, LIMITS)).toBeNull();
      });

      test('does not undo a resend that the workflow asked for meanwhile', async () => {
        await append(db, lead, events(3));
        await acknowledge(db, await takeOne(db), { throughSeq: 3, started: true });
        await append(db, lead, events(1));
        const inFlight = await takeOne(db);
        await requestResend(db, lead, 2);
        expect(await acknowledge(db, inFlight, { throughSeq: 4 })).toEqual({ owned: true, more: true });
        expect(seqs((await takeOne(db)).rows)).toEqual([2, 3, 4]);
      });

      test('released, a lead is not taken before its delay has passed', async () => {
        await append(db, lead, events(1));
        await release(db, await takeOne(db), { delayMs: 60_000 });
        expect(await takeSome(db)).toEqual([]);
        await sql`update lead_stream set not_before = clock_timestamp()`.execute(db);
        expect(await takeSome(db)).toHaveLength(1);
      });
    });

    describe('the barrier', () => {
      test('numbers what is pending and returns what was accepted by the instant', async () => {
        const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 14, 0, second));
        await append(db, lead, [{ acceptedAt: at(1) }, { acceptedAt: at(2) }]);
        await acknowledge(db, await takeOne(db), { throughSeq: 2, started: true });
        await append(db, lead, [{ acceptedAt: at(3) }, { acceptedAt: at(8) }]);
        expect(seqs(await eventsThrough(db, lead, 1, at(5)))).toEqual([2, 3]);
        expect(await numbersOf(db, lead)).toEqual([1, 2, 3, 4]);
      });

      test('what commits later counts as accepted later', async () => {
        const until = new Date(Date.now() - 60_000);
        await append(db, lead, [{ acceptedAt: new Date(until.getTime() - 1_000) }]);
        await eventsThrough(db, lead, 0, until);
        await append(db, lead, [{ acceptedAt: new Date(until.getTime() - 500) }]);
        const rows = (await takeOne(db)).rows;
        expect(rows[1]?.accepted_at).toEqual(until);
      });
    });

    describe('closing a run', () => {
      const dormant = { name: 'dormant', since: 0 } as const;

      test('closes once, and says the same when asked again', async () => {
        await append(db, lead, events(1));
        await acknowledge(db, await takeOne(db), { throughSeq: 1, started: true });
        const state = stateOf(lead, 1, dormant);
        expect(await close(db, lead, 1, 1, state)).toEqual({ more: false });
        expect(await close(db, lead, 1, 1, state)).toEqual({ more: false });
        expect(await streamOf(db, lead)).toMatchObject({
          status: 'closed',
          applied_seq: 1,
          snapshot: { seq: 1 },
        });
      });

      test('goes on while the log holds more, numbered or not', async () => {
        await append(db, lead, events(1));
        await acknowledge(db, await takeOne(db), { throughSeq: 1, started: true });
        await append(db, lead, events(1));
        expect(await close(db, lead, 1, 1, stateOf(lead, 1, dormant))).toEqual({ more: true });
        await takeOne(db);
        expect(await close(db, lead, 1, 1, stateOf(lead, 1, dormant))).toEqual({ more: true });
        expect((await streamOf(db, lead)).status).toBe('open');
      });

      test('an older epoch closes nothing and marks nothing', async () => {
        await append(db, lead, events(1));
        await acknowledge(db, await takeOne(db), { throughSeq: 1, started: true });
        expect(await beginEpoch(db, { leadId: lead, epoch: 1, token: null }, null)).toBe(2);
        expect(await beginEpoch(db, { leadId: lead, epoch: 1, token: null }, null)).toBeNull();
        expect(await close(db, lead, 1, 1, stateOf(lead, 1, dormant))).toEqual({ more: false });
        await markApplied(db, lead, 1, 1);
        expect(await streamOf(db, lead)).toMatchObject({
          status: 'new',
          epoch: 2,
          applied_seq: 0,
          sent_seq: 0,
          ready: true,
        });
      });

      test('what was applied never goes back', async () => {
        await markApplied(db, lead, 1, 5);
        await markApplied(db, lead, 1, 3);
        expect((await streamOf(db, lead)).applied_seq).toBe(5);
      });
    });

    test('finds leads that hold events and are not ready', async () => {
      await db.transaction().execute((trx) => insertEvent(trx, lead, {}, new Date()));
      expect(await takeSome(db)).toEqual([]);
      expect(await reviveForgotten(db)).toBe(1);
      expect(seqs((await takeOne(db)).rows)).toEqual([1]);
    });

    describe.skipIf(name === 'PGlite')('with many at once', () => {
      test('no wake-up is lost, no number is given twice, and order follows the log', {
        timeout: 60_000,
      }, async () => {
        const leads = [lead, ...(await Promise.all(Array.from({ length: 4 }, () => addLead(db))))];
        const delivered = new Map<string, number[]>(leads.map((id) => [id, []]));
        const perLead = 60;
        let writing = true;
        const writers = leads.flatMap((id) =>
          Array.from({ length: 2 }, async () => {
            for (let i = 0; i < perLead / 2; i += 1) await append(db, id, events(1));
          }),
        );
        const couriers = Array.from({ length: 3 }, async () => {
          for (;;) {
            const last = !writing;
            const taken = await takeSome(db, { leads: 2, events: 7 });
            for (const delivery of taken) {
              // Between take and acknowledgement nothing else may send for this lead.
              await new Promise((resolve) => setImmediate(resolve));
              delivered.get(delivery.leadId)!.push(...seqs(delivery.rows));
              const throughSeq = delivery.rows.at(-1)?.seq ?? delivery.sentSeq;
              expect((await acknowledge(db, delivery, { throughSeq, started: true })).owned).toBe(true);
            }
            if (last && taken.length === 0) return;
          }
        });
        await Promise.all(writers);
        writing = false;
        await Promise.all(couriers);
        // Whatever another courier held when one of these gave up is acknowledged by now: nothing may be left over.
        expect(await takeSome(db)).toEqual([]);
        for (const id of leads) {
          expect(delivered.get(id)).toEqual(upTo(perLead));
          expect(await numbersOf(db, id)).toEqual(upTo(perLead));
          expect(await streamOf(db, id)).toMatchObject({
            ready: false,
            sent_seq: perLead,
            next_seq: perLead + 1,
          });
        }
      });

      test('an event that commits after a later one gets the later number', async () => {
        let commit = () => {};
        const held = new Promise<void>((resolve) => {
          commit = resolve;
        });
        const slow = db.transaction().execute(async (trx) => {
          await insertEvent(trx, lead, {}, new Date());
          await held;
          await trx.updateTable('lead_stream').set({ ready: true }).where('lead_id', '=', lead).execute();
        });
        await append(db, lead, events(1));
        const delivery = await takeOne(db);
        expect(seqs(delivery.rows)).toEqual([1]);
        commit();
        await slow;
        await acknowledge(db, delivery, { throughSeq: 1, started: true });
        expect(seqs((await takeOne(db)).rows)).toEqual([2]);
        const numbers = await numbersOf(db, lead);
        expect([...numbers].sort()).toEqual([1, 2]);
      });

      test('an acknowledgement waits for an append that holds the row, and sees its event', async () => {
        await append(db, lead, events(1));
        const delivery = await takeOne(db);
        let commit = () => {};
        const held = new Promise<void>((resolve) => {
          commit = resolve;
        });
        let locked = () => {};
        const hasLock = new Promise<void>((resolve) => {
          locked = resolve;
        });
        const append2 = db.transaction().execute(async (trx) => {
          await trx.updateTable('lead_stream').set({ ready: true }).where('lead_id', '=', lead).execute();
          locked();
          await held;
          await insertEvent(trx, lead, {}, new Date());
        });
        await hasLock;
        const acknowledged = acknowledge(db, delivery, { throughSeq: 1, started: true });
        // Only while it waits for the row can what it looked at before be out of date.
        await until(async () => {
          const { rows } = await sql<{ waiting: number }>`
            select count(*)::int as waiting from pg_locks where not granted`.execute(db);
          return (rows[0]?.waiting ?? 0) > 0;
        }, 'the acknowledgement waits for the lock');
        commit();
        await append2;
        expect(await acknowledged).toEqual({ owned: true, more: true });
        expect((await streamOf(db, lead)).ready).toBe(true);
      });
    });
  },
);
