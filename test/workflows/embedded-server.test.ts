import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { buildSync } from 'esbuild';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { clusterId, connect, plainSettings, reachable } from '../../src/temporal/connection.js';
import { type EmbeddedServer, startEmbeddedTemporal } from '../../src/temporal/embedded-server.js';
import { isSameProcess, processFacts } from '../../src/temporal/process-identity.js';
import { registerSearchAttributes } from '../../src/temporal/search-attributes.js';
import { processRef, readRecord, writeRecord } from '../../src/temporal/server-record.js';
import { pollUntil } from '../../src/temporal/tools.js';

const binary = inject('temporalCliPath');
const log = { error: () => undefined };
const progress = (): void => undefined;
let dataDir: string;
const servers: EmbeddedServer[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'baton-embedded-')));
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(port = 27_233): Promise<EmbeddedServer> {
  const server = await startEmbeddedTemporal({
    dataDir,
    binary: binary ?? 'no Temporal CLI on this machine',
    port,
    uiPort: 28_233,
    progress,
    log,
  });
  servers.push(server);
  return server;
}

function record() {
  const found = readRecord(join(dataDir, 'temporal.json'));
  if (found === null) throw new Error('no record');
  return found;
}

async function gone(ref: { pid: number; startedAt: string }, withinMs = 20_000): Promise<boolean> {
  const answer = await pollUntil(() => (isSameProcess(ref) ? null : true), performance.now() + withinMs, 50);
  return answer === true;
}

/** A server on the data folder's database that was started by nobody we know, as a killed run leaves it. */
async function strayServer(): Promise<{ pid: number; startedAt: string }> {
  const dbFile = join(dataDir, 'temporal.db');
  const child = spawn(
    binary ?? '',
    [
      ...['server', 'start-dev', '--db-filename', dbFile, '--ip', '127.0.0.1'],
      ...['--port', '27333', '--headless', '--log-level', 'never'],
    ],
    { stdio: 'ignore' },
  );
  children.push(child);
  const connection = Connection.lazy({ address: '127.0.0.1:27333' });
  const up = await pollUntil(
    async () => ((await reachable(connection, 500)) ? true : null),
    performance.now() + 20_000,
    100,
  );
  await connection.close();
  expect(up).toBe(true);
  return processRef(child.pid ?? 0);
}

describe('the embedded Temporal server', () => {
  it('answers when it has started, keeps closed workflows for long, and is gone after stop', async () => {
    const server = await start();
    const { server: ref } = record();
    const connection = await Connection.connect({ address: server.address });
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 86_400);
    expect((await fetch(server.uiAddress)).status).toBe(200);
    await connection.close();
    await server.stop();
    expect(processFacts(ref.pid)).toBeNull();
    expect(existsSync(join(dataDir, 'temporal.json'))).toBe(false);
  });

  it('keeps cluster, workflows and search attributes over a restart, which is quick', async () => {
    const first = await start();
    const before = connect(plainSettings(first.address), 'test');
    await registerSearchAttributes(before.connection, 'default');
    await before.client.workflow.start('leadWorkflow', { workflowId: 'lead-1', taskQueue: 'nobody' });
    const cluster = await clusterId(before.connection);
    await before.close();
    await first.stop();

    const startedAtMs = performance.now();
    const second = await start();
    expect(performance.now() - startedAtMs).toBeLessThan(15_000);
    const after = connect(plainSettings(second.address), 'test');
    await registerSearchAttributes(after.connection, 'default');
    expect(await clusterId(after.connection)).toBe(cluster);
    const { status } = await after.client.workflow.getHandle('lead-1').describe();
    expect(status.name).toBe('RUNNING');
    await after.close();
  });

  it('takes the next free ports when somebody listens on the preferred ones', async () => {
    const blocker: Server = createServer();
    await new Promise<void>((resolve) => blocker.listen(27_233, '127.0.0.1', resolve));
    try {
      const server = await start(27_233);
      expect(server.address).not.toBe('127.0.0.1:27233');
      const connection = Connection.lazy({ address: server.address });
      expect(await reachable(connection)).toBe(true);
      await connection.close();
    } finally {
      blocker.close();
    }
  });

  it('refuses a second start on the same data folder while the first is running', async () => {
    await start();
    await expect(start()).rejects.toThrow(`in use by process ${process.pid}`);
  });

  it('stops an orphan of its own record before it starts on the same database', async () => {
    const orphan = await strayServer();
    writeRecord(join(dataDir, 'temporal.json'), {
      v: 1,
      server: orphan,
      owner: { pid: 2 ** 22 + 1, startedAt: 'dead' },
      address: '127.0.0.1:27333',
      uiAddress: '',
      dbFile: join(dataDir, 'temporal.db'),
    });
    const server = await start();
    expect(server.orphanStopped).toBe(true);
    expect(isSameProcess(orphan)).toBe(false);
    expect(record().server.pid).not.toBe(orphan.pid);
  });

  it('never kills a server that no record proves to be its own, and never starts beside it', async () => {
    const stray = await strayServer();
    await expect(start()).rejects.toThrow(`Process ${stray.pid} is a Temporal server on`);
    expect(isSameProcess(stray)).toBe(true);
  });

  it('removes a stale record whose process id now belongs to somebody else', async () => {
    writeRecord(join(dataDir, 'temporal.json'), {
      v: 1,
      server: { pid: process.pid, startedAt: 'another life' },
      owner: { pid: process.pid, startedAt: 'another life' },
      address: '127.0.0.1:1',
      uiAddress: '',
      dbFile: join(dataDir, 'temporal.db'),
    });
    const server = await start();
    expect(server.orphanStopped).toBe(false);
    expect(record().address).toBe(server.address);
  });

  it('ends when the process that started it is killed, and the next start comes up on its database', async () => {
    const parent = spawnParent();
    const ref = await parent.server;
    parent.child.kill('SIGKILL');
    expect(await gone(ref)).toBe(true);
    const server = await start();
    const connection = Connection.lazy({ address: server.address });
    expect(await reachable(connection)).toBe(true);
    await connection.close();
  });

  it('survives a Ctrl-C of the terminal, which only this process may answer', async () => {
    const parent = spawnParent();
    const ref = await parent.server;
    process.kill(-(parent.child.pid ?? 0), 'SIGINT');
    await expect.poll(() => parent.output(), { timeout: 10_000 }).toContain('interrupted');
    expect(isSameProcess(ref)).toBe(true);
    parent.child.kill('SIGKILL');
    expect(await gone(ref)).toBe(true);
  });

  it('says so when the server ends by itself', async () => {
    const server = await start();
    process.kill(record().server.pid, 'SIGKILL');
    expect(await server.lost).toContain('ended by itself');
  });

  it('shows the last lines of the log when the binary does not come up', async () => {
    const broken = join(dataDir, 'broken');
    writeFileSync(broken, '#!/bin/sh\necho "unable to open database" >&2\nexit 3\n', { mode: 0o755 });
    const failing = startEmbeddedTemporal({ dataDir, binary: broken, port: 27_233, progress, log });
    await expect(failing).rejects.toThrow(/did not start: it ended at once[\s\S]*unable to open database/);
    expect(existsSync(join(dataDir, 'temporal.json'))).toBe(false);
  });
});

/** A process in a group of its own that starts a server as Baton does, and reports Ctrl-C. */
function spawnParent() {
  const module = join(dataDir, 'watched-process.mjs');
  const entryPoint = join(import.meta.dirname, '../../src/temporal/watched-process.ts');
  buildSync({ entryPoints: [entryPoint], outfile: module, format: 'esm', platform: 'node' });
  const command = {
    command: binary,
    args: [
      ...['server', 'start-dev', '--db-filename', join(dataDir, 'temporal.db'), '--ip', '127.0.0.1'],
      ...['--port', '27433', '--headless', '--log-level', 'never'],
    ],
    logFile: join(dataDir, 'temporal.log'),
    graceSeconds: 10,
  };
  const source = `
    import(${JSON.stringify(module)})
      .then(({ startWatched }) => startWatched(${JSON.stringify(command)}))
      .then(({ pid }) => console.log('pid ' + pid));
    process.on('SIGINT', () => console.log('interrupted'));
    setInterval(() => undefined, 1000);
  `;
  const child = spawn(process.execPath, ['-e', source], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const server = (async () => {
    await expect.poll(() => text, { timeout: 10_000 }).toMatch(/pid \d+/);
    const ref = processRef(Number(/pid (\d+)/.exec(text)?.[1]));
    const connection = Connection.lazy({ address: '127.0.0.1:27433' });
    await expect.poll(() => reachable(connection, 500), { timeout: 20_000 }).toBe(true);
    await connection.close();
    return ref;
  })();
  return { child, server, output: () => text };
}
