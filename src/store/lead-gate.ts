/** Whether a run of a lead may still act and write: the tombstone and the epoch, which every activity looks at. */
import type { Db } from './database.js';

/** `open`: go on. `erased`: the lead is gone. `replaced`: another run has taken over, or the lead was merged away. */
export type Gate = 'open' | 'erased' | 'replaced';

/** Reads the gate. A lead that is not there counts as erased. Without an epoch only the tombstone is looked at. */
export async function leadGate(db: Db, leadId: string, epoch?: number): Promise<Gate> {
  const row = await db
    .selectFrom('leads as l')
    .leftJoin('lead_stream as s', 's.lead_id', 'l.id')
    .select(['l.erased_at', 's.epoch', 's.status'])
    .where('l.id', '=', leadId)
    .executeTakeFirst();
  if (!row || row.erased_at !== null || row.status === 'erased') return 'erased';
  if (epoch !== undefined && (row.epoch !== epoch || row.status === 'merged')) return 'replaced';
  return 'open';
}
