import {
  ApplicationFailure,
  CancelledFailure,
  DefaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { ActivityFault, closedFailures } from '../../src/activities/failures.js';
import { ConnectorError } from '../../src/connectors/ports.js';

type Logged = { fields: Readonly<Record<string, unknown>>; message: string };

async function thrownThrough(thrown: unknown): Promise<{ failure: Error; wire: string; logged: Logged[] }> {
  const logged: Logged[] = [];
  const { inbound } = closedFailures({ warn: (fields, message) => logged.push({ fields, message }) })({
    info: { activityType: 'performEffect', attempt: 2, workflowExecution: { workflowId: 'lead-abc' } },
  });
  const failure = await inbound
    .execute({ args: [], headers: {} }, () => Promise.reject(thrown))
    .then(
      () => new Error('nothing was thrown'),
      (error: Error) => error,
    );
  const wire = JSON.stringify(new DefaultFailureConverter().errorToFailure(failure, defaultPayloadConverter));
  return { failure, wire, logged };
}

describe('failures that leave an activity', () => {
  it('hold no trace of what another system said', async () => {
    const cause = new Error('RCPT TO <kim@example.com> failed');
    const said = new ConnectorError('rejected', '550 5.1.1 <kim@example.com> no such Kim Lee', {
      permanent: true,
      cause,
    });
    const { failure, wire, logged } = await thrownThrough(said);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: 'rejected', nonRetryable: true });
    for (const text of [wire, JSON.stringify(logged), failure.stack ?? '', String(failure.cause)]) {
      expect(text).not.toMatch(/kim|550|example\.com/i);
    }
  });

  it('hold no trace of what an unexpected error quotes, not even in its stack', async () => {
    const error = new TypeError(
      'Cannot read properties of kim@example.com\n    at kim@example.com (nowhere)',
    );
    const { failure, wire, logged } = await thrownThrough(
      Object.assign(error, { details: ['kim@example.com'], code: 'kim@example.com' }),
    );
    expect(failure).toMatchObject({ type: 'internal', nonRetryable: false });
    expect(wire).not.toContain('kim@example.com');
    expect(JSON.stringify(logged[0]?.fields.state)).toBeUndefined();
  });

  it('tell apart what can be tried again', async () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    expect((await thrownThrough(reset)).failure).toMatchObject({ type: 'unavailable', nonRetryable: false });
    expect((await thrownThrough(new ConnectorError('rate_limited', 'x'))).failure).toMatchObject({
      type: 'rate_limited',
      nonRetryable: false,
    });
    expect((await thrownThrough(new ActivityFault('rejected', 'erased', true))).failure).toMatchObject({
      type: 'rejected',
      nonRetryable: true,
    });
    expect((await thrownThrough('a bare string')).failure).toMatchObject({ type: 'internal' });
  });

  it('let a cancellation through as one', async () => {
    const { failure } = await thrownThrough(new CancelledFailure('because of kim@example.com'));
    expect(failure).toBeInstanceOf(CancelledFailure);
    expect(failure.message).not.toContain('kim');
  });

  it('leave a log line with ids, the error’s name and where it came from', async () => {
    const { logged } = await thrownThrough(new RangeError('kim@example.com'));
    expect(logged).toHaveLength(1);
    expect(logged[0]?.fields).toMatchObject({
      activity: 'performEffect',
      attempt: 2,
      workflowId: 'lead-abc',
      code: 'internal',
      error: 'RangeError',
    });
    expect(String(logged[0]?.fields.at)).toContain('failures.test.ts');
  });

  it('pass through an interceptor that a worker takes', () => {
    const interceptors: WorkerOptions['interceptors'] = {
      activity: [closedFailures({ warn: () => undefined })],
    };
    expect(interceptors?.activity).toHaveLength(1);
  });
});
