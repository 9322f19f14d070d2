import { type Migration, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenDatabase, openDatabase } from '../../src/store/database.js';
import { migrate } from '../../src/store/migrate.js';
import { migrations } from '../../src/store/migrations/index.js';
import { databases } from '../support/databases.js';
import { createTestDatabase, postgresAvailable } from '../support/postgres-server.js';

/** The last migration that Baton itself has. */
const newest = Object.keys(migrations).sort().at(-1) ?? '';

const createTable = (name: string): Migration => ({
  up: async (db) => {
    await sql`create table ${sql.ref(name)} (id integer)`.execute(db);
  },
});
const broken: Migration = {
  up: async (db) => {
    await sql`alter table no_such_table add column id integer`.execute(db);
  },
};

describe.each(databases.filter(({ available }) => available))('the schema on $name', ({ open }) => {
  let database: OpenDatabase;
  beforeEach(async () => {
    database = await open();
  });
  // What these tests add to the schema goes again: the instance serves other tests.
  afterEach(async () => {
    await sql`drop table if exists first_new, second_new`.execute(database.db);
    await sql`delete from kysely_migration where name > ${newest}`.execute(database.db);
    await database.close();
  });

  const tables = async () =>
    (
      await sql<{
        name: string;
      }>`select tablename as name from pg_tables where schemaname = 'public'`.execute(database.db)
    ).rows.map((row) => row.name);

  it('is complete after opening, and migrating again changes nothing', async () => {
    const before = await tables();
    expect(before).toEqual(expect.arrayContaining(['events', 'lead_stream', 'journal', 'effects']));
    await migrate(database.db);
    expect(await tables()).toEqual(before);
  });

  it('holds no rows: tests empty every table to begin anew', async () => {
    for (const table of (await tables()).filter((name) => !name.startsWith('kysely'))) {
      const { rows } = await sql<{
        count: number;
      }>`select count(*) as count from ${sql.table(table)}`.execute(database.db);
      expect({ table, count: rows[0]?.count }).toEqual({ table, count: 0 });
    }
  });

  it('takes what is new, in the order of names', async () => {
    await migrate(database.db, {
      ...migrations,
      '9002-second': createTable('second_new'),
      '9001-first': createTable('first_new'),
    });
    expect(await tables()).toEqual(expect.arrayContaining(['first_new', 'second_new']));
  });

  it('stays as it was when one of several changes fails, and the message names that one', async () => {
    const attempt = migrate(database.db, {
      ...migrations,
      '9001-first': createTable('first_new'),
      '9002-broken': broken,
    });
    await expect(attempt).rejects.toThrow(/9002-broken failed.*rolled back.*no_such_table/s);
    expect(await tables()).not.toContain('first_new');
  });

  it('of a newer Baton is refused and left alone', async () => {
    await migrate(database.db, { ...migrations, '9001-first': createTable('first_new') });
    await expect(migrate(database.db)).rejects.toThrow(/newer than this Baton.*9001-first/s);
    expect(await tables()).toContain('first_new');
  });
});

describe.skipIf(!postgresAvailable())('several processes that start at once on an empty Postgres', () => {
  it('all come up, and each change runs once', async () => {
    const { url, drop } = await createTestDatabase();
    const opened = await Promise.all(
      Array.from({ length: 5 }, () => openDatabase({ kind: 'postgres', url, poolMax: 1 })),
    );
    const [first] = opened;
    const { rows } = await sql`select name from kysely_migration`.execute(first!.db);
    expect(rows).toHaveLength(Object.keys(migrations).length);
    for (const { close } of opened) await close();
    await drop();
  });
});
