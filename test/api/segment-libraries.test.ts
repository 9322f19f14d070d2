import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ListeningGateway, listenForLibraries } from '../support/segment.js';

let baton: ListeningGateway;
let writeKey: string;
beforeEach(async () => {
  baton = await listenForLibraries();
  writeKey = await baton.gateway.key('ingest');
});
afterEach(() => baton.close());

const types = async () => (await baton.events()).map(({ type }) => type);
const leadOf = async (email: string) =>
  (await baton.gateway.call('GET', `/v1/leads?email=${email}`)).body.items[0];

describe("Segment's library for Node", { timeout: 60_000 }, () => {
  const failures: unknown[] = [];
  const open = (options: { writeKey?: string; maxRetries?: number; flushAt?: number } = {}) => {
    failures.length = 0;
    const analytics = new Analytics({ writeKey, host: baton.url, flushAt: 20, ...options });
    analytics.on('error', (error) => failures.push(error));
    return analytics;
  };

  it('every call arrives as what it means', async () => {
    const analytics = open();
    const timestamp = new Date(Date.now() - 3_600_000);
    analytics.page({ anonymousId: 'a-1', name: 'Pricing', properties: { url: 'https://acme.test/pricing' } });
    analytics.identify({
      userId: 'u-1',
      anonymousId: 'a-1',
      traits: { email: 'kim@example.com', name: 'Kim', createdAt: new Date() },
    });
    analytics.group({ userId: 'u-1', groupId: 'g-1', traits: { name: 'Acme', employees: 250 } });
    analytics.track({ userId: 'u-1', event: 'Demo Requested', properties: { product: 'Baton' }, timestamp });
    analytics.screen({ userId: 'u-1', name: 'Home' });
    analytics.alias({ userId: 'u-2', previousId: 'u-1' });
    analytics.track({ userId: 'u-2', event: 'Signed In' });
    await analytics.closeAndFlush();
    expect(failures).toEqual([]);
    expect(await types()).toEqual([
      'page.viewed',
      'lead.updated',
      'lead.updated',
      'demo.requested',
      'custom.screen_viewed',
      'lead.updated',
      'custom.signed_in',
    ]);
    const lead = await leadOf('kim@example.com');
    expect(lead).toMatchObject({ name: 'Kim', company: 'Acme' });
    const events = await baton.events();
    expect(new Set(events.map(({ lead_id }) => lead_id))).toEqual(new Set([lead.id]));
    const demo = events.find(({ type }) => type === 'demo.requested');
    expect(Math.abs((demo?.occurred_at.getTime() ?? 0) - timestamp.getTime())).toBeLessThan(5_000);
  });

  it.each([500, 503, 429, 'lost'] as const)(
    'tries again after %s, and what was sent twice counts once',
    async (fault) => {
      baton.faults.push(fault);
      const analytics = open();
      analytics.track({ messageId: 'once', userId: 'u-1', event: 'A' });
      await analytics.closeAndFlush();
      expect(failures).toEqual([]);
      expect(baton.requests.length).toBe(2);
      const again = open();
      again.track({ messageId: 'once', userId: 'u-1', event: 'A' });
      await again.closeAndFlush();
      expect(failures).toEqual([]);
      expect(await types()).toEqual(['custom.a']);
    },
  );

  it('gives up at once on what can never succeed, and is content with a batch that is partly bad', async () => {
    const wrong = open({ writeKey: 'nonsense' });
    wrong.track({ userId: 'u-1', event: 'A' });
    await wrong.closeAndFlush();
    expect(failures).toHaveLength(1);
    const bad = open();
    bad.track({ userId: 'undefined', event: 'A' });
    await bad.closeAndFlush();
    expect(failures).toHaveLength(1);
    expect(baton.requests.length).toBe(2);
    const mixed = open();
    mixed.track({ userId: 'undefined', event: 'A' });
    mixed.track({ userId: 'u-1', event: 'A' });
    await mixed.closeAndFlush();
    expect(failures).toEqual([]);
    expect(baton.requests.length).toBe(3);
    expect(await types()).toEqual(['custom.a']);
  });

  it('loses nothing of a thousand', async () => {
    const analytics = open({ flushAt: 200 });
    for (let n = 0; n < 1_000; n += 1) {
      analytics.track({ userId: `u-${n % 10}`, event: 'A', properties: { n, filler: 'x'.repeat(1_000) } });
    }
    await analytics.closeAndFlush();
    expect(failures).toEqual([]);
    const events = await baton.events();
    expect(new Set(events.map(({ body }) => body.properties.n)).size).toBe(1_000);
  });
});

describe("RudderStack's library for Node", { timeout: 60_000 }, () => {
  const open = () =>
    new RudderAnalytics(writeKey, {
      dataPlaneUrl: baton.url,
      flushAt: 20,
      flushInterval: 100,
      logLevel: 'silly',
      axiosRetryConfig: { retryDelay: () => 10 },
    });
  /** Its first message goes out alone and at once, so it is waited for. */
  const sent = (send: (done: (error?: Error) => void) => void) =>
    new Promise<void>((resolve, reject) => send((error) => (error ? reject(error) : resolve())));

  it('gzips, and every call arrives as what it means', async () => {
    const rudder = open();
    const email = 'lee@example.com';
    await sent((done) => rudder.identify({ userId: 'r-1', traits: { email, name: 'Lee' } }, done));
    await Promise.all([
      sent((done) =>
        rudder.track(
          { userId: 'r-1', event: 'Email Link Clicked', properties: { link_url: 'https://acme.test/' } },
          done,
        ),
      ),
      sent((done) =>
        rudder.page({ userId: 'r-1', name: 'P', properties: { url: 'https://acme.test/' } }, done),
      ),
      sent((done) => rudder.group({ userId: 'r-1', groupId: 'g', traits: { name: 'Initech' } }, done)),
      sent((done) => rudder.alias({ userId: 'r-2', previousId: 'r-1' }, done)),
    ]);
    expect(await types()).toEqual([
      'lead.updated',
      'email.clicked',
      'page.viewed',
      'lead.updated',
      'lead.updated',
    ]);
    expect(await leadOf(email)).toMatchObject({ name: 'Lee', company: 'Initech' });
    expect(baton.requests.map(({ headers }) => headers.get('content-encoding'))).toEqual(['gzip', 'gzip']);
  });

  it('tries again after 500, 429 and a lost answer, and the repetition counts once', async () => {
    const rudder = open();
    baton.faults.push(500, 429, 'lost');
    await sent((done) => rudder.track({ userId: 'r-1', event: 'A' }, done));
    expect(baton.requests.length).toBe(4);
    expect(await types()).toEqual(['custom.a']);
  });

  it('gives up at once on what can never succeed', async () => {
    const rudder = open();
    const failed = sent((done) => rudder.track({ userId: 'undefined', event: 'A' }, done));
    // The library also rejects a promise that nobody holds.
    const unheld = new Promise((resolve) => process.once('unhandledRejection', resolve));
    await expect(failed).rejects.toThrow('Bad Request');
    await unheld;
    expect(baton.requests.length).toBe(1);
  });
});
