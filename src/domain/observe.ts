/** Reduces an event of the log to facts under one policy. Runs outside Temporal: courier, backtest, tests. */
import type { Mutable } from './copies.js';
import type {
  ActionTrigger,
  FitRule,
  MachinePolicy,
  ReplyClass,
  ScoringRule,
  SourcePolicy,
} from './definition.js';
import type { EngagementFact, MachineRule, UnsubscribeStream } from './lead-event.js';
import { matches } from './match.js';
import { classifyReply } from './replies.js';

/** A log event as `observe` reads it: times are epoch milliseconds, references were handed out by Postgres. */
export interface RawEvent {
  readonly seq: number;
  readonly type: string;
  readonly occurredAt: number;
  readonly acceptedAt: number;
  /** ISO date of `occurredAt` in the team's time zone. */
  readonly dayKey: string;
  readonly backfill: boolean;
  readonly anonymous: boolean;
  /** A person's correction. */
  readonly label: 'machine' | 'human' | null;
  /** `link` of an `email.sent` is its call to action. */
  readonly refs: { readonly email?: number; readonly link?: number; readonly resource?: number };
  /** The lead source named by the event, as a definition's source id. */
  readonly source?: string;
  /** The sender's properties, with what the content rules know of the link or resource (`kind`, `topic`, `path`). */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly userAgent?: string;
  /** Whether a bot-detection library takes the user agent for a program; asked outside, because the core has no libraries. */
  readonly userAgentIsBot?: boolean;
}

/** What fit rules and conditions may look at: the lead's traits as of this event. Changed traits are another object. */
export type LeadTraits = Readonly<Record<string, unknown>>;

/** Rules, triggers and counts an event satisfies, as ids and small integers; and the lead's fit. */
export function observe(event: RawEvent, traits: LeadTraits, policy: SourcePolicy): EngagementFact {
  const reply = event.type === 'email.replied' ? replyOf(event, policy) : undefined;
  const field = (name: string): unknown =>
    name === 'reply' ? reply : name in event.properties ? event.properties[name] : undefined;
  const asking = askingOf(policy).get(event.type) ?? NOTHING_ASKS;
  const rules = idsOfMatching(asking.rules, field);
  const triggers = idsOfMatching(asking.actions, field);
  const stream = streamOf(event, reply);
  const machine = machineOf(event, policy.machines);
  const meetingAt = event.type === 'meeting.booked' ? instantOf(event.properties.meetingAt) : undefined;
  const fact: Mutable<EngagementFact> = {
    kind: 'engagement',
    seq: event.seq,
    type: event.type,
    at: event.occurredAt,
    acceptedAt: event.acceptedAt,
    dayKey: event.dayKey,
    rules,
    triggers,
    fit: fitOf(policy.scoring.fit, traits),
  };
  const { email, link, resource } = event.refs;
  if (email !== undefined) fact.email = email;
  if (link !== undefined) fact.link = link;
  if (resource !== undefined) fact.resource = resource;
  if (event.source !== undefined) fact.source = event.source;
  if (event.type === 'email.sent' && event.properties.directCta === true) fact.directCta = true;
  if (event.type === 'email.clicked' && event.properties.cta === true) fact.ctaClick = true;
  if (machine) fact.machine = machine;
  if (event.label === 'human') fact.human = true;
  if (event.backfill) fact.backfill = true;
  if (event.anonymous) fact.anonymous = true;
  if (reply) fact.reply = reply;
  if (stream) fact.stream = stream;
  if (meetingAt !== undefined) fact.meetingAt = meetingAt;
  return fact;
}

/** The rules and actions that look at one type of event, in the policy's order. */
interface Asking {
  readonly rules: readonly ScoringRule[];
  readonly actions: readonly ActionTrigger[];
}
const NOTHING_ASKS: Asking = { rules: [], actions: [] };

/** A policy never changes: who asks about which type is found once. Types that nobody asks about take no room. */
const ASKING = new WeakMap<SourcePolicy, ReadonlyMap<string, Asking>>();

function askingOf(policy: SourcePolicy): ReadonlyMap<string, Asking> {
  const known = ASKING.get(policy);
  if (known !== undefined) return known;
  const { rules } = policy.scoring;
  const { actions } = policy.triggers;
  const types = new Set([...rules, ...actions].map(({ on }) => on));
  const about = (type: string): Asking => ({
    rules: rules.filter(({ on }) => on === type),
    actions: actions.filter(({ on }) => on === type),
  });
  const asking = new Map(Array.from(types, (type) => [type, about(type)]));
  ASKING.set(policy, asking);
  return asking;
}

function idsOfMatching(
  asking: readonly (ScoringRule | ActionTrigger)[],
  field: (name: string) => unknown,
): string[] {
  const ids: string[] = [];
  for (const { id, where } of asking) {
    if (where === undefined || matches(where, field)) ids.push(id);
  }
  return ids;
}

/** A lead's traits are one object for the many events that are observed together: its fit is found once. */
const FITS = new WeakMap<readonly FitRule[], WeakMap<LeadTraits, number>>();

/** Milli-points of all fit rules that hold. */
function fitOf(rules: readonly FitRule[], traits: LeadTraits): number {
  let fits = FITS.get(rules);
  if (fits === undefined) {
    fits = new WeakMap();
    FITS.set(rules, fits);
  }
  let fit = fits.get(traits);
  if (fit === undefined) {
    fit = 0;
    for (const rule of rules) {
      if (matches(rule.where, (name) => traits[name])) fit += rule.points;
    }
    fits.set(traits, fit);
  }
  return fit;
}

/** Programs read mails and pages; what a person must fill in or say is not judged by the user agent. */
const JUDGED_BY_USER_AGENT: ReadonlySet<string> = new Set([
  'email.opened',
  'email.clicked',
  'page.viewed',
  'content.downloaded',
]);
/** What Apple's mail privacy proxy calls itself: nothing after the first token. */
const PRIVACY_PROXY_USER_AGENT = 'Mozilla/5.0';

function machineOf(event: RawEvent, policy: MachinePolicy): MachineRule | undefined {
  if (event.label === 'human') return undefined;
  if (event.label === 'machine') return 'corrected';
  const { properties } = event;
  if (properties.machine === true || properties.bot === true) return 'provider_flag';
  if (event.type === 'email.opened' && policy.privacyProxyOpens) {
    if (properties.privacyProxy === true || event.userAgent?.trim() === PRIVACY_PROXY_USER_AGENT)
      return 'privacy_proxy';
  }
  if (policy.userAgents && event.userAgentIsBot && JUDGED_BY_USER_AGENT.has(event.type)) return 'user_agent';
  return undefined;
}

function replyOf(event: RawEvent, policy: SourcePolicy): ReplyClass {
  const { text, autoSubmitted, classification } = event.properties;
  return classifyReply(
    {
      text: typeof text === 'string' ? text : '',
      autoSubmitted: autoSubmitted === true,
      said: typeof classification === 'string' ? classification : undefined,
    },
    policy.replies,
  );
}

/** Which mail the lead no longer wants (or wants again), if the event says so. */
function streamOf(event: RawEvent, reply: ReplyClass | undefined): UnsubscribeStream | undefined {
  const said = event.properties.stream;
  const named = said === 'marketing' || said === 'sales' || said === 'all' ? said : undefined;
  switch (event.type) {
    case 'email.unsubscribed':
    case 'email.resubscribed':
      return named ?? 'all';
    case 'email.complained':
      return 'all';
    case 'email.bounced':
      return event.properties.bounceType === 'hard' ? 'all' : undefined;
    case 'email.replied':
      if (reply !== 'opt_out') return undefined;
      // The stream of the mail it answers: a known mail is marketing's unless the sender says otherwise.
      return named ?? (event.refs.email === undefined ? 'all' : 'marketing');
    default:
      return undefined;
  }
}

function instantOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}
