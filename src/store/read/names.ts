/** What the random ids in decisions and commands are called by people. */
import type { Db } from '../database.js';

/** Reps by their names, API keys by theirs; an id that is neither has no entry. */
export async function namesOf(db: Db, ids: Iterable<string>): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const reps = await db.selectFrom('reps').select(['id', 'name']).where('id', 'in', wanted).execute();
  const keys = await db.selectFrom('api_keys').select(['id', 'name']).where('id', 'in', wanted).execute();
  return new Map([...keys, ...reps].map(({ id, name }) => [id, name]));
}
