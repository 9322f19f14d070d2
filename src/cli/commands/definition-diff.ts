import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { HandoffDefinition } from '../../definition/document.js';
import type { GatewayClient } from '../client.js';
import { answer, type ClientOptions, connect, withClient } from '../context.js';
import { CliError, describeError, EXIT } from '../errors.js';
import { printable } from '../format.js';
import type { CliIo } from '../io.js';

/** What the gateway knows by itself: a version's number, the newest one, a draft. All else is a file. */
const AT_THE_GATEWAY = /^(current|[1-9]\d{0,8}|d_[0-9a-z]{1,60})$/;

interface Document {
  readonly name: string;
  readonly text: string;
  /** A published version was checked when it was published; a later Baton may be stricter. */
  readonly published: boolean;
}

async function documentOf(io: CliIo, name: string, client: GatewayClient | null): Promise<Document> {
  if (client && AT_THE_GATEWAY.test(name)) {
    const { document } = await client.get<{ document: string }>(`/v1/definitions/${name}`);
    const draft = name.startsWith('d_');
    const told = draft ? `draft ${name}` : name === 'current' ? 'the current version' : `version ${name}`;
    return { name: told, text: document, published: !draft };
  }
  const path = resolve(io.cwd, name);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const hint = 'Name a file, the number of a version, `current`, or the id of a draft.';
    throw new CliError([describeError(error), hint], EXIT.usage);
  });
  return { name: relative(io.cwd, path) || name, text, published: false };
}

async function read({ name, text, published }: Document): Promise<HandoffDefinition> {
  const { checkDefinition, formatFault, readDefinition } = await import('../../definition/check.js');
  if (published) return readDefinition(text);
  const { definition, faults } = checkDefinition(text);
  if (definition) return definition;
  const errors = faults.filter(({ severity }) => severity === 'error');
  throw new CliError([
    `${name} has errors; correct them before comparing`,
    ...errors.map((fault) => printable(formatFault(fault, name))),
  ]);
}

async function diff(io: CliIo, before: string, after: string, options: ClientOptions): Promise<void> {
  const remote = [before, after].some((name) => AT_THE_GATEWAY.test(name));
  const client = remote ? connect(io, options) : null;
  const [old, now] = [await documentOf(io, before, client), await documentOf(io, after, client)];
  const { diffDefinitions, diffLines } = await import('../../definition/diff.js');
  const changes = diffDefinitions(await read(old), await read(now));
  answer(io, options, { before: old.name, after: now.name, changes }, (told) =>
    diffLines(told.changes).map(printable),
  );
}

/** `baton definition diff`: two files need no gateway. */
export function registerDefinitionDiff(definition: Command, io: CliIo): void {
  withClient(definition.command('diff <before> <after>'))
    .description('what changes from one definition to another, in words')
    .addHelpText(
      'after',
      '\nEach is a file, the number of a published version, `current`, or the id of a draft (d_…).\nA file with such a name is written ./current.',
    )
    .action((before: string, after: string, options: ClientOptions) => diff(io, before, after, options));
}
