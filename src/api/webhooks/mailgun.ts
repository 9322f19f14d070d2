/** Mailgun's webhooks: the signature is in the body and covers a time and a token, not the event. */
import { createHash } from 'node:crypto';
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
  linkOf,
  longSecret,
  present,
  readJsonBody,
  saidInFields,
  sameText,
  staleness,
  textOf,
  timeOf,
} from './reading.js';
import { refused, type Sender, UNSET } from './sender.js';

export const mailgun: Sender = {
  kind: 'mailgun',
  title: 'Mailgun',
  secrets: {
    signingKey: longSecret('Settings > API security > HTTP webhook signing key', 16),
  },
  sufficient: [['signingKey']],
  settings: z.strictObject(commonSettings),
  // Mailgun repeats everything for eight hours but what was answered 406.
  statuses: { off: 406, unreadable: 400 },
  verify: ({ body, nowMs, settings }, secrets) => {
    const keys = secrets('signingKey');
    if (keys.length === 0) return UNSET;
    const read = readJsonBody(body);
    const signature = 'value' in read ? fieldsOf(fieldsOf(read.value).signature) : {};
    const { token } = signature;
    const timestamp =
      typeof signature.timestamp === 'number' ? String(signature.timestamp) : signature.timestamp;
    if (
      typeof timestamp !== 'string' ||
      typeof token !== 'string' ||
      typeof signature.signature !== 'string'
    ) {
      return refused('the body has no signature with timestamp, token and signature in it');
    }
    const stale = staleness(timestamp, nowMs, settings.toleranceSeconds);
    if (stale) return refused(stale);
    const given = signature.signature;
    if (!keys.some((key) => sameText(hmac('sha256', key, timestamp, token).digest('hex'), given))) {
      return refused('the signature does not match: compare the signing key with the one at Mailgun');
    }
    // The event itself is not signed: a token that was seen before is good for the same body only.
    const digest = createHash('sha256').update(body).digest('base64url');
    return { verified: true, once: { token: idOf(token), digest } };
  },
  translate: ({ body, settings }) => {
    const read = readJsonBody(body);
    if ('fault' in read) return read;
    const item = fieldsOf(read.value)['event-data'];
    const events = isFields(item) ? eventOf(item, settings.stream) : [];
    return { events, ignored: 1 - events.length };
  },
};

function eventOf(item: Fields, stream: string): Fields[] {
  const meaning = meaningOf(item, stream);
  if (!meaning) return [];
  const client = fieldsOf(item['client-info']);
  const headers = fieldsOf(fieldsOf(item.message).headers);
  return [
    present({
      id: idOf(...(item.id ? [item.id] : [item.event, item.recipient, item.timestamp, item.url])),
      type: meaning.type,
      occurredAt: timeOf(item.timestamp),
      lead: { email: addressOf(item.recipient) },
      properties: present({
        emailId: textOf(headers['message-id'], 200),
        subject: textOf(headers.subject, 1_000),
        campaign: textOf(Array.isArray(item.tags) ? item.tags[0] : undefined, 200),
        ...saidInFields(fieldsOf(item['user-variables'])),
        ...meaning.properties,
      }),
      ...contextOf(client['user-agent'], item.ip),
    }),
  ];
}

function meaningOf(item: Fields, stream: string): { type: string; properties: Fields } | null {
  // `apple`, `gmail` or `generic` where Mailgun saw a program, empty where it saw none.
  const machine = textOf(fieldsOf(item['client-info']).bot, 100) === undefined ? {} : { machine: true };
  switch (item.event) {
    case 'accepted':
      return { type: 'email.sent', properties: {} };
    case 'delivered':
      return { type: 'email.delivered', properties: {} };
    case 'opened':
      return { type: 'email.opened', properties: machine };
    case 'clicked':
      return { type: 'email.clicked', properties: { ...linkOf(item.url), ...machine } };
    case 'failed':
      return failureOf(item, stream);
    case 'complained':
      return { type: 'email.complained', properties: {} };
    case 'unsubscribed':
      return { type: 'email.unsubscribed', properties: { stream } };
    default:
      return null;
  }
}

/** Reasons of a permanent failure that say nothing about the address. */
const NOT_THE_ADDRESS = new Set(['espblock', 'greylisted', 'old']);

function failureOf(item: Fields, stream: string): { type: string; properties: Fields } {
  const reason = typeof item.reason === 'string' ? item.reason : '';
  if (reason === 'suppress-unsubscribe') return { type: 'email.unsubscribed', properties: { stream } };
  if (reason === 'suppress-complaint') return { type: 'email.complained', properties: {} };
  const isHard = item.severity === 'permanent' && !NOT_THE_ADDRESS.has(reason);
  return { type: 'email.bounced', properties: { bounceType: isHard ? 'hard' : 'soft' } };
}
