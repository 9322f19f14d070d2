/** What a lead waits for, as data: every instant is in state or follows from it. */
import type { CorePolicy } from './definition.js';
import { fallbackAt } from './fallback.js';
import { DEADLINE_ORDER, type Deadline, type DeadlineKind } from './lead-event.js';
import type { Handoff, LeadState } from './state.js';

const RANK: ReadonlyMap<DeadlineKind, number> = new Map(DEADLINE_ORDER.map((kind, rank) => [kind, rank]));

/** The next deadline, or null when only an event can move the lead. Never before the lead's logical time. */
export function nextDeadline(state: LeadState, policy: CorePolicy): Deadline | null {
  let first: DeadlineKind | null = null;
  let firstAt = 0;
  eachDeadline(state, policy, (kind, due) => {
    if (due === null || due === undefined) return;
    const at = Math.max(due, state.at);
    if (first !== null && (at > firstAt || (at === firstAt && rank(kind) >= rank(first)))) return;
    first = kind;
    firstAt = at;
  });
  return first === null ? null : { kind: first, at: firstAt };
}

function rank(kind: DeadlineKind): number {
  return RANK.get(kind) ?? DEADLINE_ORDER.length;
}

/** Every deadline a lead has, unordered; for `nextDeadline` and for people ("what happens next"). */
export function deadlines(state: LeadState, policy: CorePolicy): Deadline[] {
  const list: Deadline[] = [];
  eachDeadline(state, policy, (kind, at) => {
    if (at !== null && at !== undefined) list.push({ kind, at });
  });
  return list;
}

type Add = (kind: DeadlineKind, at: number | null | undefined) => void;

function eachDeadline(state: LeadState, policy: CorePolicy, add: Add): void {
  // Before its first event a lead has no period that could end.
  if (state.period.startedAt === 0) return;
  for (const click of state.engagement.pending) add('pending_click', click.settleAt);
  for (const effect of state.effects) if (!effect.parked && effect.retryAt > 0) add('retry', effect.retryAt);
  for (const request of state.requests) if (request.retryAt > 0) add('retry', request.retryAt);
  switch (state.stage.name) {
    case 'nurturing':
      nurtureDeadlines(state, policy, add);
      break;
    case 'handed_off':
      awaitingDeadlines(state, state.stage.handoff, add);
      break;
    case 'working':
      workingDeadlines(state, state.stage.handoff, add);
      break;
    case 'converted':
    case 'unqualified':
    case 'dormant':
      break;
  }
}

function nurtureDeadlines(state: LeadState, policy: CorePolicy, add: Add): void {
  if (state.followUp) add('follow_up', state.followUp.at);
  if (state.cooldownUntil !== null && state.heldCrossing) add('cooldown_end', state.cooldownUntil);
  const fallback = fallbackAt(state, policy);
  if (!hasBarrier(state, 'fallback')) add('fallback', fallback);
  add('final_email', finalEmailAt(state, policy, fallback));
  add('sunset', sunsetAt(state, policy));
}

/** The final email leaves some days before the fallback could fire, once the fallback's counts are met. */
function finalEmailAt(state: LeadState, policy: CorePolicy, fallback: number | null): number | null {
  if (policy.handoff.final === null || state.period.finalEmail !== 'open') return null;
  if (fallback === null || fallback <= state.at) return null;
  const at = fallback - policy.handoff.final.beforeFallbackMs;
  return state.backfilledUntil !== null && at <= state.backfilledUntil ? null : at;
}

function sunsetAt(state: LeadState, policy: CorePolicy): number | null {
  const { sunset } = policy.nurture;
  if (sunset === null || state.followUp !== null) return null;
  const lastHuman = state.engagement.lastHumanAt ?? state.period.startedAt;
  const at = Math.max(state.period.startedAt + sunset.afterMs, lastHuman + sunset.withoutEngagementForMs);
  // Imported history ends nothing by itself: a month is left to judge and release what was imported.
  return state.backfilledUntil === null ? at : Math.max(at, state.backfilledUntil + IMPORT_GRACE_MS);
}
const IMPORT_GRACE_MS = 30 * 86_400_000;

function awaitingDeadlines(state: LeadState, handoff: Handoff, add: Add): void {
  bridgeDeadline(state, handoff, add);
  taskDeadline(handoff, add);
  if (handoff.sla.state !== 'running') return;
  add('sla_reminder', handoff.sla.remindAt);
  const asking =
    hasBarrier(state, 'sla') ||
    hasPending(state, 'lapse_extension') ||
    hasPending(state, 'meeting') ||
    hasPrepare(state);
  if (!asking) add('sla', handoff.sla.dueAt);
}

function workingDeadlines(state: LeadState, handoff: Handoff, add: Add): void {
  bridgeDeadline(state, handoff, add);
  taskDeadline(handoff, add);
  const since = handoff.lastActivityAt ?? handoff.startedAt;
  const { remindRepMs, remindManagerMs, closeMs } = handoff.terms.idle;
  if (handoff.idleAlerts === 0) add('idle_rep', since + remindRepMs);
  else if (handoff.idleAlerts === 1) add('idle_manager', since + remindRepMs + remindManagerMs);
  else add('idle_close', since + remindRepMs + remindManagerMs + closeMs);
}

/** The bridge waits for the pause, and is dropped at its expiry when the pause never comes. */
function bridgeDeadline(state: LeadState, handoff: Handoff, add: Add): void {
  if (handoff.bridge.state !== 'planned' || handoff.bridge.at === null || !handoff.prepared) return;
  const pausing = state.effects.some(
    (effect) => effect.args.effect === 'pause' && effect.handoff === handoff.number,
  );
  add('bridge', pausing ? handoff.bridge.expiresAt : handoff.bridge.at);
}

function taskDeadline(handoff: Handoff, add: Add): void {
  if (handoff.task.state === 'open' && !handoff.task.dueAlerted) add('task_due', handoff.task.dueAt);
}

function hasBarrier(state: LeadState, purpose: 'sla' | 'fallback'): boolean {
  return state.requests.some((request) => request.request === 'barrier' && request.purpose === purpose);
}

export function hasPending(state: LeadState, purpose: string): boolean {
  return state.requests.some((request) => request.request === 'deadlines' && request.purpose === purpose);
}

function hasPrepare(state: LeadState): boolean {
  return state.requests.some((request) => request.request === 'prepare');
}
