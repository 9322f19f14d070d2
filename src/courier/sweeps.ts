/** The courier's slow rounds: projections that time alone changes, forgotten leads, releases of imports, what follows a publish, the queue's length. */
import { sql } from 'kysely';
import type { Db } from '../store/database.js';
import { reviveForgotten } from '../store/lead-stream.js';
import { dueProjections, postponeProjection } from '../store/projection.js';
import type { CurrentDefinition } from './deliver.js';
import { Doorbell } from './doorbell.js';
import type { CourierHooks } from './hooks.js';
import { releaseImports } from './import-release.js';
import { project } from './projector.js';
import { sweepPublished } from './publish-sweep.js';

export interface SweeperOptions {
  readonly db: Db;
  readonly book: CurrentDefinition;
  readonly hooks: CourierHooks;
  readonly sweepMs: number;
  readonly now: () => number;
}

const PROJECTIONS_AT_ONCE = 100;
const FORGOTTEN_EVERY_MS = 60_000;
const POSTPONE_MS = 60_000;

export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #bell = new Doorbell();
  #running: Promise<void> | null = null;
  #stopping = false;
  #forgottenLookedAtMs = 0;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopping = false;
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#bell.ring();
    await this.#running;
    this.#running = null;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      try {
        await this.#sweep();
      } catch (error) {
        this.#options.hooks.failed?.({ what: 'sweep', leadId: null, error });
      }
      await this.#bell.wait(this.#options.sweepMs);
    }
  }

  async #sweep(): Promise<void> {
    const { db, book, hooks, now } = this.#options;
    await settleDueProjections(db, book, hooks, now());
    if (now() - this.#forgottenLookedAtMs >= FORGOTTEN_EVERY_MS) {
      this.#forgottenLookedAtMs = now();
      await reviveForgotten(db);
    }
    if (hooks.queue) hooks.queue(await queueLength(db));
    await releaseImports(db, book, now());
    await sweepPublished(db, book, now());
  }
}

/** Lets waiting clicks of the projection count, or be found a machine's, once their wait is over. Answers how many leads were looked at. */
export async function settleDueProjections(
  db: Db,
  book: CurrentDefinition,
  hooks: CourierHooks,
  nowMs: number,
): Promise<number> {
  const due = await dueProjections(db, PROJECTIONS_AT_ONCE);
  if (due.length === 0) return 0;
  const published = await book.current();
  for (const { leadId, source } of due) {
    try {
      await project(db, leadId, { published, source, facts: [] }, nowMs);
    } catch (error) {
      hooks.failed?.({ what: 'projection', leadId, error });
      await postponeProjection(db, leadId, nowMs + POSTPONE_MS);
    }
  }
  return due.length;
}

async function queueLength(db: Db): Promise<{ leads: number; oldestMs: number }> {
  const { rows } = await sql<{ leads: number; oldest_ms: number | null }>`
    select count(*)::int as leads,
      (extract(epoch from clock_timestamp() - min(ready_at)) * 1000)::float8 as oldest_ms
    from lead_stream where ready and status in ('new', 'open', 'closed')`.execute(db);
  const row = rows[0];
  return { leads: row?.leads ?? 0, oldestMs: Math.max(0, row?.oldest_ms ?? 0) };
}
