import type { RecordInput } from '../contracts/lead-workflow.js';
import { record } from '../store/journal.js';
import { leadGate } from '../store/lead-gate.js';
import type { ActivityDeps } from './deps.js';

/**
 * Writes decisions, verdicts and the snapshot in one transaction. For a lead that was erased, and for a run that was
 * replaced, nothing is written and nothing fails: nobody is to read it, and the run is about to end.
 */
export async function recordJournal(deps: ActivityDeps, input: RecordInput): Promise<void> {
  await deps.db.transaction().execute(async (trx) => {
    if ((await leadGate(trx, input.leadId, input.epoch)) !== 'open') return;
    await record(trx, input);
  });
}
