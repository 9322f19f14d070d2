/** `/v1/system`: how the installation stands, in numbers. */
import { readFileSync } from 'node:fs';
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { systemNumbers } from '../../store/read/system.js';
import type { ApiDeps, AppEnv } from '../env.js';
import { problems } from '../problem.js';
import { guard, json, resource } from '../route.js';
import { systemSchema } from '../schemas/system.js';

const getSystem = createRoute({
  method: 'get',
  path: '/v1/system',
  operationId: 'getSystem',
  tags: ['System'],
  summary: 'The installation in numbers',
  description: 'What is there, what waits, and what needs a person.',
  ...guard('read', 'manager'),
  responses: { 200: json(systemSchema, 'The numbers as of now.'), ...problems },
});

type SystemDeps = Pick<ApiDeps, 'db' | 'book' | 'courier'> & { readonly now: () => number };

/** `GET /v1/system`. */
export function systemRoutes({ db, book, courier, now }: SystemDeps): OpenAPIHono<AppEnv> {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  return resource().openapi(getSystem, async (c) => {
    const numbers = await systemNumbers(db);
    const { ref, name, publishedAt } = await book.current();
    const { events, handoffs, effects, waiting, pendingCommands } = numbers;
    const oldest = waiting.oldestReadyAt?.getTime();
    return c.json(
      {
        leads: {
          total: numbers.leads,
          byStage: { ...numbers.leadsByStage },
          byEngine: { ...numbers.leadsByEngine },
          needingAttention: numbers.leadsNeedingAttention,
        },
        ...{ events, handoffs, effects, pendingCommands },
        courier: {
          state: courier?.() ?? ('elsewhere' as const),
          leadsWaiting: waiting.leads,
          lagMs: oldest === undefined ? 0 : Math.max(0, now() - oldest),
        },
        definition: { number: ref.number, name, publishedAt: publishedAt.toISOString() },
        versions: { baton: manifest.version, node: process.versions.node },
      },
      200,
    );
  });
}
