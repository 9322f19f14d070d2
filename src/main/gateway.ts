/** The api role: the HTTP edge, listening. */
import { createServer } from 'node:net';
import { serve } from '@hono/node-server';
import { createApp } from '../api/app.js';
import type { ApiDeps } from '../api/env.js';

export interface Listening {
  /** Stops taking requests, lets those in hand finish, then closes what is idle. */
  close(): Promise<void>;
}

/** Idle or slow senders may not hold connections for ever. */
const HEADERS_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 120_000;
const CLOSE_GRACE_MS = 5_000;

/** Listens on host and port; throws a sentence that names the remedy when that is not possible. */
export async function listen(deps: ApiDeps, address: { host: string; port: number }): Promise<Listening> {
  const app = createApp(deps);
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch: app.fetch,
        hostname: address.host,
        port: address.port,
        serverOptions: { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
      },
      () => resolve({ close: () => close() }),
    );
    server.on('error', (error: NodeJS.ErrnoException) => reject(listenError(error, address)));
    const close = () =>
      new Promise<void>((done) => {
        server.close(() => done());
        if ('closeIdleConnections' in server) server.closeIdleConnections();
        setTimeout(() => {
          if ('closeAllConnections' in server) server.closeAllConnections();
        }, CLOSE_GRACE_MS).unref();
      });
  });
}

/** Fails early and clearly, before a database and a Temporal server are started in vain. */
export function assertPortFree(address: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, address)));
    probe.listen({ host: address.host, port: address.port }, () => probe.close(() => resolve()));
  });
}

function listenError(error: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): Error {
  if (error.code === 'EADDRINUSE') {
    return new Error(
      `Port ${port} on ${host} is in use. Another Baton may be running (see \`baton doctor\`); stop it, or choose another port with BATON_PORT.`,
    );
  }
  if (error.code === 'EACCES')
    return new Error(
      `Port ${port} on ${host} may not be used by this user: choose one above 1023 with BATON_PORT.`,
    );
  if (error.code === 'EADDRNOTAVAIL')
    return new Error(`BATON_HOST ${host} is not an address of this machine.`);
  return new Error(`Cannot listen on ${host}:${port}: ${error.message}`);
}
