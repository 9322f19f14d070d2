/** `GET /v1/definitions/{version}/document`: the definition as both teams read it, made from itself. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { accepts } from 'hono/accepts';
import { definitionPage } from '../../console/definition-page.js';
import { PAGE_POLICY } from '../../console/layout.js';
import { checkDefinition } from '../../definition/check.js';
import {
  describeAll,
  describedSources,
  describeOverview,
  describeSource,
} from '../../definition/describe.js';
import { documentMarkdown } from '../../definition/describe-markdown.js';
import type { DefinitionDocument, DescribedVersion } from '../../definition/describe-model.js';
import type { HandoffDefinition } from '../../definition/document.js';
import type { DefinitionBook } from '../../definition/versions.js';
import type { Db } from '../../store/database.js';
import { type Named, namedDefinition } from '../definition-lookup.js';
import type { AppEnv } from '../env.js';
import { conflict, notFound, Problem, problems } from '../problem.js';
import { guard, json, resource } from '../route.js';
import { day, text } from '../schemas/common.js';

/** More pages at once would keep others waiting: each has all its examples worked out. */
const SOURCES_AT_ONCE_MAX = 40;
const EVERY_SOURCE = '*';

const documentSchema = z
  .object({
    name: z.string(),
    version: z.object({
      number: z.number().int().nullable(),
      hash: z.string(),
      label: z.string(),
      signed: z.object({ marketing: z.string().nullable(), sales: z.string().nullable() }),
      note: z.string().nullable(),
    }),
    timeZone: z.string(),
    pages: z
      .array(
        z.looseObject({
          id: z.string(),
          kind: z.enum(['overview', 'source']),
          title: z.string(),
          summary: z.string(),
        }),
      )
      .openapi({
        description: 'Each with its sections: paragraphs, lists, tables, steps, mails and examples.',
      }),
  })
  .openapi('DefinitionDocument');

const getDocument = createRoute({
  method: 'get',
  path: '/v1/definitions/{version}/document',
  operationId: 'getDefinitionDocument',
  tags: ['Definitions'],
  summary: 'The definition as both teams read it',
  description:
    'What hands a lead off, what happens then and by when, with a worked example for every trigger. As JSON, as ' +
    'Markdown (`Accept: text/markdown`) or as a page (`Accept: text/html`); `format` says it without a header.',
  ...guard('read', 'sales', 'marketing', 'manager'),
  request: {
    params: z.object({
      version: text(100).openapi({
        param: { name: 'version', in: 'path' },
        description: 'A version’s number, `current`, or the id of a draft.',
        example: 'current',
      }),
    }),
    query: z.object({
      source: text(64).optional().openapi({
        description:
          'A source’s id for its page, `default` for the page of all other sources, `*` for everything in one. The overview when it is left out.',
      }),
      format: z.enum(['html', 'markdown', 'json']).optional(),
      on: day
        .optional()
        .openapi({ description: 'The examples happen after this day; today when it is left out.' }),
    }),
  },
  responses: {
    200: {
      ...json(documentSchema, 'The document.'),
      content: {
        'application/json': { schema: documentSchema },
        'text/markdown': { schema: z.string() },
        'text/html': { schema: z.string() },
      },
    },
    ...problems,
    ...notFound,
    ...conflict,
  },
});

export interface DefinitionDocumentDeps {
  readonly db: Db;
  readonly book: DefinitionBook;
  readonly now: () => number;
}

export function definitionDocumentRoutes(deps: DefinitionDocumentDeps): OpenAPIHono<AppEnv> {
  return resource().openapi(getDocument, async (c) => {
    const { source, format, on } = c.req.valid('query');
    const today = on ?? new Date(deps.now()).toISOString().slice(0, 10);
    const named = await namedDefinition(deps.db, c.req.valid('param').version);
    const { definition, version } = await described(deps, named, today);
    const document = documentOf(definition, version, source, today);
    const supports = ['application/json', 'text/html', 'text/markdown'];
    const wanted = format ?? accepts(c, { header: 'Accept', supports, default: 'application/json' });
    switch (wanted) {
      case 'html':
      case 'text/html':
        c.header('Content-Security-Policy', PAGE_POLICY);
        return c.html(definitionPage(document, { hrefOf: (page) => pageAddress(page, on) }));
      case 'markdown':
      case 'text/markdown':
        return c.body(documentMarkdown(document), 200, { 'Content-Type': 'text/markdown; charset=utf-8' });
      default:
        return c.json({ ...document, pages: document.pages.map((page) => ({ ...page })) }, 200);
    }
  });
}

/** Another page of the same version, as an address relative to this one. */
function pageAddress(page: string, on: string | undefined): string {
  const query = new URLSearchParams({
    ...(page !== 'overview' && { source: page }),
    format: 'html',
    ...(on !== undefined && { on }),
  });
  return `?${query}`;
}

async function described(
  { book }: DefinitionDocumentDeps,
  named: Named,
  today: string,
): Promise<{ readonly definition: HandoffDefinition; readonly version: DescribedVersion }> {
  if (named.kind === 'version') {
    const { ref, definition, signed, note } = await book.byNumber(named.row.number);
    return { definition, version: { ...ref, label: `Version ${ref.number}`, signed, note } };
  }
  const { id, hash, document, signed, note } = named.row;
  const { definition, faults } = checkDefinition(document, { today });
  if (!definition) {
    const errors = faults.filter(({ severity }) => severity === 'error');
    throw new Problem('conflict', {
      detail: `The draft ${id} has ${errors.length} error${errors.length === 1 ? '' : 's'}; it can be read as a document once they are mended.`,
      errors: errors.map(({ path, message, expected }) => ({
        path,
        message: `${message} (expected ${expected})`,
      })),
    });
  }
  const signer = (side: 'marketing' | 'sales') => (signed[side]?.hash === hash ? signed[side].by : null);
  const version = {
    number: null,
    hash,
    label: `Draft ${id}, not published`,
    signed: { marketing: signer('marketing'), sales: signer('sales') },
    note,
  };
  return { definition, version };
}

function documentOf(
  definition: HandoffDefinition,
  version: DescribedVersion,
  source: string | undefined,
  today: string,
): DefinitionDocument {
  const sources = describedSources(definition);
  if (source === undefined) return describeOverview(definition, version, { today });
  if (source === EVERY_SOURCE) {
    if (sources.length <= SOURCES_AT_ONCE_MAX) return describeAll(definition, version, { today });
    throw new Problem('conflict', {
      detail: `This definition has ${sources.length} sources, too many for one document: ask for them one by one.`,
    });
  }
  if (sources.includes(source)) return describeSource(definition, version, source, { today });
  const detail = `${version.label} has no source of that name; it has ${sources.slice(0, 20).join(', ')}${sources.length > 20 ? ' and others' : ''}.`;
  throw new Problem('not_found', { detail });
}
