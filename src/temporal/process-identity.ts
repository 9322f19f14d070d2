/** Who a process id belongs to: ids are reused, so an id alone never justifies a kill. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessFacts {
  readonly pid: number;
  /** When it started, in a form that only serves to be compared; together with `pid` it names one process. */
  readonly startedAt: string;
  /** Its command line as arguments; split at blanks where the system gives no better. */
  readonly argv: readonly string[];
}

/** What is known of a live process; null when there is none (a zombie counts as none). */
export function processFacts(pid: number): ProcessFacts | null {
  return process.platform === 'linux' ? factsFromProc(pid) : (factsFromPs(['-p', String(pid)])[0] ?? null);
}

/** Whether the process that was recorded as `pid` and `startedAt` is still alive. */
export function isSameProcess(recorded: { pid: number; startedAt: string }): boolean {
  return processFacts(recorded.pid)?.startedAt === recorded.startedAt;
}

/** Every live process that this user may see. */
export function allProcesses(): ProcessFacts[] {
  if (process.platform !== 'linux') return factsFromPs(['-ax']);
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => factsFromProc(Number(pid))).filter((facts) => facts !== null);
}

function factsFromProc(pid: number): ProcessFacts | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may itself hold blanks and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || startTicks === undefined) return null;
    // Ticks count from the boot, so another boot could show the same number.
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    return { pid, startedAt: `${boot}:${startTicks}`, argv };
  } catch {
    return null;
  }
}

function factsFromPs(select: readonly string[]): ProcessFacts[] {
  let table: string;
  try {
    table = execFileSync('ps', [...select, '-o', 'pid=,stat=,lstart=,command='], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return [];
  }
  return table.split('\n').flatMap((line) => {
    const [pid, state, ...rest] = line.trim().split(/\s+/);
    if (pid === undefined || state === undefined || state.startsWith('Z')) return [];
    return [{ pid: Number(pid), startedAt: rest.slice(0, 5).join(' '), argv: rest.slice(5) }];
  });
}
