/**
 * The parts of a definition in words that marketing and sales both read: times, points, conditions, rules, actions.
 * Pure; the same value always gives the same words, and nothing is rounded.
 */
import type {
  ActionTrigger,
  Duration,
  FieldTest,
  FitRule,
  ScoringRule,
  SlaTerms,
  TriggerPolicy,
  Where,
} from '../domain/definition.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './durations.js';

/** `a`, `a or b`, `a, b or c`. */
export function listWords(items: readonly string[], joint: 'and' | 'or'): string {
  if (items.length < 2) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} ${joint} ${items.at(-1)}`;
}

export const quoted = (text: string): string => `"${text}"`;

/** `1 day`, `2 days`. */
export const countWords = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;

/** `once`, `3 times`. */
export const timesWords = (times: number): string => (times === 1 ? 'once' : `${times} times`);

const UNITS = [
  [DAY_MS, 'day'],
  [HOUR_MS, 'hour'],
  [MINUTE_MS, 'minute'],
  [SECOND_MS, 'second'],
  [1, 'millisecond'],
] as const;

/** Up to this many of a smaller unit people still say in that unit: 90 minutes, but not 100000 seconds. */
const MANY = 120;

/** Milliseconds as people say them: `24 hours`, `7 days`, `90 minutes`; `no time` for 0. */
export function spanWords(ms: number): string {
  if (ms === 0) return 'no time';
  // A single day is said in hours, because "1 day" is also heard as "until tomorrow evening".
  if (ms === DAY_MS) return '24 hours';
  for (const [unit, noun] of UNITS) {
    if (ms % unit === 0 && ms / unit <= MANY) return countWords(ms / unit, noun);
    if (ms % unit === 0 && unit === DAY_MS) return countWords(ms / unit, noun);
  }
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, noun] of UNITS) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) parts.push(countWords(count, noun));
  }
  return parts.join(' ');
}

/** `3 business days`, `the same business day`, `24 hours`, `no time`. */
export function durationWords(duration: Duration): string {
  if ('ms' in duration) return spanWords(duration.ms);
  if (duration.businessDays === 0) return 'the same business day';
  return countWords(duration.businessDays, 'business day');
}

/** Milli-points as a number of points, exactly: 50000 is `50`, 2500 is `2.5`. */
export const pointsNumber = (milli: number): string => String(milli / 1_000);

/** `5 points`, `1 point`, `-10 points`. */
export const pointsWords = (milli: number): string => countWords(milli / 1_000, 'point');

/** Parts per million as percents, exactly: 800000 is `80%`. */
export const shareWords = (partsPerMillion: number): string => `${partsPerMillion / 10_000}%`;

/** `companySize` is `company size`. */
const fieldWords = (field: string): string =>
  field.replace(/([a-z])([A-Z])/g, (_, last: string, first: string) => `${last} ${first.toLowerCase()}`);

const REPLIES: Readonly<Record<string, string>> = {
  auto_reply: 'an automatic reply',
  opt_out: 'an opt-out',
  buying_signal: 'a buying signal',
  question: 'a question',
  other: 'something else',
};

/** Quotes keep a value with blanks or commas from running into the sentence around it. */
function valueWords(field: string, value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  if (field === 'reply') return REPLIES[value] ?? quoted(value);
  if (field === 'kind' && /^\w+$/.test(value)) return value.replaceAll('_', ' ');
  return /^[\p{L}\p{N}_./:@+-]+$/u.test(value) ? value : quoted(value);
}

function globWords(glob: string): string {
  const [, before = '', text = '', after = ''] = /^(\*\*)?([^*]+)(\*\*)?$/.exec(glob) ?? [];
  if (text === '') return `fits ${glob}`;
  if (before && after) return `contains ${text}`;
  if (after) return `begins with ${text}`;
  return before ? `ends with ${text}` : `is ${text}`;
}

function testWords(field: string, test: FieldTest): string {
  const name = `the ${fieldWords(field)}`;
  if ('present' in test) return test.present ? `${name} is given` : `${name} is not given`;
  if ('glob' in test) return `${name} ${globWords(test.glob)}`;
  if ('equals' in test) {
    if (field === 'emailDomain' && test.equals.length === 1 && test.equals[0] === 'free')
      return 'the address is at a free mail provider';
    const values = test.equals.map((value) => valueWords(field, value));
    return `${name} is ${listWords(values, 'or')}`;
  }
  const { atLeast, atMost } = test;
  if (atLeast !== undefined && atMost !== undefined) return `${name} is from ${atLeast} to ${atMost}`;
  if (atLeast !== undefined) return `${name} is at least ${atLeast}`;
  return atMost === undefined ? `${name} is a number` : `${name} is at most ${atMost}`;
}

/** `the country is US or CA and the company size is at least 50`; `always` without a condition. */
export function conditionWords(where: Where | undefined): string {
  const tests = Object.entries(where ?? {}).map(([field, test]) => testWords(field, test));
  return tests.length === 0 ? 'always' : tests.join(' and ');
}

const EVENTS: Readonly<Record<string, string>> = {
  'lead.created': 'becoming a lead',
  'lead.updated': 'changed details of the lead',
  'customer.created': 'becoming a customer',
  'email.sent': 'a mail sent',
  'email.delivered': 'a mail delivered',
  'email.opened': 'an opened mail',
  'email.clicked': 'a click in a mail',
  'email.replied': 'a reply to a mail',
  'email.bounced': 'a bounced mail',
  'email.complained': 'a spam complaint',
  'email.unsubscribed': 'an unsubscription',
  'email.resubscribed': 'a new subscription after an unsubscription',
  'page.viewed': 'a page view',
  'content.downloaded': 'a download',
  'form.submitted': 'a form sent in',
  'webinar.registered': 'a webinar registration',
  'webinar.attended': 'an attended webinar',
  'demo.requested': 'a demo request',
  'pricing.requested': 'a pricing request',
  'trial.started': 'a free trial started',
  'meeting.booked': 'a booked meeting',
};

/** What happened, without its condition: `a click in a mail`; an event of one's own by its name in quotes. */
export const eventTypeWords = (type: string): string => EVENTS[type] ?? `the event ${quoted(type)}`;

/** What a rule or an action waits for: `a view of a pricing page`, `a download where the topic is pricing`. */
export function eventWords(on: string, where?: Where): string {
  const { kind, ...others } = where ?? {};
  if (on === 'page.viewed' && kind && 'equals' in kind) {
    const kinds = listWords(
      kind.equals.map((one) => valueWords('kind', one)),
      'or',
    );
    return conditioned(`a view of ${/^[aeiou]/i.test(kinds) ? 'an' : 'a'} ${kinds} page`, others);
  }
  return conditioned(eventTypeWords(on), where);
}

function conditioned(noun: string, where: Where | undefined): string {
  return Object.keys(where ?? {}).length === 0 ? noun : `${noun} where ${conditionWords(where)}`;
}

const PER: Readonly<Record<NonNullable<ScoringRule['atMost']>['per'], string>> = {
  email: 'mail',
  link: 'link',
  resource: 'resource',
  day: 'day',
  period: 'nurture period',
};

/** `once per mail`, `at most 3 times per mail`; `every time` without a limit. */
export function limitWords(limit: ScoringRule['atMost']): string {
  if (!limit) return 'every time';
  return `${limit.times === 1 ? 'once' : `at most ${timesWords(limit.times)}`} per ${PER[limit.per]}`;
}

/** `5 points for a click in a mail, at most 3 times per mail`. */
export function ruleWords({ on, where, points, atMost }: Omit<ScoringRule, 'id'>): string {
  return `${pointsWords(points)} for ${eventWords(on, where)}, ${limitWords(atMost)}`;
}

/** `10 points if the country is US or CA`. */
export const fitWords = ({ where, points }: Omit<FitRule, 'id'>): string =>
  Object.keys(where).length === 0
    ? `${pointsWords(points)} always`
    : `${pointsWords(points)} if ${conditionWords(where)}`;

/** `high intent`, `warm intent`. */
export const intentWords = (intent: ActionTrigger['intent']): string => `${intent} intent`;

/** `once`, `2 times within 7 days`. */
export function oftenWords({ times, withinMs }: Pick<ActionTrigger, 'times' | 'withinMs'>): string {
  return withinMs === 0 ? timesWords(times) : `${timesWords(times)} within ${spanWords(withinMs)}`;
}

/** `a demo request (high intent)`, `a view of a pricing page, 2 times within 7 days (high intent; within 30 minutes counts once)`. */
export function actionWords(action: Omit<ActionTrigger, 'id'>): string {
  const often = action.times === 1 && action.withinMs === 0 ? '' : `, ${oftenWords(action)}`;
  const visits = action.visitGapMs === 0 ? '' : `; again within ${spanWords(action.visitGapMs)} counts once`;
  return `${eventWords(action.on, action.where)}${often} (${intentWords(action.intent)}${visits})`;
}

/** The handoff by time: `after 60 days in nurture with at least 4 mails opened and 2 links clicked …`. */
export function fallbackWords({
  afterMs,
  opens,
  clicks,
  cta,
}: NonNullable<TriggerPolicy['fallback']>): string {
  const reading = `at least ${countWords(opens, 'mail')} opened and ${countWords(clicks, 'link')} clicked`;
  const asked = cta.required ? 'one must have been sent' : 'if one was sent';
  return `after ${spanWords(afterMs)} in nurture with ${reading}, and no response ${spanWords(cta.unansweredForMs)} after the newest call to action (${asked})`;
}

/** Whole days after which a point counts half, read back from its table: `after 30 days`, `never`. */
export function halfLifeWords(decay: readonly number[]): string {
  // The table has ten half-lives of days and the day 0.
  return decay.length === 0 ? 'never' : `after ${countWords((decay.length - 1) / 10, 'day')}`;
}

const ACTIVITIES: Readonly<Record<SlaTerms['satisfiedBy'][number], string>> = {
  call: 'a call',
  email: 'an email',
  meeting: 'a meeting',
  task_completed: 'a completed task',
  note: 'a note',
};

/** What counts as first contact: `a call, an email or a meeting`. */
export const activitiesWords = (kinds: SlaTerms['satisfiedBy']): string =>
  listWords(
    kinds.map((kind) => ACTIVITIES[kind]),
    'or',
  );
