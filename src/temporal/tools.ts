/** Running an outside tool (go, mvn, java, the Temporal CLI) and telling the user how it goes. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** Takes one plain line for the user; what a long step reports at least every 15 seconds. */
export type Progress = (line: string) => void;

/** An environment for child processes; absent, they inherit the one of this process. */
export type ChildEnv = Readonly<Record<string, string | undefined>>;

export interface ToolRun {
  /** `missing`: there is no such program. `timeout`: it was killed by us. */
  readonly outcome: 'ok' | 'failed' | 'missing' | 'timeout';
  readonly stdout: string;
  /** The last lines of both streams, for messages. */
  readonly tail: string;
}

export interface ToolOptions {
  readonly env?: ChildEnv;
  readonly cwd?: string;
  readonly timeoutMs?: number;
  readonly onLine?: (line: string) => void;
  /** Ends the tool early; the run then counts as failed. */
  readonly signal?: AbortSignal;
}

const TAIL_LINES = 15;
const STDOUT_CHARS_MAX = 100_000;

/** Runs a program to its end. Never throws: what went wrong is in the answer. */
export async function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<ToolRun> {
  const lines: string[] = [];
  let stdout = '';
  let timedOut = false;
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = (): boolean => child.kill('SIGKILL');
  const timer = setTimeout(
    () => {
      timedOut = true;
      end();
    },
    options.timeoutMs ?? 2 ** 31 - 1,
  );
  options.signal?.addEventListener('abort', end, { once: true });
  const keep = (line: string): void => {
    lines.push(line);
    if (lines.length > TAIL_LINES) lines.shift();
    options.onLine?.(line);
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (stdout.length < STDOUT_CHARS_MAX) stdout += `${line}\n`;
    keep(line);
  });
  createInterface({ input: child.stderr }).on('line', keep);
  const outcome = await new Promise<ToolRun['outcome']>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      keep(error.message);
      resolve(error.code === 'ENOENT' ? 'missing' : 'failed');
    });
    child.once('close', (code) => resolve(timedOut ? 'timeout' : code === 0 ? 'ok' : 'failed'));
  });
  clearTimeout(timer);
  options.signal?.removeEventListener('abort', end);
  return { outcome, stdout, tail: lines.join('\n').trim() };
}

const REPORT_EVERY_MS = 10_000;

/** Reports `describe()` with the time elapsed every ten seconds until `work` has settled. */
export async function withProgress<T>(
  progress: Progress,
  describe: () => string,
  work: () => Promise<T>,
): Promise<T> {
  const startedAtMs = performance.now();
  const timer = setInterval(() => {
    progress(`${describe()} (${elapsedText(performance.now() - startedAtMs)} so far)`);
  }, REPORT_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** `75000` reads `1 min 15 s`. */
function elapsedText(elapsedMs: number): string {
  const seconds = Math.round(elapsedMs / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Asks again until the answer is not null or the deadline has passed; null then. */
export async function pollUntil<T>(
  ask: () => Promise<T | null> | T | null,
  deadlineAtMs: number,
  everyMs: number,
): Promise<T | null> {
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() >= deadlineAtMs) return null;
    await delay(everyMs);
  }
}
