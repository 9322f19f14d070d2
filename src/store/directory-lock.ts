import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { hostname } from 'node:os';

/** Held until released or until the process ends, however it ends. */
export interface DirectoryLock {
  release(): Promise<void>;
}

interface Holder {
  pid: number;
  host: string;
  /** When the process began, as the system tells it: a pid alone may have passed on to another process. */
  startedAt: string | null;
}

/**
 * Takes the sole right to a data directory. Two processes on one embedded database lose rows without any error, so
 * this refuses whenever another holder may be alive, and never takes the lock from a living one.
 *
 * On Linux the lock is an abstract socket, which the kernel frees however the process ends; the file
 * `<directory>.lock` beside the directory then only tells who holds it. Elsewhere the file is the lock.
 * @param directory a path with no symbolic link in it, so that one directory has one name
 * @param means 'socket' where the system has abstract sockets, else 'file'; tests choose
 * @throws Error naming the holder and what to do
 */
export async function lockDirectory(
  directory: string,
  means: 'socket' | 'file' = process.platform === 'linux' ? 'socket' : 'file',
): Promise<DirectoryLock> {
  const file = `${directory}.lock`;
  if (means === 'file') return lockByFile(directory, file);

  const name = createHash('sha256').update(directory).digest('hex');
  const server = await listen(`\0baton-${name}`).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') throw heldError(directory, readHolder(file));
    return null;
  });
  // Some sandboxes forbid abstract sockets.
  if (server === null) return lockByFile(directory, file);
  try {
    writeFileSync(file, JSON.stringify(self()));
  } catch (error) {
    await close(server);
    throw unwritable(file, error);
  }
  return {
    release: async () => {
      rmSync(file, { force: true });
      await close(server);
    },
  };
}

function lockByFile(directory: string, file: string): DirectoryLock {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(file, JSON.stringify(self()), { flag: 'wx' });
      return { release: async () => rmSync(file, { force: true }) };
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw unwritable(file, error);
    }
    const seen = readText(file);
    // Gone between the two calls: its holder has just ended.
    if (seen === null) continue;
    const holder = parseHolder(seen);
    if (holder === null || mayBeAlive(holder)) throw heldError(directory, holder, file);
    setAside(file, seen);
  }
  throw heldError(directory, readHolder(file), file);
}

/**
 * Moves the lock file of a dead process out of the way. Another starter may have done so already and have put its own
 * file there: what was moved is compared with what was read, and a living lock is put back.
 */
function setAside(file: string, seen: string): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  const moved = readText(aside);
  if (moved !== null && moved !== seen) writeFileSync(file, moved, { flag: 'wx' });
  rmSync(aside, { force: true });
}

/** Unknown counts as alive: a lock on a shared disk may belong to a process that cannot be seen from here. */
function mayBeAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    if (isCode(error, 'ESRCH')) return false;
  }
  const startedAt = processStart(holder.pid);
  return startedAt === null || holder.startedAt === null || startedAt === holder.startedAt;
}

function self(): Holder {
  return { pid: process.pid, host: hostname(), startedAt: processStart(process.pid) };
}

/** When a process began, in whatever form the system gives it; null where it gives none. */
function processStart(pid: number): string | null {
  try {
    if (process.platform === 'linux') {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The second field is the program's name and may hold blanks; the start is the twentieth after it.
      return `${boot}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
    }
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      // The form of a date depends on the language of the terminal.
      env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' },
    });
    return started.trim() || null;
  } catch {
    return null;
  }
}

function heldError(directory: string, holder: Holder | null, file?: string): Error {
  const who =
    holder === null
      ? 'another process'
      : `process ${holder.pid}${holder.host === hostname() ? '' : ` on ${holder.host}`}`;
  const manual = file === undefined ? '' : ` If that process is surely gone, delete ${file}.`;
  return new Error(
    `The data folder ${directory} is in use by ${who}. Stop that process, choose another folder, ` +
      `or set DATABASE_URL to run several processes on one Postgres.${manual}`,
  );
}

function readHolder(file: string): Holder | null {
  const text = readText(file);
  return text === null ? null : parseHolder(text);
}

function parseHolder(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || typeof value.pid !== 'number')
      return null;
    return {
      pid: value.pid,
      host: 'host' in value && typeof value.host === 'string' ? value.host : hostname(),
      startedAt: 'startedAt' in value && typeof value.startedAt === 'string' ? value.startedAt : null,
    };
  } catch {
    return null;
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function unwritable(file: string, error: unknown): Error {
  return new Error(
    `Cannot write ${file}: the folder around the data folder must be writable for this user.`,
    {
      cause: error,
    },
  );
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    // Not shared through a cluster's primary process, which would let two workers hold it.
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject);
      // A socket error later must not end the process: the name stays bound.
      server.on('error', () => {});
      // The lock alone keeps no process running.
      server.unref();
      resolve(server);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
