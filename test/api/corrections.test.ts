import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DefinitionBook } from '../../src/definition/versions.js';
import { proveLead } from '../../src/insight/proof.js';
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
interface Sent {
  type: string;
  [part: string]: unknown;
}

async function send(email: string, ...events: Sent[]): Promise<string> {
  // The gateway's clock is ahead: what is not dated has happened already.
  const sent = events.map((event) => ({
    ...{ id: `c${++counter}`, lead: { email }, occurredAt: ago(5 * MINUTE) },
    ...event,
  }));
  const { body } = await gateway.call('POST', '/v1/events', { json: { events: sent } });
  expect(body.rejected).toEqual([]);
  return leads.advanceByEmail(email, Date.now() + MINUTE / 2);
}

/** Dated now, and so in the nurture period that has begun just before. */
const fresh = (event: Sent): Sent => ({ ...event, occurredAt: ago(0) });

const correct = (id: string, json: unknown, headers = {}, key?: string) =>
  gateway.call('POST', `/v1/leads/${id}/corrections`, { json, headers, ...(key !== undefined && { key }) });
const handoff = async (id: string, n: number) => (await gateway.call('GET', `/v1/handoffs/${id}/${n}`)).body;
const dispose = (id: string, n: number, disposition: string) =>
  gateway.call('POST', `/v1/handoffs/${id}/${n}/disposition`, { json: { disposition, by: 'ana' } });

async function expectProven(id: string): Promise<void> {
  const proof = await proveLead(gateway.opened.db, new DefinitionBook(gateway.opened.db), id, Date.now());
  expect(proof?.differences).toEqual([]);
  expect(proof?.entries).toBeGreaterThan(0);
}

/** Everything that a dry run must leave as it is. */
async function records(id: string) {
  const { db } = gateway.opened;
  const events = await db
    .selectFrom('events')
    .selectAll()
    .where('lead_id', '=', id)
    .orderBy('position')
    .execute();
  const commands = await db
    .selectFrom('commands')
    .selectAll()
    .where('lead_id', '=', id)
    .orderBy('id')
    .execute();
  const journal = await db.selectFrom('journal').selectAll().where('lead_id', '=', id).orderBy('n').execute();
  const stream = await db.selectFrom('lead_stream').selectAll().where('lead_id', '=', id).execute();
  return JSON.stringify({ events, commands, journal, stream });
}

const created = (source = 'contact-form') => ({ type: 'lead.created', source: { name: source } });
const webinar = { type: 'webinar.attended' };
const form = { type: 'form.submitted' };
const guide = { type: 'content.downloaded', properties: { resource: 'pricing-guide' } };

describe('POST /v1/leads/{id}/corrections, machine', () => {
  it('names the open handoff that would not have been made, and offers to close it', async () => {
    const id = await send('open@fix.test', created(), { ...webinar, id: 'a-webinar' }, form, guide);
    const before = await records(id);
    const { status, body } = await correct(id, { eventId: 'a-webinar', label: 'machine', dryRun: true });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      applied: false,
      event: { seq: 2, eventId: 'a-webinar', type: 'webinar.attended' },
      before: { score: 60 },
      after: { score: 40 },
      handoffs: [
        {
          ...{ change: 'lost', number: 1, state: 'awaiting', rep: { id: 'ana', name: 'Ana' } },
          ...{ trigger: { kind: 'score', value: 60, threshold: 50 }, outcome: null, would: null },
        },
      ],
      dueNow: null,
      offers: [
        {
          ...{ id: 'close_handoff/1', kind: 'close_handoff', handoff: 1, onlyWhenNamed: false },
          request: {
            ...{ method: 'POST', path: `/v1/handoffs/${id}/1/disposition` },
            body: {
              disposition: 'not_ready',
              reason:
                "Correction: event 2 (webinar) was a machine's; without it handoff 1 would not have been made",
            },
          },
        },
      ],
      compensated: [],
    });
    expect(body.text).toMatch(
      /^The score goes from 60 to 40 \(threshold 50\)\. Without this webinar the lead would not have been handed off on \d+ \w+ \(handoff 1: the score reached 60 \(threshold 50\)\); the handoff is still open and Ana has it\.$/,
    );
    expect(await records(id)).toBe(before);
  });

  it('gives the label alone unless it is asked for more, and the offer can be sent as it is', async () => {
    const id = await send('alone@fix.test', created(), webinar, form, guide);
    const { body } = await correct(id, { seq: 2, label: 'machine' });
    expect(body).toMatchObject({ applied: true, after: { score: 40 }, compensated: [] });
    expect(await handoff(id, 1)).toMatchObject({ state: 'awaiting', outcome: null });
    const [{ request }] = body.offers;
    const closed = await gateway.call(request.method, request.path, { json: request.body });
    expect(closed).toMatchObject({ status: 200, body: { state: 'closed', outcome: { kind: 'not_ready' } } });
    await expectProven(id);
  });

  it('of the page view that fired: closes the handoff and resumes nurture, once, under one key', async () => {
    const view = (at: number) => ({
      ...{ type: 'page.viewed', occurredAt: ago(at) },
      properties: { path: '/pricing' },
    });
    const id = await send('click@fix.test', created(), view(90 * MINUTE), view(MINUTE));
    expect(await handoff(id, 1)).toMatchObject({ state: 'awaiting', trigger: { id: 'pricing' } });
    const json = { seq: 3, label: 'machine', compensate: true, by: 'ana' };
    const first = await correct(id, json, { 'idempotency-key': 'view-1' });
    expect(first.body).toMatchObject({
      applied: true,
      handoffs: [{ change: 'lost', number: 1, trigger: { id: 'pricing' } }],
      compensated: [
        {
          ...{ offer: 'close_handoff/1', status: 'accepted', commandId: expect.any(String) },
          text: 'Handoff 1 is closed as not ready, and nurture mail goes on.',
        },
      ],
    });
    expect(first.body.text).toContain('(handoff 1: visited the pricing page, 2 times)');
    expect(await handoff(id, 1)).toMatchObject({
      ...{ state: 'closed', task: { state: 'done' } },
      outcome: { kind: 'not_ready', by: 'ana', reason: expect.stringContaining('Correction: event 3') },
    });
    const { body: lead } = await gateway.call('GET', `/v1/leads/${id}`);
    expect(lead).toMatchObject({ stage: 'nurturing', track: 'long_term' });
    const written = await records(id);
    const again = await correct(id, json, { 'idempotency-key': 'view-1' });
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(await records(id)).toBe(written);
    const other = await correct(id, { ...json, seq: 2 }, { 'idempotency-key': 'view-1' });
    expect(other).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('Idempotency-Key') },
    });
    await expectProven(id);
  });

  it('leaves a handoff that sales works on alone, unless it is named', async () => {
    const id = await send('working@fix.test', created(), { type: 'demo.requested' });
    await gateway.call('POST', `/v1/handoffs/${id}/1/activities`, { json: { kind: 'call', by: 'ana' } });
    const { body } = await correct(id, { seq: 2, label: 'machine', compensate: true });
    expect(body.handoffs).toMatchObject([{ change: 'lost', state: 'working' }]);
    expect(body.text).toContain('(handoff 1: asked for a demo); Ana is working on it.');
    expect(body.offers).toMatchObject([{ id: 'close_handoff/1', onlyWhenNamed: true }]);
    expect(body.compensated).toMatchObject([{ offer: 'close_handoff/1', status: 'left' }]);
    expect(body.compensated[0].text).toContain('sales has talked to the lead');
    expect(await handoff(id, 1)).toMatchObject({ state: 'working' });
    const named = await correct(id, { seq: 2, label: 'machine', compensate: ['close_handoff/1'] });
    expect(named.body.compensated).toMatchObject([{ status: 'accepted' }]);
    expect(await handoff(id, 1)).toMatchObject({ state: 'closed', outcome: { kind: 'not_ready' } });
    await expectProven(id);
  });

  it('of a handoff that is over: says how it ended, and offers nothing', async () => {
    const id = await send('closed@fix.test', created(), { type: 'demo.requested' });
    await dispose(id, 1, 'no_response');
    const { body } = await correct(id, { seq: 2, label: 'machine', compensate: true });
    expect(body).toMatchObject({
      handoffs: [{ change: 'lost', state: 'closed', outcome: { kind: 'no_response', by: 'ana' } }],
      ...{ offers: [], compensated: [], dueNow: null, before: { score: 0 }, after: { score: 0 } },
    });
    expect(body.text).toMatch(/; it ended: no response on \d+ \w+ by Ana, and stays as it is\.$/);
    await expectProven(id);
  });

  it('of an act without which the lead would have come later says when, and offers nothing', async () => {
    const id = await send('later@fix.test', created(), { type: 'demo.requested' });
    await send('later@fix.test', { type: 'pricing.requested' });
    const { body } = await correct(id, { seq: 2, label: 'machine', dryRun: true });
    expect(body.handoffs).toMatchObject([
      { change: 'later', number: 1, would: { trigger: { id: 'quote' } } },
    ]);
    expect(body.text).toMatch(/handed off later, on \d+ \w+ \(asked for pricing\), and not on/);
    expect(body.offers).toEqual([]);
  });

  it('follows what people said of later handoffs, whose numbers move up', async () => {
    const id = await send('numbers@fix.test', created(), { type: 'demo.requested' });
    await dispose(id, 1, 'no_response');
    await send('numbers@fix.test', fresh({ type: 'pricing.requested' }));
    await dispose(id, 2, 'no_response');
    await send('numbers@fix.test', fresh({ type: 'trial.started' }));
    const { body } = await correct(id, { seq: 2, label: 'machine', dryRun: true });
    expect(body.handoffs).toMatchObject([{ change: 'lost', number: 1, state: 'closed' }]);
    expect(body.handoffs).toHaveLength(1);
    expect(body.offers).toEqual([]);
  });

  it('does nothing to a key that may not close handoffs, before the label is given', async () => {
    const id = await send('scope@fix.test', created(), { type: 'demo.requested' });
    const key = await gateway.key('marketing');
    const before = await records(id);
    const refused = await correct(id, { seq: 2, label: 'machine', compensate: true }, {}, key);
    expect(refused).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('sales or manager') },
    });
    const unknown = await correct(id, { seq: 2, label: 'machine', compensate: ['close_handoff/7'] });
    expect(unknown).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'compensate' }], detail: expect.stringContaining('offered: close_handoff/1') },
    });
    expect(await records(id)).toBe(before);
    expect(await correct(id, { seq: 2, label: 'machine' }, {}, key)).toMatchObject({ status: 200 });
  });

  it('never replaces what a rep says of the handoff meanwhile', async () => {
    const id = await send('race@fix.test', created(), { type: 'demo.requested' });
    leads.away = true;
    const said = await dispose(id, 1, 'converted');
    expect(said.status).toBe(202);
    leads.away = false;
    const { body } = await correct(id, { seq: 2, label: 'machine', compensate: true });
    // The rep's word is in the log before the label: the lead is judged with it.
    expect(body.compensated.every(({ status }: { status: string }) => status !== 'accepted')).toBe(true);
    await leads.advance(id);
    expect(await handoff(id, 1)).toMatchObject({ outcome: { kind: 'converted' } });
  });

  it('is recorded while Temporal is away; the same request compensates once it is decided', async () => {
    const id = await send('away@fix.test', created(), { type: 'demo.requested' });
    const json = { seq: 2, label: 'machine', compensate: true };
    const headers = { 'idempotency-key': 'away-1' };
    leads.away = true;
    expect(await correct(id, json, headers)).toMatchObject({ status: 202, body: { status: 'pending' } });
    leads.away = false;
    await leads.advance(id);
    expect(await handoff(id, 1)).toMatchObject({ state: 'awaiting' });
    const { body } = await correct(id, json, headers);
    expect(body).toMatchObject({ applied: true, compensated: [{ status: 'accepted' }] });
    expect(await handoff(id, 1)).toMatchObject({ state: 'closed' });
    await expectProven(id);
  });
});

describe('POST /v1/leads/{id}/corrections, human', () => {
  const filtered = { type: 'content.downloaded', properties: { resource: 'pricing-guide', machine: true } };

  it('that carries the score to the threshold hands the lead off at once, as the dry run says', async () => {
    const id = await send('human@fix.test', created(), webinar, form, filtered);
    const { body } = await correct(id, { seq: 4, label: 'human', dryRun: true });
    expect(body).toMatchObject({
      ...{ before: { score: 35 }, after: { score: 60 } },
      handoffs: [{ change: 'gained', number: null, would: { trigger: { kind: 'score', value: 60 } } }],
      ...{ dueNow: { by: 'label', trigger: { kind: 'score', value: 60 } }, offers: [] },
    });
    expect(body.text).toMatch(
      /^The score goes from 35 to 60 .* With this download the lead would have been handed off on \d+ \w+ \(the score reached 60 \(threshold 50\)\)\. Giving the label hands the lead off at once: the score reached 60 \(threshold 50\)\.$/,
    );
    await correct(id, { seq: 4, label: 'human' });
    expect(await handoff(id, 1)).toMatchObject({ state: 'awaiting', trigger: { kind: 'score', value: 60 } });
    await expectProven(id);
  });

  it('of a wrongly filtered click gives it back its points and counts', async () => {
    const click = {
      type: 'email.clicked',
      properties: { emailId: 'm1', url: 'https://a.test/x', machine: true },
    };
    const id = await send('filtered@fix.test', created(), click);
    const { body } = await correct(id, { seq: 2, label: 'human' });
    expect(body).toMatchObject({
      ...{ before: { score: 0, opens: 0, clicks: 0 }, after: { score: 5, opens: 1, clicks: 1 } },
      ...{ handoffs: [], dueNow: null, offers: [] },
      text: 'The score goes from 0 to 5 (threshold 50), mails opened from 0 to 1, links clicked from 0 to 1. It makes no difference to any handoff.',
    });
    const { body: explained } = await gateway.call('GET', `/v1/leads/${id}/explanation`);
    expect(explained.score.engagement).toBe(5);
    await expectProven(id);
  });

  it('of a request that was filtered offers to hand the lead off, and leaves that to a person', async () => {
    const id = await send('demo@fix.test', created(), {
      type: 'demo.requested',
      properties: { machine: true },
    });
    const { body } = await correct(id, { seq: 2, label: 'human', compensate: true });
    expect(body).toMatchObject({
      handoffs: [{ change: 'gained', would: { trigger: { id: 'demo' } } }],
      dueNow: null,
      offers: [{ id: 'hand_off', onlyWhenNamed: true, request: { path: `/v1/leads/${id}/handoffs` } }],
      compensated: [{ offer: 'hand_off', status: 'left', text: expect.stringContaining('Name hand_off') }],
    });
    const [{ request }] = body.offers;
    expect(await gateway.call('POST', request.path, { json: request.body })).toMatchObject({
      status: 200,
      body: { stage: 'handed_off' },
    });
    await expectProven(id);
  });

  it('of imported history, which hands nothing off by itself, has the lead judged when that is asked for', async () => {
    const imported = (type: string, days: number, properties = {}) => ({
      ...{ type, occurredAt: ago(days * DAY), backfill: true, properties },
    });
    const clicks = (emailId: string, url: string, more = {}) =>
      imported('email.clicked', 60, { emailId, url, ...more });
    const id = await send(
      'import@fix.test',
      { ...created(), occurredAt: ago(70 * DAY), backfill: true },
      ...['m1', 'm2', 'm3', 'm4'].map((emailId) => imported('email.opened', 65, { emailId })),
      clicks('m1', 'https://a.test/x'),
      clicks('m2', 'https://a.test/y', { machine: true }),
    );
    const { body } = await correct(id, { seq: 7, label: 'human', compensate: true });
    expect(body).toMatchObject({
      dueNow: {
        by: 'judge',
        trigger: { kind: 'time' },
        text: expect.stringContaining('A handoff is due now'),
      },
      offers: [{ id: 'judge', handoff: null, request: { path: `/v1/leads/${id}/judge`, body: null } }],
      compensated: [{ offer: 'judge', status: 'accepted', text: 'The lead is handed off.' }],
    });
    expect(await handoff(id, 1)).toMatchObject({ state: 'awaiting', trigger: { kind: 'time' } });
    await expectProven(id);
  });

  it('makes an earlier handoff of one that is on record', async () => {
    const id = await send('earlier@fix.test', created(), webinar, form, filtered);
    await send('earlier@fix.test', { type: 'demo.requested' });
    const { body } = await correct(id, { seq: 4, label: 'human', dryRun: true });
    expect(body.handoffs).toMatchObject([
      { change: 'earlier', number: 1, trigger: { id: 'demo' }, would: { trigger: { kind: 'score' } } },
    ]);
    expect(body.offers).toEqual([]);
  });
});

describe('an event', () => {
  it('labelled twice is proven at each step, and goes back to what it was', async () => {
    const id = await send('twice@fix.test', created(), webinar, form, guide);
    await correct(id, { seq: 2, label: 'machine', compensate: true });
    await send('twice@fix.test', fresh({ type: 'email.opened', properties: { emailId: 'm9' } }));
    const back = await correct(id, { seq: 2, label: 'human' });
    expect(back.body).toMatchObject({ before: { score: 1 }, after: { score: 1 } });
    const { db } = gateway.opened;
    const commands = await db
      .selectFrom('events')
      .select('body')
      .where('lead_id', '=', id)
      .where('type', '=', 'command.correct')
      .orderBy('seq')
      .execute();
    expect(commands.map(({ body }) => body.command?.label)).toEqual(['machine', 'human']);
    await expectProven(id);
  });

  it('labelled machine by mistake finds the handoff that was closed for it, and offers another', async () => {
    const id = await send('undo@fix.test', created(), webinar, form, guide);
    await correct(id, { seq: 2, label: 'machine', compensate: true });
    expect(await handoff(id, 1)).toMatchObject({ state: 'closed' });
    const other = await correct(id, { seq: 3, label: 'human', dryRun: true });
    expect(other.body.offers).toEqual([]);
    const { body } = await correct(id, { seq: 2, label: 'human', compensate: true });
    expect(body.offers).toMatchObject([
      {
        ...{ id: 'hand_off', onlyWhenNamed: true },
        text: 'Handoff 1 was closed because of the label you take back; hand the lead off again?',
      },
    ]);
    expect(body.compensated).toMatchObject([{ offer: 'hand_off', status: 'left' }]);
    const named = await correct(id, { seq: 2, label: 'human', compensate: ['hand_off'], by: 'ana' });
    expect(named.body.compensated).toMatchObject([{ status: 'accepted', text: 'The lead is handed off.' }]);
    expect(await handoff(id, 2)).toMatchObject({ state: 'awaiting', trigger: { kind: 'manual' } });
    const again = await correct(id, { seq: 2, label: 'human', dryRun: true });
    expect(again.body.offers).toEqual([]);
    await expectProven(id);
  });

  it('labelled machine, then human, before the threshold is reached, is judged anew each time', async () => {
    const id = await send('swing@fix.test', created(), webinar, form, webinar);
    expect(await handoff(id, 1)).toMatchObject({ state: 'awaiting' });
    await correct(id, { seq: 2, label: 'machine', compensate: true });
    await send('swing@fix.test', fresh(form), fresh(webinar));
    await correct(id, { seq: 7, label: 'machine' });
    await correct(id, { seq: 7, label: 'human' });
    await expectProven(id);
  });

  it('of an earlier period changes nothing of the present one', async () => {
    const id = await send('period@fix.test', created(), webinar, form, guide);
    await dispose(id, 1, 'not_ready');
    await send('period@fix.test', fresh({ type: 'email.opened', properties: { emailId: 'm1' } }));
    const { body } = await correct(id, { seq: 2, label: 'machine' });
    expect(body).toMatchObject({ before: { score: 1 }, after: { score: 1 }, dueNow: null, offers: [] });
    expect(body.handoffs).toMatchObject([{ change: 'lost', number: 1, state: 'closed' }]);
    await expectProven(id);
  });

  it('of a lead that is gone is nobody’s', async () => {
    const id = await send('gone@fix.test', created(), webinar);
    const { db } = gateway.opened;
    await db.updateTable('lead_stream').set({ status: 'merged' }).where('lead_id', '=', id).execute();
    const merged = await correct(id, { seq: 2, label: 'machine' });
    expect(merged).toMatchObject({ status: 409, body: { detail: expect.stringContaining('merged') } });
    await db.updateTable('leads').set({ erased_at: new Date() }).where('id', '=', id).execute();
    expect(await correct(id, { seq: 2, label: 'machine' })).toMatchObject({
      status: 404,
      body: { code: 'lead_not_found' },
    });
  });

  it.each([
    [{ label: 'machine' }, 'eventId'],
    [{ eventId: 'one', seq: 2, label: 'machine' }, 'eventId'],
    [{ eventId: 'nothing', label: 'machine' }, 'eventId'],
    [{ seq: 1, label: 'machine' }, 'seq'],
    [{ seq: 99, label: 'machine' }, 'seq'],
    [{ seq: 2, label: 'robot' }, 'label'],
    [{ seq: 2.5, label: 'human' }, 'seq'],
    [{ seq: 2, label: 'human', by: 'nobody' }, 'by'],
    [{ seq: 2, label: 'human', compensate: 'all' }, 'compensate'],
  ])('named by %j is refused, with the place', async (json, path) => {
    const id = await send('bad@fix.test', created(), webinar);
    expect(await correct(id, json)).toMatchObject({ status: 422, body: { errors: [{ path }] } });
  });
});

describe('what a dry run says', () => {
  const acts: Sent[] = [
    webinar,
    form,
    guide,
    { type: 'content.downloaded', properties: { resource: 'pricing-guide', machine: true } },
    { type: 'webinar.attended', properties: { machine: true } },
    { type: 'email.clicked', properties: { emailId: 'm1', url: 'https://a.test/x' } },
    { type: 'page.viewed', properties: { path: '/pricing' } },
    { type: 'demo.requested' },
  ];
  /** What is due now is due a moment later when the label is given. */
  const timeless = ({ dueNow, ...body }: { dueNow: { trigger: { at: string } } | null }) => ({
    ...body,
    dueNow: dueNow && { ...dueNow, trigger: { ...dueNow.trigger, at: null } },
  });
  /** Every story is some of the acts, and then a label on one of them. */
  const stories = Array.from({ length: 16 }, (_, n) => {
    const chosen = [0, 1, 2, 3, 4].map((k) => acts[(n * 3 + k * (1 + (n % 4))) % (n % 3 === 0 ? 8 : 7)]);
    return { n, chosen, seq: 2 + (n % 5), label: n % 2 === 0 ? 'machine' : 'human', dispose: n % 4 === 3 };
  });

  it.each(stories)('is what labelling and judging then do (story $n)', async (story) => {
    const email = `story${story.n}@fix.test`;
    const [first, ...rest] = story.chosen as [Sent, ...Sent[]];
    let id = await send(email, created(), first);
    for (const [index, act] of rest.entries()) {
      id = await send(email, act);
      if (story.dispose && index === 2 && (await handoff(id, 1)).state === 'awaiting')
        await dispose(id, 1, 'not_ready');
    }
    // The events’ numbers: what people said lies between them.
    const { body: told } = await gateway.call('GET', `/v1/leads/${id}/timeline?order=asc&limit=200`);
    const acted = told.items.filter(
      ({ kind, data }: { kind: string; data: { counted?: boolean } }) =>
        kind === 'event' && data.counted !== undefined,
    );
    const { seq } = acted[story.seq - 1].data;
    const before = await records(id);
    const dry = await correct(id, { seq, label: story.label, dryRun: true });
    expect(dry.status).toBe(200);
    expect(await records(id)).toBe(before);
    const known = (await gateway.call('GET', `/v1/leads/${id}`)).body.handoff?.number ?? 0;

    const applied = await correct(id, { seq, label: story.label });
    expect(timeless(applied.body)).toEqual(timeless({ ...dry.body, applied: true }));
    const newest = async () => (await gateway.call('GET', `/v1/leads/${id}`)).body.handoff?.number ?? 0;
    expect((await newest()) > known).toBe(dry.body.dueNow?.by === 'label');
    const { body: explained } = await gateway.call('GET', `/v1/leads/${id}/explanation`);
    expect(explained.score.engagement).toBe(dry.body.after.score);

    const judged = await gateway.call('POST', `/v1/leads/${id}/judge`);
    const open = await handoff(id, Math.max(1, await newest()));
    if (dry.body.dueNow) expect(open.trigger).toMatchObject({ kind: dry.body.dueNow.trigger.kind });
    if (dry.body.dueNow?.by === 'judge') expect(judged.body.stage).toBe('handed_off');
    if (!dry.body.dueNow && before.includes('"command.judge"') === false) expect(await newest()).toBe(known);
    await expectProven(id);
  });
});
