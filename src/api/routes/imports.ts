/** `/v1/imports`: history brought in together, what judging its leads would do, and its release. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { type DefinitionBook, DefinitionError } from '../../definition/versions.js';
import { type ImportPreview, previewImport } from '../../insight/import-preview.js';
import type { Db } from '../../store/database.js';
import {
  beginRelease,
  createImport,
  findImport,
  type Import,
  importCounts,
  listImports,
} from '../../store/imports.js';
import type { AppEnv } from '../env.js';
import { pageFrom, pageOf, pageQuery, readCursor } from '../paging.js';
import { conflict, notFound, Problem, problems } from '../problem.js';
import { body, guard, guardJson, json, resource } from '../route.js';
import { text } from '../schemas/common.js';
import {
  countedImportSchema,
  importDraftSchema,
  importPreviewSchema,
  importSchema,
  importView,
  previewView,
  releaseSchema,
} from '../schemas/import.js';

const tags = ['Imports'];
const params = z.object({ id: text(100).openapi({ param: { name: 'id', in: 'path' } }) });

const postImport = createRoute({
  method: 'post',
  path: '/v1/imports',
  operationId: 'createImport',
  tags,
  summary: 'Open an import',
  description:
    'Send its events with `"backfill": true` and its id as `importId`. They fill state, counts and score and hand off ' +
    'nobody by themselves: preview the import, then release it.',
  ...guardJson('ingest'),
  request: { body: body(importDraftSchema) },
  responses: { 201: json(importSchema, 'The import is open.'), ...problems },
});

const getImports = createRoute({
  method: 'get',
  path: '/v1/imports',
  operationId: 'listImports',
  tags,
  summary: 'List imports, the newest first',
  ...guard('read', 'marketing', 'manager'),
  request: { query: pageQuery },
  responses: { 200: json(pageOf(importSchema), 'A page of imports.'), ...problems },
});

const getImport = createRoute({
  method: 'get',
  path: '/v1/imports/{id}',
  operationId: 'getImport',
  tags,
  summary: 'One import, with its counts',
  ...guard('read', 'marketing', 'manager'),
  request: { params },
  responses: { 200: json(countedImportSchema, 'The import.'), ...problems, ...notFound },
});

const getPreview = createRoute({
  method: 'get',
  path: '/v1/imports/{id}/preview',
  operationId: 'previewImport',
  tags,
  summary: 'What releasing an import would do now',
  description: 'Every lead that is not judged yet is judged as of now. Nothing is changed.',
  ...guard('read', 'marketing', 'manager'),
  request: { params },
  responses: { 200: json(importPreviewSchema, 'The numbers.'), ...problems, ...notFound, ...conflict },
});

const postRelease = createRoute({
  method: 'post',
  path: '/v1/imports/{id}/release',
  operationId: 'releaseImport',
  tags,
  summary: 'Judge the leads of an import, within the capacity of the reps',
  description:
    'Each lead is judged once, on everything it has. Leads that are handed off go to reps no faster than these have ' +
    'free capacity; the import says when all were judged. Repeating the request changes nothing.',
  ...guardJson('manager'),
  request: { params, body: body(releaseSchema) },
  responses: { 202: json(importSchema, 'The release is under way.'), ...problems, ...notFound, ...conflict },
});

export interface ImportRoutesDeps {
  readonly db: Db;
  readonly book: Pick<DefinitionBook, 'current'>;
  readonly now: () => number;
}

/** `GET`, `POST /v1/imports`, `GET /v1/imports/{id}`, its `/preview` and its `/release`. */
export function importRoutes({ db, book, now }: ImportRoutesDeps): OpenAPIHono<AppEnv> {
  const preview = (id: string) => previewed(previewImport(db, book, id, now()));
  return resource()
    .openapi(postImport, async (c) => {
      const { name = null } = c.req.valid('json');
      const made = await createImport(db, { name, createdBy: c.get('principal').connectionId });
      return c.json(importView(made), 201);
    })
    .openapi(getImports, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const [after] = readCursor(cursor, z.tuple([z.string().max(100)])) ?? [];
      const found = await listImports(db, { limit: limit + 1, after });
      const { rows, nextCursor } = pageFrom(found, limit, ({ id }) => [id]);
      return c.json({ items: rows.map(importView), nextCursor }, 200);
    })
    .openapi(getImport, async (c) => {
      const one = found(await findImport(db, c.req.valid('param').id));
      return c.json({ ...importView(one), ...(await importCounts(db, one.id)) }, 200);
    })
    .openapi(getPreview, async (c) => {
      const { id } = found(await findImport(db, c.req.valid('param').id));
      return c.json(previewView(await preview(id)), 200);
    })
    .openapi(postRelease, async (c) => {
      const one = found(await findImport(db, c.req.valid('param').id));
      if (one.state === 'open') {
        confirmed(c.req.valid('json').confirm, await preview(one.id));
        await beginRelease(db, one.id);
      }
      const begun = found(await findImport(db, one.id));
      if (one.state === 'released') throw releasedAlready(begun);
      return c.json(importView(begun), 202);
    });
}

function found(one: Import | null): Import {
  if (one === null) throw new Problem('not_found', { detail: 'There is no import with this id.' });
  return one;
}

/** The preview, or a problem in words while there is nothing to judge by. */
async function previewed(preview: Promise<ImportPreview>): Promise<ImportPreview> {
  try {
    return await preview;
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new Problem('conflict', { detail: error.message, cause: error });
  }
}

function confirmed(confirm: number, preview: ImportPreview): void {
  const { handoffs } = preview;
  if (handoffs <= confirm) return;
  throw new Problem('conflict', {
    detail: `The release would hand off ${handoffs} leads by now, and ${confirm} were confirmed. Look at the preview again, then confirm ${handoffs}.`,
    extra: { handoffs, confirmed: confirm },
  });
}

function releasedAlready({ releasedAt }: Import): Problem {
  const when = releasedAt ? ` on ${releasedAt.toISOString()}` : '';
  return new Problem('conflict', { detail: `All leads of this import were judged${when}.` });
}
