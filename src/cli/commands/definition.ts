import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { answer, type CommonOptions, withJson } from '../context.js';
import { CliError, describeError, EXIT } from '../errors.js';
import { count } from '../format.js';
import type { CliIo } from '../io.js';
import { registerDefinitionDiff } from './definition-diff.js';
import { registerDefinitionDocument } from './definition-document.js';
import { registerDefinitionDrafts } from './definition-drafts.js';
import { registerDefinitionSchema } from './definition-schema.js';
import { registerDefinitionTest } from './definition-test.js';
import { registerDefinitionVersions } from './definition-versions.js';

async function check(io: CliIo, name: string, options: CommonOptions): Promise<void> {
  const path = resolve(io.cwd, name);
  const file = relative(io.cwd, path) || name;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CliError(describeError(error), EXIT.usage);
  });
  const { checkDefinition } = await import('../../definition/check.js');
  const { formatFault } = await import('../../definition/faults.js');
  const result = checkDefinition(text, { file, today: new Date().toISOString().slice(0, 10) });
  const errors = result.faults.filter((fault) => fault.severity === 'error').length;
  const warnings = result.faults.length - errors;
  answer(io, options, { file, ...result }, () => [
    ...result.faults.map(
      (fault) => `${formatFault(fault, file)}${fault.severity === 'warning' ? ' [warning]' : ''}`,
    ),
    result.ok
      ? `${file} is valid${warnings > 0 ? `, with ${count(warnings, 'warning')}` : ''}`
      : `${file} has ${count(errors, 'error')}${warnings > 0 ? ` and ${count(warnings, 'warning')}` : ''}`,
  ]);
  if (!result.ok) throw new CliError([]);
}

/** `baton definition …`: `check` needs no gateway. */
export function registerDefinition(program: Command, io: CliIo): void {
  const definition = program.command('definition').description('handoff definitions');
  withJson(definition.command('check <file>'))
    .description('check a definition document; every fault with its place')
    .action((file: string, options: CommonOptions) => check(io, file, options));
  registerDefinitionTest(definition, io);
  registerDefinitionDiff(definition, io);
  registerDefinitionDocument(definition, io);
  registerDefinitionSchema(definition, io);
  registerDefinitionDrafts(definition, io);
  registerDefinitionVersions(definition, io);
}
