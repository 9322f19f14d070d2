/** The HTTP edge over an empty database, with a key for everything; nothing listens. */
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { createApp } from '../../src/api/app.js';
import type { ApiDeps } from '../../src/api/env.js';
import { DefinitionBook } from '../../src/definition/versions.js';
import { createApiKey, ensureAdminKey, type Scope } from '../../src/store/api-keys.js';
import type { OpenDatabase } from '../../src/store/database.js';
import { databases } from './databases.js';

const sample = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');

export interface TestGateway {
  readonly opened: OpenDatabase;
  readonly adminKey: string;
  /** What was logged, parsed. */
  readonly logged: Record<string, unknown>[];
  /** Leads that the courier was told of. */
  readonly nudged: string[];
  /** A request with JSON (or a ready body), as the admin unless `key` says otherwise; null sends no key. */
  request(method: string, path: string, options?: RequestOptions): Promise<Response>;
  /** The same, with its answer parsed. */
  call(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  key(...scopes: Scope[]): Promise<string>;
  close(): Promise<void>;
}

interface RequestOptions {
  readonly json?: unknown;
  readonly body?: RequestInit['body'];
  readonly headers?: Record<string, string>;
  readonly key?: string | null;
  readonly signal?: AbortSignal;
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there
type Answer = { status: number; headers: Headers; body: any };

export async function openGateway(overrides: Partial<ApiDeps> = {}): Promise<TestGateway> {
  const memory = databases.find(({ name }) => name === 'PGlite');
  if (!memory) throw new Error('the list of test databases has no PGlite');
  const opened = await memory.open();
  const book = new DefinitionBook(opened.db);
  await book.publish(sample, 'test');
  const { key } = await ensureAdminKey(opened.db);
  const adminKey = key ?? '';
  const logged: Record<string, unknown>[] = [];
  const nudged: string[] = [];
  const app = createApp({
    db: opened.db,
    book,
    gateway: { execute: async () => 'pending', reachable: async () => true },
    nudge: { nudge: (leadIds) => nudged.push(...leadIds) },
    log: pino({ level: 'debug' }, { write: (line: string) => logged.push(JSON.parse(line)) }),
    publicUrl: 'http://127.0.0.1:8780',
    ...overrides,
  });
  const request: TestGateway['request'] = async (method, path, options = {}) => {
    const key = options.key === undefined ? adminKey : options.key;
    const body = options.json === undefined ? options.body : JSON.stringify(options.json);
    return app.request(path, {
      method,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(options.json !== undefined && { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body !== undefined && { body, duplex: 'half' }),
      ...(options.signal && { signal: options.signal }),
    } as RequestInit);
  };
  return {
    ...{ opened, adminKey, logged, nudged, request },
    call: async (method, path, options) => {
      const response = await request(method, path, options);
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json');
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    },
    key: async (...scopes) => (await createApiKey(opened.db, { name: 'test', scopes })).key,
    close: () => opened.close(),
  };
}
