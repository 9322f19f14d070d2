import type { Config } from '../config/config.js';
import type { Role } from '../config/roles.js';
import type { ExportedHistories, ExportOptions } from '../temporal/histories.js';

/** What `src/main.ts` gives to the CLI. It loads the Temporal SDK, so it is imported only by commands that need it. */
export interface MainModule {
  startBaton(config: Config, options: StartOptions): Promise<RunningBaton>;
  exportHistories(config: Config, options: ExportOptions): Promise<ExportedHistories>;
}

export interface StartOptions {
  readonly roles: readonly Role[];
  /** Play the sample story into an empty database. */
  readonly sample: boolean;
  /** Work with another Temporal cluster than before; open leads are started again there. */
  readonly adoptTemporal: boolean;
  /** A line for the person who started it: progress, addresses, the first key. */
  print(line: string): void;
  /** Aborted when the person gives up before the start is done; what was started must then be stopped. */
  readonly signal: AbortSignal;
}

export interface RunningBaton {
  /** Stops everything that this process started, in order; may be called once. */
  stop(): Promise<void>;
  /** Resolves, with the reason, when a part broke that Baton cannot go on without. */
  readonly broken: Promise<Error>;
}
