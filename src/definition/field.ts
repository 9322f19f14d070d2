/** What every field of a definition is made of: how it reads a value, what it expects, and what editors are told of it. */
import { z } from 'zod';

/** What a failing field tells the one who writes the fault down. */
export interface FieldParams {
  readonly expected: string;
  readonly options?: readonly string[];
  /** A right value that says nothing, to put where a wrong one cannot simply be left out. */
  readonly harmless?: unknown;
}

/** A piece of JSON Schema. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * What JSON Schema is told of a value or a key. Two words are none of its own: `expected` becomes help, `suggested`
 * becomes examples (zod leaves out the examples of what is read by a function).
 */
export const annotations = z.registry<JsonSchema>();

interface FieldSpec<T> {
  readonly expected: string;
  /** The same language as `read`, as far as JSON Schema can say it; never narrower. */
  readonly json: JsonSchema;
  /** Undefined means that the value is not what was expected. */
  readonly read: (value: unknown) => T | undefined;
  /** The inverse of `read`, for values that are kept in another unit than they are written in. */
  readonly write?: (value: T) => unknown;
  readonly options?: readonly string[];
  readonly harmless?: unknown;
  /** What exactly a value lacks that is almost right, instead of all that could stand there. */
  readonly lacks?: (value: unknown) => string | undefined;
}

const writers = new WeakMap<z.core.$ZodType, (value: never) => unknown>();

export function field<T>({ expected, json, read, write, options, harmless, lacks }: FieldSpec<T>) {
  const params: FieldParams = {
    expected,
    ...(options && { options }),
    ...(harmless !== undefined && { harmless }),
  };
  const schema = z.unknown().transform((value, context): T => {
    const result = read(value);
    if (result !== undefined) return result;
    context.addIssue({
      code: 'custom',
      message: 'unexpected',
      params: { ...params, expected: lacks?.(value) ?? expected },
    });
    return z.NEVER;
  });
  writers.set(schema, write ?? ((value: T) => value));
  return schema.register(annotations, { ...json, expected });
}

/** How a document writes a value that a field has read; undefined where `schema` is no field. */
export function written(schema: z.core.$ZodType, value: unknown): unknown {
  return writers.get(schema)?.(value as never);
}

/** Gives a schema a description, and what else JSON Schema should be told. Changes the schema itself. */
export function about<T extends z.ZodType>(schema: T, description: string, more: JsonSchema = {}): T {
  annotations.add(schema, { ...annotations.get(schema), ...more, description });
  return schema;
}

/** Bounds how many keys a map has. */
export function atMostKeys<T extends z.ZodType<object>>(schema: T, max: number) {
  const params: FieldParams = { expected: `at most ${max} entries` };
  const bounded = schema.refine((value) => Object.keys(value).length <= max, {
    params: { ...params },
    abort: true,
  });
  return about(bounded, '', { maxProperties: max });
}

/** A key that may be left out, with what it means. */
export function key<T extends z.ZodType>(schema: T, description: string, more: JsonSchema = {}) {
  return about(schema.optional(), description, more);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
