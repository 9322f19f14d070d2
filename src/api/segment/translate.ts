/** From one Segment message to one event, as `POST /v1/events` would take it. */
import { findUnsafe } from '../safe-text.js';
import { isTimeZone } from '../schemas/common.js';
import { eventIdOf, occurredAtMs } from './clock.js';
import { nameKey, typeOfName } from './names.js';
import { aliasIdentifiers, identifiersOf, type LeadIdentifiers } from './people.js';
import { propertiesFor } from './properties.js';
import type { SegmentMap } from './segment-map.js';
import { companyTraits, personTraits } from './traits.js';
import { type Fields, fieldsOf, firstOf, textOf } from './values.js';

export const KINDS = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const;
export type Kind = (typeof KINDS)[number];

const MESSAGE_BYTES_MAX = 32 * 1024;
const NAME_LENGTH_MAX = 200;
const SOURCE_TEXT_LENGTH_MAX = 200;
const AGENT_LENGTH_MAX = 2_000;
const SHORT_LENGTH_MAX = 64;

interface Surroundings {
  readonly map: SegmentMap;
  readonly receivedAtMs: number;
  /** What the batch says for all of its messages. */
  readonly batch: Fields;
  /** The addresses of users that an `alias` names as previous. */
  readonly emailOfUser: ReadonlyMap<string, string>;
}

/** The event; or why the message is refused; or null for one that the mapping ignores. */
type Translated = { value: unknown } | { refused: Refused } | null;
interface Refused {
  readonly id: string | null;
  readonly code: 'invalid_event' | 'too_large' | 'unsafe_text';
  readonly message: string;
  readonly path: string;
}

type Meaning = { type: string; properties: Record<string, unknown>; lead: LeadIdentifiers } | null;

/** Translates a message whose kind is known from its address, or else from its `type`. */
export function translate(value: unknown, kindOfAddress: Kind | null, around: Surroundings): Translated {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(null, 'invalid_event', 'a message is a JSON object', '');
  }
  const sent = fieldsOf(value);
  const context = { ...fieldsOf(around.batch.context), ...fieldsOf(sent.context) };
  const unsafe = findUnsafe({ ...sent, context });
  const id =
    typeof sent.messageId === 'string' && !findUnsafe(sent.messageId) ? sent.messageId.slice(0, 200) : null;
  if (unsafe) return refuse(id, 'unsafe_text', unsafe.message, unsafe.path.join('.'));
  if (Buffer.byteLength(JSON.stringify(sent)) > MESSAGE_BYTES_MAX) {
    return refuse(
      id,
      'too_large',
      `is larger than the ${MESSAGE_BYTES_MAX / 1024} KB that one message may have`,
      '',
    );
  }
  const kind = kindOfAddress ?? KINDS.find((known) => known === sent.type);
  if (!kind)
    return refuse(id, 'invalid_event', `must be ${KINDS.slice(0, -1).join(', ')} or ${KINDS.at(-1)}`, 'type');
  if (kind === 'track' && textOf(sent.event) === undefined) {
    return refuse(id, 'invalid_event', 'is missing: a tracked event has a name', 'event');
  }
  const message: Fields = { ...sent, type: kind, context };
  const meaning = meaningOf(message, kind, around);
  if (!meaning) return null;
  const { lead, type, properties } = meaning;
  const source = sourceOf(message, around.map);
  return {
    value: {
      id: eventIdOf(message, kind, around.receivedAtMs),
      type,
      occurredAt: new Date(occurredAtMs(message, around.batch.sentAt, around.receivedAtMs)).toISOString(),
      ...(Object.keys(lead).length > 0 && { lead }),
      ...(source && { source }),
      properties,
      context: contextOf(context),
    },
  };
}

function meaningOf(message: Fields, kind: Kind, around: Surroundings): Meaning {
  const { map, emailOfUser } = around;
  const emailPath = map.traits.email;
  switch (kind) {
    case 'track':
      return tracked(message, textOf(message.event) ?? '', map);
    case 'page':
    case 'screen':
      return viewed(message, kind, map);
    case 'identify': {
      const context = fieldsOf(message.context);
      const traits = { ...fieldsOf(context.traits), ...fieldsOf(message.traits) };
      const lead = identifiersOf(message, false, emailPath);
      const zone = textOf(context.timezone);
      const known = zone !== undefined && isTimeZone(zone) ? { timeZone: zone } : {};
      return {
        type: 'lead.updated',
        properties: withTraits({ ...known, ...personTraits(traits, map.traits) }),
        lead,
      };
    }
    case 'group': {
      const groupId = textOf(message.groupId);
      const traits = companyTraits(fieldsOf(message.traits), groupId, map.traits);
      return { type: 'lead.updated', properties: withTraits(traits), lead: identifiersOf(message, false) };
    }
    case 'alias':
      return { type: 'lead.updated', properties: {}, lead: aliasIdentifiers(message, emailOfUser) };
  }
}

function tracked(message: Fields, name: string, map: SegmentMap): Meaning {
  const mapping = map.events.get(nameKey(name));
  if (mapping?.type === null) return null;
  const type = mapping?.type ?? typeOfName(name);
  const isOwn = !type.startsWith('custom.');
  const lead = identifiersOf(message, isOwn, map.traits.email);
  const named = { event: name.slice(0, NAME_LENGTH_MAX) };
  const properties = propertiesFor(type, message, mapping?.properties ?? {});
  if (properties === null) {
    // The meaning lacks what it needs, such as a page its address; what happened is kept under its own name.
    const custom = typeOfName(`custom.${name}`);
    return { type: custom, properties: { ...named, ...propertiesFor(custom, message, {}) }, lead };
  }
  if (type === 'lead.created' || type === 'lead.updated') {
    const context = fieldsOf(message.context);
    const traits = personTraits({ ...fieldsOf(context.traits), ...fieldsOf(message.properties) }, map.traits);
    return { type, properties: { ...named, ...withTraits(traits) }, lead };
  }
  return { type, properties: { ...named, ...properties }, lead };
}

function viewed(message: Fields, kind: 'page' | 'screen', map: SegmentMap): Meaning {
  const type = kind === 'page' ? 'page.viewed' : 'custom.screen_viewed';
  const lead = identifiersOf(message, false, map.traits.email);
  const properties = propertiesFor(type, message, {});
  if (properties) {
    const name = textOf(message.name);
    return { type, properties: { ...(name !== undefined && { name }), ...properties }, lead };
  }
  const { name, category } = message;
  return {
    type: 'custom.page_viewed',
    properties: { name, category, ...fieldsOf(message.properties) },
    lead,
  };
}

const withTraits = (traits: Record<string, unknown>) => (Object.keys(traits).length > 0 ? { traits } : {});

/** Where the lead came from: its name only where the mapping, or the sender, says it in our words. */
function sourceOf(message: Fields, map: SegmentMap): Record<string, string> | null {
  const campaign = fieldsOf(fieldsOf(message.context).campaign);
  const channel = textOf(campaign.source)?.slice(0, SOURCE_TEXT_LENGTH_MAX);
  const magnet = textOf(campaign.name)?.slice(0, SOURCE_TEXT_LENGTH_MAX);
  const name = [magnet, channel]
    .map((said) => (said === undefined ? undefined : map.sources.get(nameKey(said))))
    .find((found) => found !== undefined);
  const source = {
    ...(name !== undefined && { name }),
    ...(magnet && { magnet }),
    ...(channel && { channel }),
  };
  return Object.keys(source).length > 0 ? source : null;
}

function contextOf(context: Fields): Record<string, unknown> {
  const userAgent = textOf(firstOf(context, ['userAgent', 'user_agent']))?.slice(0, AGENT_LENGTH_MAX);
  const short = (value: unknown) => {
    const text = textOf(value);
    return text !== undefined && text.length <= SHORT_LENGTH_MAX ? text : undefined;
  };
  const ip = short(context.ip);
  const timezone = short(context.timezone);
  return {
    ...(userAgent !== undefined && { userAgent }),
    ...(ip !== undefined && { ip }),
    ...(timezone !== undefined && { timezone }),
  };
}

function refuse(id: string | null, code: Refused['code'], message: string, path: string): Translated {
  return { refused: { id, code, message, path } };
}
