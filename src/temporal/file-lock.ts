/** A lock between processes: a file that names its holder, taken over when the holder is dead. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isSameProcess, processFacts } from './process-identity.js';

interface Holder {
  readonly pid: number;
  readonly startedAt: string;
}

const ASK_AGAIN_MS = 300;

/**
 * Runs `work` while this process alone holds the lock file. Waits for a live holder (`onWait` hears its pid,
 * once); a lock whose holder is dead is taken over.
 */
export async function withFileLock<T>(
  file: string,
  work: () => Promise<T>,
  onWait?: (pid: number) => void,
): Promise<T> {
  let told = false;
  for (;;) {
    const holder = tryTake(file);
    if (holder === null) break;
    if (!told && holder.pid !== 0) onWait?.(holder.pid);
    told = true;
    await delay(ASK_AGAIN_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Null when the lock is ours now, otherwise who holds it (pid 0: it changed hands just now). */
function tryTake(file: string): Holder | null {
  const mine = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  const self = processFacts(process.pid);
  writeFileSync(mine, JSON.stringify({ pid: process.pid, startedAt: self?.startedAt ?? '' }));
  try {
    // A hard link fails when the name exists and never shows a file that is half written.
    linkSync(mine, file);
    return null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(mine, { force: true });
  }
  const held = read(file);
  if (held === null) return { pid: 0, startedAt: '' };
  const holder = parse(held);
  if (holder !== null && isSameProcess(holder)) return holder;
  removeStale(file, held);
  return { pid: 0, startedAt: '' };
}

/** Two processes may find the same stale lock: the second must not remove what the first has put there since. */
function removeStale(file: string, stale: string): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    if (read(aside) !== stale) linkSync(aside, file);
  } catch {
    // Somebody else was quicker; the next look shows who.
  }
  rmSync(aside, { force: true });
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function parse(text: string): Holder | null {
  try {
    const holder = JSON.parse(text) as Partial<Holder>;
    return typeof holder.pid === 'number' && typeof holder.startedAt === 'string'
      ? { pid: holder.pid, startedAt: holder.startedAt }
      : null;
  } catch {
    return null;
  }
}
