/** The kinds of value in a test of a definition that definitions themselves have not. */

import { LEAD_EVENTS } from './event-types.js';
import { field, isRecord } from './field.js';
import { identifier } from './fields.js';
import { MOMENT_EXPECTED, MOMENT_PATTERN, type Moment, readMoment } from './test-moment.js';
import { isEventType } from './test-properties.js';

export const moment = () =>
  field<Moment>({
    expected: MOMENT_EXPECTED,
    json: { type: 'string', pattern: MOMENT_PATTERN, examples: ['2026-11-28 11:00'] },
    read: readMoment,
  });

/** A moment, or `none` where nothing of the kind is planned. */
export const momentOrNone = () =>
  field<Moment | null>({
    expected: `${MOMENT_EXPECTED}; or none`,
    json: { anyOf: [{ type: 'string', pattern: MOMENT_PATTERN }, { const: 'none' }] },
    read: (value) => (value === 'none' ? null : readMoment(value)),
  });

/** An identifier, or `none`. */
export const nameOrNone = (what: string) => {
  const name = identifier(what);
  return field<string | null>({
    expected: `${what}, or none`,
    json: { type: 'string' },
    read: (value) => {
      if (value === 'none') return null;
      const read = name.safeParse(value);
      return read.success ? read.data : undefined;
    },
  });
};

export const knownEventType = () =>
  field<string>({
    expected: 'an event type such as page.viewed, or custom.name',
    json: { anyOf: [{ enum: LEAD_EVENTS }, { type: 'string', pattern: String.raw`^custom\.` }] },
    read: (value) => (typeof value === 'string' && isEventType(value) ? value : undefined),
    options: LEAD_EVENTS,
  });

/** Exact points, or the least and the most of them; milli-points. */
export type WantedPoints =
  | { readonly exactly: number }
  | { readonly atLeast?: number; readonly atMost?: number };

export const wantedPoints = () =>
  field<WantedPoints>({
    expected: 'points with at most three decimals, or { atLeast: 30, atMost: 40 }',
    json: {
      anyOf: [
        { type: 'number' },
        {
          type: 'object',
          properties: { atLeast: { type: 'number' }, atMost: { type: 'number' } },
          additionalProperties: false,
          minProperties: 1,
        },
      ],
    },
    read: readPoints,
  });

function readPoints(value: unknown): WantedPoints | undefined {
  const exactly = milli(value);
  if (exactly !== undefined) return { exactly };
  if (!isRecord(value)) return undefined;
  const keys = Object.keys(value);
  if (keys.length === 0 || keys.some((key) => key !== 'atLeast' && key !== 'atMost')) return undefined;
  const [atLeast, atMost] = [milli(value.atLeast), milli(value.atMost)];
  if ('atLeast' in value && atLeast === undefined) return undefined;
  if ('atMost' in value && atMost === undefined) return undefined;
  return { ...(atLeast !== undefined && { atLeast }), ...(atMost !== undefined && { atMost }) };
}

function milli(value: unknown): number | undefined {
  if (typeof value !== 'number' || Math.abs(value) > 1e9) return undefined;
  const rounded = Math.round(value * 1_000);
  return rounded / 1_000 === value ? rounded + 0 : undefined;
}

/** Some of a few words; a single one needs no brackets, and none is `none`. */
export const someOf = <const T extends string>(options: readonly T[]) =>
  field<readonly T[]>({
    expected: `none, or some of ${options.join(', ')}`,
    json: {
      anyOf: [{ enum: [...options, 'none'] }, { type: 'array', items: { enum: options } }],
    },
    read: (value) => {
      if (value === 'none') return [];
      const words = Array.isArray(value) ? value : [value];
      return words.every((word) => options.includes(word)) ? words : undefined;
    },
    options,
  });

/** Some names; a single one needs no brackets, and none is `none`. */
export const someNames = (what: string) =>
  field<readonly string[]>({
    expected: `none, or ${what} or a list of them`,
    json: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    read: (value) => {
      if (value === 'none') return [];
      const words: readonly unknown[] = Array.isArray(value) ? value : [value];
      return words.every((word): word is string => typeof word === 'string' && word !== '')
        ? words
        : undefined;
    },
  });

/** What a lead or an event is like: names with plain values or lists of them. */
export const plainRecord = (what: string) =>
  field<Readonly<Record<string, unknown>>>({
    expected: `${what}: names with plain values`,
    json: { type: 'object' },
    read: (value) => (isRecord(value) && Object.values(value).every(isPlain) ? value : undefined),
  });

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  return (
    value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  );
}

/** A text or a whole number that names a mail. */
export const mailName = () =>
  field<string>({
    expected: 'a text or a whole number that names the mail',
    json: { type: ['string', 'integer'], maxLength: 200 },
    read: (value) => {
      if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
      return typeof value === 'string' && value !== '' && value.length <= 200 ? value : undefined;
    },
  });

/** Milli-points with up to three decimals: as a test would have to say them. */
export function exactPoints(milli: number): string {
  return String(milli / 1_000);
}
