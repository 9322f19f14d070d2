import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { isUnavailable } from './sql.js';

export interface PoolLimits {
  /** Connections at most; 10 unless told otherwise. */
  poolMax?: number;
  /** Called when an idle connection is lost. The pool replaces it; nobody needs to act. */
  onConnectionLost?: (error: Error) => void;
}

const POOL_MAX = 10;
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 60_000;
/** Longer than the server's own limit, so that it only fires when the answer is lost on the way. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 15_000;
const IDLE_IN_TRANSACTION_MS = 60_000;
const OLDEST_SERVER = 150_000;

const INT8 = 20;
/** Typed wider than it is, because pg's list of known types leaves the array out. */
const INT8_ARRAY: number = 1016;
const DATE = 1082;

/** Counts and positions come as numbers; one that a number cannot hold exactly is an error, not a near miss. */
function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new RangeError(
      `The database returned the integer ${text}, which is beyond 2^53 and would be rounded.`,
    );
  return value;
}

/** How rows are read, the same on Postgres and PGlite. Instants are `Date` and numerics text, by pg's own rule. */
export const rowTypes: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format === 'binary') return pg.types.getTypeParser(oid, 'binary');
    if (oid === INT8) return safeInteger;
    if (oid === INT8_ARRAY)
      return (text: string) => {
        const items: (string | null)[] = pg.types.getTypeParser(INT8_ARRAY, 'text')(text);
        return items.map((item) => (item === null ? null : safeInteger(item)));
      };
    // A day has no time zone: pg's own parser would make it midnight in the zone of this process.
    if (oid === DATE) return (text: string) => text;
    return pg.types.getTypeParser(oid, 'text');
  },
};

/** What every connection is given first, so that dates in SQL mean the same on every server. */
export async function prepareSession(client: pg.ClientBase): Promise<void> {
  await client.query("set time zone 'UTC'");
}

/** A pool for running the product: bounded statements, kept-alive sockets, and no crash on a lost connection. */
export function createPostgresPool(url: string, limits: PoolLimits = {}): pg.Pool {
  return withoutCrashes(
    new pg.Pool({
      ...common(url),
      max: limits.poolMax ?? POOL_MAX,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    }),
    limits.onConnectionLost,
  );
}

/** One connection without time limits, for schema changes: an index on a long log takes as long as it takes. */
export function createMigrationPool(url: string): pg.Pool {
  return withoutCrashes(new pg.Pool({ ...common(url), max: 1 }));
}

function common(url: string): pg.PoolConfig {
  return {
    connectionString: url,
    application_name: 'baton',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: rowTypes,
    onConnect: prepareSession,
  };
}

function withoutCrashes(pool: pg.Pool, onConnectionLost?: (error: Error) => void): pg.Pool {
  pool.on('error', (error) => onConnectionLost?.(error));
  // A connection that dies between two queries of a transaction reports it on the client itself, where nobody
  // listens; the next query of that transaction fails by itself.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/**
 * The pool as Kysely takes it. A connection on which a query was lost is closed instead of reused: its statement
 * may still be running and its transaction still be open.
 */
export function discardingPool(pool: pg.Pool): PostgresPool {
  return {
    connect: async () => discardingClient(await pool.connect()),
    end: () => pool.end(),
  };
}

function discardingClient(client: pg.PoolClient): PostgresPoolClient {
  let lost = false;
  const query = async (text: string, parameters: readonly unknown[]): Promise<pg.QueryResult> => {
    try {
      return await client.query(text, [...parameters]);
    } catch (error) {
      // A server that reports an error by its code is still in step with us.
      lost ||= isUnavailable(error) && !(error instanceof pg.DatabaseError);
      throw error;
    }
  };
  return {
    // Kysely calls the one form only; the other is for cursors, which are not configured.
    query: query as unknown as PostgresPoolClient['query'],
    release: () => client.release(lost),
  };
}

/**
 * Proves that the server answers and is new enough.
 * @throws Error that names the server (never the password) and what to do.
 */
export async function checkServer(pool: pg.Pool, url: string): Promise<void> {
  let version: number;
  try {
    const { rows } = await pool.query<{ version: string }>(
      "select current_setting('server_version_num') as version",
    );
    version = Number(rows[0]?.version);
  } catch (error) {
    throw new Error(`Cannot use the database at ${withoutSecrets(url)}: ${remedy(error)}`, { cause: error });
  }
  if (version < OLDEST_SERVER)
    throw new Error(
      `The database at ${withoutSecrets(url)} is Postgres ${Math.floor(version / 10_000)}; Baton needs 15 or newer.`,
    );
}

function remedy(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === '28P01' || code === '28000')
    return `${message}. Check user and password in DATABASE_URL, and the server's pg_hba.conf.`;
  if (code === '3D000') return `${message}. Create the database, or correct its name in DATABASE_URL.`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `the host name does not resolve (${message}). Correct DATABASE_URL.`;
  if (code === '53300') return `${message}. Raise max_connections or lower the pool size of the processes.`;
  if (isUnavailable(error))
    return `it does not answer (${message || code}). Start Postgres, or correct DATABASE_URL.`;
  return message;
}

/** Host, port and database name: enough to find the mistake, nothing that opens a door. */
function withoutSecrets(url: string): string {
  try {
    const { hostname, port, pathname, searchParams } = new URL(url);
    const host = searchParams.get('host') ?? hostname;
    return `${host || 'localhost'}${port === '' ? '' : `:${port}`}${pathname}`;
  } catch {
    return '(DATABASE_URL is not a URL; expected postgres://user:password@host:5432/database)';
  }
}
