/** From whatever was thrown to the one error response; what only the server may know stays in the log. */
import type { ErrorHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { CommitClosed, CommitQueueFull } from '../store/group-commit.js';
import { isUnavailable } from '../store/sql.js';
import type { AppEnv } from './env.js';
import { Problem } from './problem.js';

const RETRY_AFTER_S = { database: 5, queue: 1, closing: 5 };

export const handleError: ErrorHandler<AppEnv> = (error, c) => {
  const problem = problemOf(error);
  if (problem.status >= 500) {
    const level = problem.code === 'internal' ? 'error' : 'warn';
    c.get('log')?.[level]({ fault: loggable(error), code: problem.code }, 'a request failed');
  }
  return c.body(JSON.stringify(problem.body(c.get('requestId'))), problem.status, problem.headers());
};

function problemOf(error: Error): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HTTPException) return fromHono(error);
  if (error instanceof CommitQueueFull) {
    const detail =
      'More events are waiting than Baton can store at once. Nothing of this request was stored.';
    return new Problem('unavailable', { detail, retryAfterS: RETRY_AFTER_S.queue, cause: error });
  }
  if (error instanceof CommitClosed) {
    const detail = 'This gateway is going down. Nothing of this request was stored.';
    return new Problem('unavailable', { detail, retryAfterS: RETRY_AFTER_S.closing, cause: error });
  }
  if (isUnavailable(error)) {
    const detail = 'The database cannot be reached. Nothing was changed; send the request again later.';
    return new Problem('unavailable', { detail, retryAfterS: RETRY_AFTER_S.database, cause: error });
  }
  const detail = 'The fault is in Baton, not in the request. Its log has the details under the request id.';
  return new Problem('internal', { detail, cause: error });
}

/** Hono's own middleware throws these. */
function fromHono(error: HTTPException): Problem {
  switch (error.status) {
    case 400:
      return new Problem('bad_request', { detail: error.message || 'The request is malformed.' });
    case 413:
      return new Problem('body_too_large', { detail: 'The body is too large.' });
    case 415:
      return new Problem('unsupported_media_type', { detail: 'Send `Content-Type: application/json`.' });
    default:
      return new Problem('internal', { detail: 'The fault is in Baton, not in the request.', cause: error });
  }
}

/**
 * What may be logged of an error: databases and libraries quote values in their messages, and values may be personal
 * data, so everything that looks like a quotation or an address is left out.
 */
export function loggable(error: unknown): { name: string; code?: string; message: string; stack?: string } {
  if (!(error instanceof Error)) return { name: typeof error, message: 'not an Error was thrown' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return {
    name: error.name,
    ...(code !== undefined && { code }),
    message: error.message
      .replace(/"[^"]*"|'[^']*'|`[^`]*`|\([^()]*\)=\([^()]*\)|\S+@\S+/g, '…')
      .slice(0, 500),
    ...(frames && { stack: frames.join('\n') }),
  };
}
