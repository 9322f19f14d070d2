import { type Call, ConnectorError } from '../connectors/ports.js';

/**
 * Runs one call to another system under a time limit. A connector that does not heed its signal is left behind:
 * its answer, should it come, is nobody's. Throws a `timeout` when the limit passes.
 */
export async function callWithin<T>(timeoutMs: number, run: (call: Call) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      controller.abort();
      // The connector may know more than that time is up (nothing was sent yet), so it may answer first.
      setImmediate(() => reject(new ConnectorError('timeout', `No answer within ${timeoutMs} ms.`)));
    }, timeoutMs);
  });
  try {
    return await Promise.race([run({ signal: controller.signal, timeoutMs }), late]);
  } finally {
    clearTimeout(timer);
  }
}
