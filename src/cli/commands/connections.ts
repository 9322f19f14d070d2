import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { answer, type ClientOptions, connect, withClient } from '../context.js';
import { CliError, describeError, EXIT, usageError } from '../errors.js';
import { instant, table } from '../format.js';
import type { CliIo } from '../io.js';
import type { Page } from '../replies.js';

interface ConnectionReply {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly active: boolean;
  readonly webhookUrl: string;
  readonly secrets: Readonly<
    Record<string, { readonly set: boolean; readonly formerHoldsUntil: string | null }>
  >;
  readonly lastReceivedAt: string | null;
}

interface TestReply {
  readonly works: boolean;
  readonly checks: readonly { readonly state: 'works' | 'missing' | 'unknown'; readonly text: string }[];
}

interface AddOptions extends ClientOptions {
  readonly kind: string;
  readonly title?: string;
  readonly secret: readonly string[];
  readonly set: readonly string[];
}
interface RotateOptions extends ClientOptions {
  readonly secret: readonly string[];
  readonly grace?: string;
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];
const pathOf = (id: string) => `/v1/connections/${encodeURIComponent(id)}`;
const MARKS = { works: 'ok', missing: 'MISSING', unknown: '?' } as const;

function pairOf(option: string, pair: string): [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) throw usageError(`${option} takes <name>=<value> (it is "${pair.split('=', 1)[0]}")`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

/** `@file` keeps a secret out of the shell's history and of the list of processes. */
async function secretsOf(io: CliIo, pairs: readonly string[]): Promise<Record<string, string>> {
  const secrets: Record<string, string> = {};
  for (const pair of pairs) {
    const [name, value] = pairOf('--secret', pair);
    secrets[name] = value.startsWith('@') ? await secretIn(resolve(io.cwd, value.slice(1))) : value;
  }
  return secrets;
}

async function secretIn(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CliError(describeError(error), EXIT.usage);
  });
  return text.trim();
}

/** Numbers and yes or no are told from words. */
function settingsOf(pairs: readonly string[]): Record<string, unknown> {
  const typed = (value: string) =>
    /^\d+$/.test(value) ? Number(value) : value === 'true' || value === 'false' ? value === 'true' : value;
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name, value] = pairOf('--set', pair);
      return [name, typed(value)];
    }),
  );
}

function graceOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, amount, unit = 's'] = /^(\d{1,7})([smhd])?$/.exec(text) ?? [];
  if (amount === undefined) throw usageError(`--grace must be a time such as 24h or 7d (it is "${text}")`);
  return Number(amount) * ({ s: 1, m: 60, h: 3_600, d: 86_400 }[unit] ?? 1);
}

const setIn = ({ secrets }: ConnectionReply) =>
  Object.keys(secrets)
    .filter((name) => secrets[name]?.set)
    .join(',');

async function add(io: CliIo, id: string, options: AddOptions): Promise<void> {
  const { kind, title, secret, set } = options;
  const body = { id, kind, title, settings: settingsOf(set), secrets: await secretsOf(io, secret) };
  const made = await connect(io, options).post<ConnectionReply>('/v1/connections', body);
  answer(io, options, made, () => [
    `connection ${made.id} (${made.title}) is made; enter this address on the platform:`,
    `  ${made.webhookUrl}`,
    `\`baton connections test ${made.id}\` says what works.`,
  ]);
}

async function list(io: CliIo, options: ClientOptions): Promise<void> {
  const page = await connect(io, options).get<Page<ConnectionReply>>('/v1/connections', { limit: 200 });
  answer(io, options, page, () =>
    table(page.items, [
      { title: 'ID', value: (one) => one.id },
      { title: 'KIND', value: (one) => one.kind },
      { title: 'TITLE', value: (one) => one.title },
      { title: 'ON', value: (one) => (one.active ? 'yes' : 'no') },
      { title: 'SECRETS', value: setIn },
      { title: 'LAST RECEIVED', value: (one) => instant(one.lastReceivedAt) },
      { title: 'ADDRESS', value: (one) => one.webhookUrl },
    ]),
  );
}

async function rotate(io: CliIo, id: string, options: RotateOptions): Promise<void> {
  const secrets = await secretsOf(io, options.secret);
  if (Object.keys(secrets).length === 0) throw usageError('--secret <name>=<value> says what is rotated');
  const body = { secrets, graceSeconds: graceOf(options.grace) };
  const rotated = await connect(io, options).post<ConnectionReply>(`${pathOf(id)}/rotate`, body);
  answer(io, options, rotated, () =>
    Object.keys(secrets).map((name) => {
      const until = rotated.secrets[name]?.formerHoldsUntil ?? null;
      return until === null
        ? `${name} is set`
        : `${name} has a new value; the one before holds until ${instant(until)}`;
    }),
  );
}

async function test(io: CliIo, id: string, options: ClientOptions): Promise<void> {
  const reply = await connect(io, options).post<TestReply>(`${pathOf(id)}/test`);
  answer(io, options, reply, () => reply.checks.map(({ state, text }) => `${MARKS[state].padEnd(8)}${text}`));
  if (!reply.works) throw new CliError(`connection ${id} does not work yet`);
}

/** `baton connections list|add|rotate|remove|test`. */
export function registerConnections(program: Command, io: CliIo): void {
  const connections = program.command('connections').description('the platforms that Baton speaks with');
  withClient(connections.command('list'))
    .description('all connections, without their secrets')
    .action((options: ClientOptions) => list(io, options));
  withClient(connections.command('add <id>'))
    .description('make a connection')
    .requiredOption(
      '--kind <kind>',
      'the platform: sendgrid, postmark, mailgun, mailchimp, customerio, standard',
    )
    .option('--title <title>', 'what it is for')
    .option('--secret <name=value>', 'a secret; @file reads it from a file (repeatable)', collect, [])
    .option('--set <name=value>', 'a setting (repeatable)', collect, [])
    .action((id: string, options: AddOptions) => add(io, id, options));
  withClient(connections.command('rotate <id>'))
    .description('give secrets new values; the values before hold for a grace')
    .option('--secret <name=value>', 'a secret; @file reads it from a file (repeatable)', collect, [])
    .option('--grace <time>', 'how long the value before holds, such as 24h (the default) or 7d')
    .action((id: string, options: RotateOptions) => rotate(io, id, options));
  withClient(connections.command('remove <id>'))
    .description('forget a connection and its secrets; what came by it stays')
    .action(async (id: string, options: ClientOptions) => {
      const reply = await connect(io, options).delete<unknown>(pathOf(id));
      answer(io, options, reply ?? { id, removed: true }, () => [`connection ${id} is gone`]);
    });
  withClient(connections.command('test <id>'))
    .description('say what works and what is missing')
    .action((id: string, options: ClientOptions) => test(io, id, options));
}
