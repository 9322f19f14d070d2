/** What is known on disk of the embedded Temporal server, and who holds its database file. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { allProcesses, isSameProcess, type ProcessFacts, processFacts } from './process-identity.js';
import { pollUntil } from './tools.js';

interface ProcessRef {
  readonly pid: number;
  readonly startedAt: string;
}

export interface ServerRecord {
  readonly v: 1;
  readonly server: ProcessRef;
  /** The Baton process that started it. */
  readonly owner: ProcessRef;
  readonly address: string;
  readonly uiAddress: string;
  readonly dbFile: string;
}

/** Names a live process so that it can be told from a later one with the same id. */
export function processRef(pid: number): ProcessRef {
  const facts = processFacts(pid);
  // Told as the end of the start that it belongs to.
  if (facts === null) throw new Error('it ended at once');
  return { pid, startedAt: facts.startedAt };
}

/** The record, or null when there is none or it cannot be read. */
export function readRecord(file: string): ServerRecord | null {
  try {
    const record = JSON.parse(readFileSync(file, 'utf8')) as Partial<ServerRecord>;
    const whole = record.v === 1 && record.server && record.owner && typeof record.dbFile === 'string';
    return whole ? (record as ServerRecord) : null;
  } catch {
    return null;
  }
}

export function writeRecord(file: string, record: ServerRecord): void {
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(beside, file);
}

/** Removes the record if it still speaks of this server. */
export function removeRecord(file: string, serverPid: number): void {
  if (readRecord(file)?.server.pid === serverPid) rmSync(file, { force: true });
}

const TERM_GRACE_MS = 12_000;
const KILL_GRACE_MS = 5_000;
const LOOK_EVERY_MS = 100;

/**
 * Makes sure that nobody has the database file open: an orphan of our own record is stopped, a stale record removed.
 * Answers whether an orphan was stopped. Throws when another Baton uses the folder, or when a process that cannot be
 * proven to be ours holds the file; such a process is never touched.
 */
export async function releaseDatabase(recordFile: string, dbFile: string): Promise<boolean> {
  const record = readRecord(recordFile);
  if (record !== null && isSameProcess(record.server) && isSameProcess(record.owner)) {
    throw new Error(
      `The Temporal server of this data folder is in use by process ${record.owner.pid}. Stop that Baton first, or give this one another data folder.`,
    );
  }
  let stopped = false;
  if (record !== null && isOrphan(record, dbFile)) {
    await stopOrphan(record.server);
    stopped = true;
  }
  const holder = allProcesses().find((facts) => servesDatabase(facts, dbFile));
  if (holder !== undefined) {
    throw new Error(
      `Process ${holder.pid} is a Temporal server on ${dbFile}, and nothing proves that this Baton started it. Stop it (kill ${holder.pid}), or set TEMPORAL_ADDRESS to use it.`,
    );
  }
  rmSync(recordFile, { force: true });
  return stopped;
}

/** Ours beyond doubt: the id, the start time and the command line all agree. */
function isOrphan(record: ServerRecord, dbFile: string): boolean {
  if (!isSameProcess(record.server)) return false;
  const facts = processFacts(record.server.pid);
  return facts !== null && record.dbFile === dbFile && servesDatabase(facts, dbFile);
}

function servesDatabase(facts: ProcessFacts, dbFile: string): boolean {
  const command = facts.argv.join(' ');
  // The shell that watches a server carries the same arguments.
  return command.includes(`server start-dev --db-filename ${dbFile} `) && !command.includes(' baton-watch ');
}

async function stopOrphan(server: ProcessRef): Promise<void> {
  const gone = (withinMs: number) =>
    pollUntil(() => (isSameProcess(server) ? null : true), performance.now() + withinMs, LOOK_EVERY_MS);
  signal(server, 'SIGTERM');
  if ((await gone(TERM_GRACE_MS)) !== null) return;
  signal(server, 'SIGKILL');
  if ((await gone(KILL_GRACE_MS)) === null) {
    throw new Error(
      `The Temporal server of an earlier run (process ${server.pid}) does not end. Stop it by hand.`,
    );
  }
}

function signal(server: ProcessRef, name: 'SIGTERM' | 'SIGKILL'): void {
  if (!isSameProcess(server)) return;
  try {
    process.kill(server.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
