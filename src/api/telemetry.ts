/** What is kept of a request: a log line and some numbers, neither with anything about a person in it. */
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from 'pino';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { AppEnv } from './env.js';

/** A registry with the metrics of Node. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/**
 * Logs and measures every request by its route: a path may hold anything (a mistyped address with an email in it), a
 * query often does, so neither is logged.
 */
export function observeRequests(log: Logger, registry: Registry): MiddlewareHandler<AppEnv> {
  const duration = new Histogram({
    name: 'baton_http_request_duration_seconds',
    help: 'How long requests took to be answered.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const running = new Counter({
    name: 'baton_http_requests_total',
    help: 'Requests that came in.',
    labelNames: ['method'],
    registers: [registry],
  });
  return async (c, next) => {
    const startedAt = performance.now();
    const requestLog = log.child({ requestId: c.get('requestId') });
    c.set('log', requestLog);
    running.inc({ method: c.req.method });
    await next();
    const ms = performance.now() - startedAt;
    const matched = routePath(c, -1);
    const route = c.res.status === 404 && matched.includes('*') ? 'unmatched' : matched;
    const { method } = c.req;
    const status = c.res.status;
    duration.observe({ method, route, status: String(status) }, ms / 1_000);
    const key = c.get('principal')?.id;
    requestLog.info({ method, route, status, ms: Math.round(ms * 10) / 10, ...(key && { key }) }, 'request');
  };
}
