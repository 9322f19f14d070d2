import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from '../../src/cli/main.js';
import { recordingIo } from './fake-gateway.js';

let terminal: ReturnType<typeof recordingIo>;
beforeEach(() => {
  terminal = recordingIo();
});
afterEach(() => terminal.remove());

it('definition check tells every fault with file, line and column, and fails', async () => {
  writeFileSync(join(terminal.cwd, 'acme.yaml'), 'format: 1\nname: Acme\nsuorces: {}\n');
  expect(await run(['definition', 'check', 'acme.yaml'], terminal.io)).toBe(1);
  expect(terminal.out()).toMatch(/^acme\.yaml:3:1 .*did you mean.*sources/m);
  expect(terminal.out()).toMatch(/acme\.yaml has \d+ errors?/);
  expect(terminal.err()).toBe('');
});

it('with --json the faults are data', async () => {
  writeFileSync(join(terminal.cwd, 'acme.yaml'), 'format: 1\nformat: 1\n');
  expect(await run(['definition', 'check', 'acme.yaml', '--json'], terminal.io)).toBe(1);
  const { ok, faults } = JSON.parse(terminal.out());
  expect(ok).toBe(false);
  expect(faults).toContainEqual(
    expect.objectContaining({
      severity: 'error',
      line: 2,
      column: expect.any(Number),
      message: expect.any(String),
    }),
  );
});

it('the sample definition is valid', async () => {
  const sample = fileURLToPath(new URL('../../definitions/sample.yaml', import.meta.url));
  expect(await run(['definition', 'check', sample], terminal.io)).toBe(0);
  expect(terminal.out()).toMatch(/is valid/);
});

it('a file that is not there is wrong usage', async () => {
  expect(await run(['definition', 'check', 'nowhere.yaml'], terminal.io)).toBe(2);
  expect(terminal.err()).toMatch(/^baton: .*nowhere\.yaml does not exist$/);
});
