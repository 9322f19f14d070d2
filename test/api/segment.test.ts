import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGateway, type TestGateway } from '../support/gateway.js';
import { storedEvents } from '../support/segment.js';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
let clock = NOW;
let gateway: TestGateway;
let key: string;
let ids = 0;
beforeAll(async () => {
  gateway = await openGateway({ now: () => clock });
  key = await gateway.key('ingest');
});
afterAll(() => gateway.close());

type Message = Record<string, unknown>;
const basic = (writeKey: string) => ({ authorization: `Basic ${btoa(`${writeKey}:`)}` });
const post = (path: string, json: unknown, headers: Record<string, string> = basic(key)) =>
  gateway.call('POST', path, { key: null, json, headers });
const message = (fields: Message = {}): Message => {
  ids += 1;
  return { messageId: `m-${ids}`, userId: `u-${ids}`, ...fields };
};
const stored = async (id: unknown) => (await storedEvents(gateway)).find((event) => event.event_id === id);
/** Sends one message and gives what became of it. */
const taken = async (call: string, fields: Message) => {
  const sent = message(fields);
  const { status, body } = await post(`/v1/${call}`, sent);
  expect(status, JSON.stringify(body)).toBe(200);
  return stored(sent.messageId);
};
const leadOf = async (email: string) => {
  const { body } = await gateway.call('GET', `/v1/leads?email=${encodeURIComponent(email)}`);
  return body.items[0];
};

const raw = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
  gateway.call('POST', '/v1/batch', { key: null, body, headers: { ...basic(key), ...headers } });

describe('addresses and keys', () => {
  it.each([
    ...['track', 'identify', 'page', 'screen', 'group', 'alias', 't', 'i', 'p', 's', 'g', 'a'].flatMap(
      (name) => [`/v1/${name}`, `/v1/segment/${name}`, `/v1/segment/v1/${name}`],
    ),
  ])('%s takes a message', async (path) => {
    const sent = message({ event: 'Signed In', previousId: 'p', properties: { url: 'https://acme.test/' } });
    const answer = await post(path, sent);
    expect(answer).toMatchObject({ status: 200, body: { success: true, accepted: 1, rejected: [] } });
    expect(await stored(sent.messageId)).toBeDefined();
  });

  it.each(['/v1/batch', '/v1/b', '/v1/segment/batch', '/beacon/v1/batch'])(
    '%s takes a batch',
    async (path) => {
      const batch = [
        message({ type: 'track', event: 'A' }),
        message({ type: 'page', properties: { path: '/' } }),
      ];
      expect(await post(path, { batch })).toMatchObject({ status: 200, body: { accepted: 2, rejected: [] } });
    },
  );

  it('the write key may stand in the body, in the first message, or in the address', async () => {
    const event = () => message({ type: 'track', event: 'A' });
    expect((await post('/v1/track', { ...event(), writeKey: key }, {})).status).toBe(200);
    expect((await post('/v1/batch', { batch: [event()], writeKey: key }, {})).status).toBe(200);
    expect((await post('/v1/batch', { batch: [{ ...event(), writeKey: key }] }, {})).status).toBe(200);
    expect((await post(`/beacon/v1/batch?writeKey=${key}`, { batch: [event()] }, {})).status).toBe(200);
    expect((await post('/v1/track', event(), { authorization: `Bearer ${key}` })).status).toBe(200);
  });

  it('without a key, or with a wrong one, 401; without the scope, 403; each with a message and nothing stored', async () => {
    const sent = message({ event: 'A' });
    const reader = await gateway.key('read');
    for (const [headers, body, status] of [
      [{}, sent, 401],
      [basic('nonsense'), sent, 401],
      [{}, { ...sent, writeKey: 'nonsense' }, 401],
      [basic(reader), sent, 403],
      [{}, { ...sent, writeKey: reader }, 403],
    ] as const) {
      const answer = await post('/v1/track', body, headers);
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject({ code: expect.any(String), message: expect.any(String) });
    }
    expect(await stored(sent.messageId)).toBeUndefined();
  });

  it('reports of how the browser library fares are taken and forgotten', async () => {
    const body = JSON.stringify({ series: [{ type: 'Counter', metric: 'analytics_js.invoke', value: 1 }] });
    expect((await gateway.call('POST', '/v1/m', { key: null, body })).status).toBe(200);
  });
});

describe('bodies', () => {
  const batch = () => JSON.stringify({ batch: [message({ type: 'track', event: 'A' })] });

  it('gzip, whatever the content type says', async () => {
    for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
      const answer = await raw(gzipSync(batch()), { 'content-encoding': 'gzip', 'content-type': type });
      expect(answer).toMatchObject({ status: 200, body: { accepted: 1 } });
    }
  });

  it('text/plain, as a beacon sends', async () => {
    expect(await raw(batch(), { 'content-type': 'text/plain;charset=UTF-8' })).toMatchObject({ status: 200 });
  });

  it('what can never be taken is 400', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(bomb.byteLength).toBeLessThan(500 * 1024);
    const gz = { 'content-encoding': 'gzip' };
    expect(await raw(bomb, gz)).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('500 KB') },
    });
    expect((await raw(Buffer.alloc(500 * 1024 + 1, 32), {})).status).toBe(400);
    expect((await raw('not gzip', gz)).status).toBe(400);
    expect((await raw(batch(), { 'content-encoding': 'br' })).status).toBe(400);
    for (const body of ['', '[]', '"x"', '{"batch":', '{"batch":{}}', '{}', new Uint8Array([0xff, 0xfe])]) {
      const answer = await raw(body, {});
      expect(answer.status, String(body)).toBe(400);
      expect(answer.body.message).toBe(answer.body.detail);
    }
    expect((await raw('['.repeat(400_000), {})).status).toBe(400);
    expect((await raw(`{"batch":[${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}]}`, {})).status).toBe(400);
  });

  it('a message above 32 KB is refused and loses no other; alone it is 400', async () => {
    const large = message({ type: 'track', event: 'A', properties: { text: 'x'.repeat(33_000) } });
    const good = message({ type: 'track', event: 'A' });
    expect((await post('/v1/batch', { batch: [large, good] })).body).toMatchObject({
      accepted: 1,
      rejected: [{ index: 0, id: large.messageId, code: 'too_large' }],
    });
    expect((await post('/v1/track', large)).status).toBe(400);
  });

  it('a bad message is told by its place and loses no other', async () => {
    const good = message({ type: 'identify', traits: { email: 'good@example.com' } });
    const { status, body } = await post('/v1/batch', {
      batch: [
        7,
        message({ type: 'nonsense' }),
        message({ type: 'track' }),
        good,
        message({ type: 'track', event: 'A\u0000' }),
        { type: 'track', event: 'A' },
      ],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ success: true, accepted: 1 });
    expect(body.rejected.map(({ index, code, path }: Message) => [index, code, path])).toEqual([
      [0, 'invalid_event', ''],
      [1, 'invalid_event', 'type'],
      [2, 'invalid_event', 'event'],
      [4, 'unsafe_text', 'event'],
      [5, 'missing_identifier', 'lead'],
    ]);
    expect(await stored(good.messageId)).toBeDefined();
  });
});

describe('whatever is sent', () => {
  it('a context of the batch that nobody can read is refused with each message', async () => {
    const context = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    const answer = await raw(
      `{"context":{"x":${context}},"batch":[{"type":"track","event":"A","userId":"u"}]}`,
      {},
    );
    expect(answer).toMatchObject({ status: 400, body: { rejected: [{ index: 0, code: 'unsafe_text' }] } });
  });

  it('is answered 200 or 400, with a word on every message', async () => {
    const odd = fc.oneof(
      fc.anything(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\ud800',
        '\u0000',
        'a@b.cd',
        'Email Bounced',
        'Signed Up',
        '9999-12-31T23:59:59Z',
        1e308,
        -1,
      ),
    );
    const names = [
      'userId',
      'anonymousId',
      'previousId',
      'event',
      'properties',
      'traits',
      'context',
      'timestamp',
      'sentAt',
      'messageId',
      'groupId',
      'name',
    ];
    const inner = [
      'email',
      'company',
      'url',
      'page',
      'traits',
      'campaign',
      'timezone',
      'employees',
      'address',
      'type',
      '__proto__',
    ];
    const part = fc.oneof(odd, fc.dictionary(fc.constantFrom(...inner), odd));
    const kinds = ['track', 'identify', 'page', 'screen', 'group', 'alias', 'x'];
    const one = fc
      .tuple(fc.constantFrom(...kinds), fc.dictionary(fc.constantFrom(...names), part))
      .map(([type, fields]) => ({ type, event: 'A', userId: 'u', ...fields }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(one, odd), { minLength: 1, maxLength: 8 }),
        part,
        async (batch, context) => {
          const body = JSON.stringify({ batch, context, sentAt: context }, (_, value) =>
            typeof value === 'bigint' ? 0 : value,
          );
          const answer = await raw(body, {});
          expect([200, 400], JSON.stringify(answer.body)).toContain(answer.status);
          const { accepted, duplicates, ignored = 0, rejected } = answer.body;
          expect(accepted + duplicates + ignored + rejected.length).toBe(batch.length);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('browsers', () => {
  const preflight = (path: string, at = gateway) =>
    at.request('OPTIONS', path, {
      key: null,
      headers: {
        origin: 'https://www.acme.test',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,anonymousid,content-type',
      },
    });

  it('may send from any page, without credentials, and read what went wrong', async () => {
    const { status, headers } = await preflight('/v1/track');
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-headers')).toContain('anonymousid');
    expect(headers.has('access-control-allow-credentials')).toBe(false);
    const refused = await post('/v1/t', {}, { origin: 'https://www.acme.test' });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('may use no other address', async () => {
    const { status, headers } = await preflight('/v1/events');
    expect(status).toBe(401);
    expect(headers.has('access-control-allow-origin')).toBe(false);
  });

  it('may send from the configured origins only, when there are some', async () => {
    const origins = ['https://www.acme.test'];
    const strict = await openGateway({
      segment: { map: { events: new Map(), sources: new Map(), traits: {} }, origins },
    });
    try {
      expect((await preflight('/v1/p', strict)).headers.get('access-control-allow-origin')).toBe(origins[0]);
      const other = await strict.request('OPTIONS', '/v1/p', {
        key: null,
        headers: { origin: 'https://evil.test' },
      });
      expect(other.headers.has('access-control-allow-origin')).toBe(false);
    } finally {
      await strict.close();
    }
  });
});

describe('time and repetition', () => {
  it('takes a wrong clock of the sender out', async () => {
    const sent = { timestamp: '2031-01-01T10:00:00.000Z', sentAt: '2031-01-01T10:00:30.000Z', event: 'A' };
    expect((await taken('track', sent))?.occurred_at).toEqual(new Date(NOW - 30_000));
    const rudder = {
      originalTimestamp: '2020-05-05T05:05:05.000+02:00',
      sentAt: '2020-05-05T05:06:05.000+02:00',
      event: 'A',
    };
    expect((await taken('track', rudder))?.occurred_at).toEqual(new Date(NOW - 60_000));
  });

  it('the time of the batch corrects its messages', async () => {
    const sent = message({ type: 'track', event: 'A', timestamp: '2031-01-01T10:00:00Z' });
    await post('/v1/batch', { batch: [sent], sentAt: '2031-01-01T10:01:00Z' });
    expect((await stored(sent.messageId))?.occurred_at).toEqual(new Date(NOW - 60_000));
  });

  it('never says that something is still to happen, and takes the receipt where no time can be read', async () => {
    for (const timestamp of [
      undefined,
      'yesterday',
      {},
      '2040-01-01T00:00:00Z',
      '+275760-09-13T00:00:00.000Z',
      -1e300,
      '0001-01-01T00:00:00Z',
    ]) {
      const event = await taken('track', { event: 'A', timestamp });
      expect(event?.occurred_at, String(timestamp)).toEqual(new Date(NOW));
    }
  });

  it('a repetition counts once, though every attempt is corrected to another time', async () => {
    const sent = message({ event: 'A', timestamp: '2026-11-20T11:00:00Z', sentAt: '2026-11-20T11:00:01Z' });
    expect((await post('/v1/track', sent)).body).toMatchObject({ accepted: 1, duplicates: 0 });
    clock += 61_000;
    const again = await post('/v1/track', { ...sent, _metadata: { retryCount: 2 } });
    expect(again).toMatchObject({ status: 200, body: { accepted: 0, duplicates: 1, rejected: [] } });
    clock = NOW;
  });

  it('without a messageId the same message is known by what it says', async () => {
    const sent = { type: 'track', event: 'No Id', userId: 'u-no-id', timestamp: '2026-11-20T11:00:00Z' };
    const at = (sentAt: string, fields: Message = {}) =>
      post('/v1/batch', { batch: [{ ...sent, ...fields }], sentAt });
    expect((await at('2026-11-20T11:00:01Z')).body.accepted).toBe(1);
    expect((await at('2026-11-20T11:30:01Z')).body).toMatchObject({ accepted: 0, duplicates: 1 });
    expect((await at('2026-11-20T11:30:01Z', { event: 'Other' })).body.accepted).toBe(1);
    const timeless = { event: 'Timeless', userId: 'u-no-id' };
    expect((await post('/v1/track', timeless)).body.accepted).toBe(1);
    expect((await post('/v1/track', timeless)).body.duplicates).toBe(1);
    clock += 60_000;
    expect((await post('/v1/track', timeless)).body.accepted).toBe(1);
    clock = NOW;
  });
});

describe('too much, or not now', () => {
  it('429 says how long to wait', async () => {
    const busy = await openGateway({ limits: { requestsPerKey: { points: 1, windowS: 60 } } });
    try {
      const send = () => busy.call('POST', '/v1/track', { json: { event: 'A', userId: 'u' } });
      expect((await send()).status).toBe(200);
      const { status, headers, body } = await send();
      expect(status).toBe(429);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(body).toMatchObject({ code: 'rate_limited', message: expect.any(String) });
    } finally {
      await busy.close();
    }
  });

  it('a database that is away is 503, so that the library tries again', async () => {
    const lost = await openGateway();
    await lost.opened.close();
    const { status, headers } = await lost.call('POST', '/v1/track', { json: { event: 'A', userId: 'u' } });
    expect(status).toBe(503);
    expect(headers.has('retry-after')).toBe(true);
  });
});

describe('who it is about', () => {
  it('identify makes a lead of an address, with its traits', async () => {
    await taken('identify', {
      userId: 'kim-1',
      anonymousId: 'a-kim',
      traits: {
        email: ' Kim@Example.com ',
        firstName: 'Kim',
        lastName: 'Lee',
        phone: 4930123,
        plan: 'pro',
        address: { country: 'DE', city: 'Berlin' },
        company: { name: 'Acme', employee_count: '1,200', industry: 'Steel' },
      },
      context: { timezone: 'Europe/Berlin', campaign: { source: 'linkedin', name: 'Spring' } },
    });
    expect(await leadOf('kim@example.com')).toMatchObject({
      name: 'Kim Lee',
      company: 'Acme',
      source: { name: null, magnet: 'Spring', channel: 'linkedin' },
    });
    const row = await gateway.opened.db
      .selectFrom('leads')
      .selectAll()
      .where('email', '=', 'kim@example.com')
      .executeTakeFirst();
    expect(row).toMatchObject({
      phone: '4930123',
      country: 'DE',
      company_size: 1200,
      time_zone: 'Europe/Berlin',
    });
    expect(row?.traits).toMatchObject({ plan: 'pro', companyDetails: { industry: 'Steel' } });
  });

  it('group says something about the company, never about the name or the address of the lead', async () => {
    await taken('identify', { userId: 'gr-1', traits: { email: 'gr@example.com', name: 'Greta' } });
    await taken('group', {
      userId: 'gr-1',
      groupId: 'g-9',
      traits: { name: 'Initech', employees: 329, email: 'hello@initech.test', address: { country: 'US' } },
    });
    expect(await leadOf('gr@example.com')).toMatchObject({ name: 'Greta', company: 'Initech' });
    expect(await leadOf('hello@initech.test')).toBeUndefined();
  });

  it('what a trait cannot hold is kept beside it and refuses nothing', async () => {
    await taken('identify', {
      traits: { email: 'odd@example.com', companySize: 'many', name: { first: 'O' }, company: 'Acme' },
    });
    const row = await gateway.opened.db
      .selectFrom('leads')
      .selectAll()
      .where('email', '=', 'odd@example.com')
      .executeTakeFirst();
    expect(row).toMatchObject({ company: 'Acme', company_size: null, name: null });
    expect(row?.traits).toMatchObject({ companySizeAsSent: 'many', nameAsSent: { first: 'O' } });
  });

  it('what a visitor did before is theirs once they are known', async () => {
    const before = await taken('page', {
      userId: null,
      anonymousId: 'a-77',
      properties: { url: 'https://acme.test/pricing' },
    });
    expect(before?.lead_id).toBeNull();
    await taken('identify', { userId: 'u-77', anonymousId: 'a-77', traits: { email: 'v77@example.com' } });
    const lead = await leadOf('v77@example.com');
    expect((await stored(before?.event_id))?.lead_id).toBe(lead.id);
  });

  it('a user id that is an address is one', async () => {
    await taken('track', { userId: 'Uid@Example.com', event: 'A' });
    expect(await leadOf('uid@example.com')).toBeDefined();
  });

  it('"undefined" and its like are nobody', async () => {
    for (const nobody of ['undefined', 'null', '0', 'anonymous', '[object Object]', '', ' ', false]) {
      const { status, body } = await post(
        '/v1/track',
        message({ event: 'A', userId: nobody, anonymousId: nobody }),
      );
      expect(status, String(nobody)).toBe(400);
      expect(body.rejected[0].code).toBe('missing_identifier');
    }
  });

  it("the address of somebody else in an event's properties makes nobody of them", async () => {
    await taken('track', {
      userId: 'host-1',
      event: 'Colleague Invited',
      properties: { email: 'guest@example.com' },
    });
    expect(await leadOf('guest@example.com')).toBeUndefined();
    await taken('track', {
      userId: 'form-1',
      event: 'Form Submitted',
      properties: { email: 'form@example.com' },
    });
    expect(await leadOf('form@example.com')).toBeDefined();
  });

  it('alias: a visitor, or a former user id, is the user from now on', async () => {
    await taken('track', { userId: null, anonymousId: 'al-anon', event: 'Before' });
    await taken('identify', { userId: 'al-1', traits: { email: 'al@example.com' } });
    await taken('alias', { userId: 'al-1', previousId: 'al-anon' });
    const { id } = await leadOf('al@example.com');
    expect((await taken('track', { userId: null, anonymousId: 'al-anon', event: 'After' }))?.lead_id).toBe(
      id,
    );
    await taken('alias', { userId: 'al-2', previousId: 'al-1' });
    expect((await taken('track', { userId: 'al-2', event: 'As the new one' }))?.lead_id).toBe(id);
  });

  it('alias knows what the same batch has said', async () => {
    const batch = [
      message({ type: 'identify', userId: 'ba-1', traits: { email: 'ba@example.com' } }),
      message({ type: 'alias', previousId: 'ba-1', userId: 'ba-2' }),
      message({ type: 'track', userId: 'ba-2', event: 'A' }),
    ];
    await post('/v1/batch', { batch });
    expect((await stored(batch[2]?.messageId))?.lead_id).toBe((await leadOf('ba@example.com')).id);
  });

  it('neither a shared computer nor an alias merges two known people', async () => {
    await taken('identify', { userId: 'ann', anonymousId: 'shared', traits: { email: 'ann@example.com' } });
    await taken('identify', { userId: 'bob', anonymousId: 'shared', traits: { email: 'bob@example.com' } });
    await taken('alias', { userId: 'bob', previousId: 'ann' });
    const [ann, bob] = [await leadOf('ann@example.com'), await leadOf('bob@example.com')];
    expect(ann.id).not.toBe(bob.id);
    expect((await taken('track', { userId: 'ann', event: 'A' }))?.lead_id).toBe(ann.id);
    expect((await taken('track', { userId: 'bob', anonymousId: 'shared', event: 'A' }))?.lead_id).toBe(
      bob.id,
    );
  });
});

describe('what it means', () => {
  it.each([
    ['Email Delivered', { email_id: 'w1' }, 'email.delivered', { emailId: 'w1' }],
    ['Email Opened', { campaign_id: 12 }, 'email.opened', { emailId: 12 }],
    [
      'Email Link Clicked',
      { email_id: 'w1', link_url: 'https://acme.test/x' },
      'email.clicked',
      { url: 'https://acme.test/x' },
    ],
    ['email_bounced', { bounce_type: 'Permanent' }, 'email.bounced', { bounceType: 'hard' }],
    ['Email Marked as Spam', {}, 'email.complained', {}],
    ['Unsubscribed', {}, 'email.unsubscribed', {}],
    ['Trial Started', { trial_plan_name: 'Team' }, 'trial.started', { product: 'Team' }],
    ['Product Viewed', { url: 'https://acme.test/p/1' }, 'page.viewed', { url: 'https://acme.test/p/1' }],
    ['Product Viewed', { product_id: '1' }, 'custom.product_viewed', { event: 'Product Viewed' }],
    [
      'Form Submitted',
      { form_name: 'contact', product: 'Baton' },
      'form.submitted',
      { form: 'contact', product: 'Baton' },
    ],
    ['Demo Requested', { message: 'please' }, 'demo.requested', { message: 'please' }],
    ['Demo Booked', { start_time: 'soon' }, 'meeting.booked', { start_time: 'soon' }],
    ['Whitepaper Downloaded', { title: 'Guide' }, 'content.downloaded', { resource: 'Guide' }],
    ['webinar.attended', { resource: 'w' }, 'webinar.attended', { resource: 'w' }],
    ['Élan Café!', {}, 'custom.elan_cafe', { event: 'Élan Café!' }],
    ['2FA Enabled', {}, 'custom.n_2fa_enabled', {}],
    ['sales.disposition', { disposition: 'converted' }, 'custom.sales_disposition', {}],
    ['Order Completed', { url: 7 }, 'custom.order_completed', { urlAsSent: 7 }],
  ])('%s %j is %s', async (event, properties, type, wanted) => {
    const found = await taken('track', { event, properties });
    expect(found?.type).toBe(type);
    expect(found?.body.properties).toMatchObject(wanted);
  });

  it('Signed Up makes a lead, with traits from its properties', async () => {
    await taken('track', {
      event: 'Signed Up',
      properties: { email: 'su@example.com', first_name: 'Su', last_name: 'Li', type: 'organic' },
    });
    expect(await leadOf('su@example.com')).toMatchObject({ name: 'Su Li' });
  });

  it('a name that may be about somebody is not spelled out in the type', async () => {
    for (const event of ['kim@example.com clicked', 'Called +49 30 1234567', '購入']) {
      expect((await taken('track', { event }))?.type).toMatch(/^custom\.event_[0-9a-f]{8}$/);
    }
    const long = ['a', 'b'].map((end) => `A very long name of an event that goes on and on ${end}`);
    const types = await Promise.all(long.map(async (event) => (await taken('track', { event }))?.type));
    expect(new Set(types).size).toBe(2);
  });

  it('page is a page view, with the address that the browser says', async () => {
    const context = {
      page: { url: 'https://acme.test/pricing?x=1', path: '/pricing', title: 'Pricing' },
      userAgent: 'UA',
      ip: '10.0.0.1',
    };
    const found = await taken('page', { name: 'Prices', context });
    expect(found).toMatchObject({
      type: 'page.viewed',
      body: { context: { userAgent: 'UA', ip: '10.0.0.1' } },
    });
    expect(found?.body.properties).toMatchObject({
      url: 'https://acme.test/pricing?x=1',
      path: '/pricing',
      title: 'Pricing',
      name: 'Prices',
    });
    expect((await taken('page', { name: 'Nowhere' }))?.type).toBe('custom.page_viewed');
    expect((await taken('screen', { name: 'Home' }))?.type).toBe('custom.screen_viewed');
  });
});
