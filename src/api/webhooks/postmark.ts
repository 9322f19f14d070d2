/** Postmark's webhooks: one record each, unsigned; they carry credentials that were chosen at set-up. */
import { z } from '@hono/zod-openapi';
import {
  addressOf,
  commonSettings,
  contextOf,
  type Fields,
  fieldsOf,
  idOf,
  isFields,
  linkOf,
  longSecret,
  present,
  readJsonBody,
  saidInFields,
  sameText,
  textOf,
  timeOf,
} from './reading.js';
import { type Delivery, refused, type Secrets, type Sender, UNSET, VERIFIED } from './sender.js';

const USERNAME = 'baton';
const HEADER_NAME = 'X-Postmark-Secret';

export const postmark: Sender = {
  kind: 'postmark',
  title: 'Postmark',
  secrets: {
    password: longSecret('the password that you gave under Basic auth credentials of the webhook', 16),
    headerSecret: longSecret('the value that you gave to the custom header of the webhook', 16),
  },
  sufficient: [['password'], ['headerSecret']],
  settings: z.strictObject({
    stream: commonSettings.stream,
    toleranceSeconds: commonSettings.toleranceSeconds,
    username: z
      .string()
      .regex(/^[^:\s]{1,100}$/, 'must be 1 to 100 characters without spaces and colons')
      .default(USERNAME),
    headerName: z
      .string()
      .regex(/^[\w-]{1,100}$/, 'must be the name of a header')
      .default(HEADER_NAME),
  }),
  // Postmark never sends a webhook again that was answered 403.
  statuses: { off: 403, unreadable: 400 },
  verify: (delivery, secrets) => {
    if (secrets('password').length + secrets('headerSecret').length === 0) return UNSET;
    const { header, settings } = delivery;
    if (isByHeader(delivery, secrets) || isByPassword(delivery, secrets)) return VERIFIED;
    const headerName = settings.headerName ?? HEADER_NAME;
    const came = header('authorization') !== undefined || header(headerName) !== undefined;
    return refused(
      came
        ? 'the credentials do not match: compare user name and password, or the custom header, with those at Postmark'
        : `neither Basic auth credentials nor ${headerName} came: set one of them on the webhook at Postmark`,
    );
  },
  translate: ({ body, settings }) => {
    const read = readJsonBody(body);
    if ('fault' in read) return read;
    const items = Array.isArray(read.value) ? read.value : [read.value];
    const events = items.flatMap((item) => (isFields(item) ? eventOf(item, settings.stream) : []));
    return { events, ignored: items.length - events.length };
  },
};

function isByHeader({ header, settings }: Delivery, secrets: Secrets): boolean {
  const value = header(settings.headerName ?? HEADER_NAME);
  return value !== undefined && secrets('headerSecret').some((secret) => sameText(secret, value));
}

function isByPassword({ header, settings }: Delivery, secrets: Secrets): boolean {
  const [, credentials] = /^basic +(\S+)$/i.exec(header('authorization')?.trim() ?? '') ?? [];
  if (credentials === undefined) return false;
  const given = Buffer.from(credentials, 'base64').toString('utf8');
  const username = settings.username ?? USERNAME;
  return secrets('password').some((secret) => sameText(`${username}:${secret}`, given));
}

interface Meaning {
  readonly type: string;
  readonly at: unknown;
  readonly email: unknown;
  readonly properties: Fields;
}

function eventOf(item: Fields, stream: string): Fields[] {
  const meaning = meaningOf(item, stream);
  if (!meaning) return [];
  const { type, at, email, properties } = meaning;
  return [
    present({
      // Only bounces and complaints have ids of their own.
      id: idOf(
        item.RecordType,
        type,
        item.ID ?? item.MessageID,
        at,
        addressOf(email),
        item.OriginalLink,
        item.Type,
      ),
      type,
      occurredAt: timeOf(at),
      lead: { email: addressOf(email) },
      properties: present({
        emailId: textOf(item.MessageID, 200),
        campaign: textOf(item.Tag, 200),
        subject: textOf(item.Subject, 1_000),
        ...saidInFields(fieldsOf(item.Metadata)),
        ...properties,
      }),
      ...contextOf(item.UserAgent, fieldsOf(item.Geo).IP),
    }),
  ];
}

function meaningOf(item: Fields, stream: string): Meaning | null {
  switch (item.RecordType) {
    case 'Delivery':
      return { type: 'email.delivered', at: item.DeliveredAt, email: item.Recipient, properties: {} };
    case 'Open':
      return { type: 'email.opened', at: item.ReceivedAt, email: item.Recipient, properties: {} };
    case 'Click':
      return {
        type: 'email.clicked',
        at: item.ReceivedAt,
        email: item.Recipient,
        properties: linkOf(item.OriginalLink),
      };
    case 'Bounce':
      return bounceOf(item, stream);
    case 'SpamComplaint':
      return { type: 'email.complained', at: item.BouncedAt, email: item.Email, properties: {} };
    case 'SubscriptionChange':
      return { at: item.ChangedAt, email: item.Recipient, ...subscriptionOf(item, stream) };
    default:
      return null;
  }
}

const HARD = new Set(['HardBounce', 'BadEmailAddress']);
const SOFT = new Set([
  'Transient',
  'DnsError',
  'SoftBounce',
  'Blocked',
  'SpamNotification',
  'DMARCPolicy',
  'Unknown',
]);

/** Postmark calls by the name of bounce whatever comes back: auto-replies and virus warnings are none. */
function bounceOf(item: Fields, stream: string): Meaning | null {
  const kind = typeof item.Type === 'string' ? item.Type : '';
  const about = { at: item.BouncedAt, email: item.Email };
  if (kind === 'SpamComplaint') return { ...about, type: 'email.complained', properties: {} };
  if (kind === 'Unsubscribe') return { ...about, type: 'email.unsubscribed', properties: { stream } };
  if (HARD.has(kind)) return { ...about, type: 'email.bounced', properties: { bounceType: 'hard' } };
  if (SOFT.has(kind)) return { ...about, type: 'email.bounced', properties: { bounceType: 'soft' } };
  return null;
}

function subscriptionOf(item: Fields, stream: string): Pick<Meaning, 'type' | 'properties'> {
  if (item.SuppressSending === false) return { type: 'email.resubscribed', properties: { stream } };
  if (item.SuppressionReason === 'HardBounce')
    return { type: 'email.bounced', properties: { bounceType: 'hard' } };
  if (item.SuppressionReason === 'SpamComplaint') return { type: 'email.complained', properties: {} };
  return { type: 'email.unsubscribed', properties: { stream } };
}
