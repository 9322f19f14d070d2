/** Mails and alerts as they were sent, for people to read; without SMTP the outbox is where mails stay. */
import { type Insertable, sql } from 'kysely';
import type { Db } from './database.js';
import { newId } from './ids.js';
import type { Database } from './schema.js';

export type OutboxEntry = Omit<
  Insertable<Database['outbox']>,
  'id' | 'created_at' | 'read_at' | 'repeated'
> & {
  /** The same alert again, because nobody knows whether the first arrived. */
  readonly repeated?: boolean;
};

/** Adds an entry, once per effect key; answers its id either way. A repeat marks the entry that is there. */
export async function addToOutbox(db: Db, entry: OutboxEntry): Promise<string> {
  const row = await db
    .insertInto('outbox')
    .values({ ...entry, id: newId() })
    .onConflict((conflict) =>
      conflict
        .column('effect_key')
        .doUpdateSet({ repeated: sql<boolean>`outbox.repeated or excluded.repeated` }),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}
