/** What an SMTP failure says about the mail: whether it may have gone out all the same, and whether to try again. */
import { ConnectorError } from '../ports.js';

interface SmtpFailure {
  readonly code?: string;
  /** The system's own code where nodemailer put its own in front. */
  readonly originalCode?: string;
  readonly responseCode?: number;
  readonly timeoutType?: string;
  readonly syscall?: string;
  readonly cause?: unknown;
  readonly message: string;
}

/** Failures from before any message could have been handed over. */
const BEFORE_SENDING = new Set(['EDNS', 'ETLS', 'EREQUIRETLS', 'EPROXY', 'ECONFIG']);
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
const BEFORE_SENDING_TIMEOUTS = new Set(['CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT']);
const CREDENTIALS = new Set(['EAUTH', 'ENOAUTH', 'EOAUTH2']);

/**
 * A reply of the server is a definite no (a 5xx for good, a 4xx for now). A connection that ended without one
 * may have delivered the mail, unless it is certain that nothing was handed over yet.
 */
export function smtpFailure(thrown: unknown, aborted: boolean): ConnectorError {
  const failure = describe(thrown);
  const options = { cause: thrown };
  const reply = failure.responseCode ?? 0;
  if (CREDENTIALS.has(failure.code ?? '')) {
    return new ConnectorError('unauthorized', failure.message, {
      ...options,
      permanent: reply >= 500 || reply === 0,
    });
  }
  if (reply >= 500) return new ConnectorError('rejected', failure.message, { ...options, permanent: true });
  if (reply === 450 || reply === 451 || reply === 452)
    return new ConnectorError('rate_limited', failure.message, options);
  if (reply >= 400) return new ConnectorError('unavailable', failure.message, options);
  if (failure.code === 'EENVELOPE') {
    return new ConnectorError('rejected', failure.message, { ...options, permanent: true });
  }
  if (neverConnected(failure)) return new ConnectorError('unavailable', failure.message, options);
  return new ConnectorError(
    aborted || failure.code === 'ETIMEDOUT' ? 'timeout' : 'unknown_outcome',
    failure.message,
    options,
  );
}

function neverConnected(failure: SmtpFailure): boolean {
  const cause = failure.cause instanceof Error ? describe(failure.cause) : undefined;
  return (
    BEFORE_SENDING.has(failure.code ?? '') ||
    BEFORE_SENDING_TIMEOUTS.has(failure.timeoutType ?? '') ||
    failure.syscall === 'connect' ||
    cause?.syscall === 'connect' ||
    NEVER_CONNECTED.has(failure.originalCode ?? '') ||
    NEVER_CONNECTED.has(cause?.code ?? '')
  );
}

function describe(thrown: unknown): SmtpFailure {
  if (!(thrown instanceof Error)) return { message: String(thrown) };
  const record = thrown as Error & Record<string, unknown>;
  const text = (name: string) => (typeof record[name] === 'string' ? (record[name] as string) : undefined);
  return {
    message: thrown.message,
    code: text('code'),
    originalCode: text('originalCode'),
    timeoutType: text('timeoutType'),
    syscall: text('syscall'),
    responseCode: typeof record.responseCode === 'number' ? record.responseCode : undefined,
    cause: thrown.cause,
  };
}
