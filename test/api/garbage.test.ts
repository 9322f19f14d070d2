import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGateway, type TestGateway } from '../support/gateway.js';
import { InProcessLeads } from '../support/in-process-leads.js';

const leads = new InProcessLeads();
let gateway: TestGateway;
let leadId = '';
beforeAll(async () => {
  gateway = await openGateway({ gateway: leads });
  leads.use(gateway.opened.db);
  const json = { id: 'g', type: 'demo.requested', lead: { email: 'kim@garbage.test' } };
  await gateway.call('POST', '/v1/events', { json });
  leadId = await leads.advanceByEmail('kim@garbage.test');
});
afterAll(() => gateway.close());

const READS = [
  '/v1/leads',
  '/v1/leads/{lead}',
  '/v1/leads/{lead}/timeline',
  '/v1/leads/{lead}/explanation',
  '/v1/leads/{lead}/effects',
  '/v1/leads/{lead}/sendable',
  '/v1/handoffs',
  '/v1/handoffs/{lead}/{number}',
  '/v1/outbox',
  '/v1/tasks',
  '/v1/commands/{lead}',
  '/v1/system',
];
const WRITES = [
  '/v1/leads',
  '/v1/leads/{lead}/handoffs',
  '/v1/leads/{lead}/judge',
  '/v1/leads/{lead}/corrections',
  '/v1/handoffs/{lead}/{number}/activities',
  '/v1/handoffs/{lead}/{number}/disposition',
  '/v1/handoffs/{lead}/{number}/reassign',
  '/v1/effects/{lead}/retry',
  '/v1/effects/retry',
  '/v1/sendable',
];
const IDS = [
  ['unknown', '1'],
  ['%00', '0'],
  ['%ff%fe', '-1'],
  ['%ED%A0%80', '1.5'],
  ["'%20or%201=1--", '9'.repeat(30)],
  ['..%2f..%2fetc', 'NaN'],
  ['a'.repeat(5_000), '1e309'],
  ['{}', '%00'],
];
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const CURSORS = [
  '',
  'x',
  '%00',
  encoded(null),
  encoded([]),
  encoded([1]),
  encoded([1, '\u0000']),
  encoded([1, '\ud800', 1]),
  encoded([1e300, 'a', 'createdAt']),
  encoded([-1, 'a', 'createdAt']),
  encoded([4e15, 'a', 'score']),
  encoded([9e15, 0, 0, 0]),
  encoded([-9e15, 1, 1, 0]),
  encoded([0, 2, '\u0000', 0]),
  encoded([0, 0, 9007199254740991, 0]),
  encoded([{ toString: 1 }, 'a', 1]),
];
const BODIES = [
  '',
  '{',
  'null',
  '[]',
  '"text"',
  '1e999',
  '{"kind":"call","at":1}',
  '{"kind":"note","text":"\\u0000"}',
  '{"disposition":"not_ready","followUpOn":"0000-00-00"}',
  '{"disposition":"not_ready","followUpOn":"9999-12-31"}',
  '{"rep":"\\ud800"}',
  '{"seq":1e30,"label":"human"}',
  '{"seq":-1,"label":"human","dryRun":"yes"}',
  '{"eventId":"\\u0000","label":"machine"}',
  '{"key":"\\u0000"}',
  '{"email":"a@b.test","traits":{"__proto__":{"x":1},"constructor":null}}',
  '{"emails":["a@b.test\\u0000"],"stream":"sales"}',
  '{"__proto__":{}}',
  `{"a":${'['.repeat(2_000)}${']'.repeat(2_000)}}`,
];

async function answers(method: string, path: string, options = {}): Promise<void> {
  const { status, headers } = await gateway.call(method, path, options);
  const asked = `${method} ${path.slice(0, 200)} ${JSON.stringify(options).slice(0, 200)}`;
  expect(`${status < 500} ${asked}`).toBe(`true ${asked}`);
  if (status >= 400) expect(headers.get('content-type')).toContain('application/problem+json');
}

const filled = (path: string, [id = '', number = '']: string[]) =>
  path.replace('{lead}', id).replace('{number}', number);

describe('no route answers 5xx', () => {
  it('for ids that name nothing', async () => {
    for (const ids of IDS) {
      for (const path of READS) await answers('GET', filled(path, ids));
      for (const path of WRITES) await answers('POST', filled(path, ids), { json: { kind: 'call' } });
    }
  });

  it('for cursors that were not handed out', async () => {
    for (const cursor of CURSORS) {
      for (const path of READS) {
        const at = filled(path, [leadId, '1']);
        await answers('GET', `${at}?cursor=${cursor}&stream=sales`);
        await answers('GET', `${at}?cursor=${cursor}&order=asc&sort=score`);
        await answers('GET', `${at}?cursor=${cursor}&sort=due`);
      }
    }
  });

  it('for filters that make no sense', async () => {
    const values = ['', '%00', '%ED%A0%80', '1e400', '-1', "'", '2026-99-99'];
    const names = [
      ...['limit', 'email', 'stage', 'source', 'owner', 'scoreMin', 'scoreMax', 'text', 'tag', 'sort'],
      ...['order', 'stream', 'rep', 'state', 'dueAfter', 'dueBefore', 'kind', 'lead', 'unknown'],
    ];
    for (const path of READS.filter((one) => !/system|commands|\{lead\}$/.test(one))) {
      for (const name of names) {
        for (const value of values) await answers('GET', `${filled(path, [leadId, '1'])}?${name}=${value}`);
      }
    }
  });

  it('for bodies that are none', async () => {
    for (const body of BODIES) {
      for (const path of WRITES) {
        const headers = { 'content-type': 'application/json' };
        await answers('POST', filled(path, [leadId, '1']), { body, headers });
      }
    }
    for (const path of WRITES) {
      await answers('POST', filled(path, [leadId, '1']));
      await answers('POST', filled(path, [leadId, '1']), {
        body: 'a=1',
        headers: { 'content-type': 'text/plain' },
      });
      await answers('POST', filled(path, [leadId, '1']), { json: {}, headers: { 'idempotency-key': '' } });
    }
  });
});
