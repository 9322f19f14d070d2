/** `POST /v1/events`: engagement comes in. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { hasScope } from '../auth.js';
import { bodyForm, readJson, readLines } from '../body.js';
import type { AppEnv } from '../env.js';
import type { EventIntake, IntakeDefaults, IntakeResult, RawItem } from '../event-intake.js';
import { Problem, problems } from '../problem.js';
import { faultsOf, guard, json, resource } from '../route.js';
import { text } from '../schemas/common.js';
import { acceptedSchema, eventBatchSchema, eventSchema } from '../schemas/event.js';

const postEvents = createRoute({
  method: 'post',
  path: '/v1/events',
  operationId: 'postEvents',
  tags: ['Events'],
  summary: 'Send what leads did',
  description:
    'One event, an array of events, `{ "events": [...] }`, or one event per line as `application/x-ndjson`; at most ' +
    '1,000 events and 1 MiB. The answer comes when the good events are stored; each bad one is named and loses no ' +
    'other. When every event is bad, the answer is 422 with the same `rejected`.',
  ...guard('ingest', 'sales'),
  request: {
    body: {
      required: true,
      content: {
        // Shapes for the documentation only: events are checked one by one, which a schema for the whole body cannot do.
        'application/json': {
          schema: {
            anyOf: ['Event', 'EventBatch'].map((name) => ({ $ref: `#/components/schemas/${name}` })),
          },
        },
        'application/x-ndjson': { schema: { type: 'string', description: 'One event per line.' } },
      },
    },
  },
  responses: { 202: json(acceptedSchema, 'The good events are stored.'), ...problems },
});

/** `POST /v1/events`. */
export function eventRoutes(intake: EventIntake): OpenAPIHono<AppEnv> {
  const routes = resource();
  routes.openAPIRegistry.register('Event', eventSchema);
  routes.openAPIRegistry.register('EventBatch', eventBatchSchema);
  return routes.openapi(postEvents, async (c) => {
    const { items, bytes, defaults } = await readItems(c);
    const result = await intake.accept(items, bytes, c.get('principal'), defaults);
    if (result.rejected.length === items.length) throw allRejected(result, c);
    return c.json(result, 202);
  });
}

interface Items {
  readonly items: RawItem[];
  readonly bytes: number;
  readonly defaults: IntakeDefaults;
}

async function readItems(c: Context<AppEnv>): Promise<Items> {
  const { bodyBytesMax, eventsPerRequestMax } = c.get('limits');
  const read =
    bodyForm(c, ['json', 'ndjson']) === 'ndjson'
      ? await readNdjson(c, bodyBytesMax, eventsPerRequestMax)
      : itemsOf(await readJson(c, bodyBytesMax));
  if (read.items.length > eventsPerRequestMax) throw tooMany(eventsPerRequestMax);
  if (read.items.length === 0) {
    const message = 'holds no event; send at least one';
    throw new Problem('invalid', { detail: `The body ${message}.`, errors: [{ path: 'events', message }] });
  }
  return read;
}

async function readNdjson(c: Context<AppEnv>, bytesMax: number, eventsMax: number): Promise<Items> {
  const items: RawItem[] = [];
  for await (const { number, content } of readLines(c, bytesMax)) {
    if (items.length === eventsMax) throw tooMany(eventsMax);
    items.push('fault' in content ? { fault: `line ${number} of the body: ${content.fault}` } : content);
  }
  // The size is known only roughly, and only a bound on what waits hangs on it.
  return { items, bytes: Number(c.req.header('content-length') ?? items.length * 500), defaults: {} };
}

const batchSchema = z.strictObject({
  events: z.array(z.unknown()),
  backfill: z.boolean().nullish(),
  importId: text(100).nullish(),
});

function itemsOf({ value, bytes }: { value: unknown; bytes: number }): Items {
  if (Array.isArray(value)) return { items: value.map((item) => ({ value: item })), bytes, defaults: {} };
  if (typeof value !== 'object' || value === null || !('events' in value)) {
    return { items: [{ value }], bytes, defaults: {} };
  }
  const batch = batchSchema.safeParse(value);
  if (!batch.success) {
    const errors = faultsOf(batch.error);
    const detail = `${errors[0]?.path || 'The body'}: ${errors[0]?.message ?? 'is wrong'}.`;
    throw new Problem('invalid', { detail, errors });
  }
  const { events, backfill, importId } = batch.data;
  const defaults = { backfill: backfill ?? undefined, importId: importId ?? undefined };
  return { items: events.map((item) => ({ value: item })), bytes, defaults };
}

function tooMany(eventsMax: number): Problem {
  const detail = `One request takes at most ${eventsMax} events. Nothing was stored; send them in several requests.`;
  return new Problem('too_many_events', { detail });
}

function allRejected({ rejected }: IntakeResult, c: Context<AppEnv>): Problem {
  const isForbidden =
    rejected.every(({ code }) => code === 'scope_missing') && !hasScope(c.get('principal'), 'admin');
  const errors = rejected.map(({ index, path, message }) => ({
    path: [...(rejected.length > 1 ? ['events', index] : []), ...(path ? [path] : [])].join('.'),
    message,
  }));
  const first = rejected[0];
  const detail = `${first?.path ? `${first.path}: ` : ''}${first?.message ?? 'every event is wrong'}.`;
  const extra = { accepted: 0, duplicates: 0, rejected };
  return new Problem(isForbidden ? 'forbidden' : 'events_rejected', { detail, errors, extra });
}
