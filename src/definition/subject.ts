/** What an event of the log speaks of (a mail, a link, a resource), and what a definition makes of it: a fact. Pure. */
import { isbot } from 'isbot';
import type { ContentRule } from '../domain/definition.js';
import type { LogFact } from '../domain/lead-event.js';
import { type LeadTraits, observe, type RawEvent } from '../domain/observe.js';
import type { EventBody, RefKind } from '../store/schema.js';
import { commandFact } from './command-fact.js';
import { type ContentFacts, contentOf, type LinkAddress, linkAddress, resourceName } from './content.js';
import { localDate } from './local-date.js';
import type { PublishedDefinition } from './versions.js';

/** An event as the log holds it; instants are epoch milliseconds. */
export interface LoggedEvent {
  readonly seq: number;
  readonly type: string;
  readonly occurredAtMs: number;
  readonly acceptedAtMs: number;
  readonly backfill: boolean;
  readonly anonymous: boolean;
  /** A person's correction. */
  readonly label: 'machine' | 'human' | null;
  readonly body: EventBody;
}

/** An event with the outside things it speaks of; the same under every definition. */
export interface Subject {
  readonly event: LoggedEvent;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly email: string | null;
  readonly link: LinkAddress | null;
  readonly resource: string | null;
}

/** The numbers by which facts name mails, links and resources. */
export type References = Readonly<Record<RefKind, ReadonlyMap<string, number>>>;

/** For each direct-CTA mail: the link of its call to action, or null when any link is. */
export type CallsToAction = ReadonlyMap<string, string | null>;

/** What a fact depends on besides its event and the definition. */
export interface Surroundings {
  /** The source whose rules hold. */
  readonly source: string | null;
  readonly traits: LeadTraits;
  readonly refs: References;
  readonly ctas: CallsToAction;
}

const NO_PROPERTIES: Readonly<Record<string, unknown>> = {};

export function subjectOf(event: LoggedEvent): Subject {
  const properties = event.body.properties ?? NO_PROPERTIES;
  const { emailId } = properties;
  // The link that a sent mail is remembered by is its call to action.
  const link = knownAddress(
    event.type === 'email.sent' ? properties.ctaUrl : (properties.url ?? properties.path),
  );
  return {
    event,
    properties,
    email: typeof emailId === 'string' || typeof emailId === 'number' ? String(emailId) || null : null,
    link,
    resource: resourceName(event.type, properties, link),
  };
}

/** Remembers a sent mail's call to action, if the event is one. */
export function noteCallToAction(
  ctas: Map<string, string | null>,
  event: { readonly type: string; readonly body: EventBody },
): void {
  if (event.type !== 'email.sent') return;
  const { emailId, directCta, ctaUrl } = event.body.properties ?? {};
  if (directCta === true) ctas.set(String(emailId), knownAddress(ctaUrl)?.key ?? null);
}

/** Sees events as one definition does. */
export class Observer {
  readonly #published: Pick<PublishedDefinition, 'definition' | 'policyFor'>;
  readonly #content = new Recent<ContentFacts | null>();

  constructor(published: Pick<PublishedDefinition, 'definition' | 'policyFor'>) {
    this.#published = published;
  }

  /** The fact that `step` is fed for an event: a command as it was given, everything else as observed. */
  fact(subject: Subject, surroundings: Surroundings, label = subject.event.label): LogFact {
    const command = commandFact(subject.event);
    if (command) return command;
    const policy = this.#published.policyFor(surroundings.source);
    const raw = this.#rawEvent(subject, surroundings, policy.content, label);
    return observe(raw, surroundings.traits, policy);
  }

  #rawEvent(
    subject: Subject,
    { refs, ctas }: Surroundings,
    content: readonly ContentRule[],
    label: LoggedEvent['label'],
  ): RawEvent {
    const { event, email, link, resource } = subject;
    const { definition, policyFor } = this.#published;
    const userAgent = event.body.context?.userAgent;
    const named = event.body.source?.name;
    return {
      seq: event.seq,
      type: event.type,
      occurredAt: event.occurredAtMs,
      acceptedAt: event.acceptedAtMs,
      dayKey: localDate(event.occurredAtMs, definition.calendar.timeZone),
      backfill: event.backfill,
      anonymous: event.anonymous,
      label,
      refs: {
        email: email === null ? undefined : refs.email.get(email),
        link: link === null ? undefined : refs.link.get(link.key),
        resource: resource === null ? undefined : refs.resource.get(resource),
      },
      source: named ? policyFor(named).source : undefined,
      properties: this.#propertiesOf(subject, ctas, content),
      userAgent,
      userAgentIsBot: userAgent === undefined ? undefined : isProgram(userAgent),
    };
  }

  /** The sender's properties and what is known beside them. A copy is made only where there is something to add. */
  #propertiesOf(
    subject: Subject,
    ctas: CallsToAction,
    content: readonly ContentRule[],
  ): RawEvent['properties'] {
    const { event, email, link, resource } = subject;
    const clicked = event.type === 'email.clicked';
    if (link === null && resource === null && !clicked) return subject.properties;
    const properties: Record<string, unknown> = { ...subject.properties };
    if (link !== null) properties.path = link.path;
    if (resource !== null) properties.resource = resource;
    // What the definition says a link is comes before what a sender calls it: rules are written against the former.
    const facts = this.#contentOf(content, subject);
    if (facts !== null) {
      properties.kind = facts.kind;
      if (facts.topic !== undefined) properties.topic = facts.topic;
      if (facts.title !== undefined) properties.title = facts.title;
    }
    if (clicked) properties.cta = isCallToAction(email, link, ctas);
    return properties;
  }

  /** Thousands of events speak of the same few links: the patterns are tried once for each. */
  #contentOf(rules: readonly ContentRule[], { link, resource }: Subject): ContentFacts | null {
    if (link === null && resource === null) return null;
    const key = resource === null ? (link?.key ?? '') : `${link?.key ?? ''}\n${resource}`;
    return this.#content.get(key, () => contentOf(rules, { link, resource }));
  }
}

function isCallToAction(email: string | null, link: LinkAddress | null, ctas: CallsToAction): boolean {
  const call = email === null ? undefined : ctas.get(email);
  return call !== undefined && (call === null || call === link?.key);
}

/** Answers by key that were worked out lately; forgets everything when it is full, so that it stays small. */
class Recent<Value> {
  readonly #values = new Map<string, Value>();

  get(key: string, make: () => Value): Value {
    let value = this.#values.get(key);
    if (value === undefined) {
      value = make();
      if (this.#values.size >= RECENT_MAX) this.#values.clear();
      this.#values.set(key, value);
    }
    return value;
  }
}
const RECENT_MAX = 10_000;

const addresses = new Recent<LinkAddress | null>();
const programs = new Recent<boolean>();

function knownAddress(text: unknown): LinkAddress | null {
  return typeof text === 'string' ? addresses.get(text, () => linkAddress(text)) : null;
}

/** A bare `Mozilla/5.0` is Apple's mail privacy proxy, behind which a person may sit: another rule judges it. */
function isProgram(userAgent: string): boolean {
  return programs.get(userAgent, () => userAgent.trim() !== 'Mozilla/5.0' && isbot(userAgent));
}
