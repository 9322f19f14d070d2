import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from './database.js';
import type { RefKind } from './schema.js';
import { rootOf } from './transaction-guard.js';

/** Some 10 MB of keys at most, for the whole process and one database. */
const CACHE_ENTRIES = 50_000;
/** A unique index takes about 2,700 bytes; a longer key is stored as its hash. */
const KEY_BYTES_MAX = 1_000;

const caches = new WeakMap<object, Map<string, number>>();

/**
 * The ids of the given keys, handing out new ones where needed: one statement to find them, one to add what is
 * missing. The same key of the same kind has the same id for ever. Keys come back as they were given.
 */
export async function refIds(db: Db, kind: RefKind, keys: readonly string[]): Promise<Map<string, number>> {
  const cache = cacheOf(db);
  const ids = new Map<string, number>();
  const wanted = new Map<string, string>();
  for (const key of keys) {
    const stored = storedKey(key);
    const known = recall(cache, `${kind} ${stored}`);
    if (known === undefined) wanted.set(key, stored);
    else ids.set(key, known);
  }
  if (wanted.size === 0) return ids;

  const found = await findOrAdd(db, kind, [...new Set(wanted.values())]);
  for (const [key, stored] of wanted) {
    const id = found.get(stored);
    if (id === undefined)
      throw new Error(
        `No id could be handed out for a ${kind} reference; is the transaction's isolation above READ COMMITTED?`,
      );
    ids.set(key, id);
    // What a transaction sees may still be rolled back, and another process would then give the id to another key.
    if (!db.isTransaction) remember(cache, `${kind} ${stored}`, id);
  }
  return ids;
}

async function findOrAdd(db: Db, kind: RefKind, keys: string[]): Promise<Map<string, number>> {
  const found = await find(db, kind, keys);
  const missing = keys.filter((key) => !found.has(key));
  if (missing.length === 0) return found;
  // Sorted, so that two transactions adding the same keys wait for each other instead of deadlocking.
  const added = await sql<{ key: string; id: number }>`
    insert into refs (kind, key) select ${kind}, key from unnest(${missing.sort()}::text[]) as key
    on conflict (kind, key) do nothing returning key, id`.execute(db);
  for (const row of added.rows) found.set(row.key, row.id);
  const raced = missing.filter((key) => !found.has(key));
  if (raced.length > 0) for (const [key, id] of await find(db, kind, raced)) found.set(key, id);
  return found;
}

async function find(db: Db, kind: RefKind, keys: string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ key: string; id: number }>`
    select key, id from refs where kind = ${kind} and key = any(${keys}::text[])`.execute(db);
  return new Map(rows.map((row) => [row.key, row.id]));
}

function storedKey(key: string): string {
  if (Buffer.byteLength(key) <= KEY_BYTES_MAX) return key;
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}

function cacheOf(db: Db): Map<string, number> {
  const root = rootOf(db);
  const cache = caches.get(root) ?? new Map<string, number>();
  caches.set(root, cache);
  return cache;
}

/** A map keeps the order of insertion: what is used moves to the end, what is dropped comes from the front. */
function recall(cache: Map<string, number>, key: string): number | undefined {
  const id = cache.get(key);
  if (id === undefined) return undefined;
  cache.delete(key);
  cache.set(key, id);
  return id;
}

function remember(cache: Map<string, number>, key: string, id: number): void {
  cache.delete(key);
  cache.set(key, id);
  if (cache.size <= CACHE_ENTRIES) return;
  for (const oldest of cache.keys()) {
    cache.delete(oldest);
    return;
  }
}
