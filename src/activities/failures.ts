/**
 * The door through which failures leave an activity: only closed codes pass. Failure messages, causes and stacks are
 * stored in workflow histories, and what others say in them (`550 … <kim@…>`) is personal.
 */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { ConnectorError } from '../connectors/ports.js';
import type { FaultCode } from '../domain/lead-event.js';
import { isUnavailable } from '../store/sql.js';
import type { ActivityLog } from './deps.js';

/** A fault that an activity itself found. Its message has no personal data and never leaves the process. */
export class ActivityFault extends Error {
  override readonly name = 'ActivityFault';
  readonly code: FaultCode;
  readonly permanent: boolean;

  constructor(code: FaultCode, message: string, permanent: boolean) {
    super(message);
    this.code = code;
    this.permanent = permanent;
  }
}

const MESSAGES: Readonly<Record<FaultCode, string>> = {
  unavailable: 'Something this activity needs cannot be reached.',
  timeout: 'The other side did not answer in time.',
  rate_limited: 'The other side asks for fewer requests.',
  rejected: 'The request was refused.',
  not_found: 'What the request speaks of does not exist.',
  unauthorized: 'The credentials were refused.',
  unknown_outcome: 'Nobody can say whether it happened.',
  suppressed: 'The lead does not want this.',
  internal: 'A fault of Baton; the log of this process says more.',
};

/** What a thrown value may say outside: a code and whether trying again can help. */
function faultOf(thrown: unknown): { readonly code: FaultCode; readonly permanent: boolean } {
  if (thrown instanceof ConnectorError) return { code: thrown.kind, permanent: thrown.permanent };
  if (thrown instanceof ActivityFault) return { code: thrown.code, permanent: thrown.permanent };
  return { code: isUnavailable(thrown) ? 'unavailable' : 'internal', permanent: false };
}

/** The failure that Temporal gets to see: type is the code, the message is fixed, and nothing hangs on it. */
function closedFailure(thrown: unknown): Error {
  if (thrown instanceof CancelledFailure)
    return stackless(new CancelledFailure('The activity was cancelled.'));
  const { code, permanent } = faultOf(thrown);
  return stackless(
    ApplicationFailure.create({ type: code, message: MESSAGES[code], nonRetryable: permanent }),
  );
}

interface ActivityNames {
  readonly info: {
    readonly activityType: string;
    readonly attempt: number;
    readonly workflowExecution?: { readonly workflowId: string };
  };
}
interface ExecuteInput {
  readonly args: unknown[];
  readonly headers: Record<string, unknown>;
}

/**
 * The inbound interceptor for a worker's `interceptors.activity`. What it keeps back goes to the log without its
 * text: the names of the error, its codes, and where in the code it came from.
 */
export function closedFailures(log: ActivityLog) {
  return (context: ActivityNames) => ({
    inbound: {
      async execute<Input extends ExecuteInput>(
        input: Input,
        next: (input: Input) => Promise<unknown>,
      ): Promise<unknown> {
        try {
          return await next(input);
        } catch (thrown) {
          const { activityType, attempt, workflowExecution } = context.info;
          log.warn(
            {
              activity: activityType,
              attempt,
              workflowId: workflowExecution?.workflowId,
              ...faultOf(thrown),
              ...traceOf(thrown),
            },
            'an activity failed',
          );
          throw closedFailure(thrown);
        }
      },
    },
  });
}

/** Everything about an error that cannot hold what somebody wrote. */
function traceOf(thrown: unknown): Readonly<Record<string, unknown>> {
  if (!(thrown instanceof Error)) return { error: typeof thrown };
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line));
  const state =
    'code' in thrown && typeof thrown.code === 'string' && /^[A-Z0-9_]{2,40}$/.test(thrown.code)
      ? thrown.code
      : undefined;
  return {
    error: thrown.constructor.name,
    ...(state && { state }),
    at: frames.slice(0, 8).map((line) => line.trim()),
  };
}

function stackless<E extends Error>(error: E): E {
  error.stack = `${error.name}: ${error.message}`;
  return error;
}
