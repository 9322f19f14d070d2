/** The effect ledger: `/v1/leads/{id}/effects`, and trying a failed effect again. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { findEffect, listEffects } from '../../store/read/effects.js';
import { ask, type CommandDeps, pending } from '../command-flow.js';
import type { AppEnv } from '../env.js';
import { knownLead, micros } from '../lookup.js';
import { pageFrom, pageOf, pageQuery, readCursor } from '../paging.js';
import { conflict, notFound, Problem, problems } from '../problem.js';
import { body, guard, guardJson, json, resource } from '../route.js';
import { idempotencyHeader, pendingSchema } from '../schemas/command.js';
import { leadEffectSchema, leadEffectView } from '../schemas/handoff.js';
import { leadParams } from '../schemas/lead.js';
import { EFFECT_KEY } from '../schemas/timeline.js';

const tags = ['Effects'];

const getEffects = createRoute({
  method: 'get',
  path: '/v1/leads/{id}/effects',
  operationId: 'listEffects',
  tags,
  summary: "A lead's effects, newest first",
  description: 'Every outward act with its key and where it stands. A key happens at most once.',
  ...guard('read', 'sales', 'marketing', 'manager'),
  request: { params: leadParams, query: pageQuery },
  responses: { 200: json(pageOf(leadEffectSchema), 'A page of effects.'), ...problems, ...notFound },
});

const answers = {
  200: json(leadEffectSchema, 'It is being tried again; the effect as it stands.'),
  202: json(pendingSchema, 'Recorded; Temporal is away or slow. `Location` names where the verdict will be.'),
  ...problems,
  ...notFound,
  ...conflict,
};

const postRetry = createRoute({
  method: 'post',
  path: '/v1/effects/{key}/retry',
  operationId: 'retryEffect',
  tags,
  summary: 'Try a failed effect again',
  description:
    'The key is one segment of the path, so its slashes are written %2F; where a proxy does not let that pass, ' +
    '`POST /v1/effects/retry` takes it in the body. A mail whose fate is unknown is sent again only by this.',
  ...guard('sales', 'marketing', 'manager'),
  request: {
    headers: idempotencyHeader,
    params: z.object({ key: z.string().openapi({ param: { name: 'key', in: 'path' } }) }),
  },
  responses: answers,
});

const postRetryByBody = createRoute({
  method: 'post',
  path: '/v1/effects/retry',
  operationId: 'retryEffectByBody',
  tags,
  summary: 'Try a failed effect again, its key in the body',
  ...guardJson('sales', 'marketing', 'manager'),
  request: { headers: idempotencyHeader, body: body(z.strictObject({ key: z.string().max(300) })) },
  responses: answers,
});

const cursorShape = z.tuple([micros, z.string().regex(EFFECT_KEY)]);

/** `GET /v1/leads/{id}/effects`, `POST /v1/effects/{key}/retry` and `/v1/effects/retry`. */
export function effectRoutes(deps: CommandDeps): OpenAPIHono<AppEnv> {
  const { db } = deps;
  return resource()
    .openapi(getEffects, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const after = readCursor(cursor, cursorShape);
      const { id } = await knownLead(db, c.req.valid('param').id);
      const found = await listEffects(db, id, { after, limit: limit + 1 });
      const { rows, nextCursor } = pageFrom(found, limit, ({ createdMicros, key }) => [createdMicros, key]);
      return c.json({ items: rows.map(leadEffectView), nextCursor }, 200);
    })
    .openapi(postRetry, async (c) => retry(c, deps, c.req.valid('param').key))
    .openapi(postRetryByBody, async (c) => retry(c, deps, c.req.valid('json').key));
}

async function retry(c: Context<AppEnv>, deps: CommandDeps, key: string) {
  const effect = await knownEffect(deps, key);
  const answered = await ask(c, deps, {
    leadId: effect.leadId,
    command: { kind: 'retry_effect', effectKey: key, words: {} },
  });
  if (answered.status === 'pending') return pending(c, answered.commandId);
  return c.json(leadEffectView(await knownEffect(deps, key)), 200);
}

async function knownEffect({ db }: CommandDeps, key: string) {
  const effect = EFFECT_KEY.test(key) ? await findEffect(db, key) : null;
  if (effect) return effect;
  const detail = 'There is no effect with this key; GET /v1/leads/{id}/effects lists them.';
  throw new Problem('not_found', { detail });
}
