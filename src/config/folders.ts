import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** XDG says that relative paths in its variables are to be ignored. */
function absolute(path: string | undefined): string | null {
  return path && isAbsolute(path) ? path : null;
}

/** The user's own place for data that must last: `~/.local/share/baton` and what other systems call it. */
export function defaultDataDir(env: Environment, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32')
    return join(absolute(env.LOCALAPPDATA) ?? join(homedir(), 'AppData', 'Local'), 'baton');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'baton');
  return join(absolute(env.XDG_DATA_HOME) ?? join(homedir(), '.local', 'share'), 'baton');
}

/** The user's own place for what can be fetched again, such as a downloaded Temporal server. */
export function defaultCacheDir(env: Environment): string {
  return join(absolute(env.XDG_CACHE_HOME) ?? join(homedir(), '.cache'), 'baton');
}
