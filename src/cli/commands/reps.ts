import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { GatewayError } from '../client.js';
import { answer, type ClientOptions, connect, withClient } from '../context.js';
import { CliError, describeError, EXIT } from '../errors.js';
import { count, printable } from '../format.js';
import type { CliIo } from '../io.js';
import type { Team } from '../team-file.js';

interface TeamReply {
  readonly created: number;
  readonly updated: number;
}

function pathOf(path: unknown): (string | number)[] {
  const parts = Array.isArray(path) ? path : String(path ?? '').split(/[./]/);
  return parts
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(String(part)) ? Number(part) : String(part)));
}

/** The gateway's faults, told at their places in the file. */
function placed(error: GatewayError, team: Team): CliError {
  const faults = error.problem.errors ?? [];
  if (faults.length === 0) return error;
  return new CliError(
    faults.map((fault) => {
      const path = pathOf(fault.path);
      return `${team.place(path)}: ${path.join('.')}: ${printable(String(fault.message))}`;
    }),
  );
}

async function importTeam(io: CliIo, file: string, options: ClientOptions): Promise<void> {
  const text = await readFile(resolve(io.cwd, file), 'utf8').catch((error: unknown) => {
    throw new CliError(describeError(error), EXIT.usage);
  });
  const { readTeam } = await import('../team-file.js');
  const team = readTeam(file, text);
  const client = connect(io, options);
  const reply = await client.post<TeamReply>('/v1/reps', { reps: team.reps }).catch((error: unknown) => {
    throw error instanceof GatewayError ? placed(error, team) : error;
  });
  answer(io, options, reply, ({ created, updated }) => [
    `${count(created, 'rep')} created, ${updated} updated`,
  ]);
}

/** `baton reps import`. */
export function registerReps(program: Command, io: CliIo): void {
  const reps = program.command('reps').description('the sales team');
  withClient(reps.command('import <file>'))
    .description('create or update reps from a YAML file, by their ids')
    .action((file: string, options: ClientOptions) => importTeam(io, file, options));
}
