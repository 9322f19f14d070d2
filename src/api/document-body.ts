/** Routes that take a definition: as JSON with the document in it, or the YAML alone. */
import type { MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import type { Scope } from '../store/api-keys.js';
import { requireScope } from './auth.js';
import { bodyForm, jsonBody, passOn, readText } from './body.js';
import type { AppEnv } from './env.js';
import { documented } from './route.js';

/**
 * For routes whose body is `{ document, … }`: YAML is taken for the document, and what else belongs to the body then
 * stands in the query.
 */
const documentBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (bodyForm(c, ['json', 'yaml']) === 'json') return jsonBody(c, next);
  const document = await readText(c, c.get('limits').bodyBytesMax);
  const { revision, basedOn, ...words } = c.req.query();
  passOn(c, {
    ...words,
    ...numbers({ revision, basedOn }),
    document,
  });
  await next();
};

/** Texts of a query as the numbers they are; anything else stays, so that it is refused with its name. */
function numbers(texts: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const given = Object.entries(texts).filter(([, text]) => text !== undefined);
  return Object.fromEntries(
    given.map(([name, text]) => [name, /^\d{1,9}$/.test(text ?? '') ? Number(text) : text]),
  );
}

/** `guardJson` for a route that takes YAML as well. */
export function guardDocument(...scopes: readonly Scope[]) {
  const middleware: MiddlewareHandler<AppEnv>[] = [requireScope(...scopes), documentBody];
  return { ...documented(scopes), middleware };
}

const YAML_SCHEMA = {
  type: 'string',
  description: 'The document; the other fields of the JSON form then stand in the query.',
} as const;

/** Both forms of such a body; handlers see JSON whichever came, so the type says JSON alone. */
export function documentIn<Schema extends z.ZodType>(schema: Schema) {
  const json: { 'application/json': { schema: Schema } } = { 'application/json': { schema } };
  const content: typeof json = Object.assign(json, { 'application/yaml': { schema: YAML_SCHEMA } });
  return { required: true, content };
}
