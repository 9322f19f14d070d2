/**
 * Turns src/ into dist/: one JavaScript module per TypeScript module (nothing is bundled), every other file as it is,
 * and the workflow bundle that workers load. Incremental: an unchanged tree costs some stat calls and nothing else, so that
 * `bin/baton.mjs` can ask on every start.
 *
 * Usage: node scripts/build.mjs [--out DIR] [--force]
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const SOURCE = /\.tsx?$/;
const STAMP = '.build.json';
const FAILURE_CONVERTER = 'temporal/failure-converter.cjs';
const WORKFLOW_INPUTS = ['src/workflows/', 'src/domain/', 'src/contracts/', `src/${FAILURE_CONVERTER}`];
/** Browser files of a development dependency: copied, so that production serves them without that package. */
const VENDOR = {
  'swagger-ui/swagger-ui-bundle.js': 'swagger-ui-dist/swagger-ui-bundle.js',
  'swagger-ui/swagger-ui.css': 'swagger-ui-dist/swagger-ui.css',
  'swagger-ui/LICENSE': 'swagger-ui-dist/LICENSE',
};

/** Every file under src that ends up in dist, with what tells an edit: size and modification time. */
function inventory() {
  const files = {};
  for (const entry of readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const name = relative(root, path).split(sep).join('/');
    if (name.endsWith('.d.ts') || name.endsWith('.md')) continue;
    const { mtimeMs, size } = statSync(path);
    files[name] = `${mtimeMs}:${size}`;
  }
  return files;
}

/** What makes every output stale at once: this script, the compiler's settings, the installed packages. */
function toolchain() {
  const hash = createHash('sha256');
  for (const name of ['scripts/build.mjs', 'tsconfig.json', 'package-lock.json']) {
    if (existsSync(join(root, name))) hash.update(readFileSync(join(root, name)));
  }
  return hash.digest('hex');
}

function readStamp(out) {
  try {
    return JSON.parse(readFileSync(join(out, STAMP), 'utf8'));
  } catch {
    return { toolchain: '', files: {}, workflows: '' };
  }
}

function writeAtomically(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.tmp`;
  writeFileSync(partial, content);
  renameSync(partial, path);
}

const outputOf = (out, name) => join(out, name.slice('src/'.length).replace(SOURCE, '.js'));

function planBuild(out, force) {
  const stamp = force ? { toolchain: '', files: {}, workflows: '' } : readStamp(out);
  const now = { toolchain: toolchain(), files: inventory() };
  const anew = stamp.toolchain !== now.toolchain;
  const changed = Object.keys(now.files).filter((name) => anew || stamp.files[name] !== now.files[name]);
  const removed = Object.keys(stamp.files).filter((name) => !(name in now.files));
  return { stamp, now, anew, changed, removed, stale: anew || changed.length > 0 || removed.length > 0 };
}

/** Whether dist is missing something or older than src. */
export function isStale({ out = join(root, 'dist') } = {}) {
  return planBuild(out, false).stale;
}

async function transpile(out, names) {
  const { transform } = await import('esbuild');
  const tsconfigRaw = {
    compilerOptions: { jsx: 'react-jsx', jsxImportSource: 'hono/jsx', target: 'ES2023' },
  };
  await Promise.all(
    names.map(async (name) => {
      const target = outputOf(out, name);
      const result = await transform(readFileSync(join(root, name), 'utf8'), {
        loader: name.endsWith('x') ? 'tsx' : 'ts',
        format: 'esm',
        target: 'node20',
        sourcemap: 'external',
        sourcefile: relative(dirname(target), join(root, name)).split(sep).join('/'),
        tsconfigRaw,
      });
      const mapName = `${target.slice(target.lastIndexOf(sep) + 1)}.map`;
      writeAtomically(`${target}.map`, result.map);
      writeAtomically(target, `${result.code}//# sourceMappingURL=${mapName}\n`);
    }),
  );
}

function copyVendor(out) {
  const require = createRequire(import.meta.url);
  for (const [target, module] of Object.entries(VENDOR)) {
    const path = join(out, 'vendor', target);
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(require.resolve(module), path);
  }
}

/** Content of everything the bundle is made of; a touched but equal file must not cost a webpack run. */
function workflowHash(files) {
  const hash = createHash('sha256');
  for (const name of Object.keys(files).sort()) {
    if (WORKFLOW_INPUTS.some((prefix) => name.startsWith(prefix))) {
      hash.update(`${name}\0`).update(readFileSync(join(root, name)));
    }
  }
  const require = createRequire(import.meta.url);
  hash.update(require('@temporalio/worker/package.json').version);
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  return hash.digest('hex');
}

async function bundleWorkflows(out) {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(out, 'workflows', 'index.js'),
    // The same converter as in src/temporal/data-converter.ts: a bundle without it writes failures in another form.
    failureConverterPath: join(out, FAILURE_CONVERTER),
    logger: new DefaultLogger('WARN'),
  });
  writeAtomically(join(out, 'workflow-bundle.js'), code);
}

/** One build at a time: a second one started beside it waits, then finds nothing left to do. */
async function withLock(out, work) {
  const lock = join(out, '.lock');
  mkdirSync(out, { recursive: true });
  const deadline = Date.now() + 180_000;
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isAbandoned(lock)) rmSync(lock, { force: true });
      else if (Date.now() > deadline) throw new Error(`another build holds ${lock}; remove it if none runs`);
      else await new Promise((done) => setTimeout(done, 50));
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function isAbandoned(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (!pid) return Date.now() - statSync(lock).mtimeMs > 5_000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/**
 * Brings dist up to date.
 * @param {{ out?: string, force?: boolean, print?: (line: string) => void }} options
 * @returns {Promise<{ built: number, bundled: boolean, elapsedMs: number }>}
 */
export async function build({ out = join(root, 'dist'), force = false, print = () => {} } = {}) {
  const startedAt = Date.now();
  if (!force && !planBuild(out, false).stale)
    return { built: 0, bundled: false, elapsedMs: Date.now() - startedAt };
  return withLock(out, async () => {
    const plan = planBuild(out, force);
    const sources = plan.changed.filter((name) => SOURCE.test(name));
    const assets = plan.changed.filter((name) => !SOURCE.test(name));
    if (plan.stale) print(`baton: building ${plan.changed.length} changed files …`);
    for (const name of plan.removed) {
      rmSync(outputOf(out, name), { force: true });
      rmSync(`${outputOf(out, name)}.map`, { force: true });
    }
    if (sources.length > 0) await transpile(out, sources);
    for (const name of assets) writeAtomically(outputOf(out, name), readFileSync(join(root, name)));
    if (plan.anew) copyVendor(out);
    const workflows = workflowHash(plan.now.files);
    const bundled = workflows !== plan.stamp.workflows || !existsSync(join(out, 'workflow-bundle.js'));
    if (bundled) await bundleWorkflows(out);
    writeAtomically(join(out, STAMP), JSON.stringify({ ...plan.now, workflows }));
    return { built: plan.changed.length, bundled, elapsedMs: Date.now() - startedAt };
  });
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const at = args.indexOf('--out');
  const out = at >= 0 && args[at + 1] ? resolve(args[at + 1]) : undefined;
  try {
    const result = await build({
      out,
      force: args.includes('--force'),
      print: (line) => console.error(line),
    });
    console.error(
      result.built === 0
        ? `baton: dist is up to date (${result.elapsedMs} ms)`
        : `baton: built ${result.built} files${result.bundled ? ' and the workflow bundle' : ''} in ${result.elapsedMs} ms`,
    );
  } catch (error) {
    console.error(`baton: the build failed: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
