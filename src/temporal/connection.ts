/** Connections to Temporal for client and worker. */
import { Client, Connection } from '@temporalio/client';
import { type ClientConnectConfig, loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { dataConverter } from './data-converter.js';

type Env = Readonly<Record<string, string | undefined>>;

export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  /** TLS, API key and headers, as both kinds of connection take them. */
  readonly connectionOptions: ClientConnectConfig['connectionOptions'];
}

export interface TemporalConnection {
  readonly settings: TemporalSettings;
  readonly connection: Connection;
  readonly client: Client;
  /** How this process names itself to Temporal: role and process id, never a host or a user. */
  readonly identity: string;
  /** The worker's connection. Opened on the first call, closed by `close`; a failed attempt is not remembered. */
  workerConnection(): Promise<NativeConnection>;
  /** Closes both connections; the workers on them must have stopped. */
  close(): Promise<void>;
}

const DEFAULT_NAMESPACE = 'default';

/** Settings for a server at an address that needs neither TLS nor a key, such as the embedded one. */
export function plainSettings(address: string, namespace = DEFAULT_NAMESPACE): TemporalSettings {
  return { address, namespace, connectionOptions: { address } };
}

/**
 * The external Temporal that `TEMPORAL_*` variables name, by an address or by a profile of the Temporal configuration
 * file. Null when they name none: then Baton embeds its own. A profile counts only when `TEMPORAL_PROFILE` or
 * `TEMPORAL_CONFIG_FILE` asks for it, so that a developer's default profile never receives leads by surprise.
 * Throws a message that names the variable at fault.
 */
export function externalSettings(env: Env): TemporalSettings | null {
  const named = [env.TEMPORAL_ADDRESS, env.TEMPORAL_PROFILE, env.TEMPORAL_CONFIG_FILE];
  if (named.every((value) => value === undefined || value.trim() === '')) return null;
  checkTlsSwitch(env.TEMPORAL_TLS);
  try {
    const profile = loadClientConfigProfile({ overrideEnvVars: defined(env) });
    if (profile.address === undefined) {
      throw new Error('the profile names no address; set TEMPORAL_ADDRESS or `address` in the profile');
    }
    if ((profile.tls?.clientCert === undefined) !== (profile.tls?.clientKey === undefined)) {
      throw new Error('a TLS client certificate and its key belong together; only one of them is set');
    }
    const { connectionOptions, namespace } = toClientOptions(profile);
    return { address: profile.address, namespace: namespace ?? DEFAULT_NAMESPACE, connectionOptions };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The Temporal settings (TEMPORAL_* variables and profile) cannot be used: ${reason}`, {
      cause: error,
    });
  }
}

/** The SDK takes every other word for "off", and would then send API keys in the clear. */
function checkTlsSwitch(value: string | undefined): void {
  if (value !== undefined && !['', '1', 'true', '0', 'false'].includes(value)) {
    throw new Error(`TEMPORAL_TLS is \`${value}\`: write true or false`);
  }
}

function defined(env: Env): Record<string, string> {
  const entries = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  return Object.fromEntries(entries);
}

/**
 * A client that connects on its first call and again after every loss; nothing is asked of the server here.
 * `role` is what the process does (`api`, `worker` …).
 */
export function connect(settings: TemporalSettings, role: string): TemporalConnection {
  const identity = `baton-${role}-${process.pid}`;
  const connection = Connection.lazy(settings.connectionOptions);
  const client = new Client({ connection, namespace: settings.namespace, identity, dataConverter });
  let native: Promise<NativeConnection> | null = null;
  return {
    settings,
    connection,
    client,
    identity,
    workerConnection: () => {
      native ??= NativeConnection.connect(settings.connectionOptions).catch((error: unknown) => {
        native = null;
        throw error;
      });
      return native;
    },
    close: async () => {
      await connection.close();
      const opened = await native?.catch(() => null);
      await opened?.close();
    },
  };
}

/** Whether the server answers within the time given. Never throws. */
export async function reachable(connection: Connection, withinMs = 2_000): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + withinMs, () => connection.workflowService.getSystemInfo({}));
    return true;
  } catch {
    return false;
  }
}

/** The id of the cluster behind the connection: stays the same as long as its database does. Throws when it is away. */
export async function clusterId(connection: Connection): Promise<string> {
  const { clusterId: id } = await connection.workflowService.getClusterInfo({});
  if (!id) throw new Error('The Temporal server tells no cluster id');
  return id;
}
