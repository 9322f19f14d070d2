/** The salespeople that leads are handed to. Callers know them by their handle, Temporal by a random id. */
import { type Insertable, type Selectable, sql } from 'kysely';
import type { Db } from './database.js';
import { newId } from './ids.js';
import type { Absence, Database } from './schema.js';
import { isUniqueViolation, json } from './sql.js';

export interface RepFields {
  readonly name: string;
  readonly email: string | null;
  readonly slackId: string | null;
  readonly crmOwnerId: string | null;
  readonly role: 'rep' | 'manager';
  /** What is null here is the team's, by the definition's calendar. */
  readonly timeZone: string | null;
  readonly workingDays: readonly string[] | null;
  readonly workingHours: { readonly from: string; readonly to: string } | null;
  /** ISO dates. */
  readonly holidays: readonly string[];
  readonly absences: readonly Absence[];
  readonly weight: number;
  /** Handoffs awaiting first contact that the rep can hold at once; null is no limit. */
  readonly capacity: number | null;
  readonly active: boolean;
}

export interface Rep extends RepFields {
  readonly id: string;
  readonly handle: string;
  readonly createdAt: Date;
}

/** A rep as a caller describes one: what is left out takes its default when the rep is new. */
export type RepDraft = Partial<RepFields> & { readonly handle: string; readonly name: string };

const DEFAULTS: Omit<RepFields, 'name'> = {
  email: null,
  slackId: null,
  crmOwnerId: null,
  role: 'rep',
  timeZone: null,
  workingDays: null,
  workingHours: null,
  holidays: [],
  absences: [],
  weight: 1,
  capacity: null,
  active: true,
};

/** Reps in the order of their handles; `after` is the id of the last one of the page before. */
export async function listReps(
  db: Db,
  page: { readonly limit: number; readonly after?: string },
): Promise<Rep[]> {
  const rows = await db
    .selectFrom('reps')
    .selectAll()
    .$if(page.after !== undefined, (query) =>
      query.where('handle', '>', (eb) =>
        eb
          .selectFrom('reps')
          .select('handle')
          .where('id', '=', page.after ?? ''),
      ),
    )
    .orderBy('handle')
    .limit(page.limit)
    .execute();
  return rows.map(repOf);
}

/** The rep of a handle, exactly as it was given; null when there is none. */
export async function findRep(db: Db, handle: string): Promise<Rep | null> {
  const row = await db.selectFrom('reps').selectAll().where('handle', '=', handle).executeTakeFirst();
  return row ? repOf(row) : null;
}

/** Makes a rep; null when the handle is taken. */
export async function createRep(db: Db, draft: RepDraft): Promise<Rep | null> {
  try {
    const values = rowOf({ ...DEFAULTS, ...draft });
    const row = await db
      .insertInto('reps')
      .values({ id: newId(), handle: draft.handle, ...values })
      .returningAll()
      .executeTakeFirstOrThrow();
    return repOf(row);
  } catch (error) {
    if (isUniqueViolation(error)) return null;
    throw error;
  }
}

/**
 * Makes the rep or replaces every field of it: what the draft leaves out goes back to its default. A rep of the sample
 * story that is put by hand is one of the team's from then on.
 */
export async function putRep(db: Db, draft: RepDraft): Promise<{ rep: Rep; created: boolean }> {
  const values = rowOf({ ...DEFAULTS, ...draft });
  const row = await db
    .insertInto('reps')
    .values({ id: newId(), handle: draft.handle, ...values })
    .onConflict((conflict) => conflict.column('handle').doUpdateSet({ ...values, sample: false }))
    .returningAll()
    // A row that this statement inserted has no deleting or locking transaction; one that it updated has.
    .returning(sql<boolean>`xmax = 0`.as('created'))
    .executeTakeFirstOrThrow();
  return { rep: repOf(row), created: row.created };
}

/** Changes the given fields; null when there is no such rep. */
export async function changeRep(db: Db, handle: string, fields: Partial<RepFields>): Promise<Rep | null> {
  const values = rowOf(fields);
  if (Object.keys(values).length === 0) return findRep(db, handle);
  const row = await db
    .updateTable('reps')
    .set(values)
    .where('handle', '=', handle)
    .returningAll()
    .executeTakeFirst();
  return row ? repOf(row) : null;
}

/** Puts a whole team, all or nothing; reps that it does not name stay as they are. */
export async function importReps(
  db: Db,
  drafts: readonly RepDraft[],
): Promise<{ reps: Rep[]; created: number; updated: number }> {
  return db.transaction().execute(async (trx) => {
    const results: { rep: Rep; created: boolean }[] = [];
    // In one order for everybody, so that two imports of the same team cannot wait for each other.
    const inOrder = [...drafts].sort((a, b) => (a.handle < b.handle ? -1 : 1));
    for (const draft of inOrder) results.push(await putRep(trx, draft));
    const created = results.filter((result) => result.created).length;
    return { reps: results.map(({ rep }) => rep), created, updated: results.length - created };
  });
}

type RepColumns = Omit<Insertable<Database['reps']>, 'id' | 'handle'>;

function rowOf(fields: RepFields): RepColumns;
function rowOf(fields: Partial<RepFields>): Partial<RepColumns>;
function rowOf(fields: Partial<RepFields>): Partial<RepColumns> {
  const { name, email, slackId, crmOwnerId, role, timeZone, workingDays, workingHours } = fields;
  const { holidays, absences, weight, capacity, active } = fields;
  const row: Partial<RepColumns> = {
    ...{ name, email, role, weight, capacity, active },
    slack_id: slackId,
    crm_owner_id: crmOwnerId,
    time_zone: timeZone,
    working_days: workingDays && [...workingDays],
    working_hours: workingHours && json(workingHours),
    holidays: holidays && [...holidays],
    absences: absences && json(absences),
  };
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}

function repOf(row: Selectable<Database['reps']>): Rep {
  return {
    id: row.id,
    handle: row.handle,
    name: row.name,
    email: row.email,
    slackId: row.slack_id,
    crmOwnerId: row.crm_owner_id,
    role: row.role,
    timeZone: row.time_zone,
    workingDays: row.working_days,
    workingHours: row.working_hours,
    holidays: row.holidays,
    absences: row.absences,
    weight: row.weight,
    capacity: row.capacity,
    active: row.active,
    createdAt: row.created_at,
  };
}
