/**
 * The data package: what a rep gets to know about a lead at the handoff. Built from plain facts that are gathered and
 * put into words of dates outside; nothing is added that no event said.
 */
import type { TriggerFired } from './decision.js';
import { type Act, oneLine, opener, sentence, thing } from './opener.js';
import { summary } from './summary.js';

const PACKAGE_FORMAT = 1;
const LINKS_MAX = 50;
const CONTENT_MAX = 100;

/** One event of the lead's log, as far as a package speaks of it. */
export interface PackageEvent extends Act {
  /** A human act of the lead; false for what machines did and for news about the lead. */
  readonly human: boolean;
  /** Belongs to the current nurture period. */
  readonly current: boolean;
  /** What tells mails and links apart. */
  readonly emailKey: string | null;
  readonly emailSubject: string | null;
  readonly linkKey: string | null;
  readonly resource: string | null;
  readonly topic: string | null;
}

export interface PackagePerson {
  readonly name: string | null;
  readonly email: string | null;
  readonly company: string | null;
  readonly phone: string | null;
  readonly country: string | null;
  readonly companySize: number | null;
  readonly timeZone: string | null;
  /** What the clock says where the lead is, at the handoff. */
  readonly localTime: string | null;
}

export interface EarlierHandoff {
  readonly number: number;
  readonly at: string;
  readonly outcome: string | null;
  readonly outcomeAt: string | null;
  readonly reason: string | null;
  readonly rep: string | null;
}

export interface PackageInput {
  readonly person: PackagePerson;
  readonly leadSource: {
    readonly name: string;
    readonly title: string;
    readonly magnet: string | null;
    readonly channel: string | null;
  };
  readonly createdDay: string;
  readonly events: readonly PackageEvent[];
  readonly trigger: TriggerFired;
  readonly triggerDay: string;
  /** Milli-points. */
  readonly score: {
    readonly total: number;
    readonly contributions: readonly {
      readonly rule: string;
      readonly points: number;
      readonly count: number;
      readonly lastAt: number;
    }[];
  };
  readonly earlier: readonly EarlierHandoff[];
  readonly suppressed: { readonly marketing: boolean; readonly sales: boolean };
}

export interface HandoffPackage {
  readonly format: number;
  readonly person: PackagePerson;
  readonly leadSource: PackageInput['leadSource'];
  readonly engagement: {
    /** Different mails opened and different links clicked in this nurture period. */
    readonly opens: number;
    readonly clicks: number;
    readonly links: readonly PackageLink[];
    readonly topics: readonly { readonly topic: string; readonly count: number }[];
  };
  readonly content: readonly {
    readonly kind: string;
    readonly title: string;
    readonly url: string | null;
    readonly at: string;
  }[];
  /** Points, not milli-points. */
  readonly score: {
    readonly total: number;
    readonly contributions: readonly {
      readonly rule: string;
      readonly points: number;
      readonly count: number;
      readonly lastAt: string;
    }[];
  };
  readonly trigger: TriggerFired;
  readonly lastTouchpoint: {
    readonly emailId: string;
    readonly subject: string | null;
    readonly sentAt: string;
    readonly opened: boolean;
  } | null;
  readonly opener: string;
  readonly summary: string;
  readonly earlier: readonly EarlierHandoff[];
  readonly draft: { readonly subject: string; readonly text: string };
}

interface PackageLink {
  readonly url: string;
  readonly title: string;
  readonly topic: string | null;
  readonly count: number;
  readonly lastAt: string;
}

/** Everything of the package but the draft, which is rendered from it. */
export function buildPackage(input: PackageInput): Omit<HandoffPackage, 'draft'> {
  const human = input.events.filter((event) => event.human);
  const engagement = engagementOf(input.events);
  return {
    format: PACKAGE_FORMAT,
    person: input.person,
    leadSource: input.leadSource,
    engagement,
    content: contentHistory(human),
    score: {
      total: points(input.score.total),
      contributions: input.score.contributions.map((line) => ({
        rule: line.rule,
        points: points(line.points),
        count: line.count,
        lastAt: iso(line.lastAt),
      })),
    },
    trigger: input.trigger,
    lastTouchpoint: lastTouchpoint(input.events),
    opener: opener(human),
    summary: summary(input, engagement),
    earlier: input.earlier,
  };
}

/** What the lead did in the current nurture period, in counts. */
export function engagementOf(events: readonly PackageEvent[]): HandoffPackage['engagement'] {
  const current = events.filter((event) => event.human && event.current);
  const links = clickedLinks(current);
  return {
    opens: distinct(current.filter(isOpen).map((event) => event.emailKey)),
    clicks: links.length,
    links: links.slice(0, LINKS_MAX),
    topics: topics(current),
  };
}

/** A human click counts as an open of that mail. */
function isOpen(event: PackageEvent): boolean {
  return event.type === 'email.opened' || event.type === 'email.clicked';
}

function clickedLinks(events: readonly PackageEvent[]): PackageLink[] {
  const links = new Map<string, { newest: PackageEvent; count: number }>();
  for (const event of events) {
    if (event.type !== 'email.clicked' || event.linkKey === null) continue;
    const known = links.get(event.linkKey);
    if (!known) links.set(event.linkKey, { newest: event, count: 1 });
    else {
      known.count += 1;
      if (event.at > known.newest.at) known.newest = event;
    }
  }
  return [...links.entries()]
    .sort(([, a], [, b]) => b.newest.at - a.newest.at)
    .map(([url, { newest, count }]) => ({
      url,
      title: sentence(thing(newest)),
      topic: newest.topic,
      count,
      lastAt: iso(newest.at),
    }));
}

function topics(events: readonly PackageEvent[]): { topic: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { topic } of events) if (topic !== null) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  return [...counts.entries()]
    .map(([topic, count]) => ({ topic, count }))
    .sort((a, b) => b.count - a.count || (a.topic < b.topic ? -1 : 1));
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  'content.downloaded': 'download',
  'webinar.attended': 'webinar',
  'webinar.registered': 'webinar',
};

/** Downloads, webinars, and pages and links that a content rule knows; newest first. */
function contentHistory(events: readonly PackageEvent[]): HandoffPackage['content'] {
  return events
    .flatMap((event) => {
      const kind = event.contentKind ?? CONTENT_TYPES[event.type] ?? null;
      const isContent =
        event.type in CONTENT_TYPES || event.type === 'page.viewed' || event.type === 'email.clicked';
      if (kind === null || !isContent) return [];
      const name = event.title ?? event.resource ?? event.path;
      return [{ kind, title: sentence(oneLine(name ?? kind)), url: event.linkKey, at: event.at }];
    })
    .sort((a, b) => b.at - a.at)
    .slice(0, CONTENT_MAX)
    .map((entry) => ({ ...entry, at: iso(entry.at) }));
}

function lastTouchpoint(events: readonly PackageEvent[]): HandoffPackage['lastTouchpoint'] {
  const sent = newest(events, 'email.sent') ?? newest(events, 'email.delivered');
  if (!sent || sent.emailKey === null) return null;
  const opened = events.some(
    (event) => event.human && isOpen(event) && event.emailKey === sent.emailKey && event.at >= sent.at,
  );
  return {
    emailId: sent.emailKey,
    subject: sent.emailSubject === null ? null : oneLine(sent.emailSubject),
    sentAt: iso(sent.at),
    opened,
  };
}

function newest(events: readonly PackageEvent[], type: string): PackageEvent | null {
  let found: PackageEvent | null = null;
  for (const event of events) {
    if (event.type === type && event.emailKey !== null && (found === null || event.at >= found.at))
      found = event;
  }
  return found;
}

function distinct(keys: readonly (string | null)[]): number {
  return new Set(keys.filter((key) => key !== null)).size;
}

function points(milli: number): number {
  return milli / 1000;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
