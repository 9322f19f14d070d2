import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DefinitionBook } from '../../src/definition/versions.js';
import { proveLead } from '../../src/insight/proof.js';
import { numberPending } from '../../src/store/stream-log.js';
import { openGateway, type TestGateway } from '../support/gateway.js';
import { InProcessLeads } from '../support/in-process-leads.js';

const DAY = 86_400_000;
const leads = new InProcessLeads();
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway({ gateway: leads, now: () => Date.now() + 60_000 });
  leads.use(gateway.opened.db);
  await gateway.call('POST', '/v1/reps', { json: { id: 'ana', name: 'Ana' } });
});
afterAll(() => gateway.close());

let counter = 0;
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
async function send(email: string, ...events: { type: string; [part: string]: unknown }[]): Promise<void> {
  const sent = events.map((event) => ({ id: `p${++counter}`, lead: { email }, ...event }));
  const { body } = await gateway.call('POST', '/v1/events', { json: { events: sent } });
  expect(body.rejected).toEqual([]);
}
const proof = async (leadId: string) =>
  proveLead(gateway.opened.db, new DefinitionBook(gateway.opened.db), leadId, Date.now() + 2 * 60_000);

describe('a recorded life run again', () => {
  test('makes every decision again, with its trigger, instant and score', async () => {
    await send(
      'kim@proof.test',
      {
        type: 'lead.created',
        occurredAt: ago(9 * DAY),
        source: { name: 'webinar' },
        properties: { traits: { country: 'US', companySize: '51-200' } },
      },
      { type: 'email.opened', occurredAt: ago(7 * DAY), properties: { emailId: 'n3' } },
      { type: 'content.downloaded', occurredAt: ago(6 * DAY), properties: { resource: 'pricing-guide' } },
      { type: 'webinar.attended', occurredAt: ago(DAY) },
    );
    const id = await leads.advanceByEmail('kim@proof.test');
    await send('kim@proof.test', { type: 'demo.requested' });
    await leads.advance(id);
    await gateway.call('POST', `/v1/handoffs/${id}/1/activities`, { json: { kind: 'call' } });
    await gateway.call('POST', `/v1/handoffs/${id}/1/disposition`, { json: { disposition: 'not_ready' } });
    await leads.advance(id, Date.now() + 200 * DAY);
    const proven = await proof(id);
    expect(proven?.differences).toEqual([]);
    expect(proven?.entries).toBeGreaterThan(15);
    expect(proven?.events).toBe(7);
  });

  test('shows what was tampered with: a decision that the record does not bear out', async () => {
    await send('lee@proof.test', { type: 'demo.requested' });
    const id = await leads.advanceByEmail('lee@proof.test', Date.now() + DAY);
    await sql`update journal set decisions = jsonb_set(decisions, '{0,score}', '99000')
      where lead_id = ${id} and n = 1`.execute(gateway.opened.db);
    const proven = await proof(id);
    expect(proven?.differences).toMatchObject([
      {
        entry: 1,
        recorded: [{ kind: 'handoff', score: 99_000 }, {}, {}, {}],
        now: [{ kind: 'handoff', score: 0 }, {}, {}, {}],
      },
    ]);
  });

  test('shows a handoff that should have been and was not, with or without a journal', async () => {
    const { db } = gateway.opened;
    await send('mo@proof.test', { type: 'page.viewed', properties: { url: 'https://a.test/x' } });
    const id = await leads.advanceByEmail('mo@proof.test');
    await db.deleteFrom('journal').where('lead_id', '=', id).execute();
    await db
      .updateTable('lead_stream')
      .set({ status: 'open', sent_seq: 1 })
      .where('lead_id', '=', id)
      .execute();
    expect(await proof(id)).toMatchObject({ events: 1, entries: 0, differences: [] });
    await send('mo@proof.test', { type: 'demo.requested' });
    await db.transaction().execute((trx) => numberPending(trx, [id], 10));
    expect(await proof(id)).toMatchObject({ events: 1, differences: [] });
    await db.updateTable('lead_stream').set({ sent_seq: 2 }).where('lead_id', '=', id).execute();
    const proven = await proof(id);
    expect(proven?.events).toBe(2);
    expect(proven?.differences[0]).toMatchObject({ entry: null, afterSeq: 2, recorded: [] });
    expect(proven?.differences[0]?.now[0]).toMatchObject({ kind: 'handoff', trigger: { id: 'demo' } });
  });

  test('of nobody is none', async () => {
    expect(await proof('nobody')).toBeNull();
  });
});
