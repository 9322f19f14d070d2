import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Fault } from '../../definition/faults.js';
import { type GatewayClient, GatewayError } from '../client.js';
import { answer, type ClientOptions, connect, withClient } from '../context.js';
import { CliError, describeError, EXIT, usageError } from '../errors.js';
import { count, printable } from '../format.js';
import type { CliIo } from '../io.js';

interface DraftReply {
  readonly id: string;
  readonly hash: string;
  readonly revision: number;
  readonly basedOn: number;
  readonly signed: { readonly marketing: { by: string } | null; readonly sales: { by: string } | null };
  readonly faults: readonly Fault[];
  readonly voided?: readonly string[];
}

interface PublishedReply {
  readonly number: number;
  readonly forecast: { readonly openLeads: number; readonly handoffs: number };
}

interface Signed {
  readonly by?: string;
}
interface DraftOptions extends ClientOptions, Signed {
  readonly draft?: string;
  readonly note?: string;
  readonly revision?: string;
  readonly basedOn?: string;
}
interface PublishOptions extends ClientOptions, Signed {
  readonly confirm?: string;
  readonly note?: string;
}

/** Every open lead is looked at before a publish. */
const PUBLISH_TIMEOUT_MS = 3_600_000;

const pathOf = (name: string, verb = ''): string => `/v1/definitions/${encodeURIComponent(name)}${verb}`;

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usageError(`${name} must be a whole number (it is "${text}")`);
}

function draftWords(
  { id, revision, basedOn, faults, voided = [] }: DraftReply,
  placed: (fault: Fault) => string,
): string[] {
  const errors = faults.filter(({ severity }) => severity === 'error').length;
  return [
    ...faults.map(
      (fault) => `${printable(placed(fault))}${fault.severity === 'warning' ? ' [warning]' : ''}`,
    ),
    `draft ${id}, revision ${revision}, on top of version ${basedOn}`,
    ...(voided.length > 0
      ? [`The content changed: ${voided.join(' and ')} signed the old one and must sign again.`]
      : []),
    ...(errors > 0
      ? [`It has ${count(errors, 'error')}: correct them, then --draft ${id} saves it again.`]
      : [
          `Next: baton definition sign ${id} --as marketing --by <name>, and --as sales; then baton definition publish ${id}`,
        ]),
  ];
}

async function draft(io: CliIo, file: string, options: DraftOptions): Promise<void> {
  const { draft: id, note, by } = options;
  const revision = wholeNumber('--revision', options.revision);
  const basedOn = wholeNumber('--based-on', options.basedOn);
  if (id === undefined && (revision !== undefined || basedOn !== undefined)) {
    throw usageError('--revision and --based-on belong to an edit: name the draft with --draft');
  }
  const document = await readFile(resolve(io.cwd, file), 'utf8').catch((error: unknown) => {
    throw new CliError(describeError(error), EXIT.usage);
  });
  const client = connect(io, options);
  const body = { document, ...(note !== undefined && { note }), ...(by !== undefined && { by }) };
  const reply =
    id === undefined
      ? await client.post<DraftReply>('/v1/definitions', body)
      : await client.put<DraftReply>(pathOf(id), {
          ...body,
          revision: revision ?? (await presentRevision(io, client, id)),
          ...(basedOn !== undefined && { basedOn }),
        });
  const { formatFault } = await import('../../definition/faults.js');
  answer(io, options, reply, () => draftWords(reply, (fault) => formatFault(fault, file)));
}

/** Without a revision the file replaces whatever is there now; that is told, because it may be somebody's work. */
async function presentRevision(io: CliIo, client: GatewayClient, id: string): Promise<number> {
  const { revision } = await client.get<DraftReply>(pathOf(id));
  io.err(
    `Replacing revision ${revision} of ${id}, whoever saved it; --revision <n> refuses when it is not the one you know.`,
  );
  return revision;
}

function publishedWords({ number, forecast }: PublishedReply): string[] {
  const { handoffs, openLeads } = forecast;
  return [
    `version ${number} is published; it hands off ${handoffs.toLocaleString('en-US')} of ${count(openLeads, 'open lead')} at once`,
    'New decisions follow it within a second; a handoff in flight keeps its own version.',
  ];
}

async function publish(io: CliIo, path: string, again: string, options: PublishOptions): Promise<void> {
  const confirmHandoffs = wholeNumber('--confirm', options.confirm);
  const { note, by } = options;
  const client = connect(io, options, PUBLISH_TIMEOUT_MS);
  const body = {
    ...(confirmHandoffs !== undefined && { confirmHandoffs }),
    ...(note !== undefined && { note }),
    ...(by !== undefined && { by }),
  };
  const reply = await client.post<PublishedReply>(path, body).catch((error: unknown) => {
    throw error instanceof GatewayError ? withRemedy(error, again) : error;
  });
  answer(io, options, reply, publishedWords);
}

function withRemedy(error: GatewayError, again: string): CliError {
  const { problem } = error;
  if (problem.code !== 'confirmation_required' || !('handoffs' in problem)) return error;
  return new CliError([...error.lines, `To do it: ${again} --confirm ${Number(problem.handoffs)}`]);
}

const withBy = (command: Command): Command =>
  command.option('--by <name>', 'who does it (else the name of the API key)');

const sameName = (one: string, other: string): boolean =>
  one.trim().toLowerCase() === other.trim().toLowerCase();

/** `baton definition draft`, `sign`, `publish`, `rollback` and `discard`. */
export function registerDefinitionDrafts(definition: Command, io: CliIo): void {
  withBy(withClient(definition.command('draft <file>')))
    .description('begin a draft with the document in a file, or edit one; it may still have faults')
    .option('--draft <id>', 'the draft to edit')
    .option('--note <text>', 'what it is about')
    .option('--revision <n>', 'the revision that the file was made from; refused when another one was saved')
    .option('--based-on <n>', 'put the draft on top of the newest version, which is this one')
    .action((file: string, options: DraftOptions) => draft(io, file, options));
  withClient(definition.command('sign <draft>'))
    .description('sign the exact content of a draft for one team')
    .addOption(new Option('--as <team>', 'the team').choices(['marketing', 'sales']).makeOptionMandatory())
    .requiredOption('--by <name>', 'who signs')
    .action(async (id: string, options: ClientOptions & { as: string; by: string }) => {
      const client = connect(io, options);
      const { hash } = await client.get<DraftReply>(pathOf(id));
      const { as, by } = options;
      const reply = await client.post<DraftReply>(pathOf(id, '/sign'), { as, by, hash });
      const { marketing, sales } = reply.signed;
      if (marketing && sales && sameName(marketing.by, sales.by))
        io.err(
          `Warning: ${printable(by)} has signed for marketing and for sales. A handoff definition is an agreement of two teams: let someone else sign for one of them.`,
        );
      answer(io, options, reply, ({ signed }) => {
        const missing = signed.marketing ? (signed.sales ? null : 'sales') : 'marketing';
        const next = missing ? `${missing} has not signed yet` : `baton definition publish ${id}`;
        return [
          `${printable(by)} has signed ${id} for ${as} (content ${hash.slice(0, 12)}…)`,
          `Next: ${next}`,
        ];
      });
    });
  withBy(withClient(definition.command('publish <draft>')))
    .description('publish a signed draft as the next version')
    .option('--confirm <n>', 'the number of handoffs that it may make at once')
    .option('--note <text>', 'what it is about')
    .action((id: string, options: PublishOptions) =>
      publish(io, pathOf(id, '/publish'), `baton definition publish ${id}`, options),
    );
  withBy(withClient(definition.command('rollback <number>')))
    .description('publish an older version again, under a new number')
    .option('--confirm <n>', 'the number of handoffs that it may make at once')
    .option('--note <text>', 'why')
    .action((number: string, options: PublishOptions) =>
      publish(io, pathOf(number, '/rollback'), `baton definition rollback ${number}`, options),
    );
  withBy(withClient(definition.command('discard <draft>')))
    .description('discard a draft for good')
    .action(async (id: string, options: ClientOptions & Signed) => {
      const who = options.by === undefined ? '' : `?by=${encodeURIComponent(options.by)}`;
      const reply = await connect(io, options).delete<{ id: string }>(`${pathOf(id)}${who}`);
      answer(io, options, reply, () => [`draft ${id} is discarded`]);
    });
}
