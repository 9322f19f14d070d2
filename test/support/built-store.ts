/** The store as plain JavaScript, as the product ships it: the embedded database then runs on its own thread. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const repository = join(import.meta.dirname, '../..');

export interface BuiltStore {
  /** Runs an ES module in a process of its own; `./database.js` and the like are importable from it. */
  run(source: string, args?: string[]): ChildProcess;
  url(file: string): URL;
  remove(): void;
}

/** Inside the repository, where packages are found, and out of sight of git. */
export async function buildStore(): Promise<BuiltStore> {
  const folder = join(repository, 'tmp', `store-${process.pid}-${Date.now()}`);
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: ['database', 'pglite-pool', 'pglite-worker', 'directory-lock'].map((name) =>
      join(repository, `src/store/${name}.ts`),
    ),
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outdir: folder,
    logLevel: 'error',
  });
  let count = 0;
  return {
    run(source, args = []) {
      count += 1;
      const file = join(folder, `script-${count}.mjs`);
      writeFileSync(file, source);
      return spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    },
    url: (file) => pathToFileURL(join(folder, file)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The lines that a process prints, one at a time; ends with the process. */
export async function* linesOf(child: ChildProcess): AsyncGenerator<string, void> {
  let rest = '';
  for await (const part of child.stdout ?? []) {
    const lines = (rest + String(part)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
