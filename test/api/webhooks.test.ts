import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VECTORS } from './webhook-vectors.js';
import { openWebhookWorld, type WebhookWorld } from './webhook-world.js';

let world: WebhookWorld;
beforeAll(async () => {
  world = await openWebhookWorld();
});
afterAll(() => world.close());

describe.each(VECTORS)('a webhook of $kind', (vector) => {
  const { kind } = vector;
  const now = () => world.clock.nowMs;

  it('is verified, translated and stored, and the lead is told to the courier', async () => {
    const { id, secret } = await world.connect(vector);
    const answer = await world.send(kind, id, vector.sign(vector.sample(now()), secret, now()));
    expect(answer).toMatchObject({
      status: 200,
      body: { accepted: vector.types.length, duplicates: 0, ignored: vector.ignored, rejected: 0 },
    });
    const stored = await world.stored(id);
    expect(stored.map(({ type }) => type)).toEqual(vector.types);
    for (const { body } of stored) expect(body.lead?.email).toBe('kim@webhook.test');
    expect(world.gateway.nudged.length).toBeGreaterThan(0);
  });

  it('that comes again changes nothing and is answered like the first', async () => {
    const { id, secret } = await world.connect(vector);
    const signed = vector.sign(vector.sample(now()), secret, now());
    await world.send(kind, id, signed);
    const again = await world.send(kind, id, signed);
    expect(again).toMatchObject({ status: 200, body: { accepted: 0, duplicates: vector.types.length } });
    expect(await world.stored(id)).toHaveLength(vector.types.length);
  });

  it('with another secret, or that of another connection, is 401 and stores nothing', async () => {
    const { id } = await world.connect(vector);
    const other = await world.connect(vector);
    for (const secret of [vector.secret().private, other.secret]) {
      const answer = await world.send(kind, id, vector.sign(vector.sample(now()), secret, now()));
      expect(answer).toMatchObject({ status: 401, body: { code: 'bad_signature' } });
    }
    expect(await world.stored(id)).toEqual([]);
  });

  it('without any signature is 401 and stores nothing', async () => {
    const { id, secret } = await world.connect(vector);
    const { body } = vector.sign(vector.sample(now()), secret, now());
    const bare = body.startsWith('{"signature"') ? vector.sample(now()) : body;
    const answer = await world.send(kind, id, { body: bare, headers: {} });
    expect(answer).toMatchObject({ status: 401, body: { code: 'bad_signature' } });
    expect(await world.stored(id)).toEqual([]);
  });

  it.runIf(vector.coversBody)(
    'that was tampered with or written anew is 401 and stores nothing',
    async () => {
      const { id, secret } = await world.connect(vector);
      const signed = vector.sign(vector.sample(now()), secret, now());
      const tampered = signed.body.replace('kim@webhook.test', 'eve@webhook.test');
      const anew = JSON.stringify(JSON.parse(signed.body), null, 1);
      const cut = signed.body.slice(0, -20);
      for (const body of [tampered, anew, cut, `${signed.body}\n`, '']) {
        expect((await world.send(kind, id, { ...signed, body })).status).toBe(401);
      }
      expect(await world.stored(id)).toEqual([]);
    },
  );

  it.runIf(vector.hasTime)('that is stale, or from a time to come, is 401 and stores nothing', async () => {
    const { id, secret } = await world.connect(vector);
    for (const offMs of [-302_000, -86_400_000, 302_000]) {
      const signed = vector.sign(vector.sample(now()), secret, now() + offMs);
      expect((await world.send(kind, id, signed)).status).toBe(401);
    }
    expect(await world.stored(id)).toEqual([]);
    const late = vector.sign(vector.sample(now()), secret, now() - 290_000);
    expect((await world.send(kind, id, late)).status).toBe(200);
  });

  it.runIf(vector.hasTime)('may be older where the connection says so', async () => {
    const { id, secret } = await world.connect(vector, { settings: { toleranceSeconds: 7_200 } });
    const signed = vector.sign(vector.sample(now()), secret, now() - 7_000_000);
    expect((await world.send(kind, id, signed)).status).toBe(200);
  });

  it('is verified with both secrets in the grace after a rotation, then with the new one alone', async () => {
    const { id, secret, secretName } = await world.connect(vector);
    const next = vector.secret();
    const rotated = await world.gateway.call('POST', `/v1/connections/${id}/rotate`, {
      json: { secrets: { [secretName]: next.entered }, graceSeconds: 3_600 },
    });
    expect(rotated.status).toBe(200);
    const send = (key: string) => world.send(kind, id, vector.sign(vector.sample(now()), key, now()));
    expect((await send(secret)).status).toBe(200);
    expect((await send(next.private)).status).toBe(200);
    world.clock.nowMs += 3_601_000;
    expect((await send(secret)).status).toBe(401);
    expect((await send(next.private)).status).toBe(200);
  });

  it('of a type that nobody needs is counted as ignored', async () => {
    const { id, secret } = await world.connect(vector);
    const answer = await world.send(kind, id, vector.sign(vector.unknown(now()), secret, now()));
    expect(answer).toMatchObject({ status: 200, body: { accepted: 0, ignored: 1, rejected: 0 } });
    expect(await world.stored(id)).toEqual([]);
  });

  it('that is empty or cut off, though signed, stores nothing and is no fault of Baton', async () => {
    const { id, secret } = await world.connect(vector);
    const statuses = [];
    for (const body of ['[{"email":"kim@webh', '']) {
      statuses.push((await world.send(kind, id, vector.sign(body, secret, now()))).status);
    }
    expect(statuses).toEqual([vector.unreadable, vector.unreadable]);
    expect(await world.stored(id)).toEqual([]);
  });

  it('that is huge is 413 before it is looked at', async () => {
    const { id, secret } = await world.connect(vector);
    const signed = vector.sign(vector.sample(now()), secret, now());
    const answer = await world.send(kind, id, { ...signed, body: signed.body + ' '.repeat(1024 * 1024) });
    expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
    expect(await world.stored(id)).toEqual([]);
  });

  it('for a connection that is switched off gets the answer that makes the platform stop', async () => {
    const { id, secret } = await world.connect(vector, { active: false });
    const answer = await world.send(kind, id, vector.sign(vector.sample(now()), secret, now()));
    expect(answer.status).toBe(vector.off);
    expect((await world.send(kind, id, { body: '', headers: {} })).status).toBe(401);
    expect(await world.stored(id)).toEqual([]);
  });

  it('for no connection, or for one of another platform, is 404', async () => {
    const other = await world.connect(VECTORS[kind === 'sendgrid' ? 1 : 0] ?? vector);
    for (const id of ['nobody', other.id, '%00', '%ff', 'a'.repeat(3_000), "'--"]) {
      expect((await world.send(kind, id, { body: '[]', headers: {} })).status, id).toBe(404);
    }
  });
});

it('refusals are kept for the operator without a word of the body or the secret, and the log has neither', async () => {
  const [vector] = VECTORS;
  if (!vector) throw new Error('there is no vector');
  const { id } = await world.connect(vector);
  const now = world.clock.nowMs;
  await world.send(vector.kind, id, vector.sign(vector.sample(now), vector.secret().private, now));
  const { body } = await world.gateway.call('POST', `/v1/connections/${id}/test`);
  expect(body.works).toBe(false);
  expect(JSON.stringify(body.checks)).toContain('the signature does not match');
  const told = JSON.stringify(world.gateway.logged);
  expect(told).toContain('a webhook was refused');
  expect(told).not.toContain('kim@webhook.test');
  expect(told).not.toContain('/v1/webhooks/sendgrid/sendgrid-');
});

it('webhooks have no need of a key, and a key of Baton is no signature', async () => {
  const [vector] = VECTORS;
  if (!vector) throw new Error('there is no vector');
  const { id } = await world.connect(vector);
  const answer = await world.gateway.call('POST', `/v1/webhooks/sendgrid/${id}`, { json: [] });
  expect(answer.status).toBe(401);
  expect((await world.gateway.call('GET', `/v1/webhooks/sendgrid/${id}`)).status).toBe(405);
  expect((await world.gateway.call('POST', '/v1/webhooks/nobody/x', { json: [] })).status).toBe(404);
});
