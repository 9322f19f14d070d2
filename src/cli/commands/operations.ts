import { resolve } from 'node:path';
import type { Command } from 'commander';
import {
  answer,
  type ClientOptions,
  type CommonOptions,
  clientConfig,
  connect,
  withClient,
  withJson,
} from '../context.js';
import { usageError } from '../errors.js';
import { count, printable } from '../format.js';
import type { CliIo } from '../io.js';
import { loadMain } from '../load-main.js';
import { versions } from '../version.js';

/** It asks every open lead's workflow. */
const RECONCILE_TIMEOUT_MS = 3_600_000;

interface ExportCommandOptions extends CommonOptions {
  readonly out: string;
  readonly query?: string;
  readonly limit: string;
}

const IDS_SHOWN = 5;

/** An answer as `name: value` lines; of long lists of ids the first few. */
function plainWords(value: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(value).map(([name, part]) => {
    if (!Array.isArray(part)) return `${name}: ${printable(String(part))}`;
    const shown = part.slice(0, IDS_SHOWN).join(', ');
    const more = part.length > IDS_SHOWN ? ', …' : '';
    return `${name}: ${part.length}${shown ? ` (${printable(shown)}${more})` : ''}`;
  });
}

async function exportHistories(io: CliIo, options: ExportCommandOptions): Promise<void> {
  const limit = Number(options.limit);
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw usageError(`--limit must be a whole number above 0 (it is "${options.limit}")`);
  }
  const config = clientConfig(io);
  const main = await loadMain();
  const out = resolve(io.cwd, options.out);
  const exported = await main.exportHistories(config, {
    out,
    query: options.query ?? null,
    limit,
    print: io.err,
  });
  answer(io, options, { out, ...exported }, () => [
    `${exported.files.length} histories in ${out}`,
    ...(exported.more ? [`There are more than ${limit}: raise --limit or narrow --query.`] : []),
  ]);
}

/** `baton sample remove`, `reconcile`, `histories export` and `version`. */
export function registerOperations(program: Command, io: CliIo): void {
  const sample = program.command('sample').description('the sample story of the first start');
  withClient(sample.command('remove'))
    .description('remove the sample leads, their workflows and the sample reps')
    .action(async (options: ClientOptions) => {
      const removed = await connect(io, options).delete<{ leads: number }>('/v1/sample');
      answer(io, options, removed, () =>
        removed.leads === 0
          ? ['there is no sample to remove']
          : [`removed ${count(removed.leads, 'sample lead')}`],
      );
    });
  withClient(program.command('reconcile'))
    .description('compare what was delivered with what workflows applied, and deliver again what is missing')
    .action(async (options: ClientOptions) => {
      const report = await connect(io, options, RECONCILE_TIMEOUT_MS).post<Record<string, unknown>>(
        '/v1/system/reconcile',
      );
      answer(io, options, report, plainWords);
    });
  const histories = program.command('histories').description('recorded workflow histories');
  withJson(histories.command('export'))
    .description('fetch lead histories from Temporal as JSON, for replay')
    .requiredOption('--out <folder>', 'where to write them, one file per run')
    .option('--query <query>', 'a Temporal list filter, such as \'LeadStage = "nurturing"\'')
    .option('--limit <n>', 'at most this many', '100')
    .action((options: ExportCommandOptions) => exportHistories(io, options));
  withJson(program.command('version'))
    .description('the version of Baton and of what it runs on')
    .action((options: CommonOptions) => {
      const found = versions();
      answer(io, options, found, () => [`baton ${found.baton} (node ${found.node}, ${found.platform})`]);
    });
}
