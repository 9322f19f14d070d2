import { readFileSync } from 'node:fs';
import { adminKeyPath, type Config, isLoopback } from '../config/config.js';
import { CliError, EXIT } from './errors.js';

/** RFC 9457, with what Baton adds. */
export interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly requestId?: string;
  readonly errors?: readonly { readonly path?: unknown; readonly message?: unknown }[];
  readonly rejected?: unknown;
}

/** The gateway answered, and not with what was asked for. */
export class GatewayError extends CliError {
  constructor(
    readonly status: number,
    readonly problem: Problem,
    readonly retryAfterMs: number | null,
    lines: readonly string[],
  ) {
    super(lines);
    this.name = 'GatewayError';
  }
}

/** Nobody answered at the gateway's address. */
export class UnreachableError extends CliError {
  constructor(url: string, reason: string) {
    super(
      [
        `nothing answers at ${url} (${reason})`,
        'Start Baton with `npm start`, or name its address with --url or BATON_URL; `baton doctor` looks closer.',
      ],
      EXIT.unreachable,
    );
    this.name = 'UnreachableError';
  }
}

const REMEDIES: Readonly<Record<number, string>> = {
  401: 'Give a key with --key or BATON_API_KEY; an embedded Baton leaves its first one in the file `admin-key` of its data folder.',
  403: 'The key lacks the scope for this; `baton keys list` shows what each key may do.',
};

/** Where there is no such thing the gateway says so itself; that it knows no such address is what needs a word. */
const UNKNOWN_ADDRESS = 'Nothing answers that at this address; is the gateway of the same version?';

function remedyOf(status: number, { code }: Problem): string | undefined {
  if (status === 404 && (code === undefined || code === 'unknown_address')) return UNKNOWN_ADDRESS;
  return REMEDIES[status];
}

function pathText(path: unknown): string {
  return Array.isArray(path) ? path.join('.') : typeof path === 'string' ? path : '';
}

/** Where only one thing is wrong, the detail often says all of it already. */
function isTold(detail: string | undefined, path: string, message: string): boolean {
  const told = path === '' ? [message] : [`${path} ${message}`, `${path}: ${message}`];
  return told.some((one) => detail?.includes(one));
}

function problemLines(status: number, problem: Problem): string[] {
  const what = [problem.title, problem.detail].filter(
    (part, index, all) => part && all.indexOf(part) === index,
  );
  const lines = [
    `${what.join(': ') || 'the gateway refused'} (${status}${problem.code ? `, ${problem.code}` : ''})`,
  ];
  for (const fault of problem.errors ?? []) {
    const path = pathText(fault.path);
    const message = String(fault.message ?? 'is wrong');
    if (isTold(problem.detail, path, message)) continue;
    lines.push(`  ${path ? `${path}: ` : ''}${message}`);
  }
  const remedy = remedyOf(status, problem);
  if (remedy) lines.push(remedy);
  if (status >= 500 && problem.requestId)
    lines.push(`The gateway's log knows it as request ${problem.requestId}.`);
  return lines;
}

/** `Retry-After`: seconds or a date. */
function retryAfter(header: string | null): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

function unreachableReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  if (cause instanceof Error)
    return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
  return error.message;
}

export type Query = Readonly<Record<string, string | number | undefined>>;

/** Speaks HTTP with the gateway; every failure is a `CliError` that reads well. */
export class GatewayClient {
  constructor(
    readonly url: string,
    private readonly key: string | null,
    private readonly timeoutMs = 60_000,
  ) {}

  get<T>(path: string, query: Query = {}): Promise<T> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) search.set(name, String(value));
    const text = search.toString();
    return this.request<T>('GET', text ? `${path}?${text}` : path);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.request<T>('POST', path, body);
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.request<T>('PUT', path, body);
  }

  delete<T>(path: string): Promise<T> {
    return this.request<T>('DELETE', path);
  }

  /** The parsed answer; the caller names its shape, which is the gateway's promise in its OpenAPI document. */
  private async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.url}${path}`, {
        method,
        headers: {
          accept: 'application/json',
          ...(this.key !== null && { authorization: `Bearer ${this.key}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(this.timeoutMs),
      });
      text = await response.text();
    } catch (error) {
      throw new UnreachableError(this.url, unreachableReason(error));
    }
    const parsed = parseJson(text);
    if (!response.ok) {
      const problem: Problem = typeof parsed === 'object' && parsed !== null ? parsed : {};
      const wait = retryAfter(response.headers.get('retry-after'));
      throw new GatewayError(response.status, problem, wait, problemLines(response.status, problem));
    }
    if (parsed === undefined && text !== '') {
      throw new CliError(`${this.url} answered, but not with JSON: is this the address of a Baton gateway?`);
    }
    return parsed as T;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The client for a command: its options first, then the environment, then, for a gateway on this machine only, the key
 * that `baton start` left in the data folder.
 */
export function gatewayClient(
  config: Config,
  options: { url?: string; key?: string },
  timeoutMs?: number,
): GatewayClient {
  const url = (options.url ?? config.client.url).replace(/\/+$/, '');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new CliError(
      `--url must be an http:// or https:// address (it is ${JSON.stringify(url)})`,
      EXIT.usage,
    );
  }
  const key = options.key ?? config.client.apiKey ?? localKey(url, config.dataDir);
  return new GatewayClient(url, key, timeoutMs);
}

/** A key of this machine must never travel to another one. */
function localKey(url: string, dataDir: string): string | null {
  if (!isLoopback(new URL(url).hostname)) return null;
  try {
    return readFileSync(adminKeyPath(dataDir), 'utf8').trim() || null;
  } catch {
    return null;
  }
}
