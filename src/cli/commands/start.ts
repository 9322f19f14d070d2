import type { Command } from 'commander';
import { loadConfig } from '../../config/config.js';
import { ROLES, type Role } from '../../config/roles.js';
import { CliError } from '../errors.js';
import type { CliIo } from '../io.js';
import { loadMain } from '../load-main.js';
import type { RunningBaton } from '../main-module.js';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** What a shell reports of a process that Ctrl-C ended. */
const EXIT_BY_SIGNAL = 130;

/** Resolves at the first stop signal; the second one ends the process at once. */
function stopSignal(io: CliIo): { stopped: Promise<void>; signal: AbortSignal; forget(): void } {
  const abort = new AbortController();
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const onSignal = (): void => {
    if (abort.signal.aborted) process.exit(EXIT_BY_SIGNAL);
    io.err('stopping … (again to end at once)');
    abort.abort(new CliError('stopped before the start was done'));
    stop();
  };
  for (const name of STOP_SIGNALS) process.on(name, onSignal);
  return {
    stopped,
    signal: abort.signal,
    forget: () => {
      for (const name of STOP_SIGNALS) process.off(name, onSignal);
    },
  };
}

async function untilStopped(running: RunningBaton, stopped: Promise<void>): Promise<void> {
  const broken = await Promise.race([stopped.then(() => null), running.broken]);
  await running.stop();
  if (broken) throw new CliError(`stopped, because a part of Baton broke: ${broken.message}`);
}

async function serve(
  io: CliIo,
  roles: readonly Role[],
  { sample, adoptTemporal }: { sample: boolean; adoptTemporal: boolean },
): Promise<void> {
  const config = loadConfig({ env: io.env, cwd: io.cwd, roles });
  for (const warning of config.warnings) io.err(`warning: ${warning}`);
  const { stopped, signal, forget } = stopSignal(io);
  try {
    const main = await loadMain();
    const running = await main.startBaton(config, { roles, sample, adoptTemporal, print: io.out, signal });
    await untilStopped(running, stopped);
    io.err('stopped');
  } finally {
    forget();
  }
}

/** `start`, and one command per role for those who run them apart. */
export function registerStart(program: Command, io: CliIo): void {
  program
    .command('start')
    .description(
      'start everything: gateway, courier, worker and, with nothing configured, database and Temporal',
    )
    .option('--no-sample', 'do not play the sample story into an empty database')
    .option(
      '--adopt-temporal',
      'work with another Temporal cluster than before and start open leads again there',
    )
    .action((options: { sample: boolean; adoptTemporal?: boolean }) =>
      serve(io, ROLES, { sample: options.sample, adoptTemporal: options.adoptTemporal === true }),
    );
  const apart: Record<Role, { description: string; roles: readonly Role[] }> = {
    api: { description: 'start the gateway, with a courier beside it', roles: ['api', 'courier'] },
    courier: { description: 'start a courier: delivery from the event log to Temporal', roles: ['courier'] },
    worker: { description: 'start a worker: workflows and their activities', roles: ['worker'] },
  };
  for (const role of ROLES) {
    const { description, roles } = apart[role];
    const command = program
      .command(role)
      .description(`${description} (needs DATABASE_URL and TEMPORAL_ADDRESS)`);
    if (role === 'api') command.option('--no-courier', 'leave delivery to `baton courier` processes');
    command.action((options: { courier?: boolean }) =>
      serve(io, options.courier === false ? ['api'] : roles, { sample: false, adoptTemporal: false }),
    );
  }
}
