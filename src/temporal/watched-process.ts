/** A child process that outlives a Ctrl-C of the terminal but not this process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * A small shell stands between us and the program. It reads a pipe whose other end only this process holds: when this
 * process ends, however it ends, the kernel closes the pipe and the shell stops the program. The program is the shell's
 * own child, so the id that it stops cannot have been reused. The trap keeps the shell alive when a service manager
 * signals the whole group; `:` and not an empty trap, because an ignored signal would be inherited by the program.
 */
const WATCH = `
exec 3<&0
log=$1 grace=$2
shift 2
"$@" </dev/null >>"$log" 2>&1 3<&- &
program=$!
echo "$program"
exec >/dev/null 2>&1
trap : TERM INT HUP
{
  cat <&3
  kill -TERM "$program"
  while [ "$grace" -gt 0 ] && kill -0 "$program"; do sleep 1; grace=$((grace - 1)); done
  kill -KILL "$program"
} &
watch=$!
exec 3<&-
while kill -0 "$program"; do wait "$program"; status=$?; done
kill -KILL "$watch"
exit "$status"
`;

export interface WatchedProcess {
  /** The program's own process id. */
  readonly pid: number;
  /** Resolves with the exit code once the program has ended; null when it was ended by force. */
  readonly ended: Promise<number | null>;
  running(): boolean;
  /** Asks the program to end and ends it by force after `graceSeconds`; resolves once it is gone. */
  stop(): Promise<void>;
}

export interface WatchedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly graceSeconds: number;
}

/** Starts a program under a watch on this process. Both its streams are appended to the log file. */
export async function startWatched(start: WatchedCommand): Promise<WatchedProcess> {
  const shell = spawn(
    '/bin/sh',
    ['-c', WATCH, 'baton-watch', start.logFile, String(start.graceSeconds), start.command, ...start.args],
    { detached: true, stdio: ['pipe', 'pipe', 'ignore'] },
  );
  const ended = new Promise<number | null>((resolve) => {
    shell.once('exit', (code) => resolve(code));
    shell.once('error', () => resolve(null));
  });
  // The pipe breaks when the shell ends first; that is told by `ended`.
  shell.stdin.on('error', () => undefined);
  const pid = await programId(shell, ended);
  shell.unref();
  return {
    pid,
    ended,
    running: () => shell.exitCode === null && shell.signalCode === null,
    stop: async () => {
      shell.ref();
      shell.stdin.destroy();
      await ended;
    },
  };
}

async function programId(shell: ChildProcess, ended: Promise<number | null>): Promise<number> {
  const { stdout } = shell;
  if (stdout === null) throw new Error('The watch has no output');
  const lines = createInterface({ input: stdout });
  const line = await Promise.race([
    new Promise<string>((resolve) => lines.once('line', resolve)),
    ended.then(() => ''),
  ]);
  lines.close();
  stdout.destroy();
  const pid = Number(line);
  if (!Number.isInteger(pid) || pid <= 0) throw new Error('Starting a process through /bin/sh did not work');
  return pid;
}
