/** `/v1/definitions`: versions and drafts of the handoff definition, to read, check, compare and forecast. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { accepts } from 'hono/accepts';
import { checkDefinition } from '../../definition/check.js';
import { diffDefinitions } from '../../definition/diff.js';
import { draftFaults } from '../../definition/drafts.js';
import { definitionJsonSchema } from '../../definition/json-schema.js';
import type { DefinitionBook } from '../../definition/versions.js';
import { forecast } from '../../insight/forecast.js';
import type { Db } from '../../store/database.js';
import { listLog, listVersions, newestVersion, openDrafts } from '../../store/definitions.js';
import { type Named, namedDefinition, readable, told } from '../definition-lookup.js';
import { documentIn, guardDocument } from '../document-body.js';
import type { AppEnv } from '../env.js';
import { pageFrom, pageOf, pageQuery, readCursor } from '../paging.js';
import { conflict, notFound, problems } from '../problem.js';
import { guard, json, resource } from '../route.js';
import { text } from '../schemas/common.js';
import {
  changesSchema,
  checkedSchema,
  checkSchema,
  definitionsSchema,
  draftView,
  faultViews,
  forecastSchema,
  forecastView,
  logEntrySchema,
  logEntryView,
  versionView,
  wholeDraftView,
  wholeSchema,
  wholeVersionView,
} from '../schemas/definition.js';
import { definitionDraftRoutes } from './definition-drafts.js';

const tags = ['Definitions'];
const readers = guard('read', 'sales', 'marketing', 'manager');
const DRAFTS_SHOWN = 200;
const POSITION_MAX = Number.MAX_SAFE_INTEGER;

const version = (name: string) =>
  text(100).openapi({
    param: { name, in: 'path' },
    description: 'A version’s number, `current`, or the id of a draft.',
    example: 'current',
  });
const params = z.object({ version: version('version') });

const getDefinitions = createRoute({
  method: 'get',
  path: '/v1/definitions',
  operationId: 'listDefinitions',
  tags,
  summary: 'List versions, the newest first, and open drafts',
  ...readers,
  request: { query: pageQuery },
  responses: { 200: json(definitionsSchema, 'A page of versions, and the open drafts.'), ...problems },
});

const postCheck = createRoute({
  method: 'post',
  path: '/v1/definitions/check',
  operationId: 'checkDefinition',
  tags,
  summary: 'Say everything that is wrong with a document',
  description: 'Nothing is stored. A faulty document is answered 200 as well: the faults are the answer.',
  ...guardDocument('read', 'sales', 'marketing', 'manager'),
  request: { body: documentIn(checkSchema) },
  responses: { 200: json(checkedSchema, 'The faults.'), ...problems },
});

const getHistory = createRoute({
  method: 'get',
  path: '/v1/definitions/history',
  operationId: 'listDefinitionHistory',
  tags,
  summary: 'Who drafted, edited, signed, published, rolled back or discarded what, the newest first',
  ...readers,
  request: { query: pageQuery },
  responses: { 200: json(pageOf(logEntrySchema), 'A page of the log.'), ...problems },
});

const getSchema = createRoute({
  method: 'get',
  path: '/v1/definitions/schema',
  operationId: 'getDefinitionSchema',
  tags,
  summary: 'The JSON Schema of a definition, for editors',
  ...readers,
  responses: { 200: json(z.record(z.string(), z.unknown()), 'The JSON Schema.'), ...problems },
});

const getOne = createRoute({
  method: 'get',
  path: '/v1/definitions/{version}',
  operationId: 'getDefinition',
  tags,
  summary: 'One version or draft, with its document',
  description: 'With `Accept: application/yaml` the document alone. A draft comes with its faults.',
  ...readers,
  request: { params },
  responses: {
    200: {
      description: 'The version or the draft.',
      content: { 'application/json': { schema: wholeSchema }, 'application/yaml': { schema: z.string() } },
    },
    ...problems,
    ...notFound,
  },
});

const getDiff = createRoute({
  method: 'get',
  path: '/v1/definitions/{version}/diff/{other}',
  operationId: 'diffDefinitions',
  tags,
  summary: 'What changes from one version or draft to another, in words',
  ...readers,
  request: { params: params.extend({ other: version('other') }) },
  responses: { 200: json(changesSchema, 'The changes.'), ...problems, ...notFound, ...conflict },
});

const getForecast = createRoute({
  method: 'get',
  path: '/v1/definitions/{version}/forecast',
  operationId: 'forecastDefinition',
  tags,
  summary: 'How many leads publishing it would hand off at once',
  description:
    'Every open lead is judged as of now, by this definition and by the present version. With many leads it takes a ' +
    'while; closing the connection ends it. Nothing is changed.',
  ...readers,
  request: { params },
  responses: { 200: json(forecastSchema, 'The numbers.'), ...problems, ...notFound, ...conflict },
});

export interface DefinitionRoutesDeps {
  readonly db: Db;
  readonly book: DefinitionBook;
  readonly now: () => number;
}

/** Everything under `/v1/definitions`. */
export function definitionRoutes(deps: DefinitionRoutesDeps): OpenAPIHono<AppEnv> {
  const routes = resource();
  readRoutes(routes, deps);
  routes.route('/', definitionDraftRoutes(deps));
  return routes;
}

function readRoutes(routes: OpenAPIHono<AppEnv>, deps: DefinitionRoutesDeps): void {
  const { db, now } = deps;
  const today = () => new Date(now());
  let schema: Record<string, unknown> | null = null;
  routes
    .openapi(getDefinitions, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const [before] = readCursor(cursor, z.tuple([z.number().int().min(1).max(POSITION_MAX)])) ?? [];
      const found = await listVersions(db, { limit: limit + 1, ...(before !== undefined && { before }) });
      const { rows, nextCursor } = pageFrom(found, limit, ({ number }) => [number]);
      const newest = (await newestVersion(db))?.number ?? 0;
      const drafts = await openDrafts(db, DRAFTS_SHOWN);
      const items = rows.map((row) => versionView(row, newest));
      return c.json({ items, nextCursor, drafts: drafts.map(draftView) }, 200);
    })
    .openapi(postCheck, (c) => {
      const options = { today: today().toISOString().slice(0, 10) };
      const { ok, faults } = checkDefinition(c.req.valid('json').document, options);
      return c.json({ ok, faults: faultViews(faults) }, 200);
    })
    .openapi(getHistory, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const [before] = readCursor(cursor, z.tuple([z.number().int().min(1).max(POSITION_MAX)])) ?? [];
      const found = await listLog(db, { limit: limit + 1, ...(before !== undefined && { before }) });
      const { rows, nextCursor } = pageFrom(found, limit, ({ position }) => [position]);
      return c.json({ items: rows.map(logEntryView), nextCursor }, 200);
    })
    .openapi(getSchema, (c) => {
      schema ??= { ...definitionJsonSchema() };
      return c.json(schema, 200);
    })
    .openapi(getOne, async (c) => {
      const named = await namedDefinition(db, c.req.valid('param').version);
      const supports = ['application/json', 'application/yaml', 'text/yaml'];
      const type = accepts(c, { header: 'Accept', supports, default: 'application/json' });
      if (type !== 'application/json') {
        return c.body(named.row.document, 200, { 'Content-Type': `${type}; charset=utf-8` });
      }
      return c.json(wholeView(named, today()), 200);
    })
    .openapi(getDiff, async (c) => {
      const names = c.req.valid('param');
      const [before, after] = await Promise.all(
        [names.version, names.other].map((name) => found(deps, name, 'compared')),
      );
      const changes = before && after ? diffDefinitions(before.definition, after.definition) : [];
      return c.json({ items: changes.map((change) => ({ ...change })) }, 200);
    })
    .openapi(getForecast, async (c) => {
      const { signal } = c.req.raw;
      const candidate = await found(deps, c.req.valid('param').version, 'judged by');
      const current = await found(deps, 'current', 'judged by');
      const ahead = await told(forecast(db, candidate, current, now(), { signal }));
      return c.json(forecastView(ahead), 200);
    });
}

async function found({ db, book, now }: DefinitionRoutesDeps, name: string, done: 'compared' | 'judged by') {
  return readable(book, await namedDefinition(db, name), done, new Date(now()));
}

function wholeView(named: Named, today: Date): z.infer<typeof wholeSchema> {
  return named.kind === 'version'
    ? wholeVersionView(named.row, named.newest)
    : wholeDraftView(named.row, draftFaults(named.row, today));
}
