import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { loadDotEnv } from '../../src/config/dotenv.js';

const folder = mkdtempSync(join(tmpdir(), 'baton-dotenv-'));
afterEach(() => {
  delete process.env.BATON_TASK_QUEUE;
  rmSync(folder, { recursive: true, force: true });
});

it('takes .env of the working directory, and lets the environment win', () => {
  process.env.BATON_TASK_QUEUE = 'from-the-environment';
  writeFileSync(join(folder, '.env'), 'BATON_TASK_QUEUE=from-the-file\nBATON_TEMPORAL_UI_PORT=8300\n');
  loadDotEnv(folder);
  const config = loadConfig();
  delete process.env.BATON_TEMPORAL_UI_PORT;
  expect(config.taskQueue).toBe('from-the-environment');
  expect(config.temporal.uiPort).toBe(8300);
});

it('does nothing where there is no .env', () => {
  expect(() => loadDotEnv(join(folder, 'nowhere'))).not.toThrow();
});
