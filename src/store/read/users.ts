/** What is known of the users that other systems name. */
import type { Db } from '../database.js';

/** The addresses of those of the users who are leads with one. */
export async function emailsOfUsers(db: Db, userIds: readonly string[]): Promise<Map<string, string>> {
  if (userIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('identities as i')
    .innerJoin('leads as l', 'l.id', 'i.lead_id')
    .select(['i.value', 'l.email'])
    .where('i.kind', '=', 'userId')
    .where('i.value', 'in', [...new Set(userIds)])
    .execute();
  return new Map(rows.flatMap(({ value, email }) => (email === null ? [] : [[value, email]])));
}
