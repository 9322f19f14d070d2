/** What a person reads when Baton is up: where it is, how to come in, and what to try. */
import { type Config, localAddress } from '../config/config.js';
import { defaultDataDir } from '../config/folders.js';
import type { PlayedSample } from './sample.js';
import type { TemporalPart } from './temporal.js';

export function greeting(up: {
  readonly config: Config;
  readonly temporal: TemporalPart;
  readonly key: string | null;
  readonly made: boolean;
  readonly keyFile: string | null;
  readonly sample: PlayedSample | null;
  readonly logFile: string | null;
}): string[] {
  const { config, temporal, key, made, keyFile, sample, logFile } = up;
  const url = config.publicUrl;
  const baton = `${commandPrefix(config)}npx baton`;
  const lines = [
    '',
    'Baton is up.',
    `  gateway      ${url}   (API reference: ${url}/docs)`,
    `  Temporal UI  ${temporal.uiAddress ?? `where your server at ${temporal.address} has it`}`,
  ];
  if (keyFile !== null && key !== null)
    lines.push(
      `  admin key    ${key}`,
      `               (kept in ${keyFile}, which \`npx baton\` reads by itself)`,
    );
  else if (made && key !== null) lines.push(`  admin key    ${key}   (shown once: keep it)`);
  else lines.push('  admin key    made at the first start; `baton keys create` makes another');
  if (logFile !== null) lines.push(`  log          ${logFile}`);
  if (sample) {
    lines.push(
      '',
      `A sample story is playing: ${sample.leads} leads from ${sample.sources} sources, all at example.com. One SLA lapses within a minute.`,
      `  ${baton} lead list            see them`,
      `  ${baton} sample remove        remove them`,
    );
  }
  const bearer = key === null ? '$BATON_API_KEY' : `$(cat '${keyFile ?? ''}')`;
  const auth =
    keyFile === null ? '-H "Authorization: Bearer $BATON_API_KEY"' : `-H "Authorization: Bearer ${bearer}"`;
  lines.push(
    '',
    'Send an event and see a lead move:',
    `  curl -s ${url}/v1/events ${auth} -H 'Content-Type: application/json' -d '{"id":"try-1","type":"demo.requested","lead":{"email":"kim@example.com"},"source":{"name":"webinar"}}'`,
    `  curl -s '${url}/v1/leads?email=kim@example.com' ${auth}`,
    `  ${baton} lead timeline kim@example.com`,
    '',
    'Ctrl-C stops everything that was started.',
  );
  return lines;
}

/** What another terminal must be told for `baton` to find this process, where it is not at its usual place. */
function commandPrefix(config: Config): string {
  return [
    ...(config.dataDir === defaultDataDir({}) ? [] : [`BATON_DATA_DIR='${config.dataDir}' `]),
    ...(config.publicUrl === USUAL_URL ? [] : [`BATON_URL=${config.publicUrl} `]),
  ].join('');
}
const USUAL_URL = localAddress('127.0.0.1', 8780);
