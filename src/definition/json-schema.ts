/** The language as JSON Schema, for editors: made from the schema that documents are read with. */
import { z } from 'zod';
import { BUILTIN_CALENDAR, BUILTIN_REST, BUILTIN_SECTION } from './builtin.js';
import { annotations, isRecord, type JsonSchema, written } from './field.js';
import { documentSchema } from './schema.js';

/** What holds where a document says nothing, in the shape of a draft. */
const BUILTIN = {
  ...BUILTIN_REST,
  calendar: BUILTIN_CALENDAR,
  defaults: BUILTIN_SECTION,
  routing: { ladder: BUILTIN_REST.ladder, queue: { alert: 'managers' } },
};

/**
 * JSON Schema, draft 7 (which editors know best). It refuses nothing that the check accepts; what it cannot say (real
 * time zones, dates that exist, three decimals, and everything about meaning) only the check finds.
 */
export function definitionJsonSchema(): JsonSchema {
  const defaults = new Map<unknown, unknown>();
  collectDefaults(documentSchema, BUILTIN, defaults);
  const { $schema, ...schema } = z.toJSONSchema(documentSchema, {
    target: 'draft-07',
    io: 'input',
    metadata: annotations,
    override: ({ zodSchema, jsonSchema }) => {
      if (defaults.has(zodSchema)) Object.assign(jsonSchema, { default: defaults.get(zodSchema) });
    },
  });
  return {
    $schema,
    title: 'Baton handoff definition',
    description: 'One document in which marketing and sales agree on when a lead becomes sales’ business.',
    ...(helpful(schema) as JsonSchema),
  };
}

type Shape = Readonly<Record<string, z.core.$ZodType>>;

/** Notes, for each key that has a single value or a list of such, what the built-in definition would write there. */
function collectDefaults(schema: z.core.$ZodType, value: unknown, found: Map<unknown, unknown>): unknown {
  const { shape, element, innerType } = schema._zod.def as {
    readonly shape?: Shape;
    readonly element?: z.core.$ZodType;
    readonly innerType?: z.core.$ZodType;
  };
  if (innerType) {
    const plain = value === null ? null : collectDefaults(innerType, value, found);
    if (plain !== undefined) found.set(schema, plain);
    return plain;
  }
  if (shape && isRecord(value)) {
    for (const [name, inner] of Object.entries(shape)) {
      if (value[name] !== undefined) collectDefaults(inner, value[name], found);
    }
    return undefined;
  }
  if (element && Array.isArray(value)) {
    const items = value.map((item) => collectDefaults(element, item, new Map()));
    return items.includes(undefined) ? undefined : items;
  }
  return written(schema, value);
}

/** Puts what a value is expected to be where editors show it: into the hover text, and into the fault of a pattern. */
export function helpful(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(helpful);
  if (!isRecord(node)) return node;
  const { expected, suggested, ...rest } = node;
  const plain = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, helpful(value)]));
  if (Array.isArray(suggested)) plain.examples = suggested;
  if (typeof expected !== 'string') return expected === undefined ? plain : { ...plain, expected };
  const { description } = rest;
  return {
    ...plain,
    description: typeof description === 'string' ? `${description}\n\nWritten: ${expected}.` : `${expected}.`,
    ...(rest.pattern !== undefined && { patternErrorMessage: `Expected ${expected}.` }),
  };
}
