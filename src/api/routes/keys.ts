/** `/v1/keys`: who may use the API. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { createApiKey, listApiKeys, revokeApiKey, UnknownConnection } from '../../store/api-keys.js';
import type { Db } from '../../store/database.js';
import type { KeyRing } from '../auth.js';
import type { AppEnv } from '../env.js';
import { pageFrom, pageOf, pageQuery, readCursor } from '../paging.js';
import { conflict, notFound, Problem, problems } from '../problem.js';
import { body, guard, guardJson, json, resource } from '../route.js';
import { keySchema, keyView, madeKeySchema, newKeySchema } from '../schemas/key.js';

const tags = ['Keys'];

const postKey = createRoute({
  method: 'post',
  path: '/v1/keys',
  operationId: 'createKey',
  tags,
  summary: 'Make an API key',
  ...guardJson('admin'),
  request: { body: body(newKeySchema) },
  responses: { 201: json(madeKeySchema, 'The key. It is shown this once.'), ...problems },
});

const getKeys = createRoute({
  method: 'get',
  path: '/v1/keys',
  operationId: 'listKeys',
  tags,
  summary: 'List API keys, newest first',
  description: 'Revoked and expired ones are listed as well.',
  ...guard('admin'),
  request: { query: pageQuery },
  responses: { 200: json(pageOf(keySchema), 'A page of keys, without the keys themselves.'), ...problems },
});

const deleteKey = createRoute({
  method: 'delete',
  path: '/v1/keys/{id}',
  operationId: 'revokeKey',
  tags,
  summary: 'Revoke an API key for good',
  description: 'It is refused from now on; other gateways of the same database refuse it within a second.',
  ...guard('admin'),
  request: { params: z.object({ id: z.string().regex(/^[\w-]{1,100}$/, 'is not the id of a key') }) },
  responses: { 204: { description: 'The key is revoked.' }, ...problems, ...notFound, ...conflict },
});

const cursorShape = z.tuple([z.iso.datetime(), z.string().max(100)]);

/** `POST`, `GET /v1/keys` and `DELETE /v1/keys/{id}`. */
export function keyRoutes({ db, keys }: { db: Db; keys: KeyRing }): OpenAPIHono<AppEnv> {
  return resource()
    .openapi(postKey, async (c) => {
      const { expiresAt, ...wanted } = c.req.valid('json');
      if (expiresAt && Date.parse(expiresAt) <= Date.now()) {
        const message = 'is over already: a key needs a time to live';
        throw new Problem('invalid', {
          detail: `expiresAt: ${message}.`,
          errors: [{ path: 'expiresAt', message }],
        });
      }
      const { key, record } = await createApiKey(db, {
        ...wanted,
        expiresAt: expiresAt ? new Date(expiresAt) : null,
      }).catch((error: unknown) => {
        throw error instanceof UnknownConnection ? unknownConnection() : error;
      });
      return c.json({ ...keyView(record), key }, 201);
    })
    .openapi(getKeys, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const last = readCursor(cursor, cursorShape);
      const after = last ? { createdAt: new Date(last[0]), id: last[1] } : undefined;
      const found = await listApiKeys(db, { limit: limit + 1, after });
      const { rows, nextCursor } = pageFrom(found, limit, (key) => [key.createdAt.toISOString(), key.id]);
      return c.json({ items: rows.map(keyView), nextCursor }, 200);
    })
    .openapi(deleteKey, async (c) => {
      const result = await revokeApiKey(db, c.req.valid('param').id);
      keys.forget();
      switch (result) {
        case 'revoked':
          return c.body(null, 204);
        case 'not_found':
          throw new Problem('not_found', { detail: 'There is no API key with this id.' });
        case 'last_admin_key':
          throw new Problem('conflict', {
            detail:
              'This is the last valid admin key. Make another one first, or nobody could make one any more.',
          });
      }
    });
}

function unknownConnection(): Problem {
  const message = 'is not the connection of any key; leave it out for a new one';
  return new Problem('invalid', {
    detail: `connectionId ${message}.`,
    errors: [{ path: 'connectionId', message }],
  });
}
