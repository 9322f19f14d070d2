/** Backtests as they are asked for: they wait in the database, run here one at a time, and can be cancelled. */
import { readDefinition } from '../definition/check.js';
import {
  type BacktestRequest,
  beat,
  type Claim,
  type ClaimedBacktest,
  cancelBacktest,
  claimBacktest,
  deleteBacktest,
  endBacktest,
  findBacktest,
  insertBacktest,
  knownLeads,
  pruneBacktests,
  putBack,
  reviveSilent,
  type StoredBacktest,
  type StoredProgress,
  type StoredSide,
} from '../store/backtests.js';
import type { Db, OpenDatabase } from '../store/database.js';
import { newId } from '../store/ids.js';
import { isUnavailable } from '../store/sql.js';
import type { Side } from './backtest/fold.js';
import type { BacktestResult } from './backtest/result.js';
import { type BacktestInput, runBacktest } from './backtest/run.js';

export type Backtest = StoredBacktest<BacktestResult>;

export interface BacktestServiceDeps {
  readonly database: Pick<OpenDatabase, 'db' | 'kind'>;
  /** What does the work; the engine unless told otherwise. */
  readonly run?: (input: BacktestInput) => Promise<BacktestResult>;
  /** Told of a run that ended by a fault (null: of one between runs); nothing personal may go to a log. */
  readonly onFault?: (backtestId: string | null, error: unknown) => void;
}

/** So many wait at most, and so many are kept once they have ended. */
const WAITING_MAX = 20;
const KEPT_MAX = 200;
const BEAT_MS = 500;
/** Another process's run that has been silent for this long has lost its process. */
const SILENT_MS = 60_000;
/** A run that has cost two processes their lives would cost the next one its life too. */
const BEGUN_MAX = 2;
/** How often it is looked whether another process has left something behind. */
const LOOK_MS = 10_000;

const LOST_WORDS = `The process that ran it ended ${BEGUN_MAX} times before it was done, perhaps for lack of memory. Start it again, with fewer sources or a shorter period.`;

/** Too many wait already; the message says what to do. */
export class TooManyBacktests extends Error {
  override readonly name = 'TooManyBacktests';
  constructor() {
    super(
      `${WAITING_MAX} backtests are waiting already. Wait until some are done, or cancel those that nobody needs.`,
    );
  }
}

/** Why a run was told to end. */
const GOING_DOWN = Symbol('going down');
const NOT_MINE = Symbol('cancelled or taken over');

export class BacktestService {
  readonly #db: Db;
  readonly #deps: BacktestServiceDeps;
  #running: { readonly claim: Claim; readonly abort: AbortController } | null = null;
  #working: Promise<void> | null = null;
  #again = false;
  #stopped = false;
  #looking: NodeJS.Timeout | null = null;

  constructor(deps: BacktestServiceDeps) {
    this.#deps = deps;
    this.#db = deps.database.db;
  }

  /** Takes up what waits, now and whenever another process leaves something behind. */
  start(): void {
    this.#looking ??= setInterval(() => this.#wake(), LOOK_MS).unref();
    this.#wake();
  }

  /** Ends the present run and puts it back in line: whoever starts next takes it up. Nothing is begun any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#looking) clearInterval(this.#looking);
    this.#running?.abort.abort(GOING_DOWN);
    await this.#working;
  }

  /** Puts a backtest in line. Throws TooManyBacktests. */
  async ask(request: BacktestRequest, createdBy: string): Promise<Backtest> {
    const asked = await insertBacktest(this.#db, request, { createdBy, waitingMax: WAITING_MAX });
    if (!asked) throw new TooManyBacktests();
    this.#wake();
    return { ...asked, result: null };
  }

  /** One backtest; of leads that are erased meanwhile its examples say nothing. Null when there is none. */
  async find(id: string): Promise<Backtest | null> {
    const found = await findBacktest<BacktestResult>(this.#db, id);
    if (!found?.result) return found;
    const { examples } = found.result;
    const known = await knownLeads(
      this.#db,
      examples.map(({ leadId }) => leadId),
    );
    return {
      ...found,
      result: { ...found.result, examples: examples.filter(({ leadId }) => known.has(leadId)) },
    };
  }

  /** Cancels one that waits or runs, in whichever process; forgets one that has ended. */
  async remove(id: string): Promise<'cancelled' | 'forgotten'> {
    if (await cancelBacktest(this.#db, id)) {
      if (this.#running?.claim.id === id) this.#running.abort.abort(NOT_MINE);
      return 'cancelled';
    }
    await deleteBacktest(this.#db, id);
    return 'forgotten';
  }

  #wake(): void {
    this.#again = true;
    if (this.#stopped || this.#working) return;
    this.#working = this.#work()
      .catch((error: unknown) => {
        // The next look finds the database again, or whatever this run has left.
        if (!isUnavailable(error)) this.#deps.onFault?.(null, error);
      })
      .finally(() => {
        this.#working = null;
        if (this.#again && !this.#stopped) this.#wake();
      });
  }

  async #work(): Promise<void> {
    this.#again = false;
    await reviveSilent(this.#db, { silentMs: SILENT_MS, timesMax: BEGUN_MAX, error: LOST_WORDS });
    while (!this.#stopped) {
      const claimed = await claimBacktest(this.#db, newId());
      if (!claimed) return;
      await this.#run(claimed);
      await pruneBacktests(this.#db, KEPT_MAX);
    }
  }

  async #run({ request, ...claim }: ClaimedBacktest): Promise<void> {
    const abort = new AbortController();
    this.#running = { claim, abort };
    let progress: StoredProgress = { leads: 0, leadsTotal: 0, events: 0 };
    const heart = this.#beating(claim, abort, () => progress);
    // Asked to end while it was being claimed.
    if (this.#stopped) abort.abort(GOING_DOWN);
    try {
      const result = await (this.#deps.run ?? runBacktest)({
        database: this.#deps.database,
        ...sidesOf(request),
        fromMs: Date.parse(request.from),
        toMs: Date.parse(request.to),
        ...(request.sources && { sources: request.sources }),
        signal: abort.signal,
        onProgress: ({ leads, leadsTotal, events }) => {
          progress = { leads, leadsTotal, events };
        },
      });
      const { leads, events } = result;
      const done = { leads, leadsTotal: leads, events };
      await endBacktest(this.#db, claim, { state: 'done', result, progress: done });
    } catch (error) {
      await this.#ended(claim, abort.signal, error);
    } finally {
      this.#running = null;
      await heart.stop();
    }
  }

  async #ended(claim: Claim, signal: AbortSignal, error: unknown): Promise<void> {
    if (signal.aborted) {
      if (signal.reason === GOING_DOWN) await putBack(this.#db, claim);
      return;
    }
    this.#deps.onFault?.(claim.id, error);
    await endBacktest(this.#db, claim, { state: 'failed', error: faultWords(error) });
  }

  /** Says every half second that the run goes on, and ends it when it is no longer ours. */
  #beating(claim: Claim, abort: AbortController, progress: () => StoredProgress): { stop(): Promise<void> } {
    let telling: Promise<void> | null = null;
    const tell = async (): Promise<void> => {
      try {
        if (!(await beat(this.#db, claim, progress()))) abort.abort(NOT_MINE);
      } catch {
        // A database that is away is met by the run itself, which says so.
      } finally {
        telling = null;
      }
    };
    const timer = setInterval(() => {
      telling ??= tell();
    }, BEAT_MS);
    return {
      async stop() {
        clearInterval(timer);
        await telling;
      },
    };
  }
}

/** Both versions as the engine takes them. Throws Error for a document that this Baton cannot read any more. */
export function sidesOf({ before, after }: Pick<BacktestRequest, 'before' | 'after'>): {
  before: Side;
  after: Side;
} {
  return { before: sideOf(before), after: sideOf(after) };
}

function sideOf({ label, number, hash, document }: StoredSide): Side {
  return { label, ref: { number, hash }, definition: readDefinition(document) };
}

/** Messages of libraries and databases quote values, so only what is known to be harmless is repeated. */
function faultWords(error: unknown): string {
  if (error instanceof RangeError) return error.message;
  if (isUnavailable(error)) return 'The database could not be reached while it ran. Start it again.';
  return 'It ended by a fault of Baton. Start it again; if that ends the same way, the gateway’s log has the fault under this backtest’s id.';
}
