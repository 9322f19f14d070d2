/** Conditions of rules, triggers and territories. Pure; globs take time linear in the text, whatever the pattern. */
import type { FieldTest, Where } from './definition.js';

/** True when every condition of `where` holds; `fields` answers a field's value, or undefined. A list matches when one of its members does. */
export function matches(where: Where, fields: (name: string) => unknown): boolean {
  for (const [name, test] of conditionsOf(where)) {
    if (!holds(test, fields(name))) return false;
  }
  return true;
}

type Conditions = readonly (readonly [name: string, test: FieldTest])[];

/** A condition is asked of every event there is, and never changes: it is taken apart once. */
const CONDITIONS = new WeakMap<Where, Conditions>();

function conditionsOf(where: Where): Conditions {
  let conditions = CONDITIONS.get(where);
  if (conditions === undefined) {
    conditions = Object.entries(where);
    CONDITIONS.set(where, conditions);
  }
  return conditions;
}

function holds(test: FieldTest, value: unknown): boolean {
  if ('present' in test) return isPresent(value) === test.present;
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if ('equals' in test) return values.some((one) => test.equals.some((wanted) => wanted === one));
  if ('glob' in test) return values.some((one) => typeof one === 'string' && globMatches(test.glob, one));
  return values.some((one) => within(test, one));
}

function isPresent(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isPresent);
  return value !== undefined && value !== null && value !== '';
}

/** Numbers may arrive as text from forms and CSV files. */
function within(test: { readonly atLeast?: number; readonly atMost?: number }, value: unknown): boolean {
  const number = typeof value === 'string' && /^-?\d{1,15}(\.\d{1,6})?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return false;
  return (
    (test.atLeast === undefined || number >= test.atLeast) &&
    (test.atMost === undefined || number <= test.atMost)
  );
}

/**
 * Whether the whole text fits the pattern: `**` stands for any text, `*` for any text without a slash,
 * everything else for itself. All ways to match are followed at once, so nothing is ever tried twice.
 */
export function globMatches(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star === -1) return pattern === text;
  if (!text.startsWith(pattern.slice(0, star))) return false;
  if (star === pattern.length - 2 && pattern.endsWith('**')) return true;
  const tokens = tokenize(pattern);
  let states = skipStars(tokens, new Set([0]));
  for (const character of text) {
    const next = new Set<number>();
    for (const state of states) {
      const token = tokens[state];
      if (token === '**' || (token === '*' && character !== '/')) next.add(state);
      else if (token === character) next.add(state + 1);
    }
    if (next.size === 0) return false;
    states = skipStars(tokens, next);
  }
  return states.has(tokens.length);
}

function tokenize(pattern: string): string[] {
  return Array.from(pattern.matchAll(/\*{2,}|./gsu), ([token]) => (token.startsWith('**') ? '**' : token));
}

/** A star may also stand for nothing: whoever waits before one may wait behind it too. */
function skipStars(tokens: readonly string[], states: Set<number>): Set<number> {
  for (const state of states) {
    const token = tokens[state];
    if (token === '*' || token === '**') states.add(state + 1);
  }
  return states;
}
