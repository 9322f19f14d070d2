/** The language of tests as JSON Schema, for editors: made from the schema that files of tests are read with. */
import { z } from 'zod';
import { annotations, isRecord, type JsonSchema } from './field.js';
import { testFileSchema } from './test-language.js';

/** JSON Schema, draft 7. What belongs to which event, and names of the definition, only the run finds. */
export function definitionTestsJsonSchema(): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(testFileSchema, {
    target: 'draft-07',
    io: 'input',
    metadata: annotations,
  });
  return {
    $schema,
    title: 'Tests of a Baton handoff definition',
    description: 'Given these events at these times, expect this handoff at that instant.',
    ...(explained(schema) as JsonSchema),
  };
}

/** What a value is expected to be goes into the hover text of editors. */
function explained(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(explained);
  if (!isRecord(node)) return node;
  const { expected, ...rest } = node;
  const plain = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, explained(value)]));
  if (typeof expected !== 'string')
    return node.expected === undefined ? plain : { ...plain, expected: explained(expected) };
  const { description } = rest;
  return {
    ...plain,
    description: typeof description === 'string' ? `${description}\n\nWritten: ${expected}.` : `${expected}.`,
  };
}
