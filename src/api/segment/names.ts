/** What Segment's event names are called here. */
import { createHash } from 'node:crypto';
import { EVENT_TYPE_NAMES } from '../schemas/event-types.js';

const SLUG_LENGTH_MAX = 40;
const HASH_LENGTH = 8;
/** Types travel into Temporal, so a name that may hold an address or a number of somebody is not spelled out. */
const MAY_NAME_SOMEBODY = /@|\d[\d\s().+-]{5,}\d/;

/** Names of Segment's semantic specifications, and the usual ones for what it has none for, in `nameKey` form. */
const SEMANTIC: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'email.sent': ['email sent'],
    'email.delivered': ['email delivered'],
    'email.opened': ['email opened'],
    'email.clicked': ['email link clicked', 'email clicked'],
    'email.replied': ['email replied'],
    'email.bounced': ['email bounced'],
    'email.complained': ['email marked as spam'],
    'email.unsubscribed': ['unsubscribed', 'email unsubscribed'],
    'email.resubscribed': ['resubscribed', 'email resubscribed'],
    'lead.created': ['signed up', 'lead created'],
    'trial.started': ['trial started'],
    'page.viewed': ['product viewed', 'page viewed', 'viewed page', 'loaded a page'],
    'form.submitted': ['form submitted', 'form completed', 'lead form submitted'],
    'demo.requested': ['demo requested', 'requested demo', 'requested a demo'],
    'pricing.requested': ['pricing requested', 'quote requested', 'requested pricing'],
    'meeting.booked': [
      'meeting booked',
      'meeting scheduled',
      'demo booked',
      'demo scheduled',
      'call scheduled',
    ],
    'content.downloaded': [
      'content downloaded',
      'whitepaper downloaded',
      'ebook downloaded',
      'asset downloaded',
      'resource downloaded',
      'file downloaded',
    ],
    'webinar.registered': ['webinar registered', 'registered for webinar'],
    'webinar.attended': ['webinar attended', 'attended webinar'],
  }).flatMap(([type, names]) => names.map((name) => [name, type])),
);

/** The form in which names are compared: case and punctuation do not matter. */
export function nameKey(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** The type of a tracked event without a mapping: a built-in meaning, or the sender's own type `custom.<slug>`. */
export function typeOfName(name: string): string {
  const known = EVENT_TYPE_NAMES.find((type) => type === name);
  if (known && !known.startsWith('sales.')) return known;
  return SEMANTIC.get(nameKey(name)) ?? `custom.${slugOf(name.replace(/^custom\./, ''))}`;
}

function slugOf(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  if (words === '' || MAY_NAME_SOMEBODY.test(name)) return `event_${hash}`;
  const slug = /^[a-z]/.test(words) ? words : `n_${words}`;
  // What is cut off may be what tells two names apart.
  return slug.length <= SLUG_LENGTH_MAX
    ? slug
    : `${slug.slice(0, SLUG_LENGTH_MAX - HASH_LENGTH - 1)}_${hash}`;
}
