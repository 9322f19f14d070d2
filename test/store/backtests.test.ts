import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type BacktestRequest,
  beat,
  cancelBacktest,
  claimBacktest,
  endBacktest,
  findBacktest,
  insertBacktest,
  listBacktests,
  pruneBacktests,
  putBack,
  reviveSilent,
} from '../../src/store/backtests.js';
import type { OpenDatabase } from '../../src/store/database.js';
import { databases } from '../support/databases.js';

const side = { label: 'version 1 (live)', named: '1', number: 1, hash: 'h', document: 'format: 1' };
const request: BacktestRequest = {
  ...{ before: side, after: side, from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z' },
  ...{ timeZone: 'UTC', sources: null, changes: [] },
};
const progress = { leads: 3, leadsTotal: 9, events: 70 };

describe.each(databases)('backtests on $name', ({ available, open }) => {
  let opened: OpenDatabase;
  beforeEach(async (context) => {
    if (!available) return context.skip();
    opened = await open();
  });
  afterEach(async () => {
    if (available) await opened.close();
  });
  const insert = async () => {
    const row = await insertBacktest(opened.db, request, { createdBy: 'Mia', waitingMax: 3 });
    return row?.id ?? null;
  };
  const stateOf = async (id: string | null) => (await findBacktest(opened.db, id ?? ''))?.state;

  test('go to one runner each, the one that waits longest first', async () => {
    const { db } = opened;
    const ids = [await insert(), await insert()];
    const claims = await Promise.all(['a', 'b', 'c'].map((runner) => claimBacktest(db, runner)));
    expect(claims.flatMap((claim) => claim?.id ?? []).sort()).toEqual([...ids].sort());
    expect(claims.find((claim) => claim !== null)?.request).toEqual(request);
    expect(await claimBacktest(db, 'd')).toBeNull();
  });

  test('wait in a line of bounded length', async () => {
    for (let count = 0; count < 3; count += 1) expect(await insert()).toMatch(/^b_/);
    expect(await insert()).toBeNull();
  });

  test('are written by the runner that has them, and by no other', async () => {
    const { db } = opened;
    const id = (await insert()) ?? '';
    const mine = { id, runner: 'mine' };
    const other = { id, runner: 'other' };
    await claimBacktest(db, 'mine');
    expect([await beat(db, mine, progress), await beat(db, other, progress)]).toEqual([true, false]);
    await putBack(db, other);
    await endBacktest(db, other, { state: 'failed', error: 'no' });
    expect(await findBacktest(db, id)).toMatchObject({ state: 'running', progress, error: null });
    await endBacktest(db, mine, { state: 'done', result: { format: 1 }, progress });
    expect(await findBacktest(db, id)).toMatchObject({ state: 'done', progress, result: { format: 1 } });
    expect(await beat(db, mine, progress)).toBe(false);
    expect(await cancelBacktest(db, id)).toBe(false);
    const [listed] = await listBacktests(db, { limit: 5 });
    expect(listed).toMatchObject({ id, result: null, request: { before: { label: 'version 1 (live)' } } });
    expect(JSON.stringify(listed)).not.toContain('format');
  });

  test('that fell silent go back in line once, then end with words', async () => {
    const { db } = opened;
    const id = await insert();
    const revive = () => reviveSilent(db, { silentMs: 60_000, timesMax: 2, error: 'gone' });
    const silence = () => sql`update backtests set beat_at = now() - interval '2 minutes'`.execute(db);
    await claimBacktest(db, 'a');
    await revive();
    expect(await stateOf(id)).toBe('running');
    await silence();
    await revive();
    expect(await stateOf(id)).toBe('waiting');
    await claimBacktest(db, 'b');
    await silence();
    await revive();
    expect(await findBacktest(db, id ?? '')).toMatchObject({ state: 'failed', error: 'gone' });
  });

  test('are kept up to a number, those that still wait besides', async () => {
    const { db } = opened;
    for (let count = 0; count < 3; count += 1) await insert();
    await sql`update backtests set state = 'cancelled' where id <> (select max(id) from backtests)`.execute(
      db,
    );
    await pruneBacktests(db, 1);
    const states = (await listBacktests(db, { limit: 5 })).map(({ state }) => state);
    expect(states.sort()).toEqual(['cancelled', 'waiting']);
  });
});
