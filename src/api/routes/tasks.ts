/** `/v1/tasks`: the inbox of the built-in CRM. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Db } from '../../store/database.js';
import { listTasks } from '../../store/read/tasks.js';
import type { AppEnv } from '../env.js';
import { knownRep, micros, rowId } from '../lookup.js';
import { pageFrom, pageOf, readCursor } from '../paging.js';
import { problems } from '../problem.js';
import { guard, json, resource } from '../route.js';
import { taskQuery, taskSchema, taskView } from '../schemas/outbox.js';

const getTasks = createRoute({
  method: 'get',
  path: '/v1/tasks',
  operationId: 'listTasks',
  tags: ['Handoffs'],
  summary: 'Tasks of the built-in inbox, the soonest due first',
  description: 'A task is done by logging activity on its handoff, or its disposition.',
  ...guard('read', 'sales', 'manager'),
  request: { query: taskQuery },
  responses: { 200: json(pageOf(taskSchema), 'A page of tasks.'), ...problems },
});

/** `GET /v1/tasks`. */
export function taskRoutes({ db }: { db: Db }): OpenAPIHono<AppEnv> {
  return resource().openapi(getTasks, async (c) => {
    const { limit, cursor, state, lead: leadId, rep } = c.req.valid('query');
    const after = readCursor(cursor, z.tuple([micros, rowId]));
    const repId = rep === undefined ? undefined : (await knownRep(db, rep, 'query.rep')).id;
    const found = await listTasks(db, { state, leadId, repId }, { after, limit: limit + 1 });
    const { rows, nextCursor } = pageFrom(found, limit, (item) => [item.due_micros, item.id]);
    return c.json({ items: rows.map(taskView), nextCursor }, 200);
  });
}
