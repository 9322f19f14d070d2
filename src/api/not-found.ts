/** 404 and 405: what is asked of an app that has no such route. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { NotFoundHandler } from 'hono';
import { TrieRouter } from 'hono/router/trie-router';
import type { AppEnv } from './env.js';
import { Problem } from './problem.js';

/** Answers 405 with `Allow` where the address exists for other methods, and 404 where it does not. */
export function notFoundIn(app: OpenAPIHono<AppEnv>): NotFoundHandler<AppEnv> {
  let routes: { router: TrieRouter<true>; methods: string[] } | null = null;
  return (c) => {
    routes ??= routesOf(app);
    const { router, methods } = routes;
    const allowed = methods.filter((method) => router.match(method, c.req.path)[0].length > 0);
    if (allowed.length === 0) {
      throw new Problem('unknown_address', {
        detail: 'There is nothing at this address; /docs lists what there is.',
      });
    }
    const allow = allowed.join(', ');
    throw new Problem('method_not_allowed', {
      detail: `This address takes ${allow}.`,
      headers: { Allow: allow },
    });
  };
}

function routesOf(app: OpenAPIHono<AppEnv>): { router: TrieRouter<true>; methods: string[] } {
  const router = new TrieRouter<true>();
  const methods = new Set<string>();
  for (const { method, path } of app.routes) {
    // Middleware is registered for all methods; it answers nothing by itself.
    if (method === 'ALL') continue;
    router.add(method, path, true);
    methods.add(method);
    if (method === 'GET') {
      router.add('HEAD', path, true);
      methods.add('HEAD');
    }
  }
  return { router, methods: [...methods].sort() };
}
