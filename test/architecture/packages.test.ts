import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
const manifest: {
  engines: { node: string };
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
} = read('package.json');
const lock: {
  packages: Record<
    string,
    {
      version?: string;
      engines?: { node?: string } | string[];
      optional?: boolean;
      optionalDependencies?: Record<string, string>;
    }
  >;
} = read('package-lock.json');
const direct = { ...manifest.dependencies, ...manifest.devDependencies };
const installed = (name: string) => lock.packages[`node_modules/${name}`];

it('all packages of the Temporal SDK have the same version', () => {
  const versions = Object.entries(lock.packages)
    .filter(([path]) => /^node_modules\/@temporalio\/[^/]+$/.test(path))
    .map(([, { version }]) => version);
  expect(versions.length).toBeGreaterThan(5);
  expect(new Set(versions).size).toBe(1);
  const ranges = Object.entries(direct).filter(([name]) => name.startsWith('@temporalio/'));
  expect(new Set(ranges.map(([, range]) => range)).size).toBe(1);
});

it('all packages of the Temporal SDK share one protobufjs: with two, no history can be read from or written to JSON', () => {
  const copies = Object.keys(lock.packages).filter((path) =>
    /@temporalio\/[^/]+\/node_modules\/protobufjs$/.test(path),
  );
  expect(copies).toEqual([]);
});

it('every dependency is pinned to a major that is installed', () => {
  const loose = Object.entries(direct).filter(([name, range]) => {
    const [, wanted] = /^[~^]?(\d+(?:\.\d+)?)/.exec(range) ?? [];
    if (wanted === undefined || /[*x|>]/.test(range)) return true;
    // Below 1.0 the minor is the major.
    const part = wanted.startsWith('0.') ? wanted : wanted.split('.')[0];
    return !installed(name)?.version?.startsWith(`${part}.`);
  });
  expect(loose).toEqual([]);
});

/** Whether one alternative of a range such as `^20.19.0 || >=22.12` takes the oldest Node that Baton promises. */
function takesOldestNode(range: string): boolean {
  return range.split('||').some((alternative) => {
    const bounds = [...alternative.matchAll(/(>=|>|\^|~|<=|<)?\s*v?(\d+)(?:\.(\d+))?(?:\.[\w.-]+)?/g)];
    return bounds.every(([, operator = '', major = '0', minor = '0']) => {
      const order = 20 * 1000 + 19 - (Number(major) * 1000 + Number(minor));
      if (operator === '<') return order < 0;
      if (operator === '<=') return order <= 0;
      return order >= 0 && (operator.startsWith('>') || Number(major) === 20);
    });
  });
}

it('every installed package runs on Node 20.19', () => {
  expect(manifest.engines.node).toBe('>=20.19');
  const ranges = Object.entries(lock.packages).flatMap(([path, { engines }]) =>
    engines && !Array.isArray(engines) && engines.node ? [{ path, range: engines.node }] : [],
  );
  expect(ranges.length).toBeGreaterThan(100);
  expect(ranges.filter(({ range }) => !takesOldestNode(range))).toEqual([]);
});

it('the lock file names no server that packages come from', () => {
  expect(JSON.stringify(lock)).not.toContain('://registry');
});

it('the lock file has every platform’s optional package, or npm ci refuses it', () => {
  const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !lock.packages[`${path}/node_modules/${name}`]?.version && !installed(name)?.version,
    ),
  );
  expect(missing).toEqual([]);
});
