import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConnectorError } from '../../src/connectors/ports.js';
import { openGateway, type TestGateway } from '../support/gateway.js';
import { InProcessLeads } from '../support/in-process-leads.js';

const leads = new InProcessLeads();
let gateway: TestGateway;
let crmIsDown = false;
beforeAll(async () => {
  gateway = await openGateway({ gateway: leads });
  const { db } = gateway.opened;
  leads.use(db);
  await gateway.call('POST', '/v1/reps', {
    json: {
      reps: [
        { id: 'ana', name: 'Ana' },
        { id: 'ben', name: 'Ben', weight: 0 },
        { id: 'old', name: 'Old', active: false },
      ],
    },
  });
});
afterAll(() => gateway.close());
beforeEach(() => {
  leads.away = false;
  leads.broken = false;
});

let counter = 0;
async function handedOff(): Promise<string> {
  // A company of its own each, or they would all go to the account's owner.
  const email = `kim@h${++counter}.test`;
  const json = {
    id: `h${counter}`,
    type: 'demo.requested',
    lead: { email },
    source: { name: 'webinar', magnet: 'Handoff webinar' },
  };
  await gateway.call('POST', '/v1/events', { json });
  return leads.advanceByEmail(email);
}

const post = (path: string, json: unknown, headers = {}) => gateway.call('POST', path, { json, headers });

describe('GET /v1/handoffs/{leadId}/{n}', () => {
  it('shows the handoff with its package, its effects and no outcome yet', async () => {
    const id = await handedOff();
    const { status, body } = await gateway.call('GET', `/v1/handoffs/${id}/1`);
    expect(status).toBe(200);
    expect(body).toEqual({
      leadId: id,
      number: 1,
      state: 'awaiting',
      at: expect.any(String),
      definitionVersion: 1,
      trigger: { kind: 'action', id: 'demo', intent: 'high', at: expect.any(String), alsoHeld: [] },
      rep: { id: 'ana', name: 'Ana' },
      routedBy: 'roundRobin',
      task: { id: expect.any(String), state: 'open', dueAt: expect.any(String) },
      sla: {
        startsAt: expect.any(String),
        remindAt: expect.any(String),
        dueAt: expect.any(String),
        state: 'running',
      },
      package: expect.objectContaining({
        format: 1,
        person: expect.objectContaining({ email: expect.stringContaining('kim@') }),
        leadSource: expect.objectContaining({ name: 'webinar', magnet: 'Handoff webinar' }),
        opener: expect.stringContaining('sked for a demo'),
        draft: { subject: expect.any(String), text: expect.any(String) },
        earlier: [],
      }),
      effects: expect.any(Array),
      outcome: null,
    });
    expect(body.package).not.toHaveProperty('trigger');
    expect(body.effects).toContainEqual({
      key: `${id}/h1/task/1`,
      effect: 'task',
      state: 'confirmed',
      attempts: 1,
      at: expect.any(String),
      reference: body.task.id,
      error: null,
    });
  });

  it('tells an unknown handoff from an unknown lead', async () => {
    const id = await handedOff();
    expect((await gateway.call('GET', `/v1/handoffs/${id}/2`)).body.code).toBe('not_found');
    expect((await gateway.call('GET', '/v1/handoffs/unknown/1')).body.code).toBe('lead_not_found');
    expect((await gateway.call('GET', `/v1/handoffs/${id}/first`)).status).toBe(422);
    expect((await gateway.call('GET', `/v1/handoffs/${id}/99999999999`)).status).toBe(422);
  });
});

describe('GET /v1/handoffs', () => {
  it('lists by rep, state and due, the soonest SLA first, each once', async () => {
    const mine = [await handedOff(), await handedOff(), await handedOff()];
    for (const [index, id] of mine.entries()) {
      await gateway.opened.db
        .updateTable('handoffs')
        .set({ sla_due_at: index === 0 ? null : new Date(Date.UTC(2026, 0, 10 - index)) })
        .where('lead_id', '=', id)
        .execute();
      await post(`/v1/handoffs/${id}/1/reassign`, { rep: 'ben' });
      await gateway.opened.db
        .updateTable('handoffs')
        .set({ sla_due_at: index === 0 ? null : new Date(Date.UTC(2026, 0, 10 - index)) })
        .where('lead_id', '=', id)
        .execute();
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body } = await gateway.call('GET', `/v1/handoffs?rep=ben&state=open&limit=1${next}`);
      seen.push(...body.items.map(({ leadId }: { leadId: string }) => leadId));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual([mine[2], mine[1], mine[0]]);
    const list = async (query: string) => {
      const { body } = await gateway.call('GET', `/v1/handoffs?rep=ben&${query}`);
      return body.items.map(({ leadId }: { leadId: string }) => leadId);
    };
    expect(await list('dueBefore=2026-01-09T00:00:00Z')).toEqual([mine[2]]);
    expect(await list('dueAfter=2026-01-08T12:00:00Z')).toEqual([mine[1]]);
    expect(await list('state=working')).toEqual([]);
  });

  it.each([
    ['rep=nobody', 'query.rep'],
    ['state=lost', 'query.state'],
    ['dueBefore=tomorrow', 'query.dueBefore'],
    ['cursor=WzFd', 'query.cursor'],
  ])('refuses ?%s, naming the place', async (query, path) => {
    const refused = await gateway.call('GET', `/v1/handoffs?${query}`);
    expect(refused.status).toBe(422);
    expect(refused.body.errors[0]).toMatchObject({ path });
  });
});

describe('POST /v1/handoffs/{leadId}/{n}/activities', () => {
  it('records contact: the SLA is met and the task done', async () => {
    const id = await handedOff();
    const answer = await post(`/v1/handoffs/${id}/1/activities`, {
      kind: 'call',
      by: 'ana',
      text: 'Spoke to Kim',
    });
    expect(answer).toMatchObject({
      status: 200,
      body: { state: 'working', sla: { state: 'met' }, task: { state: 'done' } },
    });
    expect(gateway.nudged).toContain(id);
    const { body } = await gateway.call('GET', `/v1/leads/${id}/timeline?limit=200`);
    const logged = body.items.find(({ text }: { text: string }) => text === 'Ana logged a call');
    expect(logged.data.said).toEqual({ kind: 'call', by: 'ana', text: 'Spoke to Kim' });
    expect(body.items.map(({ text }: { text: string }) => text)).toContain(
      'First contact in handoff 1: call by Ana',
    );
  });

  it.each([
    [{ kind: 'fax' }, 'kind'],
    [{ kind: 'call', by: 'nobody' }, 'by'],
    [{ kind: 'call', at: 'yesterday' }, 'at'],
    [{ kind: 'call', at: '2099-01-01T00:00:00Z' }, 'at'],
    [{ kind: 'note', text: 'half a pair \ud800' }, 'text'],
    [{}, 'kind'],
  ])('refuses %j, naming the place', async (json, path) => {
    const id = await handedOff();
    const refused = await post(`/v1/handoffs/${id}/1/activities`, json);
    expect(refused.status).toBe(422);
    expect(refused.body.errors[0]).toMatchObject({ path });
    const commands = await gateway.opened.db
      .selectFrom('commands')
      .select('id')
      .where('lead_id', '=', id)
      .execute();
    expect(commands).toEqual([]);
  });

  it('refuses what is dated before the handoff, with the reason', async () => {
    const id = await handedOff();
    const refused = await post(`/v1/handoffs/${id}/1/activities`, {
      kind: 'call',
      at: '2020-01-01T00:00:00Z',
    });
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 'conflict',
        refusal: 'before_handoff',
        detail: 'the activity is dated before handoff 1 began.',
      },
    });
  });

  it('needs the scope sales or manager', async () => {
    const id = await handedOff();
    const key = await gateway.key('read', 'marketing', 'ingest');
    const refused = await gateway.call('POST', `/v1/handoffs/${id}/1/activities`, {
      json: { kind: 'call' },
      key,
    });
    expect(refused.status).toBe(403);
  });
});

describe('POST /v1/handoffs/{leadId}/{n}/disposition', () => {
  it('ends the handoff with its reason, and keeps the objection', async () => {
    const id = await handedOff();
    const said = {
      disposition: 'not_ready',
      reason: 'Budget is frozen',
      objection: 'Too expensive',
      followUpOn: '2099-03-01',
      by: 'ana',
    };
    const answer = await post(`/v1/handoffs/${id}/1/disposition`, said);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        state: 'closed',
        outcome: { kind: 'not_ready', reason: 'Budget is frozen', by: 'ana', at: expect.any(String) },
      },
    });
    const heard = await gateway.opened.db
      .selectFrom('objections')
      .selectAll()
      .where('lead_id', '=', id)
      .execute();
    expect(heard).toMatchObject([{ text: 'Too expensive', handoff: 1, source: 'webinar' }]);
    const lead = await gateway.call('GET', `/v1/leads/${id}`);
    expect(lead.body).toMatchObject({
      stage: 'nurturing',
      track: 'long_term',
      tags: ['future_handoff'],
      handoff: { number: 1, state: 'closed', dueAt: null },
    });
  });

  it('says in words why a closed handoff takes nothing more', async () => {
    const id = await handedOff();
    await post(`/v1/handoffs/${id}/1/disposition`, { disposition: 'converted', by: 'ana' });
    const refused = await post(`/v1/handoffs/${id}/1/activities`, { kind: 'call' });
    expect(refused.status).toBe(409);
    expect(refused.body.detail).toMatch(/^handoff 1 ended: converted on \d{1,2} [A-Z][a-z]+ by Ana\.$/);
    const reassigned = await post(`/v1/handoffs/${id}/1/reassign`, { rep: 'ben' });
    expect(reassigned).toMatchObject({ status: 409, body: { refusal: 'handoff_closed' } });
    const command = await gateway.call('GET', `/v1/commands/${reassigned.body.commandId}`);
    expect(command.body).toMatchObject({
      status: 'refused',
      kind: 'reassign',
      verdict: { code: 'handoff_closed' },
    });
    expect(command.body.text).toMatch(/^handoff 1 ended: converted on/);
  });

  it('drops the objection of a disposition that was refused', async () => {
    const id = await handedOff();
    await post(`/v1/handoffs/${id}/1/disposition`, { disposition: 'no_response' });
    const json = { id: `again-${id}`, type: 'demo.requested', lead: { email: `kim@h${counter}.test` } };
    await gateway.call('POST', '/v1/events', { json });
    await leads.advance(id);
    await post(`/v1/handoffs/${id}/2/disposition`, { disposition: 'no_response' });
    const refused = await post(`/v1/handoffs/${id}/1/disposition`, {
      disposition: 'converted',
      objection: 'No',
    });
    expect(refused).toMatchObject({ status: 409, body: { refusal: 'newer_handoff' } });
    const heard = await gateway.opened.db
      .selectFrom('objections')
      .selectAll()
      .where('lead_id', '=', id)
      .execute();
    expect(heard).toEqual([]);
  });

  it.each([
    [{ disposition: 'lost' }, 'disposition'],
    [{ disposition: 'not_ready', followUpOn: '2026-02-30' }, 'followUpOn'],
    [{ disposition: 'not_ready', followUpOn: '2020-01-01' }, 'followUpOn'],
    [{ disposition: 'converted', followUpOn: '2099-01-01' }, 'followUpOn'],
    [{ disposition: 'converted', by: 'nobody' }, 'by'],
    [{ disposition: 'converted', reason: '' }, 'reason'],
  ])('refuses %j, naming the place', async (json, path) => {
    const id = await handedOff();
    const refused = await post(`/v1/handoffs/${id}/1/disposition`, json);
    expect(refused.status).toBe(422);
    expect(refused.body.errors[0]).toMatchObject({ path });
  });
});

describe('POST /v1/handoffs/{leadId}/{n}/reassign', () => {
  it('gives the handoff to another rep; its instants stay', async () => {
    const id = await handedOff();
    const before = await gateway.call('GET', `/v1/handoffs/${id}/1`);
    const answer = await post(`/v1/handoffs/${id}/1/reassign`, { rep: 'ben', by: 'ana' });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        rep: { id: 'ben', name: 'Ben' },
        sla: before.body.sla,
        task: { dueAt: before.body.task.dueAt },
      },
    });
    const same = await post(`/v1/handoffs/${id}/1/reassign`, { rep: 'ben' });
    expect(same).toMatchObject({ status: 409, body: { detail: 'Ben has handoff 1 already.' } });
  });

  it.each([
    [{ rep: 'nobody' }, 'rep'],
    [{ rep: 'old' }, 'rep'],
    [{ rep: 'ben', by: 'nobody' }, 'by'],
    [{ rep: '' }, 'rep'],
    [{}, 'rep'],
  ])('refuses %j, naming the place', async (json, path) => {
    const id = await handedOff();
    expect(await post(`/v1/handoffs/${id}/1/reassign`, json)).toMatchObject({
      status: 422,
      body: { errors: [{ path }] },
    });
  });
});

describe('POST /v1/leads/{id}/handoffs and /judge', () => {
  it('hands off by hand, once', async () => {
    const made = await gateway.call('POST', '/v1/leads', { json: { email: 'kim@hand.test' } });
    const { id } = made.body;
    const answer = await post(`/v1/leads/${id}/handoffs`, { reason: 'Met at a fair', by: 'ana' });
    expect(answer).toMatchObject({
      status: 200,
      body: { stage: 'handed_off', handoff: { number: 1, trigger: 'manual' } },
    });
    const again = await post(`/v1/leads/${id}/handoffs`, {});
    expect(again).toMatchObject({
      status: 409,
      body: { refusal: 'handoff_open', detail: 'handoff 1 is open already, with Ana.' },
    });
  });

  it('judges a lead on its imported history', async () => {
    const events = ['webinar.attended', 'form.submitted', 'content.downloaded'].map((type, index) => ({
      id: `judge-${index}`,
      type,
      lead: { email: 'judge@handoff.test' },
      source: { name: 'webinar' },
      properties: { resource: 'x' },
    }));
    await gateway.call('POST', '/v1/events', { json: { events, backfill: true } });
    const id = await leads.advanceByEmail('judge@handoff.test');
    expect((await gateway.call('GET', `/v1/leads/${id}`)).body.stage).toBe('nurturing');
    const answer = await gateway.call('POST', `/v1/leads/${id}/judge`);
    expect(answer).toMatchObject({
      status: 200,
      body: { stage: 'handed_off', handoff: { trigger: 'score' } },
    });
    const handoff = await gateway.call('GET', `/v1/handoffs/${id}/1`);
    expect(handoff.body.trigger).toMatchObject({ kind: 'score', value: 45, threshold: 40 });
  });

  it('refuses whom nobody knows', async () => {
    expect((await post('/v1/leads/unknown/handoffs', {})).body.code).toBe('lead_not_found');
    expect((await gateway.call('POST', '/v1/leads/unknown/judge')).body.code).toBe('lead_not_found');
  });
});

describe('while Temporal is away', () => {
  it('records a command, answers 202, and tells the verdict later', async () => {
    const id = await handedOff();
    leads.away = true;
    const answer = await post(`/v1/handoffs/${id}/1/activities`, { kind: 'call' });
    expect(answer).toMatchObject({ status: 202, body: { commandId: expect.any(String), status: 'pending' } });
    const at = answer.headers.get('location') ?? '';
    expect(at).toBe(`/v1/commands/${answer.body.commandId}`);
    expect((await gateway.call('GET', at)).body).toMatchObject({
      status: 'pending',
      verdict: null,
      kind: 'activity',
    });
    leads.away = false;
    await leads.advance(id);
    expect((await gateway.call('GET', at)).body).toMatchObject({
      status: 'accepted',
      leadId: id,
      handoff: 1,
      verdict: { did: 'contacted', handoff: 1 },
      decidedAt: expect.any(String),
    });
  });

  it('answers 202 as well when asking fails, because the command is in the log', async () => {
    const id = await handedOff();
    leads.broken = true;
    expect((await post(`/v1/handoffs/${id}/1/activities`, { kind: 'call' })).status).toBe(202);
    expect(JSON.stringify(gateway.logged)).not.toContain('kim@example.com');
  });
});

describe('an Idempotency-Key', () => {
  it('makes a repetition answer the verdict of the first, without a second command', async () => {
    const id = await handedOff();
    const headers = { 'idempotency-key': `call-${id}` };
    const path = `/v1/handoffs/${id}/1/activities`;
    leads.away = true;
    const first = await post(path, { kind: 'call' }, headers);
    expect(first.status).toBe(202);
    leads.away = false;
    expect((await post(path, { kind: 'call' }, headers)).status).toBe(200);
    const asked = leads.asked;
    expect((await post(path, { kind: 'call' }, headers)).status).toBe(200);
    expect(leads.asked).toBe(asked);
    const commands = await gateway.opened.db
      .selectFrom('commands')
      .select('id')
      .where('lead_id', '=', id)
      .execute();
    expect(commands).toEqual([{ id: first.body.commandId }]);
  });

  it('repeats a refusal too', async () => {
    const id = await handedOff();
    const headers = { 'idempotency-key': `no-${id}` };
    const before = { kind: 'call', at: '2020-01-01T00:00:00Z' };
    const first = await post(`/v1/handoffs/${id}/1/activities`, before, headers);
    const again = await post(`/v1/handoffs/${id}/1/activities`, before, headers);
    expect([first.status, again.status]).toEqual([409, 409]);
    expect(again.body.commandId).toBe(first.body.commandId);
  });

  it('belongs to one request', async () => {
    const [id, other] = [await handedOff(), await handedOff()];
    const headers = { 'idempotency-key': `one-${id}` };
    await post(`/v1/handoffs/${id}/1/activities`, { kind: 'call' }, headers);
    for (const lead of [id, other]) {
      const reused = await post(`/v1/handoffs/${lead}/1/activities`, { kind: 'email' }, headers);
      expect(reused).toMatchObject({
        status: 409,
        body: { detail: expect.stringContaining('Idempotency-Key') },
      });
    }
    const bad = await post(
      `/v1/handoffs/${id}/1/activities`,
      { kind: 'call' },
      { 'idempotency-key': 'two words' },
    );
    expect(bad).toMatchObject({ status: 422, body: { errors: [{ path: 'header.idempotency-key' }] } });
  });
});

describe('effects, tasks and the outbox', () => {
  it('lists effects in pages, and tries a failed one again by either address', async () => {
    leads.use(gateway.opened.db, {
      crm: {
        name: 'crm',
        async createTask() {
          if (crmIsDown) throw new ConnectorError('rejected', 'no such owner', { permanent: true });
          return { reference: 't-1' };
        },
        updateTask: async () => ({ reference: null }),
        findTask: async () => 'cannot_answer',
        findActivity: async () => [],
      } as never,
    });
    crmIsDown = true;
    const id = await handedOff();
    leads.use(gateway.opened.db);
    const { body } = await gateway.call('GET', `/v1/leads/${id}/effects?limit=200`);
    const task = body.items.find(({ effect }: { effect: string }) => effect === 'task');
    expect(task).toMatchObject({
      state: 'failed',
      handoff: 1,
      key: `${id}/h1/task/1`,
      error: expect.any(String),
    });
    expect((await gateway.call('GET', `/v1/leads/${id}`)).body.attention).toContain('task');

    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page = await gateway.call('GET', `/v1/leads/${id}/effects?limit=2${next}`);
      seen.push(...page.body.items.map(({ key }: { key: string }) => key));
      cursor = page.body.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(body.items.map(({ key }: { key: string }) => key));

    const retried = await gateway.call('POST', `/v1/effects/${encodeURIComponent(task.key)}/retry`);
    expect(retried).toMatchObject({ status: 200, body: { key: task.key, state: 'confirmed' } });
    const again = await post('/v1/effects/retry', { key: task.key });
    expect(again).toMatchObject({ status: 409, body: { refusal: 'no_such_effect' } });
    expect((await gateway.call('POST', '/v1/effects/unknown/retry')).status).toBe(404);
    expect((await gateway.call('POST', '/v1/effects/%00/retry')).status).toBe(404);
    expect((await post('/v1/effects/retry', { key: 5 })).status).toBe(422);
  });

  it('shows what was sent, and what is to be done', async () => {
    const id = await handedOff();
    const sent = await gateway.call('GET', `/v1/outbox?kind=alert&lead=${id}&rep=ana`);
    expect(sent.body.items).toMatchObject([
      {
        kind: 'alert',
        leadId: id,
        handoff: 1,
        rep: { id: 'ana', name: 'Ana' },
        via: 'outbox',
        reason: 'handoff',
      },
    ]);
    expect((await gateway.call('GET', `/v1/outbox?kind=mail&lead=${id}`)).body.items).toEqual([]);
    const tasks = await gateway.call('GET', `/v1/tasks?rep=ana&state=open&lead=${id}`);
    expect(tasks.body.items).toMatchObject([{ leadId: id, handoff: 1, state: 'open', rep: { id: 'ana' } }]);
    const page = await gateway.call('GET', '/v1/outbox?limit=1');
    const next = await gateway.call('GET', `/v1/outbox?limit=1&cursor=${page.body.nextCursor}`);
    expect(next.body.items[0].id).not.toBe(page.body.items[0].id);
    for (const query of ['kind=fax', 'rep=nobody', 'cursor=x', 'lead=%00'])
      expect((await gateway.call('GET', `/v1/outbox?${query}`)).status).toBe(422);
  });
});

describe('GET /v1/system', () => {
  it('counts what is there, what waits and what needs a person', async () => {
    const { status, body } = await gateway.call('GET', '/v1/system');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      leads: { total: expect.any(Number), byStage: expect.any(Object), byEngine: { 1: expect.any(Number) } },
      courier: { state: 'elsewhere', leadsWaiting: expect.any(Number), lagMs: expect.any(Number) },
      definition: { number: 1, name: 'Acme handoff definition' },
      versions: { baton: '0.1.0', node: process.versions.node },
    });
    expect(body.leads.byStage.handed_off).toBe(body.handoffs.awaiting);
    expect(body.events).toBeGreaterThan(10);
    const key = await gateway.key('sales');
    expect((await gateway.call('GET', '/v1/system', { key })).status).toBe(403);
  });
});

describe('an outcome that is changed', () => {
  it('loses the words that were given for the one before', async () => {
    const id = await handedOff();
    const path = `/v1/handoffs/${id}/1/disposition`;
    const first = await post(path, { disposition: 'not_ready', reason: 'budget next year' });
    expect(first.body.outcome).toMatchObject({ kind: 'not_ready', reason: 'budget next year' });
    const second = await post(path, { disposition: 'no_response' });
    expect(second.body.outcome).toMatchObject({ kind: 'no_response', reason: null });
  });

  it('is kept for an older handoff too, while a newer one is open and ends with it', async () => {
    const id = await handedOff();
    await post(`/v1/handoffs/${id}/1/disposition`, { disposition: 'not_ready' });
    expect((await post(`/v1/leads/${id}/handoffs`, {})).status).toBe(200);
    const changed = await post(`/v1/handoffs/${id}/1/disposition`, {
      disposition: 'converted',
      reason: 'signed',
    });
    expect(changed).toMatchObject({
      status: 200,
      body: { outcome: { kind: 'converted', reason: 'signed' } },
    });
    const newer = await gateway.call('GET', `/v1/handoffs/${id}/2`);
    expect(newer.body).toMatchObject({ state: 'closed', outcome: { kind: 'converted' } });
  });
});
