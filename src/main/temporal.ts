/** Temporal's side of a process: an external server as configured, else the embedded one. */
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import type { Db } from '../store/database.js';
import { compareAndSetMeta, readMeta } from '../store/meta.js';
import {
  clusterId,
  connect,
  externalSettings,
  plainSettings,
  type TemporalConnection,
} from '../temporal/connection.js';
import { type EmbeddedServer, startEmbeddedTemporal } from '../temporal/embedded-server.js';
import { registerSearchAttributes } from '../temporal/search-attributes.js';
import { provideTemporalServer } from '../temporal/server-binary.js';
import type { StopStack } from './stop-stack.js';

export interface TemporalPart {
  /** The database has just changed clusters: open leads have no run in this one yet. */
  readonly adopted: boolean;
  readonly connection: TemporalConnection;
  /** Where people look at workflows; null when an external server's is not known here. */
  readonly uiAddress: string | null;
  readonly address: string;
  readonly namespace: string;
  /** Resolves with a sentence if the embedded server dies. */
  readonly lost: Promise<string>;
}

const CLUSTER_KEY = 'temporal_cluster_id';
const NEVER = new Promise<string>(() => undefined);

/** Connects, registers search attributes, and makes sure that this is the cluster the database belongs to. */
export async function openTemporal(options: {
  readonly config: Config;
  readonly db: Db;
  readonly role: string;
  /** Take this cluster for the database's from now on, although it knew another. */
  readonly adopt: boolean;
  readonly print: (line: string) => void;
  readonly log: Logger;
  readonly stops: StopStack;
}): Promise<TemporalPart> {
  const { config, db, role, stops } = options;
  const embedded = config.temporal.embedded ? await startEmbedded(options) : null;
  if (embedded) stops.push('Temporal server', () => embedded.stop());
  const external = externalSettings(config.temporal.env);
  const settings = embedded ? plainSettings(embedded.address) : external;
  if (settings === null) throw new Error('TEMPORAL_ADDRESS is not set, and no server was started.');
  const connection = connect(settings, role);
  stops.push('Temporal connection', () => connection.close());
  await registerSearchAttributes(connection.connection, settings.namespace);
  const adopted = await claimCluster(
    db,
    await clusterId(connection.connection),
    settings.address,
    options.adopt,
  );
  return {
    adopted,
    connection,
    uiAddress: embedded?.uiAddress ?? null,
    address: settings.address,
    namespace: settings.namespace,
    lost: embedded?.lost ?? NEVER,
  };
}

async function startEmbedded(options: {
  readonly config: Config;
  readonly print: (line: string) => void;
  readonly log: Logger;
}): Promise<EmbeddedServer> {
  const { config, print, log } = options;
  const { path } = await provideTemporalServer({
    cacheDir: config.cacheDir,
    progress: print,
  });
  const server = await startEmbeddedTemporal({
    dataDir: config.dataDir,
    binary: path,
    port: config.temporal.port,
    uiPort: config.temporal.uiPort,
    progress: print,
    log: { error: (message) => log.error(message) },
  });
  if (server.orphanStopped) print('stopped a Temporal server that an earlier run had left behind');
  return server;
}

/**
 * Leads in one cluster and a database that belongs to another would start every lead's story anew, so the first
 * cluster a database meets is the only one it works with.
 */
async function claimCluster(db: Db, id: string, address: string, adopt: boolean): Promise<boolean> {
  if (await compareAndSetMeta(db, CLUSTER_KEY, null, id)) return false;
  const known = await readMeta(db, CLUSTER_KEY);
  if (known === id) return false;
  if (adopt) return compareAndSetMeta(db, CLUSTER_KEY, known, id);
  throw new Error(
    `The Temporal server at ${address} is not the one this database has worked with (its cluster id is ${id}, expected ${known}). ` +
      'Point TEMPORAL_ADDRESS at that server, or, if it is gone for good, run `baton start --adopt-temporal` once: ' +
      'every open lead is then started again from what the database knows of it.',
  );
}
