/** The worker role: lead workflows and the activities they ask for. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { ActivityDeps } from '../activities/deps.js';
import { closedFailures } from '../activities/failures.js';
import { createActivities } from '../activities/index.js';
import { dataConverter } from '../temporal/data-converter.js';
import type { TemporalPart } from './temporal.js';

/**
 * A cached lead costs some tenths of a megabyte, an uncached one a replay of at most some hundred events. The embedded
 * process shares its memory with everything else, so it keeps fewer.
 */
const CACHED_WORKFLOWS = { embedded: 100, apart: 2_000 };
const SHUTDOWN_GRACE = '10 seconds';

export interface RunningWorker {
  /** Finishes what is in hand, then stops polling. */
  stop(): Promise<void>;
  /** Rejects if the worker dies by itself. */
  readonly ended: Promise<void>;
}

export async function startWorker(options: {
  readonly temporal: TemporalPart;
  readonly taskQueue: string;
  readonly deps: ActivityDeps;
  readonly log: Logger;
  readonly embedded: boolean;
}): Promise<RunningWorker> {
  const { temporal, taskQueue, deps, log, embedded } = options;
  const worker = await Worker.create({
    connection: await temporal.connection.workerConnection(),
    namespace: temporal.namespace,
    identity: temporal.connection.identity,
    taskQueue,
    ...workflowCode(),
    activities: createActivities(deps),
    interceptors: { activity: [closedFailures(log)] },
    dataConverter,
    maxCachedWorkflows: embedded ? CACHED_WORKFLOWS.embedded : CACHED_WORKFLOWS.apart,
    maxConcurrentActivityTaskExecutions: embedded ? 40 : 100,
    maxConcurrentWorkflowTaskExecutions: 40,
    workflowThreadPoolSize: 1,
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: '20 seconds',
  });
  const ended = worker.run();
  ended.catch(() => undefined);
  return {
    ended,
    stop: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended.catch(() => undefined);
    },
  };
}

/** The prebuilt bundle where there is one (as built), else the sources, bundled now. */
function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const prebuilt = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  if (existsSync(prebuilt)) return { workflowBundle: { codePath: prebuilt } };
  const index = (extension: string) =>
    fileURLToPath(new URL(`../workflows/index.${extension}`, import.meta.url));
  return { workflowsPath: existsSync(index('js')) ? index('js') : index('ts') };
}
