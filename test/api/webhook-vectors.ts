/** How each platform signs, written from its documentation and not from the verifier, and what it sends. */
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Signed {
  readonly headers: Record<string, string>;
  readonly body: string;
  /** With its question mark. */
  readonly query?: string;
}

export interface Vector {
  readonly kind: string;
  readonly settings?: Record<string, unknown>;
  /** What the operator enters; `private` is what the platform signs with. */
  readonly secret: () => { name: string; entered: string; private: string };
  readonly sign: (body: string, secret: string, atMs: number) => Signed;
  /** One request with every kind of event, the newest possible at `atMs`. */
  readonly sample: (atMs: number) => string;
  /** The types that the sample becomes, in order, and how many of its events nobody needs. */
  readonly types: readonly string[];
  readonly ignored: number;
  readonly unknown: (atMs: number) => string;
  /** Whether the signature covers the body, and whether it has a time. */
  readonly coversBody: boolean;
  readonly hasTime: boolean;
  /** What it answers when the connection is switched off, and to a verified body that is no JSON. */
  readonly off: number;
  readonly unreadable: number;
}

const seconds = (atMs: number) => Math.floor(atMs / 1_000);
const json = { 'content-type': 'application/json' };
export const KIM = 'kim@webhook.test';

const sendgridEvent = (event: string, n: number, atMs: number, more: object = {}) => ({
  ...{ email: KIM, timestamp: seconds(atMs) - 60 + n, event, sg_event_id: `sg-${event}-${n}` },
  sg_message_id: 'LRzXl_NHStOGhQ4kofSm_A.filterdrecv-756b745b58-kmzbl-18-5F5FC76C-9.0',
  'smtp-id': '<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>',
  ...more,
});

export const sendgrid: Vector = {
  kind: 'sendgrid',
  secret: () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    return {
      name: 'verificationKey',
      entered: pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
      private: pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    };
  },
  sign: (body, secret, atMs) => {
    const timestamp = String(seconds(atMs));
    return {
      body,
      headers: {
        ...json,
        'X-Twilio-Email-Event-Webhook-Timestamp': timestamp,
        'X-Twilio-Email-Event-Webhook-Signature': sign(
          'sha256',
          Buffer.from(timestamp + body),
          secret,
        ).toString('base64'),
      },
    };
  },
  sample: (atMs) =>
    JSON.stringify([
      sendgridEvent('processed', 0, atMs, { batonEmailId: 'nurture-3', batonDirectCta: 'true' }),
      sendgridEvent('deferred', 1, atMs, { response: '400 try again later', attempt: '5' }),
      sendgridEvent('delivered', 2, atMs, { response: '250 OK' }),
      sendgridEvent('open', 3, atMs, {
        useragent: 'Mozilla/5.0',
        ip: '255.255.255.255',
        sg_machine_open: true,
      }),
      sendgridEvent('open', 4, atMs, {
        useragent: 'Mozilla/5.0 (Windows NT 10.0)',
        sg_machine_open: 'false',
      }),
      sendgridEvent('click', 5, atMs, {
        url: 'https://acme.test/pricing',
        url_offset: { index: 0, type: 'html' },
      }),
      sendgridEvent('click', 6, atMs, { url: 'mailto:sales@acme.test' }),
      sendgridEvent('bounce', 7, atMs, { reason: '500 unknown recipient', status: '5.0.0', type: 'bounce' }),
      sendgridEvent('bounce', 8, atMs, { reason: '550 spam', type: 'blocked' }),
      sendgridEvent('dropped', 9, atMs, { reason: 'Bounced Address', status: '5.0.0' }),
      sendgridEvent('dropped', 10, atMs, { reason: 'Invalid SMTPAPI header' }),
      sendgridEvent('spamreport', 11, atMs),
      sendgridEvent('unsubscribe', 12, atMs),
      sendgridEvent('group_unsubscribe', 13, atMs, { asm_group_id: 10 }),
      sendgridEvent('group_resubscribe', 14, atMs, { asm_group_id: 10 }),
    ]),
  types: [
    'email.sent',
    'email.delivered',
    'email.opened',
    'email.opened',
    'email.clicked',
    'email.clicked',
    'email.bounced',
    'email.bounced',
    'email.bounced',
    'email.complained',
    'email.unsubscribed',
    'email.unsubscribed',
    'email.resubscribed',
  ],
  ignored: 2,
  unknown: (atMs) => JSON.stringify([sendgridEvent('teleported', 99, atMs)]),
  ...{ coversBody: true, hasTime: true, off: 200, unreadable: 400 },
};

const iso = (atMs: number) => new Date(atMs).toISOString();

export const postmark: Vector = {
  kind: 'postmark',
  settings: { username: 'pm' },
  secret: () => {
    const value = randomBytes(16).toString('hex');
    return { name: 'password', entered: value, private: value };
  },
  sign: (body, secret) => ({
    body,
    headers: { ...json, authorization: `Basic ${Buffer.from(`pm:${secret}`).toString('base64')}` },
  }),
  sample: (atMs) =>
    JSON.stringify({
      RecordType: 'Click',
      MessageStream: 'outbound',
      Metadata: { batonEmailId: 'nurture-3' },
      Recipient: KIM,
      MessageID: '00000000-0000-0000-0000-000000000000',
      ReceivedAt: iso(atMs - 1_000).replace('Z', '0000Z'),
      Platform: 'Desktop',
      ClickLocation: 'HTML',
      OriginalLink: 'https://acme.test/pricing',
      Tag: 'welcome-email',
      UserAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_10_3)',
      OS: { Name: 'OS X 10.7 Lion' },
      Client: { Name: 'Chrome 35.0.1916.153' },
      Geo: { CountryISOCode: 'RS', IP: '188.2.95.4' },
    }),
  types: ['email.clicked'],
  ignored: 0,
  unknown: () => JSON.stringify({ RecordType: 'Teleport', MessageID: 'x', Recipient: KIM }),
  ...{ coversBody: false, hasTime: false, off: 403, unreadable: 400 },
};

export const mailgun: Vector = {
  kind: 'mailgun',
  secret: () => {
    const value = randomBytes(16).toString('hex');
    return { name: 'signingKey', entered: value, private: value };
  },
  // The signature goes into the body, beside what is there.
  sign: (body, secret, atMs) => {
    const timestamp = String(seconds(atMs));
    const token = createHash('sha256')
      .update(body + timestamp + secret)
      .digest('hex')
      .slice(0, 50);
    const signature = createHmac('sha256', secret).update(timestamp.concat(token)).digest('hex');
    const data = body === '' || !body.startsWith('{') ? null : body;
    return {
      headers: json,
      body: data
        ? `{"signature":${JSON.stringify({ timestamp, token, signature })},"event-data":${data}}`
        : body,
    };
  },
  sample: (atMs) =>
    JSON.stringify({
      event: 'opened',
      id: 'Ase7i2zsRYeDXztHGENqRA',
      timestamp: atMs / 1_000 - 1.5,
      recipient: KIM,
      'recipient-domain': 'webhook.test',
      tags: ['my_tag_1', 'my_tag_2'],
      ip: '50.56.129.169',
      'log-level': 'info',
      message: { headers: { 'message-id': '20130503182626.18666.16540@mailgun.test' } },
      'user-variables': { batonEmailId: 'nurture-3' },
      'client-info': {
        'client-os': 'Linux',
        'user-agent': 'Mozilla/5.0',
        'client-type': 'browser',
        bot: 'apple',
      },
    }),
  types: ['email.opened'],
  ignored: 0,
  unknown: (atMs) =>
    JSON.stringify({ event: 'teleported', id: 'x1', timestamp: seconds(atMs), recipient: KIM }),
  // What cannot be read has no signature that could be read.
  ...{ coversBody: false, hasTime: true, off: 406, unreadable: 401 },
};

export const mailchimp: Vector = {
  kind: 'mailchimp',
  secret: () => {
    const value = randomBytes(24).toString('hex');
    return { name: 'addressSecret', entered: value, private: value };
  },
  sign: (body, secret) => ({
    body,
    query: `?secret=${secret}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  }),
  sample: (atMs) =>
    new URLSearchParams({
      type: 'unsubscribe',
      fired_at: iso(atMs - 5_000)
        .slice(0, 19)
        .replace('T', ' '),
      'data[action]': 'unsub',
      'data[reason]': 'manual',
      'data[id]': '8a25ff1d98',
      'data[list_id]': 'a6b5da1054',
      'data[email]': KIM,
      'data[email_type]': 'html',
      'data[merges][EMAIL]': KIM,
      'data[merges][FNAME]': 'Kim',
      'data[campaign_id]': '4fjk2ma9xd',
    }).toString(),
  types: ['email.unsubscribed'],
  ignored: 0,
  unknown: () => new URLSearchParams({ type: 'campaign', 'data[id]': '5aa2102003' }).toString(),
  ...{ coversBody: false, hasTime: false, off: 200, unreadable: 200 },
};

export const customerio: Vector = {
  kind: 'customerio',
  secret: () => {
    const value = randomBytes(32).toString('hex');
    return { name: 'signingKey', entered: value, private: value };
  },
  sign: (body, secret, atMs) => {
    const timestamp = String(seconds(atMs));
    const signature = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex');
    return { body, headers: { ...json, 'X-CIO-Timestamp': timestamp, 'X-CIO-Signature': signature } };
  },
  sample: (atMs) =>
    JSON.stringify({
      event_id: '01E4C4CT6YDC7Y5M7FE1GWWPQJ',
      object_type: 'email',
      metric: 'clicked',
      timestamp: seconds(atMs) - 2,
      data: {
        customer_id: '42',
        identifiers: { id: '42', email: KIM, cio_id: 'd9c106000001' },
        delivery_id: 'RPILAgUBcRhIBqSfeiIwdIYJKxTY',
        campaign_id: 23,
        recipient: KIM,
        subject: 'Thanks for signing up',
        href: 'https://acme.test/pricing',
        link_id: 1,
      },
    }),
  types: ['email.clicked'],
  ignored: 0,
  unknown: (atMs) =>
    JSON.stringify({
      event_id: 'e2',
      object_type: 'push',
      metric: 'sent',
      timestamp: seconds(atMs),
      data: {},
    }),
  ...{ coversBody: true, hasTime: true, off: 200, unreadable: 200 },
};

export const standard: Vector = {
  kind: 'standard',
  secret: () => {
    const value = `whsec_${randomBytes(24).toString('base64')}`;
    return { name: 'signingSecret', entered: value, private: value };
  },
  sign: (body, secret, atMs) => {
    const timestamp = String(seconds(atMs));
    const id = `msg_${createHash('sha256').update(body).digest('hex').slice(0, 27)}`;
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
    return {
      body,
      headers: {
        ...json,
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1a,${randomBytes(64).toString('base64')} v1,${signature}`,
      },
    };
  },
  sample: (atMs) =>
    JSON.stringify({
      type: 'email.clicked',
      created_at: iso(atMs - 2_000),
      data: {
        created_at: iso(atMs - 60_000),
        email_id: '56761188-7520-42d8-8898-ff6fc54ce618',
        from: 'Acme <onboarding@acme.test>',
        to: [`Kim Lee <${KIM}>`],
        click: {
          ipAddress: '122.115.53.11',
          link: 'https://acme.test/pricing',
          timestamp: iso(atMs - 3_000),
          userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)',
        },
        subject: 'Sending this example',
        tags: { batonEmailId: 'nurture-3' },
      },
    }),
  types: ['email.clicked'],
  ignored: 0,
  unknown: () => JSON.stringify({ type: 'domain.created', created_at: '2026-01-01T00:00:00Z', data: {} }),
  ...{ coversBody: true, hasTime: true, off: 410, unreadable: 400 },
};

export const VECTORS: readonly Vector[] = [sendgrid, postmark, mailgun, mailchimp, customerio, standard];
