/** What a lead's walk says in words: its handoffs under one version, and what came due. */
import { localDate } from '../../definition/calendar.js';
import { countWords, listWords } from '../../definition/words.js';
import type { Decision, TriggerFired } from '../../domain/decision.js';
import type { DeadlineKind } from '../../domain/lead-event.js';
import { points } from '../../domain/trigger-words.js';
import { asSubject, dayWords, spanBetween } from './words.js';

/** A handoff as its version's sentence tells it. */
export interface ToldHandoff {
  readonly atMs: number;
  readonly trigger: TriggerFired;
  /** What an action was, in the past tense: `asked for a demo`. */
  readonly act: string;
}

interface Telling {
  /** What the lead is called. */
  readonly lead: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly timeZone: string;
}

/** So many handoffs of one lead are told one by one. */
const TOLD_MAX = 4;

/**
 * One sentence per version: `Version 3 (live) hands Kim off on 12 March by score (51 of 50).` The second says how much
 * earlier or later it is where each has one handoff.
 */
export function headWords(
  before: { readonly label: string; readonly handoffs: readonly ToldHandoff[] },
  after: { readonly label: string; readonly handoffs: readonly ToldHandoff[] },
  telling: Telling,
): { readonly before: string; readonly after: string } {
  const [old, now] = [before.handoffs[0], after.handoffs[0]];
  const single = before.handoffs.length === 1 && after.handoffs.length === 1;
  const shift = single && old && now ? `, ${shiftWords(now.atMs - old.atMs)}` : '';
  return {
    before: `${sideWords(before.label, before.handoffs, telling)}.`,
    after: `${sideWords(after.label, after.handoffs, telling)}${shift}.`,
  };
}

function shiftWords(ms: number): string {
  if (ms === 0) return 'at the same moment';
  return `${spanBetween(Math.abs(ms))} ${ms < 0 ? 'earlier' : 'later'}`;
}

function sideWords(label: string, handoffs: readonly ToldHandoff[], telling: Telling): string {
  const subject = asSubject(label);
  const { lead, fromMs, toMs, timeZone } = telling;
  const years = new Set([fromMs, toMs - 1].map((atMs) => localDate(atMs, timeZone).slice(0, 4)));
  const told = handoffs
    .slice(0, TOLD_MAX)
    .map(
      ({ atMs, trigger, act }) =>
        `on ${dayWords(localDate(atMs, timeZone), years.size > 1)} ${byWords(trigger, act)}`,
    );
  if (told.length === 0) return `${subject} does not hand ${lead} off in this period`;
  if (handoffs.length === 1) return `${subject} hands ${lead} off ${told[0]}`;
  const more = handoffs.length - told.length;
  const listed = listWords(more > 0 ? [...told, `${more} more`] : told, 'and');
  return `${subject} hands ${lead} off ${countWords(handoffs.length, 'time')}: ${listed}`;
}

/** `by score (51 of 50)`, `by action (asked for a demo)`. */
function byWords({ kind, value, threshold }: TriggerFired, act: string): string {
  switch (kind) {
    case 'score':
      return `by score (${points(value ?? 0)} of ${points(threshold ?? 0)})`;
    case 'action':
      return `by action (${act}${value !== undefined && value > 1 ? `, ${value} times` : ''})`;
    case 'time':
      return `by fallback (${countWords(value ?? 0, 'day')} in nurture)`;
    case 'manual':
      return 'by hand';
    case 'follow_up':
      return 'by the promised follow-up';
  }
}

const CAME_DUE: Readonly<Record<DeadlineKind, string>> = {
  pending_click: 'The wait for signs of a machine behind a click is over',
  retry: 'A failed step is tried again',
  bridge: 'The bridge email is due',
  sla: 'The SLA ends',
  sla_reminder: 'The reminder of the SLA is due',
  task_due: 'The task is due',
  idle_rep: 'Nothing has happened for long: the rep is to be reminded',
  idle_manager: 'Nothing has happened for long: the manager is to be told',
  idle_close: 'Nothing has happened for long: the handoff is to close',
  follow_up: 'The day of the promised follow-up has come',
  cooldown_end: 'The cooldown is over',
  fallback: 'The time in nurture is up',
  final_email: 'The final marketing email is due',
  sunset: 'Nothing has happened for long: the lead is to go to sleep',
};

/** What a deadline was for. */
export const cameDueWords = (deadline: DeadlineKind): string => CAME_DUE[deadline];

/**
 * Whether a walk tells a decision: what concerns the lead and the rep. Not how it is done, nor what is told elsewhere
 * (an accepted command by what it did, a machine's event by the event itself).
 */
export function isTold(decision: Decision): boolean {
  switch (decision.kind) {
    case 'request':
    case 'schedule':
    case 'effect_done':
    case 'effect_fault':
    case 'drop':
      return false;
    case 'perform':
      return ['task', 'bridge', 'final'].includes(decision.effect.args.effect);
    case 'ignore':
      return decision.trigger !== undefined && decision.reason !== 'machine';
    case 'command':
      return !decision.verdict.ok;
    default:
      return true;
  }
}
