import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Fault } from '../../definition/faults.js';
import type { SuiteFile, SuiteFileResult } from '../../definition/test-suite.js';
import type { ToldTest } from '../../definition/test-words.js';
import { answer, type CommonOptions, withJson } from '../context.js';
import { CliError, describeError, EXIT, usageError } from '../errors.js';
import { count, printable } from '../format.js';
import type { CliIo } from '../io.js';

interface TestOptions extends CommonOptions {
  readonly definition?: string;
  readonly filter?: string;
  readonly schema?: boolean;
}

const TEST_FILE = /\.test\.ya?ml$/;
const FOLDER = 'definitions';

/** `baton definition test`: runs tests of definitions in simulated time; needs no gateway. */
export function registerDefinitionTest(definition: Command, io: CliIo): void {
  withJson(definition.command('test [files...]'))
    .description('run the tests of definitions: files *.test.yaml, or folders that have some')
    .option('--definition <file>', 'test this definition, whatever the files name')
    .option('--filter <text>', 'only tests whose name has this text')
    .option('--schema', 'print the JSON Schema of files of tests, for editors')
    .action((files: readonly string[], options: TestOptions) =>
      options.schema ? printSchema(io) : test(io, files, options),
    );
}

async function printSchema(io: CliIo): Promise<void> {
  const { definitionTestsJsonSchema } = await import('../../definition/test-json-schema.js');
  io.out(JSON.stringify(definitionTestsJsonSchema(), null, 2));
}

async function test(io: CliIo, targets: readonly string[], options: TestOptions): Promise<void> {
  const paths = await testFiles(io, targets, options);
  const { TestSuite } = await import('../../definition/test-suite.js');
  const { formatFault } = await import('../../definition/faults.js');
  const startedMs = performance.now();
  const suite = new TestSuite();
  const wanted = options.filter?.toLowerCase();
  const results: SuiteFileResult[] = [];
  let ran = 0;
  const progress = () => {
    ran += 1;
    if (io.interactive && ran % 100 === 0) io.redraw(`${count(ran, 'test')} …`);
  };
  for (const path of paths) {
    const file = await suiteFile(io, path, options);
    results.push(
      suite.run(file, (name) => wanted === undefined || name.toLowerCase().includes(wanted), progress),
    );
  }
  if (io.interactive && ran >= 100) io.redraw('');
  const summary = summarize(results, performance.now() - startedMs);
  if (summary.tests === 0 && summary.faulty === 0)
    throw usageError(`no test has "${options.filter ?? ''}" in its name`);
  answer(io, options, { ...summary, files: results }, () => [
    ...results.flatMap((result) => fileLines(result, results.length > 1, formatFault)),
    summaryLine(summary),
  ]);
  if (!summary.ok) throw new CliError([]);
}

/** What was asked for, else what stands beside the definition, else what stands in `definitions`. */
async function testFiles(io: CliIo, targets: readonly string[], options: TestOptions): Promise<string[]> {
  const asked =
    targets.length > 0 ? targets : [options.definition === undefined ? FOLDER : dirname(options.definition)];
  const found: string[] = [];
  for (const target of asked) {
    const path = resolve(io.cwd, target);
    const info = await stat(path).catch((error: unknown) => {
      throw new CliError(describeError(error), EXIT.usage);
    });
    if (!info.isDirectory()) found.push(path);
    else {
      const names = (await readdir(path)).filter((name) => TEST_FILE.test(name)).sort();
      if (names.length === 0) throw usageError(`${target} has no file of tests (*.test.yaml)`);
      found.push(...names.map((name) => join(path, name)));
    }
  }
  return [...new Set(found)];
}

async function suiteFile(io: CliIo, path: string, options: TestOptions): Promise<SuiteFile> {
  const { definitionNamedBy } = await import('../../definition/test-suite.js');
  const { readTestFile } = await import('../../definition/test-plan.js');
  const file = relative(io.cwd, path) || basename(path);
  const tests = readTestFile(await readText(path));
  // What cannot be read names no definition.
  if (!tests.draft) return { file, tests, definition: null };
  const named = definitionNamedBy(file, tests.draft);
  if (options.definition === undefined && named === null)
    throw usageError(
      `${file} says no definition, and its name (not *.test.yaml) names none: give --definition`,
    );
  const definitionPath =
    options.definition === undefined
      ? resolve(dirname(path), named ?? '')
      : resolve(io.cwd, options.definition);
  const definitionFile = relative(io.cwd, definitionPath) || basename(definitionPath);
  const text = await readText(definitionPath, `${file} tests ${definitionFile}: `);
  return { file, tests, definition: { file: definitionFile, text } };
}

function readText(path: string, what = ''): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new CliError(`${what}${describeError(error)}`, EXIT.usage);
  });
}

interface Summary {
  readonly ok: boolean;
  readonly tests: number;
  readonly failed: number;
  /** Files that could not be run. */
  readonly faulty: number;
  readonly durationMs: number;
}

function summarize(results: readonly SuiteFileResult[], durationMs: number): Summary {
  const tests = results.flatMap((result) => result.tests);
  const failed = tests.filter(({ ok }) => !ok).length;
  const faulty = results.filter(isFaulty).length;
  const rounded = Math.round(durationMs);
  return { ok: failed === 0 && faulty === 0, tests: tests.length, failed, faulty, durationMs: rounded };
}

function isFaulty({ faults, definitionFaults }: SuiteFileResult): boolean {
  return faults.length > 0 || definitionFaults.some(({ severity }) => severity === 'error');
}

function summaryLine({ tests, failed, faulty, durationMs }: Summary): string {
  const time = durationMs < 1_000 ? `${durationMs} ms` : `${(durationMs / 1_000).toFixed(1)} s`;
  const unread = faulty === 0 ? '' : `, ${count(faulty, 'file')} with faults not run`;
  const outcome =
    failed === 0 ? `${count(tests, 'test')} passed` : `${failed} of ${count(tests, 'test')} failed`;
  return `${outcome}${unread} (${time})`;
}

type FormatFault = (fault: Fault, file: string) => string;

/** Of many files only what failed is listed. */
function fileLines(result: SuiteFileResult, brief: boolean, formatFault: FormatFault): string[] {
  const { file, definition, faults, definitionFaults, tests } = result;
  if (isFaulty(result)) {
    return [
      `✗ ${file} was not run:`,
      ...definitionFaults
        .filter(({ severity }) => severity === 'error')
        .map((fault) => formatFault(fault, definition)),
      ...faults.map((fault) => formatFault(fault, file)),
      '',
    ].map(printable);
  }
  if (tests.length === 0) return [];
  const failed = tests.filter(({ ok }) => !ok).length;
  const outcome =
    failed === 0 ? count(tests.length, 'test') : `${failed} of ${count(tests.length, 'test')} failed`;
  return [
    `${failed === 0 ? '✓' : '✗'} ${file} on ${definition}: ${outcome}`,
    ...tests.filter(({ ok }) => !brief || !ok).flatMap((one) => testLines(one, file)),
    ...(!brief && failed === 0 ? [''] : []),
  ].map(printable);
}

function testLines(test: ToldTest, file: string): string[] {
  if (test.ok) return [`  ✓ ${test.name}`];
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [`      ${title}`, ...lines.map((line) => `        ${line}`)];
  return [
    `  ✗ ${test.name}`,
    ...test.failures.flatMap(({ place, expected, instead, why }) => [
      `      ${file}:${place.line}:${place.column}`,
      `        expected  ${expected}`,
      `        instead   ${instead}`,
      ...why.map((line, index) => `        ${index === 0 ? 'why       ' : '          '}${line}`),
    ]),
    ...section('held to be machines’:', test.machines),
    ...section(
      'what happened:',
      test.story.length === 0 ? ['nothing that anybody would notice'] : test.story,
    ),
    '',
  ];
}
