/** Reads a YAML text into the shape of a schema made of fields, or into all that is wrong with it, each with its place. */
import { z } from 'zod';
import { closest, error, FAULTS_MAX, type Fault, type Finding, type Path } from './faults.js';
import { type FieldParams, isRecord } from './field.js';
import { readYaml } from './positions.js';
import { suggestion } from './suggestion.js';

export interface Shaped<T> {
  /**
   * Absent when the text is no YAML or holds nothing that could be judged. Present with faults, it is what is left
   * when everything faulty is taken out, so that the meaning of the rest can be judged in the same breath.
   */
  readonly draft?: T;
  readonly faults: readonly Fault[];
  /** Where something was taken out or put in its place: what is found there is no fault of the author's. */
  readonly unread: readonly Path[];
  place(finding: Finding): Fault;
}

/** A fault may uncover another one below it; deeper than this nothing is worth judging. */
const REPAIRS_MAX = 8;

/** Never throws: whatever the text is, the answer says what is wrong with it. */
export function readShaped<T>(text: string, schema: z.ZodType<T>): Shaped<T> {
  const { value, faults, place } = readYaml(text);
  if (faults.some(({ message }) => message.startsWith('not valid YAML')) || value === undefined) {
    return { faults, unread: [], place };
  }
  const first = schema.safeParse(value);
  if (first.success) return { draft: first.data, faults, unread: [], place };
  const all = [
    ...faults,
    ...first.error.issues
      .flatMap((issue) => findingsOf(issue, value, schema))
      .slice(0, FAULTS_MAX)
      .map(place),
  ];
  if (!isRecord(value)) return { faults: all, unread: [], place };
  const unread: Path[] = [];
  let result: z.ZodSafeParseResult<T> = first;
  for (let round = 0; !result.success && round < REPAIRS_MAX; round += 1) {
    for (const issue of result.error.issues) unread.push(...repair(value, issue, schema));
    result = schema.safeParse(value);
  }
  return { ...(result.success && { draft: result.data }), faults: all, unread, place };
}

/** Takes what is wrong out of the data, or puts something harmless in its place where it cannot be missing. */
function repair(root: Record<string, unknown>, issue: z.core.$ZodIssue, schema: z.ZodType): Path[] {
  const path = pathOf(issue);
  const key = path.at(-1);
  if (issue.code === 'unrecognized_keys') {
    const holder = valueAt(root, path);
    if (isRecord(holder)) for (const unknown of issue.keys) delete holder[unknown];
    return issue.keys.map((unknown) => [...path, unknown]);
  }
  const holder = valueAt(root, path.slice(0, -1)) as Record<string | number, unknown> | undefined;
  if (holder === undefined || key === undefined) return [path];
  if (issue.code === 'too_small') {
    // Taken out, the list would be missing, and put back empty again: one entry that means nothing lets the rest be judged.
    holder[key] = [harmlessEntry(schema, path)];
    return [path];
  }
  const mayGo = !Array.isArray(holder) && holder[key] !== undefined;
  if (mayGo) delete holder[key];
  else if (issue.code === 'custom') holder[key] = (issue.params as unknown as FieldParams).harmless;
  else holder[key] = issue.code === 'invalid_type' && issue.expected === 'array' ? [] : {};
  return [path];
}

const pathOf = (issue: z.core.$ZodIssue): Path =>
  issue.path.map((part) => (typeof part === 'number' ? part : String(part)));

const A_LIST = 'a list: [ … ], or lines that begin with -';
const KEYS_AND_VALUES = 'keys and values, such as { key: value }';

function findingsOf(issue: z.core.$ZodIssue, root: unknown, schema: z.ZodType): Finding[] {
  const path = pathOf(issue);
  const value = valueAt(root, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(schema, path);
      return issue.keys.slice(0, FAULTS_MAX).map((key) => ({
        ...error(
          [...path, key],
          'unknown key',
          known.length > 0 ? `one of ${known.join(', ')}` : 'no key',
          closest(key, known),
        ),
        atKey: true,
      }));
    }
    case 'custom': {
      const params = issue.params as unknown as FieldParams;
      return [unexpected(path, value, params.expected, suggestion(value, params))];
    }
    case 'invalid_key':
      return issue.issues.map((inner) => ({
        ...error(path, `${show(path.at(-1))} is no name that can stand here`, expectedOf(inner)),
        atKey: true,
      }));
    case 'invalid_type':
      if (issue.expected === 'array') return [unexpected(path, value, A_LIST)];
      return [unexpected(path, value, keysText(keysAt(schema, path)))];
    case 'too_small':
      return [error(path, 'the list is empty', `at least ${issue.minimum} entry`)];
    case 'too_big':
      return [error(path, 'the list is too long', `at most ${issue.maximum} entries`)];
    default:
      return [error(path, issue.message, 'something else')];
  }
}

const keysText = (known: readonly string[]): string =>
  known.length > 0 ? `${KEYS_AND_VALUES}, of ${known.join(', ')}` : KEYS_AND_VALUES;

function unexpected(path: Path, value: unknown, expected: string, didYouMean?: string): Finding {
  if (value === undefined) return error(path, 'is missing', expected);
  return error(path, value === null ? 'is empty' : `cannot be ${show(value)}`, expected, didYouMean);
}

function expectedOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'custom' ? (issue.params as unknown as FieldParams).expected : issue.message;
}

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  const shown = isRecord(value) ? `{ ${entriesText(value)} }` : plain(value);
  return shown.length > 60 ? `${shown.slice(0, 57)}…` : shown;
}

const plain = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : String(value));

function entriesText(value: Record<string, unknown>): string {
  const entries = Object.entries(value).slice(0, 5);
  return entries
    .map(([key, inner]) => (typeof inner === 'object' ? key : `${key}: ${plain(inner)}`))
    .join(', ');
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined,
    root,
  );
}

/** What can stand in a list as an entry that means nothing. */
function harmlessEntry(schema: z.core.$ZodType, path: Path): unknown {
  const element = defAt(schema, path)?.element;
  if (!element) return {};
  const issue = z.core.safeParse(element, undefined).error?.issues[0];
  return issue?.code === 'custom' ? (issue.params as unknown as FieldParams).harmless : {};
}

/** The keys that the schema knows at a path. */
const keysAt = (schema: z.core.$ZodType, path: Path): readonly string[] =>
  Object.keys(defAt(schema, path)?.shape ?? {});

function defAt(schema: z.core.$ZodType, path: Path): SchemaDef | null {
  let current = unwrap(schema);
  for (const part of path) {
    const { shape, element, valueType } = (current._zod as { def: SchemaDef }).def;
    const inner: z.core.$ZodType | undefined = shape?.[String(part)] ?? element ?? valueType;
    if (!inner) return null;
    current = unwrap(inner);
  }
  return (current._zod as { def: SchemaDef }).def;
}

interface SchemaDef {
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly innerType?: z.core.$ZodType;
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const { innerType } = (schema._zod as { def: SchemaDef }).def;
  return innerType ? unwrap(innerType) : schema;
}
