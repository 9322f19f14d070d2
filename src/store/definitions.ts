/** Versions and drafts of the handoff definition, the log of who did what with them, and the leads a publish concerns. */
import { type Insertable, type Selectable, sql, type Updateable } from 'kysely';
import type { Db } from './database.js';
import { newId } from './ids.js';
import type { Database, Signature } from './schema.js';
import { json } from './sql.js';

export type VersionRow = Selectable<Database['definitions']>;
export type DraftRow = Selectable<Database['definition_drafts']>;
type DraftChange = Pick<
  Updateable<Database['definition_drafts']>,
  'name' | 'document' | 'hash' | 'revision' | 'based_on' | 'note' | 'state' | 'published_as'
>;
export type LogRow = Selectable<Database['definition_log']>;
export type Signatures = { readonly marketing?: Signature; readonly sales?: Signature };

/** A version without its text, for lists. */
export type VersionSummary = Omit<VersionRow, 'document'>;
/** A draft without its text, for lists. */
export type DraftSummary = Omit<DraftRow, 'document'>;

const summaryColumns = ['number', 'hash', 'name', 'signed', 'note', 'published_at', 'published_by'] as const;
const draftColumns = [
  ...(['id', 'name', 'hash', 'revision', 'based_on', 'note', 'signed', 'state', 'published_as'] as const),
  ...(['created_by', 'created_at', 'updated_at'] as const),
] as const;

/** The newest version, without its text; null before the first. */
export async function newestVersion(db: Db): Promise<VersionSummary | null> {
  const query = db.selectFrom('definitions').select(summaryColumns).orderBy('number', 'desc').limit(1);
  return (await query.executeTakeFirst()) ?? null;
}

export async function findVersion(db: Db, number: number): Promise<VersionRow | null> {
  const query = db.selectFrom('definitions').selectAll().where('number', '=', number);
  return (await query.executeTakeFirst()) ?? null;
}

/** Versions, the newest first; `before` is the number of the last one of the page before. */
export async function listVersions(
  db: Db,
  page: { readonly limit: number; readonly before?: number },
): Promise<VersionSummary[]> {
  const { before } = page;
  return db
    .selectFrom('definitions')
    .select(summaryColumns)
    .$if(before !== undefined, (query) => query.where('number', '<', before ?? 0))
    .orderBy('number', 'desc')
    .limit(page.limit)
    .execute();
}

/**
 * Writes a version, unless its number is taken: of two who both saw the same newest one, the second gets null. It waits
 * for the first one's commit, because the number is the primary key.
 */
export async function insertVersion(
  trx: Db,
  version: Pick<VersionRow, 'number' | 'hash' | 'name' | 'document' | 'note' | 'published_by' | 'signed'>,
): Promise<VersionRow | null> {
  const row = await trx
    .insertInto('definitions')
    .values({ ...version, signed: json(version.signed) })
    .onConflict((clash) => clash.column('number').doNothing())
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

/** Has the open leads looked at under a new version; a look that is still going on for an older one ends. */
export async function beginSweep(trx: Db, number: number): Promise<void> {
  await trx
    .updateTable('definition_sweeps')
    .set({ state: 'superseded', ended_at: sql<Date>`clock_timestamp()` })
    .where('state', '=', 'running')
    .execute();
  await trx.insertInto('definition_sweeps').values({ number }).execute();
}

export async function insertDraft(
  trx: Db,
  draft: Pick<DraftRow, 'name' | 'document' | 'hash' | 'based_on' | 'note' | 'created_by'>,
): Promise<DraftRow> {
  return trx
    .insertInto('definition_drafts')
    .values({ id: newId('d'), ...draft })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function findDraft(db: Db, id: string): Promise<DraftRow | null> {
  const query = db.selectFrom('definition_drafts').selectAll().where('id', '=', id);
  return (await query.executeTakeFirst()) ?? null;
}

/** The draft, locked until the transaction ends: what is decided about it holds when it is written. */
export async function lockDraft(trx: Db, id: string): Promise<DraftRow | null> {
  const query = trx.selectFrom('definition_drafts').selectAll().where('id', '=', id).forUpdate();
  return (await query.executeTakeFirst()) ?? null;
}

export async function changeDraft(
  trx: Db,
  id: string,
  { signed, ...change }: DraftChange & { readonly signed?: Signatures },
): Promise<DraftRow> {
  return trx
    .updateTable('definition_drafts')
    .set({ ...change, ...(signed && { signed: json(signed) }), updated_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Drafts that are neither published nor discarded, the one changed last first. */
export async function openDrafts(db: Db, limit: number): Promise<DraftSummary[]> {
  return db
    .selectFrom('definition_drafts')
    .select(draftColumns)
    .where('state', '=', 'open')
    .orderBy('updated_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
}

export type LogEntry = Pick<Insertable<Database['definition_log']>, 'what' | 'hash' | 'by'> & {
  readonly draft?: string;
  readonly number?: number;
  readonly data?: Readonly<Record<string, unknown>>;
};

/** Notes who did what, in the transaction that does it. */
export async function insertLogEntry(trx: Db, { data = {}, ...entry }: LogEntry): Promise<void> {
  await trx
    .insertInto('definition_log')
    .values({ ...entry, data: json(data) })
    .execute();
}

/** The log, the newest first; `before` is the position of the last entry of the page before. */
export async function listLog(
  db: Db,
  page: { readonly limit: number; readonly before?: number; readonly draft?: string },
): Promise<LogRow[]> {
  const { before, draft } = page;
  return db
    .selectFrom('definition_log')
    .selectAll()
    .$if(before !== undefined, (query) => query.where('position', '<', before ?? 0))
    .$if(draft !== undefined, (query) => query.where('draft', '=', draft ?? ''))
    .orderBy('position', 'desc')
    .limit(page.limit)
    .execute();
}

/** Leads of `openLeadsAfter`. */
export async function countOpenNurturing(db: Db): Promise<number> {
  const { rows } = await sql<{ leads: number }>`
    select count(*)::int as leads from ${openNurturing()}`.execute(db);
  return rows[0]?.leads ?? 0;
}

/** Leads that a definition could hand off, in the order of their ids: their story goes on, and sales has not got them. */
export async function openLeadsAfter(db: Db, after: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ lead_id: string }>`
    select s.lead_id from ${openNurturing()} and s.lead_id > ${after} order by s.lead_id limit ${limit}`.execute(
    db,
  );
  return rows.map((row) => row.lead_id);
}

/** A lead that has recorded nothing yet begins in nurture. */
const openNurturing = () => sql`lead_stream s
  join leads l on l.id = s.lead_id
  left join lead_status st on st.lead_id = s.lead_id
  where s.status in ('new', 'open') and l.erased_at is null and coalesce(st.stage, 'nurturing') = 'nurturing'`;
