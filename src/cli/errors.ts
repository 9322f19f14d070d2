export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A failure that is already told in clear lines; nothing else is printed for it. */
export class CliError extends Error {
  readonly lines: readonly string[];
  constructor(
    lines: string | readonly string[],
    readonly exitCode: ExitCode = EXIT.failed,
  ) {
    const list = typeof lines === 'string' ? [lines] : lines;
    super(list.join('\n'));
    this.name = 'CliError';
    this.lines = list;
  }
}

/** A wrong option, argument or input file layout. */
export const usageError = (lines: string | readonly string[]): CliError => new CliError(lines, EXIT.usage);

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** What an operating system says about a file or a port, in a sentence with what to do. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const path = 'path' in error && typeof error.path === 'string' ? error.path : 'the file';
  switch (codeOf(error)) {
    case 'ENOENT':
      return `${path} does not exist`;
    case 'EACCES':
    case 'EPERM':
      return `${path} may not be read or written by this user`;
    case 'EISDIR':
      return `${path} is a folder, a file is needed`;
    case 'ENOSPC':
      return 'the disk is full';
    case 'EADDRINUSE':
      return `${'port' in error ? `port ${String(error.port)}` : 'the port'} is in use by another program: stop it, or choose another port`;
    default:
      return error.message;
  }
}
