/** A gateway that really listens, for client libraries that nobody here wrote, and a look at what it stored. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { pino } from 'pino';
import { createApp } from '../../src/api/app.js';
import type { ApiDeps } from '../../src/api/env.js';
import { DefinitionBook } from '../../src/definition/versions.js';
import { openGateway, type TestGateway } from './gateway.js';

export interface ListeningGateway {
  readonly gateway: TestGateway;
  readonly url: string;
  /** The address and headers of every request that came in. */
  readonly requests: { path: string; headers: Headers }[];
  /**
   * What befalls the next requests: a status instead of an answer (with 429 goes a `Retry-After` of one second), or
   * `lost`: taken in, but the sender learns 502.
   */
  readonly faults: (number | 'lost')[];
  /** Events in the order in which they were taken. */
  events(): Promise<StoredEvent[]>;
  close(): Promise<void>;
}

export interface StoredEvent {
  readonly event_id: string;
  readonly type: string;
  readonly occurred_at: Date;
  readonly lead_id: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there
  readonly body: any;
}

export async function storedEvents(gateway: TestGateway): Promise<StoredEvent[]> {
  return gateway.opened.db
    .selectFrom('events')
    .select(['event_id', 'type', 'occurred_at', 'lead_id', 'body'])
    .orderBy('position')
    .execute();
}

export async function listenForLibraries(overrides: Partial<ApiDeps> = {}): Promise<ListeningGateway> {
  const gateway = await openGateway();
  const { db } = gateway.opened;
  const app = createApp({
    db,
    book: new DefinitionBook(db),
    gateway: { execute: async () => 'pending', reachable: async () => true },
    nudge: { nudge: () => undefined },
    log: pino({ level: 'silent' }),
    publicUrl: 'http://127.0.0.1:8780',
    ...overrides,
  });
  const requests: ListeningGateway['requests'] = [];
  const faults: number[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    requests.push({ path: new URL(request.url).pathname, headers: request.headers });
    const fault = request.method === 'POST' ? faults.shift() : undefined;
    if (typeof fault === 'number') {
      return new Response('{}', { status: fault, headers: fault === 429 ? { 'retry-after': '1' } : {} });
    }
    const answer = await app.fetch(request);
    return fault === 'lost' ? new Response('{}', { status: 502 }) : answer;
  };
  const server: ServerType = serve({ fetch, hostname: '127.0.0.1', port: 0 });
  if (!server.listening) await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...{ gateway, requests, faults },
    url: `http://127.0.0.1:${port}`,
    events: () => storedEvents(gateway),
    close: async () => {
      if ('closeAllConnections' in server) server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await gateway.close();
    },
  };
}
