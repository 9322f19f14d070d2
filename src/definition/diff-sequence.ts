/** What two lists have in common: for lines of a mail, and for lists whose order decides. */

/** Above this many pairs to compare, whatever is not equal at both ends counts as changed. */
const PAIRS_MAX = 1_000_000;

/** Pairs of indexes [before, after] of a longest common subsequence of equal texts, ascending. */
function commonIndexes(before: readonly string[], after: readonly string[]): [number, number][] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  ) {
    end += 1;
  }
  const head = Array.from({ length: start }, (_, index): [number, number] => [index, index]);
  const tail = Array.from({ length: end }, (_, index): [number, number] => [
    before.length - end + index,
    after.length - end + index,
  ]);
  const middle = longestCommon(
    before.slice(start, before.length - end),
    after.slice(start, after.length - end),
  ).map(([one, other]): [number, number] => [one + start, other + start]);
  return [...head, ...middle, ...tail];
}

function longestCommon(before: readonly string[], after: readonly string[]): [number, number][] {
  if (before.length * after.length > PAIRS_MAX) return [];
  const width = after.length + 1;
  // lengths[i * width + j]: how long the common subsequence of before from i and after from j is.
  const lengths = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < before.length && j < after.length; ) {
    if (before[i] === after[j]) {
      pairs.push([i, j]);
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return pairs;
}

/** A small line diff: how much changed in words, and the changed lines, `-` before and `+` after. */
export function lineChanges(
  before: string,
  after: string,
): { readonly summary: string; readonly lines: string[] } {
  const old = linesOf(before);
  const now = linesOf(after);
  const lines: string[] = [];
  let [i, j, removed, added] = [0, 0, 0, 0];
  for (const [oldEnd, nowEnd] of [...commonIndexes(old, now), [old.length, now.length] as const]) {
    for (; i < oldEnd; i += 1, removed += 1) lines.push(`- ${shown(old[i])}`);
    for (; j < nowEnd; j += 1, added += 1) lines.push(`+ ${shown(now[j])}`);
    i += 1;
    j += 1;
  }
  if (lines.length === 0) return { summary: 'only the line break at the end changed', lines };
  const plural = (count: number) => `${count} line${count === 1 ? '' : 's'}`;
  const summary =
    removed === added
      ? `${plural(added)} changed`
      : `${[added > 0 && `${plural(added)} added`, removed > 0 && `${plural(removed)} removed`].filter(Boolean).join(', ')}`;
  return { summary, lines };
}

/** The line break that ends a text begins no line. */
function linesOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' && lines.length > 1 ? lines.slice(0, -1) : lines;
}

const shown = (line: string | undefined): string => (line ? line : '(empty line)');

/** Pairs the entries of two lists by the first key on which they agree, the strictest key first; what is left is alone. */
export function pairUp<T>(
  before: readonly T[],
  after: readonly T[],
  keys: readonly ((entry: T) => string)[],
): { readonly before: number | null; readonly after: number | null }[] {
  const partner = new Map<number, number>();
  const taken = new Set<number>();
  for (const key of keys) {
    const open = new Map<string, number[]>();
    before.forEach((entry, index) => {
      if (!taken.has(index)) open.set(key(entry), [...(open.get(key(entry)) ?? []), index]);
    });
    after.forEach((entry, index) => {
      const found = partner.has(index) ? undefined : open.get(key(entry))?.shift();
      if (found === undefined) return;
      partner.set(index, found);
      taken.add(found);
    });
  }
  return [
    ...after.map((_, index) => ({ before: partner.get(index) ?? null, after: index })),
    ...before.flatMap((_, index) => (taken.has(index) ? [] : [{ before: index, after: null }])),
  ];
}
