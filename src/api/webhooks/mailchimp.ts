/**
 * Mailchimp's audience webhooks: form-encoded and unsigned, so a secret stands in their address. Mandrill (Mailchimp
 * Transactional) comes to the same address and is verified by its own signature.
 */
import { z } from '@hono/zod-openapi';
import { mandrillEvents } from './mandrill.js';
import {
  addressOf,
  commonSettings,
  type Fields,
  hmac,
  idOf,
  longSecret,
  present,
  sameText,
  textOf,
  timeOf,
} from './reading.js';
import { type Delivery, refused, type Secrets, type Sender, UNSET, VERIFIED } from './sender.js';

const MANDRILL_SIGNATURE = 'X-Mandrill-Signature';

export const mailchimp: Sender = {
  kind: 'mailchimp',
  title: 'Mailchimp, and Mandrill',
  secrets: {
    addressSecret: {
      what: 'a text of your own that you add to the address as ?secret=…',
      fault: (value) =>
        /^[\w.~-]{24,}$/.test(value)
          ? null
          : 'needs at least 24 letters, digits and - . _ ~ (`openssl rand -hex 24`)',
    },
    mandrillKey: longSecret('the key that Mandrill shows beside the webhook', 16),
  },
  sufficient: [['addressSecret'], ['mandrillKey']],
  settings: z.strictObject(commonSettings),
  statuses: { off: 200, unreadable: 400 },
  asksByGet: true,
  verify: (delivery, secrets) => {
    const signature = delivery.header(MANDRILL_SIGNATURE);
    if (signature !== undefined) return verifyMandrill(delivery, signature, secrets);
    // Mandrill asks without any credentials; the answer says nothing that a wrong guess would not.
    if (delivery.method !== 'POST' && secrets('mandrillKey').length > 0) return VERIFIED;
    const known = secrets('addressSecret');
    if (known.length === 0) return UNSET;
    const given = delivery.query('secret');
    if (given === undefined)
      return refused('the address lacks ?secret=…: add it to the address at Mailchimp');
    return known.some((secret) => sameText(secret, given))
      ? VERIFIED
      : refused('the secret in the address is not that of the connection');
  },
  translate: ({ body, header, nowMs, settings }) => {
    const form = formOf(body);
    if (!form) return { fault: 'The body is not a form in UTF-8.' };
    if (header(MANDRILL_SIGNATURE) !== undefined) return mandrillEvents(form, settings.stream);
    const events = eventsOf(form, settings.stream, nowMs);
    return { events, ignored: events.length === 0 && [...form.keys()].length > 0 ? 1 : 0 };
  },
};

function formOf(body: Buffer): URLSearchParams | null {
  try {
    return new URLSearchParams(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return null;
  }
}

/** Signed are the address and, in the order of their names, each field's name and value. */
function verifyMandrill({ address, body }: Delivery, signature: string, secrets: Secrets) {
  const keys = secrets('mandrillKey');
  if (keys.length === 0) return UNSET;
  const form = formOf(body);
  if (!form) return refused('the body is not a form in UTF-8');
  const fields = [...form].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => name + value);
  const isSigned = (key: string) =>
    sameText(hmac('sha1', key, address, ...fields).digest('base64'), signature);
  return keys.some(isSigned)
    ? VERIFIED
    : refused(
        'the signature does not match: compare the key with the one at Mandrill, and BATON_PUBLIC_URL with the address there',
      );
}

function eventsOf(form: URLSearchParams, stream: string, nowMs: number): Fields[] {
  const data = (name: string) => form.get(`data[${name}]`) ?? undefined;
  const type = form.get('type');
  const firedAt = form.get('fired_at');
  const email = addressOf(data('email'));
  const at = timeOf(firedAt?.replace(' ', 'T').concat('Z'));
  const event = (kind: string, properties: Fields): Fields =>
    present({
      // Mailchimp's webhooks have no id of their own.
      id: idOf(kind, type, firedAt, email, data('list_id'), data('id'), data('action'), data('reason')),
      type: kind,
      // The zone of the time is not documented: one that has not come yet is no time to go by.
      occurredAt: at !== undefined && Date.parse(at) <= nowMs ? at : undefined,
      lead: { email },
      properties: present({ ...properties, audience: textOf(data('list_id'), 100) }),
    });
  switch (type) {
    case 'subscribe':
      return [event('lead.created', traitsOf(form)), event('email.resubscribed', { stream })];
    case 'profile':
      return [event('lead.updated', traitsOf(form))];
    case 'unsubscribe':
      return [
        data('reason') === 'abuse' ? event('email.complained', {}) : event('email.unsubscribed', { stream }),
      ];
    case 'cleaned':
      return [
        data('reason') === 'abuse'
          ? event('email.complained', {})
          : event('email.bounced', { bounceType: 'hard' }),
      ];
    default:
      return [];
  }
}

function traitsOf(form: URLSearchParams): { traits: Fields } {
  const merge = (name: string) => textOf(form.get(`data[merges][${name}]`), 500);
  const name = [merge('FNAME'), merge('LNAME')].filter((part) => part !== undefined).join(' ');
  return {
    traits: present({
      name: textOf(name, 500),
      company: merge('COMPANY'),
      phone: textOf(merge('PHONE'), 100),
    }),
  };
}
