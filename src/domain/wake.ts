/** Whether an event may wake a lead that has no running workflow; most are only logged. */
import type { CorePolicy } from './definition.js';
import { isAct } from './engagement.js';
import type { EngagementFact, LogFact } from './lead-event.js';
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
  return mayWake(snapshot, fact, policy) ? afterMachineCheck(fact, policy) : 'no';
}

function mayWake(snapshot: LeadState, fact: EngagementFact, policy: CorePolicy): boolean {
  switch (snapshot.stage.name) {
    case 'converted':
      return fact.triggers.some((id) => policy.after.converted.reopenOn.includes(id));
    case 'unqualified':
      return reopensUnqualified(fact.triggers, policy);
    default:
      return true;
  }
}

function afterMachineCheck(fact: EngagementFact, policy: CorePolicy): Wake {
  const waits = fact.type === 'email.clicked' && fact.email !== undefined && !fact.human;
  return waits ? { afterMs: policy.machines.manyLinksWithinMs } : 'now';
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
