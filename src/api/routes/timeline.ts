/** `/v1/leads/{id}/timeline` and `/explanation`: what happened, and why the score is what it is. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { DefinitionBook } from '../../definition/versions.js';
import { explainLead } from '../../insight/explanation.js';
import { readTimeline } from '../../insight/timeline.js';
import type { Db } from '../../store/database.js';
import type { AppEnv } from '../env.js';
import { knownLead } from '../lookup.js';
import { pageFrom, pageOf, readCursor } from '../paging.js';
import { notFound, problems } from '../problem.js';
import { guard, json, resource } from '../route.js';
import { leadParams } from '../schemas/lead.js';
import {
  explanationSchema,
  explanationView,
  timelineCursor,
  timelineEntrySchema,
  timelineQuery,
  timelineView,
} from '../schemas/timeline.js';

const tags = ['Leads'];

const getTimeline = createRoute({
  method: 'get',
  path: '/v1/leads/{id}/timeline',
  operationId: 'getTimeline',
  tags,
  summary: 'Everything that happened to a lead, in words and data',
  description:
    'Events of the log, with those that a machine made named as such; decisions with their reason and the version of ' +
    'the definition that they were made under; and what became of outward acts.',
  ...guard('read', 'sales', 'marketing', 'manager'),
  request: { params: leadParams, query: timelineQuery },
  responses: { 200: json(pageOf(timelineEntrySchema), 'A page of the timeline.'), ...problems, ...notFound },
});

const getExplanation = createRoute({
  method: 'get',
  path: '/v1/leads/{id}/explanation',
  operationId: 'explainLead',
  tags,
  summary: 'Why the score is what it is, and what is missing for a handoff',
  description: 'Computed from the log under the current definition, as of now.',
  ...guard('read', 'sales', 'marketing', 'manager'),
  request: { params: leadParams },
  responses: { 200: json(explanationSchema, 'The explanation.'), ...problems, ...notFound },
});

interface TimelineDeps {
  readonly db: Db;
  readonly book: DefinitionBook;
  readonly now: () => number;
}

/** `GET /v1/leads/{id}/timeline` and `/explanation`. */
export function timelineRoutes({ db, book, now }: TimelineDeps): OpenAPIHono<AppEnv> {
  return resource()
    .openapi(getTimeline, async (c) => {
      const { limit, cursor, order } = c.req.valid('query');
      const after = readCursor(cursor, timelineCursor);
      const lead = await knownLead(db, c.req.valid('param').id);
      const found = await readTimeline(db, book, { lead, order, after, limit: limit + 1, atMs: now() });
      const { rows, nextCursor } = pageFrom(found, limit, (entry) => entry.cursor);
      return c.json({ items: rows.map(timelineView), nextCursor }, 200);
    })
    .openapi(getExplanation, async (c) => {
      const lead = await knownLead(db, c.req.valid('param').id);
      const atMs = now();
      return c.json(explanationView(await explainLead(db, book, lead, atMs), new Date(atMs)), 200);
    });
}
