import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { gatewayClient } from '../client.js';
import { answer, type ClientOptions, clientConfig, withClient } from '../context.js';
import { CliError, EXIT } from '../errors.js';
import { count } from '../format.js';
import type { ImportReport } from '../import/run.js';
import type { CliIo } from '../io.js';

interface ImportCommandOptions extends ClientOptions {
  readonly kind: 'leads' | 'events' | 'auto';
  readonly source?: string;
  readonly backfill: boolean;
  readonly rejected?: string | true;
  readonly ignoreColumns?: boolean;
  readonly restart?: boolean;
}

function reportWords(report: ImportReport, backfill: boolean): string[] {
  const lines = [
    `${count(report.accepted, 'event')} accepted, ${report.duplicates.toLocaleString('en-US')} known already, ${count(report.bad, 'bad row')} skipped (${(report.elapsedMs / 1000).toFixed(1)} s)`,
  ];
  if (report.doneBefore) return ['This file is imported already; --restart reads it once more.', ...lines];
  if (report.rejectedFile !== null) lines.push(`The bad rows are in ${report.rejectedFile}`);
  if (!backfill || report.accepted + report.duplicates === 0) return lines;
  lines.push(
    'The events are history: they count for state and score, and hand off nobody by themselves. What you can do next:',
    '  see the leads            baton lead list',
  );
  if (report.importId !== null) {
    lines.push(
      `  what would be handed off baton imports preview ${report.importId}`,
      '  hand them off            baton imports release … (the preview says how)',
    );
  }
  return lines;
}

async function runImport(io: CliIo, file: string, options: ImportCommandOptions): Promise<void> {
  const config = clientConfig(io);
  const client = gatewayClient(config, options);
  const path = resolve(io.cwd, file);
  const { rejected } = options;
  const rejectedFile =
    rejected === true ? `${path}.rejected.jsonl` : rejected ? resolve(io.cwd, rejected) : null;
  const { importFile } = await import('../import/run.js');
  const report = await importFile(io, client, {
    file: path,
    kind: options.kind,
    source: options.source ?? null,
    backfill: options.backfill,
    ignoreColumns: options.ignoreColumns ?? false,
    restart: options.restart ?? false,
    rejectedFile,
    dataDir: config.dataDir,
  }).catch((error: unknown) => {
    if (!(error instanceof CliError) || error.exitCode === EXIT.usage) throw error;
    throw new CliError(
      [...error.lines, 'What was accepted stays; the same command goes on from there.'],
      error.exitCode,
    );
  });
  answer(io, options, report, () => reportWords(report, options.backfill));
  if (report.bad > 0 && report.accepted + report.duplicates === 0)
    throw new CliError('no row could be imported');
}

/** `baton import`. */
export function registerImport(program: Command, io: CliIo): void {
  withClient(program.command('import <file>'))
    .description('import leads or events from a CSV or JSON lines file')
    .addOption(
      new Option('--kind <kind>', 'what the rows are').choices(['leads', 'events', 'auto']).default('auto'),
    )
    .option('--source <name>', 'the lead source of rows that name none')
    .option('--no-backfill', 'let the events act as if they happened now')
    .option('--rejected [file]', 'write bad rows to a file (FILE.rejected.jsonl)')
    .option('--ignore-columns', 'leave out CSV columns that Baton does not know')
    .option('--restart', 'begin anew, whatever an earlier run of this file did')
    .addHelpText(
      'after',
      `
CSV columns of leads: email, name, company, phone, country, companySize, timeZone, source, magnet, channel, createdAt,
userId, anonymousId, traits.*; of events: id, type, occurredAt, email, …, url, emailId, resource, properties.*
JSON lines: events as POST /v1/events takes them (\`timestamp\` is taken for occurredAt), or {"lead":{"email":…,"name":…},"source":{"name":…}}.
Rows without an id get one from their content: importing a row twice changes nothing.`,
    )
    .action((file: string, options: ImportCommandOptions) => runImport(io, file, options));
}
