/** The guard that any sender can ask: may this lead be mailed now? */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { DefinitionBook } from '../../definition/versions.js';
import { sendableEmails, sendableLead } from '../../insight/sendable.js';
import type { Db } from '../../store/database.js';
import type { AppEnv } from '../env.js';
import { knownLead } from '../lookup.js';
import { notFound, Problem, problems } from '../problem.js';
import { body, guard, guardJson, json, resource } from '../route.js';
import { leadParams } from '../schemas/lead.js';
import {
  sendableBody,
  sendableQuery,
  sendableSchema,
  sendablesSchema,
  sendableView,
} from '../schemas/sendable.js';

const tags = ['Sending'];
const scopes = ['read', 'ingest', 'sales', 'marketing', 'manager'] as const;

const getSendable = createRoute({
  method: 'get',
  path: '/v1/leads/{id}/sendable',
  operationId: 'getSendable',
  tags,
  summary: 'May this lead be mailed now?',
  description:
    'Marketing mail goes to leads in nurture; newsletters also to unqualified ones, where the definition says so; ' +
    'sales mail to whoever has not left it. An opt-out counts from the moment it is in the log.',
  ...guard(...scopes),
  request: { params: leadParams, query: sendableQuery },
  responses: { 200: json(sendableSchema, 'Whether, and why.'), ...problems, ...notFound },
});

const postSendable = createRoute({
  method: 'post',
  path: '/v1/sendable',
  operationId: 'askSendable',
  tags,
  summary: 'Which of these addresses may be mailed now?',
  description:
    'One answer for each address, in order. An address that is no lead is allowed: Baton knows nothing against it, ' +
    'and whether its owner agreed to be mailed is for the sender to know.',
  ...guardJson(...scopes),
  request: { body: body(sendableBody) },
  responses: { 200: json(sendablesSchema, 'One answer for each address, in order.'), ...problems },
});

/** `GET /v1/leads/{id}/sendable` and `POST /v1/sendable`. */
export function sendableRoutes({ db, book }: { db: Db; book: DefinitionBook }): OpenAPIHono<AppEnv> {
  return resource()
    .openapi(getSendable, async (c) => {
      const { stream } = c.req.valid('query');
      const { id } = await knownLead(db, c.req.valid('param').id);
      const answer = await sendableLead(db, book, id, stream);
      if (!answer) throw new Problem('lead_not_found', { detail: 'There is no lead with this id.' });
      return c.json(sendableView(answer, stream), 200);
    })
    .openapi(postSendable, async (c) => {
      const { emails, stream } = c.req.valid('json');
      const found = await sendableEmails(db, book, emails, stream);
      return c.json({ items: found.map((answer) => sendableView(answer, stream)), nextCursor: null }, 200);
    });
}
