/** The SDK's own download of a server binary, triggered alone. */
import { existsSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type ChildEnv, type Progress, runTool, withProgress } from './tools.js';

export interface SdkDownload {
  readonly what: 'dev-server' | 'time-skipping';
  /** With a leading `v`. */
  readonly version: string;
  /** Where the SDK puts the file and its half-finished download. */
  readonly directory: string;
  readonly progress: Progress;
  readonly env?: ChildEnv;
}

const STALL_MAX_MS = 10_000;
const LOOK_EVERY_MS = 250;

/**
 * The SDK knows no download without a start, so the server is started once and stopped again. It happens in a process
 * of its own: a hanging download can be ended, and the SDK's runtime of this process stays untouched.
 */
const DOWNLOADER = `
const [, sdk, what, version, downloadDir] = process.argv;
const { Runtime, DefaultLogger } = require(sdk);
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
const exe = { type: 'cached-download', downloadDir, version, ttl: 3153600000000, sdkName: 'sdk-typescript', sdkVersion: '' };
const common = { type: what, exe, port: null, extraArgs: [] };
const dev = { namespace: 'default', ip: '127.0.0.1', uiPort: null, dbFilename: null, ui: false, log: { format: 'pretty', level: 'error' } };
Runtime.instance()
  .createEphemeralServer(what === 'dev-server' ? { ...common, ...dev } : common)
  .then((server) => Runtime.instance().shutdownEphemeralServer(server))
  .then(() => process.exit(0), (error) => { console.error(error.message); process.exit(1); });
`;

/**
 * Downloads through the SDK; answers the file's path, or why there is none. A download that makes no progress for
 * ten seconds is given up. Leaves a half-finished file nowhere.
 */
export async function downloadThroughSdk(
  request: SdkDownload,
): Promise<{ ok: true; path: string } | { ok: false; reason: string }> {
  const name = request.what === 'dev-server' ? 'temporal' : 'temporal-test-server';
  const path = join(request.directory, `${name}-${request.version}`);
  const partial = `${path}.downloading`;
  await mkdir(request.directory, { recursive: true });
  await rm(partial, { force: true });
  const bytesNow = (): number => statSync(partial, { throwIfNoEntry: false })?.size ?? 0;
  const stop = new AbortController();
  const watch = watchDownload(path, bytesNow, stop);
  const sdk = createRequire(import.meta.url).resolve('@temporalio/worker');
  const args = ['-e', DOWNLOADER, sdk, request.what, request.version, request.directory];
  const run = await withProgress(
    request.progress,
    () => `Downloading ${name} ${request.version}: ${Math.round(bytesNow() / 2 ** 20)} MB`,
    () => runTool(process.execPath, args, { env: request.env, signal: stop.signal }),
  );
  watch.end();
  if (existsSync(path)) return { ok: true, path };
  await rm(partial, { force: true });
  if (watch.stalled()) {
    return { ok: false, reason: `no data came for ${STALL_MAX_MS / 1000} s` };
  }
  return { ok: false, reason: firstLine(run.tail) };
}

/** Ends the downloader when nothing has moved for too long. Never once the file is complete: its server would be orphaned. */
function watchDownload(path: string, bytesNow: () => number, stop: AbortController) {
  let movedAtMs = performance.now();
  let bytes = 0;
  let stalled = false;
  const timer = setInterval(() => {
    const now = bytesNow();
    if (now !== bytes) movedAtMs = performance.now();
    bytes = now;
    stalled = !existsSync(path) && performance.now() - movedAtMs > STALL_MAX_MS;
    if (stalled) stop.abort();
  }, LOOK_EVERY_MS);
  return { stalled: () => stalled, end: () => clearInterval(timer) };
}

/** The SDK repeats its message once per nested error; the innermost says why. */
function firstLine(tail: string): string {
  const line = tail.split('\n').find((text) => text.trim() !== '') ?? 'the SDK gave no reason';
  const innermost = line.lastIndexOf('client error');
  return innermost > 0 ? line.slice(innermost) : line;
}
