import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SecretBox } from '../../src/store/secret-box.js';
import { openGateway, type TestGateway } from '../support/gateway.js';

const box = () => new SecretBox(['ab'.repeat(32)]);
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway({ secrets: box(), publicUrl: 'https://baton.example.com' });
});
afterAll(() => gateway.close());

const KEY = 'mailgun-signing-key-1';
const made = (id: string, more: object = {}) =>
  gateway.call('POST', '/v1/connections', {
    json: { id, kind: 'mailgun', secrets: { signingKey: KEY }, ...more },
  });

describe('/v1/connections', () => {
  it('makes a connection, says the address for the platform, and never tells a secret', async () => {
    const answer = await made('mg-1', { title: 'Newsletter' });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      ...{ id: 'mg-1', kind: 'mailgun', title: 'Newsletter', active: true },
      webhookUrl: 'https://baton.example.com/v1/webhooks/mailgun/mg-1',
      settings: { toleranceSeconds: 300, stream: 'marketing' },
      secrets: { signingKey: { set: true, formerHoldsUntil: null } },
    });
    const told = [
      answer,
      await gateway.call('GET', '/v1/connections/mg-1'),
      await gateway.call('GET', '/v1/connections'),
      await gateway.call('POST', '/v1/connections/mg-1/test'),
      await gateway.call('PATCH', '/v1/connections/mg-1', { json: { secrets: { signingKey: `${KEY}0` } } }),
      await gateway.call('POST', '/v1/connections/mg-1/rotate', {
        json: { secrets: { signingKey: `${KEY}1` } },
      }),
    ];
    for (const { status } of told) expect(status).toBeLessThan(300);
    expect(JSON.stringify([told.map(({ body }) => body), gateway.logged])).not.toContain(KEY);
    expect((await made('mg-1')).status).toBe(409);
  });

  it('is for marketing and admins', async () => {
    const marketing = await gateway.key('marketing');
    const others = await gateway.key('ingest', 'read', 'sales', 'manager');
    expect((await gateway.call('GET', '/v1/connections', { key: marketing })).status).toBe(200);
    expect((await gateway.call('GET', '/v1/connections', { key: others })).status).toBe(403);
    expect((await gateway.call('DELETE', '/v1/connections/mg-1', { key: others })).status).toBe(403);
  });

  it('lists in pages, changes, and forgets', async () => {
    await made('page-a');
    await made('page-b');
    const first = await gateway.call('GET', '/v1/connections?limit=1');
    const second = await gateway.call('GET', `/v1/connections?limit=200&cursor=${first.body.nextCursor}`);
    expect([...first.body.items, ...second.body.items].map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining(['mg-1', 'page-a', 'page-b']),
    );
    const patched = await gateway.call('PATCH', '/v1/connections/page-a', {
      json: { title: 'Other', active: false, settings: { stream: 'all' } },
    });
    expect(patched.body).toMatchObject({ title: 'Other', active: false, settings: { stream: 'all' } });
    expect(patched.body.secrets).toHaveProperty('signingKey');
    const emptied = await gateway.call('PATCH', '/v1/connections/page-a', {
      json: { secrets: { signingKey: null } },
    });
    expect(emptied.body.secrets).toEqual({});
    expect((await gateway.call('DELETE', '/v1/connections/page-a')).status).toBe(204);
    expect((await gateway.call('DELETE', '/v1/connections/page-a')).status).toBe(404);
    expect((await gateway.call('GET', '/v1/connections/page-a')).status).toBe(404);
  });

  it.each([
    ['a kind nobody knows', { kind: 'carrier-pigeon' }, 'kind'],
    ['a handle with a space', { id: 'a b' }, 'id'],
    ['a secret of another platform', { secrets: { verificationKey: 'x' } }, 'secrets.verificationKey'],
    ['a secret by the name of a method', { secrets: { constructor: 'x' } }, 'secrets.constructor'],
    ['a secret that is too short', { secrets: { signingKey: 'short' } }, 'secrets.signingKey'],
    ['a setting that does not exist', { settings: { tolerance: 1 } }, 'settings'],
    ['a tolerance of a year', { settings: { toleranceSeconds: 31_536_000 } }, 'settings.toleranceSeconds'],
    ['a secret with a NUL', { secrets: { signingKey: `${KEY}\u0000` } }, 'secrets.signingKey'],
  ])('refuses %s, with its place', async (_name, more, path) => {
    const answer = await made('wrong', more);
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((fault: { path: string }) => fault.path)).toContain(path);
  });

  it.each([
    ['sendgrid', 'verificationKey', 'bm8ga2V5'],
    ['standard', 'signingSecret', 'whsec_!!!'],
    ['mailchimp', 'addressSecret', 'with a space and more than 24'],
  ])('refuses what cannot be the secret of %s', async (kind, name, value) => {
    const answer = await made('wrong', { kind, secrets: { [name]: value } });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: `secrets.${name}` }] } });
  });

  it('tells until when the value before a rotation holds', async () => {
    await made('rotated');
    const rotate = (value: string, graceSeconds: number) =>
      gateway.call('POST', '/v1/connections/rotated/rotate', {
        json: { secrets: { signingKey: value }, graceSeconds },
      });
    const { body } = await rotate(`${KEY}-b`, 3_600);
    const until = Date.parse(body.secrets.signingKey.formerHoldsUntil);
    expect(until).toBeGreaterThan(Date.now() + 3_500_000);
    expect((await rotate(`${KEY}-c`, 0)).body.secrets.signingKey).toEqual({
      set: true,
      formerHoldsUntil: null,
    });
    expect((await rotate('', 0)).status).toBe(422);
    const nothing = await gateway.call('POST', '/v1/connections/rotated/rotate', { json: { secrets: {} } });
    expect(nothing.status).toBe(422);
    const nobody = { json: { secrets: { signingKey: KEY } } };
    expect((await gateway.call('POST', '/v1/connections/nobody/rotate', nobody)).status).toBe(404);
  });
});

describe('a test of a connection', () => {
  it('says in words what works, and what cannot be known yet', async () => {
    await made('tested');
    const { body } = await gateway.call('POST', '/v1/connections/tested/test');
    expect(body.works).toBe(true);
    expect(body.checks).toEqual([
      { state: 'works', text: 'The secret signingKey is set and well-formed.' },
      { state: 'works', text: 'It is switched on.' },
      {
        state: 'works',
        text: 'The address for the platform is https://baton.example.com/v1/webhooks/mailgun/tested.',
      },
      { state: 'unknown', text: expect.stringContaining('let Mailgun send a test message') },
    ]);
  });

  it('names what is missing and the remedy', async () => {
    await made('bare', { secrets: {}, active: false });
    const { body } = await gateway.call('POST', '/v1/connections/bare/test');
    expect(body.works).toBe(false);
    const missing = body.checks.filter(({ state }: { state: string }) => state === 'missing');
    expect(missing.map(({ text }: { text: string }) => text)).toEqual([
      expect.stringContaining('set the secret signingKey (Settings > API security'),
      expect.stringContaining('switched off'),
    ]);
    expect((await gateway.call('POST', '/v1/connections/nobody/test')).status).toBe(404);
  });

  it('warns of an address that no platform can reach', async () => {
    const local = await openGateway({ secrets: box() });
    try {
      const json = { id: 'a', kind: 'mailgun', secrets: { signingKey: KEY } };
      await local.call('POST', '/v1/connections', { json });
      const { body } = await local.call('POST', '/v1/connections/a/test');
      expect(JSON.stringify(body.checks)).toContain('set BATON_PUBLIC_URL');
    } finally {
      await local.close();
    }
  });
});

describe('without the key that seals', () => {
  it('no secret is taken, and the remedy is told', async () => {
    const keyless = await openGateway();
    try {
      const json = { id: 'a', kind: 'mailgun', secrets: { signingKey: KEY } };
      const refused = await keyless.call('POST', '/v1/connections', { json });
      expect(refused).toMatchObject({
        status: 409,
        body: { detail: expect.stringContaining('BATON_SECRETS_KEY') },
      });
      expect((await keyless.call('POST', '/v1/connections', { json: { ...json, secrets: {} } })).status).toBe(
        201,
      );
      const rotated = await keyless.call('POST', '/v1/connections/a/rotate', {
        json: { secrets: json.secrets },
      });
      expect(rotated.status).toBe(409);
    } finally {
      await keyless.close();
    }
  });

  it('a webhook waits, and the connection says why', async () => {
    const other = new SecretBox(['cd'.repeat(32)]);
    const { connection, opened } = await sealedElsewhere(other);
    const answer = await opened.call('POST', `/v1/webhooks/mailgun/${connection}`, { json: {}, key: null });
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('60');
    const { body } = await opened.call('POST', `/v1/connections/${connection}/test`);
    expect(body.checks[0]).toMatchObject({
      state: 'missing',
      text: expect.stringContaining('BATON_SECRETS_KEY'),
    });
    expect((await opened.call('GET', `/v1/connections/${connection}`)).body.secretsReadable).toBe(false);
    const anew = { json: { secrets: { signingKey: `${KEY}-anew` } } };
    expect((await opened.call('POST', `/v1/connections/${connection}/rotate`, anew)).status).toBe(409);
    const patched = await opened.call('PATCH', `/v1/connections/${connection}`, anew);
    expect(patched).toMatchObject({ status: 200, body: { secretsReadable: true } });
  });
});

/** A connection whose secrets were sealed by a key that this gateway does not have. */
async function sealedElsewhere(other: SecretBox) {
  const { createConnection } = await import('../../src/store/connections.js');
  const draft = { id: 'elsewhere', kind: 'mailgun', title: 'x', settings: {}, active: true };
  await createConnection(gateway.opened.db, other, { ...draft, secrets: { signingKey: KEY } });
  return { connection: draft.id, opened: gateway };
}
