/** Systems at the edge: what each is called, how it is set up, and its secrets, which leave here only opened on purpose. */
import { type Selectable, sql } from 'kysely';
import type { Db } from './database.js';
import type { Database } from './schema.js';
import { type SecretBox, SecretsUnreadable } from './secret-box.js';
import { json } from './sql.js';

export interface Connection {
  /** The caller's handle. */
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** The sealed secrets, for `openSecrets`; null when there are none. */
  readonly envelope: string | null;
  readonly active: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** To the minute. */
  readonly lastReceivedAt: Date | null;
  readonly lastRefusedAt: Date | null;
  readonly lastRefusal: string | null;
}

export interface ConnectionDraft {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly active: boolean;
}

/** What is left out stays; a secret that is null is taken away. */
export interface ConnectionChange {
  readonly title?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, string | null>>;
  readonly active?: boolean;
}

/** One value of a secret; `until` (epoch milliseconds) is the end of the grace that a rotation gave it. */
interface SecretValue {
  readonly value: string;
  readonly until: number | null;
}
/** Per name the values that hold, the newest first; at most two. */
export type StoredSecrets = Readonly<Record<string, readonly SecretValue[]>>;

/** An envelope opens only for the connection it was made for. */
const about = ({ id, kind }: Pick<Connection, 'id' | 'kind'>) => `connection ${kind}/${id}`;

/**
 * The secrets of a connection, without values whose grace is over.
 * @throws SecretsUnreadable when the box has no key for them.
 */
export function openSecrets(box: SecretBox, connection: Connection, nowMs: number): StoredSecrets {
  if (connection.envelope === null) return {};
  const stored: StoredSecrets = JSON.parse(box.open(connection.envelope, about(connection)));
  return Object.fromEntries(
    Object.entries(stored).map(([name, values]) => [
      name,
      values.filter(({ until }) => until === null || until > nowMs),
    ]),
  );
}

function sealed(
  box: SecretBox,
  owner: Pick<Connection, 'id' | 'kind'>,
  secrets: StoredSecrets,
): string | null {
  return Object.keys(secrets).length === 0 ? null : box.seal(JSON.stringify(secrets), about(owner));
}

const held = (value: string): SecretValue[] => [{ value, until: null }];

/** Makes a connection; null when its id is taken. `box` may be null only when there are no secrets. */
export async function createConnection(
  db: Db,
  box: SecretBox | null,
  draft: ConnectionDraft,
): Promise<Connection | null> {
  const { id, kind, title, active } = draft;
  const secrets = Object.fromEntries(
    Object.entries(draft.secrets).map(([name, value]) => [name, held(value)]),
  );
  const row = await db
    .insertInto('connections')
    .values({
      ...{ id, kind, title, active },
      settings: json(draft.settings),
      secrets: box ? sealed(box, draft, secrets) : null,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returningAll()
    .executeTakeFirst();
  return row ? recordOf(row) : null;
}

/** The connection of this id, or null. */
export async function findConnection(db: Db, id: string): Promise<Connection | null> {
  const row = await db.selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? recordOf(row) : null;
}

/** Connections by id; `after` is the last one of the page before. */
export async function listConnections(
  db: Db,
  page: { readonly limit: number; readonly after?: string },
): Promise<Connection[]> {
  const { limit, after } = page;
  const rows = await db
    .selectFrom('connections')
    .selectAll()
    .$if(after !== undefined, (query) => query.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(recordOf);
}

/** Changes some fields; null when there is no such connection. `box` may be null when no secret is changed. */
export async function changeConnection(
  db: Db,
  box: SecretBox | null,
  id: string,
  change: ConnectionChange,
): Promise<Connection | null> {
  return changed(db, id, (before) => {
    const { title, settings, secrets, active } = change;
    return {
      ...(title !== undefined && { title }),
      ...(settings !== undefined && { settings: json(settings) }),
      ...(active !== undefined && { active }),
      ...(secrets !== undefined && box && { secrets: replaced(box, before, secrets) }),
    };
  });
}

function replaced(
  box: SecretBox,
  before: Connection,
  secrets: Readonly<Record<string, string | null>>,
): string | null {
  const next: Record<string, readonly SecretValue[]> = { ...openable(box, before) };
  for (const [name, value] of Object.entries(secrets)) {
    if (value === null) delete next[name];
    else next[name] = held(value);
  }
  return sealed(box, before, next);
}

/** Secrets that no key opens are of no use any more: setting them anew begins with none. */
function openable(box: SecretBox, connection: Connection): StoredSecrets {
  try {
    return openSecrets(box, connection, Date.now());
  } catch (error) {
    if (error instanceof SecretsUnreadable) return {};
    throw error;
  }
}

/**
 * Gives secrets new values, and lets the value before hold until `graceEndsAtMs`; a value older than that ends at once.
 * Null when there is no such connection. Rotating to the value that holds changes nothing.
 */
export async function rotateSecrets(
  db: Db,
  box: SecretBox,
  id: string,
  rotation: { readonly secrets: Readonly<Record<string, string>>; readonly graceEndsAtMs: number },
): Promise<Connection | null> {
  return changed(db, id, (before) => {
    const next: Record<string, readonly SecretValue[]> = { ...openSecrets(box, before, Date.now()) };
    for (const [name, value] of Object.entries(rotation.secrets)) {
      const [newest] = next[name] ?? [];
      if (newest?.value === value) continue;
      const former = newest ? [{ value: newest.value, until: rotation.graceEndsAtMs }] : [];
      next[name] = [...held(value), ...former];
    }
    return { secrets: sealed(box, before, next) };
  });
}

type Columns = { title?: string; settings?: string; active?: boolean; secrets?: string | null };

async function changed(
  db: Db,
  id: string,
  change: (before: Connection) => Columns,
): Promise<Connection | null> {
  return db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom('connections')
      .selectAll()
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (!row) return null;
    const after = await trx
      .updateTable('connections')
      .set({ ...change(recordOf(row)), updated_at: sql<Date>`now()` })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return recordOf(after);
  });
}

/** Forgets a connection and its secrets; its events stay. False when there was none. */
export async function deleteConnection(db: Db, id: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('connections').where('id', '=', id).executeTakeFirst();
  return numDeletedRows > 0n;
}

/**
 * Notes, at most once a minute, that something from there was verified, or refused and why. What is verified after a
 * refusal is noted at once, so that the refusal does not look like the last word.
 */
export async function noteContact(
  db: Db,
  id: string,
  contact: 'received' | { readonly refused: string },
): Promise<void> {
  const isReceived = contact === 'received';
  const column = isReceived ? 'last_received_at' : 'last_refused_at';
  await db
    .updateTable('connections')
    .set({
      [column]: sql<Date>`date_trunc('milliseconds', now())`,
      ...(!isReceived && { last_refusal: contact.refused }),
    })
    .where('id', '=', id)
    .where((eb) =>
      eb.or([
        eb(column, 'is', null),
        eb(column, '<', sql<Date>`now() - interval '1 minute'`),
        ...(isReceived ? [eb('last_refused_at', '>=', eb.ref('last_received_at'))] : []),
      ]),
    )
    .execute();
}

/**
 * Claims a token that is good for one message. `digest` stands for the message: the same one may come again (a sender
 * that got no answer), another one under the same token may not. False for that.
 */
export async function claimToken(
  db: Db,
  claim: { readonly connectionId: string; readonly token: string; readonly digest: string },
): Promise<boolean> {
  const { connectionId, token, digest } = claim;
  const fresh = await db
    .insertInto('webhook_tokens')
    .values({ connection_id: connectionId, token, digest })
    .onConflict((conflict) => conflict.columns(['connection_id', 'token']).doNothing())
    .returning('token')
    .executeTakeFirst();
  if (fresh) return true;
  const known = await db
    .selectFrom('webhook_tokens')
    .select('digest')
    .where('connection_id', '=', connectionId)
    .where('token', '=', token)
    .executeTakeFirst();
  return known?.digest === digest;
}

/** Forgets tokens that were seen before an instant: their messages are too old to be taken in any case. */
export async function forgetTokens(db: Db, seenBefore: Date): Promise<void> {
  await db.deleteFrom('webhook_tokens').where('seen_at', '<', seenBefore).execute();
}

function recordOf(row: Selectable<Database['connections']>): Connection {
  const { id, kind, title, settings, active } = row;
  return {
    ...{ id, kind, title, settings, active },
    envelope: row.secrets,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastReceivedAt: row.last_received_at,
    lastRefusedAt: row.last_refused_at,
    lastRefusal: row.last_refusal,
  };
}
