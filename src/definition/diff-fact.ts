/** What a definition decides, cut into facts that can be compared and told one by one. */
import { lineChanges } from './diff-sequence.js';

/** How a fact is told when it changes. */
type FactStyle =
  /** A value: `threshold 40 → 45`. */
  | 'value'
  /** Something that is there or not; its parts are facts of their own: `new rule "x": …`. */
  | 'entry'
  /** One of several that belong to a list without order: `added to the holidays: 2026-12-24`. */
  | 'member'
  /** The text of a mail: the changed lines. */
  | 'text'
  /** The order of a list, whose value is `Placed` entries. */
  | 'order';

export interface Fact {
  /** Where it stands in the document: `scoring.rules[click].points`. */
  readonly path: string;
  readonly style: FactStyle;
  /** Stands before the change where no scope says what it is about: `Calendar`. */
  readonly topic?: string;
  /** What it is a fact about, so that `${label} ${words}` reads well. */
  readonly label: string;
  /** Compared as JSON. */
  readonly value: unknown;
  readonly words: string;
  /** The path of the entry that it is a part of. */
  readonly within?: string;
  /** How it is called when the other intent changes in the same way. */
  readonly bothIntents?: { readonly path: string; readonly label: string };
}

/** A fact that differs between two definitions. Null where there is no such fact. */
export interface FactChange {
  readonly fact: Fact;
  readonly before: string | null;
  readonly after: string | null;
  /** The values as JSON, to tell whether two sources change in the same way. */
  readonly key: string;
}

export type Facts = ReadonlyMap<string, Fact>;

export const factsByPath = (facts: readonly Fact[]): Facts => new Map(facts.map((fact) => [fact.path, fact]));

/** For a compile-time promise that no field was forgotten: what is left after taking the known ones must be empty. */
export function nothingElse(_rest: Record<string, never>): void {}

/** Every fact that differs, in the order of the document. A part of an entry that is new or gone is not told beside it. */
export function compareFacts(before: Facts, after: Facts): FactChange[] {
  const paths = [...after.keys(), ...[...before.keys()].filter((path) => !after.has(path))];
  const changes = paths
    .map((path) => compareFact(path, before, after))
    .filter((change): change is FactChange => change !== null);
  // What went stands beside what stayed of the same part of the document.
  const parts = [...new Set([...after.keys(), ...before.keys()].map(partOf))];
  const rank = new Map(parts.map((part, index) => [part, index]));
  const rankOf = ({ fact }: FactChange): number => rank.get(partOf(fact.path)) ?? 0;
  return changes.sort((one, other) => rankOf(one) - rankOf(other));
}

/** A list is one part, and so are two steps of keys. */
const partOf = (path: string): string => {
  const bracket = path.indexOf('[');
  return path
    .split('.', 2)
    .join('.')
    .slice(0, bracket === -1 ? undefined : bracket);
};

function compareFact(path: string, before: Facts, after: Facts): FactChange | null {
  const was = before.get(path);
  const is = after.get(path);
  const fact = is ?? was;
  if (!fact) return null;
  const { within } = fact;
  if (within !== undefined && before.has(within) !== after.has(within)) return null;
  if (was && is) {
    if (fact.style === 'entry' || fact.style === 'member') return null;
    if (fact.style === 'order') return compareOrder(was, is);
  } else if (fact.style === 'order') return null;
  const [old, now] = [was, is].map((one) => JSON.stringify(one?.value ?? null));
  if (old === now) return null;
  // Different values may read the same (`1` and `"1"`): then they are shown as they are written.
  const same = was?.words === is?.words;
  const words = (one: Fact | undefined) => one && (same ? JSON.stringify(one.value) : one.words);
  return { fact, before: words(was) ?? null, after: words(is) ?? null, key: `${old} ${now}` };
}

/** An entry of a list whose order decides: what it is known by, and what people call it. */
export interface Placed {
  readonly id: string;
  readonly name: string;
}

/** New and gone entries are told elsewhere: only the order of those that stayed counts, and only where it differs. */
function compareOrder(was: Fact, is: Fact): FactChange | null {
  const [all, allNow] = [was.value as readonly Placed[], is.value as readonly Placed[]];
  const stayed = (list: readonly Placed[], other: readonly Placed[]): Placed[] => {
    const ids = new Set(other.map(({ id }) => id));
    return list.filter(({ id }) => ids.has(id));
  };
  const [old, now] = [stayed(all, allNow), stayed(allNow, all)];
  const moved = (index: number): boolean => old[index]?.id !== now[index]?.id;
  const places = [...old.keys()].filter(moved);
  const [first, last] = [places[0], places.at(-1)];
  if (first === undefined || last === undefined) return null;
  const names = (list: readonly Placed[]): string =>
    list
      .slice(first, last + 1)
      .map(({ name }) => name)
      .join(', ');
  const ids = [old, now].map((list) => list.slice(first, last + 1).map(({ id }) => id));
  return { fact: is, before: names(old), after: names(now), key: JSON.stringify(ids) };
}

const NONE = 'none';

/** One change as a clause without its scope. A `note` (who is left out) ends the first line. */
export function changeWords(
  { fact, before, after }: Pick<FactChange, 'fact' | 'before' | 'after'>,
  note = '',
): string {
  const { style } = fact;
  const topic = fact.topic === undefined ? '' : `${fact.topic}: `;
  const label = `${topic}${fact.label}`;
  switch (style) {
    case 'entry':
      return after === null
        ? `${label} removed: ${before}${note}`
        : `${topic}new ${fact.label}: ${after}${note}`;
    case 'member':
      return after === null
        ? `${topic}removed from the ${fact.label}: ${before}${note}`
        : `${topic}added to the ${fact.label}: ${after}${note}`;
    case 'text': {
      const { summary, lines } = lineChanges(before ?? '', after ?? '');
      return [`${label}: ${summary}${note}`, ...lines.map((line) => `  ${line}`)].join('\n');
    }
    case 'value':
    case 'order':
      return `${label} ${before ?? NONE} → ${after ?? NONE}${note}`;
  }
}

/** How a source differs from the defaults, as a clause. */
export function insteadWords({ fact, before, after }: FactChange): string {
  const { label, style } = fact;
  switch (style) {
    case 'entry':
      return after === null ? `no ${label}` : `with ${label} (${after})`;
    case 'member':
      return after === null ? `${label}: not ${before}` : `${label}: also ${after}`;
    case 'text':
      return `its own ${label}`;
    case 'value':
    case 'order':
      return `${label} ${after ?? NONE} instead of ${before ?? NONE}`;
  }
}

/** Changes that read as one: both intents in the same way, several members of one list in the same direction. */
export function mergeChanges<T extends FactChange>(
  changes: readonly T[],
  noteOf: (change: T) => string,
): T[] {
  const merged: T[] = [];
  for (const change of changes) {
    const twin = merged.findIndex((other) => areTwins(other, change) && noteOf(other) === noteOf(change));
    const found = merged[twin];
    if (!found) merged.push(change);
    else if (change.fact.style === 'member') merged[twin] = joined(found, change);
    else
      merged[twin] = { ...found, fact: { ...found.fact, ...found.fact.bothIntents, bothIntents: undefined } };
  }
  return merged.map((change) =>
    change.fact.style === 'member'
      ? { ...change, fact: { ...change.fact, path: listPath(change.fact.path) } }
      : change,
  );
}

const listPath = (path: string): string => path.slice(0, path.indexOf('['));

function areTwins(one: FactChange, other: FactChange): boolean {
  if (one.fact.style === 'member' && other.fact.style === 'member') {
    const sameWay = (one.after === null) === (other.after === null);
    return sameWay && listPath(one.fact.path) === listPath(other.fact.path);
  }
  const both = one.fact.bothIntents?.path;
  return both !== undefined && both === other.fact.bothIntents?.path && one.key === other.key;
}

function joined<T extends FactChange>(one: T, other: T): T {
  const both = (first: string | null, second: string | null) =>
    first === null || second === null ? null : `${first}, ${second}`;
  return { ...one, before: both(one.before, other.before), after: both(one.after, other.after) };
}
