/** A backtest's result in words that a marketing person reads first. Pure. */
import { countWords, listWords } from '../../definition/words.js';
import type {
  BacktestExample,
  BacktestResult,
  Change,
  Counts,
  HandoffBrief,
  LaterOutcome,
  Spread,
} from './result.js';

const MONTHS = [
  ...(['January', 'February', 'March', 'April', 'May', 'June', 'July'] as const),
  ...(['August', 'September', 'October', 'November', 'December'] as const),
];
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** An ISO date as people say it: `12 March`, with the year `12 March 2026`. */
export function dayWords(date: string, withYear: boolean): string {
  const [year = '', month = '', day = ''] = date.split('-');
  const spoken = `${Number(day)} ${MONTHS[Number(month) - 1] ?? ''}`;
  return withYear ? `${spoken} ${year}` : spoken;
}

/** A stretch of time, about: `3.5 days`, `5 hours`, `20 minutes`. */
export function spanBetween(ms: number): string {
  if (ms >= DAY_MS) return countWords(Math.round((ms / DAY_MS) * 10) / 10, 'day');
  if (ms >= HOUR_MS) return countWords(Math.round(ms / HOUR_MS), 'hour');
  if (ms >= 60_000) return countWords(Math.round(ms / 60_000), 'minute');
  return 'less than a minute';
}

/** A number with its thousands apart, the same on every machine. */
export const numberWords = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** `1 handoff`, `1,234 handoffs`. */
export const counted = (count: number, noun: string): string =>
  `${numberWords(count)} ${noun}${count === 1 ? '' : 's'}`;

/**
 * The result in a few sentences, the most important first: how many handoffs more or fewer, which ones are new, lost or
 * moved, what became of those, and what the team would have had to carry.
 */
export function summaryWords(result: BacktestResult): string[] {
  const { totals, leads } = result;
  if (leads === 0) return ['There is nothing to compare: no lead is on record for this choice.'];
  const all = totals.before + totals.after;
  const isSame = totals.before === totals.same && totals.after === totals.same;
  if (all === 0 || isSame) return [difference(result, ''), ...(all === 0 ? [] : [unchanged(totals.same)])];
  return [difference(result, `: ${moved(result)}`), ...became(result), ...carried(result)];
}

function unchanged(handoffs: number): string {
  return handoffs === 1
    ? 'The one handoff stays as it is: same moment, same trigger.'
    : `All ${numberWords(handoffs)} handoffs stay as they are: same moment, same trigger.`;
}

function difference({ totals, before, after, period, leads, events }: BacktestResult, how: string): string {
  const days = Math.max(1, Math.round((Date.parse(period.to) - Date.parse(period.from)) / DAY_MS));
  const when = `in ${counted(days, 'day')}`;
  if (totals.before + totals.after === 0)
    return `Neither ${before.label} nor ${after.label} hands anybody off ${when} (${counted(leads, 'lead')}, ${counted(events, 'event')}).`;
  const subject = asSubject(after.label);
  const more = totals.after - totals.before;
  if (more === 0)
    return `${subject} would have made as many handoffs as ${before.label} ${when} (${numberWords(totals.after)})${how}.`;
  const share =
    totals.before === 0 ? '' : `, ${more > 0 ? '+' : '−'}${percentWords(Math.abs(more) / totals.before)}`;
  return `${subject} would have made ${counted(Math.abs(more), 'handoff')} ${more > 0 ? 'more' : 'fewer'} than ${before.label} ${when} (${numberWords(totals.after)} instead of ${numberWords(totals.before)}${share})${how}.`;
}

/** `29 new, 2 lost, 87 earlier by a median of 3.5 days and 140 unchanged`. */
function moved({ totals, shift }: BacktestResult): string {
  const by = (spread: Spread | null): string =>
    spread === null ? '' : ` by a median of ${countWords(spread.median, 'day')}`;
  const parts = [
    totals.gained > 0 && `${numberWords(totals.gained)} new`,
    totals.lost > 0 && `${numberWords(totals.lost)} lost`,
    totals.earlier > 0 && `${numberWords(totals.earlier)} earlier${by(shift.earlier)}`,
    totals.later > 0 && `${numberWords(totals.later)} later${by(shift.later)}`,
    totals.changed > 0 && `${numberWords(totals.changed)} at the same moment for another reason`,
    totals.same > 0 && `${numberWords(totals.same)} unchanged`,
  ].filter((part) => part !== false);
  return listWords(parts, 'and');
}

/** How it ended with those that are new or lost, as far as the record knows. */
function became({ byOutcome, totals }: BacktestResult): string[] {
  const told = (change: 'gained' | 'lost', name: string): string[] => {
    const of = totals[change];
    if (of === 0) return [];
    const parts = byOutcome
      .filter((line) => line[change] > 0)
      .map((line) => `${numberWords(line[change])} ${outcomeParts(line.outcome)}`);
    return [`What became of the ${name} ones later: ${listWords(parts, 'and')}.`];
  };
  return [...told('gained', 'new'), ...told('lost', 'lost')];
}

/** The rep who would have had more on one day than they may hold, or whose busiest day grows most. */
function carried({ load }: BacktestResult): string[] {
  const over = load.reps.filter(
    ({ capacity, after, before }) =>
      capacity !== null &&
      (after.busiest?.handoffs ?? 0) > capacity &&
      (after.busiest?.handoffs ?? 0) > (before.busiest?.handoffs ?? 0),
  );
  const [worst] = [...over].sort((one, other) => busiest(other) - busiest(one));
  if (!worst?.after.busiest) return [];
  const { name, capacity, after, before } = worst;
  const others =
    over.length > 1
      ? ` ${counted(over.length - 1, 'other rep')} would also have had more than they may hold on a day.`
      : '';
  return [
    `${name} would have had ${after.busiest?.handoffs ?? 0} on the busiest day (before: ${before.busiest?.handoffs ?? 0}), and may hold ${capacity ?? 0} at once.${others}`,
  ];
}

const busiest = ({ after }: BacktestResult['load']['reps'][number]): number => after.busiest?.handoffs ?? 0;

const OUTCOMES: Readonly<Record<LaterOutcome, string>> = {
  converted: 'converted',
  customer: 'became a customer otherwise',
  not_ready: 'not ready',
  no_response: 'no response',
  left_sales_mail: 'left sales mail',
  unqualified: 'unqualified',
  sla_lapsed: 'no contact in time',
  merged: 'merged',
  erased: 'erased',
  open: 'still open',
  none: 'nothing on record',
};

/** What became of a handoff later, for a table: `converted`, `nothing on record`. */
export const outcomeName = (outcome: LaterOutcome): string => OUTCOMES[outcome];

const outcomeParts = (outcome: LaterOutcome): string =>
  outcome === 'none' ? 'with nothing on record' : OUTCOMES[outcome];

const CHANGES: Readonly<Record<Change, string>> = {
  same: 'unchanged',
  gained: 'new',
  lost: 'lost',
  earlier: 'earlier',
  later: 'later',
  changed: 'another reason',
};

/** How a handoff changes, for a table: `new`, `another reason`. */
export const changeName = (change: keyof Omit<Counts, 'before' | 'after'>): string => CHANGES[change];

/** What a handoff came by, for a table: `score`, `action demo`; the one by time as the definition's key calls it. */
export function triggerName(kind: HandoffBrief['trigger'], id: string): string {
  switch (kind) {
    case 'action':
      return `action ${id}`;
    case 'score':
      return 'score';
    case 'time':
      return 'fallback';
    case 'manual':
      return 'by hand';
    case 'follow_up':
      return 'promised follow-up';
  }
}

/** One example in a sentence: `9 March instead of 12 March (3 days earlier), score 46 instead of 51; later converted`. */
export function exampleWords(example: BacktestExample, dateOf: (iso: string) => string): string {
  const { change, before, after, outcome } = example;
  const later = `; later: ${OUTCOMES[outcome]}`;
  const told = ({ at, trigger, triggerId, score }: HandoffBrief): string =>
    `${dateOf(at)} by ${trigger === 'score' ? `score (${Math.trunc(score * 10) / 10})` : triggerName(trigger, triggerId)}`;
  if (before && after) {
    if (change === 'changed')
      return `${told(after)} instead of ${triggerName(before.trigger, before.triggerId)}${later}`;
    const ms = Date.parse(after.at) - Date.parse(before.at);
    return `${told(after)} instead of ${told(before)} (${spanBetween(Math.abs(ms))} ${ms < 0 ? 'earlier' : 'later'})${later}`;
  }
  if (after) return `new on ${told(after)}${later}`;
  return before ? `no longer on ${told(before)}${later}` : '';
}

/** `12%`, `3.5%`, `0.4%`. */
export function percentWords(share: number): string {
  const value = share * 100;
  if (value >= 10) return `${Math.round(value)}%`;
  // A difference is never told as 0%.
  return `${Math.round(value * 10) / 10 || Number(value.toPrecision(1))}%`;
}

/** A version at the beginning of a sentence; the name of a file stays as it is written. */
export const asSubject = (label: string): string =>
  /^(version|draft|the) /.test(label) ? label.charAt(0).toUpperCase() + label.slice(1) : label;
