/** Composes the roles of a process: the only place where every part is known. */
import { join } from 'node:path';
import type { pino } from 'pino';
import type { SegmentSettings } from './api/env.js';
import type { MainModule, RunningBaton, StartOptions } from './cli/main-module.js';
import { adminKeyPath, type Config } from './config/config.js';
import { createConnectors } from './connectors/registry.js';
import type { CourierNudge } from './contracts/ports.js';
import { Courier } from './courier/courier.js';
import { reconcile } from './courier/reconcile.js';
import { DefinitionBook } from './definition/versions.js';
import { BacktestService } from './insight/backtest-service.js';
import { courierHooks } from './main/courier-hooks.js';
import { ensureDefinition, ensureKey } from './main/first-start.js';
import { assertPortFree, listen } from './main/gateway.js';
import { greeting } from './main/greeting.js';
import { closeRuntime, installRuntime, openLog } from './main/logging.js';
import { playSample } from './main/sample.js';
import { openSecretBox } from './main/secrets.js';
import { segmentSettings } from './main/segment-settings.js';
import { StopStack } from './main/stop-stack.js';
import { openTemporal, type TemporalPart } from './main/temporal.js';
import { startWorker } from './main/worker.js';
import { type OpenDatabase, openDatabase } from './store/database.js';
import { GroupCommit } from './store/group-commit.js';
import { UnsubscribeLinks } from './store/unsubscribe-links.js';
import { createLeadGateway } from './temporal/lead-gateway.js';
import { endLeadRuns } from './temporal/lead-runs.js';
import { createLeadSignals } from './temporal/lead-signals.js';

export { exportHistories } from './temporal/histories.js';

/**
 * Starts the roles asked for and answers once they serve. What was started is stopped in reverse, by `stop` or when
 * the start fails. Throws an error whose message names what is wrong and what to do.
 */
export const startBaton: MainModule['startBaton'] = async (config, options) => {
  const embedded = config.databaseUrl === null;
  const { log, file, close } = openLog(config, embedded);
  const stops = new StopStack((name, error) =>
    log.error({ part: name, error: nameOf(error) }, 'could not be stopped'),
  );
  stops.push('log', close);
  stops.push('Temporal runtime', closeRuntime);
  try {
    return await start(config, options, { log, logFile: file, stops, embedded });
  } catch (error) {
    await stops.stop();
    throw error;
  }
};

interface Surroundings {
  readonly log: pino.Logger;
  readonly logFile: string | null;
  readonly stops: StopStack;
  readonly embedded: boolean;
}

async function start(config: Config, options: StartOptions, around: Surroundings): Promise<RunningBaton> {
  const { log, stops, embedded } = around;
  const { roles, print, signal } = options;
  const has = (role: string) => roles.some((wanted) => wanted === role);
  const segment = await segmentSettings(config);
  if (has('api')) await assertPortFree(config);
  installRuntime(log);
  const database = await openStore(config, print);
  stops.push('database', () => database.close());
  const { db } = database;
  signal.throwIfAborted();
  const temporal = await openTemporal({
    config,
    db,
    role: roles.join('+'),
    adopt: options.adoptTemporal,
    print,
    log,
    stops,
  });
  signal.throwIfAborted();
  const book = new DefinitionBook(db);
  const first = (await ensureDefinition(book, config)) === 'published';
  const broken: Promise<unknown>[] = [temporal.lost];

  if (has('worker')) {
    const connectors = createConnectors(db, { smtpUrl: config.smtpUrl });
    const links = new UnsubscribeLinks(db);
    const unsubscribeUrl = async (leadId: string) =>
      `${config.publicUrl}/t/u/${await links.tokenFor(leadId)}`;
    const deps = { db, book, connectors, unsubscribeUrl };
    const worker = await startWorker({ temporal, taskQueue: config.taskQueue, deps, log, embedded });
    stops.push('worker', () => worker.stop());
    broken.push(worker.ended.then(() => NEVER));
  }
  const signals = createLeadSignals(temporal.connection.client, config.taskQueue);
  if (temporal.adopted) await reconcile(db, signals);
  let courier: (CourierNudge & { state(): 'running' | 'stopped' }) | null = null;
  if (has('courier')) {
    const running = new Courier({ db, book, signals, hooks: courierHooks(log) });
    running.start();
    let state: 'running' | 'stopped' = 'running';
    stops.push('courier', () => {
      state = 'stopped';
      return running.stop();
    });
    courier = { nudge: (leadIds) => running.nudge(leadIds), state: () => state };
  }
  signal.throwIfAborted();
  if (has('api'))
    await serveHttp({ config, options, around, database, temporal, book, segment, courier, signals, first });
  else print(`${roles.join(' and ')} running (Temporal ${temporal.address}, task queue ${config.taskQueue})`);
  return {
    stop: () => stops.stop(),
    broken: Promise.race(broken).then(
      (reason) => new Error(String(reason)),
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    ),
  };
}

const NEVER = new Promise<never>(() => undefined);

async function openStore(config: Config, print: (line: string) => void): Promise<OpenDatabase> {
  if (config.databaseUrl !== null) return openDatabase({ kind: 'postgres', url: config.databaseUrl });
  print(`opening the embedded database in ${config.dataDir}`);
  return openDatabase({ kind: 'embedded', directory: join(config.dataDir, 'database') });
}

async function serveHttp(parts: {
  readonly config: Config;
  readonly options: StartOptions;
  readonly around: Surroundings;
  readonly database: OpenDatabase;
  readonly temporal: TemporalPart;
  readonly book: DefinitionBook;
  readonly segment: SegmentSettings;
  readonly courier: (CourierNudge & { state(): 'running' | 'stopped' }) | null;
  readonly signals: ReturnType<typeof createLeadSignals>;
  /** This start has published the first definition: the database was empty. */
  readonly first: boolean;
}): Promise<void> {
  const { config, options, around, database, temporal, book, courier, signals } = parts;
  const { db } = database;
  const { log, stops, embedded } = around;
  const nudge: CourierNudge = courier ?? { nudge: () => undefined };
  const commit = new GroupCommit(db, { onCommitted: (leadIds) => nudge.nudge(leadIds) });
  stops.push('group commit', () => commit.close());
  const gateway = createLeadGateway(temporal.connection.client);
  const backtests = new BacktestService({
    database,
    onFault: (backtest, fault) =>
      log.error({ backtest, error: nameOf(fault) }, 'a backtest ended by a fault'),
  });
  stops.push('backtests', () => backtests.stop());
  backtests.start();
  const { key, made } = await ensureKey(db, config, embedded);
  const secrets = await openSecretBox(config, embedded);
  const server = await listen(
    {
      ...(secrets && { secrets }),
      db,
      book,
      gateway,
      nudge,
      log,
      commit,
      backtests,
      publicUrl: config.publicUrl,
      segment: parts.segment,
      courier: courier ? courier.state : () => 'elsewhere',
      operations: {
        reconcile: async () => ({ ...(await reconcile(db, signals)) }),
        endRuns: (leadId) => endLeadRuns(temporal.connection.client, leadId),
      },
    },
    config,
  );
  stops.push('HTTP', () => server.close());
  const sample = options.sample && parts.first ? await playSample({ db, book, commit }) : null;
  const keyFile = embedded ? adminKeyPath(config.dataDir) : null;
  const lines = greeting({ config, temporal, key, made, keyFile, sample, logFile: around.logFile });
  for (const line of lines) options.print(line);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
