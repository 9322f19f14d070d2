/** The two databases that everything in the store must work on, migrated and empty at every `open`. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { sql } from 'kysely';
import { type Db, type OpenDatabase, openDatabase } from '../../src/store/database.js';
import { createTestDatabase, postgresAvailable } from './postgres-server.js';

export interface TestDatabases {
  name: string;
  available: boolean;
  open(): Promise<OpenDatabase>;
}

const repository = join(import.meta.dirname, '../..');

/** Filter by `available`, or use `describe.skipIf`. Every open gives a database without rows; closing gives it back. */
export const databases: TestDatabases[] = [
  { name: 'PGlite', available: true, open: openMemory },
  { name: 'Postgres', available: postgresAvailable(), open: openPostgres },
];

async function openPostgres(): Promise<OpenDatabase> {
  const { url, drop } = await createTestDatabase();
  const opened = await openDatabase({ kind: 'postgres', url });
  return { ...opened, close: () => opened.close().then(drop) };
}

/** Instances given back. Emptying one takes milliseconds, starting one a second. */
const idle: PGlite[] = [];

async function openMemory(): Promise<OpenDatabase> {
  const reused = idle.pop();
  const pglite = reused ?? (await PGlite.create({ loadDataDir: await snapshot() }));
  const opened = await openDatabase({ kind: 'memory', pglite });
  if (reused !== undefined) await empty(opened.db);
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= opened.close().then(() => {
      idle.push(pglite);
    });
    return closed;
  };
  return { ...opened, close };
}

async function empty(db: Db): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select quote_ident(tablename) as name from pg_tables
    where schemaname = 'public' and tablename not like 'kysely%'`.execute(db);
  await sql.raw(`truncate ${rows.map((row) => row.name).join(', ')} restart identity cascade`).execute(db);
}

let loading: Promise<Blob> | undefined;

/** A migrated cluster as a tar file, kept between runs for as long as the migrations and PGlite stay the same. */
function snapshot(): Promise<Blob> {
  loading ??= loadOrBuild();
  return loading;
}

async function loadOrBuild(): Promise<Blob> {
  const folder = join(repository, 'node_modules/.cache/baton');
  const file = join(folder, `pglite-${fingerprint()}.tar`);
  if (existsSync(file)) return new Blob([readFileSync(file)]);

  const pglite = await PGlite.create();
  const { close } = await openDatabase({ kind: 'memory', pglite });
  await close();
  await pglite.exec('checkpoint');
  const dump = await pglite.dumpDataDir('none');
  await pglite.close();
  mkdirSync(folder, { recursive: true });
  // Written whole or not at all: another test process may be reading.
  writeFileSync(`${file}.${process.pid}`, Buffer.from(await dump.arrayBuffer()));
  renameSync(`${file}.${process.pid}`, file);
  return dump;
}

function fingerprint(): string {
  const folder = join(repository, 'src/store/migrations');
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, name)));
  hash.update(readFileSync(join(repository, 'node_modules/@electric-sql/pglite/package.json')));
  return hash.digest('hex').slice(0, 16);
}
