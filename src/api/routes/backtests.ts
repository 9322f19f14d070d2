/** `/v1/backtests`: what another version of the handoff definition would have done with the recorded past. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { accepts } from 'hono/accepts';
import { PAGE_POLICY } from '../../console/layout.js';
import { renderWalkPage } from '../../console/walk-page.js';
import type { DefinitionBook } from '../../definition/versions.js';
import { readWalk } from '../../insight/backtest/walk-read.js';
import { type Backtest, type BacktestService, TooManyBacktests } from '../../insight/backtest-service.js';
import { listBacktests, waitingBefore } from '../../store/backtests.js';
import type { Db } from '../../store/database.js';
import { backtestRequest } from '../backtest-ask.js';
import type { AppEnv } from '../env.js';
import { knownLead, rowId } from '../lookup.js';
import { pageFrom, pageOf, pageQuery, readCursor } from '../paging.js';
import { conflict, notFound, Problem, problems } from '../problem.js';
import { body, guard, guardJson, json, resource } from '../route.js';
import {
  backtestAskSchema,
  backtestSchema,
  backtestView,
  examplesQuery,
  examplesSchema,
  exampleView,
  walkSchema,
  wholeBacktestSchema,
  wholeBacktestView,
} from '../schemas/backtest.js';
import { text } from '../schemas/common.js';

const tags = ['Backtests'];
const readers = guard('read', 'sales', 'marketing', 'manager');
const starters = ['marketing', 'sales', 'manager'] as const;
const params = z.object({ id: text(100).openapi({ param: { name: 'id', in: 'path' } }) });
const FULL_RETRY_S = 30;

const postBacktest = createRoute({
  method: 'post',
  path: '/v1/backtests',
  operationId: 'startBacktest',
  tags,
  summary: 'Try a version, a draft or a document on the recorded past',
  description:
    'Both documents are kept with the request, so that the result stays readable whatever becomes of a draft. One ' +
    'backtest runs at a time; others wait. Follow it at the address in `Location`. Nothing else is changed.',
  ...guardJson(...starters),
  request: { body: body(backtestAskSchema) },
  responses: { 202: json(wholeBacktestSchema, 'It waits or runs.'), ...problems, ...notFound },
});

const getBacktests = createRoute({
  method: 'get',
  path: '/v1/backtests',
  operationId: 'listBacktests',
  tags,
  summary: 'List backtests, the newest first',
  description: 'The newest 200 that have ended are kept.',
  ...readers,
  request: { query: pageQuery },
  responses: { 200: json(pageOf(backtestSchema), 'A page of backtests, without results.'), ...problems },
});

const getBacktest = createRoute({
  method: 'get',
  path: '/v1/backtests/{id}',
  operationId: 'getBacktest',
  tags,
  summary: 'One backtest: how far it is, then what came out',
  ...readers,
  request: { params },
  responses: { 200: json(wholeBacktestSchema, 'The backtest.'), ...problems, ...notFound },
});

const deleteBacktest = createRoute({
  method: 'delete',
  path: '/v1/backtests/{id}',
  operationId: 'removeBacktest',
  tags,
  summary: 'Cancel a backtest that waits or runs; forget one that has ended',
  ...guard(...starters),
  request: { params },
  responses: {
    200: json(
      z.object({ id: z.string(), did: z.enum(['cancelled', 'forgotten']) }).openapi('RemovedBacktest'),
      'What was done.',
    ),
    ...problems,
    ...notFound,
  },
});

const getExamples = createRoute({
  method: 'get',
  path: '/v1/backtests/{id}/examples',
  operationId: 'listBacktestExamples',
  tags,
  summary: 'Leads whose handoff changes, the most telling first',
  ...readers,
  request: { params, query: examplesQuery },
  responses: { 200: json(examplesSchema, 'The examples.'), ...problems, ...notFound, ...conflict },
});

const getWalk = createRoute({
  method: 'get',
  path: '/v1/backtests/{id}/leads/{leadId}',
  operationId: 'walkBacktestLead',
  tags,
  summary: 'A lead’s walk through time under both versions, side by side',
  description: 'As JSON, or as a page (`Accept: text/html`).',
  ...readers,
  request: {
    params: params.extend({ leadId: text(100).openapi({ param: { name: 'leadId', in: 'path' } }) }),
  },
  responses: {
    200: {
      ...json(walkSchema, 'The walk.'),
      content: { 'application/json': { schema: walkSchema }, 'text/html': { schema: z.string() } },
    },
    ...problems,
    ...notFound,
  },
});

export interface BacktestRoutesDeps {
  readonly db: Db;
  readonly book: Pick<DefinitionBook, 'byNumber'>;
  readonly backtests: BacktestService;
  readonly now: () => number;
}

/** Everything under `/v1/backtests`. */
export function backtestRoutes(deps: BacktestRoutesDeps): OpenAPIHono<AppEnv> {
  const { db, backtests } = deps;
  const known = async (id: string): Promise<Backtest> => {
    const one = await backtests.find(id);
    if (one) return one;
    throw new Problem('not_found', {
      detail: 'There is no backtest with this id; the newest 200 that have ended are kept.',
    });
  };
  const whole = async (one: Backtest) =>
    wholeBacktestView(one, one.state === 'waiting' ? await waitingBefore(db, one.id) : 0);
  return resource()
    .openapi(postBacktest, async (c) => {
      const request = await backtestRequest(deps, c.req.valid('json'));
      const asked = await inLine(backtests.ask(request, c.get('principal').name));
      return c.json(await whole(asked), 202, { Location: `/v1/backtests/${asked.id}` });
    })
    .openapi(getBacktests, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const [after] = readCursor(cursor, z.tuple([rowId])) ?? [];
      const found = await listBacktests(db, { limit: limit + 1, ...(after !== undefined && { after }) });
      const { rows, nextCursor } = pageFrom(found, limit, ({ id }) => [id]);
      return c.json({ items: rows.map(backtestView), nextCursor }, 200);
    })
    .openapi(getBacktest, async (c) => c.json(await whole(await known(c.req.valid('param').id)), 200))
    .openapi(deleteBacktest, async (c) => {
      const { id } = await known(c.req.valid('param').id);
      return c.json({ id, did: await backtests.remove(id) }, 200);
    })
    .openapi(getExamples, async (c) => {
      const { change, source, limit } = c.req.valid('query');
      const { result, state } = await known(c.req.valid('param').id);
      if (!result) throw new Problem('conflict', { detail: notDone(state) });
      const items = result.examples
        .filter((one) => (change ?? one.change) === one.change && (source ?? one.source) === one.source)
        .slice(0, limit)
        .map((one) => exampleView(one, result.period.timeZone));
      return c.json({ items, nextCursor: null }, 200);
    })
    .openapi(getWalk, async (c) => {
      const { id, leadId } = c.req.valid('param');
      const { request, result } = await known(id);
      const lead = await knownLead(db, leadId);
      const walk = await readWalk(db, request, lead.id);
      if (!walk) throw new Problem('lead_not_found', { detail: 'This lead was merged into another one.' });
      const { from, to } = request;
      const named = { leadId: lead.id, before: request.before.label, after: request.after.label };
      const supports = ['application/json', 'text/html'];
      c.header('Vary', 'Accept', { append: true });
      if (accepts(c, { header: 'Accept', supports, default: 'application/json' }) === 'text/html') {
        c.header('Content-Security-Policy', PAGE_POLICY);
        // Relative to this page's own address, so that a path before it does not matter.
        const reportHref = result ? '../report' : null;
        return c.html(renderWalkPage(walk, { ...named, called: lead.name, from, to, reportHref }));
      }
      // The curves are for the page's chart.
      const { curves: _, ...told } = walk;
      return c.json({ ...named, ...told }, 200);
    });
}

async function inLine(asking: Promise<Backtest>): Promise<Backtest> {
  try {
    return await asking;
  } catch (error) {
    if (!(error instanceof TooManyBacktests)) throw error;
    throw new Problem('rate_limited', { detail: error.message, retryAfterS: FULL_RETRY_S, cause: error });
  }
}

function notDone(state: Backtest['state']): string {
  if (state === 'failed') return 'This backtest failed, so it has no examples; it says why.';
  if (state === 'cancelled') return 'This backtest was cancelled, so it has no examples.';
  return `This backtest is ${state === 'waiting' ? 'waiting' : 'still running'}; its examples come with its result.`;
}
