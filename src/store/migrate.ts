import { type Kysely, type Migration, Migrator, sql } from 'kysely';
import { migrations as ownMigrations } from './migrations/index.js';

/**
 * Brings the schema up to date. All pending migrations run in one transaction, so a failure leaves the schema as it
 * was. Several processes may start at once: Kysely's advisory lock lets one migrate while the others wait.
 * @throws Error when the database was migrated by a newer Baton, or when a migration fails.
 */
export async function migrate<T>(
  db: Kysely<T>,
  migrations: Record<string, Migration> = ownMigrations,
): Promise<void> {
  const names = Object.keys(migrations).sort();
  const applied = await appliedMigrations(db);
  const unknown = applied.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new Error(
      `The database is newer than this Baton: it has the schema changes ${unknown.join(', ')}, which this version does not know. ` +
        'Start the newer version again, or restore a backup from before the upgrade. Nothing was changed.',
    );
  // The usual start has nothing to do, and Kysely's own check reads the whole catalogue first.
  if (applied.length === names.length) return;

  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  // Only the failing one is named: the others read "Success" although the transaction took them back.
  const failed = results?.find((result) => result.status === 'Error')?.migrationName;
  const reason = error instanceof Error ? error.message : String(error);
  throw new Error(
    `The schema change ${failed ?? '(before the first)'} failed and everything was rolled back: ${reason}`,
    {
      cause: error,
    },
  );
}

async function appliedMigrations<T>(db: Kysely<T>): Promise<string[]> {
  // One question, because a missing table must not end a transaction that the caller may have open.
  const { rows } = await sql<{
    present: boolean;
  }>`select to_regclass('kysely_migration') is not null as present`.execute(db);
  if (rows[0]?.present !== true) return [];
  const applied = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return applied.rows.map((row) => row.name);
}
