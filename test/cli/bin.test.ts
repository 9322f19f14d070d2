import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const execute = promisify(execFile);

it('bin/baton.mjs brings dist up to date and runs, from any folder', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'baton-bin-'));
  const { stdout } = await execute(process.execPath, [join(root, 'bin/baton.mjs'), 'version'], { cwd });
  rmSync(cwd, { recursive: true });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(stdout).toBe(
    `baton ${version} (node ${process.versions.node}, ${process.platform}-${process.arch})\n`,
  );
}, 120_000);

it('a failure is one line without a stack, and its exit code', async () => {
  const args = [join(root, 'bin/baton.mjs'), 'lead', 'list', '--url', 'http://127.0.0.1:1'];
  const failed = await execute(process.execPath, args).catch((error) => error);
  expect(failed.code).toBe(3);
  expect(failed.stdout).toBe('');
  expect(failed.stderr).toMatch(/^baton: nothing answers at http:\/\/127\.0\.0\.1:1 /m);
  expect(failed.stderr).not.toMatch(/^ {4}at /m);
}, 120_000);
