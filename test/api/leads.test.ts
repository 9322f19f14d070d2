import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json } from '../../src/store/sql.js';
import { openGateway, type TestGateway } from '../support/gateway.js';
import { InProcessLeads } from '../support/in-process-leads.js';

const leads = new InProcessLeads();
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway({ gateway: leads });
  leads.use(gateway.opened.db);
  await gateway.call('POST', '/v1/reps', {
    json: {
      reps: [
        { id: 'ana', name: 'Ana Ruiz' },
        { id: 'mia', name: 'Mia', role: 'manager', weight: 0 },
      ],
    },
  });
});
afterAll(() => gateway.close());

let counter = 0;
async function send(email: string, ...events: { type: string; [part: string]: unknown }[]): Promise<void> {
  const sent = events.map((event) => ({ id: `e${++counter}`, lead: { email }, ...event }));
  const { status, body } = await gateway.call('POST', '/v1/events', { json: { events: sent } });
  expect({ status, rejected: body.rejected }).toEqual({ status: 202, rejected: [] });
}

describe('POST /v1/leads', () => {
  it('tells a key that may only send nothing about the lead, known or not', async () => {
    const key = await gateway.key('ingest');
    for (const name of ['Quinn', 'Quinn again']) {
      const answer = await gateway.call('POST', '/v1/leads', {
        key,
        json: { email: 'quinn@lean.test', name },
      });
      expect(answer).toMatchObject({ status: 202, body: { accepted: true } });
    }
  });

  it('makes a lead that is nurtured under the terms of its source', async () => {
    const draft = {
      email: ' Kim@Example.com',
      name: 'Kim Lee',
      company: 'Example Corp',
      companySize: '51-200',
      source: { name: 'webinar', magnet: 'Handoff webinar', channel: 'linkedin' },
    };
    const made = await gateway.call('POST', '/v1/leads', { json: draft });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      id: expect.any(String),
      email: 'kim@example.com',
      name: 'Kim Lee',
      company: 'Example Corp',
      source: { name: 'webinar', magnet: 'Handoff webinar', channel: 'linkedin' },
      stage: 'nurturing',
      track: 'initial',
      tags: [],
      score: { engagement: 0, fit: 0, threshold: 40, asOf: expect.any(String) },
      owner: null,
      handoff: null,
      next: null,
      suppressed: { marketing: false, sales: false, why: null },
      attention: [],
      createdAt: expect.any(String),
      lastEngagementAt: null,
    });
    expect(made.headers.get('location')).toBe(`/v1/leads/${made.body.id}`);
    expect(gateway.nudged).toContain(made.body.id);
    const { body: timeline } = await gateway.call('GET', `/v1/leads/${made.body.id}/timeline`);
    expect(timeline.items).toMatchObject([{ kind: 'event', text: 'Became a lead through webinar' }]);
  });

  it('brings a known lead up to date, by any spelling of its address', async () => {
    const updated = await gateway.call('POST', '/v1/leads', {
      json: { email: 'KIM@example.com', company: null, traits: { plan: 'pro' }, source: { name: 'partner' } },
    });
    expect(updated).toMatchObject({
      status: 200,
      body: { name: 'Kim Lee', company: null, source: { name: 'webinar' } },
    });
    const { body } = await gateway.call('GET', `/v1/leads/${updated.body.id}/timeline?order=desc&limit=1`);
    expect(body.items[0]).toMatchObject({
      text: 'Details updated: plan, company',
      data: { type: 'lead.updated' },
    });
  });

  it('takes a repetition under the same key for the same request, and no other request for it', async () => {
    const headers = { 'idempotency-key': 'crm-77' };
    const json = { email: 'once@example.com', name: 'Once' };
    expect((await gateway.call('POST', '/v1/leads', { json, headers })).status).toBe(201);
    const again = await gateway.call('POST', '/v1/leads', { json, headers });
    expect(again.status).toBe(200);
    const { body } = await gateway.call('GET', `/v1/leads/${again.body.id}/timeline`);
    expect(body.items).toHaveLength(1);
    const other = await gateway.call('POST', '/v1/leads', { json: { ...json, name: 'Twice' }, headers });
    expect(other).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });

  it.each([
    [{ name: 'Nobody' }, 'email'],
    [{ email: 'nobody' }, 'email'],
    [{ email: 'a@b.test', companySize: 'many' }, 'companySize'],
    [{ email: 'a@b.test', source: { name: 'a@b.test' } }, 'source.name'],
    [{ email: 'a@b.test', name: 'nul \u0000' }, 'name'],
    [{ email: 'a@b.test', nmae: 'typo' }, ''],
  ])('refuses %j, naming the place', async (draft, path) => {
    const refused = await gateway.call('POST', '/v1/leads', { json: draft });
    expect(refused).toMatchObject({ status: 422, body: { code: 'invalid', errors: [{ path }] } });
  });

  it('needs the scope ingest', async () => {
    const key = await gateway.key('read', 'sales');
    expect((await gateway.call('POST', '/v1/leads', { json: { email: 'a@b.test' }, key })).status).toBe(403);
  });
});

describe('GET /v1/leads', () => {
  const ids: string[] = [];
  beforeAll(async () => {
    // To the microsecond, as the database's clock has it: three of them share a millisecond.
    for (const [index, name] of ['Ada', 'Bob', 'Cy_', 'Dan'].entries()) {
      const id = `list-${name.toLowerCase().replace('_', '-')}`;
      ids.push(id);
      await gateway.opened.db
        .insertInto('leads')
        .values({
          id,
          email: `${name.toLowerCase()}@list.test`,
          name,
          source: 'listed',
          created_at: `2026-01-01T00:00:00.00012${index}Z`,
          updated_at: new Date(),
        })
        .execute();
      await gateway.opened.db
        .insertInto('lead_projection')
        .values({
          ...{ lead_id: id, seq: 1, period: 1, score: index * 10_000, threshold: 50_000 },
          score_as_of: new Date(),
          engagement: json({}),
        })
        .execute();
    }
  });

  async function pages(query: string): Promise<string[]> {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { status, body } = await gateway.call('GET', `/v1/leads?limit=1${query}${next}`);
      expect(status).toBe(200);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
    } while (cursor !== null && seen.length < 50);
    return seen;
  }

  it('lists the newest first, each once, however small the page', async () => {
    expect(await pages('&source=listed')).toEqual([...ids].reverse());
  });

  it('lists the highest score first', async () => {
    expect(await pages('&source=listed&sort=score')).toEqual([...ids].reverse());
    expect(await pages('&source=listed&scoreMin=10&scoreMax=20.0')).toEqual([ids[2], ids[1]]);
  });

  it('finds a lead by any address of it and by a part of its name', async () => {
    const { body } = await gateway.call('GET', '/v1/leads?email=KIM@example.com');
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual(['Kim Lee']);
    expect(await pages('&text=%40LIST.test')).toHaveLength(4);
    expect(await pages('&text=cy_&source=listed')).toEqual([ids[2]]);
    expect(await pages('&text=_&source=listed')).toEqual([ids[2]]);
    expect(await pages('&text=%25&source=listed')).toEqual([]);
  });

  it('lists by stage, owner, tag and what is due', async () => {
    await gateway.call('POST', '/v1/leads', { json: { email: 'due@list.test', name: 'Due' } });
    await send('due@list.test', { type: 'demo.requested' });
    const id = await leads.advanceByEmail('due@list.test');
    const { body } = await gateway.call('GET', '/v1/leads?stage=handed_off&owner=ana&sort=due');
    expect(body.items).toMatchObject([
      {
        id,
        stage: 'handed_off',
        track: null,
        owner: { id: 'ana', name: 'Ana Ruiz' },
        handoff: { number: 1, state: 'awaiting', trigger: 'demo', dueAt: expect.any(String) },
        next: { what: expect.any(String), at: expect.any(String) },
        lastEngagementAt: expect.any(String),
      },
    ]);
    expect(await pages('&sort=due')).toEqual([id]);
    expect(await pages('&stage=nurturing&source=listed')).toHaveLength(4);
    expect(await pages('&tag=future_handoff')).toEqual([]);
  });

  it.each([
    ['limit=0', 'query.limit'],
    ['limit=201', 'query.limit'],
    ['stage=lost', 'query.stage'],
    ['owner=nobody', 'query.owner'],
    ['scoreMin=much', 'query.scoreMin'],
    ['email=kim', 'query.email'],
    ['sort=name', 'query.sort'],
    ['cursor=abc', 'query.cursor'],
    [`cursor=${Buffer.from('["1","\\u0000"]').toString('base64url')}`, 'query.cursor'],
  ])('refuses ?%s, naming the place', async (query, path) => {
    const refused = await gateway.call('GET', `/v1/leads?${query}`);
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ path }] } });
  });

  it('refuses a cursor of a list in another order', async () => {
    const { body } = await gateway.call('GET', '/v1/leads?limit=1&sort=score');
    const refused = await gateway.call('GET', `/v1/leads?limit=1&cursor=${body.nextCursor}`);
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: 'query.cursor' }] } });
  });
});

describe('GET /v1/leads/{id}', () => {
  it('says where leads are found by address', async () => {
    expect(await gateway.call('GET', '/v1/leads/unknown')).toMatchObject({
      status: 404,
      body: { code: 'lead_not_found' },
    });
    const byAddress = await gateway.call('GET', '/v1/leads/kim@example.com');
    expect(byAddress.body.detail).toContain('/v1/leads?email=');
  });

  it('shows no lead that was erased', async () => {
    const made = await gateway.call('POST', '/v1/leads', { json: { email: 'gone@example.com' } });
    await gateway.opened.db
      .updateTable('leads')
      .set({ erased_at: new Date() })
      .where('id', '=', made.body.id)
      .execute();
    expect((await gateway.call('GET', `/v1/leads/${made.body.id}`)).status).toBe(404);
    expect((await gateway.call('GET', `/v1/leads/${made.body.id}/timeline`)).status).toBe(404);
  });
});
