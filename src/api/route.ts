/** What the route files have in common. */
import type { Hook } from '@hono/zod-openapi';
import { OpenAPIHono, type z } from '@hono/zod-openapi';
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

/** How a route is documented that any of the scopes opens. */
export function documented(scopes: readonly Scope[]) {
  const security: Record<string, string[]>[] = [{ bearer: [] }, { basic: [] }];
  return { security, 'x-scopes': [...scopes] };
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
export function faultsOf(error: { issues: readonly Issue[] }, prefix: readonly PropertyKey[] = []): Fault[] {
  return error.issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path];
    const meant = issue.code === 'invalid_union' ? likeliest(issue.errors) : undefined;
    return meant ? faultsOf({ issues: meant }, path) : { path: path.join('.'), message: issue.message };
  });
}

type Issue = z.core.$ZodIssue;

/** A name that the form itself does not have; one that an item inside it does not have says nothing about the form. */
const isUnknownName = ({ code, path }: Issue) => code === 'unrecognized_keys' && path.length === 0;

/** Of several forms, the one that was meant: it knows the names that were used, and has the fewest faults. */
function likeliest(forms: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const strangeness = (issues: readonly Issue[]) => issues.length + (issues.some(isUnknownName) ? 1_000 : 0);
  return [...forms].filter((issues) => issues.length > 0).sort((a, b) => strangeness(a) - strangeness(b))[0];
}

const refuseInvalid: Hook<unknown, AppEnv, string, unknown> = (result) => {
  if (result.success) return;
  const prefix = result.target === 'json' ? [] : [result.target];
  const errors = faultsOf(result.error, prefix);
  const first = errors[0];
  const others = errors.length - 1;
  const more =
    others === 0 || !first
      ? ''
      : others === 1
        ? ' There is one more fault.'
        : ` There are ${others} more faults.`;
  throw new Problem('invalid', {
    detail: first
      ? `${first.path ? `${first.path}: ` : ''}${first.message}.${more}`
      : 'The request is wrong.',
    errors,
  });
};
