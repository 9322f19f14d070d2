import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Takes `.env` of the working directory into the environment, where this Node can (20.12 and later can). What the
 * environment already says wins.
 * @throws Error when the file is there and cannot be read.
 */
export function loadDotEnv(directory: string = process.cwd()): void {
  const path = join(directory, '.env');
  if (typeof process.loadEnvFile !== 'function' || !existsSync(path)) return;
  try {
    process.loadEnvFile(path);
  } catch (error) {
    throw new Error(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
