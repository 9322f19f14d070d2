/** How a handoff ends, what follows, and how news that comes late changes an ending. */

import { alertRep } from './alerts.js';
import type { RefusalCode } from './decision.js';
import type { DispositionKind, OutcomeKind } from './definition.js';
import { nextPeriodEngagement } from './engagement.js';
import type { CommandFact } from './lead-event.js';
import { addTag, pauseNurture, removeTag, resumeNurture, stopNurtureClock, wakeNurture } from './nurture.js';
import type { Handoff, HandoffOutcome } from './state.js';
import { lift, suppress } from './suppression.js';
import type { Turn } from './turn.js';

/** Closes the open handoff with its one outcome. What becomes of the lead is the caller's next line. */
export function closeHandoff(
  turn: Turn,
  kind: OutcomeKind,
  by: string | null,
  followUpOn: string | null = null,
): void {
  const handoff = turn.open;
  if (handoff === null) return;
  const outcome: HandoffOutcome = { kind, at: turn.at, by, followUpOn };
  turn.decide({ kind: 'complete', number: handoff.number, outcome: kind, ...(by !== null && { by }) });
  turn.set({ lastHandoff: { ...handoff, outcome } });
  turn.forgetRequests((request) => request.request !== 'deadlines' || request.purpose !== 'follow_up');
  // Alerts and the bridge of a closed handoff would tell people to do what is no longer wanted.
  turn.drop(
    (args, number) =>
      number === handoff.number &&
      (args.effect === 'bridge' || (args.effect === 'alert' && args.to === 'rep')),
    'handoff_closed',
  );
}

/** Back to marketing: a new nurture period in which nothing of before counts, on the long-term track. */
export function leaveForNurture(turn: Turn, handoff: number, outcome: OutcomeKind): void {
  const { state, policy } = turn;
  const suppressed = state.suppressed.marketing !== null;
  const number = state.period.number + 1;
  turn.set({
    source: state.newestSource,
    period: {
      number,
      startedAt: turn.at,
      allowedMs: 0,
      allowedSince: suppressed ? null : turn.at,
      finalEmail: 'open',
      finalSentAt: null,
    },
    engagement: nextPeriodEngagement(state.engagement),
    cooldownUntil: policy.triggers.cooldownMs > 0 ? turn.at + policy.triggers.cooldownMs : null,
    heldCrossing: false,
    backfilledUntil: null,
  });
  turn.decide({ kind: 'period', number, startedAt: turn.at, source: state.newestSource });
  turn.enter({ name: 'nurturing', track: policy.reentry.track });
  addTag(turn, policy.reentry.tags[outcome], handoff);
  if (!suppressed) resumeNurture(turn, handoff);
}

/** Converted or unqualified: nothing more is to be done, unless the definition names what reopens the lead. */
function endLead(turn: Turn, as: 'converted' | 'unqualified', handoff: number | null): void {
  stopNurtureClock(turn);
  turn.set({ followUp: null, heldCrossing: false, cooldownUntil: null });
  turn.forgetRequests(() => true);
  const wasNurtured = turn.state.stage.name === 'nurturing' || turn.state.stage.name === 'dormant';
  turn.enter({ name: as, at: turn.at });
  if (wasNurtured) pauseNurture(turn, handoff);
  addTag(turn, turn.policy.reentry.tags[as], handoff);
}

/** A disposition by a person on the open handoff; it also meets the SLA. */
export function dispose(turn: Turn, command: CommandFact, disposition: DispositionKind): void {
  const handoff = turn.open;
  if (handoff === null) return;
  if (handoff.sla.state === 'running')
    turn.updateOpen({ sla: { ...handoff.sla, state: 'met', remindAt: null } });
  finishTask(turn, handoff);
  closeHandoff(turn, disposition, command.by ?? null, command.followUpOn ?? null);
  follow(turn, handoff, disposition, command.followUpOn ?? null);
}

/** The lead became a customer: an open handoff closes with that. */
export function customerCreated(turn: Turn): void {
  const handoff = turn.open;
  if (turn.state.stage.name === 'converted') return turn.ignore('ended');
  if (handoff !== null) {
    finishTask(turn, handoff);
    closeHandoff(turn, 'converted', null);
  }
  endLead(turn, 'converted', handoff?.number ?? null);
}

export function finishTask(turn: Turn, handoff: Handoff): void {
  if (handoff.task.state !== 'open') return;
  turn.updateOpen({ task: { ...handoff.task, state: 'done' } });
  turn.perform({ effect: 'task_update', change: 'done' }, handoff.number);
}

/** A task that nobody need do any more. */
export function cancelTask(turn: Turn, handoff: Handoff): void {
  if (handoff.task.state !== 'open') return;
  turn.updateOpen({ task: { ...handoff.task, state: 'cancelled' } });
  turn.perform({ effect: 'task_update', change: 'cancelled' }, handoff.number);
}

/** What an outcome does to the lead. */
function follow(turn: Turn, handoff: Handoff, outcome: DispositionKind, followUpOn: string | null): void {
  if (outcome === 'converted' || outcome === 'unqualified') return endLead(turn, outcome, handoff.number);
  if (outcome === 'left_sales_mail') suppress(turn, 'sales', 'disposition');
  leaveForNurture(turn, handoff.number, outcome);
  promiseFollowUp(turn, handoff, outcome === 'not_ready' ? followUpOn : null);
}

function promiseFollowUp(turn: Turn, handoff: Handoff, on: string | null): void {
  turn.forgetRequests((request) => request.request === 'deadlines' && request.purpose === 'follow_up');
  if (turn.state.followUp !== null) {
    turn.set({ followUp: null });
    if (on === null) turn.decide({ kind: 'follow_up', number: handoff.number, on });
  }
  if (on === null) return;
  // Only a lead that is nurtured waits for a day.
  if (turn.state.stage.name === 'dormant') wakeNurture(turn);
  turn.set({ followUp: { handoff: handoff.number, rep: handoff.rep, on, at: null } });
  turn.decide({ kind: 'follow_up', number: handoff.number, on });
  turn.request({
    request: 'deadlines',
    purpose: 'follow_up',
    queries: { at: { from: turn.at, rep: handoff.rep, rule: { kind: 'on', date: on } } },
  });
}

/** Left sales mail by unsubscribing while sales has the lead. */
export function leftSalesMail(turn: Turn): void {
  const handoff = turn.open;
  if (handoff === null) return;
  cancelTask(turn, handoff);
  closeHandoff(turn, 'left_sales_mail', null);
  alertRep(turn, 'left_sales_mail', handoff);
  leaveForNurture(turn, handoff.number, 'left_sales_mail');
}

/** Why a disposition on the newest closed handoff cannot be taken; null when it can. */
export function lateDispositionHindrance(turn: Turn, last: Handoff): RefusalCode | null {
  const outcome = last.outcome;
  if (outcome === null) return 'no_such_handoff';
  if (outcome.kind === 'merged' || outcome.kind === 'erased') return 'handoff_closed';
  if (outcome.kind === 'sla_lapsed') return null;
  return turn.at - outcome.at > last.terms.changeDispositionWithinMs ? 'too_late_to_change' : null;
}

/** A changed disposition, or a late one that replaces `sla_lapsed`; the SLA stays as it was. */
export function replaceOutcome(
  turn: Turn,
  last: Handoff,
  command: CommandFact,
  disposition: DispositionKind,
): void {
  const replaced = last.outcome?.kind;
  const followUpOn = command.followUpOn ?? null;
  const outcome: HandoffOutcome = { kind: disposition, at: turn.at, by: command.by ?? null, followUpOn };
  turn.set({ lastHandoff: { ...last, outcome } });
  turn.decide({
    kind: 'complete',
    number: last.number,
    outcome: disposition,
    ...(command.by !== undefined && { by: command.by }),
    ...(replaced !== undefined && { replaces: replaced }),
  });
  const { tags } = turn.policy.reentry;
  const newer = turn.open;
  const { name } = turn.state.stage;
  const ended = name === 'converted' || name === 'unqualified';
  if (disposition === 'left_sales_mail') suppress(turn, 'sales', 'disposition');
  // A rep's word alone had set the flag, and that word is taken back.
  else if (replaced === 'left_sales_mail' && turn.state.suppressed.sales?.why === 'disposition')
    lift(turn, 'sales', 'disposition_changed');
  // Became a customer by something else since: what came of the handoff is only recorded.
  if (name === 'converted' && replaced !== 'converted') return;
  const oldTag = replaced === undefined ? undefined : tags[replaced];
  if (newer === null && oldTag !== undefined && oldTag !== tags[disposition])
    removeTag(turn, oldTag, last.number);
  if (disposition === 'converted' || disposition === 'unqualified') {
    if (newer !== null) {
      finishTask(turn, newer);
      closeHandoff(turn, disposition, command.by ?? null);
    }
    return endLead(turn, disposition, last.number);
  }
  if (newer !== null) return;
  if (ended) leaveForNurture(turn, last.number, disposition);
  else addTag(turn, tags[disposition], last.number);
  promiseFollowUp(turn, last, disposition === 'not_ready' ? followUpOn : null);
}

/** Sales was active in time and said so late: the handoff goes on as if it had not lapsed. */
export function restoreHandoff(turn: Turn, last: Handoff): void {
  const replaced = last.outcome?.kind ?? 'sla_lapsed';
  stopNurtureClock(turn);
  turn.set({
    lastHandoff: null,
    cooldownUntil: null,
    heldCrossing: false,
    followUp: null,
  });
  turn.decide({ kind: 'restore', number: last.number, replaces: replaced });
  turn.enter({
    name: 'handed_off',
    handoff: {
      ...last,
      outcome: null,
      sla: { ...last.sla, state: 'running', remindAt: null },
      task: { ...last.task, state: 'open' },
    },
  });
  pauseNurture(turn, last.number);
  const tag = turn.policy.reentry.tags[replaced];
  if (tag !== undefined) removeTag(turn, tag, last.number);
  turn.perform({ effect: 'task_update', change: 'reopened' }, last.number);
  alertRep(turn, 'restored', last);
}
