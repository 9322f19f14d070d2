import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  customerio,
  KIM,
  mailchimp,
  mailgun,
  postmark,
  sendgrid,
  standard,
  type Vector,
} from './webhook-vectors.js';
import { openWebhookWorld, type WebhookWorld } from './webhook-world.js';

let world: WebhookWorld;
beforeAll(async () => {
  world = await openWebhookWorld();
});
afterAll(() => world.close());

const now = () => world.clock.nowMs;
const seconds = () => Math.floor(now() / 1_000);

/** Sends bodies to a new connection and answers what was stored: type, and what the event says. */
async function translated(vector: Vector, bodies: readonly string[], more: Record<string, unknown> = {}) {
  const { id, secret } = await world.connect(vector, more);
  for (const body of bodies) {
    const answer = await world.send(vector.kind, id, vector.sign(body, secret, now()));
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  }
  const rows = await world.stored(id);
  return rows.map(({ type, body, event_id, occurred_at }) => ({
    ...{ type, id: event_id, at: occurred_at.getTime() },
    ...{ lead: body.lead, properties: body.properties, context: body.context },
  }));
}

describe('SendGrid', () => {
  it('says which mail, which machine, which link and which bounce', async () => {
    const events = await translated(sendgrid, [sendgrid.sample(now())]);
    const said = events.map(({ properties }) => properties);
    expect(said[0]).toEqual({ emailId: 'nurture-3', directCta: true });
    expect(said[2]).toEqual({ emailId: 'LRzXl_NHStOGhQ4kofSm_A', machine: true });
    expect(events[2]?.context).toEqual({ userAgent: 'Mozilla/5.0' });
    expect(said[3]).toEqual({ emailId: 'LRzXl_NHStOGhQ4kofSm_A' });
    expect(said[4]).toMatchObject({ url: 'https://acme.test/pricing' });
    expect(said[5]).toMatchObject({ link: 'mailto:sales@acme.test' });
    expect(said.slice(6, 9).map((properties) => properties?.bounceType)).toEqual(['hard', 'soft', 'hard']);
    expect(said[10]).toMatchObject({ stream: 'marketing' });
    expect(events[0]).toMatchObject({ id: 'sg-processed-0', at: (seconds() - 60) * 1_000 });
  });

  it('one bad event loses no other, and the gateway logs which', async () => {
    const { id, secret } = await world.connect(sendgrid);
    const good = { email: KIM, timestamp: seconds(), event: 'delivered', sg_event_id: 'g1' };
    const bad = [
      { ...good, sg_event_id: 'g2', email: 'nobody' },
      7,
      null,
      { ...good, email: null, sg_event_id: 'g3' },
    ];
    const signed = sendgrid.sign(JSON.stringify([good, ...bad]), secret, now());
    const { body } = await world.send('sendgrid', id, signed);
    expect(body).toEqual({ accepted: 1, duplicates: 0, ignored: 2, rejected: 2 });
    expect(JSON.stringify(world.gateway.logged)).toContain('events of a webhook were rejected');
  });

  it('takes more events at once than a request of our own may have', async () => {
    const many = Array.from({ length: 2_500 }, (_, n) => ({
      ...{ email: KIM, timestamp: seconds(), event: 'delivered', sg_event_id: `many-${n}` },
    }));
    expect(await translated(sendgrid, [JSON.stringify(many)])).toHaveLength(2_500);
  });
});

describe('Postmark', () => {
  const record = (RecordType: string, more: object) =>
    JSON.stringify({ RecordType, MessageID: 'm-1', ...more });
  it('says what became of a mail, hard or soft, and what the recipient did', async () => {
    const at = new Date(now() - 1_000).toISOString();
    const bounce = (Type: string, ID: number) => record('Bounce', { ID, Type, Email: KIM, BouncedAt: at });
    const change = (more: object) => record('SubscriptionChange', { ChangedAt: at, Recipient: KIM, ...more });
    const events = await translated(postmark, [
      record('Delivery', { Recipient: KIM, DeliveredAt: at, Details: 'Test' }),
      record('Open', {
        Recipient: KIM,
        ReceivedAt: at,
        FirstOpen: true,
        UserAgent: 'Mozilla/5.0',
        Geo: { IP: '::1' },
      }),
      postmark.sample(now()),
      ...[
        bounce('HardBounce', 1),
        bounce('SoftBounce', 2),
        bounce('AutoResponder', 3),
        bounce('SpamComplaint', 4),
      ],
      record('SpamComplaint', { ID: 5, Type: 'SpamComplaint', Email: KIM, BouncedAt: at }),
      change({ SuppressSending: true, SuppressionReason: 'ManualSuppression' }),
      change({ SuppressSending: false }),
      change({ SuppressSending: true, SuppressionReason: 'HardBounce' }),
    ]);
    expect(
      events.map(({ type, properties }) => [type, properties?.bounceType ?? properties?.stream]),
    ).toEqual(
      [
        ['email.delivered', undefined],
        ['email.opened', undefined],
        ['email.clicked', undefined],
        ['email.bounced', 'hard'],
        ['email.bounced', 'soft'],
        ['email.complained', undefined],
        ['email.complained', undefined],
        ['email.unsubscribed', 'marketing'],
      ].concat([
        ['email.resubscribed', 'marketing'],
        ['email.bounced', 'hard'],
      ]),
    );
    expect(events[1]).toMatchObject({ at: Date.parse(at), context: { userAgent: 'Mozilla/5.0', ip: '::1' } });
    expect(events[2]?.properties).toMatchObject({ url: 'https://acme.test/pricing', emailId: 'nurture-3' });
  });

  it('may be verified by a header of its own', async () => {
    const json = { id: 'pm-header', kind: 'postmark', secrets: { headerSecret: 'a-long-header-secret' } };
    expect((await world.gateway.call('POST', '/v1/connections', { json })).status).toBe(201);
    const send = (headers: Record<string, string>) =>
      world.send('postmark', 'pm-header', { body: postmark.sample(now()), headers });
    expect((await send({ 'x-postmark-secret': 'a-long-header-secret' })).status).toBe(200);
    expect((await send({ 'x-postmark-secret': 'a-long-header-secreT' })).status).toBe(401);
    expect((await send({ 'x-other': 'a-long-header-secret' })).status).toBe(401);
  });
});

describe('Mailgun', () => {
  it('says machine, link, and whether the address itself is at fault', async () => {
    const event = (id: string, more: object) =>
      JSON.stringify({ id, recipient: KIM, timestamp: seconds(), ...more });
    const failed = (id: string, severity: string, reason: string) =>
      event(id, { event: 'failed', severity, reason });
    const events = await translated(mailgun, [
      mailgun.sample(now()),
      event('1', {
        event: 'clicked',
        url: 'https://acme.test/a',
        'client-info': { bot: '', 'user-agent': 'X/1' },
      }),
      ...[
        failed('2', 'permanent', 'bounce'),
        failed('3', 'temporary', 'generic'),
        failed('4', 'permanent', 'espblock'),
      ],
      ...[failed('5', 'permanent', 'suppress-unsubscribe'), event('6', { event: 'complained' })],
    ]);
    expect(events[0]?.properties).toMatchObject({
      machine: true,
      emailId: 'nurture-3',
      campaign: 'my_tag_1',
    });
    expect(events[1]).toMatchObject({
      properties: { url: 'https://acme.test/a' },
      context: { userAgent: 'X/1' },
    });
    expect(events[1]?.properties).not.toHaveProperty('machine');
    expect(events.slice(2).map(({ type, properties }) => [type, properties?.bounceType])).toEqual([
      ['email.bounced', 'hard'],
      ['email.bounced', 'soft'],
      ['email.bounced', 'soft'],
      ['email.unsubscribed', undefined],
      ['email.complained', undefined],
    ]);
  });

  it('cannot be given another event under a signature that was seen before', async () => {
    const { id, secret } = await world.connect(mailgun);
    const signed = mailgun.sign(mailgun.sample(now()), secret, now());
    expect((await world.send('mailgun', id, signed)).status).toBe(200);
    const forged = {
      ...signed,
      body: signed.body.replace('Ase7i2zsRYeDXztHGENqRA', 'forged').replace('kim@', 'eve@'),
    };
    expect(await world.send('mailgun', id, forged)).toMatchObject({
      status: 401,
      body: { code: 'bad_signature' },
    });
    expect((await world.send('mailgun', id, signed)).body).toMatchObject({ duplicates: 1 });
    expect(await world.stored(id)).toHaveLength(1);
  });
});

describe('Customer.io', () => {
  it('says who by address and id, and takes what is about mail alone', async () => {
    const event = (metric: string, n: number, more: object = {}, object_type = 'email') =>
      JSON.stringify({
        ...{ event_id: `e${n}`, object_type, metric, timestamp: seconds() },
        data: { customer_id: '42', email_address: KIM, delivery_id: 'd1', ...more },
      });
    const events = await translated(customerio, [
      customerio.sample(now()),
      ...['sent', 'delivered', 'bounced', 'spammed', 'unsubscribed', 'dropped'].map((metric, n) =>
        event(metric, n),
      ),
      event('opened', 10, { prefetched: true }),
      event('unsubscribed', 11, {}, 'customer'),
      event('subscribed', 12, {}, 'customer'),
      event('sent', 13, {}, 'sms'),
    ]);
    expect(events[0]).toMatchObject({
      ...{ lead: { email: KIM, userId: '42' }, id: '01E4C4CT6YDC7Y5M7FE1GWWPQJ' },
      properties: {
        url: 'https://acme.test/pricing',
        emailId: 'RPILAgUBcRhIBqSfeiIwdIYJKxTY',
        campaign: '23',
      },
    });
    expect(events.slice(1).map(({ type }) => type.slice('email.'.length))).toEqual([
      'sent',
      'delivered',
      'bounced',
      'complained',
      'unsubscribed',
      'opened',
      'unsubscribed',
      'resubscribed',
    ]);
    expect(events[6]?.properties).toMatchObject({ machine: true });
  });

  it('is refused with a signature of another version', async () => {
    const { id, secret } = await world.connect(customerio);
    const body = customerio.sample(now());
    const at = String(seconds());
    const signature = createHmac('sha256', secret).update(`v1:${at}:${body}`).digest('hex');
    const headers = { 'X-CIO-Timestamp': at, 'X-CIO-Signature': signature };
    expect((await world.send('customerio', id, { body, headers })).status).toBe(401);
  });
});

describe('Standard Webhooks', () => {
  it('of Resend become events, one per recipient', async () => {
    const { id, secret } = await world.connect(standard);
    const message = JSON.parse(standard.sample(now()));
    message.data.to = [KIM, 'Lee <lee@webhook.test>'];
    await world.send('standard', id, standard.sign(JSON.stringify(message), secret, now()));
    const stored = await world.stored(id);
    expect(stored.map(({ body }) => body.lead?.email)).toEqual([KIM, 'lee@webhook.test']);
    expect(stored[0]?.body).toMatchObject({
      properties: { url: 'https://acme.test/pricing', emailId: 'nurture-3', subject: 'Sending this example' },
      context: { ip: '122.115.53.11' },
    });
    const bounced = (type: string) => ({ type: 'email.bounced', data: { to: [KIM], bounce: { type } } });
    const contact = (unsubscribed: boolean) => ({
      type: 'contact.updated',
      data: { email: KIM, unsubscribed },
    });
    const bodies = [bounced('Permanent'), bounced('Transient'), contact(true), contact(false)];
    const events = await translated(
      standard,
      bodies.map((body) => JSON.stringify(body)),
    );
    expect(events.map(({ type, properties }) => [type, properties?.bounceType])).toEqual([
      ['email.bounced', 'hard'],
      ['email.bounced', 'soft'],
      ['email.unsubscribed', undefined],
    ]);
  });

  it('of anybody may carry events in the form of Baton, but none that sales speaks by', async () => {
    const { id, secret } = await world.connect(standard);
    const lead = { email: KIM };
    const send = (body: object) =>
      world.send('standard', id, standard.sign(JSON.stringify(body), secret, now()));
    const timestamp = new Date(now() - 1_000).toISOString();
    const demo = await send({
      type: 'demo.requested',
      timestamp,
      data: { lead, properties: { product: 'A' } },
    });
    expect(demo.body).toMatchObject({ accepted: 1 });
    expect(
      (await send({ type: 'page.viewed', lead, properties: { url: 'https://acme.test/' } })).body.accepted,
    ).toBe(1);
    const won = await send({
      type: 'sales.disposition',
      data: { lead, properties: { disposition: 'converted' } },
    });
    expect(won).toMatchObject({ status: 200, body: { accepted: 0, rejected: 1 } });
    const [first] = await world.stored(id);
    expect(first).toMatchObject({ type: 'demo.requested', event_id: expect.stringMatching(/^msg_/) });
    expect(first?.occurred_at.toISOString()).toBe(timestamp);
  });

  it('may be spelled as Svix does, and are refused in another version', async () => {
    const { id, secret } = await world.connect(standard);
    const { body, headers } = standard.sign(standard.sample(now()), secret, now());
    const spelled = (prefix: string, signature = headers['webhook-signature'] ?? '') => ({
      [`${prefix}-id`]: headers['webhook-id'] ?? '',
      [`${prefix}-timestamp`]: headers['webhook-timestamp'] ?? '',
      [`${prefix}-signature`]: signature,
    });
    expect((await world.send('standard', id, { body, headers: spelled('svix') })).status).toBe(200);
    const v2 = (headers['webhook-signature'] ?? '').replace(' v1,', ' v2,');
    const refused = await world.send('standard', id, { body, headers: spelled('webhook', v2) });
    expect(refused).toMatchObject({ status: 401, body: { detail: expect.stringContaining('version v1') } });
  });
});

describe('Mailchimp', () => {
  const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
  it('says who joined, left and was cleaned, and a time to come is not gone by', async () => {
    const about = { 'data[email]': KIM, 'data[list_id]': 'l1' };
    const events = await translated(mailchimp, [
      form({
        type: 'subscribe',
        fired_at: '2025-01-24 15:30:00',
        ...about,
        'data[merges][FNAME]': 'Kim',
        'data[merges][LNAME]': 'Lee',
      }),
      form({ type: 'unsubscribe', fired_at: '2090-01-01 00:00:00', ...about }),
      form({ type: 'cleaned', fired_at: '2025-01-24 15:30:00', ...about, 'data[reason]': 'hard' }),
      form({ type: 'cleaned', fired_at: '2025-01-24 15:30:00', ...about, 'data[reason]': 'abuse' }),
      form({ type: 'profile', fired_at: '2025-01-24 15:30:00', ...about, 'data[merges][COMPANY]': 'Acme' }),
    ]);
    expect(events.map(({ type }) => type)).toEqual([
      ...['lead.created', 'email.resubscribed', 'email.unsubscribed', 'email.bounced', 'email.complained'],
      'lead.updated',
    ]);
    expect(events[0]).toMatchObject({
      at: Date.UTC(2025, 0, 24, 15, 30),
      properties: { traits: { name: 'Kim Lee' } },
    });
    expect(events[2]?.at).toBe(now());
  });

  it('is answered when it asks by GET or with an empty form, with the secret alone', async () => {
    const { id, secret } = await world.connect(mailchimp);
    const get = (query: string) =>
      world.gateway.call('GET', `/v1/webhooks/mailchimp/${id}${query}`, { key: null });
    expect((await get(`?secret=${secret}`)).status).toBe(200);
    expect((await get('?secret=wrong')).status).toBe(401);
    expect((await get('')).status).toBe(401);
  });

  it('takes what Mandrill signs', async () => {
    const key = 'mandrill-webhook-key';
    const json = { id: 'mandrill', kind: 'mailchimp', secrets: { mandrillKey: key } };
    expect((await world.gateway.call('POST', '/v1/connections', { json })).status).toBe(201);
    const address = 'http://127.0.0.1:8780/v1/webhooks/mailchimp/mandrill';
    const events = JSON.stringify([
      {
        event: 'click',
        _id: 'm1',
        ts: seconds(),
        url: 'https://acme.test/',
        msg: { email: KIM, subject: 'Hi' },
      },
      { event: 'hard_bounce', _id: 'm1', ts: seconds(), msg: { email: KIM } },
      { event: 'open', _id: 'm1', ts: seconds(), msg: { email: KIM }, user_agent_parsed: { type: 'Robot' } },
      { type: 'blacklist', action: 'add' },
    ]);
    const signature = createHmac('sha1', key).update(`${address}mandrill_events${events}`).digest('base64');
    const send = (signed: string) =>
      world.send('mailchimp', 'mandrill', {
        body: form({ mandrill_events: events }),
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'X-Mandrill-Signature': signed },
      });
    expect((await send(signature)).body).toEqual({ accepted: 3, duplicates: 0, ignored: 1, rejected: 0 });
    expect((await send(signature.replace(/^./, '!'))).status).toBe(401);
    const asked = await world.gateway.request('HEAD', '/v1/webhooks/mailchimp/mandrill', { key: null });
    expect(asked.status).toBe(200);
  });
});
