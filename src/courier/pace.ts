/** How fast the courier may go: an additive-increase, multiplicative-decrease window, and pauses after faults. */

export interface PaceOptions {
  readonly concurrencyMin: number;
  readonly concurrencyMax: number;
  readonly pauseMinMs: number;
  readonly pauseMaxMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** A wait that doubles with each failure up to a bound; half of it is random, so that couriers do not march in step. */
export function backoffMs(
  failures: number,
  { minMs, maxMs, random }: { minMs: number; maxMs: number; random: () => number },
): number {
  const full = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30));
  return full / 2 + (full / 2) * random();
}

export class Pace {
  #window: number;
  #failures = 0;
  #pausedUntil = 0;
  readonly #options: PaceOptions;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#window = Math.min(options.concurrencyMax, Math.max(options.concurrencyMin, 8));
  }

  /** How many deliveries may be in flight. */
  get concurrency(): number {
    return Math.floor(this.#window);
  }

  /** Milliseconds until something may be sent again; 0 is now. */
  pauseLeftMs(nowMs: number): number {
    return Math.max(0, this.#pausedUntil - nowMs);
  }

  /** One more in flight for each window's worth of successes. */
  succeeded(): void {
    this.#failures = 0;
    this.#window = Math.min(this.#options.concurrencyMax, this.#window + 1 / this.#window);
  }

  /** The server asks for less: half as many, once for all that were in flight together. */
  exhausted(nowMs: number): void {
    if (this.pauseLeftMs(nowMs) > 0) return;
    this.#window = Math.max(this.#options.concurrencyMin, this.#window / 2);
    this.#pause(nowMs);
  }

  /** Somebody is away: one at a time until an attempt succeeds. */
  unavailable(nowMs: number): void {
    if (this.pauseLeftMs(nowMs) > 0) return;
    this.#window = this.#options.concurrencyMin;
    this.#pause(nowMs);
  }

  #pause(nowMs: number): void {
    this.#failures += 1;
    const { pauseMinMs: minMs, pauseMaxMs: maxMs, random } = this.#options;
    this.#pausedUntil = nowMs + backoffMs(this.#failures, { minMs, maxMs, random });
  }
}
