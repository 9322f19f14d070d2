/** A folding thread. It is started by `foldInThreads`, is given pages of lives, and knows no database. */
import { parentPort, workerData } from 'node:worker_threads';
import { Fold, type FoldPlan } from './fold.js';
import type { FoldReply, FoldRequest } from './folding.js';

const port = parentPort;
if (port === null) throw new Error('This file runs as a worker thread only.');

const fold = new Fold(workerData as FoldPlan);
port.on('message', (request: FoldRequest) => {
  if (request === null) {
    port.postMessage({ tally: fold.tally } satisfies FoldReply);
    port.close();
    return;
  }
  const walking = fold.page(request);
  let walked = walking.next();
  while (!walked.done) walked = walking.next();
  port.postMessage({ folded: walked.value } satisfies FoldReply);
});
