import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

/** The Postgres major that the installed PGlite carries; a data folder of another one cannot be read. */
const POSTGRES_MAJOR = '18';

/** A database that speaks the Postgres wire protocol in whole messages, one call at a time. */
export interface ProtocolEngine {
  /** Runs the messages and returns everything the database answers. The result owns its buffer. */
  exec(messages: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/**
 * Opens the cluster at a path, or creates one where nothing is. The caller holds the path's lock.
 * @throws Error when something else is there; nothing is deleted.
 */
export async function startEmbedded(directory: string): Promise<ProtocolEngine> {
  if (existsSync(directory)) checkCluster(directory);
  else await createCluster(directory);
  let pglite: PGlite;
  try {
    pglite = await PGlite.create({ dataDir: directory });
  } catch (error) {
    throw new Error(
      `The embedded database in ${directory} does not start: ${messageOf(error)}. Nothing was deleted. ` +
        'Restore the folder from a backup, or move it away to begin with an empty one.',
      { cause: error },
    );
  }
  return engineOf(pglite);
}

/** A database in memory on this thread; for tests. Closing leaves an instance of the caller's open. */
export async function startInMemory(pglite?: PGlite): Promise<ProtocolEngine> {
  if (pglite === undefined) return engineOf(await PGlite.create());
  return { ...engineOf(pglite), close: async () => {} };
}

function checkCluster(directory: string): void {
  let major: string;
  try {
    major = readFileSync(join(directory, 'PG_VERSION'), 'utf8').trim();
  } catch (error) {
    throw new Error(
      `${directory} holds no database: its file PG_VERSION cannot be read (${messageOf(error)}). ` +
        'Restore it from a backup, or move it away to begin with an empty one. Nothing was changed.',
      { cause: error },
    );
  }
  if (major !== POSTGRES_MAJOR)
    throw new Error(
      `The database in ${directory} was written by Postgres ${major}; this version carries Postgres ${POSTGRES_MAJOR} and cannot ` +
        'read it. Export the data with the version that wrote it, or choose another folder. Nothing was changed.',
    );
  // Only a server leaves this file; PGlite never does.
  if (existsSync(join(directory, 'postmaster.opts')))
    throw new Error(
      `The database in ${directory} belongs to a Postgres server. Set DATABASE_URL to use that server, ` +
        'or choose another folder. Nothing was changed.',
    );
}

/** Built beside its place and moved there when complete, so that a kill half-way leaves no half cluster behind. */
async function createCluster(directory: string): Promise<void> {
  const unfinished = `${directory}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const pglite = await PGlite.create({ dataDir: unfinished });
  await pglite.close();
  renameSync(unfinished, directory);
}

function engineOf(pglite: PGlite): ProtocolEngine {
  let used = false;
  return {
    exec: async (messages) => {
      // A startup packet has no type byte. PGlite has a single session, so what the last connection left in it
      // (an open transaction, settings, prepared statements) must go before the next one begins.
      if (messages[0] === 0 && used) {
        await pglite.execProtocolRaw(simpleQuery('rollback'));
        await pglite.execProtocolRaw(simpleQuery('discard all'));
      }
      used = true;
      // A copy where PGlite answers from its own buffer, which the next call overwrites.
      const answer = await pglite.execProtocolRaw(messages);
      return answer.byteLength === answer.buffer.byteLength && answer.buffer instanceof ArrayBuffer
        ? new Uint8Array(answer.buffer)
        : new Uint8Array(answer);
    },
    close: () => pglite.close(),
  };
}

function simpleQuery(text: string): Uint8Array {
  const body = Buffer.from(`${text}\0`);
  const message = Buffer.alloc(5 + body.length, 'Q');
  message.writeInt32BE(4 + body.length, 1);
  body.copy(message, 5);
  return message;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
