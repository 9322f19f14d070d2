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
  visit,
} from 'yaml';
import type { Fault, Finding, Path } from './faults.js';
import { pathText } from './faults.js';

/** A definition of a large team has a few hundred lines. */
const DOCUMENT_CHARACTERS_MAX = 262_144;
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

export function readYaml(text: string): ReadYaml {
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
  // Building the tree is recursive; the token stream is not, so depth is measured there first.
  if (depthExceeds(text, DEPTH_MAX)) {
    return refuse(`the document is nested deeper than ${DEPTH_MAX} levels`, 'a flatter document');
  }
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    uniqueKeys: true,
    merge: false,
  });
  const at = (offset: number) => positionAt(lines, offset);
  const faults: Fault[] = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    severity: 'error',
    ...at(pos[0]),
    path: '',
    message: code === 'DUPLICATE_KEY' ? 'this key stands here a second time' : `not valid YAML: ${message}`,
    expected: code === 'DUPLICATE_KEY' ? 'every key once' : 'valid YAML',
  }));
  const place = (finding: Finding): Fault => toFault(finding, at(offsetOf(document, finding)));
  faults.push(...scalarFindings(document).map(place));
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

/** The offset of what a finding speaks of, or of the nearest thing around it that exists. */
function offsetOf(document: Document, finding: Finding): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, part] of finding.path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(
        ({ key }) => isScalar(key) && String(key.value) === String(part),
      );
      if (!pair) return offset;
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
      return offset;
    }
  }
  return offset;
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
