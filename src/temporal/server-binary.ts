/** Where the Temporal server of an embedded Baton comes from. */
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withFileLock } from './file-lock.js';
import { downloadThroughSdk } from './sdk-download.js';
import { type ChildEnv, type Progress, runTool, withProgress } from './tools.js';

/** The last version of the Temporal CLI that `go install` can build. */
const TEMPORAL_CLI_VERSION = '1.5.1';
const GO_PACKAGE = `github.com/temporalio/cli/cmd/temporal@v${TEMPORAL_CLI_VERSION}`;
const GO_VERSION_MIN = '1.25';
/** Workflow updates are on by default from this server version. */
const SERVER_VERSION_MIN = [1, 25] as const;

export interface ProvideOptions {
  /** Baton's folder for what may be fetched again, outside the checkout: see `batonCacheDir`. */
  readonly cacheDir: string;
  readonly progress: Progress;
  /** The environment of the tools that are run; theirs is this process's own when absent. */
  readonly env?: ChildEnv;
}

export interface ProvidedServer {
  readonly path: string;
  readonly origin: 'path' | 'cache' | 'download' | 'go';
}

/** `$XDG_CACHE_HOME/baton`, or `~/.cache/baton`. */
export function batonCacheDir(env: ChildEnv): string {
  const base = env.XDG_CACHE_HOME;
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.cache'), 'baton');
}

/**
 * A Temporal CLI that can run a development server: the one on PATH, else the one cached earlier, else the SDK's
 * download, else built with Go (about five minutes, once). Two processes never fetch at the same time.
 * Throws one message that says what was tried and what to install.
 */
export async function provideTemporalServer(options: ProvideOptions): Promise<ProvidedServer> {
  const tried: string[] = [];
  const onPath = await findOnPath(options, tried);
  if (onPath !== null) return { path: onPath, origin: 'path' };
  const directory = join(options.cacheDir, `temporal-cli-${TEMPORAL_CLI_VERSION}`);
  const cached = join(directory, 'temporal');
  if (await isUsable(cached, options, tried)) return { path: cached, origin: 'cache' };
  await mkdir(directory, { recursive: true });
  return withFileLock(
    join(directory, 'fetch.lock'),
    async () => {
      // Whoever held the lock before may have brought it.
      if (existsSync(cached) && (await isUsable(cached, options, []))) {
        return { path: cached, origin: 'cache' };
      }
      await removeLeftovers(directory);
      if (await download(directory, cached, options, tried)) return { path: cached, origin: 'download' };
      if (await buildWithGo(directory, cached, options, tried)) return { path: cached, origin: 'go' };
      throw new Error(nothingWorked(tried));
    },
    (pid) => options.progress(`Waiting for process ${pid}, which is fetching the Temporal server already`),
  );
}

async function findOnPath(options: ProvideOptions, tried: string[]): Promise<string | null> {
  const found = await runTool('/bin/sh', ['-c', 'command -v temporal'], { env: options.env });
  const path = found.stdout.trim();
  if (found.outcome !== 'ok' || !path.startsWith('/')) {
    tried.push('`temporal` on PATH: not there');
    return null;
  }
  return (await isUsable(path, options, tried)) ? path : null;
}

/** Whether the binary runs and brings a new enough server; why not goes to `tried`. */
async function isUsable(path: string, options: ProvideOptions, tried: string[]): Promise<boolean> {
  if (!isExecutable(path)) {
    tried.push(`${path}: not there`);
    return false;
  }
  const run = await runTool(path, ['--version'], { env: options.env, timeoutMs: 20_000 });
  const version = /server\s+v?(\d+)\.(\d+)/i.exec(run.stdout);
  if (run.outcome !== 'ok' || version === null) {
    tried.push(`${path}: does not answer --version like a Temporal CLI (${run.outcome})`);
    return false;
  }
  const [major, minor] = [Number(version[1]), Number(version[2])];
  const [majorMin, minorMin] = SERVER_VERSION_MIN;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return true;
  tried.push(
    `${path}: brings server ${major}.${minor}, Baton needs ${SERVER_VERSION_MIN.join('.')} or newer`,
  );
  return false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a killed process left behind; safe while the lock is held. */
async function removeLeftovers(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.startsWith('build-'));
  await Promise.all(names.map((name) => rm(join(directory, name), { recursive: true, force: true })));
}

async function download(
  directory: string,
  target: string,
  options: ProvideOptions,
  tried: string[],
): Promise<boolean> {
  options.progress(`Downloading the Temporal CLI ${TEMPORAL_CLI_VERSION} (once; it is kept in ${directory})`);
  const result = await downloadThroughSdk({
    what: 'dev-server',
    version: `v${TEMPORAL_CLI_VERSION}`,
    directory,
    progress: options.progress,
    env: options.env,
  });
  if (!result.ok) {
    tried.push(`the SDK's download: ${result.reason}`);
    options.progress(`The download did not work: ${result.reason}`);
    return false;
  }
  if (!(await isUsable(result.path, options, tried))) {
    await rm(result.path, { force: true });
    return false;
  }
  await rename(result.path, target);
  return true;
}

async function buildWithGo(
  directory: string,
  target: string,
  options: ProvideOptions,
  tried: string[],
): Promise<boolean> {
  const go = await runTool('go', ['version'], { env: options.env });
  if (go.outcome !== 'ok') {
    tried.push(`go install: no Go toolchain (${GO_VERSION_MIN} or newer is needed)`);
    return false;
  }
  options.progress(
    `Building the Temporal CLI ${TEMPORAL_CLI_VERSION} with Go: about five minutes, once; it is kept in ${directory}`,
  );
  const bin = await mkdtemp(join(directory, 'build-'));
  let packages = 0;
  try {
    const run = await withProgress(
      options.progress,
      () => `Building the Temporal CLI: ${packages} packages compiled`,
      // Without cgo no C compiler is needed; `-v` names each package as it is compiled.
      () =>
        runTool('env', [`GOBIN=${bin}`, 'CGO_ENABLED=0', 'go', 'install', '-v', GO_PACKAGE], {
          env: options.env,
          cwd: bin,
          onLine: () => {
            packages += 1;
          },
        }),
    );
    const built = join(bin, 'temporal');
    if (run.outcome !== 'ok' || !(await isUsable(built, options, tried))) {
      tried.push(`go install with ${go.stdout.trim()} (${GO_VERSION_MIN} or newer is needed): ${run.tail}`);
      return false;
    }
    await rename(built, target);
    return true;
  } finally {
    await rm(bin, { recursive: true, force: true });
  }
}

function nothingWorked(tried: readonly string[]): string {
  return [
    'Baton found no Temporal server to run. Tried:',
    ...tried.map((line) => `  - ${line.replaceAll('\n', '\n    ')}`),
    'Do one of these and start again:',
    `  - install the Temporal CLI ${TEMPORAL_CLI_VERSION} or newer so that \`temporal\` is on PATH (https://docs.temporal.io/cli)`,
    `  - install Go ${GO_VERSION_MIN} or newer: Baton then builds the CLI itself, once`,
    '  - set TEMPORAL_ADDRESS to a Temporal server that is running already',
  ].join('\n');
}
