import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Cruise {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly {
      readonly resolved: string;
      readonly dynamic: boolean;
      readonly dependencyTypes: readonly string[];
    }[];
  }[];
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
    readonly totalCruised: number;
  };
}
let cruise: Cruise;

beforeAll(async () => {
  const command = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [command, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'];
  const options = { cwd: root, maxBuffer: 64 * 1024 * 1024 };
  // It ends with the number of violations; they are in its output all the same.
  const { stdout } = await promisify(execFile)(process.execPath, args, options).catch((error) => error);
  cruise = JSON.parse(stdout);
}, 120_000);

it('nobody imports whom the table forbids', () => {
  expect(cruise.summary.totalCruised).toBeGreaterThan(50);
  expect(cruise.summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
});

describe('the baton command', () => {
  /** What Node loads for a module before anything runs. */
  function loadedBy(source: string, loaded = new Set<string>()): Set<string> {
    if (loaded.has(source)) return loaded;
    loaded.add(source);
    const found = cruise.modules.find((module) => module.source === source);
    for (const { resolved, dynamic, dependencyTypes } of found?.dependencies ?? []) {
      if (!dynamic && !dependencyTypes.includes('type-only')) loadedBy(resolved, loaded);
    }
    return loaded;
  }
  it('starts without the Temporal SDK, the server and the parsers, so that every command is quick', () => {
    const loaded = [...loadedBy('src/cli/main.ts')];
    expect(loaded).toContain('src/cli/commands/lead.ts');
    const heavy =
      /^src\/(?:main|api|store|temporal|courier|workflows|definition)|node_modules\/(?:@temporalio|hono|pg|kysely|yaml|csv-parse|pino)/;
    expect(loaded.filter((path) => heavy.test(path))).toEqual([]);
  });
});

describe('the environment', () => {
  it('is read by src/config alone', () => {
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/.test(path) && !path.startsWith('config'))
      .map((path) => ({ path, text: readFileSync(join(root, 'src', path), 'utf8') }));
    const readers = sources.filter(({ text }) =>
      /process\s*\.\s*env|process\[|\benv\b.*from 'node:process'/.test(text),
    );
    expect(sources.length).toBeGreaterThan(50);
    expect(readers.map(({ path }) => path)).toEqual([]);
  });
});
