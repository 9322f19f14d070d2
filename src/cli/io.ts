import type { Environment } from '../config/folders.js';

/** What a command sees of the terminal and the process; tests give their own. */
export interface CliIo {
  /** A line of the result, to standard output. */
  out(line: string): void;
  /** A line about the work, to standard error. */
  err(line: string): void;
  /** Overwrites the last line of standard error; only called when `interactive`. */
  redraw(line: string): void;
  readonly interactive: boolean;
  readonly columns: number;
  readonly cwd: string;
  /** Absent: the environment of the process, with `.env` taken in. */
  readonly env?: Environment;
}

/** The real terminal. A reader that went away (`baton lead list | head`) is no error. */
export function terminalIo(): CliIo {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    redraw: (line) => void process.stderr.write(`\r\u001b[2K${line}`),
    interactive: process.stderr.isTTY === true,
    columns: process.stderr.columns ?? 80,
    cwd: process.cwd(),
  };
}
