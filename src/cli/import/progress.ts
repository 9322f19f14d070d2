import type { CliIo } from '../io.js';

const BAR_WIDTH = 24;
const REDRAW_EVERY_MS = 100;
const LINE_EVERY_MS = 5_000;

/** A bar that redraws itself on a terminal; elsewhere a line every few seconds, so that logs stay readable. */
export class Progress {
  private lastAt = 0;
  private drawn = false;

  constructor(
    private readonly io: CliIo,
    private readonly totalBytes: number,
    private readonly now: () => number = Date.now,
  ) {
    this.lastAt = io.interactive ? 0 : now();
  }

  update(bytes: number, events: number, bad: number): void {
    const at = this.now();
    if (at - this.lastAt < (this.io.interactive ? REDRAW_EVERY_MS : LINE_EVERY_MS)) return;
    this.lastAt = at;
    const share = this.totalBytes === 0 ? 1 : Math.min(1, bytes / this.totalBytes);
    const percent = `${Math.floor(share * 100)}%`.padStart(4);
    const text = `${percent}  ${events.toLocaleString('en-US')} events${bad > 0 ? `, ${bad.toLocaleString('en-US')} bad rows` : ''}`;
    if (!this.io.interactive) {
      this.io.err(text.trim());
      return;
    }
    const full = Math.round(share * BAR_WIDTH);
    const line = `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}${text}`;
    this.io.redraw(line.slice(0, Math.max(20, this.io.columns - 1)));
    this.drawn = true;
  }

  /** A line about the work; the bar is drawn again below it with the next update. */
  say(line: string): void {
    this.clear();
    this.io.err(line);
  }

  clear(): void {
    if (this.drawn) this.io.redraw('');
    this.drawn = false;
  }
}
