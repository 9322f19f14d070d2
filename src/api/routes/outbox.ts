/** `/v1/outbox`: mails and alerts as they were sent. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Db } from '../../store/database.js';
import { listOutbox } from '../../store/read/outbox.js';
import type { AppEnv } from '../env.js';
import { knownRep, micros, rowId } from '../lookup.js';
import { pageFrom, pageOf, readCursor } from '../paging.js';
import { problems } from '../problem.js';
import { guard, json, resource } from '../route.js';
import { outboxQuery, sentSchema, sentView } from '../schemas/outbox.js';

const getOutbox = createRoute({
  method: 'get',
  path: '/v1/outbox',
  operationId: 'listOutbox',
  tags: ['Outbox'],
  summary: 'Mails and alerts sent, newest first',
  description: 'Without SMTP the outbox is where mails stay for somebody to read.',
  ...guard('read', 'sales', 'marketing', 'manager'),
  request: { query: outboxQuery },
  responses: { 200: json(pageOf(sentSchema), 'A page of what was sent.'), ...problems },
});

/** `GET /v1/outbox`. */
export function outboxRoutes({ db }: { db: Db }): OpenAPIHono<AppEnv> {
  return resource().openapi(getOutbox, async (c) => {
    const { limit, cursor, kind, lead: leadId, rep } = c.req.valid('query');
    const after = readCursor(cursor, z.tuple([micros, rowId]));
    const repId = rep === undefined ? undefined : (await knownRep(db, rep, 'query.rep')).id;
    const found = await listOutbox(db, { kind, leadId, repId }, { after, limit: limit + 1 });
    const { rows, nextCursor } = pageFrom(found, limit, (item) => [item.created_micros, item.id]);
    return c.json({ items: rows.map(sentView), nextCursor }, 200);
  });
}
