import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGateway, type TestGateway } from '../support/gateway.js';
import { InProcessLeads } from '../support/in-process-leads.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const leads = new InProcessLeads();
let gateway: TestGateway;
beforeAll(async () => {
  // A minute ahead, so that the machine check of what was just sent is over.
  gateway = await openGateway({ gateway: leads, now: () => Date.now() + MINUTE });
  leads.use(gateway.opened.db);
  await gateway.call('POST', '/v1/reps', { json: { id: 'ana', name: 'Ana' } });
});
afterAll(() => gateway.close());

const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
let counter = 0;

async function send(email: string, ...events: { type: string; [part: string]: unknown }[]): Promise<void> {
  const sent = events.map((event) => ({ id: `s${++counter}`, lead: { email }, ...event }));
  const { body } = await gateway.call('POST', '/v1/events', { json: { events: sent } });
  expect(body.rejected).toEqual([]);
}

const texts = (items: { text: string }[]) => items.map(({ text }) => text);

describe('GET /v1/leads/{id}/timeline', () => {
  let id: string;
  beforeAll(async () => {
    await send(
      'kim@story.test',
      { type: 'lead.created', occurredAt: ago(9 * DAY), source: { name: 'webinar' } },
      {
        type: 'email.sent',
        occurredAt: ago(8 * DAY),
        properties: { emailId: 'nurture-3', subject: 'Hello' },
      },
      { type: 'email.opened', occurredAt: ago(7 * DAY), properties: { emailId: 'nurture-3' } },
      {
        type: 'email.clicked',
        occurredAt: ago(6 * DAY),
        properties: { emailId: 'nurture-3', url: 'https://a.test/x' },
      },
      {
        type: 'email.clicked',
        occurredAt: ago(6 * DAY),
        properties: { emailId: 'nurture-3', url: 'https://a.test/y' },
      },
      { type: 'email.opened', occurredAt: ago(5 * DAY), properties: { emailId: 'n4', privacyProxy: true } },
      { type: 'content.downloaded', occurredAt: ago(4 * DAY), properties: { resource: 'pricing-guide' } },
      { type: 'page.viewed', occurredAt: ago(3 * DAY), properties: { url: 'https://a.test/pricing?x=1' } },
      { type: 'demo.requested', occurredAt: ago(MINUTE) },
    );
    id = await leads.advanceByEmail('kim@story.test', Date.now() + MINUTE / 2);
  });

  it('tells events in words, and names what a machine did as such', async () => {
    const { body } = await gateway.call('GET', `/v1/leads/${id}/timeline?order=asc&limit=200`);
    const events = body.items.filter(({ kind }: { kind: string }) => kind === 'event');
    const manyLinks = 'Click ignored: another link of the same mail was clicked within 10 s (machine)';
    expect(texts(events)).toEqual([
      'Became a lead through webinar',
      "Mail 'nurture-3' was sent",
      "Opened mail 'nurture-3'",
      manyLinks,
      manyLinks,
      "Open ignored: Apple's privacy proxy opened it, not the lead (machine)",
      'Downloaded the pricing guide',
      'Visited the pricing page',
      'Asked for a demo',
    ]);
    expect(events[5].data).toMatchObject({ machine: 'privacy_proxy', counted: false, seq: 6 });
    expect(events[6].data).toMatchObject({
      machine: null,
      counted: true,
      properties: { resource: 'pricing-guide' },
    });
  });

  it('tells decisions with their reason and their version, and what became of outward acts', async () => {
    const { body } = await gateway.call('GET', `/v1/leads/${id}/timeline?order=asc&limit=200`);
    const decisions = body.items.filter(({ kind }: { kind: string }) => kind === 'decision');
    expect(texts(decisions)).toEqual(
      expect.arrayContaining([
        'Handed off to Ana (handoff 1): asked for a demo',
        'Moved from nurture to sales',
        'Choosing a rep and the deadlines of handoff 1',
        'Ana has handoff 1 (by turns)',
        expect.stringMatching(/^A task for Ana, due on \d{4}-\d\d-\d\d \d\d:\d\d$/),
        'Alert to Ana: a new lead',
      ]),
    );
    expect(decisions[0].data).toMatchObject({ definitionVersion: 1, decision: { kind: 'handoff' } });
    const effects = texts(body.items.filter(({ kind }: { kind: string }) => kind === 'effect'));
    expect(effects).toContain("The rep's task: done");
    // The ledger says it, so the journal need not.
    expect(texts(decisions).some((text) => text.endsWith(': done'))).toBe(false);
  });

  it.each(['asc', 'desc'])('gives every entry once in pages of any size, %s', async (order) => {
    const whole = await gateway.call('GET', `/v1/leads/${id}/timeline?order=${order}&limit=200`);
    expect(whole.body.nextCursor).toBeNull();
    for (const limit of [1, 2, 7]) {
      const seen: unknown[] = [];
      let cursor: string | null = null;
      do {
        const next: string = cursor === null ? '' : `&cursor=${cursor}`;
        const { body } = await gateway.call(
          'GET',
          `/v1/leads/${id}/timeline?order=${order}&limit=${limit}${next}`,
        );
        expect(body.items.length).toBeLessThanOrEqual(limit);
        seen.push(...body.items);
        cursor = body.nextCursor;
      } while (cursor !== null);
      expect(seen).toEqual(whole.body.items);
    }
    const instants = whole.body.items.map(({ at }: { at: string }) => at);
    const sorted = [...instants].sort();
    expect(instants).toEqual(order === 'asc' ? sorted : sorted.reverse());
  });

  it('shows events that nobody has numbered yet', async () => {
    await send('new@story.test', { type: 'webinar.attended', properties: { title: 'Handoffs' } });
    const { body } = await gateway.call('GET', '/v1/leads?email=new@story.test');
    const timeline = await gateway.call('GET', `/v1/leads/${body.items[0].id}/timeline`);
    expect(timeline.body.items).toMatchObject([
      { text: "Attended the webinar 'Handoffs'", data: { seq: null, counted: true } },
    ]);
  });
});

describe('GET /v1/leads/{id}/explanation', () => {
  it('explains a score that sums, and what is missing for a handoff', async () => {
    await send(
      'sum@story.test',
      { type: 'lead.created', occurredAt: ago(20 * DAY), properties: { traits: { country: 'US' } } },
      ...[1, 2].map((n) => ({
        type: 'email.opened',
        occurredAt: ago(3 * DAY + n),
        properties: { emailId: `m${n}` },
      })),
      { type: 'webinar.attended', occurredAt: ago(2 * DAY) },
      { type: 'page.viewed', occurredAt: ago(2 * DAY), properties: { path: '/careers' } },
      { type: 'page.viewed', occurredAt: ago(1 * DAY), properties: { path: '/pricing' } },
    );
    const id = await leads.advanceByEmail('sum@story.test');
    const { body, status } = await gateway.call('GET', `/v1/leads/${id}/explanation`);
    expect(status).toBe(200);
    const milli = body.contributions.map(({ points }: { points: number }) => Math.round(points * 1000));
    expect(milli.reduce((sum: number, one: number) => sum + one, 0)).toBe(
      Math.round(body.score.engagement * 1000),
    );
    expect(body.score).toMatchObject({ threshold: 50, fit: 10 });
    expect(body.score.engagement).toBeGreaterThan(0);
    expect(body.contributions).toContainEqual(
      expect.objectContaining({ rule: 'open', text: 'Opened mail, 2 times', count: 2 }),
    );
    expect(body.contributions).toContainEqual(
      expect.objectContaining({ rule: 'careers', text: 'Page (/careers**), 1 time' }),
    );
    const missing = new Map(
      body.missing.map(({ trigger, text }: { trigger: string; text: string }) => [trigger, text]),
    );
    expect(missing.get('score')).toMatch(/^\d+(\.\d)? points short of 50$/);
    expect(missing.get('pricing')).toBe('pricing page: 1 of 2 visits within 7 days');
    expect(missing.get('demo')).toBe('no demo request yet');
    expect(missing.get('reply')).toBe('no reply to a mail (question or buying signal) yet');
    expect(missing.get('fallback')).toMatch(
      /^60 days in nurture: on \d{4}-\d\d-\d\d at the earliest; 2 of 4 emails opened; 0 of 2 links clicked$/,
    );
    expect(body.definitionVersion).toBe(1);
  });

  it('says what holds triggers back', async () => {
    await send(
      'held@story.test',
      { type: 'webinar.attended' },
      { type: 'email.unsubscribed', properties: { stream: 'marketing' } },
    );
    const id = await leads.advanceByEmail('held@story.test');
    const { body } = await gateway.call('GET', `/v1/leads/${id}/explanation`);
    expect(texts(body.missing)).toContain(
      'marketing mail is suppressed (unsubscribed): only a high-intent act hands off',
    );
    expect(texts(body.missing)).toContain(
      '60 days in nurture: the time stands still while no nurture mail is allowed',
    );
  });

  it('says of an open handoff that nothing more can come, and of a lead after it that the cooldown holds', async () => {
    await send('cool@story.test', { type: 'demo.requested' });
    const id = await leads.advanceByEmail('cool@story.test');
    const open = await gateway.call('GET', `/v1/leads/${id}/explanation`);
    expect(texts(open.body.missing)).toEqual(['handoff 1 is open: no trigger starts a second one meanwhile']);
    await gateway.call('POST', `/v1/handoffs/${id}/1/disposition`, { json: { disposition: 'no_response' } });
    const after = await gateway.call('GET', `/v1/leads/${id}/explanation`);
    expect(after.body.score.engagement).toBe(0);
    expect(texts(after.body.missing)).toContainEqual(
      expect.stringMatching(/^cooldown until \d{4}-\d\d-\d\d: only a high-intent act hands off before$/),
    );
  });

  it('explains a lead that no workflow has written yet', async () => {
    const made = await gateway.call('POST', '/v1/leads', { json: { email: 'fresh@story.test' } });
    const { status, body } = await gateway.call('GET', `/v1/leads/${made.body.id}/explanation`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ score: { engagement: 0 }, contributions: [] });
  });

  it('answers 404 for whom nobody knows', async () => {
    for (const path of ['unknown', '%00', 'kim@example.com', "'; drop table leads"]) {
      const answer = await gateway.call('GET', `/v1/leads/${path}/explanation`);
      expect(answer).toMatchObject({ status: 404, body: { code: 'lead_not_found' } });
    }
  });
});

describe('a corrected label', () => {
  it('shows in the explanation and the timeline', async () => {
    await send(
      'fix@story.test',
      { type: 'lead.created', source: { name: 'contact-form' } },
      { type: 'webinar.attended', id: 'a-webinar' },
      { type: 'form.submitted' },
      { type: 'content.downloaded', properties: { resource: 'pricing-guide' } },
    );
    // 20 + 15 + 10 + 15 points: past the threshold of 50.
    const id = await leads.advanceByEmail('fix@story.test');
    const json = { seq: 2, label: 'machine' };
    expect(await gateway.call('POST', `/v1/leads/${id}/corrections`, { json })).toMatchObject({
      status: 200,
    });
    const explained = await gateway.call('GET', `/v1/leads/${id}/explanation`);
    expect(explained.body.score.engagement).toBe(40);
    const { body } = await gateway.call('GET', `/v1/leads/${id}/timeline?order=asc&limit=200`);
    expect(texts(body.items)).toContain(
      'Event "webinar.attended" ignored: a person labelled it so (machine)',
    );
    const { body: keys } = await gateway.call('GET', '/v1/keys');
    expect(texts(body.items)).toContain(`${keys.items[0].name} corrected the label of event 2`);
  });
});
