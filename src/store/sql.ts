/** Small helpers around SQL values and database errors. They know no table. */

/**
 * A value as the JSON text that `jsonb` columns take.
 * @throws TypeError for `undefined`, functions and symbols, which JSON cannot hold.
 */
export function json(value: unknown): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined)
    throw new TypeError(`A ${typeof value} cannot be stored as JSON; pass null instead.`);
  return text;
}

/** The items in groups of at most `size`, in order; no group is empty. */
export function chunk<T>(items: readonly T[], size: number): T[][] {
  if (!Number.isInteger(size) || size < 1)
    throw new RangeError(`A chunk holds a whole number of items, at least 1; got ${size}.`);
  const groups: T[][] = [];
  for (let start = 0; start < items.length; start += size) groups.push(items.slice(start, start + size));
  return groups;
}

/** What the operating system says when the other side cannot be reached. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
]);

/**
 * SQLSTATEs that say nothing about the statement: a statement timeout, the server going down, coming up or
 * ending an idle session, and a server that has become read-only because it is now a standby.
 */
const UNAVAILABLE_STATES = new Set(['57014', '57P01', '57P02', '57P03', '57P05', '25P03', '25006']);

/** 08 is the connection, 53 is a lack of resources: connections, memory, disk. */
const UNAVAILABLE_CLASSES = /^(08|53)[0-9A-Z]{3}$/;

/** pg, pg-pool and Kysely report these without a code. */
const UNAVAILABLE_MESSAGES = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Cannot use a pool after calling end on the pool',
  'driver has already been destroyed',
];

/** The code of an error raised when the thread of the embedded database has ended. */
export const EMBEDDED_GONE = 'EMBEDDED_DATABASE_GONE';

/**
 * True when the database could not be reached, is starting or stopping, is out of resources or took too long:
 * the same call may succeed later. False for every fault of the statement itself. Looks through causes.
 */
export function isUnavailable(error: unknown): boolean {
  return someError(error, (fault) => {
    const code = 'code' in fault ? fault.code : undefined;
    // A missing Unix socket is a server that is down; a missing file of ours is not.
    if (code === 'ENOENT') return 'syscall' in fault && fault.syscall === 'connect';
    if (typeof code === 'string')
      return (
        UNREACHABLE.has(code) ||
        UNAVAILABLE_STATES.has(code) ||
        UNAVAILABLE_CLASSES.test(code) ||
        code === EMBEDDED_GONE
      );
    return UNAVAILABLE_MESSAGES.some((start) => fault.message.startsWith(start));
  });
}

/** True for a broken unique or primary key; with `constraint`, only for that one by its name. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return someError(error, (fault) => {
    if (!('code' in fault) || fault.code !== '23505') return false;
    return constraint === undefined || ('constraint' in fault && fault.constraint === constraint);
  });
}

/** Looks at the error, its causes and the errors that it gathers; bounded, because causes may form a ring. */
function someError(error: unknown, matches: (fault: Error) => boolean, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 8) return false;
  if (matches(error)) return true;
  if (error instanceof AggregateError && error.errors.some((inner) => someError(inner, matches, depth + 1)))
    return true;
  return someError(error.cause, matches, depth + 1);
}
