/** How a score moves through a walk, in as many points as a chart can show, however long the walk is. */

/** How a lead stands at an instant: both in points, at most one decimal. */
export interface Standing {
  readonly score: number;
  readonly threshold: number;
}

/** It stands so from this instant until the next point. */
interface CurvePoint extends Standing {
  readonly at: string;
}

export interface WalkCurve {
  readonly points: readonly CurvePoint[];
  /** Handoffs of the whole walk, also those outside the period. */
  readonly handoffs: readonly { readonly at: string; readonly score: number }[];
}

/** Finer than the eye on a page; each can have two points. */
const SLOTS_MAX = 240;
const DAY_MS = 86_400_000;

interface Sample extends Standing {
  readonly atMs: number;
}

/** Takes samples in the order of time. Of many in one slot it keeps the highest score and the last one. */
class CurveMaker {
  readonly #points: CurvePoint[] = [];
  readonly #fromMs: number;
  readonly #slotMs: number;
  #slot = 0;
  #highest: Sample | null = null;
  #last: Sample | null = null;

  constructor(fromMs: number, toMs: number) {
    this.#fromMs = fromMs;
    this.#slotMs = Math.max(1, (toMs - fromMs) / SLOTS_MAX);
  }

  add(atMs: number, standing: Standing): void {
    const slot = Math.floor((atMs - this.#fromMs) / this.#slotMs);
    if (slot !== this.#slot) this.#flush();
    this.#slot = slot;
    const sample = { atMs, ...standing };
    if (!this.#highest || sample.score > this.#highest.score) this.#highest = sample;
    this.#last = sample;
  }

  finish(): readonly CurvePoint[] {
    this.#flush();
    return this.#points;
  }

  #flush(): void {
    for (const sample of [this.#highest, this.#last]) if (sample) this.#push(sample);
    [this.#highest, this.#last] = [null, null];
  }

  #push({ atMs, score, threshold }: Sample): void {
    const newest = this.#points.at(-1);
    if (newest && newest.score === score && newest.threshold === threshold) return;
    this.#points.push({ at: new Date(atMs).toISOString(), score, threshold });
  }
}

/** One of the two walks, as far as a curve needs it. */
interface Side {
  standingAt(atMs: number): Standing;
  readonly handoffs: readonly { readonly atMs: number; readonly score: number }[];
}

/** Both curves of a walk: a point at every step of either side, and between two steps what the days take away. */
export class Curves {
  readonly #makers: { readonly before: CurveMaker; readonly after: CurveMaker };
  readonly #stepMs: number;
  #atMs: number;

  constructor(
    private readonly sides: { readonly before: Side; readonly after: Side },
    fromMs: number,
    toMs: number,
  ) {
    this.#makers = { before: new CurveMaker(fromMs, toMs), after: new CurveMaker(fromMs, toMs) };
    // Points lose their worth day by day; on a long walk less often is enough.
    this.#stepMs = Math.max(DAY_MS, (toMs - fromMs) / SLOTS_MAX);
    this.#atMs = fromMs;
  }

  /** Notes how both sides stand as time goes by until an instant, without that instant itself. */
  passUntil(untilMs: number): void {
    for (let atMs = this.#atMs + this.#stepMs; atMs < untilMs; atMs += this.#stepMs) this.note(atMs);
  }

  /** Notes how both sides stand now. */
  note(atMs: number): void {
    this.#makers.before.add(atMs, this.sides.before.standingAt(atMs));
    this.#makers.after.add(atMs, this.sides.after.standingAt(atMs));
    this.#atMs = atMs;
  }

  finish(): { readonly before: WalkCurve; readonly after: WalkCurve } {
    const curve = (of: 'before' | 'after'): WalkCurve => ({
      points: this.#makers[of].finish(),
      handoffs: this.sides[of].handoffs.map(({ atMs, score }) => ({
        at: new Date(atMs).toISOString(),
        score,
      })),
    });
    return { before: curve('before'), after: curve('after') };
  }
}
