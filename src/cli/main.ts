import { Command, CommanderError } from 'commander';
import { ConfigError, wantsStacks } from '../config/config.js';
import { loadDotEnv } from '../config/dotenv.js';
import { registerBacktest } from './commands/backtest.js';
import { registerConnections } from './commands/connections.js';
import { registerDefinition } from './commands/definition.js';
import { registerDoctor } from './commands/doctor.js';
import { registerImport } from './commands/import.js';
import { registerImports } from './commands/imports.js';
import { registerKeys } from './commands/keys.js';
import { registerLead } from './commands/lead.js';
import { registerOperations } from './commands/operations.js';
import { registerProof } from './commands/proof.js';
import { registerReps } from './commands/reps.js';
import { registerStart } from './commands/start.js';
import { CliError, describeError, EXIT } from './errors.js';
import { type CliIo, terminalIo } from './io.js';
import { versions } from './version.js';

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 the gateway cannot be reached.
Settings come from the environment and from the file .env of the working directory; .env.example lists them.`;

function program(io: CliIo): Command {
  const baton = new Command('baton')
    .description('Hands leads from marketing to sales without dropping them.')
    .version(versions().baton)
    .showHelpAfterError('(`--help` says more)')
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.replace(/\n$/, '')),
      writeErr: (text) => io.err(text.replace(/\n$/, '')),
    });
  for (const register of [
    registerStart,
    registerImport,
    registerImports,
    registerLead,
    registerDefinition,
    registerBacktest,
    registerReps,
    registerConnections,
    registerKeys,
    registerOperations,
    registerProof,
    registerDoctor,
  ]) {
    register(baton, io);
  }
  inheritSettings(baton);
  return baton;
}

/** Commander copies these only to subcommands made after they were set, and only one level deep. */
function inheritSettings(parent: Command): void {
  for (const child of parent.commands) {
    child.copyInheritedSettings(parent);
    inheritSettings(child);
  }
}

/** The stack helps who develops Baton, and nobody else. */
function tell(io: CliIo, error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof ConfigError) {
    for (const line of error.message.split('\n')) io.err(line === 'wrong settings' ? `baton: ${line}` : line);
    return EXIT.usage;
  }
  const lines = error instanceof CliError ? error.lines : [describeError(error)];
  lines.forEach((line, index) => {
    io.err(index === 0 ? `baton: ${line}` : line);
  });
  if (!(error instanceof CliError) && error instanceof Error && wantsStacks(io.env))
    io.err(error.stack ?? '');
  return error instanceof CliError ? error.exitCode : EXIT.failed;
}

/**
 * Runs one command line and answers its exit code; nothing is thrown.
 * @param args what follows `baton`.
 */
export async function run(args: readonly string[], io: CliIo = terminalIo()): Promise<number> {
  try {
    if (io.env === undefined) loadDotEnv(io.cwd);
    await program(io).parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    return tell(io, error);
  }
}
