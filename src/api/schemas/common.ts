/** Small shapes that several resources share. Text that the database would refuse is refused here. */
import { z } from '@hono/zod-openapi';
import { isSafeText } from '../safe-text.js';

const EARLIEST_MS = Date.UTC(1970, 0, 1);
const LATEST_MS = Date.UTC(2101, 0, 1);

/** Text that the database takes, not empty and not longer than `lengthMax`. */
export const text = (lengthMax: number) =>
  z.string().min(1).max(lengthMax).refine(isSafeText, 'holds a NUL or half of a surrogate pair; remove it');

/** An instant as RFC 3339, with its zone, in the years 1970 to 2100. */
export const instant = z.iso
  .datetime({ offset: true, error: 'is not a time such as 2026-11-20T14:03:11Z (RFC 3339, with its zone)' })
  .refine((value) => {
    const at = Date.parse(value);
    // What is no time at all was told already.
    return Number.isNaN(at) || (at >= EARLIEST_MS && at < LATEST_MS);
  }, 'is outside the years 1970 to 2100');

/** A calendar day as YYYY-MM-DD, in the years 1970 to 2100. */
export const day = z.iso
  .date('is not a date such as 2026-11-20')
  .refine((value) => value >= '1970-01-01' && value < '2101-01-01', 'is outside the years 1970 to 2100');

/** An email address as an identifier: trimmed and in lower case. Whether mail arrives there is not judged. */
export const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .regex(
    /^[^\s@<>,;"()]+@[^\s@<>,;"()]+\.[^\s@<>,;"().]+$/,
    'is not an email address such as kim@example.com',
  );

/** A name that a caller chose for a thing: no spaces, so that it can stand in an address. */
export const handle = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$/,
    'must be 1 to 100 letters, digits and . _ - @, beginning with a letter or digit',
  );

/** An IANA time zone that this system knows. */
export const timeZone = z.string().max(64).refine(isTimeZone, 'is not a time zone such as Europe/Berlin');

/** Whether this system knows an IANA time zone of that name. */
export function isTimeZone(name: string): boolean {
  // Offsets such as +02:00 are taken by newer systems only, and know no daylight saving.
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+){0,2}$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
