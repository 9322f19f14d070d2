/**
 * Production's shape: gateway and worker as processes of their own, on real PostgreSQL and a Temporal server that is not
 * theirs. The same commands and settings as in `docker-compose.yml`, which no machine without a container engine can run.
 */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, postgresAvailable, type TestDatabase } from '../support/postgres-server.js';
import { type Home, home, Product } from '../support/product.js';
import { localEnvironment } from '../support/temporal.js';

const ADMIN_KEY = 'an-admin-key-for-this-test-only';

describe.skipIf(!postgresAvailable())('gateway and worker apart, on PostgreSQL', () => {
  let at: Home;
  let database: TestDatabase;
  let temporal: TestWorkflowEnvironment;
  let api: Product;
  let worker: Product;

  const settings = () => ({
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporal.address,
    BATON_ADMIN_KEY: ADMIN_KEY,
  });
  const startApi = async () => {
    api = await Product.run(at, ['api'], settings(), 'Baton is up');
    api.given = ADMIN_KEY;
  };
  const startWorker = async () => {
    worker = await Product.run(at, ['worker'], settings(), 'worker running');
  };

  beforeAll(async () => {
    at = await home();
    database = await createTestDatabase();
    temporal = await localEnvironment();
    await startApi();
    await startWorker();
  }, 120_000);

  afterAll(async () => {
    await api?.kill();
    await worker?.kill();
    await temporal?.teardown();
    await database?.drop();
    at?.remove();
  });

  const demo = (id: string, email: string) =>
    api.call('POST', '/v1/events', {
      id,
      type: 'demo.requested',
      lead: { email },
      source: { name: 'webinar' },
    });

  const task = (email: string) =>
    api.eventually(async () => {
      const { body } = await api.call('GET', `/v1/leads?email=${encodeURIComponent(email)}`);
      const lead = body.items[0];
      if (!lead?.handoff) return null;
      const handoff = await api.call('GET', `/v1/handoffs/${lead.id}/1`);
      return handoff.status === 200 && handoff.body.task?.id ? handoff.body : null;
    });

  it('hand a lead off between them; with no rep at all it waits in the queue and the managers are told', async () => {
    expect((await demo('r1', 'ada@engines.test')).status).toBe(202);
    expect(await task('ada@engines.test')).toMatchObject({ state: 'awaiting', rep: null, routedBy: 'queue' });
  });

  it('take events while no worker runs, and do the work when one is back', async () => {
    expect(await worker.terminate()).toBe(0);
    expect((await demo('r2', 'blaise@pascaline.test')).status).toBe(202);
    await startWorker();
    expect(await task('blaise@pascaline.test')).toMatchObject({ trigger: { id: 'demo' } });
  });

  it('go on with what was accepted when the gateway was killed before it could deliver', async () => {
    expect((await demo('r3', 'charles@difference.test')).status).toBe(202);
    await api.kill();
    await startApi();
    expect(await task('charles@difference.test')).toMatchObject({ trigger: { id: 'demo' } });
  });

  it('end on a supervisor’s signal', async () => {
    expect(await api.terminate()).toBe(0);
    expect(await worker.terminate()).toBe(0);
  });
});
