/** The Temporal development server that an embedded Baton starts, watches and stops. */
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
} from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { withFileLock } from './file-lock.js';
import { freePort } from './free-port.js';
import { processRef, releaseDatabase, removeRecord, writeRecord } from './server-record.js';
import { type Progress, pollUntil } from './tools.js';
import { startWatched, type WatchedProcess } from './watched-process.js';

export interface EmbeddedServerOptions {
  /** The data folder; created when missing. Database, log and record of the server lie in it. */
  readonly dataDir: string;
  /** Path of the Temporal CLI. */
  readonly binary: string;
  /** Preferred ports; the next free one is taken when somebody listens there. Defaults 7233 and 8233. */
  readonly port?: number;
  readonly uiPort?: number;
  readonly progress: Progress;
  /** Hears of a server that ended without being asked. */
  readonly log: { error(message: string): void };
}

export interface EmbeddedServer {
  /** `127.0.0.1:<port>`. */
  readonly address: string;
  /** An http URL. */
  readonly uiAddress: string;
  /** Whether a server left over from a killed run had to be stopped first. */
  readonly orphanStopped: boolean;
  /** Resolves with a sentence for the log if the server ends without being asked; never otherwise. */
  readonly lost: Promise<string>;
  /** Ends the server, by force after ten seconds; may be called again. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const READY_WITHIN_MS = 60_000;
const STOP_GRACE_SECONDS = 10;
/** Closed leads stay readable in the Temporal UI for this long; Baton itself keeps them in its own database. */
const RETENTION_DAYS = 90;
const LOG_TAIL_BYTES = 4_000;

/**
 * Starts the server on the data folder's database and waits until it answers. It ends with `stop()`, and also when
 * this process ends in any other way. An orphan of an earlier run is stopped first; two servers never share the file.
 * Throws with the last lines of the server's log when it does not come up.
 */
export async function startEmbeddedTemporal(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  mkdirSync(options.dataDir, { recursive: true });
  const dataDir = realpathSync(options.dataDir);
  return withFileLock(
    join(dataDir, 'temporal.lock'),
    () => start(dataDir, options),
    (pid) => options.progress(`Waiting for process ${pid}, which is starting the Temporal server`),
  );
}

async function start(dataDir: string, options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const dbFile = join(dataDir, 'temporal.db');
  const logFile = join(dataDir, 'temporal.log');
  const recordFile = join(dataDir, 'temporal.json');
  const orphanStopped = await releaseDatabase(recordFile, dbFile);
  if (orphanStopped) options.progress('Stopped the Temporal server that an earlier run left behind');
  const port = await freePort(options.port ?? 7233);
  const uiPort = await freePort(options.uiPort ?? 8233, [port]);
  const address = `${HOST}:${port}`;
  const uiAddress = `http://${HOST}:${uiPort}`;
  // One run's log and the one before are kept, so that the file cannot grow for ever.
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`);
  const server = await startWatched({
    command: options.binary,
    args: serverArguments(dbFile, port, uiPort),
    logFile,
    graceSeconds: STOP_GRACE_SECONDS,
  });
  try {
    writeRecord(recordFile, {
      v: 1,
      server: processRef(server.pid),
      owner: processRef(process.pid),
      address,
      uiAddress,
      dbFile,
    });
    await waitUntilReady(address, server);
  } catch (error) {
    await server.stop();
    removeRecord(recordFile, server.pid);
    throw new Error(startFailure(error, options.binary, logFile), { cause: error });
  }
  let stopping = false;
  const lost = new Promise<string>((resolve) => {
    void server.ended.then((code) => {
      if (stopping) return;
      const message = `The embedded Temporal server ended by itself (exit code ${code ?? 'none'}). ${logTail(logFile)}`;
      options.log.error(message);
      resolve(message);
    });
  });
  return {
    address,
    uiAddress,
    orphanStopped,
    lost,
    stop: async () => {
      stopping = true;
      await server.stop();
      removeRecord(recordFile, server.pid);
    },
  };
}

/** The database comes first: an orphan is recognised by the beginning of its command line. */
function serverArguments(dbFile: string, port: number, uiPort: number): string[] {
  return [
    ...['server', 'start-dev', '--db-filename', dbFile],
    ...['--ip', HOST, '--port', String(port), '--ui-port', String(uiPort), '--log-level', 'error'],
  ];
}

/** Asks until the server answers, and sets how long closed workflows are kept. */
async function waitUntilReady(address: string, server: WatchedProcess): Promise<void> {
  const connection = Connection.lazy({ address, connectTimeout: '2s' });
  let lastError: unknown = null;
  try {
    const ready = await pollUntil(
      async () => {
        if (!server.running()) throw new Error('it ended at once');
        const answer = connection
          .withDeadline(Date.now() + 3_000, () => setRetention(connection))
          .then(
            () => true,
            (error: unknown) => {
              lastError = error;
              return null;
            },
          );
        return Promise.race([answer, server.ended.then(() => null)]);
      },
      performance.now() + READY_WITHIN_MS,
      100,
    );
    if (ready === null)
      throw new Error(`it did not answer within ${READY_WITHIN_MS / 1000} s (${lastError})`);
    // Something else may listen on the port while ours has failed to bind it.
    if (!server.running()) throw new Error('it ended at once');
  } finally {
    await connection.close();
  }
}

async function setRetention(connection: Connection): Promise<void> {
  await connection.workflowService.updateNamespace({
    namespace: 'default',
    config: {
      workflowExecutionRetentionTtl: proto.google.protobuf.Duration.fromObject({
        seconds: RETENTION_DAYS * 86_400,
      }),
    },
  });
}

function startFailure(error: unknown, binary: string, logFile: string): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `The Temporal server (${binary}) did not start: ${reason}. ${logTail(logFile)}`;
}

function logTail(logFile: string): string {
  if (!existsSync(logFile)) return `It wrote no log (${logFile}).`;
  const file = openSync(logFile, 'r');
  try {
    const size = fstatSync(file).size;
    const buffer = Buffer.alloc(Math.min(size, LOG_TAIL_BYTES));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString('utf8').trim().split('\n').slice(-12);
    return `The last lines of ${logFile}:\n${lines.join('\n')}`;
  } finally {
    closeSync(file);
  }
}
