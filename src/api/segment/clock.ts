/** When a message happened, by this gateway's clock, and the id by which its repetition is known. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.js';
import type { Fields } from './values.js';

const ID_LENGTH_MAX = 200;
/** What a library changes between two attempts at the same message. */
const CHANGES_BY_ATTEMPT = new Set(['sentAt', 'receivedAt', '_metadata', 'writeKey', 'messageId']);
const SECONDS_UNTIL = 100_000_000_000;
const EARLIEST_MS = 0;
const MINUTE_MS = 60_000;

/**
 * When it happened: `receivedAt − (sentAt − originalTimestamp)`, which takes a wrong clock of the sender out. Without a
 * `sentAt` the sender's own time counts. Never later than the receipt; the receipt itself where no time can be read.
 */
export function occurredAtMs(message: Fields, batchSentAt: unknown, receivedAtMs: number): number {
  const original = instantOf(message.originalTimestamp) ?? instantOf(message.timestamp);
  if (original === null) return receivedAtMs;
  const sentAt = instantOf(message.sentAt) ?? instantOf(batchSentAt);
  const corrected = sentAt === null ? original : receivedAtMs - (sentAt - original);
  return corrected < EARLIEST_MS ? receivedAtMs : Math.min(corrected, receivedAtMs);
}

/** Epoch milliseconds of a time as libraries write it: text, or a number of seconds or milliseconds. */
function instantOf(value: unknown): number | null {
  if (typeof value === 'number' && Number.isFinite(value)) {
    return Math.round(Math.abs(value) < SECONDS_UNTIL ? value * 1_000 : value);
  }
  if (typeof value !== 'string') return null;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : at;
}

/**
 * The `messageId`; where there is none, a hash of what the message says, so that its repetition has the same. One that
 * names no time either is known again within the same minute only: it may well happen twice.
 */
export function eventIdOf(message: Fields, kind: string, receivedAtMs: number): string {
  const { messageId } = message;
  if (typeof messageId === 'number') return String(messageId);
  if (typeof messageId === 'string' && messageId.trim() !== '') {
    return messageId.length <= ID_LENGTH_MAX ? messageId : `segment-${hashOf(messageId)}`;
  }
  const said = Object.fromEntries(Object.entries(message).filter(([name]) => !CHANGES_BY_ATTEMPT.has(name)));
  const saysWhen = instantOf(message.originalTimestamp) ?? instantOf(message.timestamp);
  const minute = saysWhen === null ? Math.floor(receivedAtMs / MINUTE_MS) : null;
  return `segment-${hashOf(canonicalJson({ kind, said, minute }))}`;
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
