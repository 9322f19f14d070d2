/** What Mandrill says about mails: a list of events in one field of a form. */
import {
  addressOf,
  contextOf,
  type Fields,
  fieldsOf,
  idOf,
  isFields,
  linkOf,
  present,
  readJsonBody,
  saidInFields,
  textOf,
  timeOf,
} from './reading.js';
import type { Translation } from './sender.js';

/** The events in a form whose signature was verified. */
export function mandrillEvents(form: URLSearchParams, stream: string): Translation {
  const read = readJsonBody(Buffer.from(form.get('mandrill_events') ?? '[]'));
  if ('fault' in read) return read;
  const items = Array.isArray(read.value) ? read.value : [read.value];
  const events = items.flatMap((item) => (isFields(item) ? eventOf(item, stream) : []));
  return { events, ignored: items.length - events.length };
}

function eventOf(item: Fields, stream: string): Fields[] {
  const meaning = meaningOf(item, stream);
  if (!meaning) return [];
  const message = fieldsOf(item.msg);
  const machine = fieldsOf(item.user_agent_parsed).type === 'Robot' ? { machine: true } : {};
  return [
    present({
      id: idOf(item._id, item.event, item.ts, item.url),
      type: meaning.type,
      occurredAt: timeOf(item.ts),
      lead: { email: addressOf(message.email) },
      properties: present({
        emailId: textOf(item._id, 200),
        subject: textOf(message.subject, 1_000),
        campaign: textOf(Array.isArray(message.tags) ? message.tags[0] : undefined, 200),
        ...saidInFields(fieldsOf(message.metadata)),
        ...meaning.properties,
        ...(meaning.isEngagement && machine),
      }),
      ...contextOf(item.user_agent, item.ip),
    }),
  ];
}

function meaningOf(
  item: Fields,
  stream: string,
): { type: string; properties: Fields; isEngagement?: boolean } | null {
  switch (item.event) {
    case 'send':
      return { type: 'email.sent', properties: {} };
    case 'delivered':
      return { type: 'email.delivered', properties: {} };
    case 'open':
      return { type: 'email.opened', properties: {}, isEngagement: true };
    case 'click':
      return { type: 'email.clicked', properties: linkOf(item.url), isEngagement: true };
    case 'hard_bounce':
      return { type: 'email.bounced', properties: { bounceType: 'hard' } };
    case 'soft_bounce':
      return { type: 'email.bounced', properties: { bounceType: 'soft' } };
    case 'spam':
      return { type: 'email.complained', properties: {} };
    case 'unsub':
      return { type: 'email.unsubscribed', properties: { stream } };
    default:
      return null;
  }
}
