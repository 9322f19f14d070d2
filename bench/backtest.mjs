/**
 * How fast a backtest is: a million made-up events of twenty thousand leads, the sample definition against itself with
 * a threshold of 45 instead of 50. The same events every time.
 *
 * Usage: node bench/backtest.mjs [--database URL] [--folder DIR] [--leads N] [--events N] [--threads N] [--rounds N]
 * Measures the server that is named and the embedded database in the folder, or in a new one where no server is named.
 * Either must be empty or made by this script: events that are there are measured and not made again.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { build } from '../scripts/build.mjs';
import { worldStatements } from './backtest-world.mjs';

const { values: options } = parseArgs({
  options: {
    database: { type: 'string' },
    folder: { type: 'string' },
    leads: { type: 'string', default: '20000' },
    events: { type: 'string', default: '1000000' },
    threads: { type: 'string' },
    rounds: { type: 'string', default: '3' },
  },
});
/** As Linux counts processor time, everywhere that Node runs. */
const TICKS_A_SECOND = 100;
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const out = join(root, 'node_modules', '.cache', 'baton', 'bench-backtest');
await build({ out });
const [{ openDatabase }, { runBacktest }, { readDefinition }] = await Promise.all(
  ['store/database.js', 'insight/backtest/run.js', 'definition/check.js'].map(
    (file) => import(join(out, file)),
  ),
);

const document = readFileSync(join(root, 'definitions/sample.yaml'), 'utf8');
if (options.database) await measureOn({ kind: 'postgres', url: options.database });
if (options.folder) await measureOn({ kind: 'embedded', directory: options.folder });
if (!options.database && !options.folder) {
  const directory = mkdtempSync(join(tmpdir(), 'baton-bench-'));
  await measureOn({ kind: 'embedded', directory }).finally(() =>
    rmSync(directory, { recursive: true, force: true }),
  );
}

async function measureOn(where) {
  const opened = await openDatabase(where);
  try {
    await makeWorld(opened.db);
    for (let round = 0; round < Number(options.rounds); round++) await measure(opened);
  } finally {
    await opened.close();
  }
}

async function makeWorld(db) {
  const { rows } = await sql`select 1 from events limit 1`.execute(db);
  if (rows.length > 0) return;
  await db.connection().execute(async (connection) => {
    await sql`set statement_timeout = 0`.execute(connection);
    for (const statement of worldStatements({ leads: Number(options.leads), events: Number(options.events) }))
      await sql.raw(statement).execute(connection);
    await sql`reset statement_timeout`.execute(connection);
  });
}

async function measure(opened) {
  const side = (number, text) => ({
    label: `version ${number}`,
    ref: { number, hash: `bench-${number}` },
    definition: readDefinition(text),
  });
  let peak = 0;
  const watching = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  const serverCpu = opened.kind === 'postgres' ? await serverCpuSeconds(opened.db) : () => 0;
  const [cpu, serverBefore] = [process.cpuUsage(), serverCpu()];
  const { leads, events, totals, elapsedMs } = await runBacktest({
    database: opened,
    before: side(1, document),
    after: side(2, document.replace('threshold: 50', 'threshold: 45')),
    fromMs: Date.parse('2025-10-01T04:00:00Z'),
    toMs: Date.parse('2026-06-01T04:00:00Z'),
    ...(options.threads && { threads: Number(options.threads) }),
  });
  clearInterval(watching);
  const { user, system } = process.cpuUsage(cpu);
  const perEvent = (seconds) => `${((seconds * 1e6) / events).toFixed(1)} µs`;
  const server = serverCpu() - serverBefore;
  console.log(
    `${opened.kind}: ${leads} leads, ${events} events in ${(elapsedMs / 1000).toFixed(1)} s, ${Math.round((events / elapsedMs) * 1000)} a second; ` +
      `processor time per event ${perEvent((user + system) / 1e6 + server)}, ${perEvent(server)} of it the server's; ${Math.round(peak / 2 ** 20)} MB`,
  );
  console.log(
    `  ${Object.entries(totals)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}`,
  );
}

/** Reads how much processor time a server on this machine has had, its sessions and those that ended included. */
async function serverCpuSeconds(db) {
  const { rows } = await sql`select pg_backend_pid() as pid`.execute(db);
  const [, postmaster] = statOf(rows[0].pid) ?? [];
  if (!postmaster) return () => Number.NaN;
  return () => {
    // Of a process: its parent, then user and system time of its own, then of the children it has seen end.
    const times = (stat, count) => stat.slice(11, 11 + count).reduce((sum, ticks) => sum + Number(ticks), 0);
    const stats = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [statOf(name) ?? []] : []));
    const sessions = stats.filter(([, parent]) => parent === postmaster);
    const ticks = sessions.reduce((sum, stat) => sum + times(stat, 2), times(statOf(postmaster), 4));
    return ticks / TICKS_A_SECOND;
  };
}

/** State, parent and all that follows them in Linux's file; null when there is no such process here. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
