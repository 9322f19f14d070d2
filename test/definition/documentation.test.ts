/** docs/definition-keys.md is made from the schema: `npx vitest run --project fast test/definition/documentation.test.ts -u`. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { definitionJsonSchema } from '../../src/definition/json-schema.js';

interface Node {
  readonly description?: string;
  readonly default?: unknown;
  readonly $ref?: string;
  readonly allOf?: readonly Node[];
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | false;
}

const schema = definitionJsonSchema() as unknown as Node & {
  readonly definitions: Readonly<Record<string, Node>>;
};
const written = (text = '') => /\n\nWritten: (.*)\.$/s.exec(text)?.[1] ?? '';
const meaning = (text = '') => text.replace(/\n\nWritten: .*$/s, '');

/** The node behind references, and of alternatives the one that says most. */
function resolved(node: Node): Node {
  if (node.$ref) return resolved(schema.definitions[node.$ref.replace('#/definitions/', '')]!);
  if (node.allOf)
    return { ...resolved(node.allOf[0]!), ...(node.description && { description: node.description }) };
  const map = node.anyOf?.find(
    ({ properties, $ref }) => $ref || (properties && !('businessDays' in properties)),
  );
  return map ? { ...resolved(map), ...(node.description && { description: node.description }) } : node;
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('*', '\\*').replaceAll('\n', ' ');

function rows(node: Node, path: string): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, given]) => {
    const inner = resolved(given);
    const here = path === '' ? key : `${path}.${key}`;
    const list = inner.items ? resolved(inner.items) : undefined;
    const value = written(inner.description) || written(given.anyOf?.[0]?.description);
    const kind = list
      ? `a list${list.properties ? '' : ` of: ${(list.description ?? '').replace(/\.$/, '')}`}`
      : value;
    const preset = given.default ?? inner.default;
    const line = `| \`${here}\` | ${cell(meaning(inner.description))} | ${cell(kind)} | ${preset === undefined ? '' : `\`${cell(JSON.stringify(preset))}\``} |`;
    const below = list?.properties
      ? rows(list, `${here}[]`)
      : key === 'where' || key === 'sources'
        ? []
        : rows(inner, here);
    return [line, ...below];
  });
}

const HEAD = ['| key | meaning | written | when left out |', '|---|---|---|---|'];
const table = (lines: readonly string[]) => [...HEAD, ...lines].join('\n');

describe('the documentation', () => {
  it('lists every key, as the schema has it', async () => {
    const { defaults, sources, ...rest } = schema.properties!;
    const text = [
      '# Every key of a handoff definition',
      'Made from the schema that documents are read with. What they mean together is in [definition.md](definition.md).',
      '## The document',
      table(
        rows(
          { properties: { ...rest, sources: sources!, defaults: { description: defaults!.description! } } },
          '',
        ),
      ),
      '## Under `defaults`, and again under each source',
      'A source also has a `title`. What a source leaves out, the defaults say; what the defaults leave out stands in the last column.',
      table(rows(resolved(defaults!), '')),
    ].join('\n\n');
    await expect(`${text}\n`).toMatchFileSnapshot('../../docs/definition-keys.md');
  });

  it('speaks of every key', () => {
    const docs = readFileSync(new URL('../../docs/definition.md', import.meta.url), 'utf8');
    const names = new Set<string>();
    const walk = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [name, inner] of Object.entries(node)) {
        if (name === 'properties') for (const key of Object.keys(inner as object)) names.add(key);
        walk(inner);
      }
    };
    walk(schema);
    expect(names.size).toBeGreaterThan(80);
    expect([...names].filter((name) => !new RegExp(`\\b${name}\\b`).test(docs))).toEqual([]);
  });
});
