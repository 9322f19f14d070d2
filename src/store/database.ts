import { accessSync, constants, mkdirSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { type Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import { lockDirectory } from './directory-lock.js';
import { migrate } from './migrate.js';
import { type ProtocolEngine, startInMemory } from './pglite-engine.js';
import { createPglitePool, startEmbeddedEngine } from './pglite-pool.js';
import {
  checkServer,
  createMigrationPool,
  createPostgresPool,
  discardingPool,
  type PoolLimits,
} from './postgres.js';
import type { Database } from './schema.js';
import { GuardedKysely, guardedPool } from './transaction-guard.js';

export type Db = Kysely<Database>;

export type DatabaseOptions =
  | ({ kind: 'postgres'; url: string } & PoolLimits)
  /** A folder of our own; created when missing. */
  | { kind: 'embedded'; directory: string }
  /** In memory on this thread, for tests; an instance that is given stays open when the database is closed. */
  | { kind: 'memory'; pglite?: PGlite };

export interface OpenDatabase {
  db: Db;
  kind: 'postgres' | 'embedded';
  /** Waits for running queries, then gives everything back, the folder's lock last. May be called twice. */
  close(): Promise<void>;
}

/**
 * Opens a database and brings its schema up to date. Rows read the same from both kinds: instants are `Date`, big
 * integers safe numbers. Inside a transaction only `trx` may be used; a query on `db` there is thrown, not hung.
 * @throws Error saying which server or folder cannot be used, why, and what to do
 */
export async function openDatabase(options: DatabaseOptions): Promise<OpenDatabase> {
  if (options.kind === 'postgres') return openPostgres(options.url, options);
  if (options.kind === 'memory') {
    const engine = await startInMemory(options.pglite);
    return openEngine(engine, () => engine.close());
  }
  return openEmbedded(options.directory);
}

async function openPostgres(url: string, limits: PoolLimits): Promise<OpenDatabase> {
  const migrationPool = createMigrationPool(url);
  const migrationDb = kyselyOver(migrationPool);
  try {
    await checkServer(migrationPool, url);
    await migrate(migrationDb);
  } finally {
    await migrationPool.end();
  }
  const pool = createPostgresPool(url, limits);
  const db = kyselyOver(pool);
  const close = once(async () => {
    await db.destroy();
    // Kysely leaves a pool open that was never used.
    if (!pool.ending) await pool.end();
  });
  return { db, kind: 'postgres', close };
}

async function openEmbedded(directory: string): Promise<OpenDatabase> {
  // A folder inside it, because the given one may be a mount point: that cannot be renamed, and beside it there may
  // be nothing to write.
  const path = join(prepareFolder(directory), 'postgres');
  const lock = await lockDirectory(path);
  let engine: ProtocolEngine;
  try {
    engine = await startEmbeddedEngine(path);
  } catch (error) {
    await lock.release();
    throw error;
  }
  return openEngine(engine, async () => {
    // Released even when closing fails: the thread is gone by then.
    await engine.close().finally(() => lock.release());
  });
}

async function openEngine(engine: ProtocolEngine, release: () => Promise<void>): Promise<OpenDatabase> {
  const pool = createPglitePool(engine);
  const db = kyselyOver(pool);
  const close = once(async () => {
    await db.destroy().finally(release);
  });
  try {
    await migrate(db);
  } catch (error) {
    await close();
    throw error;
  }
  return { db, kind: 'embedded', close };
}

function kyselyOver(pool: pg.Pool): Db {
  const shared = discardingPool(pool);
  return new GuardedKysely({ dialect: new PostgresDialect({ pool: guardedPool(shared) }) }, shared);
}

/** The real path of a folder that can be written, made if it was missing. */
function prepareFolder(directory: string): string {
  const path = resolve(directory);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const real = realpathSync(path);
    if (!statSync(real).isDirectory()) throw new Error('it is not a folder');
    accessSync(real, constants.R_OK | constants.W_OK | constants.X_OK);
    return real;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The data folder ${path} cannot be used: ${reason}. It must be a folder that this user may read and write; ` +
        'correct that or choose another one. Nothing was changed.',
      { cause: error },
    );
  }
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= action();
    return running;
  };
}
