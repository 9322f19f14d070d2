import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import pg from 'pg';
import { type ProtocolEngine, startEmbedded } from './pglite-engine.js';
import { prepareSession, rowTypes } from './postgres.js';
import { EMBEDDED_GONE } from './sql.js';

/** To the thread: protocol messages to run, or null to close the database. */
export interface ThreadRequest {
  id: number;
  messages: Uint8Array<ArrayBuffer> | null;
}

/** From the thread, once per request; id 0 says whether the database has started. */
export type ThreadReply =
  | { id: number; answer: Uint8Array<ArrayBuffer> | null }
  | { id: number; error: string };

/** Longer than any statement of ours: a caller that waits this long has found a lock-up, not a queue. */
const QUEUE_TIMEOUT_MS = 120_000;

/**
 * A pg pool of one over an engine. pg speaks its own protocol to it through a stream, so rows, errors and types are
 * exactly those of a Postgres connection. The engine stays the caller's to close.
 */
export function createPglitePool(engine: ProtocolEngine): pg.Pool {
  const pool = new pg.Pool({
    max: 1,
    // The one session lives as long as the database; dropping it when idle would gain nothing.
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: QUEUE_TIMEOUT_MS,
    user: 'postgres',
    database: 'postgres',
    host: 'embedded',
    password: 'unused',
    ssl: false,
    application_name: 'baton',
    types: rowTypes,
    onConnect: prepareSession,
    stream: () => new EngineStream(engine),
  });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** The embedded database on a thread of its own, or on this one when run from sources, where there is no built worker file. */
export async function startEmbeddedEngine(directory: string): Promise<ProtocolEngine> {
  const file = new URL('./pglite-worker.js', import.meta.url);
  if (!existsSync(fileURLToPath(file))) return startEmbedded(directory);
  // Making a cluster takes several hundred megabytes that a running one does not need: they end with that thread.
  if (!existsSync(join(directory, 'PG_VERSION'))) await (await startInThread(file, directory)).close();
  return startInThread(file, directory);
}

/** Terminate: pg says goodbye, and the shared session has nothing to say to that. */
const isGoodbye = (chunk: Uint8Array): boolean => chunk.length === 5 && chunk[0] === 0x58;

/** What pg takes for its socket. Each write is a run of whole messages; what piles up meanwhile goes as one. */
class EngineStream extends Duplex {
  readonly #engine: ProtocolEngine;

  constructor(engine: ProtocolEngine) {
    super({ allowHalfOpen: false });
    this.#engine = engine;
  }

  connect(): void {
    queueMicrotask(() => this.emit('connect'));
  }

  setNoDelay(): void {}
  setKeepAlive(): void {}
  ref(): void {}
  unref(): void {}

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#exchange([chunk], done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#exchange(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }

  #exchange(chunks: Buffer[], done: (error?: Error | null) => void): void {
    const parts = chunks.filter((chunk) => !isGoodbye(chunk));
    if (parts.length === 0) {
      done();
      return;
    }
    // A buffer of its own: pg reuses its buffers, and a transferred one is lost to its sender.
    const messages = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let offset = 0;
    for (const part of parts) {
      messages.set(part, offset);
      offset += part.length;
    }
    this.#engine.exec(messages).then(
      (answer) => {
        if (answer.length > 0) this.push(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength));
        done();
      },
      (error: Error) => done(error),
    );
  }
}

/**
 * Starts the worker file and waits until its database is open. When the thread ends unasked, every call from then on
 * fails with the code `EMBEDDED_DATABASE_GONE`.
 */
export async function startInThread(file: URL, directory: string): Promise<ProtocolEngine> {
  // No loader of the parent's is inherited: the file is plain JavaScript.
  const worker = new Worker(file, { workerData: { directory }, name: 'embedded-database', execArgv: [] });
  const waiting = new Map<
    number,
    { resolve(answer: Uint8Array<ArrayBuffer> | null): void; reject(error: Error): void }
  >();
  let lastId = 0;
  let gone: Error | null = null;

  const end = (reason: string, cause?: unknown): void => {
    gone ??= Object.assign(new Error(`The embedded database has stopped: ${reason}`, { cause }), {
      code: EMBEDDED_GONE,
    });
    for (const call of waiting.values()) call.reject(gone);
    waiting.clear();
  };
  worker.on('message', (reply: ThreadReply) => {
    const call = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) call?.reject(new Error(reply.error));
    else call?.resolve(reply.answer);
  });
  worker.on('error', (error) => end(error.message, error));
  worker.on('exit', (code) => end(`its thread ended with code ${code}`));

  const answerTo = (id: number): Promise<Uint8Array<ArrayBuffer> | null> =>
    new Promise((resolve, reject) => {
      if (gone === null) waiting.set(id, { resolve, reject });
      else reject(gone);
    });
  const request = (messages: Uint8Array<ArrayBuffer> | null): Promise<Uint8Array<ArrayBuffer> | null> => {
    lastId += 1;
    const answer = answerTo(lastId);
    const transfer = messages === null ? [] : [messages.buffer];
    worker.postMessage({ id: lastId, messages } satisfies ThreadRequest, transfer);
    return answer;
  };

  await answerTo(0);
  return {
    exec: async (messages) => {
      const answer = await request(new Uint8Array(messages));
      return answer ?? new Uint8Array(0);
    },
    close: async () => {
      if (gone !== null) return;
      const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
      await request(null);
      await ended;
    },
  };
}
