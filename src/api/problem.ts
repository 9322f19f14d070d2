/** The one form of every error: RFC 9457 `application/problem+json` with a stable code. */
import { z } from '@hono/zod-openapi';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** The closed list of codes. A code never changes its meaning; the words beside it may. */
const PROBLEMS = {
  bad_request: { status: 400, title: 'The request cannot be understood' },
  malformed_json: { status: 400, title: 'The body is not JSON' },
  bad_signature: { status: 401, title: 'The sender could not be verified' },
  unauthorized: { status: 401, title: 'A valid API key is needed' },
  forbidden: { status: 403, title: 'The API key lacks the scope for this' },
  declined: { status: 403, title: 'Baton does not take this any more' },
  not_found: { status: 404, title: 'There is nothing here' },
  unknown_address: { status: 404, title: 'There is no such address' },
  lead_not_found: { status: 404, title: 'There is no such lead' },
  method_not_allowed: { status: 405, title: 'This address does not take that method' },
  not_acceptable: { status: 406, title: 'Baton does not take this any more' },
  conflict: { status: 409, title: 'This does not fit the present state' },
  confirmation_required: { status: 409, title: 'This needs a confirmation' },
  gone: { status: 410, title: 'Baton does not take this any more' },
  body_too_large: { status: 413, title: 'The body is too large' },
  too_many_events: { status: 413, title: 'Too many events in one request' },
  unsupported_media_type: { status: 415, title: 'The body has the wrong content type' },
  invalid: { status: 422, title: 'Something in the request is wrong' },
  events_rejected: { status: 422, title: 'No event could be accepted' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong inside Baton' },
  unavailable: { status: 503, title: 'Baton cannot serve this right now' },
} as const satisfies Record<string, { status: ContentfulStatusCode; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;
const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

/** One fault of a request. `path` leads to it with dots: `events.3.lead.email`. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

export interface ProblemOptions {
  /** What is wrong here and what to do about it, for a person. Never holds what only the server may know. */
  readonly detail: string;
  readonly errors?: readonly Fault[];
  readonly retryAfterS?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Members beside the standard ones. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Thrown by middleware and handlers; the app's error handler turns it into the response. */
export class Problem extends Error {
  override name = 'Problem';
  readonly status: ContentfulStatusCode;

  constructor(
    readonly code: ProblemCode,
    readonly options: ProblemOptions,
  ) {
    super(options.detail, { cause: options.cause });
    this.status = PROBLEMS[code].status;
  }

  /** The response body. */
  body(requestId: string): ProblemBody {
    const { detail, errors, extra } = this.options;
    return {
      type: `urn:baton:problem:${this.code}`,
      title: PROBLEMS[this.code].title,
      status: this.status,
      detail,
      code: this.code,
      requestId,
      errors: [...(errors ?? [])],
      ...extra,
    };
  }

  headers(): Record<string, string> {
    const { headers, retryAfterS } = this.options;
    return {
      'Content-Type': 'application/problem+json',
      ...(retryAfterS !== undefined && { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterS))) }),
      ...headers,
    };
  }
}

const problemSchema = z
  .object({
    type: z.string().openapi({ example: 'urn:baton:problem:invalid' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.enum(PROBLEM_CODES),
    requestId: z.string().openapi({ description: 'Also in the header `X-Request-Id`, and in the log.' }),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).openapi({
      description: 'Each fault of the request, with the path that leads to it, such as `reps.0.timeZone`.',
    }),
  })
  .openapi('Problem');
type ProblemBody = z.infer<typeof problemSchema>;

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});
const retryLater = (description: string) => ({
  ...problem(description),
  headers: z.object({ 'Retry-After': z.string().openapi({ description: 'Seconds.' }) }),
});

/** What every route under `/v1` may answer besides its own responses; spread it into `responses`. */
export const problems = {
  400: problem('The body is not JSON, or not UTF-8; the place is named.'),
  401: problem('No valid API key.'),
  403: problem('The key lacks the scope.'),
  413: problem('The body is larger than 1 MiB, or holds too many items.'),
  415: problem('The content type is not one that this address takes.'),
  422: problem('The request is well-formed but wrong; `errors` names each place.'),
  429: retryLater('Too many requests with this key.'),
  500: problem('A fault of Baton; its log has the request id.'),
  503: retryLater(
    'The database cannot be reached, or too much is waiting. Nothing was stored; send it again.',
  ),
} as const;
/** For routes that name one thing. */
export const notFound = { 404: problem('There is no such thing.') } as const;
/** For routes that may not fit the present state. */
export const conflict = { 409: problem('It does not fit the present state; `detail` says why.') } as const;
