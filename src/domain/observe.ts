/** Reduces an event of the log to facts under one policy. Runs outside Temporal: courier, backtest, tests. */
import type { FitRule, MachinePolicy, ReplyClass, SourcePolicy } from './definition.js';
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

/** What fit rules and conditions may look at: the lead's traits as of this event. */
export type LeadTraits = Readonly<Record<string, unknown>>;

/** Rules, triggers and counts an event satisfies, as ids and small integers; and the lead's fit. */
export function observe(event: RawEvent, traits: LeadTraits, policy: SourcePolicy): EngagementFact {
  const reply = event.type === 'email.replied' ? replyOf(event, policy) : undefined;
  const field = (name: string): unknown =>
    name === 'reply' ? reply : name in event.properties ? event.properties[name] : undefined;
  const rules: string[] = [];
  for (const rule of policy.scoring.rules) {
    if (rule.on === event.type && (!rule.where || matches(rule.where, field))) rules.push(rule.id);
  }
  const triggers: string[] = [];
  for (const action of policy.triggers.actions) {
    if (action.on === event.type && (!action.where || matches(action.where, field))) triggers.push(action.id);
  }
  const stream = streamOf(event, reply);
  const machine = machineOf(event, policy.machines);
  const meetingAt = event.type === 'meeting.booked' ? instantOf(event.properties.meetingAt) : undefined;
  return {
    kind: 'engagement',
    seq: event.seq,
    type: event.type,
    at: event.occurredAt,
    acceptedAt: event.acceptedAt,
    dayKey: event.dayKey,
    rules,
    triggers,
    fit: fitOf(policy.scoring.fit, traits),
    ...(event.refs.email !== undefined && { email: event.refs.email }),
    ...(event.refs.link !== undefined && { link: event.refs.link }),
    ...(event.refs.resource !== undefined && { resource: event.refs.resource }),
    ...(event.source !== undefined && { source: event.source }),
    ...(event.type === 'email.sent' && event.properties.directCta === true && { directCta: true }),
    ...(event.type === 'email.clicked' && event.properties.cta === true && { ctaClick: true }),
    ...(machine && { machine }),
    ...(event.label === 'human' && { human: true }),
    ...(event.backfill && { backfill: true }),
    ...(event.anonymous && { anonymous: true }),
    ...(reply && { reply }),
    ...(stream && { stream }),
    ...(meetingAt !== undefined && { meetingAt }),
  };
}

/** Milli-points of all fit rules that hold. */
function fitOf(rules: readonly FitRule[], traits: LeadTraits): number {
  let fit = 0;
  for (const rule of rules) {
    if (matches(rule.where, (name) => traits[name])) fit += rule.points;
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
