/** The values of a definition's fields: each says what it expects and reads what YAML delivers into the core's units. */
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { Duration, FieldTest } from '../domain/definition.js';
import { DAY_MS, durationMs } from './durations.js';

/** What a failing field tells the one who writes the fault down. */
export interface FieldParams {
  readonly expected: string;
  readonly options?: readonly string[];
}

/** A field that is read by a function; undefined from it means that the value is not what was expected. */
function field<T>(expected: string, read: (value: unknown) => T | undefined, options?: readonly string[]) {
  return z.unknown().transform((value, context): T => {
    const result = read(value);
    if (result !== undefined) return result;
    const params: FieldParams = { expected, ...(options && { options }) };
    context.addIssue({ code: 'custom', message: 'unexpected', params: { ...params } });
    return z.NEVER;
  });
}

const numberWhere = (expected: string, accepts: (value: number) => boolean) =>
  field(expected, (value) => (typeof value === 'number' && accepts(value) ? value : undefined));

export const text = (expected: string, max = 200) =>
  field(expected, (value) =>
    typeof value === 'string' && value.trim() !== '' && value.length <= max && !hasControl(value)
      ? value
      : undefined,
  );

/** A longer text that may have line breaks. */
export const prose = (expected: string, max: number) =>
  field(expected, (value) =>
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= max &&
    !hasControl(value.replace(/[\n\r\t]/g, ''))
      ? value
      : undefined,
  );

function hasControl(value: string): boolean {
  return /\p{Cc}|\p{Cs}/u.test(value);
}

export const identifier = (what: string) =>
  field(`${what}: letters, digits, - _ . (at most 64)`, (value) =>
    typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value) ? value : undefined,
  );

export const formatOne = () =>
  field<1>('1, the only format there is', (value) => (value === 1 ? 1 : undefined));

/** Which actions reopen an unqualified lead. */
export const reopening = () =>
  field<'high' | 'never' | readonly string[]>('high, never, or a list of ids of actions', (value) => {
    if (value === 'high' || value === 'never') return value;
    return Array.isArray(value) && value.length <= 200 && value.every((id) => typeof id === 'string')
      ? value
      : undefined;
  });

export const flag = () => field('true or false', (value) => (typeof value === 'boolean' ? value : undefined));

export const oneOf = <const T extends string>(options: readonly T[]) =>
  field(
    options.length === 1 ? String(options[0]) : `one of ${options.join(', ')}`,
    (value) => options.find((option) => option === value),
    options,
  );

export const count = (min: number, max: number) =>
  numberWhere(
    `a whole number from ${min} to ${max}`,
    (value) => Number.isInteger(value) && value >= min && value <= max,
  );

/** A share of one with at most six decimals, as parts of one. */
export const share = (expected: string, accepts: (value: number) => boolean) =>
  numberWhere(expected, (value) => accepts(value) && Math.round(value * 1e6) / 1e6 === value);

/** Points with at most three decimals, read into integer milli-points. */
export const points = (
  min: number,
  max: number,
  expected = `points from ${min} to ${max}, at most three decimals`,
) =>
  field(expected, (value) => {
    if (typeof value !== 'number' || value < min || value > max) return undefined;
    const milli = Math.round(value * 1_000);
    // Adding zero turns the negative zero of `-0` into a plain one.
    return milli / 1_000 === value ? milli + 0 : undefined;
  });

/** A duration in milliseconds. */
export const plainDuration = (min = '0s') =>
  field(
    min === '0s'
      ? 'a duration such as 30s, 15m, 24h or 7d'
      : `a duration of at least ${min}, such as 15m, 24h or 7d`,
    (value) => {
      const ms = typeof value === 'string' ? durationMs(value) : undefined;
      return ms !== undefined && ms >= (durationMs(min) ?? 0) ? ms : undefined;
    },
  );

const DURATION = 'a duration such as 30s, 15m, 24h or 7d, or { businessDays: 3 }';

/** A duration, or whole business days. */
export const duration = (minBusinessDays: number, minMs: number) =>
  field<Duration>(
    minBusinessDays > 0 || minMs > 0 ? `${DURATION}, longer than nothing` : DURATION,
    (value) => {
      if (typeof value === 'string') {
        const ms = durationMs(value);
        return ms === undefined || ms < minMs ? undefined : { ms };
      }
      if (!isRecord(value) || Object.keys(value).join() !== 'businessDays') return undefined;
      const { businessDays } = value;
      const whole = typeof businessDays === 'number' && Number.isInteger(businessDays);
      return whole && businessDays >= minBusinessDays && businessDays <= 260 ? { businessDays } : undefined;
    },
  );

/** A half-life in whole days; 0 turns decay off. */
export const halfLife = () =>
  field('whole days from 1d to 365d, or 0 for no decay', (value) => {
    if (value === 0) return 0;
    const ms = typeof value === 'string' ? durationMs(value) : undefined;
    return ms !== undefined && ms % DAY_MS === 0 && ms <= 365 * DAY_MS ? ms / DAY_MS : undefined;
  });

export const isoDate = () =>
  field('a date that exists, as 2026-12-25', (value) => {
    if (typeof value !== 'string' || !/^(19|20)\d\d-\d\d-\d\d$/.test(value)) return undefined;
    try {
      return Temporal.PlainDate.from(value).toString();
    } catch {
      return undefined;
    }
  });

export const timeZone = () =>
  field(
    'a time zone such as America/New_York or UTC',
    (value) => (typeof value === 'string' && isTimeZone(value) ? value : undefined),
    Intl.supportedValuesOf('timeZone'),
  );

/** Offsets and abbreviations are no zones: `+01:00` and `EST` know no summer. */
function isTimeZone(value: string): boolean {
  if (value !== 'UTC' && !/^[A-Z][A-Za-z_]+(\/[A-Za-z0-9_+-]+)+$/.test(value)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

export const localTime = (latest: '23:59' | '24:00') =>
  field(`a time of day from 00:00 to ${latest}, in quotes`, (value) =>
    typeof value === 'string' && /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(value) && value <= latest
      ? value
      : undefined,
  );

/** A link pattern of `content`. */
export const contentMatch = () =>
  field('a path pattern such as "/blog/**", a whole address, or "resource:" and a resource', (value) =>
    typeof value === 'string' &&
    /^(\/|\*\*|https?:|resource:.)/.test(value) &&
    value.length <= 300 &&
    !hasControl(value)
      ? value
      : undefined,
  );

const TEST =
  'a value, a list of values, a pattern with *, present, { atLeast: 50 }, { atMost: 200 }, { present: false } or { equals: … }';

/** One condition of a `where`. */
export const fieldTest = () => field<FieldTest>(TEST, readFieldTest);

function readFieldTest(value: unknown): FieldTest | undefined {
  if (value === 'present') return { present: true };
  if (typeof value === 'string' && value.includes('*')) return readGlob(value);
  if (isPlainValue(value)) return { equals: [value] };
  if (Array.isArray(value)) return readEquals(value);
  if (!isRecord(value)) return undefined;
  const keys = Object.keys(value).sort().join();
  switch (keys) {
    case 'present':
      return typeof value.present === 'boolean' ? { present: value.present } : undefined;
    case 'glob':
      return readGlob(value.glob);
    case 'equals':
      return readEquals(Array.isArray(value.equals) ? value.equals : [value.equals]);
    case 'atLeast':
    case 'atMost':
    case 'atLeast,atMost':
      return readRange(value);
    default:
      return undefined;
  }
}

function readGlob(value: unknown): FieldTest | undefined {
  return typeof value === 'string' && value.length > 0 && value.length <= 200 ? { glob: value } : undefined;
}

function readEquals(values: readonly unknown[]): FieldTest | undefined {
  return values.length > 0 && values.length <= 300 && values.every(isPlainValue)
    ? { equals: values }
    : undefined;
}

function readRange({ atLeast, atMost }: Record<string, unknown>): FieldTest | undefined {
  const bounds = [atLeast, atMost].filter((bound) => bound !== undefined);
  if (!bounds.every((bound) => typeof bound === 'number' && Number.isFinite(bound))) return undefined;
  if (typeof atLeast === 'number' && typeof atMost === 'number' && atLeast > atMost) return undefined;
  return {
    ...(typeof atLeast === 'number' && { atLeast }),
    ...(typeof atMost === 'number' && { atMost }),
  };
}

function isPlainValue(value: unknown): value is string | number | boolean {
  return (
    (typeof value === 'string' && value.length <= 300) ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
