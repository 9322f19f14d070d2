/** What is wrong with a definition, and where. */

/** More than anybody reads; each costs a search for its place. */
export const FAULTS_MAX = 500;

export type Path = readonly (string | number)[];

/** A finding before its place in the text is known. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly path: Path;
  readonly message: string;
  readonly expected: string;
  readonly didYouMean?: string;
  /** Point at the key instead of its value. */
  readonly atKey?: boolean;
  /** Point into the text that stands there: line and column within it, both from 1. */
  readonly within?: { readonly line: number; readonly column: number };
  /** Where in the document, when the path alone does not tell. */
  readonly offset?: number;
  /** What else the finding rests on; `*` stands for any part. Where one of these could not be read, it is not said. */
  readonly restsOn?: readonly Path[];
}

export interface Fault {
  readonly severity: 'error' | 'warning';
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** `sources.webinar.scoring.rules[2].points`; empty for the document as a whole. */
  readonly path: string;
  readonly message: string;
  readonly expected: string;
  readonly didYouMean?: string;
}

/** `file:line:column  path  message (expected …); did you mean …?` */
export function formatFault(fault: Fault, file: string): string {
  const meant = fault.didYouMean === undefined ? '' : `; did you mean ${fault.didYouMean}?`;
  const parts = [
    `${file}:${fault.line}:${fault.column}`,
    fault.path,
    `${fault.message} (expected ${fault.expected})${meant}`,
  ];
  return parts.filter((part) => part !== '').join('  ');
}

export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}

export const error = (path: Path, message: string, expected: string, didYouMean?: string): Finding => ({
  severity: 'error',
  path,
  message,
  expected,
  ...(didYouMean !== undefined && { didYouMean }),
});

export const warning = (path: Path, message: string, expected: string, didYouMean?: string): Finding => ({
  ...error(path, message, expected, didYouMean),
  severity: 'warning',
});

/** Whether a finding can be relied on where some of the document could not be read. */
export function isReliable({ path, restsOn = [] }: Finding, unread: readonly Path[]): boolean {
  return !unread.some((gone) => [path, ...restsOn].some((one) => begins(one, gone) || begins(gone, one)));
}

function begins(path: Path, start: Path): boolean {
  return (
    start.every((part, index) => path[index] === part || path[index] === '*' || part === '*') &&
    start.length <= path.length
  );
}

/** The candidate that `text` is most likely a slip of, if one is close enough. */
export function closest(text: string, candidates: Iterable<string>): string | undefined {
  const wanted = text.toLowerCase().slice(0, 60);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const near = candidate.toLowerCase().slice(0, 60);
    // `monday` for `mon`: too long for a slip, and still no doubt what was meant.
    const distance = near.length > 2 && wanted.startsWith(near) ? 1 : editDistance(wanted, near);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        cell(rows, i - 1, j) + 1,
        (row[j - 1] ?? 0) + 1,
        cell(rows, i - 1, j - 1) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, cell(rows, i - 2, j - 2) + 1);
      }
      row.push(cost);
    }
    rows.push(row);
  }
  return cell(rows, a.length, b.length);
}

const cell = (rows: readonly (readonly number[])[], i: number, j: number): number => rows[i]?.[j] ?? 0;
