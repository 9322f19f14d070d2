import type { LeadActivities } from '../contracts/lead-workflow.js';
import { leadGate } from '../store/lead-gate.js';
import { close } from '../store/lead-stream.js';
import type { ActivityDeps } from './deps.js';

/** Ends this epoch in the lead's stream; an erased or replaced run may end as it is. */
export async function closeLead(
  deps: ActivityDeps,
  { leadId, epoch, lastSeq, state }: Parameters<LeadActivities['closeLead']>[0],
): Promise<{ more: boolean }> {
  if ((await leadGate(deps.db, leadId, epoch)) !== 'open') return { more: false };
  return close(deps.db, leadId, epoch, lastSeq, state);
}
