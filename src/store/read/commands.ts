/** Commands and their verdicts. */
import type { Selectable } from 'kysely';
import type { Db } from '../database.js';
import type { Database } from '../schema.js';

export type CommandRow = Selectable<Database['commands']>;

/** One command, or null when there is none. */
export async function findCommand(db: Db, id: string): Promise<CommandRow | null> {
  const row = await db.selectFrom('commands').selectAll().where('id', '=', id).executeTakeFirst();
  return row ?? null;
}
