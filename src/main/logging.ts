/** Where the process writes what it has to say: a file beside the data when embedded, standard output otherwise. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import pino, { type Logger } from 'pino';
import type { Config } from '../config/config.js';

export interface ProcessLog {
  readonly log: Logger;
  /** Path of the log file; null when lines go to standard output. */
  readonly file: string | null;
  close(): Promise<void>;
}

/** Ids, codes and counts only: no line may hold what a lead, a rep or another system said. */
export function openLog(config: Config, embedded: boolean): ProcessLog {
  const options = {
    level: config.logLevel,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  if (!embedded) return { log: pino(options), file: null, close: async () => undefined };
  makeDataDir(config.dataDir);
  const file = join(config.dataDir, 'baton.log');
  const destination = pino.destination({ dest: file, mkdir: true, sync: true, append: true });
  return {
    log: pino(options, destination),
    file,
    close: async () => destination.end(),
  };
}

function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const why =
      code === 'EEXIST' || code === 'ENOTDIR'
        ? 'it, or a part of its path, is a file'
        : `it cannot be written (${code})`;
    throw new Error(
      `The data folder ${dataDir} cannot be used: ${why}. Name another folder with BATON_DATA_DIR.`,
    );
  }
}

let installed = false;

/** The Temporal runtime of this process: its lines go to our log, and signals are ours to handle. */
export function installRuntime(log: Logger): void {
  if (installed) return;
  installed = true;
  const lines = log.child({ part: 'temporal' });
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      const { workflowId, runId, activityType, attempt } = meta ?? {};
      const fields = { workflowId, runId, activityType, attempt, error: errorName(meta?.error) };
      if (level === 'ERROR') lines.error(fields, message);
      else lines.warn(fields, message);
    }),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN' }) } },
  });
}

/** Ends the runtime, which would keep the process alive. Workers and connections on it must have ended. */
export async function closeRuntime(): Promise<void> {
  if (!installed) return;
  installed = false;
  await Runtime.instance().shutdown();
}

/** A failure's message may quote what another system said, so only its kind is written. */
export function errorName(error: unknown): string | undefined {
  if (error === undefined || error === null) return undefined;
  if (!(error instanceof Error)) return typeof error;
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return `${error.name}${code}`;
}
