/**
 * How fast a backtest is: a million made-up events of twenty thousand leads, the sample definition against itself with
 * a threshold of 45 instead of 50. The same events every time.
 *
 * Usage: node bench/backtest.mjs [--database URL | --folder DIR] [--leads N] [--events N] [--threads N] [--rounds N]
 * The database must be empty or made by this script: events that are there are measured and not made again.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const out = join(root, 'node_modules', '.cache', 'baton', 'bench-backtest');
await build({ out });
const [{ openDatabase }, { runBacktest }, { readDefinition }] = await Promise.all(
  ['store/database.js', 'insight/backtest/run.js', 'definition/check.js'].map(
    (file) => import(join(out, file)),
  ),
);

const temporary = options.database || options.folder ? null : mkdtempSync(join(tmpdir(), 'baton-bench-'));
const opened = await openDatabase(
  options.database
    ? { kind: 'postgres', url: options.database }
    : { kind: 'embedded', directory: options.folder ?? temporary },
);
try {
  await makeWorld(opened.db);
  const document = readFileSync(join(root, 'definitions/sample.yaml'), 'utf8');
  for (let round = 0; round < Number(options.rounds); round++) await measure(document);
} finally {
  await opened.close();
  if (temporary) rmSync(temporary, { recursive: true, force: true });
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

async function measure(document) {
  const side = (number, text) => ({
    label: `version ${number}`,
    ref: { number, hash: `bench-${number}` },
    definition: readDefinition(text),
  });
  let peak = 0;
  const watching = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  const cpu = process.cpuUsage();
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
  console.log(
    `${leads} leads, ${events} events in ${(elapsedMs / 1000).toFixed(1)} s: ${Math.round((events / elapsedMs) * 1000)} a second, ` +
      `${((user + system) / events).toFixed(1)} µs of processor time each without the server's, ${Math.round(peak / 2 ** 20)} MB`,
  );
  console.log(
    `  ${Object.entries(totals)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}`,
  );
}
