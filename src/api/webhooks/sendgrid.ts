/** SendGrid's Event Webhook: an array of events, signed by ECDSA P-256 over timestamp and body. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import {
  addressOf,
  commonSettings,
  contextOf,
  type Fields,
  idOf,
  isFields,
  isSet,
  linkOf,
  present,
  readJsonBody,
  saidInFields,
  staleness,
  textOf,
  timeOf,
} from './reading.js';
import { refused, type Sender, UNSET, VERIFIED } from './sender.js';

const SIGNATURE = 'X-Twilio-Email-Event-Webhook-Signature';
const TIMESTAMP = 'X-Twilio-Email-Event-Webhook-Timestamp';

/** The platform shows the key as base64 of its DER form; some people paste it with PEM lines around. */
function publicKeyOf(text: string): KeyObject | null {
  const base64 = text.replace(/-----[A-Z ]+-----|\s/g, '');
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
    const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
    return isP256 ? key : null;
  } catch {
    return null;
  }
}

function isSignedBy(key: string, signature: string, timestamp: string, body: Buffer): boolean {
  const publicKey = publicKeyOf(key);
  if (!publicKey) return false;
  try {
    const signed = Buffer.concat([Buffer.from(timestamp), body]);
    return verify('sha256', signed, publicKey, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}

export const sendgrid: Sender = {
  kind: 'sendgrid',
  title: 'SendGrid',
  secrets: {
    verificationKey: {
      what: 'Settings > Mail Settings > Event Webhooks > Signature Verification: the verification key',
      fault: (value) =>
        publicKeyOf(value)
          ? null
          : 'is not the verification key that SendGrid shows: base64 of a P-256 public key, beginning with MFkw',
    },
  },
  sufficient: [['verificationKey']],
  settings: z.strictObject(commonSettings),
  statuses: { off: 200, unreadable: 400 },
  verify: ({ header, body, nowMs, settings }, secrets) => {
    const keys = secrets('verificationKey');
    if (keys.length === 0) return UNSET;
    const signature = header(SIGNATURE);
    const timestamp = header(TIMESTAMP);
    if (signature === undefined || timestamp === undefined) {
      return refused(`${SIGNATURE} or ${TIMESTAMP} is missing: turn on Signature Verification at SendGrid`);
    }
    const stale = staleness(timestamp, nowMs, settings.toleranceSeconds);
    if (stale) return refused(stale);
    return keys.some((key) => isSignedBy(key, signature, timestamp, body))
      ? VERIFIED
      : refused('the signature does not match: compare the verification key with the one at SendGrid');
  },
  translate: ({ body, settings }) => {
    const read = readJsonBody(body);
    if ('fault' in read) return read;
    const items = Array.isArray(read.value) ? read.value : [read.value];
    const events = items.flatMap((item) => (isFields(item) ? eventOf(item, settings.stream) : []));
    return { events, ignored: items.length - events.length };
  },
};

function eventOf(item: Fields, stream: string): Fields[] {
  const meaning = meaningOf(item, stream);
  if (!meaning) return [];
  const said = saidInFields(item);
  return [
    present({
      id: idOf(
        ...(item.sg_event_id ? [item.sg_event_id] : [item.event, item.email, item.timestamp, item.url]),
      ),
      type: meaning.type,
      occurredAt: timeOf(item.timestamp),
      lead: { email: addressOf(item.email) },
      properties: present({
        emailId: mailOf(item),
        campaign: textOf(Array.isArray(item.category) ? item.category[0] : item.category, 200),
        ...said,
        ...meaning.properties,
      }),
      ...contextOf(item.useragent, undefined),
    }),
  ];
}

/** The message's id without the name of the machine that it passed, which differs between events of one mail. */
function mailOf(item: Fields): string | undefined {
  return textOf(item.sg_message_id, 1_000)
    ?.split(/\.(?:filter|recvd)/, 1)[0]
    ?.slice(0, 200);
}

function meaningOf(item: Fields, stream: string): { type: string; properties: Fields } | null {
  switch (item.event) {
    case 'processed':
      return { type: 'email.sent', properties: {} };
    case 'delivered':
      return { type: 'email.delivered', properties: {} };
    case 'open':
      return { type: 'email.opened', properties: isSet(item.sg_machine_open) ? { machine: true } : {} };
    case 'click':
      return { type: 'email.clicked', properties: linkOf(item.url) };
    case 'bounce':
      return { type: 'email.bounced', properties: { bounceType: item.type === 'blocked' ? 'soft' : 'hard' } };
    case 'dropped':
      return droppedFor(textOf(item.reason, 200)?.toLowerCase() ?? '', stream);
    case 'spamreport':
      return { type: 'email.complained', properties: {} };
    case 'unsubscribe':
    case 'group_unsubscribe':
      return { type: 'email.unsubscribed', properties: { stream } };
    case 'group_resubscribe':
      return { type: 'email.resubscribed', properties: { stream } };
    default:
      return null;
  }
}

/** A mail that SendGrid did not send because of what it knows of the address. */
function droppedFor(reason: string, stream: string): { type: string; properties: Fields } | null {
  if (reason.startsWith('bounced')) return { type: 'email.bounced', properties: { bounceType: 'hard' } };
  if (reason.startsWith('spam report')) return { type: 'email.complained', properties: {} };
  if (reason.startsWith('unsubscribed')) return { type: 'email.unsubscribed', properties: { stream } };
  return null;
}
