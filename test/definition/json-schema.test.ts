import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { checkDefinition } from '../../src/definition/check.js';
import { definitionJsonSchema } from '../../src/definition/json-schema.js';
import { documentSchema } from '../../src/definition/schema.js';

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const sample = parse(read('../../definitions/sample.yaml')) as unknown;
const schema = definitionJsonSchema();
const validate = new Ajv({ strict: false }).compile(schema);

type Path = readonly (string | number)[];
type Node = Record<string | number, unknown>;

/** Every path of a document, without the document itself. */
function pathsOf(node: unknown, path: Path = []): Path[] {
  if (typeof node !== 'object' || node === null) return [];
  const keys = Array.isArray(node) ? [...node.keys()] : Object.keys(node);
  return keys.flatMap((key) => [[...path, key], ...pathsOf((node as Node)[key], [...path, key])]);
}

function changed(path: Path, change: (holder: Node, key: string | number) => void): unknown {
  const copy = structuredClone(sample);
  const holder = path.slice(0, -1).reduce<unknown>((node, key) => (node as Node)[key], copy);
  change(holder as Node, path.at(-1)!);
  return copy;
}

/** Short lists of values of every kind, right nowhere or right somewhere else. */
const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  2.5,
  0.0001,
  0.1234567,
  1e9,
  '',
  ' ',
  'some text',
  'x'.repeat(301),
  'x*'.repeat(101),
  'tab\there',
  'a\u0000b',
  'yes',
  '50',
  '3 days',
  '3bd',
  '30s',
  '0s',
  '36h',
  '7d',
  '366d',
  '9999d',
  '99999d',
  '2026-12-25',
  '2026-13-01',
  '2026-02-30',
  '09:00',
  '24:00',
  '25:00',
  'UTC',
  'Mars/Olympus',
  '+01:00',
  'page.viewed',
  'custom.seat_added',
  'sales.activity',
  '/blog/**',
  'high',
  [],
  [null],
  ['call'],
  ['x', 2, true],
  {},
  { x: 1 },
  { businessDays: 0 },
  { businessDays: 2 },
  { businessDays: 261 },
  { businessDays: 1.5 },
  { present: 'yes' },
  { atLeast: 5, atMost: 9 },
  { atLeast: 9, atMost: 5 },
  { equals: ['x'] },
  { glob: '' },
  { id: 'x', off: true },
  [{ id: 'x' }],
];

interface Mutant {
  readonly path: Path;
  readonly what: string;
  readonly value?: unknown;
  readonly document: unknown;
}

function mutants(): Mutant[] {
  return pathsOf(sample).flatMap((path): Mutant[] => [
    {
      path,
      what: 'without',
      document: changed(path, (holder, key) => {
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else delete holder[key];
      }),
    },
    ...(typeof path.at(-1) === 'string'
      ? [
          {
            path,
            what: 'misspelt',
            document: changed(path, (holder, key) => {
              holder[`${key}s`] = holder[key];
              delete holder[key];
            }),
          },
        ]
      : []),
    ...VALUES.map((value) => ({
      path,
      what: 'given',
      value,
      document: changed(path, (holder, key) => {
        holder[key] = value;
      }),
    })),
  ]);
}

/** What JSON Schema has no words for; the check alone finds it. */
const BEYOND_JSON_SCHEMA: readonly { readonly why: string; readonly values: readonly unknown[] }[] = [
  { why: 'time zones that exist', values: ['Mars/Olympus'] },
  { why: 'dates that exist', values: ['2026-02-30'] },
  { why: 'points with three decimals, shares with six', values: [0.0001, 0.1234567] },
  { why: 'half-lives in whole days', values: ['36h', '30s'] },
  { why: 'durations of ten years at most', values: ['9999d'] },
];

describe('the JSON Schema', () => {
  it('is what stands in definitions/handoff-definition.schema.json', () => {
    const file = JSON.parse(read('../../definitions/handoff-definition.schema.json')) as unknown;
    expect(file, 'stale: baton definition schema > definitions/handoff-definition.schema.json').toEqual(
      JSON.parse(JSON.stringify(schema)),
    );
  });

  it('accepts the sample and the example of the reference', () => {
    expect([sample, parse(read('./reference-example.yaml'))].map((document) => validate(document))).toEqual([
      true,
      true,
    ]);
  });

  const all = mutants().map((mutant) => ({
    ...mutant,
    bySchema: validate(mutant.document),
    byShape: documentSchema.safeParse(mutant.document).success,
  }));

  it('refuses nothing that the check accepts, whatever one key holds', () => {
    const tooStrict = all.filter(
      ({ bySchema, byShape, document }) => !bySchema && byShape && checkDefinition(stringify(document)).ok,
    );
    expect(tooStrict.map(({ path, what, value }) => [path.join('.'), what, value])).toEqual([]);
    expect(all.length).toBeGreaterThan(10_000);
  }, 60_000);

  it('refuses what the check refuses by shape, but for what JSON Schema cannot say', () => {
    const known = new Set(BEYOND_JSON_SCHEMA.flatMap(({ values }) => values));
    const tooLax = all.filter(({ bySchema, byShape, value }) => bySchema && !byShape && !known.has(value));
    expect(tooLax.map(({ path, what, value }) => [path.join('.'), what, value])).toEqual([]);
    for (const { why, values } of BEYOND_JSON_SCHEMA) {
      const met = all.some(({ bySchema, byShape, value }) => bySchema && !byShape && values.includes(value));
      expect(met, why).toBe(true);
    }
  });

  it('describes every key, and knows what holds when one is left out', () => {
    const bare: string[] = [];
    const walk = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [name, inner] of Object.entries(node)) {
        if (name === 'properties') {
          for (const [key, { description, allOf }] of Object.entries(inner as Record<string, Node>)) {
            if (typeof description !== 'string' && !allOf) bare.push(`${path}.${key}`);
          }
        }
        walk(inner, `${path}.${name}`);
      }
    };
    walk(schema, '');
    expect(bare).toEqual([]);
    const { scoring, handoff, triggers } = schema.definitions as Record<
      string,
      { properties: Record<string, Node> }
    >;
    expect(scoring!.properties.threshold!.default).toBe(50);
    expect(scoring!.properties.halfLife!.default).toBe('30d');
    expect(triggers!.properties.freshness!.default).toBe('1d');
    expect(triggers!.properties.explicit!.default).toEqual(['demo', 'quote', 'trial', 'contact', 'meeting']);
    expect(handoff!.properties.sla).toMatchObject({
      properties: { firstActivityWithin: { default: { businessDays: 3 } } },
    });
  });

  it('its defaults are the built-in ones: a document that says them all means the same', () => {
    const said = defaultsOf(schema) as object;
    const written = stringify({ ...said, format: 1, name: 'X' });
    const { definition, faults } = checkDefinition(written);
    expect(faults).toEqual([]);
    expect(definition).toEqual(checkDefinition('format: 1\nname: X\n').definition);
  });
});

/** The default of every key that has one, in the shape of a document; those of a source are the same again. */
function defaultsOf(node: Node): unknown {
  const shared = (reference: unknown) =>
    (schema.definitions as Record<string, Node>)[String(reference).replace('#/definitions/', '')]!;
  const { allOf, anyOf, properties } = node as {
    allOf?: Node[];
    anyOf?: Node[];
    properties?: Record<string, Node>;
  };
  if (node.default !== undefined) return node.default;
  if (node.$ref !== undefined) return defaultsOf(shared(node.$ref));
  if (allOf) return defaultsOf(allOf[0]!);
  if (anyOf) return anyOf[0]!.properties ? defaultsOf(anyOf[0]!) : undefined;
  if (!properties) return undefined;
  const said = Object.entries(properties).flatMap(([key, inner]) => {
    const value = key === 'byIntent' ? undefined : defaultsOf(inner);
    return value === undefined ? [] : [[key, value]];
  });
  return said.length > 0 ? Object.fromEntries(said) : undefined;
}
