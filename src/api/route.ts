/** What the route files have in common. */
import type { Hook } from '@hono/zod-openapi';
import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { Scope } from '../store/api-keys.js';
import { requireScope } from './auth.js';
import { jsonBody } from './body.js';
import type { AppEnv } from './env.js';
import { type Fault, Problem } from './problem.js';

/** A router for one resource; what its schemas refuse is answered 422 with every place. */
export const resource = (): OpenAPIHono<AppEnv> => new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });

/** Spread into a route: who may call it (any of the scopes), checked and documented. */
export function guard(...scopes: readonly Scope[]) {
  const middleware: MiddlewareHandler<AppEnv>[] = [requireScope(...scopes)];
  return { ...documented(scopes), middleware };
}

/** `guard` for a route that takes a JSON body. */
export function guardJson(...scopes: readonly Scope[]) {
  const middleware: MiddlewareHandler<AppEnv>[] = [requireScope(...scopes), jsonBody];
  return { ...documented(scopes), middleware };
}

function documented(scopes: readonly Scope[]) {
  return { security: [{ bearer: [] }, { basic: [] }], 'x-scopes': [...scopes] };
}

/** A JSON response. */
export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** A JSON request body. */
export const body = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { 'application/json': { schema } },
});

/** The faults of a zod error, each with its path, after `prefix`. */
export function faultsOf(error: z.ZodError, prefix: readonly PropertyKey[] = []): Fault[] {
  return error.issues.map((issue) => ({ path: [...prefix, ...issue.path].join('.'), message: issue.message }));
}

const refuseInvalid: Hook<unknown, AppEnv, string, unknown> = (result) => {
  if (result.success) return;
  const prefix = result.target === 'json' ? [] : [result.target];
  const errors = faultsOf(result.error, prefix);
  const first = errors[0];
  const more = errors.length > 1 ? ` There are ${errors.length - 1} more faults.` : '';
  throw new Problem('invalid', {
    detail: first ? `${first.path ? `${first.path}: ` : ''}${first.message}.${more}` : 'The request is wrong.',
    errors,
  });
};
