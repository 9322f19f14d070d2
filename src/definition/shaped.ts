/** Reads a YAML text into the shape of a schema made of fields, or into all that is wrong with it, each with its place. */
import type { z } from 'zod';
import { closest, error, type Fault, type Finding, type Path } from './faults.js';
import { type FieldParams, isRecord } from './field.js';
import { readYaml } from './positions.js';

interface Shaped<T> {
  /** Absent when a field has the wrong shape; present with faults when only keys were unknown or stood there twice. */
  readonly draft?: T;
  readonly faults: readonly Fault[];
  place(finding: Finding): Fault;
}

/** Never throws: whatever the text is, the answer says what is wrong with it. */
export function readShaped<T>(text: string, schema: z.ZodType<T>): Shaped<T> {
  const { value, faults, place } = readYaml(text);
  if (faults.some(({ message }) => message.startsWith('not valid YAML')) || value === undefined) {
    return { faults, place };
  }
  const first = schema.safeParse(value);
  if (first.success) return { draft: first.data, faults, place };
  const { issues } = first.error;
  const all = [...faults, ...issues.flatMap((issue) => findingsOf(issue, value, schema)).map(place)];
  // With the unknown keys out of the way the rest can still be judged, so that everything is said at once.
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') removeKeys(value, issue.path, issue.keys);
  }
  const second = schema.safeParse(value);
  return { ...(second.success && { draft: second.data }), faults: all, place };
}

function findingsOf(issue: z.core.$ZodIssue, root: unknown, schema: z.ZodType): Finding[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const value = valueAt(root, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(schema, path);
      return issue.keys.map((key) => ({
        ...error([...path, key], 'unknown key', `one of ${known.join(', ')}`, closest(key, known)),
        atKey: true,
      }));
    }
    case 'custom': {
      const { expected, options } = issue.params as unknown as FieldParams;
      const meant = typeof value === 'string' && options ? closest(value, options) : undefined;
      return [unexpected(path, value, expected, meant)];
    }
    case 'invalid_key':
      return issue.issues.map((inner) => ({
        ...error(path, `${show(path.at(-1))} is no name that can stand here`, expectedOf(inner)),
        atKey: true,
      }));
    case 'invalid_type':
      return [unexpected(path, value, issue.expected === 'array' ? 'a list' : 'keys and values')];
    case 'too_small':
      return [error(path, 'the list is empty', `at least ${issue.minimum} entry`)];
    case 'too_big':
      return [error(path, 'the list is too long', `at most ${issue.maximum} entries`)];
    default:
      return [error(path, issue.message, 'something else')];
  }
}

function unexpected(path: Path, value: unknown, expected: string, didYouMean?: string): Finding {
  if (value === undefined) return error(path, 'is missing', expected);
  return error(path, value === null ? 'is empty' : `cannot be ${show(value)}`, expected, didYouMean);
}

function expectedOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'custom' ? (issue.params as unknown as FieldParams).expected : issue.message;
}

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return `{ ${Object.keys(value).slice(0, 5).join(', ')} }`;
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return shown.length > 60 ? `${shown.slice(0, 57)}…` : shown;
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined,
    root,
  );
}

function removeKeys(root: unknown, path: readonly PropertyKey[], keys: readonly string[]): void {
  const holder = valueAt(
    root,
    path.map((part) => (typeof part === 'number' ? part : String(part))),
  );
  if (isRecord(holder)) for (const key of keys) delete holder[key];
}

/** The keys that the schema knows at a path. */
function keysAt(schema: z.core.$ZodType, path: Path): readonly string[] {
  let current = unwrap(schema);
  for (const part of path) {
    const { shape, element, valueType } = (current._zod as { def: SchemaDef }).def;
    const inner: z.core.$ZodType | undefined = shape?.[String(part)] ?? element ?? valueType;
    if (!inner) return [];
    current = unwrap(inner);
  }
  return Object.keys((current._zod as { def: SchemaDef }).def.shape ?? {});
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
