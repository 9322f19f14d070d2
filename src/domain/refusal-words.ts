/** Refusals in words. */
import type { Verdict } from './decision.js';
import { outcomeWords } from './timeline-words.js';

/** Why a command was refused, in general; what only the database knows is added by who asks it. */
export function refusalWords(verdict: Pick<Verdict, 'code' | 'handoff' | 'outcome'>): string {
  const handoff = verdict.handoff === undefined ? 'the handoff' : `handoff ${verdict.handoff}`;
  const ended = verdict.outcome === undefined ? 'is over' : `ended: ${outcomeWords(verdict.outcome)}`;
  switch (verdict.code) {
    case 'handoff_open':
      return `${handoff} is open already`;
    case 'no_such_handoff':
      return 'the lead has no such handoff';
    case 'handoff_closed':
    case 'not_open':
      return `${handoff} ${ended}`;
    case 'too_late_to_change':
      return `${handoff} ${ended}; it is too late to change that`;
    case 'newer_handoff':
      return `${handoff} is over, and a newer one has taken its place`;
    case 'lead_ended':
      return 'the lead is through: nothing more is decided about it';
    case 'suppressed':
      return 'the lead wants no such mail';
    case 'nothing_to_judge':
      return 'there is nothing to judge';
    case 'same_rep':
      return `this rep has ${handoff} already`;
    case 'no_such_effect':
      return 'nothing waits to be tried again under this key';
    case 'before_handoff':
      return `the activity is dated before ${handoff} began`;
    case 'not_allowed':
    case undefined:
      return 'this is not allowed now';
  }
}
