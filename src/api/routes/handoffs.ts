/** `/v1/handoffs`: what sales got, and looking at one of them with its data package. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Db } from '../../store/database.js';
import { listHandoffs } from '../../store/read/handoffs.js';
import type { AppEnv } from '../env.js';
import { knownHandoff, knownRep, micros, rowId } from '../lookup.js';
import { pageFrom, pageOf, readCursor } from '../paging.js';
import { notFound, problems } from '../problem.js';
import { guard, json, resource } from '../route.js';
import { handoffListQuery, handoffParams, handoffSchema, handoffView } from '../schemas/handoff.js';
import { NUMBER_MAX } from '../schemas/lead.js';

const tags = ['Handoffs'];

const getHandoffs = createRoute({
  method: 'get',
  path: '/v1/handoffs',
  operationId: 'listHandoffs',
  tags,
  summary: 'List handoffs, the soonest SLA first',
  ...guard('read', 'sales', 'marketing', 'manager'),
  request: { query: handoffListQuery },
  responses: { 200: json(pageOf(handoffSchema), 'A page of handoffs.'), ...problems },
});

const getHandoff = createRoute({
  method: 'get',
  path: '/v1/handoffs/{leadId}/{n}',
  operationId: 'getHandoff',
  tags,
  summary: 'One handoff with its data package, its effects and its outcome',
  ...guard('read', 'sales', 'marketing', 'manager'),
  request: { params: handoffParams },
  responses: { 200: json(handoffSchema, 'The handoff.'), ...problems, ...notFound },
});

const cursorShape = z.tuple([micros, rowId, z.number().int().min(0).max(NUMBER_MAX)]);

/** `GET /v1/handoffs` and `GET /v1/handoffs/{leadId}/{n}`. */
export function handoffRoutes({ db }: { db: Db }): OpenAPIHono<AppEnv> {
  return resource()
    .openapi(getHandoffs, async (c) => {
      const { limit, cursor, rep, state, dueAfter, dueBefore } = c.req.valid('query');
      const after = readCursor(cursor, cursorShape);
      const repId = rep === undefined ? undefined : (await knownRep(db, rep, 'query.rep')).id;
      const filter = {
        ...{ repId, state },
        dueAfter: dueAfter === undefined ? undefined : new Date(dueAfter),
        dueBefore: dueBefore === undefined ? undefined : new Date(dueBefore),
      };
      const found = await listHandoffs(db, filter, { after, limit: limit + 1 });
      const { rows, nextCursor } = pageFrom(found, limit, (handoff) => [
        handoff.dueMicros,
        handoff.leadId,
        handoff.number,
      ]);
      return c.json({ items: rows.map(handoffView), nextCursor }, 200);
    })
    .openapi(getHandoff, async (c) => {
      const { leadId, n } = c.req.valid('param');
      return c.json(handoffView(await knownHandoff(db, leadId, n)), 200);
    });
}
