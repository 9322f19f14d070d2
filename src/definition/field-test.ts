/** The conditions of a `where`: short forms and long ones. */
import type { FieldTest } from '../domain/definition.js';
import { field, isRecord, type JsonSchema } from './field.js';

const TEST =
  'a value, a list of values, a pattern with *, present, { atLeast: 50 }, { atMost: 200 }, { present: false } or { equals: … }';

const PLAIN = {
  anyOf: [{ type: 'string', maxLength: 300 }, { type: 'number' }, { type: 'boolean' }],
} as const;
const PLAIN_LIST: JsonSchema = { type: 'array', items: PLAIN, minItems: 1, maxItems: 300 };
const GLOB_MAX = 200;
const GLOB: JsonSchema = { type: 'string', minLength: 1, maxLength: GLOB_MAX };

/** A form of condition that is written as a map. */
const form = (
  properties: JsonSchema,
  more: JsonSchema = { required: Object.keys(properties) },
): JsonSchema => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
});

const TEST_SCHEMA: JsonSchema = {
  anyOf: [
    { type: 'string', pattern: '^[^*]*$', maxLength: 300 },
    { ...GLOB, pattern: String.raw`\*` },
    { type: ['number', 'boolean'] },
    PLAIN_LIST,
    form({ present: { type: 'boolean', description: 'Whether the property is there at all.' } }),
    form({ glob: { ...GLOB, description: '** stands for any text, * for any text without a slash.' } }),
    form({ equals: { anyOf: [...PLAIN.anyOf, PLAIN_LIST], description: 'This value, or one of these.' } }),
    form(
      {
        atLeast: { type: 'number', description: 'A number of at least this.' },
        atMost: { type: 'number', description: 'A number of at most this.' },
      },
      { minProperties: 1 },
    ),
  ],
};

/** One condition of a `where`. */
export const fieldTest = () =>
  field<FieldTest>({
    expected: TEST,
    json: TEST_SCHEMA,
    read: readFieldTest,
    lacks: (value) => tooLongPattern(isRecord(value) ? value.glob : value, GLOB_MAX),
  });

/** Says so when a pattern has more characters than are read. */
export function tooLongPattern(value: unknown, max: number): string | undefined {
  if (typeof value !== 'string' || !value.includes('*') || value.length <= max) return undefined;
  return `a pattern of at most ${max} characters, wildcards included; this one has ${value.length}`;
}

function readFieldTest(value: unknown): FieldTest | undefined {
  if (value === 'present') return { present: true };
  if (typeof value === 'string' && value.includes('*')) return readGlob(value);
  if (isPlainValue(value)) return { equals: [value] };
  if (Array.isArray(value)) return readEquals(value);
  if (!isRecord(value)) return undefined;
  const keys = Object.keys(value).sort().join();
  switch (keys) {
    case 'present':
      return typeof value.present === 'boolean' ? { present: value.present } : undefined;
    case 'glob':
      return readGlob(value.glob);
    case 'equals':
      return readEquals(Array.isArray(value.equals) ? value.equals : [value.equals]);
    case 'atLeast':
    case 'atMost':
    case 'atLeast,atMost':
      return readRange(value);
    default:
      return undefined;
  }
}

function readGlob(value: unknown): FieldTest | undefined {
  return typeof value === 'string' && value.length > 0 && value.length <= GLOB_MAX
    ? { glob: value }
    : undefined;
}

function readEquals(values: readonly unknown[]): FieldTest | undefined {
  return values.length > 0 && values.length <= 300 && values.every(isPlainValue)
    ? { equals: values }
    : undefined;
}

function readRange({ atLeast, atMost }: Record<string, unknown>): FieldTest | undefined {
  const bounds = [atLeast, atMost].filter((bound) => bound !== undefined);
  if (!bounds.every((bound) => typeof bound === 'number' && Number.isFinite(bound))) return undefined;
  return {
    ...(typeof atLeast === 'number' && { atLeast }),
    ...(typeof atMost === 'number' && { atMost }),
  };
}

function isPlainValue(value: unknown): value is string | number | boolean {
  return (
    (typeof value === 'string' && value.length <= 300) ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  );
}
