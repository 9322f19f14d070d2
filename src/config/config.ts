import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { defaultCacheDir, defaultDataDir, type Environment } from './folders.js';
import { nearest } from './nearest.js';
import { ROLES, type Role } from './roles.js';
import {
  type LogLevel,
  TEMPORAL_FILE_VARIABLES,
  TEMPORAL_VARIABLES,
  VARIABLE_NAMES,
  VARIABLES,
  type VariableName,
  type VariableValues,
} from './variables.js';

/** All settings of a process, checked. `null` means: not set. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** The address that links in mails and on pages start with; no slash at the end. */
  readonly publicUrl: string;
  /** Absolute; nobody has made it yet. */
  readonly dataDir: string;
  /** Absolute, for what can be fetched again. */
  readonly cacheDir: string;
  readonly adminKey: string | null;
  /** Absolute path of the definition to publish on the first start. */
  readonly definitionPath: string | null;
  readonly logLevel: LogLevel;
  readonly taskQueue: string;
  /** `null` is the embedded PGlite under `dataDir`. */
  readonly databaseUrl: string | null;
  /** `null` keeps mail in the outbox. */
  readonly smtpUrl: string | null;
  /** Keys that the secrets of connections are sealed with, the newest first; `null` when none is set. */
  readonly secretsKeys: readonly string[] | null;
  /** Absolute path of what a team's own names mean in the Segment-compatible API. */
  readonly segmentMapPath: string | null;
  /** Origins of the pages that may send to it; `null` is everywhere. */
  readonly segmentOrigins: readonly string[] | null;
  readonly temporal: TemporalConfig;
  /** What the client commands of the CLI speak to. */
  readonly client: { readonly url: string; readonly apiKey: string | null };
  /** Clear sentences about variables that have no effect. */
  readonly warnings: readonly string[];
}

interface TemporalConfig {
  /** True starts Baton's own dev server; false takes `env` to `@temporalio/envconfig`. */
  readonly embedded: boolean;
  /** Every `TEMPORAL_*` variable, for `overrideEnvVars` of `@temporalio/envconfig`. */
  readonly env: Readonly<Record<string, string>>;
  /** First port to try for the embedded server. */
  readonly port: number;
  readonly uiPort: number;
  /** `PATH`, to look for an installed `temporal` in. */
  readonly searchPath: string;
}

/**
 * All that is wrong with the environment, at once; `faults` are sentences that begin with the variable's name, as do
 * `warnings`, which often name the cause.
 */
export class ConfigError extends Error {
  constructor(
    readonly faults: readonly string[],
    readonly warnings: readonly string[] = [],
  ) {
    super(`wrong settings\n${[...faults, ...warnings].map((line) => `  ${line}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Where the first admin key of an embedded Baton is left for the CLI of the same user. */
export const adminKeyPath = (dataDir: string): string => join(dataDir, 'admin-key');
/** Where an embedded Baton keeps the key that seals the secrets of its connections. */
export const secretsKeyPath = (dataDir: string): string => join(dataDir, 'secrets-key');

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|0:0:0:0:0:0:0:1)$/i;
export const isLoopback = (host: string): boolean => LOOPBACK.test(host.replace(/^\[|\]$/g, ''));

/** Whether the log level asks for stack traces; reads nothing else, so it works with wrong settings too. */
export function wantsStacks(env: Environment = process.env): boolean {
  return env.BATON_LOG_LEVEL === 'debug' || env.BATON_LOG_LEVEL === 'trace';
}

/** `http://host:port` as another program on the same machine reaches it. */
export function localAddress(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** An empty variable counts as not set: that is how compose files pass on what nobody has set. */
function present(env: Environment): Record<string, string> {
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && value.trim() !== '') set[name] = value.trim();
  }
  return set;
}

function parseVariables(env: Record<string, string>): { values: VariableValues; faults: string[] } {
  const values: Partial<Record<VariableName, unknown>> = {};
  const faults: string[] = [];
  for (const name of VARIABLE_NAMES) {
    const raw = env[name];
    if (raw === undefined) continue;
    const { schema, secret } = VARIABLES[name];
    const parsed = schema.safeParse(raw);
    if (parsed.success) values[name] = parsed.data;
    else {
      const reason = parsed.error.issues.map((issue) => issue.message).join('; ');
      faults.push(
        secret ? `${name} ${reason}` : `${name} ${reason} (it is ${JSON.stringify(raw.slice(0, 80))})`,
      );
    }
  }
  return { values: values as VariableValues, faults };
}

function unknownVariables(env: Record<string, string>): string[] {
  const known = [...VARIABLE_NAMES, ...TEMPORAL_VARIABLES];
  return Object.keys(env)
    .filter((name) => name.startsWith('BATON_') && !known.some((candidate) => candidate === name))
    .sort()
    .map((name) => {
      const meant = nearest(name, VARIABLE_NAMES);
      return `${name} is not a variable of Baton and has no effect${meant ? `: did you mean ${meant}?` : ''}`;
    });
}

function temporalWarnings(env: Record<string, string>, embedded: boolean): string[] {
  if (!embedded) return [];
  return Object.keys(env)
    .filter(
      (name) => TEMPORAL_VARIABLES.some((known) => known === name) || name.startsWith('TEMPORAL_GRPC_META_'),
    )
    .sort()
    .map(
      (name) => `${name} has no effect without TEMPORAL_ADDRESS, TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE`,
    );
}

/** Mailboxes take a one-click unsubscribe at https addresses alone (RFC 8058), and big ones ask for it. */
function mailWarnings({ SMTP_URL, BATON_PUBLIC_URL }: VariableValues): string[] {
  if (SMTP_URL === undefined || BATON_PUBLIC_URL?.startsWith('https://')) return [];
  return [
    'BATON_PUBLIC_URL is not set to an https:// address, so mails sent by SMTP_URL carry no one-click unsubscribe that a mailbox could use',
  ];
}

function crossChecks(values: VariableValues, env: Record<string, string>): string[] {
  const faults: string[] = [];
  const ports = new Map<number, string>();
  for (const [name, port] of [
    ['BATON_PORT', values.BATON_PORT ?? 8780],
    ['BATON_TEMPORAL_PORT', values.BATON_TEMPORAL_PORT ?? 7233],
    ['BATON_TEMPORAL_UI_PORT', values.BATON_TEMPORAL_UI_PORT ?? 8233],
  ] as const) {
    const other = ports.get(port);
    if (other) faults.push(`${name} is the same port as ${other} (${port}): each needs its own`);
    else ports.set(port, name);
  }
  for (const name of TEMPORAL_FILE_VARIABLES) {
    const path = env[name];
    if (path !== undefined && !existsSync(path))
      faults.push(`${name} names no file that exists (it is "${path}")`);
  }
  return faults;
}

function rolesFaults(values: VariableValues, embeddedTemporal: boolean, roles: readonly Role[]): string[] {
  const faults: string[] = [];
  const listensOn = values.BATON_HOST ?? '127.0.0.1';
  const embeddable = roles.length === ROLES.length;
  if (embeddable && values.DATABASE_URL === undefined && !isLoopback(listensOn)) {
    faults.push(
      `BATON_HOST must be a loopback address while Baton is embedded (it is "${listensOn}"): set DATABASE_URL and TEMPORAL_ADDRESS to serve other machines`,
    );
  }
  if (embeddable || roles.length === 0) return faults;
  const command = `baton ${roles[0]}`;
  if (values.DATABASE_URL === undefined) {
    faults.push(
      `DATABASE_URL must be set for \`${command}\`: the embedded database belongs to one process, \`baton start\``,
    );
  }
  if (embeddedTemporal) {
    faults.push(
      `TEMPORAL_ADDRESS must be set for \`${command}\`: only \`baton start\` brings up a Temporal server`,
    );
  }
  return faults;
}

/**
 * Reads and checks the whole configuration.
 * @param options.roles the roles of a process that serves; fewer than all cannot be embedded. A client names none.
 * @throws ConfigError with every fault at once.
 */
export function loadConfig(
  options: { env?: Environment; cwd?: string; roles?: readonly Role[] } = {},
): Config {
  const env = present(options.env ?? process.env);
  const cwd = options.cwd ?? process.cwd();
  const { values, faults } = parseVariables(env);
  const embedded = !env.TEMPORAL_ADDRESS && !env.TEMPORAL_PROFILE && !env.TEMPORAL_CONFIG_FILE;
  faults.push(...crossChecks(values, env), ...rolesFaults(values, embedded, options.roles ?? []));
  const warnings = [...unknownVariables(env), ...temporalWarnings(env, embedded), ...mailWarnings(values)];
  if (faults.length > 0) throw new ConfigError(faults, warnings);

  const host = values.BATON_HOST ?? '127.0.0.1';
  const port = values.BATON_PORT ?? 8780;
  const publicUrl = values.BATON_PUBLIC_URL ?? localAddress(host, port);
  return {
    host,
    port,
    publicUrl,
    dataDir: values.BATON_DATA_DIR ? resolve(cwd, values.BATON_DATA_DIR) : defaultDataDir(env),
    cacheDir: defaultCacheDir(env),
    adminKey: values.BATON_ADMIN_KEY ?? null,
    definitionPath: values.BATON_DEFINITION ? resolve(cwd, values.BATON_DEFINITION) : null,
    logLevel: values.BATON_LOG_LEVEL ?? 'info',
    taskQueue: values.BATON_TASK_QUEUE ?? 'baton',
    databaseUrl: values.DATABASE_URL ?? null,
    smtpUrl: values.SMTP_URL ?? null,
    secretsKeys: values.BATON_SECRETS_KEY ?? null,
    segmentMapPath: values.BATON_SEGMENT_MAP ? resolve(cwd, values.BATON_SEGMENT_MAP) : null,
    segmentOrigins: values.BATON_SEGMENT_ORIGINS ?? null,
    temporal: {
      embedded,
      env: Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('TEMPORAL_'))),
      port: values.BATON_TEMPORAL_PORT ?? 7233,
      uiPort: values.BATON_TEMPORAL_UI_PORT ?? 8233,
      searchPath: env.PATH ?? '',
    },
    client: { url: values.BATON_URL ?? publicUrl, apiKey: values.BATON_API_KEY ?? null },
    warnings,
  };
}
