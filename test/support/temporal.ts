/** Temporal servers for tests, with Baton's search attributes and data converter. */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { inject } from 'vitest';
import { dataConverter } from '../../src/temporal/data-converter.js';
import { registerSearchAttributes } from '../../src/temporal/search-attributes.js';
import './provision.js';

let quiet = false;

/** One runtime per process: the first to ask decides, and later calls must not fail for it. */
export function quietRuntime(): void {
  if (quiet) return;
  quiet = true;
  try {
    Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'IllegalStateError') throw error;
  }
}

function provided(name: 'temporalCliPath' | 'timeSkippingPath'): string {
  const path = inject(name);
  if (path === null) {
    throw new Error(
      `${name} is not available on this machine; the start of the test run says what to install.`,
    );
  }
  return path;
}

/** A real server in memory: no time skipping, everything else as in production. Call `teardown` when done. */
export async function localEnvironment(): Promise<TestWorkflowEnvironment> {
  quietRuntime();
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: provided('temporalCliPath') },
      log: { format: 'text', level: 'never' },
    },
    client: { dataConverter },
  });
  await registerOrTearDown(environment);
  return environment;
}

/** The time-skipping server: months pass at once while a result is awaited or in `sleep`. Call `teardown` when done. */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  quietRuntime();
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: provided('timeSkippingPath') } },
    client: { dataConverter },
  });
  await registerOrTearDown(environment);
  return environment;
}

async function registerOrTearDown(environment: TestWorkflowEnvironment): Promise<void> {
  try {
    await registerSearchAttributes(environment.connection, environment.namespace ?? 'default');
  } catch (error) {
    await environment.teardown();
    throw error;
  }
}
