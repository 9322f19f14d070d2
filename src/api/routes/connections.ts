/** `/v1/connections`: the platforms that Baton speaks with. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import {
  type Connection,
  changeConnection,
  createConnection,
  deleteConnection,
  findConnection,
  listConnections,
  openSecrets,
  rotateSecrets,
  type StoredSecrets,
} from '../../store/connections.js';
import type { Db } from '../../store/database.js';
import { type SecretBox, SecretsUnreadable } from '../../store/secret-box.js';
import type { AppEnv } from '../env.js';
import { pageFrom, pageOf, pageQuery, readCursor } from '../paging.js';
import { conflict, notFound, Problem, problems } from '../problem.js';
import { body, faultsOf, guard, guardJson, json, resource } from '../route.js';
import { handle } from '../schemas/common.js';
import {
  connectionPatchSchema,
  connectionSchema,
  connectionTestSchema,
  connectionView,
  newConnectionSchema,
  rotationSchema,
} from '../schemas/connection.js';
import { checkConnection } from '../webhooks/check.js';
import type { Sender } from '../webhooks/sender.js';
import { senderOf } from '../webhooks/senders.js';

const tags = ['Connections'];
const params = z.object({ id: handle.openapi({ param: { name: 'id', in: 'path' } }) });
const one = json(connectionSchema, 'The connection, without its secrets.');

const getConnections = createRoute({
  method: 'get',
  path: '/v1/connections',
  operationId: 'listConnections',
  tags,
  summary: 'List connections by id',
  ...guard('marketing'),
  request: { query: pageQuery },
  responses: { 200: json(pageOf(connectionSchema), 'A page of connections.'), ...problems },
});
const getConnection = createRoute({
  method: 'get',
  path: '/v1/connections/{id}',
  operationId: 'getConnection',
  tags,
  summary: 'One connection',
  ...guard('marketing'),
  request: { params },
  responses: { 200: one, ...problems, ...notFound },
});
const postConnection = createRoute({
  method: 'post',
  path: '/v1/connections',
  operationId: 'createConnection',
  tags,
  summary: 'Make a connection',
  description: 'Secrets go in here and are never shown again, by this address or any other.',
  ...guardJson('marketing'),
  request: { body: body(newConnectionSchema) },
  responses: { 201: one, ...problems, ...conflict },
});
const patchConnection = createRoute({
  method: 'patch',
  path: '/v1/connections/{id}',
  operationId: 'changeConnection',
  tags,
  summary: 'Change some fields of a connection',
  ...guardJson('marketing'),
  request: { params, body: body(connectionPatchSchema) },
  responses: { 200: one, ...problems, ...notFound, ...conflict },
});
const removeConnection = createRoute({
  method: 'delete',
  path: '/v1/connections/{id}',
  operationId: 'deleteConnection',
  tags,
  summary: 'Forget a connection and its secrets',
  description: 'What came by it stays in the log.',
  ...guard('marketing'),
  request: { params },
  responses: { 204: { description: 'It is gone.' }, ...problems, ...notFound },
});
const postRotation = createRoute({
  method: 'post',
  path: '/v1/connections/{id}/rotate',
  operationId: 'rotateConnectionSecrets',
  tags,
  summary: 'Give secrets new values; the values before hold for a grace',
  ...guardJson('marketing'),
  request: { params, body: body(rotationSchema) },
  responses: { 200: one, ...problems, ...notFound, ...conflict },
});
const postTest = createRoute({
  method: 'post',
  path: '/v1/connections/{id}/test',
  operationId: 'testConnection',
  tags,
  summary: 'Say in words what works and what is missing',
  ...guard('marketing'),
  request: { params },
  responses: { 200: json(connectionTestSchema, 'Every check.'), ...problems, ...notFound },
});

export interface ConnectionDeps {
  readonly db: Db;
  /** Null where nobody gave a key for secrets. */
  readonly secrets: SecretBox | null;
  readonly publicUrl: string;
  readonly now: () => number;
}

/** `GET`, `POST /v1/connections`, `GET`, `PATCH`, `DELETE /v1/connections/{id}`, and `POST …/rotate` and `…/test`. */
export function connectionRoutes(deps: ConnectionDeps): OpenAPIHono<AppEnv> {
  const { db, secrets: box, now } = deps;
  const urlOf = ({ kind, id }: Connection) => `${deps.publicUrl}/v1/webhooks/${kind}/${id}`;
  const view = (connection: Connection) =>
    connectionView(connection, opened(deps, connection).secrets, urlOf(connection));
  return resource()
    .openapi(getConnections, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const [after] = readCursor(cursor, z.tuple([z.string().max(100)])) ?? [];
      const rows = await listConnections(db, { limit: limit + 1, after });
      const page = pageFrom(rows, limit, ({ id }) => [id]);
      return c.json({ items: page.rows.map(view), nextCursor: page.nextCursor }, 200);
    })
    .openapi(getConnection, async (c) =>
      c.json(view(found(await findConnection(db, c.req.valid('param').id))), 200),
    )
    .openapi(postConnection, async (c) => {
      const wanted = c.req.valid('json');
      const sender = known(wanted.kind);
      const settings = settingsOf(sender, wanted.settings);
      checkSecrets(sender, wanted.secrets);
      if (Object.keys(wanted.secrets).length > 0) needBox(box);
      const draft = { ...wanted, settings, title: wanted.title ?? sender.title };
      const made = await createConnection(db, box, draft);
      if (made) return c.json(view(made), 201);
      const detail = `There is a connection ${wanted.id} already; change it with PATCH, or choose another id.`;
      throw new Problem('conflict', { detail });
    })
    .openapi(patchConnection, async (c) => {
      const { id } = c.req.valid('param');
      const { settings, ...change } = c.req.valid('json');
      const sender = known(found(await findConnection(db, id)).kind);
      checkSecrets(sender, change.secrets ?? {});
      if (change.secrets !== undefined) needBox(box);
      const checked = settings === undefined ? {} : { settings: settingsOf(sender, settings) };
      return c.json(view(found(await changeConnection(db, box, id, { ...change, ...checked }))), 200);
    })
    .openapi(removeConnection, async (c) => {
      if (!(await deleteConnection(db, c.req.valid('param').id))) throw noConnection();
      return c.body(null, 204);
    })
    .openapi(postRotation, async (c) => {
      const { id } = c.req.valid('param');
      const { secrets, graceSeconds } = c.req.valid('json');
      checkSecrets(known(found(await findConnection(db, id)).kind), secrets);
      const rotation = { secrets, graceEndsAtMs: now() + graceSeconds * 1_000 };
      const rotated = await rotateSecrets(db, needBox(box), id, rotation).catch((error: unknown) => {
        if (!(error instanceof SecretsUnreadable)) throw error;
        throw new Problem('conflict', { detail: error.message });
      });
      return c.json(view(found(rotated)), 200);
    })
    .openapi(postTest, async (c) => {
      const connection = found(await findConnection(db, c.req.valid('param').id));
      const { secrets, why } = opened(deps, connection);
      const sender = known(connection.kind);
      const webhookUrl = urlOf(connection);
      return c.json(checkConnection({ sender, connection, opened: secrets, why, webhookUrl }), 200);
    });
}

function opened(
  { secrets: box, now }: ConnectionDeps,
  connection: Connection,
): { secrets: StoredSecrets | null; why: string } {
  if (connection.envelope === null) return { secrets: {}, why: '' };
  if (!box) return { secrets: null, why: NO_KEY };
  try {
    return { secrets: openSecrets(box, connection, now()), why: '' };
  } catch (error) {
    if (error instanceof SecretsUnreadable) return { secrets: null, why: error.message };
    throw error;
  }
}

const NO_KEY =
  'This gateway has no key to seal secrets with: set BATON_SECRETS_KEY (`openssl rand -hex 32` makes one) and start it again.';

/** The box, which there must be where a secret is to be kept. */
function needBox(box: SecretBox | null): SecretBox {
  if (box === null) throw new Problem('conflict', { detail: NO_KEY });
  return box;
}

function known(kind: string): Sender {
  const sender = senderOf(kind);
  if (sender) return sender;
  throw new Problem('conflict', { detail: `This Baton knows no connections of the kind ${kind}.` });
}

function settingsOf(sender: Sender, settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const parsed = sender.settings.safeParse(settings);
  if (!parsed.success) throw invalid(faultsOf(parsed.error, ['settings']));
  return { ...parsed.data };
}

function checkSecrets(sender: Sender, secrets: Readonly<Record<string, string | null>>): void {
  const names = Object.keys(sender.secrets).join(', ');
  const errors = Object.entries(secrets).flatMap(([name, value]) => {
    const spec = Object.hasOwn(sender.secrets, name) ? sender.secrets[name] : undefined;
    const message = spec
      ? value === null
        ? null
        : spec.fault(value)
      : `is not a secret of ${sender.title}; its secrets are ${names}`;
    return message === null ? [] : [{ path: `secrets.${name}`, message }];
  });
  if (errors.length > 0) throw invalid(errors);
}

function invalid(errors: { path: string; message: string }[]): Problem {
  const [first] = errors;
  return new Problem('invalid', { detail: `${first?.path ?? ''}: ${first?.message ?? 'is wrong'}.`, errors });
}

const noConnection = () => new Problem('not_found', { detail: 'There is no connection with this id.' });
function found(connection: Connection | null): Connection {
  if (connection === null) throw noConnection();
  return connection;
}
