/** Reads YAML into plain data and remembers where everything stands in the text. */
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml';
import type { Fault, Finding, Path } from './faults.js';
import { error, FAULTS_MAX, pathText } from './faults.js';

/** A definition of a large team has a few hundred lines. */
const DOCUMENT_CHARACTERS_MAX = 262_144;
const LINES_MAX = 10_000;
const DEPTH_MAX = 64;
/** Bounds what repeated references to an anchor may unfold to. */
const ALIASES_MAX = 100;

export interface ReadYaml {
  /** Undefined where the text is no YAML at all. */
  readonly value: unknown;
  readonly faults: readonly Fault[];
  /** Places findings in the text. */
  place(finding: Finding): Fault;
}

export function readYaml(given: string): ReadYaml {
  // Editors count no column for a byte order mark.
  const text = given.replace(/^\uFEFF/, '');
  const lines = new LineCounter();
  const refuse = (message: string, expected: string): ReadYaml => ({
    value: undefined,
    faults: [{ severity: 'error', line: 1, column: 1, path: '', message, expected }],
    place: (finding) => toFault(finding, { line: 1, column: 1 }),
  });
  if (text.length > DOCUMENT_CHARACTERS_MAX) {
    return refuse(
      `the document has ${text.length} characters; at most ${DOCUMENT_CHARACTERS_MAX} are read`,
      'a shorter document',
    );
  }
  const count = text.split('\n').length;
  if (count > LINES_MAX) {
    return refuse(`the document has ${count} lines; at most ${LINES_MAX} are read`, 'a shorter document');
  }
  // Building the tree is recursive; the token stream is not, so depth is measured there first.
  if (depthExceeds(text, DEPTH_MAX)) {
    return refuse(`the document is nested deeper than ${DEPTH_MAX} levels`, 'a flatter document');
  }
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    // The library compares every key with every other; `scalarFindings` finds the same in one pass.
    uniqueKeys: false,
    merge: false,
  });
  const at = (offset: number) => positionAt(lines, offset);
  const faults: Fault[] = [...document.errors, ...document.warnings]
    .slice(0, FAULTS_MAX)
    .map(({ code, message, pos }) => ({
      severity: 'error',
      ...at(pos[0]),
      path: '',
      ...(code === 'MULTIPLE_DOCS'
        ? { message: 'only one document per file: remove the second ---', expected: 'one document' }
        : { message: `not valid YAML: ${message}`, expected: 'valid YAML' }),
    }));
  const place = (finding: Finding): Fault => {
    const { offset, node } = spotOf(document, finding);
    const inside = finding.within && isScalar(node) ? insideOf(text, node, finding.within) : undefined;
    return toFault(finding, at(finding.offset ?? inside ?? offset));
  };
  faults.push(...scalarFindings(document).slice(0, FAULTS_MAX).map(place));
  try {
    return { value: document.toJS({ maxAliasCount: ALIASES_MAX }), faults, place };
  } catch {
    return refuse('the document repeats anchors too often', `at most ${ALIASES_MAX} values from aliases`);
  }
}

function depthExceeds(text: string, max: number): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _token of parser.next(lexeme)) break;
    if (parser.stack.length > 2 * max) return true;
  }
  return false;
}

function positionAt(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function toFault(finding: Finding, position: { line: number; column: number }): Fault {
  const { severity, path, message, expected, didYouMean } = finding;
  return {
    severity,
    ...position,
    path: pathText(path),
    message,
    expected,
    ...(didYouMean !== undefined && { didYouMean }),
  };
}

interface Spot {
  readonly offset: number;
  /** What stands there, when it is what the finding speaks of. */
  readonly node?: unknown;
}

/** What a finding speaks of, or the nearest thing around it that exists. */
function spotOf(document: Document, finding: Finding): Spot {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, part] of finding.path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(
        ({ key }) => isScalar(key) && String(key.value) === String(part),
      );
      if (!pair) return { offset };
      const last = depth === finding.path.length - 1;
      const shown = (last && finding.atKey) || isEmpty(pair.value) ? undefined : startOf(pair.value);
      offset = shown ?? startOf(pair.key) ?? offset;
      // A missing entry is shown at the name of what it is missing from.
      if (!last && (isMap(pair.value) || isSeq(pair.value)) && !pair.value.flow)
        offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number' && node.items[part] !== undefined) {
      node = node.items[part];
      offset = startOf(node) ?? offset;
    } else {
      return { offset };
    }
  }
  return { offset, node };
}

/**
 * The offset of a place within a text, where the document shows the text as it is: in a literal block, or on one line
 * without escapes.
 */
function insideOf(
  text: string,
  { type, value, range }: Scalar,
  { line, column }: NonNullable<Finding['within']>,
): number | undefined {
  if (!range || typeof value !== 'string') return undefined;
  const [start, end] = range;
  if (type === 'BLOCK_LITERAL') {
    const lines = text.slice(start, end).split('\n').slice(1);
    const indent = lines.find((one) => one.trim() !== '')?.search(/\S/) ?? 0;
    const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    return text.indexOf('\n', start) + 1 + before + indent + column - 1;
  }
  const quote = type === 'PLAIN' ? 0 : 1;
  const shown = text.slice(start + quote, end - quote);
  return line === 1 && shown === value ? start + quote + column - 1 : undefined;
}

/** A key with nothing behind it has a value of no length, somewhere after the colon. */
function isEmpty(node: unknown): boolean {
  return isScalar(node) && node.value === null && node.source === '';
}

function startOf(node: unknown): number | undefined {
  if (isPair(node)) return startOf(node.key);
  return (node as Node | null)?.range?.[0];
}

/**
 * YAML reads `012` as twelve and `0x1f` as thirty-one; who writes them in a definition means something else. And a
 * key `__proto__` would be dropped without a word by what reads the data next.
 */
function scalarFindings(document: Document): Finding[] {
  const found: Finding[] = [];
  visit(document, {
    Map(_key, { items }, ancestors) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) found.push(repeated([...pathOf(undefined, ancestors), name], key));
        seen.add(name);
      }
    },
    Pair(_key, { key }, ancestors) {
      const path = pathOf(undefined, ancestors);
      if (isMap(key) || isSeq(key)) {
        const expected = 'text in quotes where it begins with { or [, such as "{{ rep.name }}"';
        found.push({
          severity: 'error',
          path,
          message: 'a list or a map stands where a key should',
          expected,
        });
        return;
      }
      if (!isScalar(key) || key.value !== '__proto__') return;
      found.push({
        severity: 'error',
        path: [...path, '__proto__'],
        message: 'this key is not possible',
        expected: 'another name',
        atKey: true,
      });
    },
    Scalar(key, node, ancestors) {
      if (typeof node.value !== 'number' || node.source === undefined) return;
      if (/^-?(0|[1-9]\d*)(\.\d+)?$/.test(node.source)) return;
      found.push({
        severity: 'error',
        path: pathOf(key, ancestors),
        message: `${node.source} would be read as ${node.value}`,
        expected: 'a plain decimal number such as 12 or 0.5, or text in quotes',
      });
    },
  });
  return found;
}

const repeated = (path: Path, { range }: Scalar): Finding => ({
  ...error(path, 'this key stands here a second time', 'every key once'),
  ...(range && { offset: range[0] }),
});

function pathOf(key: unknown, ancestors: readonly unknown[]): Path {
  const path: (string | number)[] = [];
  for (const [index, ancestor] of ancestors.entries()) {
    if (isPair(ancestor)) path.push(String(isScalar(ancestor.key) ? ancestor.key.value : ancestor.key));
    else if (isSeq(ancestor)) {
      const child = ancestors[index + 1];
      path.push(child === undefined && typeof key === 'number' ? key : ancestor.items.indexOf(child));
    }
  }
  return path;
}
