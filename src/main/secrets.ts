/** The key that seals secrets: from the settings, or, embedded, one that is made once and kept in the data folder. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Config, secretsKeyPath } from '../config/config.js';
import { SecretBox } from '../store/secret-box.js';

/**
 * Null when there is no key: then connections cannot have secrets. The file's key still opens what it sealed after
 * `BATON_SECRETS_KEY` was set.
 * @throws Error when the file cannot be read or holds no key.
 */
export async function openSecretBox(config: Config, embedded: boolean): Promise<SecretBox | null> {
  const given = config.secretsKeys ?? [];
  const kept = embedded ? await keptKey(secretsKeyPath(config.dataDir), given.length === 0) : null;
  const keys = [...given, ...(kept === null ? [] : [kept])];
  return keys.length === 0 ? null : new SecretBox(keys);
}

async function keptKey(path: string, make: boolean): Promise<string | null> {
  if (make) {
    await mkdir(dirname(path), { recursive: true });
    // Written only where nothing is: two starts at once must not each seal with a key of its own.
    await writeFile(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
  }
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  await chmod(path, 0o600);
  const key = text.trim();
  if (/^[0-9A-Fa-f]{64}$/.test(key)) return key;
  throw new Error(
    `${path} holds no key (64 hexadecimal digits). Put the file back from a backup; without it the secrets of connections must be set anew: remove the file for that.`,
  );
}
