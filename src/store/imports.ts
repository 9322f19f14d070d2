/** Imports: history that was brought in together, whose leads are judged once, and how far their release has come. */
import { type Selectable, sql } from 'kysely';
import type { Db } from './database.js';
import { newId } from './ids.js';
import type { Absence, Database } from './schema.js';

export interface Import {
  readonly id: string;
  readonly name: string | null;
  readonly state: 'open' | 'releasing' | 'released';
  readonly createdAt: Date;
  readonly releasedAt: Date | null;
}

const columns = ['id', 'name', 'state', 'created_at', 'released_at'] as const;

/** Opens an import. */
export async function createImport(
  db: Db,
  draft: { readonly name: string | null; readonly createdBy: string },
): Promise<Import> {
  const row = await db
    .insertInto('imports')
    .values({ id: newId('imp'), name: draft.name, created_by: draft.createdBy })
    .returning(columns)
    .executeTakeFirstOrThrow();
  return importOf(row);
}

export async function findImport(db: Db, id: string): Promise<Import | null> {
  const row = await db.selectFrom('imports').select(columns).where('id', '=', id).executeTakeFirst();
  return row ? importOf(row) : null;
}

/** Imports, the newest first; `after` is the id of the last one of the page before. */
export async function listImports(
  db: Db,
  page: { readonly limit: number; readonly after?: string },
): Promise<Import[]> {
  const { after } = page;
  const rows = await db
    .selectFrom('imports')
    .select(columns)
    .$if(after !== undefined, (query) =>
      query.where(
        sql<boolean>`(created_at, id) < (select last.created_at, last.id from imports last where last.id = ${after})`,
      ),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();
  return rows.map(importOf);
}

function importOf(row: Pick<Selectable<Database['imports']>, (typeof columns)[number]>): Import {
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    createdAt: row.created_at,
    releasedAt: row.released_at,
  };
}

/** Names the judgement of an import's lead: `judgeOnce` commits it once. */
export const judgementName = (importId: string, leadId: string): string =>
  `import-release:${importId}:${leadId}`;

/** SQL that holds for leads `d.lead_id` which the import has judged. */
const isJudged = (importId: string) => sql<boolean>`exists (
  select from events j where j.connection_id = 'baton' and j.event_id = 'import-release:' || ${importId}::text || ':' || d.lead_id)`;

/** How much an import has brought in, and how many of its leads its release has judged. */
export async function importCounts(
  db: Db,
  importId: string,
): Promise<{ events: number; leads: number; judged: number }> {
  const { rows } = await sql<{ events: number; leads: number; judged: number }>`
    select coalesce(sum(d.events), 0)::int as events, count(d.lead_id)::int as leads,
      (count(*) filter (where d.lead_id is not null and ${isJudged(importId)}))::int as judged
    from (select lead_id, count(*) as events from events where import_id = ${importId} group by lead_id) d`.execute(
    db,
  );
  return rows[0] ?? { events: 0, leads: 0, judged: 0 };
}

/** Leads of an import that its release has not judged, in the order of their ids after `after`. */
export async function unjudgedLeads(
  db: Db,
  importId: string,
  after: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ lead_id: string }>`
    select d.lead_id
    from (select distinct lead_id from events where import_id = ${importId} and lead_id > ${after}) d
    join leads l on l.id = d.lead_id
    join lead_stream s on s.lead_id = d.lead_id
    where l.erased_at is null and s.status not in ('merged', 'erased') and not ${isJudged(importId)}
    order by d.lead_id limit ${limit}`.execute(db);
  return rows.map((row) => row.lead_id);
}

/** Lets an open import be released; false when it is not open any more. */
export async function beginRelease(db: Db, importId: string): Promise<boolean> {
  const row = await db
    .updateTable('imports')
    .set({ state: 'releasing' })
    .where('id', '=', importId)
    .where('state', '=', 'open')
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** How far a release has come: leads up to `judgedThrough` were looked at in this pass. */
export interface ReleaseProgress {
  readonly importId: string;
  readonly pass: number;
  readonly judgedThrough: string;
}

/** The release that is to go on: the oldest one, so that two of them do not share the same free capacity. */
export async function releaseUnderWay(db: Db): Promise<ReleaseProgress | null> {
  const row = await db
    .selectFrom('imports')
    .select(['id', 'release_pass', 'judged_through'])
    .where('state', '=', 'releasing')
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row ? { importId: row.id, pass: row.release_pass, judgedThrough: row.judged_through } : null;
}

/** Locks a release that still stands where `known` says; false when another courier has it or has moved it on. */
export async function lockRelease(trx: Db, known: ReleaseProgress): Promise<boolean> {
  const row = await trx
    .selectFrom('imports')
    .select('id')
    .where('id', '=', known.importId)
    .where('state', '=', 'releasing')
    .where('release_pass', '=', known.pass)
    .where('judged_through', '=', known.judgedThrough)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  return row !== undefined;
}

/** Notes how far a locked release has come. The last thing its transaction does: others wait for this row. */
export async function moveRelease(trx: Db, progress: ReleaseProgress): Promise<void> {
  await trx
    .updateTable('imports')
    .set({ release_pass: progress.pass, judged_through: progress.judgedThrough })
    .where('id', '=', progress.importId)
    .execute();
}

/** Notes that every lead of a locked import was judged. */
export async function endRelease(trx: Db, importId: string): Promise<void> {
  await trx
    .updateTable('imports')
    .set({ state: 'released', released_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', importId)
    .execute();
}

export interface RepRoom {
  readonly timeZone: string | null;
  readonly absences: readonly Absence[];
  readonly capacity: number | null;
  /** Handoffs that await first contact. */
  readonly awaiting: number;
}

/** The active reps that take part in the round robin, and what they carry. */
export async function rotationRoom(db: Db): Promise<RepRoom[]> {
  const { rows } = await sql<RepRoom>`
    select r.time_zone as "timeZone", r.absences, r.capacity,
      (select count(*) from handoffs h where h.rep_id = r.id and h.state = 'awaiting')::int as awaiting
    from reps r where r.active and r.role = 'rep' and r.weight > 0`.execute(db);
  return rows;
}

/** Handoffs that will be somebody's in a moment: judgements of releases without a verdict, and what is being routed. */
export async function handoffsUnderWay(db: Db): Promise<number> {
  const { rows } = await sql<{ handoffs: number }>`
    select (
      (select count(*) from commands c join leads l on l.id = c.lead_id
        where c.verdict is null and c.kind = 'judge' and c.body ->> 'handsOff' = 'true' and l.erased_at is null)
      + (select count(*) from handoffs h join leads l on l.id = h.lead_id
        where h.state = 'awaiting' and h.rep_id is null and h.routed_by is null and l.erased_at is null))::int as handoffs`.execute(
    db,
  );
  return rows[0]?.handoffs ?? 0;
}

/** Leads whose story goes on: neither ended, nor asleep, nor gone. */
export async function countOpenLeads(db: Db): Promise<number> {
  const row = await db
    .selectFrom('lead_stream as s')
    .innerJoin('leads as l', 'l.id', 's.lead_id')
    .select(sql<number>`count(*)::int`.as('leads'))
    .where('s.status', 'in', ['new', 'open'])
    .where('l.erased_at', 'is', null)
    .executeTakeFirstOrThrow();
  return row.leads;
}
