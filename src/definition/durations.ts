/** Durations as a definition writes them: `30s`, `15m`, `24h`, `7d`. */

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof UNIT_MS;

export const DAY_MS = UNIT_MS.d;
export const HOUR_MS = UNIT_MS.h;
export const MINUTE_MS = UNIT_MS.m;
export const SECOND_MS = UNIT_MS.s;

/** Ten years: longer than anything a definition can mean, short enough for exact arithmetic. */
const LONGEST_MS = 3650 * DAY_MS;

/** Milliseconds of `30s`, `15m`, `24h` or `7d`; undefined for anything else, and for more than ten years. */
export function durationMs(text: string): number | undefined {
  const match = /^(0|[1-9]\d{0,8})([smhd])$/.exec(text);
  if (!match) return undefined;
  const ms = Number(match[1]) * UNIT_MS[match[2] as Unit];
  return ms <= LONGEST_MS ? ms : undefined;
}

/** The shortest way to write a duration: 86400000 is `1d`. */
export function durationText(ms: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    if (ms >= UNIT_MS[unit] && ms % UNIT_MS[unit] === 0) return `${ms / UNIT_MS[unit]}${unit}`;
  }
  return `${ms / UNIT_MS.s}s`;
}
