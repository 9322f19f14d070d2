/** `GET /v1/backtests/{id}/report`: a backtest as the page that both teams read together. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { renderBacktestReport } from '../../console/backtest-page.js';
import { PAGE_POLICY } from '../../console/layout.js';
import type { Backtest, BacktestService } from '../../insight/backtest-service.js';
import type { AppEnv } from '../env.js';
import { conflict, notFound, Problem, problems } from '../problem.js';
import { guard, resource } from '../route.js';
import { text } from '../schemas/common.js';

const getReport = createRoute({
  method: 'get',
  path: '/v1/backtests/{id}/report',
  operationId: 'getBacktestReport',
  tags: ['Backtests'],
  summary: 'A backtest as a page with charts',
  description:
    'One page for marketing and sales to read before they sign. It is complete in itself: no scripts, and nothing is ' +
    'loaded from elsewhere, so it can be kept as a file. There is none before the backtest is done.',
  ...guard('read', 'sales', 'marketing', 'manager'),
  request: { params: z.object({ id: text(100).openapi({ param: { name: 'id', in: 'path' } }) }) },
  responses: {
    200: { description: 'The page.', content: { 'text/html': { schema: z.string() } } },
    ...problems,
    ...notFound,
    ...conflict,
  },
});

export interface BacktestReportDeps {
  readonly backtests: Pick<BacktestService, 'find'>;
}

export function backtestReportRoutes({ backtests }: BacktestReportDeps): OpenAPIHono<AppEnv> {
  return resource().openapi(getReport, async (c) => {
    const backtest = await backtests.find(c.req.valid('param').id);
    if (!backtest) {
      const detail = 'There is no backtest with this id; GET /v1/backtests lists those that are kept.';
      throw new Problem('not_found', { detail });
    }
    const { result, request, createdBy, endedAt } = backtest;
    if (!result) throw new Problem('conflict', { detail: noReportYet(backtest) });
    c.header('Content-Security-Policy', PAGE_POLICY);
    return c.html(
      renderBacktestReport(result, {
        changes: request.changes,
        madeAt: endedAt,
        madeBy: createdBy,
        // Relative to this page's own address, so that a path before it does not matter.
        walkHref: (leadId) => `leads/${encodeURIComponent(leadId)}`,
      }),
    );
  });
}

function noReportYet({ state, error }: Backtest): string {
  switch (state) {
    case 'failed':
      return `This backtest failed, so it has no report: ${error ?? 'the reason was not kept'}`;
    case 'cancelled':
      return 'This backtest was cancelled, so it has no report. Start it again with POST /v1/backtests.';
    default:
      return `This backtest is ${state === 'waiting' ? 'waiting' : 'still running'}; its report comes with its result.`;
  }
}
