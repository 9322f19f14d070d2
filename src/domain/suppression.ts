/** Which mail a lead may still get: two flags beside any stage, and what changing them does. */
import type { EngagementFact } from './lead-event.js';
import { resumeNurture, stopNurtureClock } from './nurture.js';
import type { Suppression } from './state.js';
import type { Turn } from './turn.js';

type Flag = 'marketing' | 'sales';

/** Why an event suppresses. */
export function suppressionCause(fact: EngagementFact): Suppression['why'] {
  switch (fact.type) {
    case 'email.complained':
      return 'complaint';
    case 'email.bounced':
      return 'hard_bounce';
    case 'email.replied':
      return 'opt_out_reply';
    default:
      return 'unsubscribed';
  }
}

/** Sets a flag; suppressing marketing also takes back what would still be mailed. */
export function suppress(turn: Turn, flag: Flag, why: Suppression['why']): void {
  if (turn.state.suppressed[flag] !== null) return;
  if (flag === 'marketing') stopNurtureClock(turn);
  turn.set({ suppressed: { ...turn.state.suppressed, [flag]: { at: turn.at, why } } });
  turn.decide({ kind: 'suppress', stream: flag, on: true, why });
  if (flag === 'marketing') {
    turn.drop(
      (args) => args.effect === 'resume' || args.effect === 'final' || args.effect === 'bridge',
      'suppressed',
    );
  }
}

/** Lifts a flag; nurture goes on where the lead is nurtured. */
export function lift(turn: Turn, flag: Flag, why = 'resubscribed'): void {
  if (turn.state.suppressed[flag] === null) return;
  turn.set({ suppressed: { ...turn.state.suppressed, [flag]: null } });
  turn.decide({ kind: 'suppress', stream: flag, on: false, why });
  if (flag !== 'marketing' || turn.state.stage.name !== 'nurturing') return;
  turn.set({ period: { ...turn.state.period, allowedSince: turn.at } });
  resumeNurture(turn, null);
}
