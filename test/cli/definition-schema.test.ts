import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { registerDefinitionSchema } from '../../src/cli/commands/definition-schema.js';

it('baton definition schema prints the JSON Schema that the repository holds', async () => {
  const lines: string[] = [];
  const definition = new Command('definition');
  registerDefinitionSchema(definition, {
    out: (line) => void lines.push(line),
    err: () => {},
    redraw: () => {},
    interactive: false,
    columns: 80,
    cwd: '/',
  });
  await definition.parseAsync(['schema'], { from: 'user' });
  const file = new URL('../../definitions/handoff-definition.schema.json', import.meta.url);
  expect(`${lines.join('\n')}\n`).toBe(readFileSync(file, 'utf8'));
});
