/** The backtest: two versions of the handoff definition over the recorded log of a period. Nothing is written. */
import { availableParallelism } from 'node:os';
import { repCalendar } from '../../definition/calendar.js';
import type { WalkRep } from '../../definition/walk-team.js';
import type { OpenDatabase } from '../../store/database.js';
import {
  countLives,
  type LifeSize,
  type LifeText,
  type LivesFilter,
  livesPages,
  readLives,
} from '../../store/read/lives.js';
import type { Folded, Side } from './fold.js';
import { builtWorker, type Folding, foldHere, foldInThreads } from './folding.js';
import { reportOf } from './report.js';
import type { BacktestResult } from './result.js';

export interface BacktestInput {
  readonly database: Pick<OpenDatabase, 'db' | 'kind'>;
  readonly before: Side;
  readonly after: Side;
  /** Handoffs from the first instant (epoch ms) up to and without the second count. A period that ends in the future ends now. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Only leads that entered by these; `default` stands for every source that neither version names, and for none. */
  readonly sources?: readonly string[];
  readonly signal?: AbortSignal;
  /** Told at least twice a second. */
  readonly onProgress?: (progress: BacktestProgress) => void;
  /** Folding threads; unless told otherwise one per processor that the database leaves. 0 folds on this thread. */
  readonly threads?: number;
  /** The built file of a folding thread, where it is not beside this module. */
  readonly workerFile?: URL;
}

export interface BacktestProgress {
  readonly leads: number;
  readonly leadsTotal: number;
  readonly events: number;
  readonly handoffs: { readonly before: number; readonly after: number };
}

const PROGRESS_MS = 250;
const THREADS_MAX = 8;
/** One reads while the other waits for the threads to take what it has read. */
const READERS = 2;
/**
 * Events read at once: the more, the fewer times a block of the log is fetched, and the longer the embedded database
 * serves nobody else. Fewer where events are large, so that memory does not depend on what senders put into them.
 */
const READ_EVENTS = { first: 20_000, least: 2_000, most: 100_000 } as const;
const READ_CHARACTERS = 30_000_000;
/** What a thread is given at once, in characters of its lives: some thousand events. */
const PAGE_CHARACTERS = 500_000;

/**
 * Walks every lead that is neither erased nor merged away from the beginning of its log through the period, under both
 * versions. The result is the same however many threads there are, but for `elapsedMs`.
 * @throws RangeError for a period without an instant; the signal's reason when aborted; Error when a thread ends.
 */
export async function runBacktest(input: BacktestInput): Promise<BacktestResult> {
  const startedMs = performance.now();
  const { database, before, after, fromMs, signal } = input;
  const toMs = Math.min(input.toMs, Date.now());
  if (!(fromMs < toMs))
    throw new RangeError('The period of a backtest must begin before it ends, and in the past.');
  signal?.throwIfAborted();
  const { db } = database;
  const known = [...new Set([before, after].flatMap(({ definition }) => Object.keys(definition.sources)))];
  const filter: LivesFilter = { ...(input.sources && { sources: input.sources }), known };
  const reps = await db.selectFrom('reps').selectAll().orderBy('handle').execute();
  const { leads: leadsTotal } = await countLives(db, filter);
  signal?.throwIfAborted();

  const progress = { leads: 0, leadsTotal, events: 0, handoffs: { before: 0, after: 0 } };
  const plan = { before, after, reps: reps.map(walkRep), fromMs, toMs };
  const folding = startFolding(input, plan, (page) => addProgress(progress, page));
  const tell = () => input.onProgress?.({ ...progress, handoffs: { ...progress.handoffs } });
  const telling = setInterval(tell, PROGRESS_MS);
  try {
    tell();
    const room = new ReadingRoom();
    const pages = livesPages(db, filter, () => room.events);
    const reading = Array.from({ length: READERS }, () => readAll(pages, room, input, toMs, folding));
    await orAborted(Promise.all(reading), signal);
    const tally = await orAborted(folding.finish(), signal);
    tell();
    return reportOf(plan, tally, reps, performance.now() - startedMs);
  } finally {
    clearInterval(telling);
    await folding.stop();
  }
}

/** Reads page after page, side by side with others that take from the same list, no faster than they are folded. */
async function readAll(
  pages: AsyncGenerator<LifeSize[]>,
  room: ReadingRoom,
  { database, signal }: BacktestInput,
  toMs: number,
  folding: Folding,
): Promise<void> {
  for (;;) {
    const { done, value: page } = await pages.next();
    if (done) return;
    const read = await readLives(database.db, page, toMs);
    room.learn(page, read);
    for (const lives of handfuls(read)) {
      if (signal?.aborted) return;
      await folding.give(lives);
    }
  }
}

/** How many events are read at once, by the size of those read so far. */
class ReadingRoom {
  events: number = READ_EVENTS.first;

  learn(page: readonly LifeSize[], lives: readonly LifeText[]): void {
    const events = page.reduce((sum, size) => sum + size.events, 0);
    const characters = lives.reduce((sum, life) => sum + charactersOf(life), 0);
    const fitting = Math.floor((READ_CHARACTERS * events) / Math.max(1, characters));
    this.events = Math.min(READ_EVENTS.most, Math.max(READ_EVENTS.least, fitting));
  }
}

const charactersOf = ({ events }: LifeText): number => events.reduce((sum, { length }) => sum + length, 0);

function* handfuls(lives: readonly LifeText[]): Generator<LifeText[]> {
  let handful: LifeText[] = [];
  let characters = 0;
  for (const life of lives) {
    handful.push(life);
    characters += charactersOf(life);
    if (characters < PAGE_CHARACTERS) continue;
    yield handful;
    [handful, characters] = [[], 0];
  }
  if (handful.length > 0) yield handful;
}

/** The work's result, or the signal's reason as soon as it is given: the work itself ends a little later. */
async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return work;
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function startFolding(
  { database, threads = threadsFor(database), workerFile }: BacktestInput,
  plan: Parameters<typeof foldHere>[0],
  folded: (page: Folded) => void,
): Folding {
  const file = workerFile ?? builtWorker();
  return threads === 0 || file === null ? foldHere(plan, folded) : foldInThreads(file, threads, plan, folded);
}

/** The embedded database keeps one processor busy; and each thread has to warm up for itself. */
function threadsFor({ kind }: BacktestInput['database']): number {
  const left = availableParallelism() - (kind === 'embedded' ? 1 : 0);
  return Math.min(Math.max(1, left), THREADS_MAX);
}

function addProgress(
  progress: { -readonly [Key in keyof BacktestProgress]: BacktestProgress[Key] },
  page: Folded,
) {
  progress.leads += page.leads;
  progress.events += page.events;
  progress.handoffs = {
    before: progress.handoffs.before + page.handoffs.before,
    after: progress.handoffs.after + page.handoffs.after,
  };
}

type RepRow = Parameters<typeof repCalendar>[0] & {
  readonly id: string;
  readonly handle: string;
  readonly role: 'rep' | 'manager';
  readonly weight: number;
  readonly active: boolean;
};

function walkRep(row: RepRow): WalkRep {
  const { id, handle, active, weight, role } = row;
  return { id, handle, active, inRotation: role === 'rep', weight, calendar: repCalendar(row) };
}
