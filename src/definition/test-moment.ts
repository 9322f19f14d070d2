/** Points in time as tests of definitions write them: on the clocks of a zone, or with an offset. */
import { Temporal } from 'temporal-polyfill';
import { instantAt, offsetAt } from './zone-clock.js';

/** A time on the clocks of `timeZone` (null: the team's), or an instant of its own. */
export type Moment =
  | { readonly localMs: number; readonly timeZone: string | null }
  | { readonly atMs: number };

export const MOMENT_EXPECTED =
  'a date and a time of day such as 2026-11-28 11:00 (in the team’s time zone), 2026-11-28 11:00 Asia/Tokyo, or 2026-11-28T11:00:00Z';
export const MOMENT_PATTERN = String.raw`^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d| [A-Z][A-Za-z0-9_/+-]+)?$`;

/** Undefined for anything that is no such time, and for dates and zones that do not exist. */
export function readMoment(value: unknown): Moment | undefined {
  if (typeof value !== 'string') return undefined;
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)(?:(Z|[+-]\d\d:\d\d)| (\S+))?$/.exec(
    value.trim(),
  );
  if (!match) return undefined;
  const [, day, time, offset, timeZone] = match;
  try {
    const local = Temporal.PlainDateTime.from(`${day}T${time}`, { overflow: 'reject' });
    if (offset) return { atMs: Temporal.Instant.from(`${day}T${time}${offset}`).epochMilliseconds };
    if (timeZone) offsetAt(0, timeZone);
    const localMs = local.toZonedDateTime('UTC').epochMilliseconds;
    return { localMs, timeZone: timeZone ?? null };
  } catch {
    return undefined;
  }
}

/** Epoch milliseconds. A local time that a clock change skips moves forward; one that it repeats takes the first. */
export function momentMs(moment: Moment, teamZone: string): number {
  return 'atMs' in moment ? moment.atMs : instantAt(moment.localMs, moment.timeZone ?? teamZone);
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** `Sat 2026-11-28 11:00` on the clocks of a zone, with seconds where there are any. */
export function momentText(atMs: number, timeZone: string): string {
  const local = new Date(atMs + offsetAt(atMs, timeZone));
  const [date, time = ''] = local.toISOString().split('T');
  const short = local.getUTCSeconds() === 0 ? time.slice(0, 5) : time.slice(0, 8);
  return `${DAYS[local.getUTCDay()]} ${date} ${short}`;
}
