/** The threads on which lives are folded. Each counts for itself; what they counted is added up at the end. */
import { existsSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { LifeText } from '../../store/read/lives.js';
import { Fold, type Folded, type FoldPlan } from './fold.js';
import { addTally, emptyTally, type Tally } from './tally.js';

/** To a thread: a page to fold, or null to hand over what was counted and end. */
export type FoldRequest = readonly LifeText[] | null;
/** From a thread: one answer per request, in their order. */
export type FoldReply = { readonly folded: Folded } | { readonly tally: Tally };

export interface Folding {
  /** Takes a page as soon as a thread has room for it; `folded` is told later. Rejects once a thread has failed. */
  give(page: readonly LifeText[]): Promise<void>;
  /** Everything counted, once all pages are folded. */
  finish(): Promise<Tally>;
  /** Ends the threads at once, whatever they are doing. */
  stop(): Promise<void>;
}

/** A page's events die young all at once; with room for them they are never moved. */
const YOUNG_MB = 64;
/** Pages that a thread has at once: the one it folds, and the next. */
const PAGES_MAX = 2;

/** The built file of a folding thread; run from sources there is none, and the lives are folded on this thread. */
export function builtWorker(): URL | null {
  const file = new URL('./fold-worker.js', import.meta.url);
  return existsSync(fileURLToPath(file)) ? file : null;
}

export function foldHere(plan: FoldPlan, folded: (page: Folded) => void): Folding {
  const fold = new Fold(plan);
  let stopped = false;
  let turn: Promise<void> = Promise.resolve();
  const take = async (page: readonly LifeText[]): Promise<void> => {
    const walking = fold.page(page);
    while (!stopped) {
      const walked = walking.next();
      if (walked.done) return folded(walked.value);
      await nextTurn();
    }
  };
  return {
    // One page after the other: a walk that is interrupted by another lead's would share its facts.
    give(page) {
      turn = turn.then(() => take(page));
      return turn;
    },
    finish: async () => fold.tally,
    async stop() {
      stopped = true;
    },
  };
}

interface Thread {
  readonly worker: Worker;
  pages: number;
  tally: Tally | null;
}

export function foldInThreads(
  file: URL,
  count: number,
  plan: FoldPlan,
  folded: (page: Folded) => void,
): Folding {
  let failure: Error | null = null;
  let stopping = false;
  /** Whoever waits for room, for the end, or for news of a failure looks again after any change. */
  let waiting: (() => void)[] = [];
  const changed = (): void => {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  };
  const fail = (reason: string, cause?: unknown): void => {
    if (stopping) return;
    failure ??= new Error(`The backtest stopped because one of its threads ended: ${reason}`, { cause });
    changed();
  };
  const threads = Array.from({ length: count }, (_, index): Thread => {
    // No loader of the parent's is inherited: the file is plain JavaScript.
    const worker = new Worker(file, {
      workerData: plan,
      name: `backtest-${index + 1}`,
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    const thread: Thread = { worker, pages: 0, tally: null };
    worker.on('message', (reply: FoldReply) => {
      thread.pages -= 1;
      if ('tally' in reply) thread.tally = reply.tally;
      else folded(reply.folded);
      changed();
    });
    worker.on('error', (error) => fail(error.message, error));
    worker.on('exit', (code) => {
      if (thread.tally === null) fail(`it exited with code ${code}`);
    });
    return thread;
  });

  const until = async <Found>(find: () => Found | null): Promise<Found> => {
    for (;;) {
      if (failure) throw failure;
      if (stopping) throw new Error('The backtest was stopped.');
      const found = find();
      if (found !== null) return found;
      await new Promise<void>((wake) => waiting.push(wake));
    }
  };
  const send = (thread: Thread, request: FoldRequest): void => {
    thread.pages += 1;
    thread.worker.postMessage(request);
  };
  return {
    async give(page) {
      const idlest = () => threads.reduce((best, thread) => (thread.pages < best.pages ? thread : best));
      const thread = await until(() => (idlest().pages < PAGES_MAX ? idlest() : null));
      send(thread, page);
    },
    async finish() {
      for (const thread of threads) send(thread, null);
      const tallies = await until(() => {
        const known = threads.flatMap(({ tally }) => tally ?? []);
        return known.length === threads.length ? known : null;
      });
      const sum = emptyTally();
      for (const tally of tallies) addTally(sum, tally);
      return sum;
    },
    async stop() {
      stopping = true;
      changed();
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}
