/** The sample story's leads and reps, and their removal. */
import { sql } from 'kysely';
import type { Db } from './database.js';
import { deleteLeads } from './delete-leads.js';

/** Labels reps as belonging to the sample story. */
export async function markSampleReps(db: Db, handles: readonly string[]): Promise<void> {
  await db
    .updateTable('reps')
    .set({ sample: true })
    .where('handle', 'in', [...handles])
    .execute();
}

/** Tombstones every sample lead, so that nothing acts for it any more; answers their ids. */
export async function tombstoneSample(db: Db): Promise<string[]> {
  await db
    .updateTable('leads')
    .set({ erased_at: sql<Date>`now()` })
    .where('sample', '=', true)
    .where('erased_at', 'is', null)
    .execute();
  const rows = await db.selectFrom('leads').select('id').where('sample', '=', true).execute();
  return rows.map(({ id }) => id);
}

/** Deletes the rows of tombstoned sample leads, and the sample reps that no real lead was handed to. */
export async function deleteSample(db: Db, leadIds: readonly string[]): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await deleteLeads(trx, leadIds);
    await trx
      .deleteFrom('reps')
      .where('sample', '=', true)
      .where('id', 'not in', (query) =>
        query.selectFrom('handoffs').select('rep_id').where('rep_id', 'is not', null),
      )
      .where('id', 'not in', (query) =>
        query.selectFrom('leads').select('owner_rep_id').where('owner_rep_id', 'is not', null),
      )
      .execute();
  });
}
