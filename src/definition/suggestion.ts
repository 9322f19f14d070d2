/** What somebody who wrote a wrong value most likely meant. */
import { closest } from './faults.js';
import type { FieldParams } from './field.js';

const UNITS: readonly (readonly [unit: RegExp, times: number, letter: string])[] = [
  [/^(s|secs?|seconds?)$/, 1, 's'],
  [/^(m|mins?|minutes?)$/, 1, 'm'],
  [/^(h|hrs?|hours?)$/, 1, 'h'],
  [/^(d|days?)$/, 1, 'd'],
  [/^(w|wks?|weeks?)$/, 7, 'd'],
];
const BUSINESS_DAYS = /^(bds?|(business|working|work) ?days?)$/;

/** What to write instead, as it would be written; undefined where it cannot be told. */
export function suggestion(value: unknown, { expected, options }: FieldParams): string | undefined {
  if (typeof value === 'number') return numberMeant(value, expected);
  if (typeof value !== 'string') return undefined;
  const meant = options ? closest(value, options) : textMeant(value.trim(), expected);
  return meant === value ? undefined : meant;
}

function numberMeant(value: number, expected: string): string | undefined {
  const percent = expected.startsWith('a share') && value > 1 && value < 100;
  return percent ? String(value / 100) : undefined;
}

function textMeant(value: string, expected: string): string | undefined {
  if (expected.startsWith('a duration') || expected.startsWith('whole days'))
    return durationMeant(value, expected);
  if (expected === 'true or false') {
    if (/^(yes|on|y|true)$/i.test(value)) return 'true';
    return /^(no|off|n|false)$/i.test(value) ? 'false' : undefined;
  }
  if (/^(a whole number|points)/.test(expected) && /^-?\d{1,9}(\.\d{1,3})?$/.test(value)) {
    return `${Number(value)}, without quotes`;
  }
  const percent = /^(\d{1,2}(?:\.\d{1,2})?) ?%$/.exec(value);
  if (expected.startsWith('a share') && percent) return String(Number(percent[1]) / 100);
  if (expected.startsWith('a path pattern') && /^[\w-]+[\w/*-]*$/.test(value)) return `/${value}`;
  if (expected.startsWith('a time of day')) return timeMeant(value);
  if (expected.includes('letters, digits')) return identifierMeant(value);
  return undefined;
}

function durationMeant(value: string, expected: string): string | undefined {
  const iso = /^PT?(\d{1,6})([SMHD])$/i.exec(value);
  const written = iso ?? /^(\d{1,6}(?:\.\d)?) *([a-z]+(?: ?days?)?)$/i.exec(value);
  const number = Number(written?.[1]);
  const word = written?.[2]?.toLowerCase() ?? '';
  if (Number.isInteger(number) && BUSINESS_DAYS.test(word) && expected.includes('businessDays')) {
    return `{ businessDays: ${number} }`;
  }
  const unit = UNITS.find(([pattern]) => pattern.test(word));
  if (!unit) return undefined;
  const [, times, letter] = unit;
  if (Number.isInteger(number)) return `${number * times}${letter}`;
  // One and a half hours are ninety minutes.
  const smaller = { m: ['s', 60], h: ['m', 60], d: ['h', 24] }[letter as 'm' | 'h' | 'd'];
  return smaller && `${Math.round(number * times * Number(smaller[1]))}${smaller[0]}`;
}

function timeMeant(value: string): string | undefined {
  const time = /^(\d{1,2})(?:[:.](\d\d))? ?(am|pm)?$/i.exec(value);
  if (!time) return undefined;
  const afternoon = time[3]?.toLowerCase() === 'pm' && Number(time[1]) < 12 ? 12 : 0;
  const hour = Number(time[1]) + afternoon;
  return hour < 24 ? `"${String(hour).padStart(2, '0')}:${time[2] ?? '00'}"` : undefined;
}

function identifierMeant(value: string): string | undefined {
  const meant = value.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^[^A-Za-z0-9]+|_+$/g, '');
  return meant === '' ? undefined : meant.slice(0, 64);
}
