/** A throw-away Postgres for tests: started by whichever test file needs it first, shared, and ended with the run. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';

const START_DEADLINE_MS = 60_000;

/** The process whose end ends the server: vitest itself when this is one of its forks. */
const owner = process.send === undefined ? process.pid : process.ppid;
const home = join(tmpdir(), `baton-test-postgres-${owner}-${startOf(owner)}`);

/** A pid comes back one day, and with it the folder of a run whose watcher was killed. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** Whether a Postgres can be had: one given by TEST_DATABASE_URL, or binaries to start one. Said aloud once when not. */
export function postgresAvailable(): boolean {
  if (process.env.TEST_DATABASE_URL !== undefined || binaries() !== null) return true;
  const told = `${home}.told`;
  if (!existsSync(told)) {
    writeFileSync(told, '');
    console.warn(
      'No Postgres found: its tests are skipped. Install one (Debian: postgresql) or set TEST_DATABASE_URL to a server where databases may be created.',
    );
  }
  return false;
}

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** A new, empty database of its own. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = await serverUrl();
  const name = `baton_test_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
  await administer(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(server, `drop database if exists ${name} with (force)`) };
}

/** Runs one statement on the server's own database. */
async function administer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function serverUrl(): Promise<string> {
  if (process.env.TEST_DATABASE_URL !== undefined) return process.env.TEST_DATABASE_URL;
  const ready = join(home, 'ready');
  const failed = join(home, 'failed');
  // Making the folder decides which of several test processes starts the server.
  if (makeFolder(home)) start();
  for (const end = Date.now() + START_DEADLINE_MS; Date.now() < end; await wait(50)) {
    if (existsSync(failed))
      throw new Error(`Postgres for tests did not start:\n${readFileSync(join(home, 'log'), 'utf8')}`);
    if (existsSync(ready)) return `postgres://postgres@localhost/postgres?host=${encodeURIComponent(home)}`;
  }
  throw new Error(`Postgres for tests did not start within ${START_DEADLINE_MS} ms; see ${home}/log.`);
}

function makeFolder(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * A shell that outlives this test file starts the server, watches the owner and, when that is gone (killed ones
 * included), stops the server and removes the folder. No network port: a socket in the folder.
 */
const WATCH = `
cd "$HOME_DIR" || exit 1
finish() { [ -n "$server" ] && kill -INT "$server" && wait "$server"; cd /; rm -rf "$HOME_DIR"; }
trap 'finish; exit 0' TERM INT
if ! "$BIN/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >log 2>&1; then : >failed; fi
if [ ! -e failed ]; then
  "$BIN/postgres" -D data -k "$HOME_DIR" -c listen_addresses= -c fsync=off -c synchronous_commit=off \\
    -c full_page_writes=off -c max_connections=200 -c timezone=America/New_York >>log 2>&1 &
  server=$!
  until "$BIN/pg_isready" -q -h "$HOME_DIR"; do
    kill -0 "$server" 2>/dev/null || { : >failed; server=; break; }
    sleep 0.05
  done
  [ -e failed ] || : >ready
fi
while [ -d "/proc/$OWNER" ] || kill -0 "$OWNER" 2>/dev/null; do sleep 0.5; done
finish`;

function start(): ChildProcess {
  const bin = binaries();
  if (bin === null) throw new Error('No Postgres binaries were found.');
  chmodSync(home, 0o700);
  const account = serverAccount();
  if (account !== null) chownSync(home, account.uid, account.gid);
  const child = spawn('/bin/sh', ['-c', WATCH], {
    env: { PATH: process.env.PATH, HOME_DIR: home, BIN: bin, OWNER: String(owner), LC_ALL: 'C' },
    cwd: '/',
    detached: true,
    stdio: 'ignore',
    ...account,
  });
  child.unref();
  return child;
}

/** Postgres refuses to run as root; the package's own account is there for that. */
function serverAccount(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: 'pipe' }).toString());
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such account: try the next.
    }
  }
  return null;
}

/** The folder with `initdb` and `postgres`: the newest packaged version, else what is on the path. */
function binaries(): string | null {
  const packaged = '/usr/lib/postgresql';
  const versions = existsSync(packaged) ? readdirSync(packaged).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(packaged, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  const found = folders.find((folder) =>
    ['initdb', 'postgres', 'pg_isready'].every((name) => existsSync(join(folder, name))),
  );
  return found ?? null;
}
