import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json } from '../../src/store/sql.js';
import { openGateway, type TestGateway } from '../support/gateway.js';
import { InProcessLeads } from '../support/in-process-leads.js';

const leads = new InProcessLeads();
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway({ gateway: leads });
  leads.use(gateway.opened.db);
  await gateway.call('POST', '/v1/reps', { json: { id: 'ana', name: 'Ana' } });
});
afterAll(() => gateway.close());

let counter = 0;
async function send(email: string, type: string, properties: Record<string, unknown> = {}): Promise<void> {
  const json = { id: `m${++counter}`, type, lead: { email }, properties };
  expect((await gateway.call('POST', '/v1/events', { json })).status).toBe(202);
}

/** Allowed or not, for marketing, newsletter and sales. */
async function allowed(email: string): Promise<boolean[]> {
  const answers: boolean[] = [];
  for (const stream of ['marketing', 'newsletter', 'sales']) {
    const { status, body } = await gateway.call('POST', '/v1/sendable', {
      json: { emails: [email], stream },
    });
    expect(status).toBe(200);
    expect(body.items).toEqual([{ email, stream, allowed: expect.any(Boolean), reason: expect.any(String) }]);
    answers.push(body.items[0].allowed);
  }
  return answers;
}

async function reason(email: string, stream = 'marketing'): Promise<string> {
  const { body } = await gateway.call('POST', '/v1/sendable', { json: { emails: [email], stream } });
  return body.items[0].reason;
}

async function setStage(email: string, stage: string): Promise<void> {
  const id = await leads.advanceByEmail(email);
  await gateway.opened.db.updateTable('lead_status').set({ stage }).where('lead_id', '=', id).execute();
}

describe('who may be mailed', () => {
  it('a lead in nurture may get everything, before any workflow has written it and after', async () => {
    await send('nurtured@send.test', 'lead.created');
    expect(await allowed('nurtured@send.test')).toEqual([true, true, true]);
    await leads.advanceByEmail('nurtured@send.test');
    expect(await allowed('nurtured@send.test')).toEqual([true, true, true]);
  });

  it('while sales has the lead, marketing is silent', async () => {
    await send('sales@one.test', 'demo.requested');
    const id = await leads.advanceByEmail('sales@one.test');
    expect(await allowed('sales@one.test')).toEqual([false, false, true]);
    expect(await reason('sales@one.test')).toBe('handoff 1 is open: sales has the lead');
    await gateway.call('POST', `/v1/handoffs/${id}/1/disposition`, { json: { disposition: 'no_response' } });
    expect(await allowed('sales@one.test')).toEqual([true, true, true]);
  });

  it('a handoff counts from its own row, whatever the status still says', async () => {
    await send('flight@send.test', 'lead.created');
    const id = await leads.advanceByEmail('flight@send.test');
    await gateway.opened.db
      .insertInto('handoffs')
      .values({
        ...{ lead_id: id, number: 1, state: 'awaiting', definition_number: 1, intent: 'high' },
        trigger: json({ kind: 'manual', id: 'manual', intent: 'warm', at: 0, alsoHeld: [] }),
        started_at: new Date(),
      })
      .execute();
    expect((await gateway.call('GET', `/v1/leads/${id}`)).body.stage).toBe('nurturing');
    expect(await allowed('flight@send.test')).toEqual([false, false, true]);
  });

  it.each([
    ['unqualified', [false, true, true]],
    ['converted', [false, false, true]],
    ['dormant', [false, false, true]],
  ])('%s: %j for marketing, newsletter and sales', async (stage, expected) => {
    await send(`${stage}@send.test`, 'lead.created');
    await setStage(`${stage}@send.test`, stage);
    expect(await allowed(`${stage}@send.test`)).toEqual(expected);
  });

  it.each([
    ['email.unsubscribed', { stream: 'marketing' }, [false, false, true]],
    ['email.unsubscribed', { stream: 'sales' }, [true, true, false]],
    ['email.unsubscribed', {}, [false, false, false]],
    ['email.complained', {}, [false, false, false]],
    ['email.bounced', { bounceType: 'hard' }, [false, false, false]],
    ['email.bounced', { bounceType: 'soft' }, [true, true, true]],
    ['customer.created', {}, [false, false, true]],
  ])('%s %j counts from the moment it is in the log: %j', async (type, properties, expected) => {
    const email = `optout${counter}@send.test`;
    await send(email, 'lead.created');
    await leads.advanceByEmail(email);
    await send(email, type, properties);
    expect(await allowed(email)).toEqual(expected);
    await leads.advanceByEmail(email);
    expect(await allowed(email)).toEqual(expected);
  });

  it('whoever subscribes again may be mailed once that is applied', async () => {
    await send('again@send.test', 'lead.created');
    await send('again@send.test', 'email.unsubscribed', { stream: 'all' });
    await leads.advanceByEmail('again@send.test');
    expect(await reason('again@send.test', 'newsletter')).toBe('wants no marketing mail (unsubscribed)');
    await send('again@send.test', 'email.resubscribed', { stream: 'marketing' });
    await leads.advanceByEmail('again@send.test');
    expect(await allowed('again@send.test')).toEqual([true, true, false]);
  });

  it('of an unknown address nothing is known against it', async () => {
    expect(await allowed('stranger@send.test')).toEqual([true, true, true]);
    expect(await reason('stranger@send.test')).toBe('not a lead of Baton: nothing is known against it');
  });
});

describe('POST /v1/sendable', () => {
  it('answers each address in order, however it is written', async () => {
    await send('order@send.test', 'email.unsubscribed');
    const emails = ['Stranger@send.test', ' ORDER@send.test', 'stranger@send.test'];
    const { body } = await gateway.call('POST', '/v1/sendable', { json: { emails, stream: 'newsletter' } });
    expect(body).toMatchObject({
      items: [
        { email: 'stranger@send.test', allowed: true },
        { email: 'order@send.test', allowed: false },
        { email: 'stranger@send.test', allowed: true },
      ],
      nextCursor: null,
    });
  });

  it('takes a thousand addresses', async () => {
    const emails = Array.from({ length: 1_000 }, (_, n) => `n${n}@send.test`);
    const { status, body } = await gateway.call('POST', '/v1/sendable', {
      json: { emails, stream: 'sales' },
    });
    expect({ status, count: body.items.length }).toEqual({ status: 200, count: 1_000 });
    const more = await gateway.call('POST', '/v1/sendable', {
      json: { emails: [...emails, 'one@more.test'], stream: 'sales' },
    });
    expect(more).toMatchObject({ status: 422, body: { errors: [{ path: 'emails' }] } });
  });

  it.each([
    [{ emails: [], stream: 'sales' }, 'emails'],
    [{ emails: ['a@b.test', 'nobody'], stream: 'sales' }, 'emails.1'],
    [{ emails: ['a@b.test'], stream: 'sms' }, 'stream'],
    [{ emails: ['a@b.test'] }, 'stream'],
  ])('refuses %j, naming the place', async (json, path) => {
    const refused = await gateway.call('POST', '/v1/sendable', { json });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ path }] } });
  });
});

describe('GET /v1/leads/{id}/sendable', () => {
  it('answers for one lead, and says when no address is known', async () => {
    const json = { id: 'anon', type: 'lead.created', lead: { userId: 'u-1' } };
    await gateway.call('POST', '/v1/events', { json });
    const { lead_id: id } = await gateway.opened.db
      .selectFrom('identities')
      .select('lead_id')
      .where('value', '=', 'u-1')
      .executeTakeFirstOrThrow();
    expect((await gateway.call('GET', `/v1/leads/${id}/sendable?stream=sales`)).body).toEqual({
      email: null,
      stream: 'sales',
      allowed: false,
      reason: 'no email address of this lead is known',
    });
    expect((await gateway.call('GET', `/v1/leads/${id}/sendable`)).status).toBe(422);
    expect((await gateway.call('GET', '/v1/leads/unknown/sendable?stream=sales')).status).toBe(404);
  });
});
