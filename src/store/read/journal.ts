/** A lead's decision journal as it was recorded. */
import type { Selectable } from 'kysely';
import type { Db } from '../database.js';
import type { Database, StreamStatus } from '../schema.js';

export type JournalRow = Pick<
  Selectable<Database['journal']>,
  | 'n'
  | 'epoch'
  | 'after_seq'
  | 'at'
  | 'definition_number'
  | 'definition_hash'
  | 'engine'
  | 'input'
  | 'decisions'
>;

/** All of a lead's entries, in order. */
export async function journalOf(db: Db, leadId: string): Promise<JournalRow[]> {
  return db
    .selectFrom('journal')
    .select([
      'n',
      'epoch',
      'after_seq',
      'at',
      'definition_number',
      'definition_hash',
      'engine',
      'input',
      'decisions',
    ])
    .where('lead_id', '=', leadId)
    .orderBy('n')
    .execute();
}

/** How far a lead's log was sent to its workflow, and whether there is one. */
export async function streamOf(
  db: Db,
  leadId: string,
): Promise<{ status: StreamStatus; sent_seq: number } | null> {
  const query = db.selectFrom('lead_stream').select(['status', 'sent_seq']).where('lead_id', '=', leadId);
  return (await query.executeTakeFirst()) ?? null;
}

/** Ids of leads that are not erased, after `after` in the order of their ids. */
export async function leadsAfter(db: Db, after: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('leads')
    .select('id')
    .where('id', '>', after)
    .where('erased_at', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}
