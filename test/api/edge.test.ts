import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/api/app.js';
import { loggable } from '../../src/api/errors.js';
import { createApiKey } from '../../src/store/api-keys.js';
import { GroupCommit } from '../../src/store/group-commit.js';
import { openGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.close());

const event = { id: 'edge-1', type: 'lead.created', lead: { email: 'edge@example.com' } };

describe('every error is a problem', () => {
  it.each<[string, number, string, () => Parameters<TestGateway['call']>]>([
    ['no key', 401, 'unauthorized', () => ['GET', '/v1/keys', { key: null }]],
    [
      'a wrong key',
      401,
      'unauthorized',
      () => ['GET', '/v1/keys', { key: `baton_${'0'.repeat(12)}_${'x'.repeat(43)}` }],
    ],
    ['an unknown address', 404, 'unknown_address', () => ['GET', '/nothing/here']],
    ['an unknown address under /v1', 404, 'unknown_address', () => ['GET', '/v1/nothing']],
    ['another method', 405, 'method_not_allowed', () => ['DELETE', '/v1/events']],
    [
      'a missing content type',
      415,
      'unsupported_media_type',
      () => ['POST', '/v1/reps', { body: new TextEncoder().encode('{}') }],
    ],
    [
      'a form',
      415,
      'unsupported_media_type',
      () => ['POST', '/v1/events', { body: new URLSearchParams({ a: 'b' }) }],
    ],
    [
      'another charset',
      415,
      'unsupported_media_type',
      () => [
        'POST',
        '/v1/events',
        { json: event, headers: { 'content-type': 'application/json; charset=latin1' } },
      ],
    ],
    [
      'a compressed body',
      415,
      'unsupported_media_type',
      () => ['POST', '/v1/events', { json: event, headers: { 'content-encoding': 'gzip' } }],
    ],
    [
      'malformed JSON',
      400,
      'malformed_json',
      () => ['POST', '/v1/events', { body: '{\n "id": x}', headers: { 'content-type': 'application/json' } }],
    ],
    [
      'an empty body',
      400,
      'malformed_json',
      () => ['POST', '/v1/reps', { body: '', headers: { 'content-type': 'application/json' } }],
    ],
    [
      'bytes that are not UTF-8',
      400,
      'malformed_json',
      () => [
        'POST',
        '/v1/keys',
        { body: new Uint8Array([0x22, 0xff, 0x22]), headers: { 'content-type': 'application/json' } },
      ],
    ],
    [
      '10 MB',
      413,
      'body_too_large',
      () => ['POST', '/v1/events', { json: { ...event, properties: { x: 'x'.repeat(10_000_000) } } }],
    ],
    ['a wrong query', 422, 'invalid', () => ['GET', '/v1/keys?limit=1000']],
    ['a cursor of somewhere else', 422, 'invalid', () => ['GET', '/v1/keys?cursor=abc']],
  ])('%s', async (_, status, code, request) => {
    const answer = await gateway.call(...request());
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({
      type: `urn:baton:problem:${code}`,
      status,
      code,
      title: expect.any(String),
    });
    expect(answer.body.detail.length).toBeGreaterThan(10);
    expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
    expect(JSON.stringify(answer.body)).not.toMatch(/\bat .*\.(?:ts|js):\d/);
  });

  it('malformed JSON is told with its place, and quotes nothing', async () => {
    const answer = await gateway.call('POST', '/v1/events', {
      body: '{\n  "email": kim@example.com }',
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.body.detail).toBe('Not valid JSON at line 2, column 12: a value was expected.');
  });

  it('a body that grows past the limit without saying so is refused', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
    });
    for (const type of ['application/json', 'application/x-ndjson']) {
      sent = 0;
      const answer = await gateway.call('POST', '/v1/events', {
        body: type === 'application/json' ? endless : new Blob([new Uint8Array(3_000_000)]).stream(),
        headers: { 'content-type': type },
      });
      expect(answer.status).toBe(413);
      expect(sent).toBeLessThan(3_000_000);
    }
  });

  it('another method is told which ones there are', async () => {
    const answer = await gateway.call('DELETE', '/v1/reps/ana');
    expect(answer.headers.get('allow')).toBe('GET, HEAD, PATCH, PUT');
  });

  it('with the request id of the caller, if it is a sane one', async () => {
    const id = async (given: string) =>
      (await gateway.call('GET', '/nothing', { headers: { 'x-request-id': given } })).body.requestId;
    expect(await id('trace-42')).toBe('trace-42');
    expect(await id('kim@example.com')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await id('x'.repeat(65))).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('too many requests are told when to come back', async () => {
    const strict = await openGateway({ limits: { requestsPerKey: { points: 2, windowS: 60 } } });
    try {
      const statuses = [];
      for (let n = 0; n < 3; n += 1) statuses.push((await strict.call('GET', '/v1/keys')).status);
      expect(statuses).toEqual([200, 200, 429]);
      const refused = await strict.call('GET', '/v1/keys');
      expect(refused.body.code).toBe('rate_limited');
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
      expect((await strict.call('GET', '/v1/keys', { key: await strict.key('admin') })).status).toBe(200);
    } finally {
      await strict.close();
    }
  });
});

describe('when something is away', () => {
  it('the database: 503 with Retry-After, live but not ready, and never a 2xx', async () => {
    const doomed = await openGateway();
    await doomed.close();
    await doomed.opened.db.destroy();
    const answer = await doomed.call('POST', '/v1/events', { json: event });
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await doomed.call('GET', '/readyz')).body).toMatchObject({
      status: 'unavailable',
      checks: { database: 'down' },
    });
    expect((await doomed.call('GET', '/livez')).status).toBe(200);
  });

  it('Temporal: events are accepted, and readiness says degraded', async () => {
    const alone = await openGateway({
      gateway: { execute: async () => 'pending', reachable: async () => Promise.reject(new Error('away')) },
    });
    try {
      expect((await alone.call('POST', '/v1/events', { json: event })).status).toBe(202);
      expect(await alone.call('GET', '/readyz')).toMatchObject({
        status: 200,
        body: { status: 'degraded', checks: { database: 'up', temporal: 'down' } },
      });
    } finally {
      await alone.close();
    }
  });

  it('the courier: readiness says so', async () => {
    const { opened } = gateway;
    const app = createApp({
      db: opened.db,
      book: { current: () => Promise.reject(new Error('unused')) } as never,
      gateway: { execute: async () => 'pending', reachable: async () => true },
      nudge: { nudge: () => {} },
      log: pino({ level: 'silent' }),
      publicUrl: 'http://127.0.0.1',
      courier: () => 'stopped',
      commit: new GroupCommit(opened.db, { onCommitted: () => {} }),
    });
    const answer = await app.request('/readyz');
    expect(await answer.json()).toEqual({
      status: 'degraded',
      checks: { database: 'up', temporal: 'up', courier: 'stopped' },
    });
  });

  it('a fault of our own: 500 with nothing in it, and nothing personal in the log', async () => {
    const broken = await openGateway({
      book: { current: () => Promise.reject(new TypeError('no "Kim Lee" <kim@example.com>')) } as never,
    });
    try {
      const answer = await broken.call('POST', '/v1/events', { json: event });
      expect(answer).toMatchObject({ status: 500, body: { code: 'internal' } });
      expect(JSON.stringify(answer.body)).not.toContain('Kim');
      const line = broken.logged.find(({ fault }) => fault);
      expect(line).toMatchObject({ fault: { name: 'TypeError' }, requestId: answer.body.requestId });
      expect(JSON.stringify(broken.logged)).not.toMatch(/Kim|kim@/);
    } finally {
      await broken.close();
    }
  });

  it('what may be logged of an error quotes no values', () => {
    const { message } = loggable(new Error('Key (kind, value)=(email, kim@x.test) "Kim" \'Lee\' exists'));
    expect(message).toBe('Key … … … exists');
  });
});

describe('what is kept of a request', () => {
  it('a log line names the route and the key, and neither path nor query', async () => {
    await gateway.call('GET', '/v1/reps/kim@example.com?email=kim@example.com');
    await gateway.call('GET', '/kim@example.com');
    const lines = gateway.logged.filter(({ msg }) => msg === 'request').slice(-2);
    expect(lines).toMatchObject([
      { method: 'GET', route: '/v1/reps/:id', status: 404, key: expect.any(String) },
      { method: 'GET', route: 'unmatched', status: 404 },
    ]);
    expect(JSON.stringify(gateway.logged)).not.toContain('kim@');
  });

  it('metrics count by route, for Prometheus', async () => {
    await gateway.call('GET', '/v1/keys');
    const { body, headers } = await gateway.call('GET', '/metrics', { key: null });
    expect(headers.get('content-type')).toContain('text/plain');
    expect(body).toMatch(
      /baton_http_request_duration_seconds_count\{method="GET",route="\/v1\/keys",status="200"\} \d/,
    );
    expect(body).toContain('process_cpu_seconds_total');
  });

  it('answers carry headers that keep them from being run or framed', async () => {
    const { headers } = await gateway.call('GET', '/v1/keys');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

describe('the documentation', () => {
  it('is OpenAPI 3.1 with the errors of every route, and every reference leads somewhere', async () => {
    const { body, status } = await gateway.call('GET', '/openapi.json', { key: null });
    expect(status).toBe(200);
    expect(body.openapi).toBe('3.1.0');
    const operations = Object.entries<Record<string, { responses: object; security?: unknown }>>(body.paths)
      // The signature of a platform stands for a key there.
      .filter(([path]) => path.startsWith('/v1/') && !path.startsWith('/v1/webhooks/'))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
      );
    expect(operations.length).toBeGreaterThan(8);
    for (const { path, method, responses, security } of operations) {
      expect(Object.keys(responses), `${method} ${path}`).toEqual(
        expect.arrayContaining(['400', '401', '403', '413', '415', '422', '429', '503']),
      );
      expect(security, `${method} ${path}`).toEqual([{ bearer: [] }, { basic: [] }]);
    }
    for (const [reference] of JSON.stringify(body).matchAll(/#\/components\/schemas\/[\w.-]+/g)) {
      expect(body.components.schemas).toHaveProperty([reference.split('/').at(-1) ?? '']);
    }
    expect(JSON.stringify(body.components.schemas.Event)).toContain('demo.requested');
  });

  it('no route under /v1 lets a key in that has no scope', async () => {
    const { body } = await gateway.call('GET', '/openapi.json');
    const { key } = await createApiKey(gateway.opened.db, { name: 'powerless', scopes: [] });
    for (const [path, methods] of Object.entries<Record<string, unknown>>(body.paths)) {
      if (!path.startsWith('/v1/') || path.startsWith('/v1/webhooks/')) continue;
      for (const method of Object.keys(methods)) {
        const answer = await gateway.call(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x'), { key });
        expect(answer.status, `${method} ${path}`).toBe(403);
      }
    }
  });

  it('has a page that comes from Baton alone', async () => {
    const { body, headers } = await gateway.call('GET', '/docs', { key: null });
    expect(body).not.toMatch(/(?:src|href)="(?!\/docs\/)/);
    expect(headers.get('content-security-policy')).toContain("script-src 'self'");
    for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'start.js']) {
      expect(body).toContain(`/docs/${file}`);
      expect((await gateway.request('GET', `/docs/${file}`, { key: null })).status).toBe(200);
    }
  });
});

describe('whatever is sent', () => {
  const words = fc.constantFrom(
    'id',
    'type',
    'lead',
    'email',
    'events',
    'properties',
    'reps',
    'name',
    'scopes',
    '__proto__',
    'x\u0000',
  );
  const odd = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '\ud800',
      '\u0000',
      'demo.requested',
      'custom.x',
      'a@b.cd',
      '0000-01-01T00:00:00Z',
      '9999-12-31T23:59:59Z',
    ),
    fc.double(),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      odd,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(words, fc.string()), tie('tree'), { maxKeys: 5 }),
    ),
  }));
  const nearlyEvent = fc.record(
    {
      id: fc.oneof(fc.string({ unit: 'binary', maxLength: 250 }), odd),
      type: fc.constantFrom(
        'lead.created',
        'email.clicked',
        'page.viewed',
        'custom.a',
        'sales.activity',
        'sales.disposition',
      ),
      occurredAt: fc.oneof(
        fc.date({ noInvalidDate: true }).map((at) => at.toISOString()),
        odd,
      ),
      lead: fc.record(
        {
          email: fc.oneof(fc.emailAddress(), odd),
          userId: odd,
          anonymousId: fc.oneof(fc.string({ unit: 'binary' }), odd),
        },
        { requiredKeys: [] },
      ),
      source: fc.record({ name: odd, magnet: odd }, { requiredKeys: [] }),
      properties: fc.oneof(
        tree,
        fc.record({ traits: tree, kind: fc.constant('call'), url: odd }, { requiredKeys: [] }),
      ),
      importId: odd,
    },
    { requiredKeys: ['id', 'type', 'lead'] },
  );

  it('is never answered with a fault of ours', async () => {
    const paths = fc.constantFrom('/v1/events', '/v1/reps', '/v1/keys');
    await fc.assert(
      fc.asyncProperty(
        paths,
        fc.oneof(tree, nearlyEvent, fc.array(nearlyEvent, { maxLength: 3 })),
        async (path, json) => {
          const { status } = await gateway.call('POST', path, { json });
          expect(status).toBeLessThan(500);
        },
      ),
      { numRuns: 300 },
    );
  });
});
