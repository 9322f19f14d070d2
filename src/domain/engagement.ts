/**
 * What a lead did in the current nurture period, folded event by event. The same fold serves the workflow,
 * the courier's list projection, refold and backtests, so that they cannot disagree.
 */
import { copyEngagement, type Mutable, withEntry } from './copies.js';
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

interface PeriodBounds {
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

/** An engagement under construction: its parts are replaced, never changed, except records that the fold owns. */
type Draft = Mutable<Engagement>;

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

/**
 * Folds one event in and says what became of it. Clicks must have been settled up to its acceptance. The records of
 * `mails`, `clicks` and `limits` are changed in place when `owned` says that nobody else holds them.
 */
export function absorb(
  engagement: Engagement,
  fact: EngagementFact,
  policy: Policy,
  period: PeriodBounds,
  owned = false,
): Absorbed {
  const draft = copyEngagement(engagement);
  draft.fit = fact.fit;
  // The first period holds everything known of the lead; a later one only what happened since it began.
  const before = period.number > 1 && fact.at < period.startedAt;
  if (!isAct(fact.type)) {
    noteMail(draft, fact, before, owned);
    return { engagement: draft, as: 'news' };
  }
  if (fact.machine && !fact.human) {
    if (!before) draft.machineCount++;
    return { engagement: draft, as: 'machine', rule: fact.machine };
  }
  if (fact.reply === 'auto_reply') return { engagement: draft, as: 'auto_reply' };
  if (before) return { engagement: draft, as: 'before_period' };
  if (fact.type === 'email.clicked' && fact.email !== undefined) {
    return holdClick(draft, fact, policy, owned)
      ? { engagement: draft, as: 'waiting' }
      : { engagement: draft, as: 'machine', rule: 'many_links' };
  }
  count(draft, fact, policy, owned);
  return { engagement: draft, as: 'counted' };
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

/** Settles one waiting click; `owned` as in `absorb`. */
export function settleClick(
  engagement: Engagement,
  click: PendingClick,
  policy: Policy,
  owned = false,
): SettledClick & { readonly engagement: Engagement } {
  const draft = copyEngagement(engagement);
  draft.pending = engagement.pending.filter((other) => other.seq !== click.seq);
  const machine = click.human ? null : clickMachineRule(draft, click, policy);
  if (machine) {
    draft.machineCount++;
  } else {
    draft.openedMails = addDistinct(draft.openedMails, click.email);
    if (click.link !== null) draft.clickedLinks = addDistinct(draft.clickedLinks, click.link);
    count(draft, click, policy, owned);
  }
  return { engagement: draft, click, machine };
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
 * mail, the delivery notice) may only come after it. False: more are waiting than a person makes.
 */
function holdClick(draft: Draft, fact: EngagementFact, policy: Policy, owned: boolean): boolean {
  if (draft.pending.length >= PENDING_CLICKS_MAX && !fact.human) {
    draft.machineCount++;
    return false;
  }
  const email = fact.email ?? 0;
  const link = fact.link ?? null;
  const recent = draft.clicks[String(email)] ?? [];
  const near = (at: number) => Math.abs(at - fact.at) <= policy.machines.manyLinksWithinMs;
  const manyLinks = link !== null && recent.some(([at, other]) => other !== link && near(at));
  const pending = manyLinks
    ? draft.pending.map((other) =>
        other.email === email && other.link !== null && other.link !== link && near(other.at)
          ? { ...other, manyLinks: true }
          : other,
      )
    : draft.pending;
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
  draft.pending = [...pending, held];
  if (link !== null) {
    const clicks = [...recent, [fact.at, link] as const].slice(-RECENT_CLICKS_MAX);
    draft.clicks = withMail(draft.clicks, email, clicks, owned);
  }
  return true;
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

function count(draft: Draft, act: Counted, policy: Policy, owned: boolean): void {
  addOccurrence(draft, act.rules, act, policy, owned);
  addVisits(draft, act, policy);
  if (act.type === 'email.opened' && act.email != null)
    draft.openedMails = addDistinct(draft.openedMails, act.email);
  // A click that names no mail has no machine check to wait for and comes here directly.
  if (act.type === 'email.clicked' && act.link != null)
    draft.clickedLinks = addDistinct(draft.clickedLinks, act.link);
  if (act.ctaClick || act.type === 'email.replied' || act.type === 'form.submitted')
    draft.lastResponseAt = latest(draft.lastResponseAt, act.at);
  draft.lastHumanAt = latest(draft.lastHumanAt, act.at);
  draft.humanCount++;
}

function addVisits(draft: Draft, act: Counted, policy: Policy): void {
  if (act.triggers.length === 0) return;
  for (const action of policy.triggers.actions) {
    if (action.times <= 1 || !act.triggers.includes(action.id)) continue;
    const visits = addVisit(draft.visits[action.id] ?? [], act.at, action);
    draft.visits = { ...draft.visits, [action.id]: visits };
  }
}

/** Sendings and deliveries are remembered per mail: for the fast-click rule and for the fallback's condition. */
function noteMail(draft: Draft, fact: EngagementFact, beforePeriod: boolean, owned: boolean): void {
  const sent = fact.type === 'email.sent';
  if (fact.email === undefined || !(sent || fact.type === 'email.delivered')) return;
  const known = draft.mails[String(fact.email)];
  const mail = {
    sentAt: sent ? fact.at : (known?.sentAt ?? null),
    deliveredAt: sent ? (known?.deliveredAt ?? null) : fact.at,
  };
  draft.mails = withMail(draft.mails, fact.email, mail, owned);
  if (sent && fact.directCta && !beforePeriod)
    draft.ctaSentAt = [...draft.ctaSentAt, fact.at].sort((a, b) => a - b).slice(-CTA_MAX);
}

/** What is remembered per mail, with one mail's part set: of too many mails the lowest numbers, the oldest, go. */
function withMail<T>(
  record: Readonly<Record<string, T>>,
  email: number,
  value: T,
  owned: boolean,
): Readonly<Record<string, T>> {
  const key = String(email);
  const isNew = record[key] === undefined;
  const changed = withEntry(record, key, value, owned);
  if (!isNew) return changed;
  const mails = Object.keys(changed);
  if (mails.length <= MAILS_MAX) return changed;
  mails.sort((a, b) => Number(a) - Number(b));
  for (const oldest of mails.slice(0, mails.length - MAILS_MAX)) delete changed[oldest];
  return changed;
}

function addDistinct(refs: readonly number[], ref: number): readonly number[] {
  return refs.includes(ref) || refs.length >= DISTINCT_MAX ? refs : [...refs, ref];
}

function latest(a: number | null, b: number): number {
  return a === null || b > a ? b : a;
}
