import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ListeningGateway, listenForLibraries } from '../support/segment.js';

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
if (!chromium) console.warn('not tested: there is no Chromium on this machine');

const require = createRequire(import.meta.url);
const SEGMENT = require.resolve('@segment/analytics-next');
const RUDDER = require.resolve('@rudderstack/analytics-js/bundled');

let baton: ListeningGateway;
let writeKey: string;
const closers: (() => unknown)[] = [];
beforeEach(async () => {
  baton = await listenForLibraries();
  writeKey = await baton.gateway.key('ingest');
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await baton.close();
});

/** Opens a page of another origin with this script in it. */
async function visit(script: string): Promise<void> {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'iife',
    platform: 'browser',
    write: false,
    logLevel: 'error',
  });
  const page = `<!doctype html><title>Pricing</title><script>${outputFiles[0]?.text.replaceAll('</script', '<\\/script')}</script>`;
  const site = createServer((_, answer) =>
    answer.setHeader('content-type', 'text/html; charset=utf-8').end(page),
  );
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  closers.push(() => site.close());
  const profile = mkdtempSync(join(tmpdir(), 'baton-chromium-'));
  const address = `http://localhost:${(site.address() as AddressInfo).port}/pricing`;
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--disable-background-networking',
  ];
  const browser: ChildProcess = spawn(chromium ?? '', [...flags, `--user-data-dir=${profile}`, address], {
    stdio: 'ignore',
  });
  const ended = once(browser, 'exit');
  closers.push(async () => {
    browser.kill('SIGKILL');
    await ended;
    site.closeAllConnections();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });
}

const arrived = async (count: number) => {
  await expect
    .poll(async () => (await baton.events()).length, { timeout: 60_000, interval: 200 })
    .toBe(count);
  return baton.events();
};

describe.skipIf(!chromium)('in a real browser, from another origin', { timeout: 90_000 }, () => {
  it.each(['one by one', 'batching'])("Segment's analytics.js, %s", async (strategy) => {
    baton.faults.push(500);
    const delivery = strategy === 'batching' ? { strategy: 'batching', config: { size: 4 } } : undefined;
    await visit(`
      import { AnalyticsBrowser } from ${JSON.stringify(SEGMENT)};
      const settings = { apiHost: '${baton.url.replace('http://', '')}/v1', protocol: 'http', apiKey: '${writeKey}', deliveryStrategy: ${JSON.stringify(delivery)} };
      const analytics = AnalyticsBrowser.load({ writeKey: '${writeKey}', cdnSettings: { integrations: { 'Segment.io': settings } } });
      analytics.page('Pricing');
      analytics.identify('u-1', { email: 'kim@example.com', name: 'Kim' });
      analytics.group('g-1', { name: 'Acme' });
      analytics.track('Demo Requested', { product: 'Baton' });
    `);
    const events = await arrived(4);
    expect(events.map(({ type }) => type).sort()).toEqual([
      'demo.requested',
      'lead.updated',
      'lead.updated',
      'page.viewed',
    ]);
    expect(new Set(events.map(({ lead_id }) => lead_id)).size).toBe(1);
    const page = events.find(({ type }) => type === 'page.viewed');
    expect(page?.body).toMatchObject({
      properties: { path: '/pricing', title: 'Pricing' },
      context: { userAgent: expect.stringContaining('Chrome') },
    });
    expect(baton.requests.some(({ path }) => path === (strategy === 'batching' ? '/v1/b' : '/v1/p'))).toBe(
      true,
    );
  });

  it("RudderStack's library, after a preflight", async () => {
    baton.faults.push(500);
    await visit(`
      import { RudderAnalytics } from ${JSON.stringify(RUDDER)};
      const rudder = new RudderAnalytics();
      const source = { id: 's', name: 's', writeKey: '${writeKey}', enabled: true, config: {}, workspaceId: 'w', destinations: [], connections: [], updatedAt: '' };
      rudder.load('${writeKey}', '${baton.url}', { getSourceConfig: () => ({ source, updatedAt: '' }), queueOptions: { minRetryDelay: 100 } });
      rudder.page('Pricing');
      rudder.identify('u-1', { email: 'lee@example.com' });
      rudder.track('Demo Requested', { product: 'Baton' });
      rudder.alias('u-2', 'u-1');
    `);
    const events = await arrived(4);
    expect(events.map(({ type }) => type).sort()).toEqual([
      'demo.requested',
      'lead.updated',
      'lead.updated',
      'page.viewed',
    ]);
    expect(new Set(events.map(({ lead_id }) => lead_id)).size).toBe(1);
  });
});
