import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import type { Config } from '../../config/config.js';
import { type GatewayClient, GatewayError } from '../client.js';
import { CliError, describeError, EXIT } from '../errors.js';

export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'warning' | 'fault';
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string;
}

const NET_TIMEOUT_MS = 3_000;
const FREE_BYTES_MIN = 1024 ** 3;

/** Whether anything accepts connections there. */
function answersAt(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: NET_TIMEOUT_MS });
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true)).once('timeout', end(false)).once('error', end(false));
  });
}

/** The first line that a tool prints about itself, or null when it is not there. */
function toolVersion(command: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(command, [...args], { timeout: 10_000 }, (error, stdout, stderr) => {
      resolve(error ? null : ((stdout || stderr).split('\n')[0]?.trim() ?? ''));
    });
  });
}

function existingParent(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existingParent(dirname(path));
}

/** Tries what the product will do: make a folder in the data folder. */
export function dataFolder({ dataDir }: Config): Finding {
  const what = 'data folder';
  const remedy = 'Make it writable for this user, or name another one with BATON_DATA_DIR.';
  try {
    const folder = existingParent(dataDir);
    accessSync(folder, constants.R_OK | constants.W_OK);
    rmSync(mkdtempSync(join(folder, '.baton-doctor-')), { recursive: true });
    const { bavail, bsize } = statfsSync(folder);
    const freeBytes = bavail * bsize;
    const text = `${dataDir} ${folder === dataDir ? 'is writable' : 'will be made'}, ${(freeBytes / 1024 ** 3).toFixed(1)} GB free`;
    if (freeBytes >= FREE_BYTES_MIN) return { what, state: 'ok', text };
    return { what, state: 'warning', text, remedy: 'Make room: below 1 GB the databases may stop.' };
  } catch (error) {
    return { what, state: 'fault', text: `${dataDir}: ${describeError(error)}`, remedy };
  }
}

/** What `/readyz` answers, with 200 and with 503. */
interface Readiness {
  readonly status?: string;
  readonly checks?: Readonly<Record<string, string>>;
}

function readiness(url: string, { status = 'ready', checks = {} }: Readiness): Finding {
  const parts = Object.entries(checks).map(([name, value]) => `${name} ${value}`);
  const text = [`${url} is ${status}`, ...parts].join(', ');
  const what = 'gateway';
  if (status === 'ready') return { what, state: 'ok', text };
  if (checks.database === 'down') {
    return {
      what,
      state: 'fault',
      text,
      remedy: 'The gateway runs and has lost its database: start that, or see its log.',
    };
  }
  return {
    what,
    state: 'warning',
    text,
    remedy: 'Events are accepted and delivered later, when Temporal answers and a courier runs again.',
  };
}

/** The gateway and what it says of its own parts; `running` tells the other checks that its ports are its own. */
export async function gateway(client: GatewayClient): Promise<{ finding: Finding; running: boolean }> {
  try {
    return { finding: readiness(client.url, await client.get<Readiness>('/readyz')), running: true };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    if (error instanceof GatewayError && 'checks' in error.problem) {
      return { finding: readiness(client.url, error.problem as Readiness), running: true };
    }
    const running = error.exitCode !== EXIT.unreachable;
    const remedy = running
      ? 'Something answers there, but not as a Baton gateway does: check --url and BATON_URL.'
      : 'Start it with `npm start`, or name its address with --url or BATON_URL.';
    const text = error.lines[0] ?? error.message;
    return { finding: { what: 'gateway', state: 'fault', text, remedy }, running };
  }
}

/** Ports that `baton start` would take; those of a running Baton are its own. */
export async function ports(config: Config, running: boolean): Promise<Finding[]> {
  if (running) return [];
  const wanted: [string, number][] = [['BATON_PORT', config.port]];
  const taken = await Promise.all(
    wanted.map(async ([name, port]): Promise<Finding> => {
      const what = `port ${port}`;
      if (!(await answersAt(config.host === '0.0.0.0' ? '127.0.0.1' : config.host, port))) {
        return { what, state: 'ok', text: 'is free' };
      }
      return {
        what,
        state: 'fault',
        text: 'is in use, and not by a Baton gateway',
        remedy: `Stop the program that uses it, or choose another port with ${name}.`,
      };
    }),
  );
  return taken;
}

async function externalTemporal(config: Config): Promise<Finding> {
  const what = 'Temporal';
  const address = config.temporal.env.TEMPORAL_ADDRESS;
  if (address === undefined)
    return { what, state: 'ok', text: 'comes from a profile of the Temporal configuration file' };
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[|\]$/g, '');
  if (await answersAt(host, Number(address.slice(at + 1))))
    return { what, state: 'ok', text: `${address} answers` };
  return {
    what,
    state: 'fault',
    text: `nothing answers at ${address}`,
    remedy:
      'Start the Temporal server, or mend TEMPORAL_ADDRESS. Events are accepted meanwhile and delivered later.',
  };
}

/** Where an embedded Temporal server would come from. */
export async function temporal(config: Config): Promise<Finding> {
  if (!config.temporal.embedded) return externalTemporal(config);
  const what = 'Temporal';
  const installed = await toolVersion('temporal', ['--version']);
  if (installed !== null)
    return { what, state: 'ok', text: `embedded, with the installed one: ${installed}` };
  if (existsSync(config.cacheDir)) {
    const cached = await toolVersion(join(config.cacheDir, 'temporal-cli-1.5.1', 'temporal'), ['--version']);
    if (cached !== null) return { what, state: 'ok', text: `embedded, from ${config.cacheDir}: ${cached}` };
  }
  const go = await toolVersion('go', ['version']);
  if (go !== null) {
    return {
      what,
      state: 'warning',
      text: `no server is here yet; the first start downloads it, or builds it with ${go} (about five minutes, once)`,
    };
  }
  return {
    what,
    state: 'warning',
    text: 'no server is here yet, and no Go to build one; the first start will try to download it',
    remedy: 'Without a way to download: install the Temporal CLI or Go 1.25, or set TEMPORAL_ADDRESS.',
  };
}

/** Only the tests need Java. */
export async function java(): Promise<Finding> {
  const found = await toolVersion('java', ['-version']);
  const what = 'Java';
  if (found !== null) return { what, state: 'ok', text: `${found} (only the tests need it)` };
  return { what, state: 'ok', text: 'is not here (only the tests need it, when a download is not possible)' };
}

export async function database(config: Config): Promise<Finding> {
  const what = 'database';
  if (config.databaseUrl === null) return { what, state: 'ok', text: 'embedded, in the data folder' };
  const { hostname, port } = new URL(config.databaseUrl);
  // The rest of the URL holds a password.
  const place = `${hostname}:${port || 5432}`;
  if (await answersAt(hostname, Number(port || 5432))) return { what, state: 'ok', text: `${place} answers` };
  return {
    what,
    state: 'fault',
    text: `nothing answers at ${place}`,
    remedy: 'Start Postgres, or mend DATABASE_URL.',
  };
}

interface SystemReply {
  readonly leads?: { readonly byEngine: Readonly<Record<string, number>> };
}

/** Leads per engine version, where the gateway tells. */
export async function engines(client: GatewayClient): Promise<Finding[]> {
  const what = 'engines';
  try {
    const system = await client.get<SystemReply>('/v1/system');
    const counts = Object.entries(system.leads?.byEngine ?? {}).map(
      ([engine, leads]) => `engine ${engine}: ${leads} leads`,
    );
    return [{ what, state: 'ok', text: counts.join(', ') || 'no leads yet' }];
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    if ('status' in error && error.status === 404) return [];
    return [{ what, state: 'warning', text: error.lines[0] ?? error.message, remedy: error.lines[1] }];
  }
}
