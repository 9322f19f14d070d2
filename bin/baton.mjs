#!/usr/bin/env node
/** The `baton` command: checks Node, brings dist up to date in a checkout, hands over to the CLI. */
import { existsSync } from 'node:fs';

const oldest = [20, 19];
const [major, minor] = process.versions.node.split('.').map(Number);
const verbose = ['debug', 'trace'].includes(process.env.BATON_LOG_LEVEL ?? '');

function fail(error) {
  console.error(`baton: ${error instanceof Error ? error.message : String(error)}`);
  if (verbose && error instanceof Error) console.error(error.stack);
  process.exitCode = 1;
}

async function main() {
  if (verbose) process.setSourceMapsEnabled(true);
  const at = (path) => new URL(`../${path}`, import.meta.url);
  // An installed package has dist and no src; only a checkout can be older than its own sources.
  if (existsSync(at('src')) && existsSync(at('node_modules/esbuild'))) {
    const { build } = await import('../scripts/build.mjs');
    await build({ print: (line) => console.error(line) });
  }
  if (!existsSync(at('dist/cli/main.js'))) {
    throw new Error('nothing is built yet: run `npm ci`, then try again');
  }
  const { run } = await import('../dist/cli/main.js');
  process.exitCode = await run(process.argv.slice(2));
}

if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  console.error(
    `baton: Node.js ${oldest.join('.')} or later is needed; this is ${process.versions.node}. See https://nodejs.org`,
  );
  process.exitCode = 1;
} else {
  main().catch(fail);
}
