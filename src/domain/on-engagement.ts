/** What an engagement event does to a lead, stage by stage. */
import { alertRep } from './alerts.js';
import type { TriggerFired } from './decision.js';
import { absorb, settleClick } from './engagement.js';
import { addAct, noteMeeting, startHandoff } from './handoff.js';
import type { EngagementFact, UnsubscribeStream } from './lead-event.js';
import { wakeNurture } from './nurture.js';
import { customerCreated, leftSalesMail } from './outcomes.js';
import { scoreTotal } from './scoring.js';
import type { Engagement, PendingClick } from './state.js';
import { lift, suppress, suppressionCause } from './suppression.js';
import {
  type Act,
  actionsHeld,
  crosses,
  fitHolds,
  joinTriggers,
  scoreTrigger,
  timeTrigger,
} from './triggers.js';
import type { Turn } from './turn.js';

const PPM = 1_000_000;

export function onEngagement(turn: Turn, fact: EngagementFact): void {
  notePeriod(turn, fact);
  noteSource(turn, fact);
  if (fact.type === 'customer.created') return customerCreated(turn);
  const before = turn.state.engagement;
  const absorbed = absorb(before, fact, turn.policy, turn.state.period, turn.ownsRecords);
  turn.set({ engagement: absorbed.engagement });
  if (fact.stream) applyStream(turn, fact, fact.stream);
  switch (absorbed.as) {
    case 'machine':
      turn.decide({ kind: 'ignore', reason: 'machine', rule: absorbed.rule });
      return;
    case 'auto_reply':
    case 'before_period':
      turn.ignore(absorbed.as);
      return;
    case 'waiting':
      return;
    case 'news':
      // Fit may have changed, or a flag been lifted: a crossing held back for it is judged again.
      if (!fact.backfill) judgeHeld(turn);
      return;
    case 'counted':
      react(turn, before, {
        at: fact.at,
        acceptedAt: fact.acceptedAt,
        triggers: mayTrigger(fact) ? fact.triggers : [],
        backfill: fact.backfill === true,
        meeting: fact.type === 'meeting.booked' ? { at: fact.meetingAt ?? null } : null,
        optOut: fact.reply === 'opt_out',
      });
  }
}

/** A click's wait is over: it counts now, at this instant, or is found to be a machine's. */
export function onClickSettled(turn: Turn, click: PendingClick): void {
  const before = turn.state.engagement;
  const { engagement, machine } = settleClick(before, click, turn.policy, turn.ownsRecords);
  turn.set({ engagement });
  if (machine) {
    turn.decide({ kind: 'ignore', reason: 'machine', rule: machine });
    return;
  }
  const { at, acceptedAt, triggers, backfill } = click;
  react(turn, before, { at, acceptedAt, triggers, backfill, meeting: null, optOut: false });
}

/** Of replies, only a question and a buying signal are requests; an opt-out or small talk never triggers. */
function mayTrigger(fact: EngagementFact): boolean {
  return fact.reply === undefined || fact.reply === 'question' || fact.reply === 'buying_signal';
}

interface HumanAct extends Act {
  readonly backfill: boolean;
  /** A meeting booked by this act; when it will be is not always said. */
  readonly meeting: { readonly at: number | null } | null;
  readonly optOut: boolean;
}

function react(turn: Turn, before: Engagement, act: HumanAct): void {
  // Imported history fills state and score, and triggers nothing; how far it reaches was noted as it came in.
  if (act.backfill) return;
  if (turn.state.backfilledUntil !== null) turn.set({ backfilledUntil: null });
  const { fired, stale } = actionsHeld(act, before, turn.state.engagement, turn.policy);
  for (const trigger of stale) turn.ignore('stale_action', { trigger });
  switch (turn.state.stage.name) {
    case 'dormant':
      wakeNurture(turn);
      return nurtureReaction(turn, before, fired, act);
    case 'nurturing':
      return nurtureReaction(turn, before, fired, act);
    case 'handed_off':
    case 'working':
      return openReaction(turn, fired, act);
    case 'converted':
      return reopen(turn, fired, turn.policy.after.converted.reopenOn, act);
    case 'unqualified': {
      const { reopenOn } = turn.policy.after.unqualified;
      const high = fired.filter((trigger) => trigger.intent === 'high').map((trigger) => trigger.id);
      return reopen(turn, fired, reopenOn === 'high' ? high : reopenOn === 'never' ? [] : reopenOn, act);
    }
  }
}

function nurtureReaction(
  turn: Turn,
  before: Engagement,
  actions: readonly TriggerFired[],
  act: HumanAct,
): void {
  const { state, policy } = turn;
  const held = actions.filter((trigger) => trigger.intent === 'high' || mayFireWarm(turn, trigger));
  // Null: the act scored nothing, so that nothing can have crossed a mark.
  const total =
    state.engagement.entries === before.entries ? null : scoreTotal(state.engagement, turn.at, policy);
  const crossed = total !== null && crosses(before, total, turn.at, policy);
  if (crossed) turn.set({ heldCrossing: true });
  const hold = act.optOut ? 'suppressed' : scoreHold(turn);
  const score = hold === null ? standingScore(turn) : null;
  if (score) held.push(score);
  if (held.length > 0) {
    const time = timeTrigger(state, turn.at, policy);
    const trigger = joinTriggers(time ? [...held, time] : held);
    if (trigger) startHandoff(turn, trigger, { meeting: act.meeting });
    return;
  }
  if (crossed && hold !== null) turn.decide({ kind: 'hold', what: 'score', why: hold });
  if (total !== null) finalEmailByScore(turn, before, total);
}

function mayFireWarm(turn: Turn, trigger: TriggerFired): boolean {
  if (turn.state.suppressed.marketing !== null) {
    turn.ignore('suppressed', { trigger: trigger.id });
    return false;
  }
  if (inCooldown(turn)) {
    turn.ignore('cooldown', { trigger: trigger.id });
    return false;
  }
  return true;
}

function inCooldown(turn: Turn): boolean {
  const { cooldownUntil } = turn.state;
  return cooldownUntil !== null && turn.at < cooldownUntil;
}

/** What keeps the score trigger from firing now, if anything does. */
function scoreHold(turn: Turn): 'suppressed' | 'cooldown' | 'fit' | null {
  if (turn.state.suppressed.marketing !== null) return 'suppressed';
  if (inCooldown(turn)) return 'cooldown';
  return fitHolds(turn.state, turn.policy) ? null : 'fit';
}

/** A crossing that was held back fires when nothing holds it any more and the score still stands. */
export function judgeHeld(turn: Turn): void {
  if (turn.state.stage.name !== 'nurturing') return;
  const score = scoreHold(turn) === null ? standingScore(turn) : null;
  if (score === null) return;
  const time = timeTrigger(turn.state, turn.at, turn.policy);
  const trigger = joinTriggers(time ? [score, time] : [score]);
  if (trigger) startHandoff(turn, trigger);
}

/** The crossing that has not fired yet, as a trigger, while the score still stands; forgotten once it does not. */
function standingScore(turn: Turn): TriggerFired | null {
  if (!turn.state.heldCrossing) return null;
  const total = scoreTotal(turn.state.engagement, turn.at, turn.policy);
  if (total >= turn.policy.scoring.threshold) return scoreTrigger(total, turn.at, turn.policy);
  turn.set({ heldCrossing: false });
  return null;
}

/** What judging a lead once, on everything it has, finds: a handoff, a crossing held back, or nothing. */
export function judgeNow(turn: Turn): 'handed_off' | 'held' | 'nothing' {
  turn.set({ backfilledUntil: null });
  const held: TriggerFired[] = [];
  const total = scoreTotal(turn.state.engagement, turn.at, turn.policy);
  const stands = total >= turn.policy.scoring.threshold;
  const hold = scoreHold(turn);
  if (stands && hold === null) held.push(scoreTrigger(total, turn.at, turn.policy));
  const time = timeTrigger(turn.state, turn.at, turn.policy);
  if (time) held.push(time);
  const trigger = joinTriggers(held);
  if (trigger) {
    startHandoff(turn, trigger);
    return 'handed_off';
  }
  if (!stands || hold === null) return 'nothing';
  turn.set({ heldCrossing: true });
  turn.decide({ kind: 'hold', what: 'score', why: hold });
  return 'held';
}

/** The final email goes once per period, when an event carries the score past its share of the threshold. */
function finalEmailByScore(turn: Turn, before: Engagement, total: number): void {
  const { state, policy } = turn;
  const terms = policy.handoff.final;
  if (terms === null || state.period.finalEmail !== 'open' || state.suppressed.marketing !== null) return;
  const mark = Math.floor((policy.scoring.threshold * terms.scoreShare) / PPM);
  // One act past both marks: the mail would come too late to be the last before the handoff.
  if (total <= mark || total >= policy.scoring.threshold) return;
  if (scoreTotal(before, turn.at, policy) <= mark) requestFinalEmail(turn);
}

export function requestFinalEmail(turn: Turn): void {
  turn.set({ period: { ...turn.state.period, finalEmail: 'requested' } });
  turn.perform({ effect: 'final' }, null);
}

/** Only high-intent acts matter while sales has the lead, and meetings, whatever their intent. */
function openReaction(turn: Turn, fired: readonly TriggerFired[], act: HumanAct): void {
  if (act.meeting) noteMeeting(turn, act.meeting.at);
  const high = joinTriggers(fired.filter((trigger) => trigger.intent === 'high'));
  if (high) addAct(turn, high, act.meeting !== null);
}

function reopen(
  turn: Turn,
  fired: readonly TriggerFired[],
  actions: readonly string[],
  { meeting }: HumanAct,
): void {
  const trigger = joinTriggers(fired.filter(({ id }) => actions.includes(id)));
  if (trigger) startHandoff(turn, trigger, { meeting });
  else turn.ignore('ended');
}

/** The first period begins at the lead's creation; imported history moves that back to its own date. */
function notePeriod(turn: Turn, fact: EngagementFact): void {
  const { period } = turn.state;
  const dated = fact.type === 'lead.created' || fact.backfill === true;
  if (fact.backfill && turn.state.stage.name === 'nurturing') turn.set({ backfilledUntil: fact.acceptedAt });
  if (period.number !== 1 || !dated || fact.at >= period.startedAt) return;
  const { allowedSince } = period;
  turn.set({
    period: {
      ...period,
      startedAt: fact.at,
      allowedSince: allowedSince === null ? null : Math.min(allowedSince, fact.at),
    },
  });
}

/** Several sources: the first decides until re-entry, then the newest. */
function noteSource(turn: Turn, fact: EngagementFact): void {
  if (fact.source !== undefined && fact.source !== turn.state.newestSource)
    turn.set({ newestSource: fact.source });
}

function applyStream(turn: Turn, fact: EngagementFact, stream: UnsubscribeStream): void {
  const flags = stream === 'all' ? (['marketing', 'sales'] as const) : ([stream] as const);
  if (fact.type === 'email.resubscribed') {
    for (const flag of flags) lift(turn, flag);
    return;
  }
  const handoff = turn.open;
  const news = flags.some((flag) => turn.state.suppressed[flag] === null);
  for (const flag of flags) suppress(turn, flag, suppressionCause(fact));
  if (stream === 'all' && handoff !== null && news) alertRep(turn, 'phone_only', handoff);
  // Only who leaves sales mail alone ends the handoff; who leaves everything can still be phoned.
  if (stream === 'sales' && turn.open !== null) leftSalesMail(turn);
}
