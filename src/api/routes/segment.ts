/** Segment's HTTP tracking API: what its libraries, and RudderStack's, send without knowing that it is Baton. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { cors } from 'hono/cors';
import type { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Db } from '../../store/database.js';
import { emailsOfUsers } from '../../store/read/users.js';
import { admit, hasScope, type KeyRing, presentedKey } from '../auth.js';
import type { AppEnv, SegmentSettings } from '../env.js';
import { handleError } from '../errors.js';
import type { EventIntake, RawItem } from '../event-intake.js';
import { Problem, problems } from '../problem.js';
import { documented, json, resource } from '../route.js';
import { isSafeText } from '../safe-text.js';
import {
  type SegmentAnswer,
  segmentAnswerSchema,
  segmentBatchSchema,
  segmentMessageSchema,
} from '../schemas/segment.js';
import { identifierOf, identifiersOf } from '../segment/people.js';
import { readMessage } from '../segment/read-body.js';
import { EMPTY_MAP } from '../segment/segment-map.js';
import { KINDS, type Kind, translate } from '../segment/translate.js';
import { type Fields, fieldsOf } from '../segment/values.js';

const KEY_LENGTH_MAX = 512;
const MESSAGES_MAX = 2_500;
const PREFLIGHT_MAX_AGE_S = 86_400;
const HOW_TO_AUTHENTICATE =
  'Send an API key with the scope `ingest` as write key: `Authorization: Basic base64("<key>:")`, or `writeKey` in the body.';

/** What is posted to each address; the one-letter ones are those of Segment's browser library. */
const ADDRESSES: readonly (readonly [name: string, kind: Kind | 'batch'])[] = [
  ...KINDS.map((kind) => [kind, kind] as const),
  ...KINDS.map((kind) => [kind.charAt(0), kind] as const),
  ['batch', 'batch'],
  ['b', 'batch'],
];
const PREFIXES = ['/v1', '/v1/segment', '/v1/segment/v1'];
/** Where Segment's browser library reports how it fares. */
const METRICS = ['/v1/m', '/v1/segment/m', '/v1/segment/v1/m'];
/** Where RudderStack's browser library sends its beacons. */
const BEACON = '/beacon/v1/batch';

interface SegmentDeps {
  readonly db: Db;
  readonly intake: EventIntake;
  readonly keys: KeyRing;
  readonly limiter: RateLimiterMemory;
  readonly now: () => number;
  readonly settings?: SegmentSettings;
}

const documentedRoute = (kind: Kind | 'batch') =>
  createRoute({
    method: 'post',
    path: `/v1/${kind}`,
    operationId: `segment${kind.charAt(0).toUpperCase()}${kind.slice(1)}`,
    tags: ['Segment'],
    summary: `Segment's ${kind}`,
    description:
      'Compatible with the libraries of Segment and RudderStack; also under `/v1/segment/`. The write key is an API key ' +
      'with the scope `ingest`, as user name of Basic authentication or as `writeKey` in the body. gzip is taken; at ' +
      'most 32 KB a message and 500 KB a body. What can never succeed is answered 400.',
    ...documented(['ingest']),
    request: {
      body: {
        required: true,
        content: {
          'application/json': {
            schema: { $ref: `#/components/schemas/${kind === 'batch' ? 'SegmentBatch' : 'SegmentMessage'}` },
          },
        },
      },
    },
    responses: { 200: json(segmentAnswerSchema, 'The good messages are stored.'), ...problems },
  });

/**
 * The tracking API. To be mounted before the authentication of everything else: a write key may stand in the body, and
 * a browser's preflight carries none.
 */
export function segmentRoutes(deps: SegmentDeps): OpenAPIHono<AppEnv> {
  const routes = resource();
  routes.onError(async (error, c) => withMessage(await handleError(error, c)));
  routes.openAPIRegistry.register('SegmentMessage', segmentMessageSchema);
  routes.openAPIRegistry.register('SegmentBatch', segmentBatchSchema);
  const paths = PREFIXES.flatMap((prefix) =>
    ADDRESSES.map(([name, kind]) => ({ path: `${prefix}/${name}`, kind })),
  ).concat({ path: BEACON, kind: 'batch' });
  const origins = deps.settings?.origins ?? null;
  const open = cors({
    origin: origins === null ? '*' : [...origins],
    allowMethods: ['POST'],
    exposeHeaders: ['Retry-After', 'X-Request-Id'],
    maxAge: PREFLIGHT_MAX_AGE_S,
  });
  for (const path of [...paths.map((address) => address.path), ...METRICS]) routes.use(path, open);
  for (const kind of [...KINDS, 'batch'] as const) {
    routes.openapi(documentedRoute(kind), async (c) => c.json(await take(c, kind, deps), 200));
  }
  for (const { path, kind } of paths) routes.post(path, async (c) => c.json(await take(c, kind, deps), 200));
  for (const path of METRICS) routes.post(path, (c) => c.json({ success: true }, 200));
  return routes;
}

/** Some libraries look for `message` in an error, and try again for ever when there is none. */
async function withMessage(answer: Response): Promise<Response> {
  const body: Fields = fieldsOf(await answer.json());
  return new Response(JSON.stringify({ ...body, message: body.detail }), answer);
}

async function take(c: Context<AppEnv>, kind: Kind | 'batch', deps: SegmentDeps): Promise<SegmentAnswer> {
  const { keys, limiter, intake, now } = deps;
  // A key in the header is checked before the body is read.
  const presented = presentedKey(c.req.header('authorization'));
  const early = presented === null ? null : permitted(await admit(keys, limiter, presented));
  const receivedAtMs = now();
  const { body, bytes } = await readMessage(c);
  const principal = early ?? permitted(await admit(keys, limiter, writeKeyIn(c, body), HOW_TO_AUTHENTICATE));
  c.set('principal', principal);
  const messages = kind === 'batch' ? batchOf(body) : [body];
  const around = {
    map: deps.settings?.map ?? EMPTY_MAP,
    receivedAtMs,
    batch: kind === 'batch' ? body : {},
    emailOfUser: await previousUsers(deps.db, messages),
  };
  const rejected: SegmentAnswer['rejected'] = [];
  const items: RawItem[] = [];
  const indexes: number[] = [];
  let ignored = 0;
  messages.forEach((message, index) => {
    const translated = translate(message, kind === 'batch' ? null : kind, around);
    if (translated === null) ignored += 1;
    else if ('refused' in translated) rejected.push({ index, ...translated.refused });
    else {
      indexes.push(index);
      items.push(translated);
    }
  });
  const result = await intake.accept(items, bytes, principal);
  let { duplicates } = result;
  for (const refusal of result.rejected) {
    // The same message is corrected to another time at every attempt, so only its id tells that it was here.
    if (refusal.code === 'id_conflict') duplicates += 1;
    else rejected.push({ ...refusal, index: indexes[refusal.index] ?? refusal.index });
  }
  rejected.sort((a, b) => a.index - b.index);
  const answer: SegmentAnswer = { success: true, accepted: result.accepted, duplicates, ignored, rejected };
  if (messages.length > 0 && rejected.length === messages.length) throw allRejected(answer);
  return answer;
}

function permitted<Key extends { scopes: Parameters<typeof hasScope>[0]['scopes'] }>(key: Key): Key {
  if (hasScope(key, 'ingest')) return key;
  throw new Problem('forbidden', { detail: 'A write key is an API key with the scope ingest.' });
}

/** The write key in a body (of a batch, also in its first message) or, for beacons, in the address. */
function writeKeyIn(c: Context<AppEnv>, body: Fields): string | null {
  const first = Array.isArray(body.batch) ? fieldsOf(body.batch[0]) : {};
  const found = [body.writeKey, first.writeKey, c.req.query('writeKey')].find(
    (value) => typeof value === 'string' && value !== '',
  );
  return typeof found === 'string' ? found.slice(0, KEY_LENGTH_MAX) : null;
}

function batchOf(body: Fields): readonly unknown[] {
  const { batch } = body;
  if (!Array.isArray(batch)) {
    const message = 'is missing: a list of messages';
    throw new Problem('bad_request', { detail: `batch ${message}.`, errors: [{ path: 'batch', message }] });
  }
  if (batch.length > MESSAGES_MAX) {
    const message = `holds more than ${MESSAGES_MAX} messages; send smaller batches`;
    throw new Problem('bad_request', { detail: `batch ${message}.`, errors: [{ path: 'batch', message }] });
  }
  return batch;
}

/** The addresses of the users that aliases name as previous: as the log knows them, or an earlier message says. */
async function previousUsers(db: Db, messages: readonly unknown[]): Promise<Map<string, string>> {
  const previous = messages.flatMap((message) => identifierOf(fieldsOf(message).previousId) ?? []);
  if (previous.length === 0) return new Map();
  const wanted = new Set(previous);
  const said = messages.flatMap((message) => {
    const { userId, email } = identifiersOf(fieldsOf(message), false);
    return userId !== undefined && email !== undefined && wanted.has(userId)
      ? [[userId, email] as const]
      : [];
  });
  const known = await emailsOfUsers(
    db,
    previous.filter((id) => isSafeText(id)),
  );
  return new Map([...said, ...known]);
}

function allRejected({ rejected }: SegmentAnswer): Problem {
  const errors = rejected.map(({ index, path, message }) => ({
    path: [...(rejected.length > 1 ? ['batch', index] : []), ...(path ? [path] : [])].join('.'),
    message,
  }));
  const first = rejected[0];
  const detail = `${first?.path ? `${first.path}: ` : ''}${first?.message ?? 'every message is wrong'}.`;
  const extra = { accepted: 0, duplicates: 0, rejected };
  return new Problem('bad_request', { detail, errors, extra });
}
