import type { LeadActivities } from '../contracts/lead-workflow.js';
import { requestResend as resendFrom } from '../store/lead-stream.js';
import type { ActivityDeps } from './deps.js';
import { passGate } from './gate.js';

/** Asks the courier to send again from `fromSeq`. */
export async function requestResend(
  deps: ActivityDeps,
  { leadId, epoch, fromSeq }: Parameters<LeadActivities['requestResend']>[0],
): Promise<void> {
  await passGate(deps.db, leadId, epoch);
  await resendFrom(deps.db, leadId, fromSeq);
}
