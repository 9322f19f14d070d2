/**
 * What a lead did in the current nurture period, folded event by event. The same fold serves the workflow,
 * the courier's list projection, refold and backtests, so that they cannot disagree.
 */
import type { CorePolicy } from './definition.js';
import type { EngagementFact, MachineRule } from './lead-event.js';
import { addOccurrence } from './scoring.js';
import type { Engagement, PendingClick } from './state.js';
import { addVisit } from './visits.js';

/** Bounds of the aggregates; a definition may not ask for more opens or clicks than are remembered. */
const DISTINCT_MAX = 64;
const MAILS_MAX = 64;
const RECENT_CLICKS_MAX = 16;
const CTA_MAX = 32;
/** More clicks than this waiting at once are no person's: the rest is taken for a machine's. */
const PENDING_CLICKS_MAX = 64;

/** Acts of the lead itself. Everything else (deliveries, bounces, profile changes) is news about the lead. */
const HUMAN_TYPES: ReadonlySet<string> = new Set([
  'email.opened',
  'email.clicked',
  'email.replied',
  'page.viewed',
  'content.downloaded',
  'form.submitted',
  'webinar.registered',
  'webinar.attended',
  'demo.requested',
  'pricing.requested',
  'trial.started',
  'meeting.booked',
]);

/** Whether an event type is an act of the lead, which may score, trigger and keep the lead awake. */
export function isAct(type: string): boolean {
  return HUMAN_TYPES.has(type) || type.startsWith('custom.');
}

export interface PeriodBounds {
  readonly number: number;
  readonly startedAt: number;
}

/** What became of an event: `waiting` is an email click whose machine check is still open. */
export type Absorbed =
  | {
      readonly engagement: Engagement;
      readonly as: 'counted' | 'waiting' | 'news' | 'auto_reply' | 'before_period';
    }
  | { readonly engagement: Engagement; readonly as: 'machine'; readonly rule: MachineRule };

export interface SettledClick {
  readonly click: PendingClick;
  readonly machine: MachineRule | null;
}

type Policy = Pick<CorePolicy, 'scoring' | 'triggers' | 'machines'>;

export function emptyEngagement(fit = 0): Engagement {
  return {
    entries: {},
    limits: {},
    visits: {},
    openedMails: [],
    clickedLinks: [],
    mails: {},
    clicks: {},
    ctaSentAt: [],
    lastResponseAt: null,
    lastHumanAt: null,
    pending: [],
    humanCount: 0,
    machineCount: 0,
    fit,
  };
}

/** A new period: score, counts and windows start from nothing; what is known of mails and fit stays known. */
export function nextPeriodEngagement(before: Engagement): Engagement {
  return { ...emptyEngagement(before.fit), mails: before.mails, clicks: before.clicks };
}

/** Folds one event in, after settling the clicks whose wait ended by its acceptance. */
export function applyEngagement(
  engagement: Engagement,
  fact: EngagementFact,
  policy: Policy,
  period: PeriodBounds,
): Engagement {
  return absorb(settleClicks(engagement, fact.acceptedAt, policy), fact, policy, period).engagement;
}

/** Folds one event in and says what became of it. Clicks must have been settled up to its acceptance. */
export function absorb(
  engagement: Engagement,
  fact: EngagementFact,
  policy: Policy,
  period: PeriodBounds,
): Absorbed {
  const known = engagement.fit === fact.fit ? engagement : { ...engagement, fit: fact.fit };
  // The first period holds everything known of the lead; a later one only what happened since it began.
  const before = period.number > 1 && fact.at < period.startedAt;
  if (!isAct(fact.type)) return { engagement: noteMail(known, fact, before), as: 'news' };
  if (fact.machine && !fact.human) {
    return { engagement: before ? known : countMachine(known), as: 'machine', rule: fact.machine };
  }
  if (fact.reply === 'auto_reply') return { engagement: known, as: 'auto_reply' };
  if (before) return { engagement: known, as: 'before_period' };
  if (fact.type === 'email.clicked' && fact.email !== undefined) return holdClick(known, fact, policy);
  return { engagement: count(known, fact, policy), as: 'counted' };
}

/** Lets every waiting click whose wait is over by `atMs` count, or be found a machine's. */
export function settleClicks(engagement: Engagement, atMs: number, policy: Policy): Engagement {
  let current = engagement;
  for (let due = firstDue(current, atMs); due; due = firstDue(current, atMs)) {
    current = settleClick(current, due, policy).engagement;
  }
  return current;
}

/** The waiting click that is to be settled first, if one is due by `atMs`. */
export function firstDue(engagement: Engagement, atMs: number): PendingClick | undefined {
  let first: PendingClick | undefined;
  for (const click of engagement.pending) {
    if (click.settleAt <= atMs && (!first || click.settleAt < first.settleAt)) first = click;
  }
  return first;
}

/** Settles one waiting click. */
export function settleClick(
  engagement: Engagement,
  click: PendingClick,
  policy: Policy,
): SettledClick & { readonly engagement: Engagement } {
  const rest = { ...engagement, pending: engagement.pending.filter((other) => other.seq !== click.seq) };
  const machine = click.human ? null : clickMachineRule(rest, click, policy);
  if (machine) return { engagement: countMachine(rest), click, machine };
  const opened = { ...rest, openedMails: addDistinct(rest.openedMails, click.email) };
  const counted = count(
    click.link === null ? opened : { ...opened, clickedLinks: addDistinct(opened.clickedLinks, click.link) },
    click,
    policy,
  );
  return { engagement: counted, click, machine: null };
}

function clickMachineRule(engagement: Engagement, click: PendingClick, policy: Policy): MachineRule | null {
  if (click.manyLinks) return 'many_links';
  const mail = engagement.mails[String(click.email)];
  const arrivedAt = mail?.deliveredAt ?? mail?.sentAt ?? null;
  if (arrivedAt !== null && Math.abs(click.at - arrivedAt) <= policy.machines.clickAfterDeliveryMs)
    return 'fast_click';
  return null;
}

/**
 * An email click waits before it counts, because what gives a scanner away (clicks on other links of the same
 * mail, the delivery notice) may only come after it.
 */
function holdClick(engagement: Engagement, fact: EngagementFact, policy: Policy): Absorbed {
  if (engagement.pending.length >= PENDING_CLICKS_MAX && !fact.human) {
    return { engagement: countMachine(engagement), as: 'machine', rule: 'many_links' };
  }
  const email = fact.email ?? 0;
  const link = fact.link ?? null;
  const recent = engagement.clicks[String(email)] ?? [];
  const near = (at: number) => Math.abs(at - fact.at) <= policy.machines.manyLinksWithinMs;
  const manyLinks = link !== null && recent.some(([at, other]) => other !== link && near(at));
  const pending = manyLinks
    ? engagement.pending.map((other) =>
        other.email === email && other.link !== null && other.link !== link && near(other.at)
          ? { ...other, manyLinks: true }
          : other,
      )
    : engagement.pending;
  const held: PendingClick = {
    seq: fact.seq,
    settleAt: fact.acceptedAt + policy.machines.manyLinksWithinMs,
    at: fact.at,
    acceptedAt: fact.acceptedAt,
    email,
    link,
    rules: fact.rules,
    triggers: fact.triggers,
    resource: fact.resource ?? null,
    dayKey: fact.dayKey,
    ctaClick: fact.ctaClick === true,
    backfill: fact.backfill === true,
    human: fact.human === true,
    manyLinks,
  };
  const clicks =
    link === null
      ? engagement.clicks
      : bounded({
          ...engagement.clicks,
          [String(email)]: [...recent, [fact.at, link] as const].slice(-RECENT_CLICKS_MAX),
        });
  return { engagement: { ...engagement, clicks, pending: [...pending, held] }, as: 'waiting' };
}

interface Counted {
  readonly at: number;
  readonly dayKey: string;
  readonly rules: readonly string[];
  readonly triggers: readonly string[];
  readonly email?: number | null;
  readonly link?: number | null;
  readonly resource?: number | null;
  readonly ctaClick?: boolean;
  readonly type?: string;
}

function count(engagement: Engagement, act: Counted, policy: Policy): Engagement {
  const scored = addOccurrence(
    engagement,
    act.rules,
    {
      at: act.at,
      dayKey: act.dayKey,
      email: act.email ?? null,
      link: act.link ?? null,
      resource: act.resource ?? null,
    },
    policy,
  );
  const responded = act.ctaClick || act.type === 'email.replied' || act.type === 'form.submitted';
  return {
    ...scored,
    visits: addVisits(scored.visits, act, policy),
    openedMails:
      act.type === 'email.opened' && act.email != null
        ? addDistinct(scored.openedMails, act.email)
        : scored.openedMails,
    // A click that names no mail has no machine check to wait for and comes here directly.
    clickedLinks:
      act.type === 'email.clicked' && act.link != null
        ? addDistinct(scored.clickedLinks, act.link)
        : scored.clickedLinks,
    lastResponseAt: responded ? latest(scored.lastResponseAt, act.at) : scored.lastResponseAt,
    lastHumanAt: latest(scored.lastHumanAt, act.at),
    humanCount: scored.humanCount + 1,
  };
}

function addVisits(visits: Engagement['visits'], act: Counted, policy: Policy): Engagement['visits'] {
  let next = visits;
  for (const action of policy.triggers.actions) {
    if (action.times <= 1 || !act.triggers.includes(action.id)) continue;
    next = { ...next, [action.id]: addVisit(next[action.id] ?? [], act.at, action) };
  }
  return next;
}

/** Sendings and deliveries are remembered per mail: for the fast-click rule and for the fallback's condition. */
function noteMail(engagement: Engagement, fact: EngagementFact, beforePeriod: boolean): Engagement {
  if (fact.email === undefined || (fact.type !== 'email.sent' && fact.type !== 'email.delivered'))
    return engagement;
  const key = String(fact.email);
  const mail = engagement.mails[key] ?? { sentAt: null, deliveredAt: null };
  const sent = fact.type === 'email.sent';
  const mails = bounded({
    ...engagement.mails,
    [key]: sent ? { ...mail, sentAt: fact.at } : { ...mail, deliveredAt: fact.at },
  });
  if (!sent || !fact.directCta || beforePeriod) return { ...engagement, mails };
  return {
    ...engagement,
    mails,
    ctaSentAt: [...engagement.ctaSentAt, fact.at].sort((a, b) => a - b).slice(-CTA_MAX),
  };
}

/** Keeps the newest entries of a record by insertion order; integer keys would be re-ordered, hence the lowest goes. */
function bounded<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const keys = Object.keys(record);
  if (keys.length <= MAILS_MAX) return record;
  const dropped = new Set(
    keys
      .map(Number)
      .sort((a, b) => a - b)
      .slice(0, keys.length - MAILS_MAX)
      .map(String),
  );
  return Object.fromEntries(Object.entries(record).filter(([key]) => !dropped.has(key)));
}

function countMachine(engagement: Engagement): Engagement {
  return { ...engagement, machineCount: engagement.machineCount + 1 };
}

function addDistinct(refs: readonly number[], ref: number): readonly number[] {
  return refs.includes(ref) || refs.length >= DISTINCT_MAX ? refs : [...refs, ref];
}

function latest(a: number | null, b: number): number {
  return a === null || b > a ? b : a;
}
