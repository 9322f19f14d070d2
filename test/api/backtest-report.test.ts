import { describe, expect, it } from 'vitest';
import { handleError } from '../../src/api/errors.js';
import { resource } from '../../src/api/route.js';
import { backtestReportRoutes } from '../../src/api/routes/backtest-report.js';
import { PAGE_POLICY } from '../../src/console/layout.js';
import type { Backtest } from '../../src/insight/backtest-service.js';
import type { Scope } from '../../src/store/api-keys.js';
import { CHANGES_IN_WORDS, madeUpBacktest, ORDINARY } from '../console/made-up-backtest.js';

const side = { named: null, number: 3, hash: 'a1', document: '' };
const done: Backtest = {
  id: 'b_1',
  state: 'done',
  request: {
    before: { ...side, label: 'version 3 (live)' },
    after: { ...side, label: 'draft d_k3x9' },
    from: '2026-06-01T04:00:00Z',
    to: '2026-08-31T04:00:00Z',
    timeZone: 'America/New_York',
    sources: null,
    changes: CHANGES_IN_WORDS,
  },
  progress: { leads: 1, leadsTotal: 1, events: 1 },
  result: madeUpBacktest(ORDINARY),
  error: null,
  createdBy: 'Mia Marks',
  createdAt: new Date('2026-11-22T20:00:00Z'),
  startedAt: new Date('2026-11-22T20:00:01Z'),
  endedAt: new Date('2026-11-22T20:05:00Z'),
};

/** Asks for a report while the one backtest there is is as given. */
async function report(backtest: Backtest | null, scopes: readonly Scope[] = ['read']) {
  const app = resource();
  app.onError(handleError);
  app.use(async (c, next) => {
    c.set('principal', { id: 'k_1', name: 'Mia Marks', scopes: [...scopes], connectionId: 'c_1' });
    await next();
  });
  const find = (id: string) => Promise.resolve(id === backtest?.id ? backtest : null);
  app.route('/', backtestReportRoutes({ backtests: { find } }));
  return app.request('/v1/backtests/b_1/report');
}

describe('the report of a backtest', () => {
  it('is a page under its own policy, with the changes, the maker and links to the leads', async () => {
    const response = await report(done);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect(response.headers.get('content-security-policy')).toBe(PAGE_POLICY);
    const html = await response.text();
    expect(html).toContain('cooldown 7 days → 14 days');
    expect(html).toContain('asked for by Mia Marks');
    const { leadId } = madeUpBacktest(ORDINARY).examples[0]!;
    const href = new URL(`leads/${leadId}`, 'http://localhost/v1/backtests/b_1/report').pathname;
    expect(href).toBe(`/v1/backtests/b_1/leads/${leadId}`);
    expect(html).toContain(`href="leads/${leadId}"`);
  });

  it.each([
    ['waiting', null, 'This backtest is waiting; its report comes with its result.'],
    ['running', null, 'This backtest is still running; its report comes with its result.'],
    ['failed', 'A lead could not be read.', 'A lead could not be read.'],
    ['cancelled', null, 'This backtest was cancelled'],
  ] as const)('is not there for one that is %s, and says why', async (state, error, words) => {
    const response = await report({ ...done, state, error, result: null });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining(words) });
  });

  it('is 404 for a backtest that is not known', async () => {
    const response = await report(null);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('GET /v1/backtests') });
  });

  it('is kept from keys that may not read', async () => {
    expect((await report(done, ['ingest'])).status).toBe(403);
  });
});
