/** Where recordings lie and what they are called: `<version>-<scenario>-<run>.json`. */
import { readdirSync, readFileSync } from 'node:fs';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';

export const HISTORIES = new URL('./histories/', import.meta.url);

export interface Recording {
  readonly file: string;
  readonly version: string;
  readonly scenario: string;
  readonly text: string;
}

export function recordings(): Recording[] {
  return readdirSync(HISTORIES)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const parts = /^(\d+\.\d+\.\d+)-(.+)-(\d+)\.json$/.exec(file);
      if (!parts) throw new Error(`${file}: a recording is called <version>-<scenario>-<run>.json`);
      const [, version = '', scenario = ''] = parts;
      return { file, version, scenario, text: readFileSync(new URL(file, HISTORIES), 'utf8') };
    });
}

export function historyOf(recording: Recording) {
  return historyFromJSON(JSON.parse(recording.text));
}
