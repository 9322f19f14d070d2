/** API keys: only a hash is kept, with a prefix to find it by. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Selectable, sql } from 'kysely';
import type { Db } from './database.js';
import { newId } from './ids.js';
import type { Database } from './schema.js';

export const SCOPES = ['ingest', 'read', 'sales', 'marketing', 'manager', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** What is known of a key; the key itself is not. */
export interface ApiKey {
  readonly id: string;
  readonly prefix: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Event ids are unique within it; several keys may share one, so that a key can be replaced by another. */
  readonly connectionId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** An existing connection, or a new one when it is left out. */
  readonly connectionId?: string;
  readonly expiresAt?: Date | null;
}

/** The connection of the first admin key, whichever key that is at the time. */
export const DEFAULT_CONNECTION = 'default';
const ADMIN_KEY_LENGTH_MIN = 24;

const KEY_FORMAT = /^baton_([0-9a-hjkmnp-tv-z]{12})_[\w-]{43}$/;
const GIVEN_PREFIX = 'given-';
const ADMIN_KEY_LOCK = 0x6262;
const LAST_USED_RESOLUTION_MS = 60_000;

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** What a key is found by. A key that somebody chose has no prefix of its own, so it gets one that tells nothing of it. */
function prefixOf(key: string): string {
  const made = KEY_FORMAT.exec(key);
  if (made?.[1]) return made[1];
  return GIVEN_PREFIX + createHash('sha256').update(`prefix of ${key}`).digest('hex').slice(0, 16);
}

/**
 * Makes a key of 256 random bits. The text is returned here and never again.
 * @throws UnknownConnection when `connectionId` names a connection that no key has.
 */
export async function createApiKey(db: Db, wanted: NewApiKey): Promise<{ key: string; record: ApiKey }> {
  return db.transaction().execute(async (trx) => {
    if (wanted.connectionId !== undefined) {
      const found = await trx
        .selectFrom('api_keys')
        .select('id')
        .where('connection_id', '=', wanted.connectionId)
        .limit(1)
        .executeTakeFirst();
      if (!found) throw new UnknownConnection(`no key belongs to a connection ${wanted.connectionId}`);
    }
    const key = `baton_${newId().slice(0, 12)}_${randomBytes(32).toString('base64url')}`;
    return { key, record: await insertKey(trx, key, wanted) };
  });
}

export class UnknownConnection extends Error {
  override name = 'UnknownConnection';
}

async function insertKey(db: Db, key: string, wanted: NewApiKey): Promise<ApiKey> {
  const row = await db
    .insertInto('api_keys')
    .values({
      id: newId(),
      prefix: prefixOf(key),
      hash: hashOf(key),
      name: wanted.name,
      scopes: [...wanted.scopes],
      connection_id: wanted.connectionId ?? newId(),
      created_at: sql<Date>`date_trunc('milliseconds', clock_timestamp())`,
      expires_at: wanted.expiresAt ?? null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return recordOf(row);
}

/**
 * The key's record, if it is a key that is valid now; null for anything else. Notes, at most once a minute, that it
 * was used.
 */
export async function findApiKey(db: Db, key: string): Promise<ApiKey | null> {
  const row = await db
    .selectFrom('api_keys')
    .selectAll()
    .where('prefix', '=', prefixOf(key))
    .executeTakeFirst();
  if (!row || !timingSafeEqual(Buffer.from(row.hash, 'hex'), Buffer.from(hashOf(key), 'hex'))) return null;
  const nowMs = Date.now();
  if (row.revoked_at || (row.expires_at && row.expires_at.getTime() <= nowMs)) return null;
  if (!row.last_used_at || nowMs - row.last_used_at.getTime() > LAST_USED_RESOLUTION_MS) {
    await db
      .updateTable('api_keys')
      .set({ last_used_at: sql<Date>`now()` })
      .where('id', '=', row.id)
      .execute();
  }
  return recordOf(row);
}

/** Keys, newest first, revoked and expired ones included. `after` is the last one of the page before. */
export async function listApiKeys(
  db: Db,
  page: { readonly limit: number; readonly after?: { readonly createdAt: Date; readonly id: string } },
): Promise<ApiKey[]> {
  const { limit, after } = page;
  const rows = await db
    .selectFrom('api_keys')
    .selectAll()
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`(created_at, id) < (${after?.createdAt}, ${after?.id})`),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(recordOf);
}

export type Revocation = 'revoked' | 'not_found' | 'last_admin_key';

/** Revokes a key for good; one that was revoked before stays so. The last valid admin key is not revoked. */
export async function revokeApiKey(db: Db, id: string): Promise<Revocation> {
  return db.transaction().execute(async (trx) => {
    await lockAdminKeys(trx);
    const row = await trx.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst();
    if (!row) return 'not_found';
    if (row.revoked_at) return 'revoked';
    const others = (await validAdminKeys(trx)).filter((other) => other.id !== id);
    if (row.scopes.includes('admin') && others.length === 0) return 'last_admin_key';
    await trx.updateTable('api_keys').set({ revoked_at: sql<Date>`now()` }).where('id', '=', id).execute();
    return 'revoked';
  });
}

/**
 * Sees to it that there is a way in. Without `fromEnv`: makes an admin key if there is no valid one, and returns it
 * this once. With it: that key is an admin key from now on, and one given earlier in its place is revoked.
 * @throws Error when `fromEnv` is shorter than 24 characters or was revoked before.
 */
export async function ensureAdminKey(
  db: Db,
  fromEnv?: string,
): Promise<{ key: string | null; created: boolean }> {
  return db.transaction().execute(async (trx) => {
    await lockAdminKeys(trx);
    const wanted: NewApiKey = {
      name: 'first admin key',
      scopes: ['admin'],
      connectionId: DEFAULT_CONNECTION,
    };
    if (fromEnv === undefined) {
      if ((await validAdminKeys(trx)).length > 0) return { key: null, created: false };
      const key = `baton_${newId().slice(0, 12)}_${randomBytes(32).toString('base64url')}`;
      await insertKey(trx, key, wanted);
      return { key, created: true };
    }
    if (fromEnv.length < ADMIN_KEY_LENGTH_MIN) {
      throw new Error(
        `BATON_ADMIN_KEY needs at least ${ADMIN_KEY_LENGTH_MIN} characters; it has ${fromEnv.length}.`,
      );
    }
    const prefix = prefixOf(fromEnv);
    const known = await trx
      .selectFrom('api_keys')
      .selectAll()
      .where('prefix', '=', prefix)
      .executeTakeFirst();
    if (known?.revoked_at) throw new Error('BATON_ADMIN_KEY is a key that was revoked; choose another one.');
    if (known) return { key: fromEnv, created: false };
    await trx
      .updateTable('api_keys')
      .set({ revoked_at: sql<Date>`now()` })
      .where('prefix', 'like', `${GIVEN_PREFIX}%`)
      .where('revoked_at', 'is', null)
      .execute();
    await insertKey(trx, fromEnv, { ...wanted, name: 'BATON_ADMIN_KEY' });
    return { key: fromEnv, created: true };
  });
}

/** Two processes that start at once must not both make the first key, nor both revoke the last but one. */
async function lockAdminKeys(trx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(${ADMIN_KEY_LOCK}::bigint)`.execute(trx);
}

async function validAdminKeys(db: Db): Promise<{ id: string }[]> {
  return db
    .selectFrom('api_keys')
    .select('id')
    .where(sql<boolean>`'admin' = any(scopes)`)
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`now()`)]))
    .execute();
}

function recordOf(row: Selectable<Database['api_keys']>): ApiKey {
  return {
    id: row.id,
    prefix: row.prefix,
    name: row.name,
    scopes: SCOPES.filter((scope) => row.scopes.includes(scope)),
    connectionId: row.connection_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  };
}
