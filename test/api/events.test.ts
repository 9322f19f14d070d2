import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let ids = 0;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.close());

const event = (fields: Record<string, unknown> = {}) => {
  ids += 1;
  return {
    id: `e-${ids}`,
    type: 'email.clicked',
    occurredAt: '2026-03-20T14:03:11Z',
    lead: { email: `lead${ids}@example.com` },
    properties: { emailId: 'nurture-3', url: 'https://acme.test/pricing?utm_source=x' },
    ...fields,
  };
};
const post = (json: unknown, key?: string) => gateway.call('POST', '/v1/events', { json, key });
const stored = (id: string) =>
  gateway.opened.db.selectFrom('events').selectAll().where('event_id', '=', id).executeTakeFirst();

describe('POST /v1/events takes', () => {
  it('one event, which is stored before the answer', async () => {
    const sent: Record<string, unknown> & { id: string; occurredAt: string } = event({
      source: { name: 'webinar', magnet: 'Handoff webinar', channel: 'linkedin' },
      context: { userAgent: 'Mozilla/5.0 (X11)', ip: '10.0.0.1', timezone: 'Europe/Berlin' },
    });
    const { status, body } = await post(sent);
    expect({ status, body }).toEqual({ status: 202, body: { accepted: 1, duplicates: 0, rejected: [] } });
    const row = await stored(sent.id);
    expect(row).toMatchObject({ type: 'email.clicked', backfill: false, urgent: false, seq: null });
    expect(row?.body).toEqual({
      lead: sent.lead,
      source: sent.source,
      context: sent.context,
      properties: sent.properties,
    });
    expect(row?.occurred_at).toEqual(new Date(sent.occurredAt));
    expect(gateway.nudged).toContain(row?.lead_id);
  });

  it('an array, and an object with events, whose flags hold for events that say nothing else', async () => {
    expect((await post([event(), event()])).body.accepted).toBe(2);
    const events = [event(), event({ backfill: false })];
    const { body } = await post({ events, backfill: true, importId: 'spring' });
    expect(body.accepted).toBe(2);
    expect(await stored(events[0]!.id)).toMatchObject({ backfill: true, import_id: 'spring' });
    expect(await stored(events[1]!.id)).toMatchObject({ backfill: false, import_id: 'spring' });
  });

  it('NDJSON in any pieces, where a bad line loses no other', async () => {
    const good = [event({ lead: { email: 'jörg@example.com' } }), event()];
    const text = `${JSON.stringify(good[0])}\r\n\n{"id": \n${JSON.stringify(good[1])}`;
    const bytes = new TextEncoder().encode(text);
    const body = new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 7) controller.enqueue(bytes.slice(at, at + 7));
        controller.close();
      },
    });
    const answer = await gateway.call('POST', '/v1/events', {
      body,
      headers: { 'content-type': 'application/x-ndjson; charset=utf-8' },
    });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      accepted: 2,
      rejected: [{ index: 1, id: null, code: 'malformed_json' }],
    });
    expect(answer.body.rejected[0].message).toContain('line 3 of the body');
    expect((await stored(good[0]!.id))?.body.lead).toEqual({ email: 'jörg@example.com' });
  });

  it('identifiers in any spelling of an address, and null for what is left out', async () => {
    const sent = event({ lead: { email: '  Kim.Lee@Example.COM ', userId: null }, source: null });
    expect((await post(sent)).body.accepted).toBe(1);
    expect((await stored(sent.id))?.body).toMatchObject({ lead: { email: 'kim.lee@example.com' } });
    expect((await stored(sent.id))?.body).not.toHaveProperty('source');
  });

  it('types of the sender, unknown properties, and events that do not say when', async () => {
    const sent = event({
      type: 'custom.badge_scanned',
      occurredAt: undefined,
      properties: { hall: 7, deep: { a: [1] } },
    });
    expect((await post(sent)).body.accepted).toBe(1);
    expect((await stored(sent.id))?.body.properties).toEqual({ hall: 7, deep: { a: [1] } });
  });
});

describe('POST /v1/events tells apart', () => {
  it('a repetition, which changes nothing, from another event under the same id', async () => {
    const sent = event();
    const reordered = Object.fromEntries(Object.entries(sent).reverse());
    const changed = { ...sent, properties: { emailId: 'nurture-4' } };
    const first = await post([sent, reordered, changed]);
    expect(first.body).toMatchObject({
      accepted: 1,
      duplicates: 1,
      rejected: [{ index: 2, code: 'id_conflict', path: 'id' }],
    });
    expect((await post(sent)).body).toEqual({ accepted: 0, duplicates: 1, rejected: [] });
    expect((await post(changed)).status).toBe(422);
  });

  it('connections: the same id of another sender is another event', async () => {
    const sent = event();
    await post(sent);
    expect((await post(sent, await gateway.key('ingest'))).body.accepted).toBe(1);
  });

  it.each<[string, Record<string, unknown>, string, string, RegExp]>([
    ['a misspelt type', { type: 'email.click' }, 'unknown_type', 'type', /did you mean email\.clicked/],
    [
      'a custom type that is not a short word',
      { type: 'custom.Kim@x' },
      'unknown_type',
      'type',
      /lower-case/,
    ],
    ['no type', { type: undefined }, 'invalid_event', 'type', /missing/],
    ['no lead', { lead: undefined }, 'missing_identifier', 'lead', /email, userId or anonymousId/],
    ['a lead without an identifier', { lead: {} }, 'missing_identifier', 'lead', /identifier/],
    [
      'an address that is none',
      { lead: { email: 'kim at example' } },
      'invalid_event',
      'lead.email',
      /kim@example\.com/,
    ],
    ['a NUL', { properties: { emailId: 'a\u0000b' } }, 'unsafe_text', 'properties.emailId', /NUL/],
    [
      'a lone surrogate',
      { properties: { note: ['\ud800'] } },
      'unsafe_text',
      'properties.note.0',
      /surrogate/,
    ],
    [
      'a date outside 1970 to 2100',
      { occurredAt: '0001-01-01T00:00:00Z' },
      'invalid_event',
      'occurredAt',
      /1970/,
    ],
    [
      'a date that does not exist',
      { occurredAt: '2026-02-30T00:00:00Z' },
      'invalid_event',
      'occurredAt',
      /RFC 3339/,
    ],
    ['a future date', { occurredAt: '2099-01-01T00:00:00Z' }, 'in_the_future', 'occurredAt', /clock/],
    [
      'a property of the wrong type',
      { properties: { url: 7 } },
      'invalid_event',
      'properties.url',
      /must be a text/,
    ],
    [
      'a page view without a page',
      { type: 'page.viewed', properties: {} },
      'invalid_event',
      'properties.url',
      /address/,
    ],
    ['an unknown field', { occuredAt: 'x' }, 'invalid_event', '', /occuredAt/],
    ['no id', { id: undefined }, 'invalid_event', 'id', /is missing/],
  ])('%s', async (_, fields, code, path, message) => {
    const { status, body } = await post([event(fields), event()]);
    expect(status).toBe(202);
    expect(body.accepted).toBe(1);
    expect(body.rejected).toMatchObject([{ index: 0, code, path }]);
    expect(body.rejected[0].message).toMatch(message);
  });

  it('a clock that is a little ahead from a date in the future', async () => {
    const inMinutes = (n: number) => new Date(Date.now() + n * 60_000).toISOString();
    expect((await post(event({ occurredAt: inMinutes(4) }))).status).toBe(202);
    expect((await post(event({ occurredAt: inMinutes(6) }))).status).toBe(422);
  });
});

describe('POST /v1/events refuses', () => {
  it('a request without one good event, naming each place', async () => {
    const { status, headers, body } = await post([event({ type: 'nonsense' }), 7]);
    expect(status).toBe(422);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({
      code: 'events_rejected',
      errors: [{ path: 'events.0.type' }, { path: 'events.1' }],
      rejected: [
        { index: 0, id: expect.stringMatching(/^e-/) },
        { index: 1, id: null },
      ],
    });
  });

  it('an empty list, a list that is none, and more than 1,000 events', async () => {
    expect((await post([])).status).toBe(422);
    expect((await post({ events: 'x' })).body.errors).toMatchObject([{ path: 'events' }]);
    const many = await post(Array.from({ length: 1_001 }, () => 0));
    expect(many).toMatchObject({ status: 413, body: { code: 'too_many_events' } });
  });

  it('sales events without the scope for them, and engagement from a key for sales only', async () => {
    const sales = event({ type: 'sales.activity', properties: { kind: 'call' } });
    const ingest = await gateway.key('ingest');
    expect(await post(sales, ingest)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect((await post([sales, event()], ingest)).body.rejected).toMatchObject([
      { index: 0, code: 'scope_missing' },
    ]);
    expect((await post(event(), await gateway.key('sales'))).status).toBe(403);
    expect((await post(event(), await gateway.key('read'))).status).toBe(403);
  });
});

describe('a sales event', () => {
  it('becomes a command of its lead, with its words outside the log', async () => {
    const email = 'sold@example.com';
    await post(event({ type: 'lead.created', lead: { email }, properties: {} }));
    await gateway.call('POST', '/v1/reps', { json: { id: 'ana', name: 'Ana' } });
    const sent = event({
      type: 'sales.disposition',
      lead: { email },
      properties: {
        disposition: 'not_ready',
        followUpOn: '2026-09-01',
        reason: 'Ask Bob in autumn',
        by: 'ana',
        handoff: 1,
      },
    });
    expect((await post(sent, await gateway.key('sales'))).status).toBe(202);
    const row = await stored(sent.id);
    const rep = await gateway.opened.db
      .selectFrom('reps')
      .select('id')
      .where('handle', '=', 'ana')
      .executeTakeFirst();
    expect(row).toMatchObject({ type: 'sales.disposition', urgent: true });
    expect(row?.body.command).toEqual({
      id: expect.any(String),
      kind: 'disposition',
      handoff: 1,
      disposition: 'not_ready',
      followUpOn: '2026-09-01',
      by: rep?.id,
      at: Date.parse(sent.occurredAt),
    });
    expect(JSON.stringify(row?.body)).not.toContain('Bob');
    const command = await gateway.opened.db
      .selectFrom('commands')
      .selectAll()
      .where('id', '=', String(row?.body.command?.id))
      .executeTakeFirst();
    expect(command).toMatchObject({ lead_id: row?.lead_id, kind: 'disposition', handoff: 1, by: rep?.id });
    expect(command?.body).toMatchObject({ reason: 'Ask Bob in autumn' });
  });

  it('for somebody who is no lead is refused, also when it is repeated at once', async () => {
    const sent = event({
      type: 'sales.activity',
      lead: { email: 'nobody@example.com' },
      properties: { kind: 'call' },
    });
    const { status, body } = await post([sent, sent]);
    expect(status).toBe(422);
    expect(body.rejected).toMatchObject([{ code: 'unknown_lead' }, { code: 'unknown_lead' }]);
  });
});
