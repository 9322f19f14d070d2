import { DAY_MS, offsetAt } from './zone-clock.js';

/** More days than two hundred years have; a cache that grows without end would be a leak. */
const CACHE_MAX = 80_000;
const dateByDay = new Map<number, string>();

/** The ISO date that an instant (epoch milliseconds) falls on in a time zone. Throws RangeError for an unknown zone. */
export function localDate(atMs: number, timeZone: string): string {
  return isoDate(Math.floor((atMs + offsetAt(atMs, timeZone)) / DAY_MS));
}

/** The ISO date that is `day` days after 1970-01-01. */
export function isoDate(day: number): string {
  const known = dateByDay.get(day);
  if (known !== undefined) return known;
  if (dateByDay.size >= CACHE_MAX) dateByDay.clear();
  const [date = ''] = new Date(day * DAY_MS).toISOString().split('T');
  dateByDay.set(day, date);
  return date;
}
