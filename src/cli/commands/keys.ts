import type { Command } from 'commander';
import { nearest } from '../../config/nearest.js';
import { answer, type ClientOptions, connect, withClient } from '../context.js';
import { usageError } from '../errors.js';
import { instant, table } from '../format.js';
import type { CliIo } from '../io.js';
import type { KeyReply, Page } from '../replies.js';

const SCOPES = ['ingest', 'read', 'sales', 'marketing', 'manager', 'admin'] as const;

function scopesOf(text: string): string[] {
  const scopes = text
    .split(',')
    .map((scope) => scope.trim())
    .filter(Boolean);
  const unknown = scopes.find((scope) => !SCOPES.some((known) => known === scope));
  if (unknown !== undefined || scopes.length === 0) {
    const meant = unknown === undefined ? null : nearest(unknown, SCOPES);
    throw usageError(
      `--scopes takes ${SCOPES.join(', ')}, separated by commas${meant ? `: did you mean ${meant}?` : ''}`,
    );
  }
  return scopes;
}

function expiryOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const at = days === undefined ? Date.parse(text) : Date.now() + Number(days) * 86_400_000;
  if (Number.isNaN(at) || at <= Date.now()) {
    throw usageError(`--expires must be a number of days such as 90d, or a date to come (it is "${text}")`);
  }
  return new Date(at).toISOString();
}

interface CreateOptions extends ClientOptions {
  readonly name: string;
  readonly scopes: string;
  readonly expires?: string;
}

/** `baton keys create|list|revoke`. */
export function registerKeys(program: Command, io: CliIo): void {
  const keys = program.command('keys').description('API keys');
  withClient(keys.command('create'))
    .description('make a key; it is shown once')
    .requiredOption('--name <name>', 'what the key is for')
    .requiredOption('--scopes <list>', `what it may do: ${SCOPES.join(', ')}`)
    .option('--expires <when>', 'a number of days such as 90d, or a date')
    .action(async ({ name, scopes, expires, ...options }: CreateOptions) => {
      const body = { name, scopes: scopesOf(scopes), expiresAt: expiryOf(expires) };
      const made = await connect(io, options).post<KeyReply & { key: string }>('/v1/keys', body);
      answer(io, options, made, () => [
        made.key,
        `Key ${made.id} "${made.name}" may ${made.scopes.join(', ')}. It is not shown again.`,
      ]);
    });
  withClient(keys.command('list'))
    .description('all keys, without their secrets')
    .action(async (options: ClientOptions) => {
      const page = await connect(io, options).get<Page<KeyReply>>('/v1/keys', { limit: 200 });
      answer(io, options, page, () =>
        table(page.items, [
          { title: 'ID', value: (key) => key.id },
          { title: 'PREFIX', value: (key) => key.prefix },
          { title: 'NAME', value: (key) => key.name },
          { title: 'SCOPES', value: (key) => key.scopes.join(',') },
          { title: 'EXPIRES', value: (key) => instant(key.expiresAt) },
          { title: 'REVOKED', value: (key) => instant(key.revokedAt) },
        ]),
      );
    });
  withClient(keys.command('revoke <id>'))
    .description('end a key at once')
    .action(async (id: string, options: ClientOptions) => {
      const reply = await connect(io, options).delete<unknown>(`/v1/keys/${encodeURIComponent(id)}`);
      answer(io, options, reply ?? { id, revoked: true }, () => [`key ${id} is revoked`]);
    });
}
