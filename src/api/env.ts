/** What the app is made of and what a request carries. */

import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { CourierNudge, LeadGateway } from '../contracts/ports.js';
import type { DefinitionBook } from '../definition/versions.js';
import type { BacktestService } from '../insight/backtest-service.js';
import type { ApiKey } from '../store/api-keys.js';
import type { Db } from '../store/database.js';
import type { GroupCommit } from '../store/group-commit.js';
import type { SecretBox } from '../store/secret-box.js';
import type { SegmentMap } from './segment/segment-map.js';

export interface ApiLimits {
  readonly bodyBytesMax: number;
  readonly eventsPerRequestMax: number;
  /** Requests that one API key may make within the window. */
  readonly requestsPerKey: { readonly points: number; readonly windowS: number };
}

export const DEFAULT_LIMITS: ApiLimits = {
  bodyBytesMax: 1024 * 1024,
  eventsPerRequestMax: 1_000,
  requestsPerKey: { points: 20_000, windowS: 10 },
};

/** How the Segment-compatible addresses are set up. */
export interface SegmentSettings {
  readonly map: SegmentMap;
  /** Origins of the pages that may send; null is everywhere. */
  readonly origins: readonly string[] | null;
}

export interface ApiDeps {
  readonly db: Db;
  readonly book: DefinitionBook;
  readonly gateway: LeadGateway;
  readonly nudge: CourierNudge;
  readonly log: Logger;
  /** Where callers reach this gateway; no slash at the end. */
  readonly publicUrl: string;
  readonly limits?: Partial<ApiLimits>;
  /** Epoch milliseconds; the clock by which an event is in the future. */
  readonly now?: () => number;
  /** Given by whoever must close it before the database; else the app makes its own. */
  readonly commit?: GroupCommit;
  /** Given by whoever must stop it before the database; else the app makes its own, which nobody stops. */
  readonly backtests?: BacktestService;
  /** Absent, names have their built-in meaning only, and pages anywhere may send. */
  readonly segment?: SegmentSettings;
  /** Opens the secrets of connections; absent where nobody gave a key: then connections have none. */
  readonly secrets?: SecretBox;
  /** Metrics of this process; else the app makes its own, with those of Node. */
  readonly metrics?: Registry;
  /** What operators may ask of Temporal's side; absent where it is not wired. */
  readonly operations?: Operations;
  /** Whether this process runs a courier, and whether it is at work. */
  readonly courier?: () => 'running' | 'stopped' | 'elsewhere';
}

export interface Operations {
  /** Compares every open lead with its live workflow and sets right what differs; see `baton reconcile`. */
  reconcile(): Promise<Readonly<Record<string, unknown>>>;
  /** Ends a lead's workflow and deletes its runs from Temporal. */
  endRuns(leadId: string): Promise<void>;
}

/** Who makes the request. */
export type Principal = Pick<ApiKey, 'id' | 'name' | 'scopes' | 'connectionId'>;

// A type, not an interface: Hono wants an index signature.
export type AppEnv = {
  Variables: {
    requestId: string;
    /** Set on every request under `/v1`. */
    principal: Principal;
    /** The request's own logger. */
    log: Logger;
    limits: ApiLimits;
  };
};
