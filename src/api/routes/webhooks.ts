/** `/v1/webhooks/{platform}/{connection}`: what platforms report by themselves. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { readBytes } from '../body.js';
import type { AppEnv } from '../env.js';
import { notFound, problems } from '../problem.js';
import { json, resource } from '../route.js';
import { type Incoming, type WebhookDeps, WebhookReceiver } from '../webhooks/receive.js';
import type { Sender } from '../webhooks/sender.js';
import { SENDERS } from '../webhooks/senders.js';

const receiptSchema = z
  .object({
    accepted: z.number().int(),
    duplicates: z.number().int(),
    ignored: z.number().int().openapi({ description: 'Of types that Baton has no use for.' }),
    rejected: z
      .number()
      .int()
      .openapi({ description: 'Not as they should be; the log of the gateway says why.' }),
  })
  .openapi('WebhookReceipt');

const params = z.object({ connection: z.string().openapi({ description: 'The id of the connection.' }) });
const address = (kind: string) => `/v1/webhooks/${kind}/{connection}` as const;

const postRoute = ({ kind, title, sufficient }: Sender) =>
  createRoute({
    method: 'post',
    path: address(kind),
    operationId: `receive_${kind}`,
    tags: ['Webhooks'],
    summary: `What ${title} reports`,
    description: `Verified over the raw body with the secrets of the connection: ${sufficient.map((names) => names.join(' and ')).join(', or ')}. 401 when it does not verify; nothing is stored then.`,
    // No API key: the platform's own signature stands for it.
    security: [],
    request: { params },
    responses: { 200: json(receiptSchema, 'Verified and stored.'), ...problems, ...notFound },
  });

const getRoute = ({ kind, title }: Sender) =>
  createRoute({
    method: 'get',
    path: address(kind),
    operationId: `check_${kind}`,
    tags: ['Webhooks'],
    summary: `${title} asks whether the address is right`,
    security: [],
    request: { params },
    responses: { 200: { description: 'It is.' }, ...problems, ...notFound },
  });

/** `POST /v1/webhooks/{platform}/{connection}` for every platform, and `GET` for those that ask by it. */
export function webhookRoutes(deps: WebhookDeps & { readonly publicUrl: string }): OpenAPIHono<AppEnv> {
  const receiver = new WebhookReceiver(deps);
  const routes = resource();
  for (const sender of SENDERS) {
    routes.openapi(postRoute(sender), async (c) => {
      const body = await readBytes(c, c.get('limits').bodyBytesMax);
      const { connection } = c.req.valid('param');
      const receipt = await receiver.receive(sender, connection, incoming(c, body, deps), c.get('log'));
      return c.json(receipt, 200);
    });
    if (!sender.asksByGet) continue;
    routes.openapi(getRoute(sender), async (c) => {
      const { connection } = c.req.valid('param');
      await receiver.answer(sender, connection, incoming(c, Buffer.alloc(0), deps), c.get('log'));
      return c.text('This address is right.', 200);
    });
  }
  return routes;
}

function incoming(
  c: Context<AppEnv>,
  body: Buffer,
  { now, publicUrl }: { now: () => number; publicUrl: string },
): Incoming {
  const { pathname, search } = new URL(c.req.url);
  return {
    method: c.req.method,
    body,
    header: (name) => c.req.header(name),
    query: (name) => c.req.query(name),
    address: `${publicUrl}${pathname}${search}`,
    nowMs: now(),
  };
}
