/** Collects a walk's rows; long stretches in which neither version decides anything become one row. */
import type { RowDraft } from './walk-view.js';

/** Several events in which nothing was decided. */
export interface Stretch {
  readonly first: RowDraft;
  readonly last: RowDraft;
  readonly events: number;
  /** Their numbers. */
  readonly seqs: readonly number[];
}

/** So many quiet events before a decision are shown one by one: they led to it. */
const SHOWN_BEFORE = 3;

export class QuietStretches {
  readonly #rows: (RowDraft | Stretch)[] = [];
  readonly #max: number;
  #leftOut = 0;
  /** The newest quiet ones, and those before them. */
  #recent: RowDraft[] = [];
  #older: { first: RowDraft; last: RowDraft; seqs: number[] } | null = null;

  constructor(max: number) {
    this.#max = max;
  }

  add(row: RowDraft): void {
    const decided = row.before.decisions.length > 0 || row.after.decisions.length > 0;
    if (decided || row.isFirst) {
      this.#flush();
      this.#push(row, decided);
      return;
    }
    // Time that passed without a decision is no news.
    if (row.subject === null) return;
    this.#recent.push(row);
    if (this.#recent.length <= SHOWN_BEFORE) return;
    const oldest = this.#recent.shift();
    if (!oldest) return;
    const seq = oldest.subject?.event.seq ?? 0;
    if (this.#older) {
      this.#older.last = oldest;
      this.#older.seqs.push(seq);
    } else this.#older = { first: oldest, last: oldest, seqs: [seq] };
  }

  finish(): { readonly rows: readonly (RowDraft | Stretch)[]; readonly leftOut: number } {
    this.#flush();
    return { rows: this.#rows, leftOut: this.#leftOut };
  }

  #flush(): void {
    const older = this.#older;
    if (older) {
      const { first, last, seqs } = older;
      this.#push(seqs.length === 1 ? first : { first, last, events: seqs.length, seqs }, false);
    }
    for (const row of this.#recent) this.#push(row, false);
    this.#older = null;
    this.#recent = [];
  }

  #push(row: RowDraft | Stretch, decided: boolean): void {
    if (this.#rows.length < this.#max) this.#rows.push(row);
    else if (decided) this.#leftOut += 1;
  }
}
