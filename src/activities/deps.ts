/** What activities need of the process they run in. */
import type { Connectors } from '../connectors/ports.js';
import type { DefinitionBook } from '../definition/versions.js';
import type { Db } from '../store/database.js';

/** A logger that takes ids and codes; pino fits. */
export interface ActivityLog {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface ActivityDeps {
  readonly db: Db;
  readonly book: Pick<DefinitionBook, 'current' | 'byNumber'>;
  readonly connectors: Connectors;
  /** The time limit of one request to another system; less than an activity's own (30 s). */
  readonly requestTimeoutMs?: number;
  /** Where a lead stops marketing mail that Baton sends; without it mails carry no such address. Asks the database. */
  readonly unsubscribeUrl?: (leadId: string) => Promise<string>;
}

const REQUEST_TIMEOUT_MS = 10_000;

export function requestTimeoutMs(deps: ActivityDeps): number {
  return deps.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
}
