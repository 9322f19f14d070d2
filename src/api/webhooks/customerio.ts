/** Customer.io's reporting webhooks: one event each, signed by HMAC over version, timestamp and body. */
import { z } from '@hono/zod-openapi';
import {
  addressOf,
  commonSettings,
  contextOf,
  type Fields,
  fieldsOf,
  hmac,
  idOf,
  isFields,
  isSet,
  linkOf,
  longSecret,
  present,
  readJsonBody,
  sameText,
  staleness,
  textOf,
  timeOf,
} from './reading.js';
import { refused, type Sender, UNSET, VERIFIED } from './sender.js';

const VERSION = 'v0';

export const customerio: Sender = {
  kind: 'customerio',
  title: 'Customer.io',
  secrets: {
    signingKey: longSecret('the reporting webhook under Data & Integrations: its signing key', 16),
  },
  sufficient: [['signingKey']],
  settings: z.strictObject(commonSettings),
  // Whatever is not answered 2xx holds up everything behind it, for up to seven days.
  statuses: { off: 200, unreadable: 200 },
  verify: ({ header, body, nowMs, settings }, secrets) => {
    const keys = secrets('signingKey');
    if (keys.length === 0) return UNSET;
    const timestamp = header('x-cio-timestamp');
    const signature = header('x-cio-signature');
    if (timestamp === undefined || signature === undefined) {
      return refused(
        'X-CIO-Signature or X-CIO-Timestamp is missing: is this a reporting webhook of Customer.io?',
      );
    }
    const stale = staleness(timestamp, nowMs, settings.toleranceSeconds);
    if (stale) return refused(stale);
    const isSigned = (key: string) =>
      sameText(hmac('sha256', key, `${VERSION}:${timestamp}:`, body).digest('hex'), signature);
    return keys.some(isSigned)
      ? VERIFIED
      : refused('the signature does not match: compare the signing key with the one at Customer.io');
  },
  translate: ({ body, settings }) => {
    const read = readJsonBody(body);
    if ('fault' in read) return read;
    const events = isFields(read.value) ? eventOf(read.value, settings.stream) : [];
    return { events, ignored: 1 - events.length };
  },
};

function eventOf(item: Fields, stream: string): Fields[] {
  const meaning = meaningOf(item, stream);
  if (!meaning) return [];
  const data = fieldsOf(item.data);
  const identifiers = fieldsOf(data.identifiers);
  return [
    present({
      id: idOf(
        ...(item.event_id ? [item.event_id] : [item.metric, data.delivery_id, item.timestamp, data.href]),
      ),
      type: meaning.type,
      occurredAt: timeOf(item.timestamp),
      lead: present({
        email: addressOf(data.recipient ?? data.email_address ?? identifiers.email),
        userId: textOf(data.customer_id ?? identifiers.id, 256),
      }),
      properties: present({
        emailId: textOf(data.delivery_id, 200),
        subject: textOf(data.subject, 1_000),
        campaign: textOf(data.campaign_id ?? data.broadcast_id ?? data.newsletter_id, 200),
        ...meaning.properties,
      }),
      ...contextOf(data.user_agent, data.ip),
    }),
  ];
}

function meaningOf(item: Fields, stream: string): { type: string; properties: Fields } | null {
  if (item.object_type === 'customer') {
    if (item.metric === 'subscribed') return { type: 'email.resubscribed', properties: { stream } };
    if (item.metric === 'unsubscribed') return { type: 'email.unsubscribed', properties: { stream } };
    return null;
  }
  if (item.object_type !== 'email') return null;
  const data = fieldsOf(item.data);
  const machine = isSet(data.machine) || isSet(data.prefetched) ? { machine: true } : {};
  switch (item.metric) {
    case 'sent':
      return { type: 'email.sent', properties: {} };
    case 'delivered':
      return { type: 'email.delivered', properties: {} };
    case 'opened':
      return { type: 'email.opened', properties: machine };
    case 'clicked':
      return { type: 'email.clicked', properties: { ...linkOf(data.href ?? data.link_url), ...machine } };
    case 'bounced':
      return { type: 'email.bounced', properties: { bounceType: 'hard' } };
    case 'spammed':
      return { type: 'email.complained', properties: {} };
    case 'unsubscribed':
      return { type: 'email.unsubscribed', properties: { stream } };
    // `failed` and `dropped` say that nothing was sent, `converted` what Customer.io concludes.
    default:
      return null;
  }
}
