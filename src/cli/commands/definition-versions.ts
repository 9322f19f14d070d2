import type { Command } from 'commander';
import { answer, type ClientOptions, connect, withClient } from '../context.js';
import { usageError } from '../errors.js';
import { count, instant, printable, table } from '../format.js';
import type { CliIo } from '../io.js';
import type { Page } from '../replies.js';

interface VersionReply {
  readonly number: number;
  readonly name: string;
  readonly current: boolean;
  readonly signed: { readonly marketing: string | null; readonly sales: string | null };
  readonly note: string | null;
  readonly publishedAt: string;
  readonly publishedBy: string;
}

interface DraftReply {
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  readonly basedOn: number;
  readonly signed: { readonly marketing: { by: string } | null; readonly sales: { by: string } | null };
  readonly note: string | null;
  readonly updatedAt: string;
}

type DefinitionsReply = Page<VersionReply> & { readonly drafts: readonly DraftReply[] };

interface LogReply {
  readonly at: string;
  readonly what: string;
  readonly by: string;
  readonly draft: string | null;
  readonly number: number | null;
  readonly data: Readonly<Record<string, unknown>>;
}

interface ForecastReply {
  readonly openLeads: number;
  readonly handoffs: number;
  readonly share: number;
  readonly guard: number;
}

const signers = (marketing: string | undefined, sales: string | undefined): string =>
  marketing || sales ? `${marketing ?? '–'} / ${sales ?? '–'}` : 'unsigned';

function definitionWords({ items, drafts, nextCursor }: DefinitionsReply): string[] {
  const versions = table(items, [
    { title: 'VERSION', value: ({ number, current }) => (current ? `${number} (current)` : number) },
    { title: 'NAME', value: ({ name }) => name },
    {
      title: 'SIGNED (MARKETING / SALES)',
      value: ({ signed }) => signers(signed.marketing ?? undefined, signed.sales ?? undefined),
    },
    { title: 'PUBLISHED', value: ({ publishedAt }) => instant(publishedAt) },
    { title: 'BY', value: ({ publishedBy }) => publishedBy },
    { title: 'NOTE', value: ({ note }) => note },
  ]);
  const open = table(drafts, [
    { title: 'DRAFT', value: ({ id }) => id },
    { title: 'NAME', value: ({ name }) => name },
    { title: 'REVISION', value: ({ revision }) => revision, align: 'right' },
    { title: 'ON VERSION', value: ({ basedOn }) => basedOn, align: 'right' },
    {
      title: 'SIGNED (MARKETING / SALES)',
      value: ({ signed }) => signers(signed.marketing?.by, signed.sales?.by),
    },
    { title: 'SAVED', value: ({ updatedAt }) => instant(updatedAt) },
    { title: 'NOTE', value: ({ note }) => note },
  ]);
  return [
    ...versions,
    ...(nextCursor === null ? [] : ['There are older versions: raise --limit.']),
    ...(drafts.length > 0 ? ['', ...open] : []),
  ];
}

const DID: Readonly<Record<string, string>> = { rolled_back: 'rolled back' };

function logWords({ items, nextCursor }: Page<LogReply>): string[] {
  return [
    ...table(items, [
      { title: 'AT', value: ({ at }) => instant(at) },
      { title: 'WHAT', value: ({ what }) => DID[what] ?? what },
      { title: 'VERSION', value: ({ number }) => number, align: 'right' },
      { title: 'DRAFT', value: ({ draft }) => draft },
      { title: 'BY', value: ({ by }) => by },
      { title: 'DETAILS', value: ({ data }) => details(data) },
    ]),
    ...(nextCursor === null ? [] : ['There is more: raise --limit.']),
  ];
}

function details({ version, side, voided, note }: LogReply['data']): string | null {
  const parts = [
    typeof version === 'number' ? `version ${version} again` : null,
    typeof side === 'string' ? `for ${side}` : null,
    Array.isArray(voided) && voided.length > 0 ? `signatures of ${voided.join(' and ')} void` : null,
    typeof note === 'string' ? note : null,
  ];
  return parts.filter((part, index) => part !== null && parts.indexOf(part) === index).join('; ') || null;
}

/** The text line by line, so that nothing in it steers the terminal; tabs are harmless. */
const documentLines = ({ document }: { readonly document: string }): string[] =>
  document
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split('\t').map(printable).join('\t'));

/** Every open lead is looked at. */
const FORECAST_TIMEOUT_MS = 3_600_000;

/** `5%`, `0.4%` */
const percent = (share: number): string => `${Number((share * 100).toPrecision(2))}%`;

function forecastWords({ openLeads, handoffs, share, guard }: ForecastReply): string[] {
  const asks = share > guard ? ', so it will ask for one' : '';
  return [
    `publishing this would hand off ${handoffs.toLocaleString('en-US')} of ${count(openLeads, 'open lead')} at once (${percent(share)}); more than ${percent(guard)} asks for a confirmation${asks}`,
  ];
}

function limitOf(limit: string): number {
  const number = Number(limit);
  if (Number.isSafeInteger(number) && number >= 1 && number <= 200) return number;
  throw usageError(`--limit must be a whole number from 1 to 200 (it is "${limit}")`);
}

/** `baton definition list`, `show`, `forecast` and `history`. */
export function registerDefinitionVersions(definition: Command, io: CliIo): void {
  withClient(definition.command('list'))
    .description('published versions, the newest first, and open drafts')
    .option('--limit <n>', 'at most this many versions', '50')
    .action(async (options: ClientOptions & { limit: string }) => {
      const query = { limit: limitOf(options.limit) };
      const reply = await connect(io, options).get<DefinitionsReply>('/v1/definitions', query);
      answer(io, options, reply, definitionWords);
    });
  withClient(definition.command('show <version>'))
    .description('print the document of a version (its number, or `current`) or of a draft (d_…)')
    .action(async (version: string, options: ClientOptions) => {
      const path = `/v1/definitions/${encodeURIComponent(version)}`;
      const reply = await connect(io, options).get<{ document: string }>(path);
      answer(io, options, reply, documentLines);
    });
  withClient(definition.command('forecast <version>'))
    .description('how many open leads publishing a draft (d_…) or a version again would hand off at once')
    .action(async (version: string, options: ClientOptions) => {
      const path = `/v1/definitions/${encodeURIComponent(version)}/forecast`;
      const reply = await connect(io, options, FORECAST_TIMEOUT_MS).get<ForecastReply>(path);
      answer(io, options, reply, forecastWords);
    });
  withClient(definition.command('history'))
    .description('who drafted, signed, published or rolled back what, the newest first')
    .option('--limit <n>', 'at most this many entries', '50')
    .action(async (options: ClientOptions & { limit: string }) => {
      const query = { limit: limitOf(options.limit) };
      const reply = await connect(io, options).get<Page<LogReply>>('/v1/definitions/history', query);
      answer(io, options, reply, logWords);
    });
}
