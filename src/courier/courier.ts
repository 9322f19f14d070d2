/** The courier: takes leads whose events wait, delivers them side by side, and never stops for one that cannot be. */
import { randomUUID } from 'node:crypto';
import type { CourierNudge } from '../contracts/ports.js';
import type { Db } from '../store/database.js';
import { isUnavailable } from '../store/sql.js';
import { type Delivery, release, take } from '../store/stream-delivery.js';
import { type LeadSignals, SignalFault } from '../temporal/signals-port.js';
import { type CurrentDefinition, type DeliveryDeps, deliver } from './deliver.js';
import { Doorbell } from './doorbell.js';
import type { CourierHooks } from './hooks.js';
import { backoffMs, Pace } from './pace.js';
import { Sweeper } from './sweeps.js';

export interface CourierOptions {
  readonly db: Db;
  readonly book: CurrentDefinition;
  readonly signals: LeadSignals;
  readonly hooks?: CourierHooks;
  /** How long a lead may be held by a courier that no longer lives; longer than any one call to Temporal. */
  readonly leaseMs?: number;
  /** How often the database is asked for ready leads when nobody nudges. */
  readonly pollMs?: number;
  readonly eventsPerBatch?: number;
  /** Bytes of log read per lead and batch, and bytes of facts sent in one signal. */
  readonly rowBytesMax?: number;
  readonly batchBytesMax?: number;
  readonly concurrencyMax?: number;
  readonly pauseMaxMs?: number;
  readonly sweepMs?: number;
  readonly now?: () => number;
  readonly random?: () => number;
}

const DEFAULTS = {
  leaseMs: 30_000,
  pollMs: 500,
  eventsPerBatch: 500,
  rowBytesMax: 4 * 1024 * 1024,
  // Temporal warns from 512 KiB; one history transaction may hold 4 MiB.
  batchBytesMax: 256 * 1024,
  concurrencyMax: 64,
  pauseMaxMs: 5_000,
  sweepMs: 1_000,
  hooks: {},
  now: Date.now,
  random: Math.random,
} satisfies Partial<CourierOptions>;

/** Leads leased by one statement; more would only wait for their turn with a lease running. */
const TAKE_MAX = 32;
const PAUSE_MIN_MS = 200;
/** A lead whose deliveries fail is tried less and less often; the others go on. */
const LEAD_RETRY_MIN_MS = 250;
const LEAD_RETRY_MAX_MS = 60_000;

/** Several couriers, in one process or many, may work on one database. */
export class Courier implements CourierNudge {
  readonly #options: CourierOptions & typeof DEFAULTS;
  readonly #deps: DeliveryDeps;
  readonly #pace: Pace;
  readonly #bell = new Doorbell();
  readonly #sweeper: Sweeper;
  readonly #inFlight = new Set<Promise<void>>();
  /** Consecutive failures per lead; a success forgets them. */
  readonly #failures = new Map<string, number>();
  #running: Promise<void> | null = null;
  #stopping = false;

  constructor(options: CourierOptions) {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const all = { ...DEFAULTS, ...options, ...given } as CourierOptions & typeof DEFAULTS;
    this.#options = all;
    const projectionFailed = (leadId: string, error: unknown) =>
      all.hooks.failed?.({ what: 'projection', leadId, error });
    this.#deps = {
      db: all.db,
      book: all.book,
      signals: all.signals,
      limits: { events: all.eventsPerBatch, bytes: all.rowBytesMax },
      batchBytesMax: all.batchBytesMax,
      now: all.now,
      random: all.random,
      projectionFailed,
    };
    this.#pace = new Pace({
      concurrencyMin: 1,
      concurrencyMax: all.concurrencyMax,
      pauseMinMs: PAUSE_MIN_MS,
      pauseMaxMs: all.pauseMaxMs,
      random: all.random,
    });
    this.#sweeper = new Sweeper({
      db: all.db,
      book: all.book,
      hooks: all.hooks,
      sweepMs: all.sweepMs,
      now: all.now,
    });
  }

  /** Begins to deliver; a second call changes nothing. */
  start(): void {
    if (this.#running) return;
    this.#stopping = false;
    this.#sweeper.start();
    this.#running = this.#run();
  }

  /** Takes nothing more, and waits for what is in flight (bounded by the timeouts of its calls). */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#bell.ring();
    await Promise.all([this.#running, this.#sweeper.stop()]);
    await Promise.all(this.#inFlight);
    this.#running = null;
  }

  /** Looks at once. Which leads were meant needs no memory: the log says who waits, and in which order. */
  nudge(_leadIds: readonly string[]): void {
    this.#bell.ring();
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const taken = await this.#takeSome();
      // Whatever was taken may not have been all.
      if (taken === 0)
        await this.#bell.wait(this.#pace.pauseLeftMs(this.#options.now()) || this.#options.pollMs);
    }
  }

  async #takeSome(): Promise<number> {
    const { db, leaseMs, hooks, now } = this.#options;
    const pausedMs = this.#pace.pauseLeftMs(now());
    hooks.pace?.({ concurrency: this.#pace.concurrency, pausedMs });
    const leads = Math.min(TAKE_MAX, this.#pace.concurrency - this.#inFlight.size);
    if (pausedMs > 0 || leads <= 0) return 0;
    try {
      const taken = await take(db, { leads, leaseMs, token: randomUUID(), ...this.#deps.limits });
      for (const delivery of taken) this.#launch(delivery);
      return taken.length;
    } catch (error) {
      this.#pace.unavailable(now());
      hooks.failed?.({ what: 'take', leadId: null, error });
      return 0;
    }
  }

  #launch(delivery: Delivery): void {
    const flight = this.#deliver(delivery).finally(() => {
      this.#inFlight.delete(flight);
      this.#bell.ring();
    });
    this.#inFlight.add(flight);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { hooks, now } = this.#options;
    try {
      const { kind, events } = await deliver(this.#deps, delivery);
      this.#failures.delete(delivery.leadId);
      this.#pace.succeeded();
      const lagMs = Math.max(0, now() - (delivery.rows[0]?.accepted_at.getTime() ?? now()));
      hooks.delivered?.({ kind, events, lagMs });
    } catch (error) {
      hooks.failed?.({ what: 'delivery', leadId: delivery.leadId, error });
      await this.#giveBack(delivery, error);
    }
  }

  async #giveBack(delivery: Delivery, error: unknown): Promise<void> {
    const { db, now, random, hooks } = this.#options;
    if (error instanceof SignalFault && error.code === 'exhausted') this.#pace.exhausted(now());
    else if (isAway(error)) this.#pace.unavailable(now());
    const failures = (this.#failures.get(delivery.leadId) ?? 0) + 1;
    this.#failures.set(delivery.leadId, failures);
    // While somebody is away all leads fail alike, and none of them should sleep long past the return.
    const maxMs = isAway(error) ? this.#options.pauseMaxMs : LEAD_RETRY_MAX_MS;
    const delayMs = backoffMs(failures, { minMs: LEAD_RETRY_MIN_MS, maxMs, random });
    try {
      await release(db, delivery, { delayMs, dropUrgent: delivery.status === 'closed' });
    } catch (fault) {
      // The lease runs out by itself.
      hooks.failed?.({ what: 'delivery', leadId: delivery.leadId, error: fault });
    }
  }
}

function isAway(error: unknown): boolean {
  return error instanceof SignalFault ? error.code !== 'refused' : isUnavailable(error);
}
