/** Messages signed by libraries and vendors, not by anybody here. */
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { standard } from './webhook-vectors.js';
import { openWebhookWorld, type WebhookWorld } from './webhook-world.js';

let world: WebhookWorld;
beforeAll(async () => {
  world = await openWebhookWorld();
});
afterAll(() => world.close());

it.each([
  ['standardwebhooks', 'webhook', (secret: string) => new StandardWebhook(secret)],
  ['svix', 'svix', (secret: string) => new SvixWebhook(secret)],
] as const)('what the library %s signs is verified', async (_name, prefix, open) => {
  const { id, secret } = await world.connect(standard);
  const at = new Date(world.clock.nowMs);
  const body = standard.sample(world.clock.nowMs);
  const headers = (signature: string) => ({
    'content-type': 'application/json',
    [`${prefix}-id`]: 'msg_1',
    [`${prefix}-timestamp`]: String(Math.floor(at.getTime() / 1_000)),
    [`${prefix}-signature`]: signature,
  });
  const good = headers(open(secret).sign('msg_1', at, body));
  expect(await world.send('standard', id, { body, headers: good })).toMatchObject({
    status: 200,
    body: { accepted: 1 },
  });
  const bad = headers(open(standard.secret().private).sign('msg_1', at, body));
  expect((await world.send('standard', id, { body, headers: bad })).status).toBe(401);
});

it('what SendGrid signed itself (the test vector of its library) is verified, byte for byte', async () => {
  const nowMs = world.clock.nowMs;
  world.clock.nowMs = 1_600_112_502_000;
  try {
    const json = {
      ...{ id: 'sendgrid-itself', kind: 'sendgrid' },
      secrets: {
        verificationKey:
          'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==',
      },
    };
    expect((await world.gateway.call('POST', '/v1/connections', { json })).status).toBe(201);
    const dropped = {
      email: 'hello@world.com',
      event: 'dropped',
      reason: 'Bounced Address',
      sg_event_id: 'ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA',
      sg_message_id: 'LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0',
      'smtp-id': '<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>',
      timestamp: 1600112492,
    };
    const headers = {
      'X-Twilio-Email-Event-Webhook-Timestamp': '1600112502',
      'X-Twilio-Email-Event-Webhook-Signature':
        'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=',
    };
    const body = `${JSON.stringify([dropped])}\r\n`;
    const sent = (text: string) => world.send('sendgrid', 'sendgrid-itself', { body: text, headers });
    expect((await sent(body.trim())).status).toBe(401);
    expect(await sent(body)).toMatchObject({ status: 200, body: { accepted: 1 } });
    expect((await world.stored('sendgrid-itself')).map(({ type }) => type)).toEqual(['email.bounced']);
  } finally {
    world.clock.nowMs = nowMs;
  }
});
