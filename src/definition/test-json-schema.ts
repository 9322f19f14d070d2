/** The language of tests as JSON Schema, for editors: made from the schema that files of tests are read with. */
import { z } from 'zod';
import { annotations, type JsonSchema } from './field.js';
import { helpful } from './json-schema.js';
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
    ...(helpful(schema) as JsonSchema),
  };
}
