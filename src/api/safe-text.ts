/** What the database would refuse is refused at the edge, with its place. */

/** Deeper than any honest event, and far from what a recursive reader can bear. */
export const DEPTH_MAX = 32;
const LONE_SURROGATE = /\p{Cs}/u;

export interface Unsafe {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Whether a text has no NUL and no half of a surrogate pair: Postgres takes neither. */
export const isSafeText = (text: string): boolean => !text.includes('\0') && !LONE_SURROGATE.test(text);

/** The first place in a parsed JSON value that the database would refuse, or null. Looks at names as well. */
export function findUnsafe(value: unknown, depth = 0): Unsafe | null {
  if (typeof value === 'string') {
    return isSafeText(value)
      ? null
      : { path: [], message: 'holds a NUL or half of a surrogate pair; remove it' };
  }
  // JSON.parse makes Infinity of 1e999, which has no JSON form to be stored in.
  if (typeof value === 'number') {
    return Number.isFinite(value) ? null : { path: [], message: 'is a number too large to be stored' };
  }
  if (typeof value !== 'object' || value === null) return null;
  if (depth >= DEPTH_MAX) return { path: [], message: `is nested more than ${DEPTH_MAX} levels deep` };
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = findUnsafe(item, depth + 1);
      if (found) return { ...found, path: [index, ...found.path] };
    }
    return null;
  }
  for (const [name, item] of Object.entries(value)) {
    if (!isSafeText(name))
      return { path: [], message: 'has a name that holds a NUL or half of a surrogate pair' };
    const found = findUnsafe(item, depth + 1);
    if (found) return { ...found, path: [name, ...found.path] };
  }
  return null;
}
