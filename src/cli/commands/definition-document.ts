import { readFile, writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { DefinitionDocument } from '../../definition/describe-model.js';
import { type ClientOptions, connect, withClient } from '../context.js';
import { CliError, describeError, EXIT, usageError } from '../errors.js';
import { count } from '../format.js';
import type { CliIo } from '../io.js';

const FORMATS = ['markdown', 'html', 'json'] as const;
type Format = (typeof FORMATS)[number];

interface Options extends ClientOptions {
  readonly source?: string;
  readonly format?: Format;
  readonly out?: string;
  readonly on?: string;
}

/** A file that is called so must be named with its folder: `./3`. */
const VERSION = /^(current|[1-9]\d{0,8}|d_[0-9a-z]{1,60})$/;

async function write(io: CliIo, name: string, options: Options): Promise<void> {
  if (options.on !== undefined && !isDay(options.on))
    throw usageError(`--on must be a day such as 2026-11-25 (it is ${JSON.stringify(options.on)})`);
  const document = VERSION.test(name) ? await asked(io, name, options) : await read(io, name, options);
  const text = await rendered(document, formatOf(options));
  if (options.out === undefined) return io.out(text.replace(/\n$/, ''));
  const path = resolve(io.cwd, options.out);
  await writeFile(path, text).catch((error: unknown) => {
    throw new CliError(describeError(error));
  });
  io.err(`wrote ${relative(io.cwd, path) || path}`);
}

function isDay(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true
  );
}

function formatOf({ format, json, out }: Options): Format {
  if (format) return format;
  if (json) return 'json';
  return out?.endsWith('.html') ? 'html' : out?.endsWith('.json') ? 'json' : 'markdown';
}

async function rendered(document: DefinitionDocument, format: Format): Promise<string> {
  if (format === 'json') return `${JSON.stringify(document, null, 2)}\n`;
  if (format === 'html') return (await import('../../console/definition-page.js')).definitionPage(document);
  return (await import('../../definition/describe-markdown.js')).documentMarkdown(document);
}

function asked(io: CliIo, version: string, options: Options): Promise<DefinitionDocument> {
  const { source = '*', on } = options;
  return connect(io, options).get<DefinitionDocument>(`/v1/definitions/${version}/document`, {
    source,
    format: 'json',
    on,
  });
}

async function read(io: CliIo, name: string, options: Options): Promise<DefinitionDocument> {
  const path = resolve(io.cwd, name);
  const file = relative(io.cwd, path) || name;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CliError(
      [describeError(error), 'Name a file, or a version: its number, current, or the id of a draft.'],
      EXIT.usage,
    );
  });
  const { checkDefinition } = await import('../../definition/check.js');
  const { formatFault } = await import('../../definition/faults.js');
  const { contentHash } = await import('../../definition/content-hash.js');
  const { describeAll, describedSources, describeSource } = await import('../../definition/describe.js');
  const today = options.on ?? new Date().toISOString().slice(0, 10);
  const { definition, faults } = checkDefinition(text, { file, today });
  if (!definition) {
    const errors = faults.filter(({ severity }) => severity === 'error');
    throw new CliError([
      `${file} has ${count(errors.length, 'error')}; it can be read as a document once they are mended`,
      ...errors.map((fault) => formatFault(fault, file)),
    ]);
  }
  const version = {
    number: null,
    hash: contentHash(text),
    label: `${file}, not published`,
    signed: definition.signedOffBy,
    note: null,
  };
  const { source } = options;
  if (source === undefined || source === '*') return describeAll(definition, version, { today });
  const sources = describedSources(definition);
  if (sources.includes(source)) return describeSource(definition, version, source, { today });
  throw usageError(`${file} has no source ${JSON.stringify(source)}; it has ${sources.join(', ')}`);
}

/** `baton definition document`: a file needs no gateway. */
export function registerDefinitionDocument(definition: Command, io: CliIo): void {
  withClient(definition.command('document <file|version>'))
    .description(
      'the definition as both teams read it: what hands a lead off, what happens, by when, with examples',
    )
    .option('--source <id>', 'the page of one source only (`default`: any other source)')
    .addOption(new Option('--format <format>', 'else by the ending of --out, else markdown').choices(FORMATS))
    .option('--out <file>', 'write to this file')
    .option('--on <day>', 'the examples happen after this day, such as 2026-11-25 (else today)')
    .action((name: string, options: Options) => write(io, name, options));
}
