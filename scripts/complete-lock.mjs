/**
 * Completes package-lock.json with the platform packages that a registry did not offer when it was written. `npm ci`
 * refuses a lock file that leaves out an optional dependency, even one for another operating system, and npm leaves out
 * what it could not find. Run it after every change of dependencies: node scripts/complete-lock.mjs
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const OS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
  'wasm32',
];
const CPU = ['arm64', 'arm', 'x64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32'];

/** What a platform package's name says it is for; a package that names no platform is for all. */
function platform(name) {
  const words = name.split('/').at(-1).split('-');
  const os = OS.filter((word) => words.includes(word) && word !== 'wasm32');
  const cpu = CPU.filter((word) => words.includes(word));
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : words.some((word) => word.startsWith('gnu'))
      ? ['glibc']
      : [];
  return {
    ...(os.length && { os }),
    ...(cpu.length && { cpu }),
    ...(os.includes('linux') && libc.length && { libc }),
  };
}

let added = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const known = [`${path}/node_modules/${name}`, `node_modules/${name}`].some(
      (at) => lock.packages[at]?.version,
    );
    const exact = /^\d+\.\d+\.\d+/.test(range);
    const { os, cpu, libc } = platform(name);
    if (known || !exact || (!os && !cpu)) continue;
    lock.packages[`node_modules/${name}`] = {
      version: range,
      ...(cpu && { cpu }),
      ...(entry.dev && { dev: true }),
      ...(libc && { libc }),
      optional: true,
      ...(os && { os }),
    };
    added += 1;
  }
}
const sorted = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
);
writeFileSync(file, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
console.log(`package-lock.json: ${added} platform packages added`);
