import type { Db } from './database.js';

/** The value under a key of the `meta` table, or null. */
export async function readMeta(db: Db, key: string): Promise<string | null> {
  const row = await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst();
  return row?.value ?? null;
}

/** Sets the value under a key, whatever stood there before. */
export async function writeMeta(db: Db, key: string, value: string): Promise<void> {
  await db
    .insertInto('meta')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute();
}

/**
 * Sets the value only if the present one is `expected` (null: nothing stands there yet). One statement, so of
 * several processes exactly one gets true; the others read what it wrote and decide whether they can live with it.
 */
export async function compareAndSetMeta(
  db: Db,
  key: string,
  expected: string | null,
  value: string,
): Promise<boolean> {
  const result =
    expected === null
      ? await db
          .insertInto('meta')
          .values({ key, value })
          .onConflict((conflict) => conflict.column('key').doNothing())
          .executeTakeFirst()
      : await db
          .updateTable('meta')
          .set({ value })
          .where('key', '=', key)
          .where('value', '=', expected)
          .executeTakeFirst();
  const count =
    'numInsertedOrUpdatedRows' in result ? result.numInsertedOrUpdatedRows : result.numUpdatedRows;
  return count === 1n;
}
