/**
 * Standard Webhooks, which Svix began: HMAC over id, timestamp and body. Understands Resend's events, and from anybody
 * else events in Baton's own form.
 */
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
  present,
  readJsonBody,
  saidInFields,
  sameText,
  staleness,
  textOf,
  timeOf,
} from './reading.js';
import { type Delivery, refused, type Sender, UNSET, VERIFIED } from './sender.js';

const PREFIX = 'whsec_';
const KEY_BYTES_MIN = 16;

function keyOf(secret: string): Buffer | null {
  const base64 = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  const key = Buffer.from(base64, 'base64');
  return key.length >= KEY_BYTES_MIN ? key : null;
}

/** The three headers, all in one of the two spellings. */
function signedParts(
  header: Delivery['header'],
): { id: string; timestamp: string; signatures: string } | null {
  for (const prefix of ['webhook', 'svix']) {
    const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) =>
      header(`${prefix}-${name}`),
    );
    if (id && timestamp && signatures) return { id, timestamp, signatures };
  }
  return null;
}

export const standard: Sender = {
  kind: 'standard',
  title: 'Standard Webhooks (Resend, Svix and others)',
  secrets: {
    signingSecret: {
      what: 'the signing secret of the endpoint, beginning with whsec_',
      fault: (value) =>
        keyOf(value) ? null : `must be base64 of at least ${KEY_BYTES_MIN} bytes, most often after ${PREFIX}`,
    },
  },
  sufficient: [['signingSecret']],
  settings: z.strictObject(commonSettings),
  // By the specification an endpoint that answers 410 is switched off at the sender.
  statuses: { off: 410, unreadable: 400 },
  verify: ({ header, body, nowMs, settings }, secrets) => {
    const keys = secrets('signingSecret').flatMap((secret) => keyOf(secret) ?? []);
    if (keys.length === 0) return UNSET;
    const parts = signedParts(header);
    if (!parts)
      return refused('webhook-id, webhook-timestamp or webhook-signature is missing (or all of svix-…)');
    const { id, timestamp, signatures } = parts;
    const stale = staleness(timestamp, nowMs, settings.toleranceSeconds);
    if (stale) return refused(stale);
    const given = signatures.split(' ').flatMap((one) => (one.startsWith('v1,') ? [one.slice(3)] : []));
    if (given.length === 0)
      return refused('no signature of version v1 came; Baton verifies no other version');
    const isSigned = (key: Buffer) => {
      const expected = hmac('sha256', key, `${id}.${timestamp}.`, body).digest('base64');
      return given.some((signature) => sameText(expected, signature));
    };
    return keys.some(isSigned)
      ? VERIFIED
      : refused('the signature does not match: compare the signing secret with the one at the sender');
  },
  translate: ({ body, header, settings }) => {
    const read = readJsonBody(body);
    if ('fault' in read) return read;
    const { value } = read;
    if (!isFields(value)) return { events: [], ignored: 1 };
    const id = signedParts(header)?.id ?? '';
    const own = ownEvent(value, id);
    const events = own ? [own] : resendEvents(value, id, settings.stream);
    return { events, ignored: events.length === 0 ? 1 : 0 };
  },
};

/** An event in Baton's form, on its own or as the `data` of a message; the id of the message is its id. */
function ownEvent(message: Fields, id: string): Fields | null {
  const data = fieldsOf(message.data);
  const event = isFields(message.lead) ? message : isFields(data.lead) ? data : null;
  if (!event) return null;
  const occurredAt = event.occurredAt ?? timeOf(message.timestamp);
  return present({ ...event, id: idOf(id), type: event.type ?? message.type, occurredAt });
}

/** One event per recipient. */
function resendEvents(message: Fields, id: string, stream: string): Fields[] {
  const data = fieldsOf(message.data);
  const meaning = meaningOf(message.type, data, stream);
  if (!meaning) return [];
  const detail = fieldsOf(data[meaning.detail]);
  const recipients = Array.isArray(data.to) ? data.to : [data.to ?? data.email];
  return recipients.slice(0, 100).map((recipient, n) =>
    present({
      id: n === 0 ? idOf(id) : idOf(id, n),
      type: meaning.type,
      occurredAt: timeOf(detail.timestamp ?? message.created_at ?? message.timestamp),
      lead: { email: addressOf(recipient) },
      properties: present({
        emailId: textOf(data.email_id, 200),
        subject: textOf(data.subject, 1_000),
        campaign: textOf(data.broadcast_id, 200),
        ...saidInFields(tagsOf(data.tags)),
        ...meaning.properties,
      }),
      ...contextOf(detail.userAgent, detail.ipAddress),
    }),
  );
}

/** Tags come as an object, and in older messages as a list of names and values. */
function tagsOf(tags: unknown): Fields {
  if (!Array.isArray(tags)) return fieldsOf(tags);
  return Object.fromEntries(
    tags.flatMap((tag) => (isFields(tag) && typeof tag.name === 'string' ? [[tag.name, tag.value]] : [])),
  );
}

function meaningOf(
  type: unknown,
  data: Fields,
  stream: string,
): { type: string; detail: 'open' | 'click' | 'bounce'; properties: Fields } | null {
  switch (type) {
    case 'email.sent':
    case 'email.delivered':
    case 'email.complained':
    case 'email.opened':
      return { type, detail: 'open', properties: {} };
    case 'email.clicked':
      return { type, detail: 'click', properties: linkOf(fieldsOf(data.click).link) };
    case 'email.bounced': {
      const isSoft = fieldsOf(data.bounce).type === 'Transient';
      return { type, detail: 'bounce', properties: { bounceType: isSoft ? 'soft' : 'hard' } };
    }
    case 'contact.updated':
      // Every change of a contact comes by this name, so that it is not unsubscribed says nothing new.
      return data.unsubscribed === true
        ? { type: 'email.unsubscribed', detail: 'open', properties: { stream } }
        : null;
    default:
      return null;
  }
}
