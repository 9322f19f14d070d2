import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { registerDefinitionTest } from '../../src/cli/commands/definition-test.js';
import { CliError } from '../../src/cli/errors.js';
import { recordingIo } from './fake-gateway.js';

const definitions = fileURLToPath(new URL('../../definitions/', import.meta.url));
const PASSING =
  'tests:\n  - name: a demo request\n    given: [{ at: 2026-11-16 10:00, event: demo.requested }]\n    expect: [{ handoff: demo }]\n';
const FAILING = PASSING.replace('handoff: demo', 'handoff: trial');

let terminal: ReturnType<typeof recordingIo>;
beforeEach(() => {
  terminal = recordingIo();
  mkdirSync(join(terminal.cwd, 'definitions'));
  copyFileSync(join(definitions, 'sample.yaml'), join(terminal.cwd, 'definitions', 'acme.yaml'));
});
afterEach(() => terminal.remove());

const write = (name: string, text: string) => writeFileSync(join(terminal.cwd, name), text);

/** Runs the command; answers its exit code. */
async function test(...args: string[]): Promise<number> {
  const definition = new Command('definition').exitOverride();
  registerDefinitionTest(definition, terminal.io);
  try {
    await definition.parseAsync(['test', ...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    for (const line of error.lines) terminal.io.err(line);
    return error.exitCode;
  }
}

it('runs every *.test.yaml in definitions, and says how many passed and how long it took', async () => {
  write('definitions/acme.test.yaml', PASSING);
  expect(await test()).toBe(0);
  expect(terminal.out()).toMatch(
    /✓ definitions\/acme\.test\.yaml on definitions\/acme\.yaml: 1 test\n {2}✓ a demo request/,
  );
  expect(terminal.out()).toMatch(/^1 test passed \(\d+ ms|\d\.\d s\)$/m);
});

it('fails when one test fails, and shows its place', async () => {
  write('definitions/acme.test.yaml', FAILING);
  expect(await test()).toBe(1);
  expect(terminal.out()).toContain('  ✗ a demo request');
  expect(terminal.out()).toContain('definitions/acme.test.yaml:4:14');
  expect(terminal.out()).toContain('expected  handoff by trial');
  expect(terminal.out()).toMatch(/^1 of 1 test failed/m);
});

it('tests another definition when one is given', async () => {
  const text = readFileSync(join(definitions, 'sample.yaml'), 'utf8');
  write(
    'draft.yaml',
    text.replace(
      '{ id: demo,     on: demo.requested,    intent: high }',
      '{ id: demo, on: demo.requested, intent: warm }',
    ),
  );
  write('definitions/acme.test.yaml', PASSING.replace('handoff: demo', 'handoff: demo, intent: high'));
  expect(await test()).toBe(0);
  expect(await test('definitions', '--definition', 'draft.yaml')).toBe(1);
  expect(terminal.out()).toContain('instead   intent warm');
});

it('without files, tests of a given definition are those beside it', async () => {
  mkdirSync(join(terminal.cwd, 'other'));
  copyFileSync(join(definitions, 'sample.yaml'), join(terminal.cwd, 'other', 'b.yaml'));
  write('other/b.test.yaml', PASSING);
  expect(await test('--definition', 'other/b.yaml')).toBe(0);
  expect(terminal.out()).toContain('other/b.test.yaml on other/b.yaml');
});

it('of many files only what failed is listed, and a faulty one does not keep the others from running', async () => {
  write('definitions/acme.test.yaml', PASSING);
  write('definitions/b.test.yaml', `definition: acme.yaml\n${FAILING}`);
  write('definitions/c.test.yaml', 'definition: acme.yaml\ntests: [{ nme: x }]\n');
  expect(await test()).toBe(1);
  expect(terminal.out()).not.toContain('  ✓ a demo request');
  expect(terminal.out()).toContain('✗ definitions/c.test.yaml was not run:');
  expect(terminal.out()).toMatch(/^definitions\/c\.test\.yaml:2:11 .*did you mean name\?$/m);
  expect(terminal.out()).toMatch(/^1 of 2 tests failed, 1 file with faults not run/m);
});

it('eight copies of the tests of the sample are more than five hundred, and the time is told', async () => {
  const text = readFileSync(join(definitions, 'sample.test.yaml'), 'utf8').replace(
    'sample.yaml',
    'acme.yaml',
  );
  for (let copy = 1; copy <= 8; copy += 1)
    write(
      `definitions/copy-${copy}.test.yaml`,
      text.replace('definition: sample.yaml', 'definition: acme.yaml'),
    );
  expect(await test()).toBe(0);
  expect(terminal.out()).toMatch(/^5\d\d tests passed \((\d+ ms|\d+\.\d s)\)$/m);
});

it('--filter runs the tests whose name has a text', async () => {
  write(
    'definitions/acme.test.yaml',
    `${PASSING}${FAILING.replace('tests:\n', '').replace('a demo request', 'another')}`,
  );
  expect(await test('--filter', 'DEMO')).toBe(0);
  expect(await test('--filter', 'nothing like it')).toBe(2);
  expect(terminal.err()).toBe('no test has "nothing like it" in its name');
});

it('--json gives the whole as data', async () => {
  write('definitions/acme.test.yaml', FAILING);
  expect(await test('--json')).toBe(1);
  const { ok, tests, failed, durationMs, files } = JSON.parse(terminal.out());
  expect({ ok, tests, failed }).toEqual({ ok: false, tests: 1, failed: 1 });
  expect(durationMs).toBeGreaterThanOrEqual(0);
  expect(files[0].tests[0].failures[0]).toMatchObject({
    place: { line: 4, column: 14 },
    expected: 'handoff by trial',
  });
});

it('what is not there is wrong usage', async () => {
  expect(await test('nowhere.test.yaml')).toBe(2);
  expect(terminal.err()).toMatch(/nowhere\.test\.yaml does not exist$/);
  terminal.clear();
  expect(await test()).toBe(2);
  expect(terminal.err()).toBe('definitions has no file of tests (*.test.yaml)');
  terminal.clear();
  write('definitions/gone.test.yaml', PASSING);
  expect(await test()).toBe(2);
  expect(terminal.err()).toMatch(
    /definitions\/gone\.test\.yaml tests definitions\/gone\.yaml: .*does not exist$/,
  );
});

it('--schema prints the JSON Schema of files of tests', async () => {
  expect(await test('--schema')).toBe(0);
  expect(JSON.parse(terminal.out())).toEqual(
    JSON.parse(readFileSync(join(definitions, 'definition-tests.schema.json'), 'utf8')),
  );
});
