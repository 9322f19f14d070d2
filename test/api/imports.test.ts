import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openGateway, type TestGateway } from '../support/gateway.js';
import { cold, demoLongAgo, type ImportedEvent, misfit, patient, ripe } from '../support/imported-leads.js';

const SETTLED_MS = 60_000;

let gateway: TestGateway;
beforeEach(async () => {
  // Imported clicks wait some seconds for their machine check; the tests look after that.
  gateway = await openGateway({ now: () => Date.now() + SETTLED_MS });
});
afterEach(() => gateway.close());

async function imported(...events: ImportedEvent[][]): Promise<string> {
  const made = await gateway.call('POST', '/v1/imports', { json: { name: 'spring list' } });
  const importId: string = made.body.id;
  const json = { backfill: true, importId, events: events.flat() };
  const sent = await gateway.call('POST', '/v1/events', { json });
  expect(sent.body).toMatchObject({ accepted: events.flat().length, rejected: [] });
  return importId;
}
const release = (id: string, confirm: unknown) =>
  gateway.call('POST', `/v1/imports/${id}/release`, { json: { confirm } });

describe('/v1/imports', () => {
  it('opens, shows with counts, and lists newest first in pages', async () => {
    const made = await gateway.call('POST', '/v1/imports', { json: { name: 'first' } });
    expect(made).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^imp_/),
        name: 'first',
        state: 'open',
        createdAt: expect.any(String),
      },
    });
    const second = await imported(ripe('kim@acme.test'), cold('lee@acme.test'));
    expect((await gateway.call('GET', `/v1/imports/${second}`)).body).toMatchObject({
      name: 'spring list',
      ...{ events: 5, leads: 2, judged: 0 },
    });
    const page = await gateway.call('GET', '/v1/imports?limit=1');
    expect(page.body.items).toMatchObject([{ id: second }]);
    const next = await gateway.call('GET', `/v1/imports?limit=1&cursor=${page.body.nextCursor}`);
    expect(next.body).toMatchObject({ items: [{ id: made.body.id }], nextCursor: null });
    expect((await gateway.call('GET', '/v1/imports/nope')).status).toBe(404);
    expect((await gateway.call('GET', '/v1/imports/nope/preview')).status).toBe(404);
    expect((await release('nope', 0)).status).toBe(404);
  });

  it('wants its scopes', async () => {
    const id = await imported(ripe('kim@acme.test'));
    const status = async (method: string, path: string, key: string, json?: unknown) =>
      (await gateway.call(method, path, { key, json })).status;
    const [ingest, read, manager] = await Promise.all([
      gateway.key('ingest'),
      gateway.key('read'),
      gateway.key('manager'),
    ]);
    expect(await status('POST', '/v1/imports', ingest, {})).toBe(201);
    expect(await status('POST', '/v1/imports', read, {})).toBe(403);
    expect(await status('GET', '/v1/imports', read)).toBe(200);
    expect(await status('GET', `/v1/imports/${id}/preview`, read)).toBe(200);
    expect(await status('GET', `/v1/imports/${id}/preview`, ingest)).toBe(403);
    expect(await status('POST', `/v1/imports/${id}/release`, ingest, { confirm: 1 })).toBe(403);
    expect(await status('POST', `/v1/imports/${id}/release`, manager, { confirm: 1 })).toBe(202);
  });
});

describe('the preview', () => {
  it('judges every lead for score and time, and never for an imported action', async () => {
    const id = await imported(
      ripe('kim@acme.test'),
      cold('lee@acme.test'),
      misfit('mia'),
      patient('noa@acme.test'),
      demoLongAgo('oda@acme.test'),
    );
    const { status, body } = await gateway.call('GET', `/v1/imports/${id}/preview`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ leads: 5, handoffs: 2, held: 1 },
      byTrigger: { score: 1, time: 1 },
      bySource: { webinar: 2 },
      freeCapacity: 0,
      examples: [
        { trigger: 'score', score: 45, threshold: 40 },
        { trigger: 'fallback', threshold: 40 },
      ],
      ...{ openLeads: 5, share: 0.4, publishGuard: 0.05, withinGuard: false },
    });
    for (const table of ['commands', 'journal', 'lead_status', 'handoffs'] as const)
      expect(await gateway.opened.db.selectFrom(table).selectAll().execute()).toEqual([]);
  });

  it('looks at the leads of this import only, and names an import that its events opened', async () => {
    await imported(ripe('kim@acme.test'));
    const json = { backfill: true, importId: 'my list/2', events: cold('lee@acme.test') };
    await gateway.call('POST', '/v1/events', { json });
    const { body } = await gateway.call('GET', '/v1/imports/my%20list%2F2/preview');
    expect(body).toMatchObject({ leads: 1, handoffs: 0, examples: [], byTrigger: {} });
  });

  it('adds up what the reps can take, and says null when one of them has no limit', async () => {
    const id = await imported(ripe('kim@acme.test'));
    const capacity = async () => (await gateway.call('GET', `/v1/imports/${id}/preview`)).body.freeCapacity;
    const rep = (one: Record<string, unknown>) =>
      gateway.call('POST', '/v1/reps', { json: { name: 'Rep', ...one } });
    await rep({ id: 'ana', capacity: 3 });
    await rep({ id: 'ben', capacity: 4 });
    await rep({ id: 'off', capacity: 9, active: false });
    await rep({ id: 'away', capacity: 9, absences: [{ from: '2000-01-01', to: '2099-12-31' }] });
    await rep({ id: 'boss', role: 'manager' });
    expect(await capacity()).toBe(7);
    await rep({ id: 'cid' });
    expect(await capacity()).toBeNull();
  });
});

describe('the release', () => {
  it('begins only with the number that was seen, once', async () => {
    const id = await imported(ripe('kim@acme.test'), ripe('lee@acme.test'), cold('mia@acme.test'));
    const refused = await release(id, 1);
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict', handoffs: 2, confirmed: 1 } });
    expect(refused.body.detail).toContain('hand off 2 leads');
    expect((await gateway.call('GET', `/v1/imports/${id}`)).body.state).toBe('open');
    expect(await release(id, 2)).toMatchObject({ status: 202, body: { id, state: 'releasing' } });
    expect(await release(id, 0)).toMatchObject({ status: 202, body: { state: 'releasing' } });
  });

  it('says when it is over', async () => {
    const id = await imported(cold('mia@acme.test'));
    await gateway.opened.db
      .updateTable('imports')
      .set({ state: 'released', released_at: '2026-05-04T03:02:01Z' })
      .execute();
    const refused = await release(id, 5);
    expect(refused.status).toBe(409);
    expect(refused.body.detail).toContain('2026-05-04');
  });

  it('wants a number', async () => {
    const id = await imported(cold('mia@acme.test'));
    expect(await release(id, 'all')).toMatchObject({ status: 422, body: { errors: [{ path: 'confirm' }] } });
    expect((await release(id, undefined)).status).toBe(422);
  });
});
