/** Which properties tests may give an event, by its type. */
import { CUSTOM_EVENT, LEAD_EVENTS } from './event-types.js';

type LeadEventType = (typeof LEAD_EVENTS)[number];

const MAIL = ['emailId', 'machine'] as const;
const PLACE = ['url', 'title'] as const;
const INTEREST = [...PLACE, 'product', 'message'] as const;

const BY_TYPE = {
  'lead.created': ['traits'],
  'lead.updated': ['traits'],
  'customer.created': [],
  'email.sent': [...MAIL, 'subject', 'directCta', 'ctaUrl'],
  'email.delivered': MAIL,
  'email.opened': [...MAIL, 'privacyProxy'],
  'email.clicked': [...MAIL, ...PLACE],
  'email.replied': [...MAIL, 'text', 'autoSubmitted', 'classification', 'stream'],
  'email.bounced': [...MAIL, 'bounceType'],
  'email.complained': MAIL,
  'email.unsubscribed': [...MAIL, 'stream'],
  'email.resubscribed': [...MAIL, 'stream'],
  'page.viewed': [...PLACE, 'path', 'machine'],
  'content.downloaded': [...PLACE, 'resource', 'topic', 'machine'],
  'form.submitted': [...PLACE, 'form', 'product', 'message'],
  'webinar.registered': ['resource', 'title'],
  'webinar.attended': ['resource', 'title'],
  'demo.requested': INTEREST,
  'pricing.requested': INTEREST,
  'trial.started': INTEREST,
  'meeting.booked': [...PLACE, 'meetingAt'],
} as const satisfies Record<LeadEventType, readonly string[]>;

const CUSTOM = [...PLACE, 'emailId', 'resource', 'machine'] as const;

type EventProperty = (typeof BY_TYPE)[LeadEventType][number] | (typeof CUSTOM)[number];

/** Every property that some event type has, once. */
export const EVENT_PROPERTIES: readonly EventProperty[] = [
  ...new Set<EventProperty>(Object.values(BY_TYPE).flat()),
];

/** What an event of a type may say beside its own `properties`. */
export function propertiesOf(type: string): readonly string[] {
  return Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type as LeadEventType] : CUSTOM;
}

/** What says nothing without it: a page view without its page, an email act without its mail. */
export function neededBy(type: string): readonly string[] {
  if (type === 'page.viewed') return ['url', 'path'];
  return type === 'email.opened' || type === 'email.clicked' || type === 'email.sent' ? ['emailId'] : [];
}

export function isEventType(value: string): boolean {
  return (LEAD_EVENTS as readonly string[]).includes(value) || CUSTOM_EVENT.test(value);
}
