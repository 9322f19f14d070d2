/** Properties of a tracked event or a page as the types of ours want them. */
import { customProperties, EVENT_TYPES, type EventTypeName } from '../schemas/event-types.js';
import { type Fields, fieldsOf, firstOf, textOf } from './values.js';

/** Where Segment's specifications keep what our types name otherwise; the first that has a value counts. */
const MAIL = {
  emailId: ['emailId', 'email_id', 'campaign_id', 'campaign_name'],
  subject: ['subject', 'email_subject'],
  url: ['url', 'link_url'],
  machine: ['machine'],
};
const PLACE = { url: ['url', 'page_url', 'link_url'], title: ['title', 'page_title'] };
const THING = ['resource', 'asset_name', 'content_name', 'file_name', 'asset', 'title', 'name'];
const ASKED = {
  ...PLACE,
  product: ['product', 'product_name', 'plan'],
  message: ['message', 'comments', 'comment'],
};
const WANTED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'content.downloaded': { ...PLACE, resource: THING, topic: ['topic', 'category'] },
  'webinar.registered': { ...PLACE, resource: ['resource', 'webinar_name', 'webinar', 'title', 'name'] },
  'webinar.attended': { ...PLACE, resource: ['resource', 'webinar_name', 'webinar', 'title', 'name'] },
  'form.submitted': { ...ASKED, form: ['form', 'form_name', 'form_id', 'name'] },
  'demo.requested': ASKED,
  'pricing.requested': ASKED,
  'trial.started': { ...ASKED, product: ['product', 'product_name', 'trial_plan_name', 'plan'] },
  'meeting.booked': { ...PLACE, meetingAt: ['meetingAt', 'meeting_at', 'start_time', 'scheduled_at'] },
};
const TEXT = new Set(['subject', 'title', 'product', 'message', 'resource', 'topic', 'form']);
const HARD = /\b(?:hard|permanent|invalid|suppress)/i;
const SOFT = /\b(?:soft|transient|temporary|block|full|defer)/i;

/**
 * The properties for a type, everything else kept; null when the type demands one that the message does not have. A
 * value that ours cannot hold is kept beside it, as `<name>AsSent`.
 */
export function propertiesFor(
  type: string,
  message: Fields,
  mapped: Readonly<Record<string, string>>,
): Record<string, unknown> | null {
  const sent = fieldsOf(message.properties);
  const found: Record<string, unknown> = { ...sent };
  const wanted = WANTED[type] ?? (type.startsWith('email.') ? MAIL : {});
  for (const [ours, paths] of Object.entries(wanted)) {
    const value = firstOf(sent, paths);
    if (value !== undefined) found[ours] = TEXT.has(ours) ? (textOf(value) ?? value) : value;
  }
  for (const [ours, path] of Object.entries(mapped)) {
    const value = firstOf(path.startsWith('context.') ? message : sent, [path]);
    if (value !== undefined) found[ours] = TEXT.has(ours) ? (textOf(value) ?? value) : value;
  }
  if (type === 'page.viewed') Object.assign(found, placeOf(message, sent));
  if (type === 'email.bounced') found.bounceType ??= bounceType(sent);
  return fitting(type, found);
}

/** Libraries of browsers say where they are in the context of every message. */
function placeOf(message: Fields, sent: Fields): Record<string, unknown> {
  const page = fieldsOf(fieldsOf(message.context).page);
  const url = textOf(sent.url) ?? textOf(page.url);
  const path = textOf(sent.path) ?? textOf(page.path);
  const title = textOf(sent.title) ?? textOf(page.title) ?? textOf(sent.name) ?? textOf(message.name);
  return {
    ...(url !== undefined && { url }),
    ...(path !== undefined && { path }),
    ...(title !== undefined && { title }),
  };
}

function bounceType(sent: Fields): 'hard' | 'soft' | undefined {
  const said = [sent.bounce_type, sent.type, sent.bounceType]
    .map(textOf)
    .find((value) => value !== undefined);
  if (said === undefined) return undefined;
  if (HARD.test(said)) return 'hard';
  return SOFT.test(said) ? 'soft' : undefined;
}

function fitting(type: string, found: Record<string, unknown>): Record<string, unknown> | null {
  const schema = EVENT_TYPES[type as EventTypeName]?.properties;
  const fit = Object.fromEntries(
    Object.entries(found).filter(([, value]) => value !== undefined && value !== null),
  );
  if (!schema) return fittingCustom(fit);
  const parsed = schema.safeParse(fit);
  if (parsed.success) return fit;
  for (const { path } of parsed.error.issues) setAside(fit, path[0]);
  return schema.safeParse(fit).success ? fit : null;
}

/** A sender's own type has few words with a meaning; those are checked as a page's. */
function fittingCustom(fit: Record<string, unknown>): Record<string, unknown> {
  const parsed = customProperties.safeParse(fit);
  if (!parsed.success) for (const { path } of parsed.error.issues) setAside(fit, path[0]);
  return fit;
}

function setAside(fit: Record<string, unknown>, name: PropertyKey | undefined): void {
  if (typeof name !== 'string' || !Object.hasOwn(fit, name)) return;
  fit[`${name}AsSent`] = fit[name];
  delete fit[name];
}
