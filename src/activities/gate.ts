import type { Db } from '../store/database.js';
import { leadGate } from '../store/lead-gate.js';
import { ActivityFault } from './failures.js';

/** Throws a permanent fault when the lead is erased or the run was replaced: nothing may be done or written for it. */
export async function passGate(db: Db, leadId: string, epoch?: number): Promise<void> {
  const gate = await leadGate(db, leadId, epoch);
  if (gate === 'open') return;
  const why = gate === 'erased' ? 'The lead was erased.' : 'Another run of this lead has taken over.';
  throw new ActivityFault('rejected', why, true);
}
