/** Before the tests that need servers: finds or fetches the Temporal binaries and tells the tests where they are. */
import type { TestProject } from 'vitest/node';
import { batonCacheDir, provideTemporalServer } from '../../src/temporal/server-binary.js';
import { provideTestServer } from '../../src/temporal/test-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The Temporal CLI; null when there is none on this machine. */
    temporalCliPath: string | null;
    /** The time-skipping test server; null when there is none on this machine. */
    timeSkippingPath: string | null;
  }
}

export async function setup(project: TestProject): Promise<void> {
  const cacheDir = batonCacheDir(process.env);
  const say = (line: string): void => console.log(`[servers] ${line}`);
  project.provide('temporalCliPath', await pathOrNull(provideTemporalServer({ cacheDir, progress: say })));
  project.provide('timeSkippingPath', await pathOrNull(provideTestServer({ cacheDir, progress: say })));

  async function pathOrNull(provided: Promise<{ path: string; origin: string }>): Promise<string | null> {
    try {
      const { path, origin } = await provided;
      say(`${path} (${origin})`);
      return path;
    } catch (error) {
      say(
        `Tests that need this server cannot run. ${error instanceof Error ? error.message : String(error)}`,
      );
      return null;
    }
  }
}
