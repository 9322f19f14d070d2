import { access, constants, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Fault } from '../../definition/faults.js';
import type * as report from '../backtest-report.js';
import { type GatewayClient, GatewayError } from '../client.js';
import { answer, type ClientOptions, connect, withClient } from '../context.js';
import { CliError, describeError, EXIT, usageError } from '../errors.js';
import { printable } from '../format.js';
import type { CliIo } from '../io.js';

interface BacktestOptions extends ClientOptions {
  readonly before: string;
  readonly from?: string;
  readonly to?: string;
  readonly source?: readonly string[];
  readonly examples: string;
  readonly lead?: string;
  readonly html?: string;
}

/** What the gateway knows by itself; all else is a file. */
const AT_THE_GATEWAY = /^(current|[1-9]\d{0,8}|d_[0-9a-z]{1,60})$/;
const POLL_MS = { first: 100, last: 1_000 };
const EXAMPLES_MAX = 100;

const pathOf = (id: string, more = ''): string => `/v1/backtests/${encodeURIComponent(id)}${more}`;

async function sideOf(io: CliIo, name: string): Promise<string | { document: string; name: string }> {
  if (AT_THE_GATEWAY.test(name)) return name;
  const document = await readFile(resolve(io.cwd, name), 'utf8').catch((error: unknown) => {
    const hint = 'Name a file, the number of a version, `current`, or the id of a draft.';
    throw new CliError([describeError(error), hint], EXIT.usage);
  });
  return { document, name };
}

/** The faults of a file as an editor finds them: file, line, column. */
async function atPlaces(error: unknown, files: { before: string; after: string }): Promise<unknown> {
  if (!(error instanceof GatewayError) || !('faults' in error.problem)) return error;
  const faults = error.problem.faults as readonly Fault[];
  const { formatFault } = await import('../../definition/faults.js');
  const file = String(error.problem.errors?.[0]?.path ?? '').startsWith('before')
    ? files.before
    : files.after;
  const errors = faults.filter(({ severity }) => severity === 'error');
  return new CliError([
    `${file} has errors; correct them before trying it`,
    ...errors.map((fault) => printable(formatFault(fault, file))),
  ]);
}

/** Ctrl-C cancels the run at the gateway too; the second one ends this process at once. */
function onInterrupt(io: CliIo): { readonly signal: AbortSignal; forget(): void } {
  const abort = new AbortController();
  const interrupt = (): void => {
    if (abort.signal.aborted) process.exit(130);
    io.err('cancelling …');
    abort.abort();
  };
  process.on('SIGINT', interrupt);
  return { signal: abort.signal, forget: () => process.off('SIGINT', interrupt) };
}

type ProgressWords = (reply: report.BacktestReply) => string;

async function untilEnded(
  io: CliIo,
  client: GatewayClient,
  started: report.BacktestReply,
  progressWords: ProgressWords,
): Promise<report.BacktestReply> {
  const { signal, forget } = onInterrupt(io);
  const show = progressPrinter(io, progressWords);
  let reply = started;
  try {
    for (let pauseMs = POLL_MS.first; ; pauseMs = Math.min(pauseMs * 1.5, POLL_MS.last)) {
      if (reply.state !== 'waiting' && reply.state !== 'running') return reply;
      show(reply);
      await wait(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) {
        await client.delete(pathOf(reply.id));
        throw new CliError(`the backtest ${reply.id} is cancelled`);
      }
      reply = await client.get<report.BacktestReply>(pathOf(reply.id));
    }
  } finally {
    forget();
    if (io.interactive) io.redraw('');
  }
}

/** Redraws one line on a terminal; elsewhere a line every tenth of the way. */
function progressPrinter(io: CliIo, progressWords: ProgressWords): (reply: report.BacktestReply) => void {
  let told = '';
  return (reply) => {
    const words = progressWords(reply);
    if (io.interactive) return io.redraw(words);
    const step = reply.state === 'waiting' ? words : `${Math.floor(reply.progress.share * 10)}`;
    if (step !== told && (reply.state === 'waiting' || reply.progress.leadsTotal > 0)) {
      io.err(words);
      told = step;
    }
  };
}

/** A file that cannot be written is told before a run that may take minutes. */
async function pageFile(io: CliIo, name: string): Promise<string> {
  const path = resolve(io.cwd, name);
  const there = await stat(path).catch(() => null);
  if (there?.isDirectory()) throw usageError(`--html must name a file (${name} is a folder)`);
  await access(there ? path : dirname(path), constants.W_OK).catch((error: unknown) => {
    throw new CliError(describeError(error), EXIT.usage);
  });
  return path;
}

/** The report as a page. Leads are not linked: a file has no key to open them with. */
async function writePage(io: CliIo, path: string, ended: report.BacktestReply): Promise<void> {
  const { result, changes, endedAt, createdBy } = ended;
  if (!result) return;
  const { renderBacktestReport } = await import('../../console/backtest-page.js');
  const madeAt = endedAt === null ? null : new Date(endedAt);
  const page = renderBacktestReport(result, { changes, madeAt, madeBy: createdBy });
  await writeFile(path, page).catch((error: unknown) => {
    throw new CliError([describeError(error), `The report is kept as backtest ${ended.id}.`]);
  });
  io.err(`wrote ${relative(io.cwd, path)}`);
}

async function backtest(io: CliIo, after: string, options: BacktestOptions): Promise<void> {
  const { before, from, to, source: sources, lead } = options;
  if (!/^\d{1,3}$/.test(options.examples) || Number(options.examples) > EXAMPLES_MAX)
    throw usageError(
      `--examples must be a whole number from 0 to ${EXAMPLES_MAX} (it is "${options.examples}")`,
    );
  const body = {
    ...{ before: await sideOf(io, before), after: await sideOf(io, after) },
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(sources && { sources }),
  };
  const page = options.html === undefined ? null : await pageFile(io, options.html);
  const client = connect(io, options);
  // A wrong id is told before a run that may take minutes.
  if (lead !== undefined) await client.get(`/v1/leads/${encodeURIComponent(lead)}`);
  const started = await client
    .post<report.BacktestReply>('/v1/backtests', body)
    .catch(async (error: unknown) => {
      throw await atPlaces(error, { before, after });
    });
  const { progressWords, reportLines, walkLines } = await import('../backtest-report.js');
  const ended = await untilEnded(io, client, started, progressWords);
  if (ended.state === 'failed') throw new CliError(`the backtest ${ended.id} failed: ${ended.error ?? ''}`);
  if (ended.state !== 'done') throw new CliError(`the backtest ${ended.id} was cancelled by somebody else`);
  const walk =
    lead === undefined
      ? null
      : await client.get<report.WalkReply>(pathOf(ended.id, `/leads/${encodeURIComponent(lead)}`));
  const { localMoment: moment } = await import('../../insight/local-moment.js');
  answer(io, options, walk ? { ...ended, walk } : ended, () => [
    ...reportLines(ended, { width: io.columns, examples: Number(options.examples), moment }),
    ...(walk ? walkLines(walk, moment) : []),
  ]);
  if (page !== null) await writePage(io, page, ended);
}

/** `baton backtest`: what another definition would have done with the recorded past. */
export function registerBacktest(program: Command, io: CliIo): void {
  withClient(program.command('backtest <after>'))
    .description('what a draft or another version would have done with the recorded past')
    .option('--before <definition>', 'what it is compared with', 'current')
    .option(
      '--from <date>',
      'the first day, in the team’s time zone, or an instant (else 90 days before the end)',
    )
    .option('--to <date>', 'the last day, or an instant (else now)')
    .option('--source <id...>', 'only leads of these sources; `default` is every source that neither names')
    .option('--examples <n>', 'how many leads to show', '5')
    .option('--lead <id>', 'also show this lead’s walk through time under both')
    .option('--html <file>', 'also write the report to this file, as a page with charts')
    .addHelpText(
      'after',
      '\nEach definition is a file, the number of a published version, `current`, or the id of a draft (d_…).\nA file with such a name is written ./current. Ctrl-C cancels the run.',
    )
    .action((after: string, options: BacktestOptions) => backtest(io, after, options));
}
