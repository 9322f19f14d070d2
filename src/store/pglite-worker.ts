/** The thread of the embedded database. It is started by `startInThread` and knows nothing but bytes. */
import { parentPort, workerData } from 'node:worker_threads';
import { startEmbedded } from './pglite-engine.js';
import type { ThreadReply, ThreadRequest } from './pglite-pool.js';

const port = parentPort;
if (port === null) throw new Error('This file runs as a worker thread only.');

const describe = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : String(error);

const { directory } = workerData as { directory: string };
try {
  const engine = await startEmbedded(directory);
  // One after the other, in the order in which they came: the protocol is a single conversation.
  let turn: Promise<void> = Promise.resolve();
  port.on('message', (request: ThreadRequest) => {
    turn = turn.then(async () => {
      try {
        if (request.messages === null) {
          await engine.close();
          port.postMessage({ id: request.id, answer: null } satisfies ThreadReply);
          port.close();
          return;
        }
        const answer = await engine.exec(request.messages);
        port.postMessage({ id: request.id, answer } satisfies ThreadReply, [answer.buffer]);
      } catch (error) {
        port.postMessage({ id: request.id, error: describe(error) } satisfies ThreadReply);
      }
    });
  });
  port.postMessage({ id: 0, answer: null } satisfies ThreadReply);
} catch (error) {
  port.postMessage({ id: 0, error: describe(error) } satisfies ThreadReply);
  port.close();
}
