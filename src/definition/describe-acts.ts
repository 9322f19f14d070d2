/** Acts of a lead made up so that they meet the conditions of a definition's rules and actions. */
import type { ContentRule, FieldTest, SourcePolicy, Where } from '../domain/definition.js';
import type { EngagementFact } from '../domain/lead-event.js';
import type { LeadTraits } from '../domain/observe.js';
import { actPhrase } from '../domain/opener.js';
import { contentOf, linkAddress, resourceName } from './content.js';
import { HOUR_MS } from './durations.js';
import { type LoggedEvent, subjectOf } from './subject.js';
import type { WalkDefinition } from './walk.js';
import { eventTypeWords } from './words.js';

/** Something the lead does, without its instant. */
export interface MadeAct {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Past tense, without who and when: `asked for a demo`. */
  readonly words: string;
  /** The clicked link is the call to action of its mail, which must have been sent before. */
  readonly callToAction: boolean;
  /** When a meeting that it books will be. */
  readonly meetingAtMs: number | null;
}

type Properties = Record<string, unknown>;
type Wanted = { readonly on: string; readonly where?: Where };

/** A meeting is booked for this long after the booking. */
const MEETING_AHEAD_MS = 48 * HOUR_MS;
const CONTENT_TRIED_MAX = 40;

export class ActMaker {
  readonly policy: SourcePolicy;

  constructor(
    readonly definition: WalkDefinition,
    readonly source: string | null,
    readonly traits: LeadTraits,
  ) {
    this.policy = definition.published.policyFor(source);
  }

  /**
   * Acts that `meets` finds to be what is wanted, likeliest first; none when nothing was found. Acts with different
   * numbers are about different mails, pages and resources where the conditions leave room.
   */
  acts(wanted: Wanted, number: number, atMs: number, meets: (fact: EngagementFact) => boolean): MadeAct[] {
    const made: MadeAct[] = [];
    const type = wanted.on;
    const mayCall = type === 'email.clicked' && wanted.where?.cta !== undefined ? [true, false] : [false];
    for (const properties of this.#tries(wanted, number, atMs)) {
      for (const callToAction of mayCall) {
        if (meets(this.#fact(type, properties, callToAction)))
          made.push({
            type,
            properties,
            words: this.#words(type, properties),
            callToAction,
            meetingAtMs: typeof properties.meetingAt === 'string' ? Date.parse(properties.meetingAt) : null,
          });
      }
    }
    return made;
  }

  #fact(type: string, properties: Properties, callToAction: boolean): EngagementFact {
    const subject = subjectOf(madeEvent({ seq: 1, atMs: 0, type, properties }));
    const known = (key: string | null) => new Map(key === null ? [] : [[key, 1]]);
    const { email, link, resource } = subject;
    const refs = { email: known(email), link: known(link?.key ?? null), resource: known(resource) };
    const ctas = new Map(callToAction && email !== null ? [[email, null]] : []);
    const surroundings = { source: this.source, traits: this.traits, refs, ctas };
    return this.definition.observer.fact(subject, surroundings) as EngagementFact;
  }

  /** Combinations of what the sender would say; whether they meet the conditions is for the definition to say. */
  *#tries({ on, where = {} }: Wanted, number: number, atMs: number): Generator<Properties> {
    const said = Object.fromEntries(
      Object.entries(where).flatMap(([field, test]) => {
        const value = valueFor(test, number);
        return value === undefined || OF_PLACE.has(field) || field === 'reply' ? [] : [[field, value]];
      }),
    );
    const shouldName = (field: string) => !(where[field] && !holdsSomething(where[field]));
    for (const place of this.#places(on, where, number)) {
      for (const reply of on === 'email.replied' ? this.#replies() : [{}]) {
        yield {
          ...(on.startsWith('email.') && shouldName('emailId') && { emailId: `Example mail ${number + 1}` }),
          ...(on === 'meeting.booked' &&
            shouldName('meetingAt') && { meetingAt: new Date(atMs + MEETING_AHEAD_MS).toISOString() }),
          ...place,
          ...reply,
          ...said,
        };
      }
    }
  }

  /** Where it happens: what the conditions name, what the definition's content names, what a sender may say itself. */
  *#places(on: string, where: Where, number: number): Generator<Properties> {
    const asked = Object.entries(where).filter(([field]) => OF_PLACE.has(field));
    const own = Object.fromEntries(
      asked.flatMap(([field, test]) => {
        const value = valueFor(test, number);
        return value === undefined ? [] : [[field, value]];
      }),
    );
    const plain = plainPlace(on, number);
    if (asked.length === 0) yield plain;
    for (const fill of number === 0 ? ['', 'example'] : [`example-${number}`]) {
      for (const { match } of asked.length > 0 ? this.#contentRules(own) : []) {
        const place = placeOf(match, fill);
        yield { ...place, ...without(own, OF_CONTENT) };
      }
    }
    if (asked.length > 0) yield { ...plain, ...own };
    if (asked.length > 0) yield own;
  }

  /** The rules that name what is asked for come first, so that bounding the search costs nothing usual. */
  #contentRules(asked: Properties): readonly ContentRule[] {
    const rank = ({ kind, topic, title }: ContentRule) =>
      [asked.kind === kind, asked.topic === topic, asked.title === title].filter((same) => !same).length;
    return [...this.policy.content].sort((a, b) => rank(a) - rank(b)).slice(0, CONTENT_TRIED_MAX);
  }

  #replies(): Properties[] {
    const { buyingSignals, optOut } = this.policy.replies;
    const texts = [
      'How does this work in practice?',
      ...buyingSignals.slice(0, 5).map((phrase) => `We would like to know more: ${phrase}.`),
      'Thank you.',
      ...optOut.slice(0, 3),
      'I am out of office.',
    ];
    return texts.map((text) => ({ text }));
  }

  #words(type: string, properties: Properties): string {
    if (type.startsWith('custom.')) return `did ${eventTypeWords(type).replace('the event ', '')}`;
    const link = linkAddress(properties.url ?? properties.path);
    const resource = resourceName(type, properties, link);
    const content = contentOf(this.policy.content, { link, resource });
    const text = (value: unknown) => (typeof value === 'string' ? value : null);
    const phrase = actPhrase({
      type,
      at: 0,
      day: '',
      mail: text(properties.emailId),
      title: content?.title ?? text(properties.title) ?? resource,
      titleFrom: content?.title === undefined ? 'sender' : 'definition',
      path: link?.path ?? null,
      contentKind: content?.kind ?? null,
      product: text(properties.product),
    });
    return type === 'email.replied' ? `${phrase}: “${String(properties.text)}”` : phrase;
  }
}

/** Fields that say where something happened or what it was about. */
const OF_PLACE: ReadonlySet<string> = new Set(['path', 'url', 'kind', 'topic', 'title', 'resource']);
/** Of these, what the content rules say of a place. */
const OF_CONTENT: ReadonlySet<string> = new Set(['kind', 'topic', 'title']);

function plainPlace(on: string, number: number): Properties {
  switch (on) {
    case 'email.clicked':
    case 'page.viewed':
      return { path: `/example-${number + 1}` };
    case 'content.downloaded':
      return { resource: `Example guide ${number + 1}` };
    case 'webinar.registered':
    case 'webinar.attended':
      return { resource: `Example webinar ${number + 1}` };
    default:
      return {};
  }
}

function without(properties: Properties, left: ReadonlySet<string>): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([field]) => !left.has(field)));
}

function placeOf(match: string, fill: string): Properties {
  const filled = filledGlob(match, fill);
  if (match.startsWith('resource:')) return { resource: filled.slice('resource:'.length) };
  if (match.startsWith('http')) return { url: filled };
  return { path: filled.startsWith('/') ? filled : `/${filled}` };
}

const filledGlob = (glob: string, fill: string): string => glob.replace(/\*+/g, fill);

/** Whether a condition wants its field to be there at all. */
const holdsSomething = (test: FieldTest): boolean => !('present' in test) || test.present;

function valueFor(test: FieldTest, number: number): string | number | boolean | undefined {
  if ('present' in test) return test.present ? 'an example' : undefined;
  if ('equals' in test) return test.equals[number % test.equals.length];
  if ('glob' in test) return filledGlob(test.glob, number === 0 ? '' : `example-${number}`);
  return test.atLeast ?? test.atMost;
}

/** Traits that bring the fit as high as its rules allow, as far as conditions on one field do not contradict each other. */
export function fittingTraits({ scoring }: SourcePolicy): LeadTraits {
  const traits: Record<string, unknown> = {};
  for (const { where, points } of [...scoring.fit].sort((a, b) => b.points - a.points)) {
    if (points <= 0) continue;
    for (const [field, test] of Object.entries(where)) {
      const value = valueFor(test, 0);
      if (traits[field] === undefined && value !== undefined) traits[field] = value;
    }
  }
  return traits;
}

/** An event as the log would hold it. */
export function madeEvent(event: {
  readonly seq: number;
  readonly atMs: number;
  readonly type: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly source?: string | null;
  readonly command?: LoggedEvent['body']['command'];
}): LoggedEvent {
  const { seq, atMs, type, properties, source, command } = event;
  return {
    seq,
    type,
    occurredAtMs: atMs,
    acceptedAtMs: atMs,
    backfill: false,
    anonymous: false,
    label: null,
    body: {
      ...(properties && { properties: { ...properties } }),
      ...(source != null && { source: { name: source } }),
      ...(command && { command }),
    },
  };
}
