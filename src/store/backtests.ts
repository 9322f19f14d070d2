/** Backtests: what was asked, who runs it, how far it is, what came out. */
import { type Selectable, sql } from 'kysely';
import type { Db } from './database.js';
import { newId } from './ids.js';
import type { Database } from './schema.js';
import { json } from './sql.js';

type Row = Selectable<Database['backtests']>;

/** One of the two versions as it was when the backtest was asked for: what becomes of a draft later does not matter. */
export interface StoredSide {
  /** In words, such as `version 3 (live)`. */
  readonly label: string;
  /** What was asked for: a version's number, a draft's id; null for a document that came with the request. */
  readonly named: string | null;
  readonly number: number;
  readonly hash: string;
  readonly document: string;
}

export interface BacktestRequest {
  readonly before: StoredSide;
  readonly after: StoredSide;
  /** ISO instants. */
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  readonly sources: readonly string[] | null;
  /** What changes from the first version to the second, in words. */
  readonly changes: readonly string[];
}

export interface StoredProgress {
  readonly leads: number;
  readonly leadsTotal: number;
  readonly events: number;
}

/** What is kept of a running one in `progress`, beside how far it is: who runs it, and how often that was begun. */
interface Running extends StoredProgress {
  readonly runner?: string;
  readonly begun?: number;
}

export interface StoredBacktest<Result = Record<string, unknown>> {
  readonly id: string;
  readonly state: Row['state'];
  readonly request: BacktestRequest;
  readonly progress: StoredProgress;
  /** Null until it is done, and in lists. */
  readonly result: Result | null;
  readonly error: string | null;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

/** How a runner names the run that it has claimed: another process may have taken it over meanwhile. */
export interface Claim {
  readonly id: string;
  readonly runner: string;
}

export interface ClaimedBacktest extends Claim {
  readonly request: BacktestRequest;
}

const NOTHING_YET: StoredProgress = { leads: 0, leadsTotal: 0, events: 0 };
/** Without its result and its documents, which lists do not show. */
const shortColumns = [
  ...(['id', 'state', 'progress', 'error', 'created_by', 'created_at', 'started_at', 'ended_at'] as const),
  sql<BacktestRequest>`request #- '{before,document}' #- '{after,document}'`.as('request'),
] as const;

/** Puts a backtest at the end of the line; null when `waitingMax` wait already. */
export async function insertBacktest(
  db: Db,
  request: BacktestRequest,
  { createdBy, waitingMax }: { readonly createdBy: string; readonly waitingMax: number },
): Promise<StoredBacktest | null> {
  const { rows } = await sql<Row>`
    insert into backtests (id, request, progress, created_by, created_at)
    select ${newId('b')}::text, ${json(request)}::jsonb, '{}'::jsonb, ${createdBy}::text, clock_timestamp()
    where (select count(*) from backtests where state = 'waiting') < ${waitingMax}::int
    returning *`.execute(db);
  return rows[0] ? stored(rows[0]) : null;
}

export async function findBacktest<Result = Record<string, unknown>>(
  db: Db,
  id: string,
): Promise<StoredBacktest<Result> | null> {
  const row = await db.selectFrom('backtests').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? stored<Result>(row) : null;
}

/** Backtests without results and documents, the newest first; `after` is the id of the last one of the page before. */
export async function listBacktests(
  db: Db,
  page: { readonly limit: number; readonly after?: string },
): Promise<StoredBacktest[]> {
  const { after } = page;
  const rows = await db
    .selectFrom('backtests')
    .select(shortColumns)
    .$if(after !== undefined, (query) =>
      query.where(
        sql<boolean>`(created_at, id) < (select last.created_at, last.id from backtests last where last.id = ${after})`,
      ),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();
  return rows.map((row) => stored({ ...row, result: null }));
}

/** How many wait before this one. */
export async function waitingBefore(db: Db, id: string): Promise<number> {
  const { rows } = await sql<{ ahead: number }>`
    select count(*)::int as ahead from backtests
    where state = 'waiting' and (created_at, id) < (select mine.created_at, mine.id from backtests mine where mine.id = ${id})`.execute(
    db,
  );
  return rows[0]?.ahead ?? 0;
}

/** Gives the one that waits longest to a runner; null when none waits. Of two runners one gets it. */
export async function claimBacktest(db: Db, runner: string): Promise<ClaimedBacktest | null> {
  const { rows } = await sql<Pick<Row, 'id' | 'request'>>`
    update backtests set state = 'running', beat_at = clock_timestamp(),
      started_at = coalesce(started_at, clock_timestamp()),
      progress = ${json(NOTHING_YET)}::jsonb || jsonb_build_object('runner', ${runner}::text,
        'begun', coalesce((progress ->> 'begun')::int, 0) + 1)
    where id = (select id from backtests where state = 'waiting' order by created_at, id limit 1 for update skip locked)
    returning id, request`.execute(db);
  const [row] = rows;
  return row ? { id: row.id, runner, request: requestOf(row) } : null;
}

/** Says that the run goes on, and how far it is. False when it is no longer this runner's: cancelled, or taken over. */
export async function beat(db: Db, claim: Claim, progress: StoredProgress): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`
    update backtests set beat_at = clock_timestamp(), progress = progress || ${json(progress)}::jsonb
    where ${isMine(claim)} returning id`.execute(db);
  return rows.length > 0;
}

/** Ends a run; nothing is written when it is no longer this runner's. */
export async function endBacktest(
  db: Db,
  claim: Claim,
  end:
    | { readonly state: 'done'; readonly result: object; readonly progress: StoredProgress }
    | { readonly state: 'failed'; readonly error: string },
): Promise<void> {
  const done = end.state === 'done' ? end : null;
  const error = end.state === 'failed' ? end.error : null;
  await sql`
    update backtests set state = ${end.state}::text, ended_at = clock_timestamp(), error = ${error}::text,
      result = ${done && json(done.result)}::jsonb,
      progress = (progress || ${json(done?.progress ?? {})}::jsonb) - 'runner' - 'begun'
    where ${isMine(claim)}`.execute(db);
}

/** Puts a run back in line, at its old place, as if nobody had begun it: its process goes down in good order. */
export async function putBack(db: Db, claim: Claim): Promise<void> {
  await sql`
    update backtests set state = 'waiting', beat_at = null, progress = '{}'
    where ${isMine(claim)}`.execute(db);
}

/**
 * Looks after runs whose process has not said anything for `silentMs`: back in line, or, begun `timesMax` times
 * already, ended with `error`.
 */
export async function reviveSilent(
  db: Db,
  { silentMs, timesMax, error }: { silentMs: number; timesMax: number; error: string },
): Promise<void> {
  await sql`
    update backtests set beat_at = null,
      state = case when (progress ->> 'begun')::int >= ${timesMax}::int then 'failed' else 'waiting' end,
      error = case when (progress ->> 'begun')::int >= ${timesMax}::int then ${error}::text end,
      ended_at = case when (progress ->> 'begun')::int >= ${timesMax}::int then clock_timestamp() end,
      progress = progress - 'runner'
    where state = 'running'
      and (beat_at is null or beat_at < clock_timestamp() - ${silentMs}::int * interval '1 millisecond')`.execute(
    db,
  );
}

/** Cancels one that waits or runs; whoever runs it sees that with its next beat. False when it had ended. */
export async function cancelBacktest(db: Db, id: string): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`
    update backtests set state = 'cancelled', ended_at = clock_timestamp(), progress = progress - 'runner' - 'begun'
    where id = ${id} and state in ('waiting', 'running') returning id`.execute(db);
  return rows.length > 0;
}

/** Forgets one that has ended. */
export async function deleteBacktest(db: Db, id: string): Promise<void> {
  await sql`delete from backtests where id = ${id} and state not in ('waiting', 'running')`.execute(db);
}

/** Forgets the oldest of those that have ended, so that `keep` are left. */
export async function pruneBacktests(db: Db, keep: number): Promise<void> {
  await sql`
    delete from backtests where id in (
      select id from backtests where state not in ('waiting', 'running')
      order by created_at desc, id desc offset ${keep}::int)`.execute(db);
}

/** How long a lead's numbered log is; null for one that is erased, merged away or unknown. */
export async function logLength(db: Db, leadId: string): Promise<number | null> {
  const row = await db
    .selectFrom('lead_stream as s')
    .innerJoin('leads as l', 'l.id', 's.lead_id')
    .select('s.next_seq')
    .where('l.id', '=', leadId)
    .where('l.erased_at', 'is', null)
    .where('s.status', 'not in', ['merged', 'erased'])
    .executeTakeFirst();
  return row ? row.next_seq - 1 : null;
}

/** Which of some leads are still known: neither erased nor gone. */
export async function knownLeads(db: Db, leadIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    select id from leads where id = any(${[...leadIds]}::text[]) and erased_at is null`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

function isMine({ id, runner }: Claim) {
  return sql<boolean>`id = ${id} and state = 'running' and progress ->> 'runner' = ${runner}`;
}

/** The column holds what `insertBacktest` wrote. */
function requestOf({ request }: Pick<Row, 'request'>): BacktestRequest {
  return request as unknown as BacktestRequest;
}

function stored<Result = Record<string, unknown>>(
  row: Omit<Row, 'beat_at' | 'request'> & { readonly request: unknown },
): StoredBacktest<Result> {
  const { leads, leadsTotal, events } = { ...NOTHING_YET, ...(row.progress as Partial<Running>) };
  return {
    id: row.id,
    state: row.state,
    request: row.request as BacktestRequest,
    progress: { leads, leadsTotal, events },
    result: row.result as Result | null,
    error: row.error,
    createdBy: row.created_by,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}
