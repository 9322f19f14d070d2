/** `/livez`, `/readyz` and `/metrics`: for whoever runs Baton. They need no key and tell nothing about anyone. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Registry } from 'prom-client';
import type { ApiDeps, AppEnv } from '../env.js';
import { databaseAnswers, temporalAnswers } from '../health.js';
import { json, resource } from '../route.js';

const tags = ['Health'];

const readySchema = z
  .object({
    status: z.enum(['ready', 'degraded', 'unavailable']),
    checks: z.object({
      database: z.enum(['up', 'down']),
      temporal: z.enum(['up', 'down']),
      courier: z.enum(['running', 'stopped', 'elsewhere']),
    }),
  })
  .openapi('Readiness');
const livez = createRoute({
  method: 'get',
  path: '/livez',
  operationId: 'livez',
  tags,
  summary: 'Whether the process answers',
  responses: { 200: json(z.object({ status: z.literal('ok') }), 'It does.') },
});

const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'readyz',
  tags,
  summary: 'Whether this gateway can do its work',
  description:
    'Without Temporal it is degraded and still ready: events are accepted and delivered later. Without the database it is not.',
  responses: {
    200: json(readySchema, 'Ready, or degraded.'),
    503: json(readySchema, 'The database does not answer.'),
  },
});

const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'metrics',
  tags,
  summary: 'Metrics in the format of Prometheus',
  responses: { 200: { description: 'The metrics.', content: { 'text/plain': { schema: z.string() } } } },
});

type HealthDeps = Pick<ApiDeps, 'db' | 'gateway' | 'courier'> & { readonly registry: Registry };

/** `GET /livez`, `/readyz` and `/metrics`. */
export function healthRoutes({ db, gateway, courier, registry }: HealthDeps): OpenAPIHono<AppEnv> {
  return resource()
    .openapi(livez, (c) => c.json({ status: 'ok' as const }, 200))
    .openapi(readyz, async (c) => {
      const [database, temporal] = await Promise.all([databaseAnswers(db), temporalAnswers(gateway)]);
      const state = courier?.() ?? 'elsewhere';
      const checks = {
        database: database ? ('up' as const) : ('down' as const),
        temporal: temporal ? ('up' as const) : ('down' as const),
        courier: state,
      };
      c.header('Cache-Control', 'no-store');
      if (!database) return c.json({ status: 'unavailable' as const, checks }, 503);
      const isWhole = temporal && state !== 'stopped';
      return c.json({ status: isWhole ? ('ready' as const) : ('degraded' as const), checks }, 200);
    })
    .openapi(metrics, async (c) =>
      c.text(await registry.metrics(), 200, { 'Content-Type': registry.contentType }),
    );
}
