import { execFile, execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ListeningGateway, listenForLibraries } from '../support/segment.js';

const PACKAGES = ['segment-analytics-python==2.4.0', 'rudder-sdk-python==2.1.9'];
const environment = join(tmpdir(), 'baton-test-python-segment-2.4.0-rudder-2.1.9');
const run = promisify(execFile);

/** A Python with the libraries, made once per machine; null where there is no Python, or nowhere to get them from. */
function provisionPython(): string | null {
  const python = join(environment, 'bin', 'python');
  if (existsSync(join(environment, 'ready'))) return python;
  try {
    rmSync(environment, { recursive: true, force: true });
    execFileSync('python3', ['-m', 'venv', environment], { stdio: 'ignore', timeout: 60_000 });
    execFileSync(python, ['-m', 'pip', 'install', '-q', ...PACKAGES], { stdio: 'ignore', timeout: 120_000 });
    execFileSync('touch', [join(environment, 'ready')]);
    return python;
  } catch {
    console.warn(`not tested: no python3 with venv, or pip cannot install ${PACKAGES.join(' and ')}`);
    return null;
  }
}

const python = provisionPython();
let baton: ListeningGateway;
let writeKey: string;
beforeEach(async () => {
  baton = await listenForLibraries();
  writeKey = await baton.gateway.key('ingest');
});
afterEach(() => baton.close());

const SEGMENT = `
import sys, datetime, segment.analytics as analytics
analytics.write_key, analytics.host, analytics.gzip = sys.argv[1], sys.argv[2], True
errors = []
analytics.on_error = lambda error, items: errors.append(str(error))
`;
const RUDDER = `
import sys, datetime, rudderstack.analytics as analytics
analytics.write_key, analytics.dataPlaneUrl = sys.argv[1], sys.argv[2]
analytics.max_retries = 3
errors = []
analytics.on_error = lambda error, items: errors.append(str(error))
`;
const CALLS = `
analytics.identify('u-1', {'email': 'kim@example.com', 'name': 'Kim', 'company': {'name': 'Acme'}})
analytics.track('u-1', 'Demo Requested', {'product': 'Baton', 'at': datetime.datetime.now()})
analytics.page('u-1', 'docs', 'Pricing', {'url': 'https://acme.test/pricing'})
analytics.screen('u-1', 'app', 'Home')
analytics.group('u-1', 'g-1', {'name': 'Initech', 'employees': 329})
analytics.alias('u-1', 'u-2')
`;
const END = `
analytics.flush()
print(len(errors), errors)
`;
const play = async (script: string, key = writeKey) =>
  (await run(python ?? '', ['-c', script + END, key, baton.url], { timeout: 60_000 })).stdout.trim();

describe.skipIf(python === null).each([
  { name: "Segment's library for Python", setUp: SEGMENT },
  { name: "RudderStack's library for Python", setUp: RUDDER },
])('$name', { timeout: 90_000 }, ({ setUp }) => {
  it('gzips, and every call arrives as what it means', async () => {
    expect(await play(setUp + CALLS)).toBe('0 []');
    const events = await baton.events();
    expect(events.map(({ type }) => type)).toEqual([
      'lead.updated',
      'demo.requested',
      'page.viewed',
      'custom.screen_viewed',
      'lead.updated',
      'lead.updated',
    ]);
    expect(new Set(events.map(({ lead_id }) => lead_id)).size).toBe(1);
    expect(baton.requests.every(({ headers }) => headers.get('content-encoding') === 'gzip')).toBe(true);
    const lead = await baton.gateway.call('GET', '/v1/leads?email=kim@example.com');
    expect(lead.body.items[0]).toMatchObject({ name: 'Kim', company: 'Initech' });
  });

  it.each([500, 429, 'lost'] as const)(
    'tries again after %s, and what was sent twice counts once',
    async (fault) => {
      baton.faults.push(fault);
      expect(await play(`${setUp}\nanalytics.track('u-1', 'A')\n`)).toBe('0 []');
      expect(baton.requests.length).toBe(2);
      expect((await baton.events()).map(({ type }) => type)).toEqual(['custom.a']);
    },
  );

  it('gives up at once on what can never succeed', async () => {
    expect(await play(`${setUp}\nanalytics.track('undefined', 'A')\n`)).toMatch(/^1 .*400/);
    expect(baton.requests.length).toBe(1);
    expect(await play(`${setUp}\nanalytics.track('u-1', 'A')\n`, 'nonsense')).toMatch(/^1 .*401/);
    expect(baton.requests.length).toBe(2);
  });
});
