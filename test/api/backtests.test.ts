import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PAGE_POLICY } from '../../src/console/layout.js';
import { runBacktest } from '../../src/insight/backtest/run.js';
import type { WalkView } from '../../src/insight/backtest/walk-view.js';
import { BacktestService, type BacktestServiceDeps } from '../../src/insight/backtest-service.js';
import { databases } from '../support/databases.js';
import { openGateway, type TestGateway } from '../support/gateway.js';
import { type PastEvent, recordLead } from '../support/recorded-log.js';

const SAMPLE = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');
const LOWER = SAMPLE.replace('scoring: { threshold: 40 }', 'scoring: { threshold: 25 }');
const PERIOD = { from: '2026-03-01', to: '2026-03-31' };
const DEADLINE_MS = 10_000;

/** Runs that a test holds until it lets them go. */
class HeldRuns {
  readonly begun: { readonly signal: AbortSignal | undefined; release(): void }[] = [];
  readonly run: BacktestServiceDeps['run'] = async (input) => {
    await new Promise<void>((resolve, reject) => {
      this.begun.push({ signal: input.signal, release: resolve });
      input.onProgress?.({ leads: 1, leadsTotal: 4, events: 7, handoffs: { before: 0, after: 0 } });
      input.signal?.addEventListener('abort', () => reject(input.signal?.reason));
    });
    return runBacktest({ ...input, threads: 0 });
  };
}

let gateway: TestGateway;
let services: BacktestService[];
let opened: TestGateway['opened'];
const faults: unknown[] = [];

const service = (run: NonNullable<BacktestServiceDeps['run']>) => {
  const made = new BacktestService({
    database: opened,
    run,
    onFault: (_, error) => faults.push(error),
  });
  services.push(made);
  return made;
};

beforeEach(() => {
  services = [];
  faults.length = 0;
});
afterEach(async () => {
  for (const one of services) await one.stop();
  await gateway.close();
});

/** The gateway over a log of March, with a service whose work a test may hold. */
async function open(
  run: NonNullable<BacktestServiceDeps['run']> = (input) => runBacktest({ ...input, threads: 0 }),
) {
  const memory = databases.find(({ name }) => name === 'PGlite');
  if (!memory) throw new Error('the list of test databases has no PGlite');
  gateway = await openGateway({ backtests: later });
  opened = gateway.opened;
  current = service(run);
  await gateway.call('POST', '/v1/reps', { json: { id: 'ana', name: 'Ana Alvarez' } });
  for (const lead of MARCH) await recordLead(opened.db, lead);
}
/** The gateway is made before its database is known to the test: it is given a stand-in for the service. */
let current: BacktestService;
const later = new Proxy({} as BacktestService, {
  get: (_, name: keyof BacktestService) => {
    const member: unknown = current[name];
    return typeof member === 'function' ? member.bind(current) : member;
  },
});

const at = (day: string, time = '14:00:00') => `2026-03-${day}T${time}Z`;
const came: PastEvent = { at: at('02'), type: 'lead.created', body: { source: { name: 'webinar' } } };
const MARCH = [
  {
    ...{ id: 'kim', name: 'Kim Karlsen', source: 'webinar' },
    events: [
      came,
      { at: at('05'), type: 'webinar.attended' },
      { at: at('09'), type: 'content.downloaded', properties: { resource: 'checklist' } },
      { at: at('12'), type: 'content.downloaded', properties: { resource: 'pricing-guide' } },
    ],
  },
  {
    ...{ id: 'lou', name: 'Lou Lindt', source: 'webinar' },
    events: [
      came,
      { at: at('05'), type: 'webinar.attended' },
      { at: at('10'), type: 'content.downloaded', properties: { resource: 'checklist' } },
    ],
  },
  { ...{ id: 'max', source: 'contact-form' }, events: [came, { at: at('11'), type: 'demo.requested' }] },
  { id: 'zoe', events: [{ at: at('03'), type: 'lead.created' }] },
];

const start = (json: unknown, key?: string) =>
  gateway.call('POST', '/v1/backtests', { json, ...(key !== undefined && { key }) });
const show = async (id: string) => (await gateway.call('GET', `/v1/backtests/${id}`)).body;

async function until(id: string, state: string) {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const body = await show(id);
    if (body.state === state) return body;
    if (Date.now() > deadline) throw new Error(`${id} is ${body.state} (${body.error}), not ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a backtest', () => {
  beforeEach(() => open());

  test('is answered 202 with its address, runs, and says what a draft would have done', async () => {
    const draft = (await gateway.call('POST', '/v1/definitions', { json: { document: LOWER } })).body.id;
    const asked = await start({ after: draft, ...PERIOD });
    expect(asked.status).toBe(202);
    const { id } = asked.body;
    expect(asked.headers.get('location')).toBe(`/v1/backtests/${id}`);
    expect(asked.body).toMatchObject({
      before: { label: 'version 1 (live)', named: '1', number: 1 },
      after: { label: `draft ${draft}`, named: draft, number: 2 },
      // Midnight in New York, before and after the clocks go forward.
      ...{ from: '2026-03-01T05:00:00.000Z', to: '2026-04-01T04:00:00.000Z', timeZone: 'America/New_York' },
      changes: ['Webinar attendee: threshold 40 → 25'],
      result: null,
    });
    const done = await until(id, 'done');
    expect(done.progress).toEqual({ leads: 4, leadsTotal: 4, events: 10, share: 1 });
    expect(done.result.totals).toMatchObject({
      before: 2,
      after: 3,
      gained: 1,
      earlier: 1,
      same: 1,
      lost: 0,
    });
    expect(done.summary).toEqual([
      `Draft ${draft} would have made 1 handoff more than version 1 (live) in 31 days (3 instead of 2, +50%): 1 new, 1 earlier by a median of 3 days and 1 unchanged.`,
      'What became of the new ones later: 1 with nothing on record.',
    ]);
    expect((await gateway.call('GET', '/v1/backtests')).body.items).toMatchObject([
      { id, state: 'done', changes: done.changes, progress: { share: 1 } },
    ]);
  });

  test('stays readable when its draft is discarded, and its walk too', async () => {
    const draft = (await gateway.call('POST', '/v1/definitions', { json: { document: LOWER } })).body.id;
    const { id } = (await start({ after: draft, ...PERIOD })).body;
    await until(id, 'done');
    await gateway.call('DELETE', `/v1/definitions/${draft}`);
    const { status, body } = await gateway.call('GET', `/v1/backtests/${id}/leads/kim`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ leadId: 'kim', before: 'version 1 (live)', after: `draft ${draft}` },
      head: {
        before: 'Version 1 (live) hands Kim Karlsen off on 12 March by score (51.3 of 40).',
        after: `Draft ${draft} hands Kim Karlsen off on 9 March by score (28.2 of 25), 3 days earlier.`,
      },
    });
    expect(body.rows[2]).toMatchObject({
      what: 'Downloaded "checklist"',
      differs: 'decisions',
      before: { score: 28.2, decisions: [] },
      after: {
        decisions: [
          'Handed off (handoff 1): the score reached 28.2 (threshold 25)',
          'Moved from nurture to sales',
          'Ana Alvarez has handoff 1 (by turns)',
          'A task for Ana Alvarez, due on 2026-03-10 17:00',
        ],
      },
    });
  });

  test('tells in a walk which publish had the lead judged', async () => {
    await recordLead(opened.db, {
      ...{ id: 'pat', source: 'webinar' },
      events: [
        { at: at('02'), type: 'lead.created', body: { source: { name: 'webinar' } } },
        {
          ...{ at: at('03'), type: 'command.judge' },
          body: { command: { id: 'judged-pat', kind: 'judge', by: 'publish', at: Date.parse(at('03')) } },
        },
      ],
    });
    await sql`
      insert into commands (id, lead_id, kind, by, body)
      values ('judged-pat', 'pat', 'judge', 'publish', '{"definition": 2, "handsOff": false}')`.execute(
      opened.db,
    );
    const { id } = (await start({ after: { document: LOWER, name: 'lower.yaml' }, ...PERIOD })).body;
    await until(id, 'done');
    const { rows } = (await gateway.call('GET', `/v1/backtests/${id}/leads/pat`)).body as WalkView;
    expect(rows.map(({ what }) => what)).toContain(
      'Version 2 of the handoff definition was published: the lead is judged by it',
    );
  });

  test('shows a walk as a page where that is asked for, and as JSON otherwise', async () => {
    const { id } = (await start({ after: { document: LOWER, name: 'lower.yaml' }, ...PERIOD })).body;
    await until(id, 'done');
    const walk = (lead: string, accept: string) =>
      gateway.request('GET', `/v1/backtests/${id}/leads/${lead}`, { headers: { accept } });
    const page = await walk('kim', 'text/html,application/xhtml+xml,*/*;q=0.8');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect(page.headers.get('content-security-policy')).toBe(PAGE_POLICY);
    expect(page.headers.get('vary')).toContain('Accept');
    const html = await page.text();
    expect(html).toContain(
      'lower.yaml hands Kim Karlsen off on 9 March by score (28.2 of 25), 3 days earlier.',
    );
    expect(html).toContain('href="../report"');
    for (const accept of ['*/*', 'application/json']) {
      const told = (await (await walk('kim', accept)).json()) as WalkView;
      expect(told).not.toHaveProperty('curves');
      expect(told.rows[2]?.what).toBe('Downloaded "checklist"');
    }
    const nobody = await walk('nobody', 'text/html');
    expect(nobody.status).toBe(404);
    expect(await nobody.json()).toMatchObject({ detail: 'There is no lead with this id.' });
  });

  test('gives examples by change and source, and forgets the leads that are erased', async () => {
    const { id } = (await start({ after: { document: LOWER, name: 'lower.yaml' }, ...PERIOD })).body;
    await until(id, 'done');
    const examples = async (query = '') =>
      (await gateway.call('GET', `/v1/backtests/${id}/examples${query}`)).body.items.map(
        ({ leadId, change, text }: Record<string, string>) => [leadId, change, text],
      );
    const earlier = [
      ...['kim', 'earlier'],
      '2026-03-09 by score (28.2) instead of 2026-03-12 by score (51.3) (3 days earlier); later: nothing on record',
    ];
    const gained = ['lou', 'gained', 'new on 2026-03-10 by score (27.8); later: nothing on record'];
    expect(await examples()).toEqual([gained, earlier]);
    expect(await examples('?change=earlier&source=webinar')).toEqual([earlier]);
    expect(await examples('?source=partner')).toEqual([]);
    expect(await examples('?limit=1')).toEqual([gained]);
    await sql`update leads set erased_at = now() where id = 'lou'`.execute(opened.db);
    expect(await examples()).toEqual([earlier]);
    expect((await show(id)).result.examples).toHaveLength(1);
    expect((await gateway.call('GET', `/v1/backtests/${id}/leads/lou`)).status).toBe(404);
    expect((await gateway.call('GET', `/v1/backtests/${id}/leads/nobody`)).body.code).toBe('lead_not_found');
    const { rows } = await sql<{ text: string }>`select result::text as text from backtests`.execute(
      opened.db,
    );
    expect(rows[0]?.text).not.toMatch(/example\.test|Karlsen/);
  });

  test('takes sources, instants and versions by number, and by default the last 90 days to now', async () => {
    const { id } = (
      await start({
        ...{ before: 1, after: '1', sources: ['contact-form', 'default', 'default'] },
        ...{ from: '2026-03-11T13:00:00Z', to: '2026-03-11T15:00:00+01:00' },
      })
    ).body;
    const done = await until(id, 'done');
    expect(done).toMatchObject({ sources: ['contact-form', 'default'], to: '2026-03-11T14:00:00.000Z' });
    expect(done.result).toMatchObject({ leads: 2, totals: { before: 0 } });
    const byDefault = (await start({ after: 1 })).body;
    expect(Date.parse(byDefault.to) - Date.parse(byDefault.from)).toBe(90 * 86_400_000);
    expect(Math.abs(Date.parse(byDefault.to) - Date.now())).toBeLessThan(60_000);
  });

  test('is forgotten when it has ended', async () => {
    const { id } = (await start({ after: 1, ...PERIOD })).body;
    await until(id, 'done');
    expect((await gateway.call('DELETE', `/v1/backtests/${id}`)).body).toEqual({ id, did: 'forgotten' });
    expect((await gateway.call('GET', `/v1/backtests/${id}`)).status).toBe(404);
    expect((await gateway.call('DELETE', `/v1/backtests/${id}`)).status).toBe(404);
  });

  test('of what nobody can run is refused in words, with every fault and its place', async () => {
    const faulty = SAMPLE.replace('publishGuard', 'publishGard').replace('points: 20', 'points: many');
    const draft = (await gateway.call('POST', '/v1/definitions', { json: { document: faulty } })).body.id;
    for (const after of [draft, { document: faulty }]) {
      const { status, body } = await start({ after, ...PERIOD });
      expect(status).toBe(422);
      const path = typeof after === 'string' ? 'after' : 'after.document';
      expect(body.errors).toHaveLength(2);
      expect(body.errors[0]).toEqual({
        path,
        message: expect.stringMatching(/^line 22, column 1: publishGard .*did you mean publishGuard\?\)$/),
      });
      expect(body.errors[1].message).toMatch(/^line \d+, column \d+: defaults\.scoring\.rules\[5\]\.points /);
      expect(body.faults.filter(({ severity }: { severity: string }) => severity === 'error')).toHaveLength(
        2,
      );
    }
    for (const [json, status, words] of [
      [{ ...PERIOD }, 422, 'after'],
      [{ after: 9 }, 404, 'There is no version 9'],
      [{ after: 'd_nobody' }, 404, 'There is no draft d_nobody'],
      [{ after: 'newest' }, 404, 'names no definition'],
      [{ after: 1, before: 'd_nobody' }, 404, 'd_nobody'],
      [{ after: 0 }, 422, 'after'],
      [{ after: { document: '' } }, 422, 'after.document'],
      [{ after: { document: 'x'.repeat(262_145) } }, 422, 'after.document'],
      [{ after: { document: 'format: 1', nme: 'x' } }, 422, 'nme'],
      [{ after: { document: ': : :' } }, 422, 'after.document'],
      [{ after: { document: 'a\u0000b' } }, 422, 'after.document'],
      [{ after: 1, from: 'yesterday' }, 422, 'from: is neither a date'],
      [{ after: 1, from: '2026-02-30' }, 422, 'from'],
      [{ after: 1, from: '2026-03-31', to: '2026-03-01' }, 422, 'from must lie before the end'],
      [{ after: 1, from: '2026-03-01T00:00:00Z', to: '2026-03-01T00:00:00Z' }, 422, 'from must lie before'],
      [{ after: 1, from: '2099-01-01' }, 422, 'in the future'],
      [{ after: 1, to: 'tomorrow' }, 422, 'to'],
      [{ after: 1, sources: [] }, 422, 'sources'],
      [{ after: 1, sources: ['webinr'] }, 422, 'did you mean webinar? They name'],
      [{ after: 1, sources: ['zzzzzzzzzzzz'] }, 422, 'names this source. They name'],
      [{ after: 1, source: 'webinar' }, 422, 'source'],
    ] as const) {
      const { status: told, body } = await start(json);
      expect({ json, told }).toEqual({ json, told: status });
      expect(JSON.stringify(body)).toContain(words);
    }
    expect((await gateway.call('GET', '/v1/backtests')).body.items).toEqual([]);
  });

  test('is started by marketing, sales, managers and admins, and read by all of them', async () => {
    const keys = {
      marketing: await gateway.key('marketing'),
      sales: await gateway.key('sales'),
      manager: await gateway.key('manager'),
    };
    for (const key of Object.values(keys)) expect((await start({ after: 1 }, key)).status).toBe(202);
    const reader = await gateway.key('read');
    expect((await start({ after: 1 }, reader)).status).toBe(403);
    expect((await start({ after: 1 }, await gateway.key('ingest'))).status).toBe(403);
    const listed = await gateway.call('GET', '/v1/backtests?limit=2', { key: reader });
    expect(listed.body.items).toHaveLength(2);
    const { nextCursor } = listed.body;
    const rest = await gateway.call('GET', `/v1/backtests?limit=2&cursor=${nextCursor}`, { key: reader });
    expect(rest.body).toMatchObject({ items: [{ createdBy: 'test' }], nextCursor: null });
    const { id } = rest.body.items[0];
    expect((await gateway.call('DELETE', `/v1/backtests/${id}`, { key: reader })).status).toBe(403);
    expect(
      (await gateway.call('GET', `/v1/backtests/${id}`, { key: await gateway.key('ingest') })).status,
    ).toBe(403);
    await eventually(async () =>
      (await gateway.call('GET', '/v1/backtests')).body.items.every(
        ({ state }: { state: string }) => state === 'done',
      ),
    );
  });
});

describe('several backtests', () => {
  const held = new HeldRuns();
  beforeEach(() => {
    held.begun.length = 0;
    return open(held.run);
  });

  test('run one at a time in the order in which they were asked for', async () => {
    const [first, second, third] = [
      (await start({ after: 1, ...PERIOD })).body.id,
      (await start({ after: 1, ...PERIOD })).body.id,
      (await start({ after: 1, ...PERIOD })).body.id,
    ];
    await eventually(() => held.begun.length === 1);
    await eventually(async () => (await show(first)).progress.leads === 1);
    expect(await show(first)).toMatchObject({
      state: 'running',
      progress: { leads: 1, leadsTotal: 4, events: 7, share: 0.25 },
    });
    expect(await show(third)).toMatchObject({ state: 'waiting', waitingBefore: 1, startedAt: null });
    const early = await gateway.call('GET', `/v1/backtests/${first}/examples`);
    expect(early).toMatchObject({ status: 409, body: { detail: expect.stringContaining('still running') } });
    held.begun[0]?.release();
    await until(first, 'done');
    await eventually(() => held.begun.length === 2);
    expect((await show(second)).state).toBe('running');
    held.begun[1]?.release();
    await eventually(() => held.begun.length === 3);
    held.begun[2]?.release();
    await until(third, 'done');
  });

  test('are cancelled while they run or wait', async () => {
    const running = (await start({ after: 1, ...PERIOD })).body.id;
    const waiting = (await start({ after: 1, ...PERIOD })).body.id;
    await eventually(() => held.begun.length === 1);
    for (const id of [waiting, running]) {
      expect((await gateway.call('DELETE', `/v1/backtests/${id}`)).body).toEqual({ id, did: 'cancelled' });
      expect(await show(id)).toMatchObject({ state: 'cancelled', result: null, error: null });
    }
    expect(held.begun[0]?.signal?.aborted).toBe(true);
    expect(held.begun).toHaveLength(1);
    const none = await gateway.call('GET', `/v1/backtests/${running}/examples`);
    expect(none).toMatchObject({ status: 409, body: { detail: expect.stringContaining('was cancelled') } });
    const next = (await start({ after: 1, ...PERIOD })).body.id;
    await eventually(() => held.begun.length === 2);
    held.begun[1]?.release();
    await until(next, 'done');
    expect((await show(running)).state).toBe('cancelled');
  });

  test('are cancelled by another gateway too, which the one that runs it sees with its next beat', async () => {
    const { id } = (await start({ after: 1, ...PERIOD })).body;
    await eventually(() => held.begun.length === 1);
    await service(held.run ?? runBacktest).remove(id);
    await eventually(() => held.begun[0]?.signal?.aborted === true);
    expect((await show(id)).state).toBe('cancelled');
  });

  test('wait up to twenty; one more is refused until some are done', async () => {
    for (let count = 0; count < 21; count += 1) expect((await start({ after: 1 })).status).toBe(202);
    await eventually(() => held.begun.length === 1);
    const refused = await start({ after: 1 });
    // The first one may have been taken up only after the last one was asked for.
    const { status, headers, body } = refused.status === 202 ? await start({ after: 1 }) : refused;
    expect({ status, code: body.code }).toEqual({ status: 429, code: 'rate_limited' });
    expect(body.detail).toMatch(/^20 backtests are waiting already\. Wait until some are done, or cancel/);
    expect(headers.get('retry-after')).toBe('30');
  });

  test('that went down in good order are taken up at the next start', async () => {
    const { id } = (await start({ after: 1, ...PERIOD })).body;
    await eventually(() => held.begun.length === 1);
    await current.stop();
    expect(await show(id)).toMatchObject({ state: 'waiting', progress: { share: 0 } });
    expect(held.begun[0]?.signal?.aborted).toBe(true);
    current = service(async (input) => runBacktest({ ...input, threads: 0 }));
    current.start();
    await until(id, 'done');
  });

  test('whose process died are taken up after a minute of silence, and given up at the second time', async () => {
    const { id } = (await start({ after: 1, ...PERIOD })).body;
    await eventually(() => held.begun.length === 1);
    const silentFor = (seconds: number) =>
      sql`update backtests set progress = progress || '{"runner": "dead"}',
        beat_at = clock_timestamp() - ${seconds}::int * interval '1 second' where id = ${id}`.execute(
        opened.db,
      );
    await silentFor(0);
    // It learns from its beat that it is no longer the one that runs it, and writes nothing more.
    await eventually(() => held.begun[0]?.signal?.aborted === true);
    await silentFor(50);
    const other = (await start({ after: 1, ...PERIOD })).body.id;
    await eventually(() => held.begun.length === 2);
    expect((await show(id)).state).toBe('running');
    held.begun[1]?.release();
    await until(other, 'done');
    await silentFor(70);
    current.start();
    await eventually(() => held.begun.length === 3);
    expect((await show(id)).state).toBe('running');
    await silentFor(70);
    await eventually(() => held.begun[2]?.signal?.aborted === true);
    await silentFor(70);
    service(held.run ?? runBacktest).start();
    const failed = await until(id, 'failed');
    expect(failed.error).toMatch(/^The process that ran it ended 2 times before it was done/);
    expect(held.begun).toHaveLength(3);
  });

  test('leave the newest 200 that have ended', async () => {
    await sql`insert into backtests (id, state, request, created_at)
      select 'b_old' || n, 'cancelled', '{}', now() - n * interval '1 hour' from generate_series(1, 203) n`.execute(
      opened.db,
    );
    const { id } = (await start({ after: 1, ...PERIOD })).body;
    await eventually(() => held.begun.length === 1);
    held.begun[0]?.release();
    await until(id, 'done');
    const count = async () =>
      (await sql<{ n: number }>`select count(*)::int as n from backtests`.execute(opened.db)).rows[0]?.n;
    await eventually(async () => (await count()) === 200);
    const { rows } = await sql<{
      id: string;
    }>`select id from backtests where id in ('b_old199', 'b_old200')`.execute(opened.db);
    expect(rows).toEqual([{ id: 'b_old199' }]);
  });
});

test('a run that ends by a fault says so without repeating what a library said', async () => {
  await open(async () => {
    throw new SyntaxError('Unexpected token in "kim@example.com"');
  });
  const { id } = (await start({ after: 1, ...PERIOD })).body;
  const failed = await until(id, 'failed');
  expect(failed.error).toMatch(/^It ended by a fault of Baton\./);
  expect(failed).toMatchObject({ result: null, summary: null });
  expect(faults).toHaveLength(1);
  const none = await gateway.call('GET', `/v1/backtests/${id}/examples`);
  expect(none).toMatchObject({ status: 409, body: { detail: expect.stringContaining('failed') } });
});
