/** Finding a port that nobody listens on. */
import { createServer } from 'node:net';

const HOST = '127.0.0.1';
const PORTS_TRIED_MAX = 100;

/** The preferred port, or the next free one above it that is not in `taken`. Throws when a hundred in a row are taken. */
export async function freePort(preferred: number, taken: readonly number[] = []): Promise<number> {
  for (let port = preferred; port < Math.min(preferred + PORTS_TRIED_MAX, 65_536); port += 1) {
    if (!taken.includes(port) && (await isFree(port))) return port;
  }
  throw new Error(
    `No port from ${preferred} on is free for Temporal. Stop what uses them or choose another.`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: HOST, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
