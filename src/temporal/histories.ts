/** Lead histories as files, for replay and for looking at. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Config } from '../config/config.js';
import { LEAD_WORKFLOW_TYPE } from '../contracts/lead-workflow.js';
import {
  connect,
  externalSettings,
  plainSettings,
  reachable,
  type TemporalConnection,
  type TemporalSettings,
} from './connection.js';
import { readRecord } from './server-record.js';

export interface ExportOptions {
  /** Folder for one JSON file per workflow run; made when missing. */
  readonly out: string;
  /** A visibility query; the lead workflow's type is added to it. */
  readonly query: string | null;
  readonly limit: number;
  print(line: string): void;
}

export interface ExportedHistories {
  readonly files: readonly string[];
  /** True when `limit` left some out. */
  readonly more: boolean;
}

const PROGRESS_EVERY = 100;
/** gRPC's status code. */
const INVALID_ARGUMENT = 3;

/** The configured server, or the embedded one while it runs; its record names the port it really got. */
function settings(config: Config): TemporalSettings {
  const external = externalSettings(config.temporal.env);
  if (external) return external;
  const record = readRecord(join(config.dataDir, 'temporal.json'));
  if (record === null) {
    throw new Error(
      `no embedded Temporal server runs on ${config.dataDir}: start Baton first, or name a server with TEMPORAL_ADDRESS`,
    );
  }
  return plainSettings(record.address);
}

/**
 * Writes histories as Temporal's own JSON, `<workflow id>.<run id>.json`, payloads as they were recorded.
 * Throws when the server does not answer or refuses the query.
 */
export async function exportHistories(config: Config, options: ExportOptions): Promise<ExportedHistories> {
  const temporal = connect(settings(config), 'cli');
  try {
    if (!(await reachable(temporal.connection, 5_000))) {
      throw new Error(`the Temporal server at ${temporal.settings.address} does not answer`);
    }
    await mkdir(options.out, { recursive: true });
    const type = `WorkflowType = '${LEAD_WORKFLOW_TYPE}'`;
    const query = options.query ? `${type} AND (${options.query})` : type;
    return await writeRuns(temporal, query, options);
  } catch (error) {
    throw isRefusal(error)
      ? new Error(`Temporal refuses the query: ${error.cause.details}`, { cause: error })
      : error;
  } finally {
    await temporal.close();
  }
}

/** The SDK says only that listing failed; the server's own words are in the cause. */
function isRefusal(error: unknown): error is Error & { cause: { details: string } } {
  const cause = error instanceof Error ? error.cause : null;
  return (
    typeof cause === 'object' &&
    cause !== null &&
    'details' in cause &&
    'code' in cause &&
    cause.code === INVALID_ARGUMENT
  );
}

async function writeRuns(
  temporal: TemporalConnection,
  query: string,
  options: ExportOptions,
): Promise<ExportedHistories> {
  const files: string[] = [];
  for await (const run of temporal.client.workflow.list({ query, pageSize: 100 })) {
    if (files.length === options.limit) return { files, more: true };
    const history = await temporal.client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    const file = `${run.workflowId}.${run.runId}.json`;
    await writeFile(join(options.out, file), historyToJSON(history));
    files.push(file);
    if (files.length % PROGRESS_EVERY === 0) options.print(`${files.length} histories …`);
  }
  return { files, more: false };
}
