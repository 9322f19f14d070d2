import { Temporal } from 'temporal-polyfill';

/** Six hours: no zone has ever changed its clock twice within them. */
const BUCKET_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;
/** More buckets than fifty years have; a cache that grows without end would be a leak. */
const CACHE_MAX = 80_000;

/** A zone's offset from UTC per bucket; null where it changes within the bucket. */
type Offsets = Map<number, number | null>;
const offsetsByZone = new Map<string, Offsets>();
const dateByDay = new Map<number, string>();

/** The ISO date that an instant (epoch milliseconds) falls on in a time zone. Throws RangeError for an unknown zone. */
export function localDate(atMs: number, timeZone: string): string {
  const day = Math.floor((atMs + offsetAt(atMs, timeZone)) / DAY_MS);
  const known = dateByDay.get(day);
  if (known !== undefined) return known;
  if (dateByDay.size >= CACHE_MAX) dateByDay.clear();
  const date = new Date(day * DAY_MS).toISOString().slice(0, 10);
  dateByDay.set(day, date);
  return date;
}

function offsetAt(atMs: number, timeZone: string): number {
  let offsets = offsetsByZone.get(timeZone);
  if (!offsets) {
    offsets = new Map();
    offsetsByZone.set(timeZone, offsets);
  }
  const bucket = Math.floor(atMs / BUCKET_MS);
  let offset = offsets.get(bucket);
  if (offset === undefined) {
    if (offsets.size >= CACHE_MAX) offsets.clear();
    const first = exactOffset(bucket * BUCKET_MS, timeZone);
    offset = first === exactOffset((bucket + 1) * BUCKET_MS - 1, timeZone) ? first : null;
    offsets.set(bucket, offset);
  }
  return offset ?? exactOffset(atMs, timeZone);
}

function exactOffset(atMs: number, timeZone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone).offsetNanoseconds / 1e6;
}
