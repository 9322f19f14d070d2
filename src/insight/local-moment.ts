import { Temporal } from 'temporal-polyfill';

/** An instant as `2026-11-24 14:30` in a time zone. */
export function localMoment(atMs: number, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(atMs)
    .toZonedDateTimeISO(timeZone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' })
    .replace('T', ' ');
}
