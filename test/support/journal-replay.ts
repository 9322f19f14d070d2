/** Re-runs `step` over what the journal and the log say was put into it, in the recorded interleaving. */
import type { JournalEntry } from '../../src/contracts/lead-workflow.js';
import type { Decision } from '../../src/domain/decision.js';
import type { CorePolicy } from '../../src/domain/definition.js';
import type { LeadEvent, LogFact } from '../../src/domain/lead-event.js';
import type { LeadState } from '../../src/domain/state.js';
import { newLead, step } from '../../src/domain/step.js';

export interface Rerun {
  readonly state: LeadState;
  /** Entries whose decisions came out otherwise; empty when everything is reproduced. */
  readonly differences: readonly { readonly n: number; readonly recorded: unknown; readonly now: unknown }[];
  readonly compared: number;
}

export function rerunJournal(
  leadId: string,
  facts: readonly LogFact[],
  journal: readonly JournalEntry[],
  policy: CorePolicy,
): Rerun {
  let state = newLead(leadId, policy);
  let compared = 0;
  const differences: { n: number; recorded: unknown; now: unknown }[] = [];
  const apply = (event: LeadEvent): readonly Decision[] => {
    const stepped = step(state, event, policy);
    state = stepped.state;
    return stepped.decisions;
  };
  const applyLogThrough = (seq: number): void => {
    // Events between two entries decided nothing that was journalled.
    for (const fact of facts) if (fact.seq === state.seq + 1 && fact.seq <= seq) apply(fact);
  };
  for (const entry of [...journal].sort((a, b) => a.n - b.n)) {
    const { input } = entry;
    if (input.kind === 'refold') throw new Error('a story for this helper keeps one definition');
    applyLogThrough(input.kind === 'log' ? input.seq - 1 : entry.afterSeq);
    const fact =
      input.kind === 'log' ? facts.find(({ seq }) => seq === input.seq) : (input.fact as LeadEvent);
    if (!fact) throw new Error(`the log has no event ${JSON.stringify(input)}`);
    const now = apply(fact);
    compared++;
    if (JSON.stringify(now) !== JSON.stringify(entry.decisions))
      differences.push({ n: entry.n, recorded: entry.decisions, now });
  }
  applyLogThrough(Number.MAX_SAFE_INTEGER);
  return { state, differences, compared };
}
