/** Answers from outside: effects done or failed, and what only a calendar, a router or the log could know. */
import type { PendingEffect, PendingRequest } from './decision.js';
import { earlierDue, prepared, slaLapsed, slaTerms, startHandoff } from './handoff.js';
import type { EffectResultFact, RequestAnswer, RequestResultFact } from './lead-event.js';
import { timeTrigger } from './triggers.js';
import type { Turn } from './turn.js';

const RETRY_FIRST_MS = 5_000;
const RETRY_MOST_MS = 3_600_000;

/** Exponential from five seconds to an hour; a retry is never given up, only a person's answer ends it. */
export function retryDelayMs(attempts: number): number {
  let delay = RETRY_FIRST_MS;
  for (let attempt = 1; attempt < attempts && delay < RETRY_MOST_MS; attempt++) delay *= 2;
  return Math.min(delay, RETRY_MOST_MS);
}

/** Failed attempts after which people are told. */
export const ATTENTION_AFTER_ATTEMPTS = 3;

export function onEffectResult(turn: Turn, fact: EffectResultFact): void {
  const effect = turn.state.effects.find((pending) => pending.key === fact.key);
  if (effect === undefined) return turn.ignore('late_result');
  if (fact.result.ok) return effectDone(turn, effect, fact);
  const attempts = effect.attempts + 1;
  const { code, permanent } = fact.result;
  const retryAt = permanent ? 0 : turn.at + retryDelayMs(attempts);
  replaceEffect(turn, { ...effect, attempts, retryAt, parked: permanent, code });
  turn.decide({ kind: 'effect_fault', key: fact.key, code, parked: permanent, retryAt });
  const handoff = turn.open;
  const told = permanent || attempts === ATTENTION_AFTER_ATTEMPTS;
  if (told && effect.args.effect === 'task' && handoff?.number === effect.handoff)
    turn.alert('managers', 'no_task', handoff);
}

function effectDone(turn: Turn, effect: PendingEffect, fact: EffectResultFact): void {
  turn.set({ effects: turn.state.effects.filter((pending) => pending.key !== effect.key) });
  turn.decide({ kind: 'effect_done', key: effect.key });
  const skipped = fact.result.ok && fact.result.skipped === true;
  if (effect.args.effect === 'final') {
    const { period } = turn.state;
    turn.set({
      period: skipped ? { ...period, finalEmail: 'skipped' } : { ...period, finalSentAt: turn.at },
    });
  }
}

function replaceEffect(turn: Turn, effect: PendingEffect): void {
  turn.set({ effects: turn.state.effects.map((pending) => (pending.key === effect.key ? effect : pending)) });
}

export function onRequestResult(turn: Turn, fact: RequestResultFact): void {
  const request = turn.state.requests.find((pending) => pending.id === fact.id);
  if (request === undefined) return turn.ignore('late_result');
  if (!fact.result.ok) {
    const attempts = request.attempts + 1;
    const retried = { ...request, attempts, retryAt: turn.at + retryDelayMs(attempts) };
    turn.set({
      requests: turn.state.requests.map((pending) => (pending.id === request.id ? retried : pending)),
    });
    return;
  }
  turn.forgetRequests((pending) => pending.id === request.id);
  answered(turn, request, fact.result.answer);
}

function answered(turn: Turn, request: PendingRequest, answer: RequestAnswer): void {
  if (request.request === 'prepare' && answer.request === 'prepare') {
    if (turn.open?.number === request.handoff) prepared(turn, answer.facts);
    else turn.ignore('late_result');
  } else if (request.request === 'barrier' && answer.request === 'barrier') {
    if (request.purpose === 'sla') slaLapsed(turn, answer.asked);
    else fallbackDue(turn);
  } else if (request.request === 'deadlines' && answer.request === 'deadlines') {
    instantsKnown(turn, request, answer.instants);
  } else {
    turn.ignore('late_result');
  }
}

/** Everything accepted by now has been applied: if the conditions still hold, the lead is handed off. */
function fallbackDue(turn: Turn): void {
  const trigger =
    turn.state.suppressed.marketing === null ? timeTrigger(turn.state, turn.at, turn.policy) : null;
  if (trigger) startHandoff(turn, trigger);
  else turn.ignore('not_due');
}

function instantsKnown(
  turn: Turn,
  request: Extract<PendingRequest, { request: 'deadlines' }>,
  instants: Readonly<Record<string, number>>,
): void {
  switch (request.purpose) {
    case 'meeting':
      return slaMoved(turn, instants.slaDueAt, turn.open?.meetingAt ?? null);
    case 'lapse_extension':
      return slaMoved(turn, instants.slaDueAt, null);
    case 'earlier_due':
      return instants.taskDueAt === undefined ? undefined : earlierDue(turn, instants.taskDueAt);
    case 'follow_up':
      if (turn.state.followUp === null || instants.at === undefined) return turn.ignore('late_result');
      turn.set({ followUp: { ...turn.state.followUp, at: instants.at } });
      turn.decide({ kind: 'schedule', deadline: 'follow_up', at: instants.at });
  }
}

function slaMoved(turn: Turn, dueAt: number | undefined, remindAt: number | null): void {
  const handoff = turn.open;
  if (handoff === null || dueAt === undefined || handoff.sla.state !== 'running')
    return turn.ignore('late_result');
  const reminds = slaTerms(handoff).remindBefore !== null;
  const remind = reminds && remindAt !== null && remindAt > turn.at && remindAt < dueAt ? remindAt : null;
  turn.updateOpen({ sla: { ...handoff.sla, dueAt, remindAt: remind } });
  turn.decide({ kind: 'schedule', deadline: 'sla', at: dueAt });
}
