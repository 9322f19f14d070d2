import { setTimeout as pause } from 'node:timers/promises';
import { type GatewayClient, GatewayError, UnreachableError } from '../client.js';
import type { ImportEvent } from './to-event.js';

export interface Refusal {
  readonly index: number;
  readonly code?: string;
  readonly message?: string;
  readonly path?: unknown;
}

export interface SendResult {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly Refusal[];
}

export interface SendOptions {
  readonly backfill: boolean;
  readonly importId: string | null;
  /** Told before each pause. */
  onWait(reason: string, waitMs: number): void;
  /** Longest pause between two attempts; tests shorten it. */
  readonly waitMaxMs?: number;
}

const ATTEMPTS_MAX = 10;
const WAIT_MAX_MS = 60_000;
const FIRST_WAIT_MS = 500;

const isResult = (value: unknown): value is SendResult =>
  typeof value === 'object' && value !== null && 'rejected' in value && Array.isArray(value.rejected);

/** How long to wait before the next attempt, or null when another attempt cannot help. */
function waitFor(
  error: unknown,
  attempt: number,
  waitMaxMs: number,
): { waitMs: number; reason: string } | null {
  const backoff = Math.min(waitMaxMs, FIRST_WAIT_MS * 2 ** attempt);
  if (error instanceof UnreachableError) return { waitMs: backoff, reason: 'the gateway does not answer' };
  if (!(error instanceof GatewayError)) return null;
  const waitMs = Math.min(waitMaxMs, error.retryAfterMs ?? backoff);
  if (error.status === 429) return { waitMs, reason: 'the gateway asks to go slower' };
  if (error.status >= 500) return { waitMs, reason: `the gateway answered ${error.status}` };
  return null;
}

/**
 * Sends events as one body and answers what became of each. Waits and tries again while the gateway is away, busy or
 * full; that is safe, because every event has an id. A body that is too large is halved.
 * @throws CliError when the gateway refuses the whole body, or when it stays away.
 */
export async function sendEvents(
  client: GatewayClient,
  events: readonly ImportEvent[],
  options: SendOptions,
): Promise<SendResult> {
  const { backfill, importId } = options;
  const body = { events, ...(backfill && { backfill }), ...(importId !== null && { importId }) };
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await client.post<SendResult>('/v1/events', body);
    } catch (error) {
      if (error instanceof GatewayError && error.status === 422 && isResult(error.problem)) {
        return { accepted: 0, duplicates: 0, rejected: error.problem.rejected };
      }
      if (error instanceof GatewayError && error.status === 413 && events.length > 1) {
        return sendHalves(client, events, options);
      }
      const wait =
        attempt + 1 < ATTEMPTS_MAX ? waitFor(error, attempt, options.waitMaxMs ?? WAIT_MAX_MS) : null;
      if (wait === null) throw error;
      options.onWait(wait.reason, wait.waitMs);
      await pause(wait.waitMs);
    }
  }
}

async function sendHalves(
  client: GatewayClient,
  events: readonly ImportEvent[],
  options: SendOptions,
): Promise<SendResult> {
  const middle = Math.ceil(events.length / 2);
  const first = await sendEvents(client, events.slice(0, middle), options);
  const second = await sendEvents(client, events.slice(middle), options);
  return {
    accepted: first.accepted + second.accepted,
    duplicates: first.duplicates + second.duplicates,
    rejected: [
      ...first.rejected,
      ...second.rejected.map((refusal) => ({ ...refusal, index: refusal.index + middle })),
    ],
  };
}
