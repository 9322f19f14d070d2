/** The handoff: how it starts, what its preparation brings, and what its own deadlines do. */
import type { TriggerFired } from './decision.js';
import type { SlaTerms } from './definition.js';
import type { PreparedFacts } from './lead-event.js';
import { pauseNurture, removeTag, stopNurtureClock } from './nurture.js';
import { closeHandoff, leaveForNurture } from './outcomes.js';
import { scoreAt } from './scoring.js';
import type { Handoff } from './state.js';
import type { Turn } from './turn.js';

/** Starts handoff n+1: pauses nurture at once and asks for routing, deadlines and the package. */
export function startHandoff(turn: Turn, trigger: TriggerFired, prefer: string | null = null): void {
  const { state, policy } = turn;
  const number = state.handoffs + 1;
  const score = scoreAt(state.engagement, turn.at, policy).total;
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
  turn.set({ handoffs: number, heldCrossing: false, backfilledUntil: null, followUp: null });
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
    prefer,
  });
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
  const rep = !again && handoff.rep !== null ? handoff.rep : facts.rep;
  const met = handoff.sla.state === 'met';
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
    turn.perform({ effect: 'task', rep, dueAt: facts.taskDueAt });
  }
  const now = turn.open ?? handoff;
  turn.alert(rep === null ? 'managers' : 'rep', rep === null ? 'queue' : 'handoff', now, facts.taskDueAt);
  if (!met) turn.decide({ kind: 'schedule', deadline: 'sla', at: facts.slaDueAt });
  if (handoff.meetingAt !== null && !again) moveSlaToMeeting(turn, handoff.meetingAt);
  if (turn.state.stage.name === 'working' && !again) {
    turn.perform({ effect: 'task_update', change: 'done' });
    turn.updateOpen({ task: { ...(turn.open ?? handoff).task, state: 'done' } });
  }
}

function taskAfterPreparation(handoff: Handoff, facts: PreparedFacts): Handoff['task'] {
  return { ...handoff.task, state: 'open', dueAt: facts.taskDueAt };
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
  if (handoff.meetingAt !== null) return 'meeting_booked';
  if (handoff.firstActivityAt !== null) return 'sales_active';
  if (expiresAt !== null && turn.at >= expiresAt) return 'expired';
  return null;
}

/** A booked meeting gives sales until one business day after it. */
export function moveSlaToMeeting(turn: Turn, meetingAt: number): void {
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
export function addAct(turn: Turn, trigger: TriggerFired, meetingAt: number | null): void {
  const handoff = turn.open;
  if (handoff === null) return;
  turn.decide({ kind: 'add_act', number: handoff.number, trigger });
  turn.alert('rep', meetingAt === null ? 'acted_again' : 'meeting_booked', handoff);
  if (meetingAt !== null) moveSlaToMeeting(turn, meetingAt);
  if (!handoff.prepared) return;
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
  if (handoff.task.state === 'done') {
    turn.updateOpen({ task: { state: 'open', dueAt, dueAlerted: false } });
    turn.perform({ effect: 'task_update', change: 'reopened', dueAt });
  } else if (handoff.task.state === 'open' && (handoff.task.dueAt === null || dueAt < handoff.task.dueAt)) {
    turn.updateOpen({ task: { ...handoff.task, dueAt } });
    turn.perform({ effect: 'task_update', change: 'due', dueAt });
  }
}
