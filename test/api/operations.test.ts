import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DefinitionBook } from '../../src/definition/versions.js';
import { playSample } from '../../src/main/sample.js';
import { SAMPLE_REPS } from '../../src/main/sample-story.js';
import { GroupCommit } from '../../src/store/group-commit.js';
import { openGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
/** Leads whose runs were ended, and what Temporal has to say to it. */
let ended: string[];
let fault: Error | null;

beforeEach(async () => {
  ended = [];
  fault = null;
  gateway = await openGateway({
    operations: {
      reconcile: async () => {
        if (fault) throw fault;
        return { checked: 3, redelivered: ['a'] };
      },
      endRuns: async (leadId) => {
        if (fault) throw fault;
        ended.push(leadId);
      },
    },
  });
});
afterEach(() => gateway.close());

async function withSample(): Promise<{ leads: number; real: string }> {
  const { db } = gateway.opened;
  const commit = new GroupCommit(db, { onCommitted: () => undefined });
  const { leads } = await playSample({ db, book: new DefinitionBook(db), commit });
  await commit.close();
  const event = { id: 'e1', type: 'page.viewed', lead: { email: 'kim@acme.test' }, properties: { url: '/' } };
  await gateway.call('POST', '/v1/events', { json: event });
  const row = await db.selectFrom('leads').select('id').where('sample', '=', false).executeTakeFirstOrThrow();
  return { leads, real: row.id };
}
const leadIds = async () =>
  (await gateway.opened.db.selectFrom('leads').select('id').execute()).map(({ id }) => id);

describe('DELETE /v1/sample', () => {
  it('removes the sample leads with their workflows, and the sample reps, and nothing else', async () => {
    const { leads, real } = await withSample();
    expect(leads).toBeGreaterThan(3);
    await gateway.call('POST', '/v1/reps', { json: { id: 'zoe', name: 'Zoe' } });
    expect(await gateway.call('DELETE', '/v1/sample')).toMatchObject({ status: 200, body: { leads } });
    expect(await leadIds()).toEqual([real]);
    expect(new Set(ended).size).toBe(leads);
    expect(ended).not.toContain(real);
    const { body } = await gateway.call('GET', '/v1/reps');
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual(['zoe']);
    expect(await gateway.call('DELETE', '/v1/sample')).toMatchObject({ status: 200, body: { leads: 0 } });
  });

  it('keeps a sample rep that a real lead belongs to', async () => {
    const { real } = await withSample();
    const { db } = gateway.opened;
    const handle = SAMPLE_REPS[0]!.handle;
    const rep = await db
      .selectFrom('reps')
      .select('id')
      .where('handle', '=', handle)
      .executeTakeFirstOrThrow();
    await db.updateTable('leads').set({ owner_rep_id: rep.id }).where('id', '=', real).execute();
    await gateway.call('DELETE', '/v1/sample');
    const { body } = await gateway.call('GET', '/v1/reps');
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual([handle]);
  });

  it('with Temporal away says so, and goes on from there when it is repeated', async () => {
    const { leads, real } = await withSample();
    fault = new Error('14 UNAVAILABLE: no connection to kim@acme.test');
    const refused = await gateway.call('DELETE', '/v1/sample');
    expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(refused.body.detail).not.toContain('kim@');
    expect(await leadIds()).toHaveLength(leads + 1);
    fault = null;
    expect((await gateway.call('DELETE', '/v1/sample')).body).toEqual({ leads });
    expect(await leadIds()).toEqual([real]);
  });
});

describe('POST /v1/system/reconcile', () => {
  it('answers what was found', async () => {
    const { status, body } = await gateway.call('POST', '/v1/system/reconcile', { json: {} });
    expect({ status, body }).toEqual({ status: 200, body: { checked: 3, redelivered: ['a'] } });
    expect((await gateway.call('POST', '/v1/system/reconcile')).status).toBe(200);
  });

  it('says that Temporal is away', async () => {
    fault = new Error('14 UNAVAILABLE');
    expect((await gateway.call('POST', '/v1/system/reconcile')).status).toBe(503);
  });
});

it('operations are for admins', async () => {
  const key = await gateway.key('manager', 'read', 'ingest', 'sales', 'marketing');
  expect((await gateway.call('DELETE', '/v1/sample', { key })).status).toBe(403);
  expect((await gateway.call('POST', '/v1/system/reconcile', { key })).status).toBe(403);
});

it('a gateway that knows no Temporal answers 503 and touches nothing', async () => {
  const alone = await openGateway();
  try {
    const { db } = alone.opened;
    await db
      .insertInto('leads')
      .values({ id: 'sample-lead', sample: true, created_at: new Date(), updated_at: new Date() })
      .execute();
    expect((await alone.call('DELETE', '/v1/sample')).status).toBe(503);
    expect((await alone.call('POST', '/v1/system/reconcile')).status).toBe(503);
    const lead = await db.selectFrom('leads').select('erased_at').executeTakeFirstOrThrow();
    expect(lead.erased_at).toBeNull();
  } finally {
    await alone.close();
  }
});
