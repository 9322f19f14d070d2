import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BacktestInput, type BacktestProgress, runBacktest } from '../../src/insight/backtest/run.js';
import type { Db, OpenDatabase } from '../../src/store/database.js';
import { json } from '../../src/store/sql.js';
import { backtest, lifeText, madeUpLives, type Recorded, rep, side } from '../support/backtest-lives.js';
import { databases } from '../support/databases.js';

const repository = join(import.meta.dirname, '../..');
const folder = join(repository, 'tmp', `backtest-${process.pid}`);
let workerFile: URL;

// Threads run plain JavaScript, as the product ships it.
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: [join(repository, 'src/insight/backtest/fold-worker.ts')],
    outfile: join(folder, 'fold-worker.mjs'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  workerFile = pathToFileURL(join(folder, 'fold-worker.mjs'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const before = side(1);
const after = side(2, ['threshold: 50', 'threshold: 45']);
const period = { fromMs: Date.parse('2026-02-01T05:00:00Z'), toMs: Date.parse('2026-04-01T04:00:00Z') };
const START = '2026-01-01T00:00:00Z';

describe.each(databases.filter(({ available }) => available))('a backtest on $name', ({ open }) => {
  let opened: OpenDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  const run = (more: Partial<BacktestInput> = {}) =>
    runBacktest({ database: opened, before, after, ...period, threads: 0, ...more });
  const timeless = ({ elapsedMs: _, ...result }: Awaited<ReturnType<typeof run>>) => result;

  test('finds what is found in the lives themselves, on any number of threads', async () => {
    const past = madeUpLives(120, START);
    await record(opened.db, past);
    const seen = past.map((one) => ({
      ...one,
      events: one.events.filter(({ at }) => Number(at) <= period.toMs),
    }));
    const reps = ['r1', 'r2', 'r3'].map((id) => rep(id));
    const expected = timeless(
      backtest({ before, after, reps, ...period }, [seen.map((one) => lifeText(one))]),
    );
    expect(expected.totals.gained + expected.totals.earlier).toBeGreaterThan(3);
    expect(timeless(await run())).toEqual(expected);
    for (const threads of [1, 3]) expect(timeless(await run({ threads, workerFile }))).toEqual(expected);
  });

  test('reads a life longer than a page, and nothing that was accepted after the period', async () => {
    const at = Date.parse(START);
    const events = Array.from({ length: 4_500 }, (_, n) => ({ type: 'page.viewed', at: at + n * 1_000_000 }));
    await record(opened.db, [{ id: 'long', events }]);
    expect((await run()).events).toBe(4_500);
    const toMs = at + 4_100 * 1_000_000;
    expect((await run({ fromMs: at, toMs })).events).toBe(4_101);
    expect((await run({ fromMs: at, toMs, threads: 2, workerFile })).events).toBe(4_101);
  });

  test('leaves out leads that are erased or merged away, and events without a number', async () => {
    const demo = { type: 'demo.requested', at: '2026-02-03T15:00:00Z' };
    await record(
      opened.db,
      ['here', 'erased', 'merged'].map((id) => ({ id, events: [demo] })),
    );
    await opened.db.updateTable('leads').set({ erased_at: new Date() }).where('id', '=', 'erased').execute();
    await opened.db
      .updateTable('lead_stream')
      .set({ status: 'merged' })
      .where('lead_id', '=', 'merged')
      .execute();
    await insertEvents(opened.db, [{ ...rowOf('here', demo, 2), seq: null }]);
    const { leads, events, totals } = await run();
    expect([leads, events, totals.same]).toEqual([1, 1, 1]);
  });

  test('looks at the leads of some sources, where asked; `default` are all that no version names', async () => {
    const asks = (id: string, source: string | null): Recorded => ({
      id,
      source,
      events: [{ type: 'demo.requested', at: '2026-02-03T15:00:00Z' }],
    });
    await record(opened.db, [
      asks('a', 'webinar'),
      asks('b', 'partner'),
      asks('c', null),
      asks('d', 'elsewhere'),
    ]);
    const sourcesOf = async (...sources: string[]) =>
      (await run({ sources })).bySource.map(({ source, same }) => `${source} ${same}`);
    expect(await sourcesOf('webinar')).toEqual(['webinar 1']);
    expect(await sourcesOf('default', 'partner')).toEqual(['default 2', 'partner 1']);
    expect(await sourcesOf('nowhere')).toEqual([]);
  });

  test('of an empty log is an answer', async () => {
    for (const threads of [0, 2]) {
      const { leads, events, totals } = await run({ threads, workerFile });
      expect([leads, events, totals.before, totals.after]).toEqual([0, 0, 0, 0]);
    }
  });

  test('tells how far it is', async () => {
    await record(opened.db, madeUpLives(60, START));
    const told: BacktestProgress[] = [];
    const { totals, events } = await run({ onProgress: (progress) => told.push(progress) });
    expect(told[0]).toMatchObject({ leads: 0, leadsTotal: 60 });
    expect(told.at(-1)).toEqual({
      leads: 60,
      leadsTotal: 60,
      events,
      handoffs: { before: totals.before, after: totals.after },
    });
  });

  test.each([0, 2])('stops when it is aborted, with %i threads', async (threads) => {
    const at = Date.parse(START);
    const events = Array.from({ length: 40_000 }, (_, n) => ({ type: 'email.opened', at: at + n * 1_000 }));
    await record(opened.db, [{ id: 'robot', events }, ...madeUpLives(40, START)]);
    const abort = new AbortController();
    const running = run({ threads, workerFile, signal: abort.signal });
    setTimeout(() => abort.abort(new Error('not wanted any more')), 60);
    await expect(running).rejects.toThrow('not wanted any more');
    await expect(run({ signal: abort.signal })).rejects.toThrow('not wanted any more');
    // The database is free for others.
    expect(await opened.db.selectFrom('leads').select('id').limit(1).execute()).toHaveLength(1);
  });

  test('fails with the reason when a thread ends', async () => {
    await record(opened.db, madeUpLives(5, START));
    const broken = (name: string, source: string): URL => {
      const file = join(folder, name);
      writeFileSync(file, source);
      return pathToFileURL(file);
    };
    const throws = broken('throws.mjs', 'throw new Error("out of paper")');
    await expect(run({ threads: 2, workerFile: throws })).rejects.toThrow(
      'The backtest stopped because one of its threads ended: out of paper',
    );
    const exits = broken('exits.mjs', 'process.exit(3)');
    await expect(run({ threads: 1, workerFile: exits })).rejects.toThrow('it exited with code 3');
  });

  test.each([
    { fromMs: period.toMs, toMs: period.fromMs },
    { fromMs: Date.now() + 1_000_000, toMs: Date.now() + 2_000_000 },
    { fromMs: Number.NaN, toMs: 5 },
  ])('refuses a period without a past: $fromMs to $toMs', async (unusable) => {
    await expect(run(unusable)).rejects.toThrow(/must begin before it ends/);
  });
});

async function record(db: Db, past: readonly Recorded[]): Promise<void> {
  const reps = ['r1', 'r2', 'r3'].map((id) => ({ id, handle: id, name: `Rep ${id}` }));
  await db.insertInto('reps').values(reps).execute();
  for (const { id, source = null, owner = null, stage, handoffs = [], events } of past) {
    const at = new Date(START);
    await db
      .insertInto('leads')
      .values({ id, source, owner_rep_id: owner, created_at: at, updated_at: at })
      .execute();
    await db
      .insertInto('lead_stream')
      .values({ lead_id: id, next_seq: events.length + 1 })
      .execute();
    if (stage)
      await db
        .insertInto('lead_status')
        .values({
          ...{ lead_id: id, epoch: 1, seq: 1, stage, source: 'default' },
          engine: 1,
          definition_number: 1,
          state: '{}',
          recorded_at: at,
        })
        .execute();
    for (const { number, rep: rep_id, outcome } of handoffs)
      await db
        .insertInto('handoffs')
        .values({
          ...{ lead_id: id, number, rep_id, outcome, intent: 'warm' },
          state: outcome ? 'closed' : 'awaiting',
          trigger: '{}',
          definition_number: 1,
          started_at: at,
        })
        .execute();
    for (let from = 0; from < events.length; from += 2_000)
      await insertEvents(
        db,
        events.slice(from, from + 2_000).map((event, n) => rowOf(id, event, from + n + 1)),
      );
  }
}

function rowOf(leadId: string, { type, at, body = {} }: Recorded['events'][number], seq: number) {
  const instant = new Date(at);
  const id = `${leadId}-${seq}`;
  return {
    ...{
      connection_id: 'test',
      event_id: id,
      body_hash: id,
      lead_id: leadId,
      seq: seq as number | null,
      type,
    },
    ...{ received_at: instant, accepted_at: instant, occurred_at: instant, body: json(body) },
  };
}

async function insertEvents(db: Db, rows: readonly ReturnType<typeof rowOf>[]): Promise<void> {
  if (rows.length > 0)
    await db
      .insertInto('events')
      .values([...rows])
      .execute();
}
