/** A lead's decision journal as it was recorded. */
import type { Selectable } from 'kysely';
import type { Db } from '../database.js';
import type { Database } from '../schema.js';

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

/** Ids of leads that have a journal, after `after` in the order of their ids. */
export async function journalledLeads(db: Db, after: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('leads as l')
    .select('l.id')
    .where('l.id', '>', after)
    .where('l.erased_at', 'is', null)
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('journal as j').select('j.n').whereRef('j.lead_id', '=', 'l.id')),
    )
    .orderBy('l.id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}
