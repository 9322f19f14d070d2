/** Takes leads out of the database, whole. */
import type { Db } from './database.js';

/** Tables that speak of a lead, those that others refer to last. */
const TABLES = [
  'outbox',
  'tasks',
  'nurture',
  'objections',
  'commands',
  'journal',
  'effects',
  'handoffs',
  'lead_projection',
  'lead_status',
  'lead_stream',
  'identities',
  'events',
] as const;

/** Deletes every row of these leads. Call it in a transaction, after their tombstones and the end of their workflows. */
export async function deleteLeads(trx: Db, leadIds: readonly string[]): Promise<void> {
  if (leadIds.length === 0) return;
  for (const table of TABLES)
    await trx
      .deleteFrom(table)
      .where('lead_id', 'in', [...leadIds])
      .execute();
  await trx
    .deleteFrom('leads')
    .where('id', 'in', [...leadIds])
    .execute();
}
