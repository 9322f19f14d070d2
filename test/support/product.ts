/** The product as a user starts it: its own process, data folder and ports; everything else over HTTP. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = new URL('../../', import.meta.url).pathname;

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

interface Ports {
  readonly http: number;
  readonly temporal: number;
  readonly ui: number;
}

export interface Home {
  readonly dataDir: string;
  readonly ports: Ports;
  remove(): void;
}

export async function home(): Promise<Home> {
  const dataDir = mkdtempSync(join(tmpdir(), 'baton-e2e-'));
  const ports = { http: await freePort(), temporal: await freePort(), ui: await freePort() };
  return { dataDir, ports, remove: () => rmSync(dataDir, { recursive: true, force: true }) };
}

function environment({ dataDir, ports }: Home): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    if (/^(BATON_|TEMPORAL_|DATABASE_URL|SMTP_URL|VITEST|NODE_OPTIONS)/.test(name)) delete env[name];
  }
  return {
    ...env,
    BATON_DATA_DIR: dataDir,
    BATON_PORT: String(ports.http),
    BATON_TEMPORAL_PORT: String(ports.temporal),
    BATON_TEMPORAL_UI_PORT: String(ports.ui),
  };
}

/** Runs `baton` with these arguments to its end. */
export async function baton(at: Home, ...args: string[]): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, ['bin/baton.mjs', ...args], {
    cwd: ROOT,
    env: environment(at),
    stdio: 'pipe',
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out };
}

export class Product {
  private constructor(
    readonly at: Home,
    private readonly child: ChildProcess,
    private readonly lines: { text: string },
  ) {}

  /** An admin key other than the one in the data folder. */
  given: string | null = null;

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get output(): string {
    return this.lines.text;
  }

  /** Starts it and waits until it says that it is up. */
  static async start(at: Home, ...args: string[]): Promise<Product> {
    return Product.run(at, ['start', ...args], {}, 'Ctrl-C stops everything');
  }

  /** Runs a command that serves, with settings beside those of its home, until it has said `ready`. */
  static async run(
    at: Home,
    args: readonly string[],
    settings: Readonly<Record<string, string>>,
    ready: string,
  ): Promise<Product> {
    const child = spawn(process.execPath, ['bin/baton.mjs', ...args], {
      cwd: ROOT,
      env: { ...environment(at), ...settings },
      stdio: 'pipe',
    });
    const lines = { text: '' };
    const product = new Product(at, child, lines);
    const up = new Promise<void>((resolve, reject) => {
      const take = (chunk: Buffer) => {
        lines.text += chunk;
        if (lines.text.includes(ready)) resolve();
      };
      child.stdout?.on('data', take);
      child.stderr?.on('data', take);
      child.once('close', (code) => reject(new Error(`ended with ${code} before it was up:\n${lines.text}`)));
    });
    await up;
    return product;
  }

  private key(): string {
    return this.given ?? readFileSync(join(this.at.dataDir, 'admin-key'), 'utf8').trim();
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there
  async call(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }> {
    const response = await fetch(`http://127.0.0.1:${this.at.ports.http}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key()}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  }

  /** Polls until `look` answers something, with a deadline. */
  async eventually<T>(look: () => Promise<T | null | undefined | false>, withinMs = 30_000): Promise<T> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (Date.now() > deadline)
        throw new Error(`not seen within ${withinMs} ms; the product said:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ctrl-C. */
  async interrupt(): Promise<number | null> {
    return this.end('SIGINT');
  }

  /** What a supervisor sends. */
  async terminate(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const closed = new Promise<number | null>((resolve) => this.child.once('close', resolve));
    this.child.kill(signal);
    return closed;
  }
}

/** Whether anything listens on a loopback port. */
export async function listens(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2_000) });
    return true;
  } catch (error) {
    return !(error instanceof TypeError && 'cause' in error && String(error.cause).includes('ECONNREFUSED'));
  }
}
