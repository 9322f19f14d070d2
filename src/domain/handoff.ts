/** The handoff: how it starts, what its preparation brings, and what its own deadlines do. */
import { alertRep } from './alerts.js';
import { hasPending } from './deadlines.js';
import type { TriggerFired } from './decision.js';
import type { SlaTerms } from './definition.js';
import type { PreparedFacts } from './lead-event.js';
import { pauseNurture, removeTag, stopNurtureClock } from './nurture.js';
import { closeHandoff, leaveForNurture } from './outcomes.js';
import { scoreTotal } from './scoring.js';
import type { Handoff } from './state.js';
import type { Turn } from './turn.js';

export interface HandoffStart {
  /** The rep to ask first: who promised a follow-up. */
  readonly prefer?: string | null;
  /** The meeting whose booking started it; when it will be is not always said. */
  readonly meeting?: { readonly at: number | null } | null;
}

/** Starts handoff n+1: pauses nurture at once and asks for routing, deadlines and the package. */
export function startHandoff(turn: Turn, trigger: TriggerFired, start: HandoffStart = {}): void {
  const { state, policy } = turn;
  const number = state.handoffs + 1;
  const score = scoreTotal(state.engagement, turn.at, policy);
  const handoff: Handoff = {
    number,
    startedAt: turn.at,
    trigger,
    definition: policy.ref,
    terms: policy.handoff,
    prepared: false,
    rep: null,
    routedBy: null,
    task: { state: 'none', dueAt: null, dueAlerted: false },
    sla: { state: 'running', startsAt: null, dueAt: null, remindAt: null, extended: false },
    bridge: { state: 'none', at: null, expiresAt: null },
    meetingAt: null,
    firstActivityAt: null,
    lastActivityAt: null,
    idleAlerts: 0,
    reassignedAfterLapse: 0,
    lapsedReps: [],
    suppressedAtStart: state.suppressed.marketing !== null,
    outcome: null,
  };
  stopNurtureClock(turn);
  turn.forgetRequests((request) => request.request === 'deadlines' && request.purpose === 'follow_up');
  turn.set({
    handoffs: number,
    heldCrossing: false,
    backfilledUntil: null,
    followUp: null,
    ordinals: liveOrdinals(turn, number),
  });
  turn.decide({ kind: 'handoff', number, trigger, score });
  turn.enter({ name: 'handed_off', handoff });
  pauseNurture(turn, number);
  removeReentryTags(turn, number);
  turn.request({
    request: 'prepare',
    handoff: number,
    startedAt: turn.at,
    intent: trigger.intent,
    exclude: [],
    prefer: start.prefer ?? null,
  });
  if (start.meeting) noteMeeting(turn, start.meeting.at);
}

/** Counters of effects that may still be planned: of this period, and of handoffs that news can still change. */
function liveOrdinals(turn: Turn, number: number): Readonly<Record<string, number>> {
  const { state } = turn;
  const live = new Set([`p${state.period.number}`, `h${state.lastHandoff?.number ?? 0}`, `h${number}`]);
  return Object.fromEntries(
    Object.entries(state.ordinals).filter(([counter]) => live.has(counter.slice(0, counter.indexOf('/')))),
  );
}

function removeReentryTags(turn: Turn, handoff: number): void {
  const { tags } = turn.policy.reentry;
  const future = new Set([tags.sla_lapsed, tags.not_ready, tags.no_response]);
  for (const tag of turn.state.tags) {
    if (future.has(tag)) removeTag(turn, tag, handoff);
  }
}

export function slaTerms(handoff: Handoff): SlaTerms {
  return handoff.terms.sla[handoff.trigger.intent];
}

/** Routing and deadlines are known: the task and the alert go out, the bridge and the SLA are armed. */
export function prepared(turn: Turn, facts: PreparedFacts): void {
  const handoff = turn.open;
  if (handoff === null) return turn.ignore('late_result');
  const again = handoff.prepared;
  // A rep chosen by a person meanwhile stays.
  const chosen = handoff.rep !== null && !handoff.lapsedReps.includes(handoff.rep);
  const rep = chosen ? handoff.rep : facts.rep;
  const met = handoff.sla.state === 'met';
  const actedMeanwhile = !again && (handoff.task.dueAt !== null || hasPending(turn.state, 'earlier_due'));
  turn.updateOpen({
    prepared: true,
    rep,
    routedBy: facts.routedBy,
    task: again
      ? { ...handoff.task, dueAt: facts.taskDueAt, dueAlerted: false }
      : taskAfterPreparation(handoff, facts),
    sla: {
      ...handoff.sla,
      startsAt: facts.slaStartsAt,
      dueAt: facts.slaDueAt,
      remindAt: met ? null : facts.slaRemindAt,
      extended: false,
    },
    bridge: again ? handoff.bridge : bridgePlan(turn, handoff, facts.bridgeExpiresAt),
  });
  turn.decide({ kind: 'prepared', number: handoff.number, rep, routedBy: facts.routedBy });
  if (again) {
    turn.perform({ effect: 'task_update', change: 'owner', rep, dueAt: facts.taskDueAt });
  } else {
    turn.perform({ effect: 'task', rep, dueAt: turn.open?.task.dueAt ?? facts.taskDueAt });
  }
  const now = turn.open ?? handoff;
  const dueAt = now.task.dueAt ?? facts.taskDueAt;
  turn.alert(rep === null ? 'managers' : 'rep', rep === null ? 'queue' : 'handoff', now, dueAt);
  // The package may have been made before the act.
  if (actedMeanwhile) alertRep(turn, handoff.meetingAt === null ? 'acted_again' : 'meeting_booked', now);
  if (!met) turn.decide({ kind: 'schedule', deadline: 'sla', at: facts.slaDueAt });
  if (handoff.meetingAt !== null && !again) moveSlaToMeeting(turn, handoff.meetingAt);
  if (turn.state.stage.name === 'working' && !again) {
    turn.perform({ effect: 'task_update', change: 'done' });
    turn.updateOpen({ task: { ...(turn.open ?? handoff).task, state: 'done' } });
  }
}

/** An act that came before the preparation may have asked for an earlier instant already. */
function taskAfterPreparation(handoff: Handoff, facts: PreparedFacts): Handoff['task'] {
  const dueAt = Math.min(facts.taskDueAt, handoff.task.dueAt ?? facts.taskDueAt);
  return { ...handoff.task, state: 'open', dueAt };
}

function bridgePlan(turn: Turn, handoff: Handoff, expiresAt: number): Handoff['bridge'] {
  const { bridge } = handoff.terms;
  const { trigger } = handoff;
  if (
    bridge === null ||
    trigger.kind === 'follow_up' ||
    trigger.stale ||
    turn.state.suppressed.marketing !== null
  ) {
    return { state: 'none', at: null, expiresAt: null };
  }
  const at = handoff.startedAt + bridge.afterMs;
  turn.decide({ kind: 'schedule', deadline: 'bridge', at });
  return { state: 'planned', at, expiresAt };
}

/** The bridge email is due: it goes only when nothing has happened that makes it wrong. */
export function bridgeDue(turn: Turn): void {
  const handoff = turn.open;
  if (handoff === null || handoff.bridge.state !== 'planned') return turn.ignore('not_due');
  const why = bridgeHindrance(turn, handoff);
  if (why !== null) {
    turn.updateOpen({ bridge: { ...handoff.bridge, state: 'none' } });
    turn.decide({ kind: 'drop', effect: 'bridge', why });
    return;
  }
  turn.updateOpen({ bridge: { ...handoff.bridge, state: 'sent' } });
  turn.perform({ effect: 'bridge' });
}

function bridgeHindrance(turn: Turn, handoff: Handoff): string | null {
  const { expiresAt } = handoff.bridge;
  if (turn.state.suppressed.marketing !== null) return 'suppressed';
  if (handoff.lastActivityAt !== null) return 'sales_active';
  if (expiresAt !== null && turn.at >= expiresAt) return 'expired';
  return null;
}

/** A booked meeting needs no bridge any more, and moves the SLA where its time is known. */
export function noteMeeting(turn: Turn, meetingAt: number | null): void {
  const handoff = turn.open;
  if (handoff === null) return;
  if (handoff.bridge.state === 'planned' || (!handoff.prepared && handoff.terms.bridge !== null)) {
    turn.updateOpen({
      terms: { ...handoff.terms, bridge: null },
      bridge: { state: 'none', at: null, expiresAt: null },
    });
    turn.decide({ kind: 'drop', effect: 'bridge', why: 'meeting_booked' });
  }
  // A meeting that is over gives sales nothing to wait for.
  if (meetingAt !== null && meetingAt > turn.at) moveSlaToMeeting(turn, meetingAt);
}

/** A booked meeting gives sales until one business day after it. */
function moveSlaToMeeting(turn: Turn, meetingAt: number): void {
  const handoff = turn.open;
  if (handoff === null) return;
  turn.updateOpen({ meetingAt });
  if (handoff.sla.state !== 'running' || !handoff.prepared) return;
  turn.forgetRequests((request) => request.request === 'deadlines' && request.purpose === 'meeting');
  turn.request({
    request: 'deadlines',
    purpose: 'meeting',
    queries: {
      slaDueAt: { from: meetingAt, rep: handoff.rep, rule: { kind: 'after', duration: { businessDays: 1 } } },
    },
  });
}

/** The SLA ran out and the log was asked once more: nobody made contact. */
export function slaLapsed(turn: Turn, crmAnswered: boolean): void {
  const handoff = turn.open;
  const { stage } = turn.state;
  if (handoff === null || stage.name !== 'handed_off' || handoff.sla.state !== 'running')
    return turn.ignore('not_due');
  if (handoff.sla.dueAt === null || handoff.sla.dueAt > turn.at) return turn.ignore('not_due');
  // A meeting became known at the last moment: where it moves the deadline is on its way.
  if (hasPending(turn.state, 'meeting')) return turn.ignore('not_due');
  const terms = slaTerms(handoff);
  const extension = terms.lapseExtension;
  const extends_ = 'businessDays' in extension ? extension.businessDays > 0 : extension.ms > 0;
  if (!crmAnswered && !handoff.sla.extended && extends_) {
    turn.updateOpen({ sla: { ...handoff.sla, extended: true } });
    turn.alert('managers', 'lapse_unconfirmed', handoff);
    turn.request({
      request: 'deadlines',
      purpose: 'lapse_extension',
      queries: {
        slaDueAt: { from: turn.at, rep: handoff.rep, rule: { kind: 'after', duration: extension } },
      },
    });
    return;
  }
  if (handoff.reassignedAfterLapse < terms.reassignments) return reassignAfterLapse(turn, handoff);
  turn.updateOpen({ sla: { ...handoff.sla, state: 'lapsed' }, task: { ...handoff.task, state: 'missed' } });
  turn.perform({ effect: 'task_update', change: 'missed' });
  turn.alert('managers', 'sla_lapsed', handoff);
  closeHandoff(turn, 'sla_lapsed', null);
  leaveForNurture(turn, handoff.number, 'sla_lapsed');
}

function reassignAfterLapse(turn: Turn, handoff: Handoff): void {
  const lapsedReps = handoff.rep === null ? handoff.lapsedReps : [...handoff.lapsedReps, handoff.rep];
  turn.updateOpen({ reassignedAfterLapse: handoff.reassignedAfterLapse + 1, lapsedReps });
  turn.alert('managers', 'sla_lapsed', handoff);
  turn.request({
    request: 'prepare',
    handoff: handoff.number,
    startedAt: turn.at,
    intent: handoff.trigger.intent,
    exclude: lapsedReps,
    prefer: null,
  });
}

/** A high-intent act while sales has the lead: no second handoff, the open one learns of it. */
export function addAct(turn: Turn, trigger: TriggerFired, booked: boolean): void {
  const handoff = turn.open;
  if (handoff === null) return;
  turn.decide({ kind: 'add_act', number: handoff.number, trigger });
  // Before its preparation a handoff has no rep to tell; `prepared` does it.
  if (handoff.prepared) alertRep(turn, booked ? 'meeting_booked' : 'acted_again', handoff);
  const { due } = handoff.terms;
  turn.forgetRequests((request) => request.request === 'deadlines' && request.purpose === 'earlier_due');
  turn.request({
    request: 'deadlines',
    purpose: 'earlier_due',
    queries: {
      taskDueAt: {
        from: turn.at,
        rep: handoff.rep,
        rule: {
          kind: 'due',
          duration: due.high,
          sameDayMinimumMs: due.sameDayMinimumMs,
          sameDaySpillMs: due.sameDaySpillMs,
        },
      },
    },
  });
}

/** The high-intent due instant: a done task is reopened for it, a later one moves to it. */
export function earlierDue(turn: Turn, dueAt: number): void {
  const handoff = turn.open;
  if (handoff === null) return turn.ignore('late_result');
  if (!handoff.prepared) {
    turn.updateOpen({ task: { ...handoff.task, dueAt } });
  } else if (handoff.task.state === 'done') {
    turn.updateOpen({ task: { state: 'open', dueAt, dueAlerted: false } });
    turn.perform({ effect: 'task_update', change: 'reopened', dueAt });
  } else if (handoff.task.state === 'open' && (handoff.task.dueAt === null || dueAt < handoff.task.dueAt)) {
    turn.updateOpen({ task: { ...handoff.task, dueAt } });
    turn.perform({ effect: 'task_update', change: 'due', dueAt });
  }
}
