import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliIo } from '../../src/cli/io.js';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly key: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was sent.
  readonly body: any;
}
export interface Told {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** A gateway that answers as a test says and remembers what it was asked. */
export async function fakeGateway(answer: (asked: Asked, times: number) => Told) {
  const asked: Asked[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const one: Asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      key: request.headers.authorization?.replace('Bearer ', '') ?? null,
      body: text === '' ? null : JSON.parse(text),
    };
    asked.push(one);
    const told = answer(one, asked.length);
    const status = told.status ?? 200;
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    response.writeHead(status, { 'content-type': type, connection: 'close', ...told.headers });
    response.end(told.body === undefined ? '' : JSON.stringify(told.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** A terminal that remembers, in a folder of its own, with only the environment that is given. */
export function recordingIo(env: Record<string, string> = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'baton-cli-'));
  const outLines: string[] = [];
  const errLines: string[] = [];
  const io: CliIo = {
    out: (line) => void outLines.push(line),
    err: (line) => void errLines.push(line),
    redraw: () => undefined,
    interactive: false,
    columns: 100,
    cwd,
    env: { BATON_DATA_DIR: join(cwd, 'data'), ...env },
  };
  return {
    io,
    cwd,
    out: () => outLines.join('\n'),
    err: () => errLines.join('\n'),
    clear: () => {
      outLines.length = 0;
      errLines.length = 0;
    },
    remove: () => rmSync(cwd, { recursive: true, force: true }),
  };
}
