/** What people ask for: every command ends in a verdict, and a refusal says why. */
import { alertRep } from './alerts.js';
import type { RefusalCode, Verdict } from './decision.js';
import { slaTerms, startHandoff } from './handoff.js';
import type { CommandFact } from './lead-event.js';
import { judgeNow } from './on-engagement.js';
import { dispose, finishTask, lateDispositionHindrance, replaceOutcome, restoreHandoff } from './outcomes.js';
import { scoreTotal } from './scoring.js';
import type { Handoff } from './state.js';
import type { Turn } from './turn.js';

/** Verdicts stay in state for callers that still wait; the journal keeps them all. */
const VERDICTS_MAX = 32;

type Answer = Omit<Verdict, 'commandId'>;

export function onCommand(turn: Turn, command: CommandFact): void {
  const verdict: Verdict = { commandId: command.commandId, ...decide(turn, command) };
  turn.decide({ kind: 'command', command: command.command, verdict });
  turn.set({ verdicts: [...turn.state.verdicts, verdict].slice(-VERDICTS_MAX) });
}

function decide(turn: Turn, command: CommandFact): Answer {
  switch (command.command) {
    case 'activity':
      return recordActivity(turn, command);
    case 'disposition':
      return recordDisposition(turn, command);
    case 'handoff':
      return handOffByHand(turn, command);
    case 'reassign':
      return reassign(turn, command);
    case 'judge':
      return judge(turn);
    case 'correct':
      return relabel(turn);
    case 'retry_effect':
      return retryEffect(turn, command);
  }
}

const refuse = (code: RefusalCode, more: Partial<Answer> = {}): Answer => ({ ok: false, code, ...more });

/** The handoff a command speaks of: the open one, the newest closed one, or none that can still change. */
function addressed(
  turn: Turn,
  number: number | undefined,
): { open: Handoff } | { last: Handoff } | { refusal: Answer } {
  const { open } = turn;
  const last = turn.state.lastHandoff;
  const wanted = number ?? open?.number ?? last?.number;
  if (wanted === undefined || wanted < 1 || wanted > turn.state.handoffs)
    return { refusal: refuse('no_such_handoff') };
  if (open?.number === wanted) return { open };
  if (last?.number === wanted) return { last };
  return { refusal: refuse('newer_handoff', { handoff: wanted }) };
}

function recordActivity(turn: Turn, command: CommandFact): Answer {
  const target = addressed(turn, command.handoff);
  if ('refusal' in target) return target.refusal;
  const activity = command.activity ?? 'note';
  const at = Math.min(command.at, command.acceptedAt);
  if ('last' in target) return lateActivity(turn, target.last, command, at);
  const handoff = target.open;
  if (activity === 'note') {
    turn.decide({ kind: 'activity', number: handoff.number, activity, at, first: false, ...by(command) });
    if (handoff.firstActivityAt === null) alertRep(turn, 'confirm_contact', handoff);
    return { ok: true, did: 'noted', handoff: handoff.number };
  }
  if (at < handoff.startedAt) return refuse('before_handoff', { handoff: handoff.number });
  const counts = slaTerms(handoff).satisfiedBy.includes(activity);
  makeContact(turn, handoff, command, at, counts);
  return { ok: true, did: counts ? 'contacted' : 'recorded', handoff: handoff.number };
}

function by(command: CommandFact): { by?: string } {
  return command.by === undefined ? {} : { by: command.by };
}

/** Contact meets the SLA, completes the task and makes the handoff one that is worked on. */
function makeContact(turn: Turn, handoff: Handoff, command: CommandFact, at: number, counts: boolean): void {
  const first = counts && handoff.firstActivityAt === null;
  turn.decide({
    kind: 'activity',
    number: handoff.number,
    activity: command.activity ?? 'note',
    at,
    first,
    ...by(command),
  });
  const lastActivityAt = Math.max(handoff.lastActivityAt ?? at, at);
  if (!counts) return turn.updateOpen({ lastActivityAt, idleAlerts: 0 });
  finishTask(turn, handoff);
  const now = turn.open ?? handoff;
  const contacted: Handoff = {
    ...now,
    firstActivityAt: handoff.firstActivityAt === null ? at : Math.min(handoff.firstActivityAt, at),
    lastActivityAt,
    idleAlerts: 0,
    sla: handoff.sla.state === 'running' ? { ...handoff.sla, state: 'met', remindAt: null } : handoff.sla,
  };
  turn.forgetRequests((request) => request.request === 'barrier' && request.purpose === 'sla');
  turn.enter({ name: 'working', handoff: contacted });
}

/** Contact made in time and logged after the lapse restores the handoff, unless a newer one exists. */
function lateActivity(turn: Turn, last: Handoff, command: CommandFact, at: number): Answer {
  const outcome = last.outcome?.kind;
  const closed = refuse('handoff_closed', { handoff: last.number, ...(outcome && { outcome }) });
  const { name } = turn.state.stage;
  if (outcome !== 'sla_lapsed' || (name !== 'nurturing' && name !== 'dormant')) return closed;
  const dueAt = last.sla.dueAt ?? 0;
  const counts = command.activity !== undefined && slaTerms(last).satisfiedBy.includes(command.activity);
  if (!counts || at > dueAt || at < last.startedAt) return closed;
  restoreHandoff(turn, last);
  if (turn.open) makeContact(turn, turn.open, command, at, true);
  // The rep is heard of now: idleness is not counted from a contact of long ago.
  turn.updateOpen({ lastActivityAt: turn.at });
  return { ok: true, did: 'restored', handoff: last.number };
}

function recordDisposition(turn: Turn, command: CommandFact): Answer {
  const { disposition } = command;
  if (disposition === undefined) return refuse('not_allowed');
  const target = addressed(turn, command.handoff);
  if ('refusal' in target) return target.refusal;
  if ('open' in target) {
    dispose(turn, command, disposition);
    return { ok: true, did: 'closed', handoff: target.open.number, outcome: disposition };
  }
  const { last } = target;
  const hindrance = lateDispositionHindrance(turn, last);
  if (hindrance !== null) {
    return refuse(hindrance, { handoff: last.number, ...(last.outcome && { outcome: last.outcome.kind }) });
  }
  replaceOutcome(turn, last, command, disposition);
  return { ok: true, did: 'changed', handoff: last.number, outcome: disposition };
}

/** A person hands the lead off: warm, whatever cooldown and fit say. */
function handOffByHand(turn: Turn, _command: CommandFact): Answer {
  if (turn.open) return refuse('handoff_open', { handoff: turn.open.number });
  if (turn.state.stage.name === 'converted') return refuse('lead_ended');
  startHandoff(turn, { kind: 'manual', id: 'manual', intent: 'warm', at: turn.at, alsoHeld: [] });
  return { ok: true, did: 'handed_off', handoff: turn.state.handoffs };
}

function reassign(turn: Turn, command: CommandFact): Answer {
  const handoff = turn.open;
  if (handoff === null || (command.handoff !== undefined && command.handoff !== handoff.number)) {
    const target = addressed(turn, command.handoff);
    if ('refusal' in target) return target.refusal;
    const closed = 'last' in target ? target.last : null;
    return refuse('handoff_closed', {
      ...(closed && { handoff: closed.number }),
      ...(closed?.outcome && { outcome: closed.outcome.kind }),
    });
  }
  const to = command.rep ?? null;
  if (to === null) return refuse('not_allowed');
  if (to === handoff.rep) return refuse('same_rep', { handoff: handoff.number });
  turn.updateOpen({ rep: to });
  turn.decide({ kind: 'reassign', number: handoff.number, from: handoff.rep, to, ...by(command) });
  if (handoff.prepared) {
    turn.drop(
      (args, number) => number === handoff.number && args.effect === 'alert' && args.to === 'rep',
      'reassigned',
    );
    turn.perform({ effect: 'task_update', change: 'owner', rep: to });
    turn.alert('rep', 'reassigned', turn.open ?? handoff, handoff.task.dueAt ?? undefined);
  }
  return { ok: true, did: 'reassigned', handoff: handoff.number };
}

function judge(turn: Turn): Answer {
  if (turn.open) return refuse('handoff_open', { handoff: turn.open.number });
  if (turn.state.stage.name !== 'nurturing') return refuse('lead_ended');
  const did = judgeNow(turn);
  return { ok: true, did, ...(did === 'handed_off' && { handoff: turn.state.handoffs }) };
}

/**
 * The label is in the log; the fold that follows takes it into account. The correction is an event too: where the fold
 * carries the score from below the threshold to it, that is a crossing, judged by a deadline that comes at once.
 */
function relabel(turn: Turn): Answer {
  const { state, policy } = turn;
  if (
    state.stage.name === 'nurturing' &&
    scoreTotal(state.engagement, turn.at, policy) < policy.scoring.threshold
  )
    turn.set({ heldCrossing: true, cooldownUntil: state.cooldownUntil ?? turn.at });
  return { ok: true, did: 'relabelled' };
}

/** A person looked at a failed effect and wants it tried again. */
function retryEffect(turn: Turn, command: CommandFact): Answer {
  const known = turn.state.effects.some((effect) => effect.key === command.effectKey);
  if (!known) return refuse('no_such_effect');
  turn.set({
    effects: turn.state.effects.map((effect) =>
      effect.key === command.effectKey ? { ...effect, parked: false, retryAt: 0 } : effect,
    ),
  });
  return { ok: true, did: 'retried' };
}
