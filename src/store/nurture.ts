/** Nurture membership of the built-in marketing platform: who is mailed, on which track, with which tags. */
import { sql } from 'kysely';
import type { Track } from '../domain/definition.js';
import type { Db } from './database.js';

/** Stops nurture mail. */
export async function pauseNurture(db: Db, leadId: string): Promise<void> {
  await db
    .insertInto('nurture')
    .values({ lead_id: leadId, state: 'paused' })
    .onConflict((conflict) =>
      conflict.column('lead_id').doUpdateSet({ state: 'paused', updated_at: sql<Date>`clock_timestamp()` }),
    )
    .execute();
}

/** Lets nurture mail go on, on a track. */
export async function resumeNurture(db: Db, leadId: string, track: Track): Promise<void> {
  await db
    .insertInto('nurture')
    .values({ lead_id: leadId, state: 'active', track })
    .onConflict((conflict) =>
      conflict
        .column('lead_id')
        .doUpdateSet({ state: 'active', track, updated_at: sql<Date>`clock_timestamp()` }),
    )
    .execute();
}

/** Sets or takes away a tag; saying it twice changes nothing. A lead that nothing was said of is active. */
export async function setNurtureTag(db: Db, leadId: string, tag: string, on: boolean): Promise<void> {
  await db
    .insertInto('nurture')
    .values({ lead_id: leadId, state: 'active', tags: on ? [tag] : [] })
    .onConflict((conflict) =>
      conflict.column('lead_id').doUpdateSet({
        tags: on
          ? sql<string[]>`array_append(array_remove(nurture.tags, ${tag}::text), ${tag}::text)`
          : sql<string[]>`array_remove(nurture.tags, ${tag}::text)`,
        updated_at: sql<Date>`clock_timestamp()`,
      }),
    )
    .execute();
}
