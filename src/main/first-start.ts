/** What an empty database gets: a definition, and a key to come in with. */
import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { adminKeyPath, type Config } from '../config/config.js';
import { formatFault } from '../definition/check.js';
import { type DefinitionBook, DefinitionError } from '../definition/versions.js';
import { ensureAdminKey } from '../store/api-keys.js';
import type { Db } from '../store/database.js';

const SAMPLE = fileURLToPath(new URL('../../definitions/sample.yaml', import.meta.url));

/** Publishes the configured definition, else the sample, if none is published yet. */
export async function ensureDefinition(book: DefinitionBook, config: Config): Promise<'published' | 'known'> {
  try {
    await book.current();
    return 'known';
  } catch (error) {
    if (!(error instanceof DefinitionError) || error.code !== 'none_published') throw error;
  }
  const path = config.definitionPath ?? SAMPLE;
  const text = await readDefinition(path);
  try {
    await book.publish(text, 'first start', { basedOn: 0 });
    return 'published';
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    // Another process of a first start was faster.
    if (error.code === 'conflict') return 'known';
    const faults = error.faults.map((fault) => formatFault(fault, path));
    throw new Error([`BATON_DEFINITION cannot be published: ${error.message}`, ...faults].join('\n'));
  }
}

async function readDefinition(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw new Error(`BATON_DEFINITION: ${path} cannot be read. Name a file that holds a handoff definition.`);
  }
}

/** The admin key: from the environment, made now, or the one an earlier start left in the data folder; null if unknown. */
export async function ensureKey(
  db: Db,
  config: Config,
  keepFile: boolean,
): Promise<{ key: string | null; made: boolean }> {
  const { key, created } = await ensureAdminKey(db, config.adminKey ?? undefined);
  if (!keepFile) return { key: created ? key : null, made: created };
  const path = adminKeyPath(config.dataDir);
  if (key !== null) {
    await writeFile(path, `${key}\n`, { mode: 0o600 });
    await chmod(path, 0o600);
    return { key, made: created };
  }
  return { key: existsSync(path) ? (await readFile(path, 'utf8')).trim() : null, made: false };
}
