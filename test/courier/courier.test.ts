import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Courier, type CourierOptions } from '../../src/courier/courier.js';
import type { CourierHooks } from '../../src/courier/hooks.js';
import type { Db, OpenDatabase } from '../../src/store/database.js';
import { databases } from '../support/databases.js';
import {
  addLead,
  append,
  book,
  FakeTemporal,
  insertEvent,
  numbersOf,
  seqs,
  streamOf,
  until,
  upTo,
} from './support.js';

const quick = { pollMs: 20, sweepMs: 20, pauseMaxMs: 60 };

describe.each(databases.filter((database) => database.available))('courier on $name', ({ open, name }) => {
  let opened: OpenDatabase;
  let db: Db;
  let temporal: FakeTemporal;
  const couriers: Courier[] = [];
  const courier = (options: Partial<CourierOptions> = {}) => {
    const made = new Courier({ db, book, signals: temporal, ...quick, ...options });
    couriers.push(made);
    made.start();
    return made;
  };

  beforeEach(async () => {
    opened = await open();
    db = opened.db;
    temporal = new FakeTemporal();
  });
  afterEach(async () => {
    await Promise.all(couriers.splice(0).map((one) => one.stop()));
    await opened.close();
  });

  test('a nudge sends an idle lead’s event at once', async () => {
    const lead = await addLead(db);
    const waiting = courier({ pollMs: 60_000 });
    await append(db, lead, [{}]);
    waiting.nudge([lead]);
    await until(() => temporal.latest(lead)?.seq === 1, 'the event was delivered without polling', 5_000);
  });

  test('finds what nobody nudged for, also what was marked by nobody', async () => {
    const lead = await addLead(db);
    const forgotten = await addLead(db);
    await append(db, lead, [{}]);
    await db.transaction().execute((trx) => insertEvent(trx, forgotten, {}, new Date()));
    courier();
    await until(
      () => temporal.latest(lead)?.seq === 1 && temporal.latest(forgotten)?.seq === 1,
      'both leads were delivered',
    );
  });

  test('gathers what comes while a batch is in flight, one batch per lead at a time', async () => {
    const lead = await addLead(db);
    let flying = 0;
    let most = 0;
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    temporal.before = async () => {
      flying += 1;
      most = Math.max(most, flying);
      await held;
    };
    temporal.after = async () => {
      flying -= 1;
    };
    const working = courier();
    await append(db, lead, [{}]);
    await until(() => flying === 1, 'the first batch is in flight');
    for (let i = 0; i < 5; i += 1) {
      await append(db, lead, [{}]);
      working.nudge([lead]);
    }
    letGo();
    await until(() => temporal.latest(lead)?.seq === 6, 'everything was delivered');
    expect(most).toBe(1);
    expect(temporal.latest(lead)?.batches.map((batch) => seqs(batch.facts))).toEqual([[1], [2, 3, 4, 5, 6]]);
  });

  test('survives Temporal being away: nothing is lost, and it catches up', async () => {
    const leads = await Promise.all(Array.from({ length: 5 }, () => addLead(db)));
    temporal.away = true;
    courier();
    for (const lead of leads) await append(db, lead, [{}]);
    await until(() => temporal.calls >= 3, 'it has tried');
    expect(temporal.runs.size).toBe(0);
    for (const lead of leads) await append(db, lead, [{}]);
    temporal.away = false;
    await until(() => leads.every((lead) => temporal.latest(lead)?.seq === 2), 'all leads caught up');
    for (const lead of leads) expect(temporal.runs.get(lead)).toHaveLength(1);
  });

  test('survives the database being away', async () => {
    const lead = await addLead(db);
    let away = true;
    const failed: string[] = [];
    const flaky = new Proxy(db, {
      get(target, property) {
        if (property === 'transaction' && away)
          throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        const member: unknown = Reflect.get(target, property, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const hooks: CourierHooks = { failed: ({ what }) => failed.push(what) };
    courier({ db: flaky, hooks });
    await append(db, lead, [{}]);
    await until(() => failed.includes('take'), 'it met the outage');
    away = false;
    await until(() => temporal.latest(lead)?.seq === 1, 'the event was delivered after the outage');
  });

  test('a lead that cannot be delivered holds up nobody else', async () => {
    const bad = await addLead(db);
    const good = await addLead(db);
    temporal.before = async (_, lead) => {
      if (lead === bad) throw new Error('this lead only');
    };
    const failures: (string | null)[] = [];
    courier({ hooks: { failed: ({ leadId }) => failures.push(leadId) } });
    await append(db, bad, [{ urgent: true }]);
    await append(db, good, [{}]);
    await until(() => temporal.latest(good)?.seq === 1 && failures.includes(bad), 'the good lead went out');
    temporal.before = async () => {};
    await until(() => temporal.latest(bad)?.seq === 1, 'the other one is delivered once it can be');
  });

  test('slows down when the server asks for it, and goes on', async () => {
    const leads = await Promise.all(Array.from({ length: 6 }, () => addLead(db)));
    temporal.faults.push('exhausted', 'exhausted', 'exhausted');
    const paces: number[] = [];
    courier({ hooks: { pace: ({ concurrency }) => paces.push(concurrency) } });
    for (const lead of leads) await append(db, lead, [{}]);
    await until(() => leads.every((lead) => temporal.latest(lead)?.seq === 1), 'all were delivered');
    expect(Math.min(...paces)).toBeLessThan(paces[0]!);
  });

  test('stops only after what is in flight has been acknowledged', async () => {
    const lead = await addLead(db);
    let arrived = false;
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    temporal.before = async () => {
      arrived = true;
      await held;
    };
    const working = courier();
    await append(db, lead, [{}]);
    await until(() => arrived, 'the batch is in flight');
    const stopped = working.stop();
    letGo();
    await stopped;
    expect(await streamOf(db, lead)).toMatchObject({ sent_seq: 1, lease_token: null, ready: false });
  });

  test('tells how many events went out and how long the queue is', async () => {
    const lead = await addLead(db);
    const told = { events: 0, lags: [] as number[], queues: 0 };
    courier({
      hooks: {
        delivered: ({ events, lagMs }) => {
          told.events += events;
          told.lags.push(lagMs);
        },
        queue: ({ leads, oldestMs }) => {
          told.queues += 1;
          expect(leads).toBeGreaterThanOrEqual(0);
          expect(oldestMs).toBeGreaterThanOrEqual(0);
        },
      },
    });
    await append(db, lead, [{}, {}]);
    await until(() => told.events === 2 && told.queues > 0, 'the hooks were called');
    expect(told.lags[0]).toBeLessThan(10_000);
  });

  test.skipIf(name === 'PGlite')(
    'several couriers share the work, and a courier that dies with a lease is replaced',
    { timeout: 60_000 },
    async () => {
      const leads = await Promise.all(Array.from({ length: 12 }, () => addLead(db)));
      const each = 20;
      await append(db, leads[0]!, [{}]);
      // A lease of a courier that died after numbering and before anything was sent.
      await sql`update lead_stream set lease_token = 'dead', lease_until = clock_timestamp() + interval '300 milliseconds'
        where lead_id = ${leads[0]}`.execute(db);
      for (let i = 0; i < 3; i += 1) courier({ eventsPerBatch: 7 });
      await Promise.all(
        leads.map(async (lead, index) => {
          for (let i = index === 0 ? 1 : 0; i < each; i += 1)
            await append(db, lead, [{ urgent: i % 5 === 0 }]);
        }),
      );
      await until(
        () => leads.every((lead) => temporal.latest(lead)?.seq === each),
        'all were delivered',
        40_000,
      );
      for (const lead of leads) {
        expect(seqs(temporal.latest(lead)?.applied)).toEqual(upTo(each));
        expect(await numbersOf(db, lead)).toEqual(upTo(each));
        expect(temporal.runs.get(lead)).toHaveLength(1);
        const sent = temporal.latest(lead)?.batches.flatMap((batch) => seqs(batch.facts));
        expect(sent).toEqual(upTo(each));
      }
    },
  );
});
