import type { Command } from 'commander';
import type { CliIo } from '../io.js';

/** `baton definition schema`: the language for editors; needs no gateway. */
export function registerDefinitionSchema(definition: Command, io: CliIo): void {
  definition
    .command('schema')
    .description('print the JSON Schema of definitions, for editors')
    .action(async () => {
      const { definitionJsonSchema } = await import('../../definition/json-schema.js');
      io.out(JSON.stringify(definitionJsonSchema(), null, 2));
    });
}
