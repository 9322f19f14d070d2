import { existsSync, statSync } from 'node:fs';
import { z } from 'zod';

/** Log levels of pino, loudest last. */
const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number, 1 to 65535')
  .transform(Number)
  .refine((value) => value >= 1 && value <= 65_535, 'must be a port number, 1 to 65535');

const host = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:]+\]?)$/,
    'must be a host name or an address, without scheme and port',
  )
  .transform((value) => value.replace(/^\[|\]$/g, ''));

/** Keys travel in an HTTP header. */
const headerSafe = z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');

function url(schemes: readonly string[], example: string) {
  const expected = `must be a ${schemes.map((scheme) => `${scheme}://`).join(' or ')} URL, such as ${example}`;
  return z.string().refine((value) => {
    const parsed = URL.canParse(value) ? new URL(value) : null;
    return parsed !== null && parsed.hostname !== '' && schemes.includes(parsed.protocol.slice(0, -1));
  }, expected);
}

const webAddress = url(['http', 'https'], 'https://baton.example.com')
  .refine(
    (value) => !URL.canParse(value) || (new URL(value).search === '' && new URL(value).hash === ''),
    'must have no query and no fragment',
  )
  .transform((value) => value.replace(/\/+$/, ''));

const file = z
  .string()
  .refine((path) => existsSync(path) && statSync(path).isFile(), 'names no file that exists');

const serverAddress = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}$/,
    'must be host:port without a scheme, such as temporal.example.com:7233',
  );

/** Where pages may be that send what visitors do; `null` is everywhere. */
const origins = z.string().transform((value, context): readonly string[] | null => {
  if (value === '*') return null;
  const given = value.split(',').map((origin) => origin.trim().replace(/\/$/, ''));
  if (given.every((origin) => /^https?:\/\//.test(origin) && isOrigin(origin))) return given;
  context.addIssue({
    code: 'custom',
    message: 'must be * or origins separated by commas, such as https://www.example.com,https://example.com',
  });
  return z.NEVER;
});

function isOrigin(value: string): boolean {
  return URL.canParse(value) && new URL(value).origin === value.toLowerCase();
}

/** Of several keys the first one seals; the others still open what they sealed. */
const secretsKeys = z
  .string()
  .transform((value) => value.split(',').map((key) => key.trim()))
  .refine(
    (keys) => keys.every((key) => /^[0-9A-Fa-f]{64}$/.test(key) || /^[A-Za-z0-9+/]{43}=$/.test(key)),
    'must be 32 random bytes as 64 hexadecimal digits or as base64 (`openssl rand -hex 32` makes one); several are separated by commas, the newest first',
  );

const taskQueue = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/,
    'must be letters, digits, dots, dashes, underscores; at most 200',
  );

/**
 * Every variable that Baton itself reads. `secret` values are never repeated in a message; what is not here and starts
 * with `BATON_` is warned about. The other `TEMPORAL_*` variables belong to `@temporalio/envconfig`.
 */
export const VARIABLES = {
  BATON_HOST: { schema: host, secret: false },
  BATON_PORT: { schema: port, secret: false },
  BATON_PUBLIC_URL: { schema: webAddress, secret: false },
  BATON_DATA_DIR: { schema: z.string(), secret: false },
  BATON_ADMIN_KEY: { schema: headerSafe.min(24, 'must have at least 24 characters'), secret: true },
  BATON_DEFINITION: { schema: file, secret: false },
  BATON_LOG_LEVEL: { schema: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`), secret: false },
  BATON_TASK_QUEUE: { schema: taskQueue, secret: false },
  BATON_SEGMENT_MAP: { schema: file, secret: false },
  BATON_SEGMENT_ORIGINS: { schema: origins, secret: false },
  BATON_SECRETS_KEY: { schema: secretsKeys, secret: true },
  BATON_TEMPORAL_PORT: { schema: port, secret: false },
  BATON_TEMPORAL_UI_PORT: { schema: port, secret: false },
  BATON_URL: { schema: webAddress, secret: false },
  BATON_API_KEY: { schema: headerSafe, secret: true },
  DATABASE_URL: {
    schema: url(['postgres', 'postgresql'], 'postgres://baton@localhost:5432/baton'),
    secret: true,
  },
  SMTP_URL: { schema: url(['smtp', 'smtps'], 'smtp://localhost:25'), secret: true },
  TEMPORAL_ADDRESS: { schema: serverAddress, secret: false },
} as const;
export type VariableName = keyof typeof VARIABLES;
export type VariableValues = {
  readonly [Name in VariableName]?: z.output<(typeof VARIABLES)[Name]['schema']>;
};

export const VARIABLE_NAMES = Object.keys(VARIABLES) as VariableName[];

/** The variables of `@temporalio/envconfig` 1.24; `TEMPORAL_GRPC_META_*` is open. */
export const TEMPORAL_VARIABLES = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_API_KEY',
  'TEMPORAL_PROFILE',
  'TEMPORAL_CONFIG_FILE',
  'TEMPORAL_TLS',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_CERT_DATA',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_DATA',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_DATA',
  'TEMPORAL_TLS_SERVER_NAME',
  'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION',
] as const;

export const TEMPORAL_FILE_VARIABLES = [
  'TEMPORAL_CONFIG_FILE',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
] as const;
