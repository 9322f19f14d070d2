/** Whether an event may wake a lead that has no running workflow; most are only logged. */
import type { CorePolicy } from './definition.js';
import { isAct } from './engagement.js';
import type { LogFact } from './lead-event.js';
import type { LeadState } from './state.js';

export type Wake = 'now' | 'no' | { readonly afterMs: number };

/** `afterMs`: an email click waits for its machine check before it costs a workflow. */
export function wakes(snapshot: LeadState, fact: LogFact, policy: CorePolicy): Wake {
  if (fact.kind === 'command') return 'now';
  if (fact.type === 'customer.created') return snapshot.stage.name === 'converted' ? 'no' : 'now';
  // What a sender may mail must stay right for ended leads too: flags are the workflow's to set.
  if (fact.stream !== undefined) return changesFlag(snapshot, fact.stream, fact.type) ? 'now' : 'no';
  if (!isAct(fact.type) || (fact.machine && !fact.human) || fact.reply === 'auto_reply' || fact.backfill)
    return 'no';
  switch (snapshot.stage.name) {
    case 'dormant':
      return fact.type === 'email.clicked' && !fact.human
        ? { afterMs: policy.machines.manyLinksWithinMs }
        : 'now';
    case 'converted':
      return fact.triggers.some((id) => policy.after.converted.reopenOn.includes(id)) ? 'now' : 'no';
    case 'unqualified':
      return reopensUnqualified(fact.triggers, policy) ? 'now' : 'no';
    default:
      return 'now';
  }
}

function changesFlag(snapshot: LeadState, stream: 'marketing' | 'sales' | 'all', type: string): boolean {
  const flags = stream === 'all' ? (['marketing', 'sales'] as const) : ([stream] as const);
  const lifting = type === 'email.resubscribed';
  return flags.some((flag) => (snapshot.suppressed[flag] !== null) === lifting);
}

function reopensUnqualified(triggers: readonly string[], policy: CorePolicy): boolean {
  const { reopenOn } = policy.after.unqualified;
  if (reopenOn === 'never') return false;
  if (reopenOn !== 'high') return triggers.some((id) => reopenOn.includes(id));
  return policy.triggers.actions.some((action) => action.intent === 'high' && triggers.includes(action.id));
}
