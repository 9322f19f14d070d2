import { readFileSync } from 'node:fs';
import { arch, platform } from 'node:os';

/** The version in package.json, and what this process runs on. */
export function versions(): { baton: string; node: string; platform: string } {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return { baton: manifest.version, node: process.versions.node, platform: `${platform()}-${arch()}` };
}
