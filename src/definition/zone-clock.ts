/** What the clocks of a time zone show. The library is asked once per stretch of time, and its answers are kept. */
import { Temporal } from 'temporal-polyfill';

export const DAY_MS = 86_400_000;
/** Six hours: no zone has ever changed its clock twice within them. */
const BUCKET_MS = 6 * 3_600_000;
/** No zone has ever been farther than this from UTC. */
const FARTHEST_MS = 16 * 3_600_000;
/** More buckets than fifty years have; a cache that grows without end would be a leak. */
const CACHE_MAX = 80_000;

interface Zone {
  /** The offset from UTC (ms) per bucket; null where it changes within the bucket. */
  readonly offsets: Map<number, number | null>;
  /** The offset that holds wherever on the globe it is this local day; null where it changes near the day. */
  readonly steady: Map<number, number | null>;
}
const zones = new Map<string, Zone>();

/** How far the local time (ms) of a zone is ahead of UTC at an instant. Throws RangeError for an unknown zone. */
export function offsetAt(atMs: number, timeZone: string): number {
  const { offsets } = zoneOf(timeZone);
  const bucket = Math.floor(atMs / BUCKET_MS);
  let offset = offsets.get(bucket);
  if (offset === undefined) {
    const first = exactOffset(bucket * BUCKET_MS, timeZone);
    offset = first === exactOffset((bucket + 1) * BUCKET_MS - 1, timeZone) ? first : null;
    keep(offsets, bucket, offset);
  }
  return offset ?? exactOffset(atMs, timeZone);
}

/**
 * The instant at which the clocks of a zone show a local time, given as ms since 1970-01-01T00:00 on those clocks.
 * One that a clock change skips moves forward; one that it repeats takes the first. Throws RangeError for an unknown zone.
 */
export function instantAt(localMs: number, timeZone: string): number {
  const steady = steadyOffset(Math.floor(localMs / DAY_MS), timeZone);
  if (steady !== null) return localMs - steady;
  return Temporal.Instant.fromEpochMilliseconds(localMs)
    .toZonedDateTimeISO('UTC')
    .toPlainDateTime()
    .toZonedDateTime(timeZone, { disambiguation: 'compatible' }).epochMilliseconds;
}

/**
 * Every instant at which it can be this local day lies within the day in UTC, widened by the farthest offset. That is
 * less than three days, and no zone has changed its clock twice within three: equal at both ends means no change, and
 * then each local time of the day is exactly one instant.
 */
function steadyOffset(day: number, timeZone: string): number | null {
  const { steady } = zoneOf(timeZone);
  const known = steady.get(day);
  if (known !== undefined) return known;
  const first = exactOffset(day * DAY_MS - FARTHEST_MS, timeZone);
  const last = exactOffset((day + 1) * DAY_MS + FARTHEST_MS, timeZone);
  const offset = first === last ? first : null;
  keep(steady, day, offset);
  return offset;
}

function zoneOf(timeZone: string): Zone {
  let zone = zones.get(timeZone);
  if (!zone) {
    zone = { offsets: new Map(), steady: new Map() };
    zones.set(timeZone, zone);
  }
  return zone;
}

function keep(cache: Map<number, number | null>, key: number, offset: number | null): void {
  if (cache.size >= CACHE_MAX) cache.clear();
  cache.set(key, offset);
}

function exactOffset(atMs: number, timeZone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone).offsetNanoseconds / 1e6;
}
