/** Many requests, one transaction: what makes thousands of small writes a second possible on one connection. */
import type { Db } from './database.js';
import { type Appended, type AppendOutcome, appendEvents, type NewEvent } from './event-log.js';
import { IdentityRace } from './identities.js';
import { isUnavailable } from './sql.js';

export interface GroupCommitOptions {
  /** Called after each commit with the leads that have something to deliver. */
  readonly onCommitted: (leadIds: readonly string[]) => void;
  /** How long the first request of a group waits for others to join it, in milliseconds. */
  readonly waitMs?: number;
  /** A group is closed when it holds this many events. */
  readonly groupEventsMax?: number;
  /** More than this much waiting work is refused. Bytes are those of the events as they arrived. */
  readonly queuedEventsMax?: number;
  readonly queuedBytesMax?: number;
}

/** Too much is waiting already. Nothing of the request was stored; it may be sent again after a second. */
export class CommitQueueFull extends Error {
  override name = 'CommitQueueFull';
}

/** The process is going down. Nothing of the request was stored. */
export class CommitClosed extends Error {
  override name = 'CommitClosed';
}

interface Waiting {
  readonly events: readonly NewEvent[];
  readonly bytes: number;
  readonly resolve: (outcomes: readonly AppendOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

const ATTEMPTS_MAX = 6;
/** Serialization failure and deadlock: Postgres undid the transaction, and says so to have it run again. */
const RUN_AGAIN = new Set(['40001', '40P01']);

/**
 * Collects events of many requests into transactions, one at a time and in the order they came. A request is answered
 * when its transaction is committed; a request that cannot be stored fails alone.
 */
export class GroupCommit {
  readonly #db: Db;
  readonly #options: Required<GroupCommitOptions>;
  readonly #queue: Waiting[] = [];
  #queuedEvents = 0;
  #queuedBytes = 0;
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(db: Db, options: GroupCommitOptions) {
    this.#db = db;
    this.#options = {
      waitMs: 2,
      groupEventsMax: 1_000,
      queuedEventsMax: 20_000,
      queuedBytesMax: 64 * 1024 * 1024,
      ...options,
    };
  }

  /**
   * Stores the events; resolves after the commit with one outcome per event, in order.
   * @throws CommitQueueFull, CommitClosed, or what the database said: then none of these events was stored by this call.
   */
  append(events: readonly NewEvent[], bytes: number): Promise<readonly AppendOutcome[]> {
    if (this.#closed) return Promise.reject(new CommitClosed('the process is going down'));
    if (events.length === 0) return Promise.resolve([]);
    const { queuedEventsMax, queuedBytesMax } = this.#options;
    const isFull =
      this.#queuedEvents + events.length > queuedEventsMax || this.#queuedBytes + bytes > queuedBytesMax;
    if (isFull && this.#queuedEvents > 0) {
      return Promise.reject(new CommitQueueFull('too many events are waiting to be stored'));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ events, bytes, resolve, reject });
      this.#queuedEvents += events.length;
      this.#queuedBytes += bytes;
      this.#running ??= this.#run();
    });
  }

  /** Refuses what comes from now on, and resolves when all that was accepted before is stored or refused. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#options.waitMs));
    // While one group is being committed the next one gathers, so only the first has to wait.
    while (this.#queue.length > 0) {
      const group = this.#nextGroup();
      await this.#commit(group);
      for (const { events, bytes } of group) {
        this.#queuedEvents -= events.length;
        this.#queuedBytes -= bytes;
      }
    }
    this.#running = null;
  }

  #nextGroup(): Waiting[] {
    let size = 0;
    let count = 0;
    for (const { events } of this.#queue) {
      if (count > 0 && size + events.length > this.#options.groupEventsMax) break;
      size += events.length;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      const { outcomes, readyLeads } = await this.#store(group.flatMap(({ events }) => events));
      let start = 0;
      for (const { events, resolve } of group) {
        resolve(outcomes.slice(start, start + events.length));
        start += events.length;
      }
      if (readyLeads.length > 0) this.#options.onCommitted(readyLeads);
    } catch (error) {
      if (group.length === 1 || isUnavailable(error)) for (const { reject } of group) reject(error);
      // One request that the database refuses must not take its neighbours down with it.
      else for (const request of group) await this.#commit([request]);
    }
  }

  async #store(events: readonly NewEvent[]): Promise<Appended> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#db.transaction().execute((trx) => appendEvents(trx, events));
      } catch (error) {
        if (attempt >= ATTEMPTS_MAX || !isWorthAnotherRun(error)) throw error;
      }
    }
  }
}

function isWorthAnotherRun(error: unknown): boolean {
  if (error instanceof IdentityRace) return true;
  return error instanceof Error && 'code' in error && RUN_AGAIN.has(String(error.code));
}
