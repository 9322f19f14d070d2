import { defineConfig } from 'vitest/config';

/**
 * Two groups: `fast` needs no server and runs in parallel; `servers` starts real ones (Temporal, Postgres,
 * SMTP, the product itself) and runs one file at a time, because two cores shared by five servers time nothing well.
 */
export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/workflows/**', 'test/replay/**', 'test/e2e/**', 'test/store/**', 'test/courier/**'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'servers',
          include: ['test/{workflows,replay,e2e,store,courier}/**/*.test.ts'],
          globalSetup: ['test/support/provision.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
