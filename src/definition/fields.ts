/** The kinds of value in a definition: each says what it expects and reads what YAML delivers into the core's units. */
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { Duration } from '../domain/definition.js';
import { DAY_MS, durationMs, durationText } from './durations.js';
import { CUSTOM_EVENT, LEAD_EVENTS } from './event-types.js';
import { field, isRecord, type JsonSchema } from './field.js';
import { tooLongPattern } from './field-test.js';

export const list = <T extends z.ZodType>(item: T, max: number, min = 0) => z.array(item).min(min).max(max);

interface NumberSpec {
  readonly expected: string;
  readonly json: JsonSchema;
  readonly accepts: (value: number) => boolean;
  readonly harmless?: number;
}

const numberField = ({ expected, json, accepts, harmless }: NumberSpec) =>
  field({
    expected,
    json: { type: 'number', ...json },
    read: (value) => (typeof value === 'number' && accepts(value) ? value : undefined),
    harmless,
  });

/** Some character that is no blank, and no control characters. */
const TEXT_PATTERN = String.raw`^(?=[\s\S]*\S)[^\u0000-\u001f\u007f-\u009f]*$`;
const PROSE_PATTERN = String.raw`^(?=[\s\S]*\S)[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$`;

export const text = (expected: string, max = 200, more: JsonSchema = {}) =>
  field({
    expected,
    json: { type: 'string', maxLength: max, pattern: TEXT_PATTERN, ...more },
    read: (value) =>
      typeof value === 'string' && value.trim() !== '' && value.length <= max && !hasControl(value)
        ? value
        : undefined,
    harmless: 'x',
  });

/** A longer text that may have line breaks. */
export const prose = (expected: string, max: number) =>
  field({
    expected,
    json: { type: 'string', maxLength: max, pattern: PROSE_PATTERN },
    read: (value) =>
      typeof value === 'string' &&
      value.trim() !== '' &&
      value.length <= max &&
      !hasControl(value.replace(/[\n\r\t]/g, ''))
        ? value
        : undefined,
  });

function hasControl(value: string): boolean {
  return /\p{Cc}|\p{Cs}/u.test(value);
}

/** Text that a pattern describes completely. */
const patterned = (expected: string, pattern: RegExp, harmless: string) =>
  field({
    expected,
    json: { type: 'string', pattern: pattern.source },
    read: (value) => (typeof value === 'string' && pattern.test(value) ? value : undefined),
    harmless,
  });

export const identifier = (what: string) =>
  patterned(
    `${what}: letters, digits, - _ . (at most 64)`,
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'unreadable.id',
  );

export const formatOne = () =>
  field<1>({
    expected: '1, the only format there is',
    json: { const: 1 },
    read: (value) => (value === 1 ? 1 : undefined),
    harmless: 1,
  });

const REOPENINGS = ['high', 'never'] as const;

/** Which actions reopen an unqualified lead. */
export const reopening = () =>
  field<'high' | 'never' | readonly string[]>({
    expected: 'high, never, or a list of ids of actions',
    json: { anyOf: [{ enum: REOPENINGS }, { type: 'array', maxItems: 200, items: { type: 'string' } }] },
    read: (value) => {
      if (value === 'high' || value === 'never') return value;
      return Array.isArray(value) && value.length <= 200 && value.every((id) => typeof id === 'string')
        ? value
        : undefined;
    },
    options: REOPENINGS,
  });

export const flag = () =>
  field({
    expected: 'true or false',
    json: { type: 'boolean' },
    read: (value) => (typeof value === 'boolean' ? value : undefined),
  });

export const oneOf = <const T extends string>(options: readonly T[]) =>
  field({
    expected: options.length === 1 ? String(options[0]) : `one of ${options.join(', ')}`,
    json: { enum: options },
    read: (value) => options.find((option) => option === value),
    options,
    harmless: options[0],
  });

/** The type of an event. Which types there are is a question of meaning, so that all its faults are said together. */
export const eventType = () =>
  text('an event type such as page.viewed, or custom.name', 80, {
    anyOf: [{ enum: LEAD_EVENTS }, { pattern: CUSTOM_EVENT.source }],
  });

export const count = (min: number, max: number) =>
  numberField({
    expected: `a whole number from ${min} to ${max}`,
    json: { type: 'integer', minimum: min, maximum: max },
    accepts: (value) => Number.isInteger(value) && value >= min && value <= max,
    harmless: max,
  });

const hasDecimals = (value: number, most: number) => Number(value.toFixed(most)) === value;

/** A share of one with at most six decimals. */
export const share = () =>
  numberField({
    expected: 'a share from 0 to 1, such as 0.05',
    json: { minimum: 0, maximum: 1 },
    accepts: (value) => value >= 0 && value <= 1 && hasDecimals(value, 6),
  });

/** A share of one with at most six decimals that is neither nothing nor all. */
export const properShare = () =>
  numberField({
    expected: 'a share above 0 and below 1, such as 0.8',
    json: { exclusiveMinimum: 0, exclusiveMaximum: 1 },
    accepts: (value) => value > 0 && value < 1 && hasDecimals(value, 6),
  });

/** Points with at most three decimals, read into integer milli-points. */
export const points = (
  min: number,
  max: number,
  expected = `points from ${min} to ${max}, at most three decimals`,
) =>
  field({
    expected,
    json: { type: 'number', minimum: min, maximum: max },
    read: (value) => {
      if (typeof value !== 'number' || value < min || value > max) return undefined;
      const milli = Math.round(value * 1_000);
      // Adding zero turns the negative zero of `-0` into a plain one.
      return milli / 1_000 === value ? milli + 0 : undefined;
    },
    write: (milli) => milli / 1_000,
  });

/** As long as ten years at most, give or take a digit. */
const DURATION_PATTERN = String.raw`^(0|[1-9]\d{0,8})s$|^(0|[1-9]\d{0,6})m$|^(0|[1-9]\d{0,4})h$|^(0|[1-9]\d{0,3})d$`;
const SOME_TIME_PATTERN = String.raw`^[1-9]\d{0,8}s$|^[1-9]\d{0,6}m$|^[1-9]\d{0,4}h$|^[1-9]\d{0,3}d$`;
const FROM_MINUTE_PATTERN = String.raw`^([6-9]\d|[1-9]\d{2,8})s$|^[1-9]\d{0,6}m$|^[1-9]\d{0,4}h$|^[1-9]\d{0,3}d$`;

/** A duration in milliseconds. */
export const plainDuration = (min: '0s' | '1m' = '0s') =>
  field({
    expected:
      min === '0s'
        ? 'a duration such as 30s, 15m, 24h or 7d'
        : `a duration of at least ${min}, such as 15m, 24h or 7d`,
    json: {
      type: 'string',
      pattern: min === '0s' ? DURATION_PATTERN : FROM_MINUTE_PATTERN,
      suggested: ['15m', '24h', '7d'],
    },
    read: (value) => {
      const ms = typeof value === 'string' ? durationMs(value) : undefined;
      return ms !== undefined && ms >= (durationMs(min) ?? 0) ? ms : undefined;
    },
    write: durationText,
  });

const DURATION = 'a duration such as 30s, 15m, 24h or 7d, or { businessDays: 3 }';
const SAME_DAY = ' ({ businessDays: 0 } is the same day)';
const BUSINESS_DAYS_MAX = 260;

/** A duration, or whole business days. */
export const duration = (minBusinessDays: number, minMs: number) =>
  field<Duration>({
    expected: DURATION + (minBusinessDays > 0 ? ', longer than nothing' : minMs > 0 ? SAME_DAY : ''),
    json: {
      anyOf: [
        { type: 'string', pattern: minMs > 0 ? SOME_TIME_PATTERN : DURATION_PATTERN },
        {
          type: 'object',
          properties: {
            businessDays: {
              type: 'integer',
              minimum: minBusinessDays,
              maximum: BUSINESS_DAYS_MAX,
              description: 'Whole working days, in the calendar of the rep, else of the team.',
            },
          },
          required: ['businessDays'],
          additionalProperties: false,
        },
      ],
    },
    read: (value) => {
      if (typeof value === 'string') {
        const ms = durationMs(value);
        return ms === undefined || ms < minMs ? undefined : { ms };
      }
      if (!isRecord(value) || Object.keys(value).join() !== 'businessDays') return undefined;
      const { businessDays } = value;
      const whole = typeof businessDays === 'number' && Number.isInteger(businessDays);
      return whole && businessDays >= minBusinessDays && businessDays <= BUSINESS_DAYS_MAX
        ? { businessDays }
        : undefined;
    },
    write: (value) => ('ms' in value ? durationText(value.ms) : value),
  });

/** A half-life in whole days; 0 turns decay off. */
export const halfLife = () =>
  field({
    expected: 'whole days from 1d to 365d, or 0 for no decay',
    json: {
      anyOf: [
        { const: 0 },
        {
          type: 'string',
          pattern: String.raw`^(0|[1-9]\d?|[12]\d\d|3[0-5]\d|36[0-5])d$|^(0|[1-9]\d{0,8})[smh]$`,
        },
      ],
      suggested: ['30d', 0],
    },
    read: (value) => {
      if (value === 0) return 0;
      const ms = typeof value === 'string' ? durationMs(value) : undefined;
      return ms !== undefined && ms % DAY_MS === 0 && ms <= 365 * DAY_MS ? ms / DAY_MS : undefined;
    },
    write: (days) => (days === 0 ? 0 : `${days}d`),
  });

const DATE_PATTERN = String.raw`^(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`;

export const isoDate = () =>
  field({
    expected: 'a date that exists, as 2026-12-25',
    json: { type: 'string', pattern: DATE_PATTERN },
    read: (value) => {
      if (typeof value !== 'string' || !new RegExp(DATE_PATTERN).test(value)) return undefined;
      try {
        return Temporal.PlainDate.from(value).toString();
      } catch {
        return undefined;
      }
    },
    harmless: '2099-12-31',
  });

const ZONE_PATTERN = `^(UTC|[A-Z][A-Za-z_]+(/[A-Za-z0-9_+-]+)+)$`;

export const timeZone = () =>
  field({
    expected: 'a time zone such as America/New_York or UTC',
    // All zones as an enum would differ from one build of Node to the next.
    json: {
      type: 'string',
      pattern: ZONE_PATTERN,
      suggested: [
        'America/New_York',
        'America/Chicago',
        'America/Los_Angeles',
        'Europe/London',
        'Europe/Berlin',
        'Asia/Kolkata',
        'Asia/Tokyo',
        'Australia/Sydney',
        'UTC',
      ],
    },
    read: (value) => (typeof value === 'string' && isTimeZone(value) ? value : undefined),
    options: Intl.supportedValuesOf('timeZone'),
  });

/** Offsets and abbreviations are no zones: `+01:00` and `EST` know no summer. */
function isTimeZone(value: string): boolean {
  if (!new RegExp(ZONE_PATTERN).test(value)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

export const localTime = (latest: '23:59' | '24:00') =>
  patterned(
    `a time of day from 00:00 to ${latest}, in quotes`,
    latest === '24:00' ? /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/ : /^([01]\d|2[0-3]):[0-5]\d$/,
    latest === '24:00' ? '24:00' : '00:00',
  );

const CONTENT_MATCH_MAX = 300;

/** A link pattern of `content`. */
export const contentMatch = () =>
  field({
    expected: 'a path pattern such as "/blog/**", a whole address, or "resource:" and a resource',
    json: {
      type: 'string',
      maxLength: CONTENT_MATCH_MAX,
      pattern: String.raw`^(/|\*\*|https?:|resource:.)[^\u0000-\u001f\u007f-\u009f]*$`,
      suggested: ['/blog/**', 'resource:pricing-guide'],
    },
    read: (value) =>
      typeof value === 'string' &&
      /^(\/|\*\*|https?:|resource:.)/.test(value) &&
      value.length <= CONTENT_MATCH_MAX &&
      !hasControl(value)
        ? value
        : undefined,
    harmless: '/unreadable',
    lacks: (value) => tooLongPattern(value, CONTENT_MATCH_MAX),
  });
