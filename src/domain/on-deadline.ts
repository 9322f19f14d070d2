/** What a deadline does when its instant comes. */
import { alertRep } from './alerts.js';
import { firstDue } from './engagement.js';
import { bridgeDue, startHandoff } from './handoff.js';
import type { TimerFact } from './lead-event.js';
import { pauseNurture, stopNurtureClock } from './nurture.js';
import { judgeHeld, onClickSettled, requestFinalEmail } from './on-engagement.js';
import { cancelTask, closeHandoff, leaveForNurture } from './outcomes.js';
import type { Handoff } from './state.js';
import type { Turn } from './turn.js';

export function onDeadline(turn: Turn, fact: TimerFact): void {
  switch (fact.deadline) {
    case 'pending_click': {
      const click = firstDue(turn.state.engagement, turn.at);
      return click ? onClickSettled(turn, click) : turn.ignore('not_due');
    }
    case 'retry':
      return retryNow(turn);
    case 'bridge':
      return bridgeDue(turn);
    case 'cooldown_end':
      turn.set({ cooldownUntil: null });
      return judgeHeld(turn);
    case 'fallback':
      return turn.request({ request: 'barrier', purpose: 'fallback', at: turn.at, handoff: null });
    case 'final_email':
      return requestFinalEmail(turn);
    case 'sunset':
      return sleep(turn);
    case 'follow_up':
      return followUp(turn);
    default: {
      const handoff = turn.open;
      return handoff ? onHandoffDeadline(turn, fact, handoff) : turn.ignore('not_due');
    }
  }
}

function onHandoffDeadline(turn: Turn, fact: TimerFact, handoff: Handoff): void {
  switch (fact.deadline) {
    case 'sla':
      return turn.request({ request: 'barrier', purpose: 'sla', at: turn.at, handoff: handoff.number });
    case 'sla_reminder':
      turn.updateOpen({ sla: { ...handoff.sla, remindAt: null } });
      return alertRep(turn, 'sla_reminder', handoff, handoff.sla.dueAt ?? undefined);
    case 'task_due':
      turn.updateOpen({ task: { ...handoff.task, dueAlerted: true } });
      if (handoff.rep !== null) alertRep(turn, 'task_due', handoff, handoff.task.dueAt ?? undefined);
      return turn.alert('managers', 'task_due', handoff, handoff.task.dueAt ?? undefined);
    case 'idle_rep':
      turn.updateOpen({ idleAlerts: 1 });
      return alertRep(turn, 'idle_rep', handoff);
    case 'idle_manager':
      turn.updateOpen({ idleAlerts: 2 });
      return turn.alert('managers', 'idle_manager', handoff);
    case 'idle_close':
      cancelTask(turn, handoff);
      closeHandoff(turn, 'no_response', null);
      return leaveForNurture(turn, handoff.number, 'no_response');
    default:
      return turn.ignore('not_due');
  }
}

/** Effects and requests whose wait is over may be tried again. */
function retryNow(turn: Turn): void {
  const due = (retryAt: number) => retryAt > 0 && retryAt <= turn.at;
  turn.set({
    effects: turn.state.effects.map((effect) => (due(effect.retryAt) ? { ...effect, retryAt: 0 } : effect)),
    requests: turn.state.requests.map((request) =>
      due(request.retryAt) ? { ...request, retryAt: 0 } : request,
    ),
  });
}

/** Long in nurture and silent: marketing stops writing, and no workflow waits any longer. */
function sleep(turn: Turn): void {
  stopNurtureClock(turn);
  turn.enter({ name: 'dormant', since: turn.at });
  pauseNurture(turn, null);
}

/** The promised day has come: the same rep first, no bridge, whatever the cooldown says. */
function followUp(turn: Turn): void {
  const promise = turn.state.followUp;
  if (promise === null) return turn.ignore('not_due');
  startHandoff(
    turn,
    { kind: 'follow_up', id: 'follow_up', intent: 'warm', at: turn.at, alsoHeld: [] },
    { prefer: promise.rep },
  );
}
