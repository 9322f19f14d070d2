import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OpenDatabase, openDatabase } from '../../src/store/database.js';
import type { ProtocolEngine } from '../../src/store/pglite-engine.js';
import type * as PglitePool from '../../src/store/pglite-pool.js';
import { isUnavailable, isUniqueViolation, json } from '../../src/store/sql.js';
import { type BuiltStore, buildStore, linesOf } from '../support/built-store.js';
import { databases } from '../support/databases.js';
import { createTestDatabase, postgresAvailable, type TestDatabase } from '../support/postgres-server.js';

describe.each(databases.filter(({ available }) => available))('a database on $name', ({ open }) => {
  let database: OpenDatabase;
  beforeEach(async () => {
    database = await open();
  });
  afterEach(() => database.close());

  it('reads big integers as numbers, instants as Date, numerics and days as text', async () => {
    const { rows } =
      await sql`select 9007199254740991::int8 as big, count(*) as count, array[1, null]::int8[] as list,
      timestamptz '2026-03-01 10:00:00.123+02' as at, 1.50::numeric as amount, date '2026-03-01' as day`.execute(
        database.db,
      );
    expect(rows).toEqual([
      {
        big: Number.MAX_SAFE_INTEGER,
        count: 1,
        list: [1, null],
        at: new Date('2026-03-01T08:00:00.123Z'),
        amount: '1.50',
        day: '2026-03-01',
      },
    ]);
  });

  it('refuses an integer that a number would round, and goes on working', async () => {
    await expect(sql`select 9007199254740993::int8 as big`.execute(database.db)).rejects.toThrow(
      '9007199254740993',
    );
    expect((await sql`select 1 as one`.execute(database.db)).rows).toEqual([{ one: 1 }]);
  });

  it('speaks UTC whatever the zone of the server', async () => {
    const { rows } = await sql<{
      zone: string;
    }>`select current_setting('timezone') as zone`.execute(database.db);
    expect(rows[0]?.zone).toBe('UTC');
  });

  it('takes JSON as text and gives it back parsed', async () => {
    const value = { text: 'ü "quoted" \\ \n', list: [1, null, true] };
    const { rows } = await sql<{ value: unknown }>`select ${json(value)}::jsonb as value`.execute(
      database.db,
    );
    expect(rows[0]?.value).toEqual(value);
  });

  it('reports errors with their code and constraint, and the connection survives them', async () => {
    const insert = () => database.db.insertInto('meta').values({ key: 'a', value: 'b' }).execute();
    await insert();
    const error = await insert().catch((fault: unknown) => fault);
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, 'meta_pkey')).toBe(true);
    expect(isUniqueViolation(error, 'another')).toBe(false);
    expect(isUnavailable(error)).toBe(false);
    await expect(sql`select from nowhere at all`.execute(database.db)).rejects.toMatchObject({
      code: '42601',
    });
    expect(await database.db.selectFrom('meta').selectAll().execute()).toHaveLength(1);
  });

  it('returns a large result whole', async () => {
    const { rows } = await sql<{ n: number; text: string }>`
      select n, repeat('x', 500) as text from generate_series(1, 20000) as n`.execute(database.db);
    expect(rows).toHaveLength(20_000);
    expect(rows.at(-1)).toEqual({ n: 20_000, text: 'x'.repeat(500) });
  });

  it('answers many callers at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        const { rows } = await sql<{ n: number }>`select ${n}::int4 as n`.execute(database.db);
        return rows[0]?.n;
      }),
    );
    expect(answers).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  it('takes a failed transaction back', async () => {
    await expect(
      database.db.transaction().execute(async (trx) => {
        await trx.insertInto('meta').values({ key: 'a', value: 'b' }).execute();
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await database.db.selectFrom('meta').selectAll().execute()).toEqual([]);
  });

  it('throws at a query on the outer database inside a transaction instead of hanging', async () => {
    const { db } = database;
    const inTransaction = db.transaction().execute(async () => db.selectFrom('meta').selectAll().execute());
    await expect(inTransaction).rejects.toThrow('Pass `trx`');
    const nested = db.transaction().execute(async () => db.transaction().execute(async () => 1));
    await expect(nested).rejects.toThrow('Pass `trx`');
    const isolated = db
      .transaction()
      .setIsolationLevel('serializable')
      .execute(async () => {
        await turn();
        return sql`select 1`.execute(db);
      });
    await expect(isolated).rejects.toThrow('Pass `trx`');
    const held = db.connection().execute(async () => sql`select 1`.execute(db));
    await expect(held).rejects.toThrow('Pass `trx`');
    expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
  });

  it('lets work that a transaction has begun use the database once it has ended', async () => {
    let later: Promise<unknown> | undefined;
    let ended: () => void = () => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    await database.db.transaction().execute(async () => {
      later = end.then(() => sql`select 1`.execute(database.db));
    });
    ended();
    await expect(later).resolves.toMatchObject({ rows: [{}] });
  });

  it('is unavailable once closed, and may be closed twice', async () => {
    const other = await open();
    await other.close();
    await other.close();
    const error = await sql`select 1`.execute(other.db).catch((fault: unknown) => fault);
    expect(isUnavailable(error)).toBe(true);
  });
});

describe.skipIf(!postgresAvailable())('a Postgres server', () => {
  let created: TestDatabase;
  let database: OpenDatabase;
  const lost: Error[] = [];
  beforeAll(async () => {
    created = await createTestDatabase();
    database = await openDatabase({
      kind: 'postgres',
      url: created.url,
      poolMax: 2,
      onConnectionLost: (error) => lost.push(error),
    });
  });
  afterAll(async () => {
    await database.close();
    await created.drop();
  });

  const terminate = async (pid: number) => {
    const client = new pg.Client({ connectionString: created.url });
    await client.connect();
    await client.query('select pg_terminate_backend($1)', [pid]);
    await client.end();
  };
  const backend = async (db: OpenDatabase['db']) =>
    (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)).rows[0]?.pid ?? 0;

  it('sees who is connected, and bounds statements and idle transactions', async () => {
    const { rows } = await sql`select current_setting('application_name') as name,
      current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle`.execute(database.db);
    expect(rows).toEqual([{ name: 'baton', statement: '1min', idle: '1min' }]);
  });

  it('may drop an idle connection: nothing crashes, the next query gets a new one', async () => {
    const before = await backend(database.db);
    await terminate(before);
    await expect.poll(() => lost.length, { timeout: 5_000 }).toBeGreaterThan(0);
    expect(await backend(database.db)).not.toBe(before);
  });

  it('may drop a connection inside a transaction: the caller learns it, nothing crashes', async () => {
    const failing = database.db.transaction().execute(async (trx) => {
      await terminate(await backend(trx));
      await turn();
      await sql`select 1`.execute(trx);
    });
    const error = await failing.catch((fault: unknown) => fault);
    expect(isUnavailable(error)).toBe(true);
    for (let n = 0; n < 4; n += 1) expect(await backend(database.db)).toBeGreaterThan(0);
  });

  it('that is missing, unknown or refusing is named with a remedy and without the password', async () => {
    const refused = openDatabase({ kind: 'postgres', url: 'postgres://me:hunter2@127.0.0.1:1/leads' });
    const error = await refused.catch((fault: unknown) => fault);
    expect(isUnavailable(error)).toBe(true);
    expect(String(error)).toContain('127.0.0.1:1/leads');
    expect(String(error)).toContain('Start Postgres');
    expect(String(error)).not.toContain('hunter2');

    const missing = new URL(created.url);
    missing.pathname = '/no_such_database';
    await expect(openDatabase({ kind: 'postgres', url: missing.href })).rejects.toThrow(
      'Create the database',
    );
  });
});

describe('an embedded database', () => {
  let store: BuiltStore;
  let folder: string;
  beforeAll(async () => {
    store = await buildStore();
  });
  afterAll(() => store.remove());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'baton-embedded-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const openBuilt = async (): Promise<OpenDatabase> => {
    const module = (await import(/* @vite-ignore */ store.url('database.js').href)) as {
      openDatabase: typeof openDatabase;
    };
    return module.openDatabase({ kind: 'embedded', directory: join(folder, 'data') });
  };

  it('runs beside the main thread, which stays responsive during a long statement', async () => {
    const database = await openBuilt();
    try {
      let done = false;
      const long = sql`select count(*) from generate_series(1, 2000000)`.execute(database.db).finally(() => {
        done = true;
      });
      let turns = 0;
      for (; !done; turns += 1) await turn();
      await long;
      // On the same thread the loop would have turned a handful of times.
      expect(turns).toBeGreaterThan(1_000);
    } finally {
      await database.close();
    }
  });

  it('keeps every acknowledged row when the process is killed, and opens again', async () => {
    const writer = store.run(
      `import { openDatabase } from './database.js';
       const { db } = await openDatabase({ kind: 'embedded', directory: process.argv[2] });
       for (let n = 1; ; n += 1) {
         await db.insertInto('meta').values({ key: String(n), value: 'x'.repeat(200) }).execute();
         process.stdout.write(n + '\\n');
       }`,
      [join(folder, 'data')],
    );
    const gone = once(writer, 'exit');
    let acknowledged = 0;
    for await (const line of linesOf(writer)) {
      acknowledged = Number(line);
      if (acknowledged === 500) writer.kill('SIGKILL');
    }
    await gone;
    expect(acknowledged).toBeGreaterThanOrEqual(500);

    const startedAtMs = performance.now();
    const database = await openBuilt();
    console.info(`second open after a kill: ${Math.round(performance.now() - startedAtMs)} ms`);
    const kept = new Set(
      (await database.db.selectFrom('meta').select('key').execute()).map((row) => row.key),
    );
    await database.close();
    for (let n = 1; n <= acknowledged; n += 1) expect(kept.has(String(n))).toBe(true);
  });

  it('refuses a second opener and lets it in after the first has closed', async () => {
    const first = await openBuilt();
    await expect(openBuilt()).rejects.toThrow(`process ${process.pid}`);
    await first.close();
    const second = await openBuilt();
    expect(await second.db.selectFrom('meta').selectAll().execute()).toEqual([]);
    await second.close();
  });

  it('begins anew when the process was killed while the first cluster was being made', async () => {
    mkdirSync(join(folder, 'data/postgres.new/base'), { recursive: true });
    writeFileSync(join(folder, 'data/postgres.new/PG_VERSION'), '18\n');
    const database = await openBuilt();
    expect(await database.db.selectFrom('meta').selectAll().execute()).toEqual([]);
    await database.close();
    expect(readdirSync(join(folder, 'data'))).toEqual(['postgres']);
  });

  it('whose thread dies fails every call as unavailable', async () => {
    // The built module has its own copy of the classes; only its behaviour is compared.
    const { startInThread } = (await import(
      /* @vite-ignore */ store.url('pglite-pool.js').href
    )) as typeof PglitePool;
    const file = store.url('dies.js');
    writeFileSync(
      file,
      `import { parentPort } from 'node:worker_threads';
       parentPort.postMessage({ id: 0, answer: null });
       parentPort.on('message', () => process.exit(3));`,
    );
    const engine: ProtocolEngine = await startInThread(file, folder);
    const first = await engine.exec(new Uint8Array(5)).catch((error: unknown) => error);
    const second = await engine.exec(new Uint8Array(5)).catch((error: unknown) => error);
    expect(isUnavailable(first)).toBe(true);
    expect(isUnavailable(second)).toBe(true);
    await engine.close();
  });

  describe('in a folder that cannot be used', () => {
    const openFolder = (directory: string) => openDatabase({ kind: 'embedded', directory });

    it('names a path that is a file', async () => {
      const file = join(folder, 'file');
      writeFileSync(file, 'mine');
      await expect(openFolder(file)).rejects.toThrow(/file cannot be used.*choose another one/s);
      expect(readFileSync(file, 'utf8')).toBe('mine');
    });

    it('leaves foreign files alone', async () => {
      mkdirSync(join(folder, 'postgres'));
      writeFileSync(join(folder, 'postgres/notes.txt'), 'mine');
      await expect(openFolder(folder)).rejects.toThrow(/holds no database.*Nothing was changed/s);
      expect(readdirSync(join(folder, 'postgres'))).toEqual(['notes.txt']);
    });

    it('names another major version of Postgres', async () => {
      mkdirSync(join(folder, 'postgres'));
      writeFileSync(join(folder, 'postgres/PG_VERSION'), '16\n');
      await expect(openFolder(folder)).rejects.toThrow(/written by Postgres 16.*carries Postgres 18/s);
    });

    it('does not start on a damaged cluster, keeps it, and gives the lock back', async () => {
      mkdirSync(join(folder, 'postgres'));
      writeFileSync(join(folder, 'postgres/PG_VERSION'), '18\n');
      await expect(openFolder(folder)).rejects.toThrow(/does not start.*backup/s);
      await expect(openFolder(folder)).rejects.toThrow('does not start');
      expect(readdirSync(join(folder, 'postgres'))).toContain('PG_VERSION');
    });
  });
});
