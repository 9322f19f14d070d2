/** `/v1/leads`: who the leads are and how they stand. */
import { randomUUID } from 'node:crypto';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { DefinitionBook } from '../../definition/versions.js';
import type { Db } from '../../store/database.js';
import { eventTypeOf } from '../../store/read/events.js';
import { findLead, type LeadFilter, leadCursor, leadIdByEmail, listLeads } from '../../store/read/leads.js';
import type { AppEnv } from '../env.js';
import type { EventIntake } from '../event-intake.js';
import { knownLead, knownRep, micros, rowId } from '../lookup.js';
import { pageFrom, pageOf, readCursor } from '../paging.js';
import { conflict, notFound, Problem, problems } from '../problem.js';
import { body, guard, guardJson, json, resource } from '../route.js';
import { idempotencyHeader } from '../schemas/command.js';
import {
  leadDraftSchema,
  leadListQuery,
  leadParams,
  leadSchema,
  leadView,
  NUMBER_MAX,
} from '../schemas/lead.js';

type LeadDraft = z.infer<typeof leadDraftSchema>;

const tags = ['Leads'];

const postLead = createRoute({
  method: 'post',
  path: '/v1/leads',
  operationId: 'putLead',
  tags,
  summary: 'Make a lead, or bring it up to date',
  description:
    'The address decides which. It is an event of the log like any other (`lead.created` or `lead.updated`).',
  ...guardJson('ingest'),
  request: { headers: idempotencyHeader, body: body(leadDraftSchema) },
  responses: {
    200: json(leadSchema, 'The lead was known, and is up to date.'),
    201: json(leadSchema, 'The lead is new.'),
    202: json(
      z.object({ accepted: z.literal(true) }),
      'Taken in. A key that may not read leads (such as one in a web page) learns nothing about the lead.',
    ),
    ...problems,
    ...conflict,
  },
});

const getLeads = createRoute({
  method: 'get',
  path: '/v1/leads',
  operationId: 'listLeads',
  tags,
  summary: 'List leads, newest first',
  ...guard('read', 'sales', 'marketing', 'manager'),
  request: { query: leadListQuery },
  responses: { 200: json(pageOf(leadSchema), 'A page of leads.'), ...problems },
});

const getLead = createRoute({
  method: 'get',
  path: '/v1/leads/{id}',
  operationId: 'getLead',
  tags,
  summary: 'One lead with its state',
  ...guard('read', 'sales', 'marketing', 'manager'),
  request: { params: leadParams },
  responses: { 200: json(leadSchema, 'The lead.'), ...problems, ...notFound },
});

const READING: readonly string[] = ['read', 'sales', 'marketing', 'manager', 'admin'];
const mayRead = (c: Context<AppEnv>): boolean =>
  c.get('principal').scopes.some((scope) => READING.includes(scope));

const cursorShape = z.union([
  z.tuple([micros, rowId, z.enum(['createdAt', 'due'])]),
  z.tuple([z.number().int().min(-NUMBER_MAX).max(NUMBER_MAX), rowId, z.literal('score')]),
]);

interface LeadDeps {
  readonly db: Db;
  readonly book: DefinitionBook;
  readonly intake: EventIntake;
}

/** `POST`, `GET /v1/leads` and `GET /v1/leads/{id}`. */
export function leadRoutes({ db, book, intake }: LeadDeps): OpenAPIHono<AppEnv> {
  return resource()
    .openapi(postLead, async (c) => {
      const draft = c.req.valid('json');
      const isNew = (await leadIdByEmail(db, draft.email)) === null;
      await takeIn(c, { db, intake }, draft, isNew);
      if (!mayRead(c)) return c.json({ accepted: true } as const, 202);
      const leadId = await leadIdByEmail(db, draft.email);
      const lead = leadId === null ? null : await findLead(db, leadId);
      if (!lead) throw new Problem('conflict', { detail: 'The lead was erased in the same moment.' });
      const view = leadView(lead, await book.current());
      c.header('Location', `/v1/leads/${lead.id}`);
      return isNew ? c.json(view, 201) : c.json(view, 200);
    })
    .openapi(getLeads, async (c) => {
      const { limit, cursor, sort, ...query } = c.req.valid('query');
      const last = readCursor(cursor, cursorShape);
      const after = last && last[2] === sort ? ([last[0], last[1]] as const) : null;
      if (last && !after) throw wrongSort();
      const found = await listLeads(db, await filterOf(db, query), { sort, after, limit: limit + 1 });
      const { rows, nextCursor } = pageFrom(found, limit, (lead) => [...leadCursor(lead, sort), sort]);
      const published = await book.current();
      return c.json({ items: rows.map((lead) => leadView(lead, published)), nextCursor }, 200);
    })
    .openapi(getLead, async (c) => {
      const lead = await knownLead(db, c.req.valid('param').id);
      return c.json(leadView(lead, await book.current()), 200);
    });
}

function wrongSort(): Problem {
  const message = 'belongs to a list in another order; leave it out to begin anew';
  return new Problem('invalid', {
    detail: `query.cursor ${message}.`,
    errors: [{ path: 'query.cursor', message }],
  });
}

type ListQuery = Omit<z.infer<typeof leadListQuery>, 'limit' | 'cursor' | 'sort'>;

async function filterOf(db: Db, { owner, scoreMin, scoreMax, ...plain }: ListQuery): Promise<LeadFilter> {
  const rep = owner === undefined ? null : await knownRep(db, owner, 'query.owner');
  return {
    ...plain,
    ...(rep && { ownerRepId: rep.id }),
    ...(scoreMin !== undefined && { scoreMin: Math.ceil(scoreMin * 1000) }),
    ...(scoreMax !== undefined && { scoreMax: Math.floor(scoreMax * 1000) }),
  };
}

/** Writes the lead's event through the one way into the log. */
async function takeIn(
  c: Context<AppEnv>,
  { db, intake }: Pick<LeadDeps, 'db' | 'intake'>,
  draft: LeadDraft,
  isNew: boolean,
): Promise<void> {
  const { email, userId, anonymousId, source, traits, ...columns } = draft;
  const principal = c.get('principal');
  const key = c.req.header('idempotency-key');
  const id = key === undefined ? randomUUID() : `idempotency-key:${key}`;
  // A repetition must be the same event, though the lead that was new then is known now.
  const said = key === undefined ? null : await eventTypeOf(db, principal.connectionId, id);
  const value = {
    id,
    type: said ?? (isNew ? 'lead.created' : 'lead.updated'),
    lead: { email, userId, anonymousId },
    source,
    properties: { traits: { ...traits, ...columns } },
  };
  const bytes = Number(c.req.header('content-length') ?? 0) || 500;
  const { rejected } = await intake.accept([{ value: JSON.parse(JSON.stringify(value)) }], bytes, principal);
  const [refused] = rejected;
  if (!refused) return;
  if (refused.code === 'id_conflict') {
    const detail = 'This Idempotency-Key was used for another request; give every request a key of its own.';
    throw new Problem('conflict', { detail });
  }
  const path = refused.path.replace(/^properties\.traits\.|^lead\./, '');
  const { message } = refused;
  throw new Problem('invalid', { detail: `${path} ${message}.`, errors: [{ path, message }] });
}
