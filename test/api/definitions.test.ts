import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../src/store/api-keys.js';
import { openGateway, type TestGateway } from '../support/gateway.js';
import { InProcessLeads } from '../support/in-process-leads.js';

const SAMPLE = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');
/** The sample with another threshold for webinar attendees, who have 40. */
const withThreshold = (points: number, base = SAMPLE) =>
  base.replace('scoring: { threshold: 40 }', `scoring: { threshold: ${points} }`);
const FAULTY = SAMPLE.replace('publishGuard: 0.05', 'publishGard: 0.05');

const leads = new InProcessLeads();
let gateway: TestGateway;
beforeEach(async () => {
  gateway = await openGateway({ gateway: leads });
  leads.use(gateway.opened.db);
});
afterEach(() => gateway.close());

const call: TestGateway['call'] = (...args) => gateway.call(...args);
const draft = async (document: string, more: Record<string, unknown> = {}) =>
  (await call('POST', '/v1/definitions', { json: { document, by: 'Mia', ...more } })).body;
const sign = (id: string, as: string, by = as === 'marketing' ? 'Mia' : 'Sam') =>
  call('POST', `/v1/definitions/${id}/sign`, { json: { as, by } });
const publish = (id: string, json: Record<string, unknown> = {}) =>
  call('POST', `/v1/definitions/${id}/publish`, { json: { by: 'Mia', ...json } });
const signedDraft = async (document: string) => {
  const { id } = await draft(document);
  await sign(id, 'marketing');
  await sign(id, 'sales');
  return id as string;
};

describe('a draft', () => {
  it('is drafted, signed by both teams and published as the next version', async () => {
    const made = await call('POST', '/v1/definitions', {
      json: { document: withThreshold(60), note: 'fewer', by: 'Mia' },
    });
    expect(made).toMatchObject({
      status: 201,
      body: {
        ...{ kind: 'draft', id: expect.stringMatching(/^d_/), name: 'Acme handoff definition', revision: 1 },
        ...{ basedOn: 1, note: 'fewer', signed: { marketing: null, sales: null }, state: 'open' },
        ...{ publishedAs: null, createdBy: 'Mia', document: withThreshold(60) },
      },
    });
    const { id, hash } = made.body;
    expect((await sign(id, 'marketing')).body.signed).toEqual({
      marketing: { by: 'Mia', at: expect.any(String), hash },
      sales: null,
    });
    expect((await sign(id, 'sales')).status).toBe(200);
    const published = await publish(id);
    expect(published).toMatchObject({
      status: 201,
      body: {
        ...{ kind: 'version', number: 2, hash, current: true, note: 'fewer', publishedBy: 'Mia' },
        ...{ signed: { marketing: 'Mia', sales: 'Sam' }, document: withThreshold(60) },
        forecast: { openLeads: 0, handoffs: 0, share: 0, guard: 0.05 },
      },
    });
    expect((await call('GET', `/v1/definitions/${id}`)).body).toMatchObject({
      state: 'published',
      publishedAs: 2,
    });
    const list = (await call('GET', '/v1/definitions')).body;
    expect(list).toMatchObject({
      items: [
        { number: 2, current: true },
        { number: 1, current: false, note: 'unsigned: published at the first start' },
      ],
      ...{ nextCursor: null, drafts: [] },
    });
    expect(list.items[0]).not.toHaveProperty('document');
  });

  it('may be faulty, says so, and is then neither signed nor published', async () => {
    const made = await draft(FAULTY);
    expect(made.faults).toMatchObject([
      { severity: 'error', path: 'publishGard', didYouMean: 'publishGuard', line: expect.any(Number) },
    ]);
    for (const answer of [await sign(made.id, 'marketing'), await publish(made.id)]) {
      expect(answer).toMatchObject({
        status: 409,
        body: { code: 'conflict', errors: [{ path: 'publishGard' }], faults: [{ path: 'publishGard' }] },
      });
      expect(answer.body.detail).toMatch(
        /has 1 error and cannot be (signed|published)\. First: definition:\d+/,
      );
    }
    const chaos = await draft('- [not: {a definition');
    expect(chaos).toMatchObject({ name: 'without a name', state: 'open' });
    const nul = await draft('name: "a\\0b\\uD800"');
    expect(nul.name).toBe('a b');
  });

  it('comes as YAML too, with what else there is in the query', async () => {
    for (const type of ['application/yaml', 'text/yaml; charset=utf-8']) {
      const made = await call('POST', '/v1/definitions?note=from%20a%20file&by=Mia', {
        body: withThreshold(60),
        headers: { 'content-type': type },
      });
      expect(made).toMatchObject({
        status: 201,
        body: { note: 'from a file', createdBy: 'Mia', faults: expect.any(Array) },
      });
    }
    const { id } = await draft(SAMPLE);
    const put = (query: string, body: string | Buffer = withThreshold(70)) =>
      call('PUT', `/v1/definitions/${id}?${query}`, {
        body,
        headers: { 'content-type': 'application/yaml' },
      });
    expect(await put('revision=1')).toMatchObject({ status: 200, body: { revision: 2 } });
    expect(await put('')).toMatchObject({ status: 422, body: { errors: [{ path: 'revision' }] } });
    expect(await put('revision=two')).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'revision' }] },
    });
    expect(await put('revision=2&colour=red')).toMatchObject({ status: 422 });
    expect((await put('revision=2', Buffer.from([0xff, 0xfe, 0x41]))).status).toBe(400);
    expect(await put('revision=2', 'a: \0')).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'document' }] },
    });
    expect((await put('revision=2', 'x'.repeat(1_100_000))).status).toBe(413);
    expect(await put('revision=2', 'x'.repeat(300_000))).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'document', message: expect.stringContaining('262144') }] },
    });
    expect(
      (await call('POST', '/v1/definitions', { body: 'a', headers: { 'content-type': 'text/csv' } })).status,
    ).toBe(415);
  });

  it('loses both signatures with an edit of its content, and none with an edit of its note', async () => {
    const id = await signedDraft(withThreshold(60));
    const noted = await call('PUT', `/v1/definitions/${id}`, { json: { revision: 1, note: 'why' } });
    expect(noted).toMatchObject({
      status: 200,
      body: {
        revision: 2,
        note: 'why',
        voided: [],
        signed: { marketing: { by: 'Mia' }, sales: { by: 'Sam' } },
      },
    });
    // Line ends are not content.
    const document = withThreshold(60).replaceAll('\n', '\r\n');
    expect(
      (await call('PUT', `/v1/definitions/${id}`, { json: { revision: 2, document } })).body.voided,
    ).toEqual([]);
    const edited = await call('PUT', `/v1/definitions/${id}`, {
      json: { revision: 3, document: withThreshold(61) },
    });
    expect(edited).toMatchObject({
      status: 200,
      body: { revision: 4, voided: ['marketing', 'sales'], signed: { marketing: null, sales: null } },
    });
    await sign(id, 'sales');
    expect(await publish(id)).toMatchObject({
      status: 409,
      body: { detail: 'The definition was not published: it lacks the signature of marketing.' },
    });
  });

  it('refuses an edit made from an older revision, and a signature under another content, in words', async () => {
    const { id, hash } = await draft(withThreshold(60));
    await call('PUT', `/v1/definitions/${id}`, {
      json: { revision: 1, document: withThreshold(61), by: 'Sam' },
    });
    const stale = await call('PUT', `/v1/definitions/${id}`, { json: { revision: 1, document: SAMPLE } });
    expect(stale.status).toBe(409);
    expect(stale.body.detail).toMatch(
      /is at revision 2 and you saw revision 1: Sam has saved it at 20.*save on top of revision 2/,
    );
    const blind = await call('POST', `/v1/definitions/${id}/sign`, { json: { as: 'sales', hash } });
    expect(blind.status).toBe(409);
    expect(blind.body.detail).toContain('was edited since you read it');
    expect((await call('GET', `/v1/definitions/${id}`)).body.document).toBe(withThreshold(61));
  });

  it('is over once it is discarded or published', async () => {
    const { id } = await draft(withThreshold(60));
    expect(await call('DELETE', `/v1/definitions/${id}?by=Mia`)).toMatchObject({
      status: 200,
      body: { state: 'discarded' },
    });
    const done = await signedDraft(withThreshold(60));
    await publish(done);
    for (const [gone, words] of [
      [id, 'was discarded. Begin a new draft.'],
      [done, 'was published as version 2 and stays as it is. Begin a new draft.'],
    ] as const) {
      for (const answer of [
        await sign(gone, 'sales'),
        await publish(gone),
        await call('DELETE', `/v1/definitions/${gone}`),
        await call('PUT', `/v1/definitions/${gone}`, { json: { revision: 1, note: 'x' } }),
      ]) {
        expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining(words) } });
      }
    }
  });

  it('does not take the names in its document for signatures', async () => {
    const { id } = await draft(
      SAMPLE.replace(
        'signedOffBy: { marketing: null, sales: null }',
        'signedOffBy: { marketing: Mia, sales: Sam }',
      ),
    );
    expect((await publish(id)).body.detail).toContain('lacks the signature of marketing and sales');
  });

  it('made on an older version is refused with what came meanwhile, until it is put on top of that', async () => {
    const late = await signedDraft(withThreshold(60));
    await publish(await signedDraft(withThreshold(45)), { by: 'Sam' });
    const refused = await publish(late);
    expect(refused).toMatchObject({ status: 409, body: { newest: { number: 2, publishedBy: 'Sam' } } });
    expect(refused.body.detail).toMatch(
      /^Version 2 was published by Sam at .* on top of version 1\. Look at what changed/,
    );
    const rebase = (basedOn: number) =>
      call('PUT', `/v1/definitions/${late}`, { json: { revision: 1, basedOn } });
    expect((await rebase(7)).status).toBe(409);
    expect((await rebase(2)).body).toMatchObject({ basedOn: 2, voided: [] });
    expect(await publish(late)).toMatchObject({ status: 201, body: { number: 3 } });
  });

  it('that only signs what nobody has signed is published; one that changes nothing is not', async () => {
    const signed = await publish(await signedDraft(SAMPLE));
    expect(signed).toMatchObject({
      status: 201,
      body: { number: 2, signed: { marketing: 'Mia', sales: 'Sam' } },
    });
    const refused = await publish(await signedDraft(SAMPLE));
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict', newest: { number: 2 } } });
    expect(refused.body.detail).toContain('Version 2, the current one, says exactly this already');
  });
});

describe('the guard', () => {
  const event = (email: string, id: string, type: string, more: Record<string, unknown> = {}) => ({
    ...{ id: `${email}-${id}`, type, lead: { email }, source: { name: 'webinar' } },
    ...more,
  });
  /** Twenty points, half of what their source asks for. */
  const attend = async (emails: readonly string[], more: Record<string, unknown> = {}) => {
    const events = emails.flatMap((email) => [
      event(email, 'new', 'lead.created'),
      event(email, 'saw', 'webinar.attended'),
    ]);
    const sent = await call('POST', '/v1/events', { json: { events, ...more } });
    expect(sent.body).toMatchObject({ accepted: events.length });
  };

  it('asks for a confirmation when a publish would hand off too many at once', async () => {
    await attend(['kim@acme.test', 'lee@acme.test', 'mia@acme.test']);
    await call('POST', '/v1/events', { json: event('noa@acme.test', 'new', 'lead.created') });
    for (const email of ['kim@acme.test', 'lee@acme.test', 'noa@acme.test'])
      await leads.advanceByEmail(email);
    const id = await signedDraft(withThreshold(15));
    const numbers = { openLeads: 4, handoffs: 3, share: 0.75, guard: 0.05 };
    expect((await call('GET', `/v1/definitions/${id}/forecast`)).body).toEqual(numbers);
    const refused = await publish(id);
    expect(refused).toMatchObject({ status: 409, body: { code: 'confirmation_required', ...numbers } });
    expect(refused.body.detail).toContain(
      'would hand off 3 of 4 open leads at once (75%; more than 5% asks for a confirmation)',
    );
    const fewer = await publish(id, { confirmHandoffs: 2 });
    expect(fewer).toMatchObject({ status: 409, body: { code: 'confirmation_required' } });
    expect(fewer.body.detail).toContain('by now, and 2 were confirmed');
    expect((await call('GET', '/v1/definitions/current')).body.number).toBe(1);
    expect(await publish(id, { confirmHandoffs: 4 })).toMatchObject({
      status: 201,
      body: { number: 2, forecast: numbers },
    });
    // What version 2 reaches is reached already: nobody is new to it, or to the version before it.
    expect((await call('GET', '/v1/definitions/2/forecast')).body).toMatchObject({ handoffs: 0 });
    expect((await call('GET', '/v1/definitions/1/forecast')).body).toMatchObject({ handoffs: 0 });
    expect(await call('POST', '/v1/definitions/1/rollback', { json: {} })).toMatchObject({
      status: 201,
      body: { number: 3, note: 'version 1 again' },
    });
    expect(await call('POST', '/v1/definitions/2/rollback', { json: {} })).toMatchObject({
      status: 409,
      body: { code: 'confirmation_required', handoffs: 3 },
    });
  });

  it('leaves out leads that wait for the release of their import, and those that sales has', async () => {
    await attend(['kim@acme.test', 'lee@acme.test']);
    await attend(['old@acme.test'], { backfill: true, importId: 'list' });
    await attend(['busy@acme.test']);
    await call('POST', '/v1/events', { json: event('busy@acme.test', 'demo', 'demo.requested') });
    await leads.advanceByEmail('busy@acme.test');
    const { id } = await draft(withThreshold(15));
    expect((await call('GET', `/v1/definitions/${id}/forecast`)).body).toMatchObject({
      openLeads: 2,
      handoffs: 2,
    });
  });

  it('lets pass what a definition allows of itself', async () => {
    await attend(['kim@acme.test']);
    const id = await signedDraft(withThreshold(15).replace('publishGuard: 0.05', 'publishGuard: 1'));
    expect(await publish(id)).toMatchObject({
      status: 201,
      body: { forecast: { handoffs: 1, share: 1, guard: 1 } },
    });
  });
});

describe('a rollback', () => {
  it('publishes an older version again with its signatures, and never the current one', async () => {
    await publish(await signedDraft(withThreshold(60)));
    await publish(await signedDraft(withThreshold(70)));
    const back = await call('POST', '/v1/definitions/2/rollback', { json: { by: 'Sam', note: 'too few' } });
    expect(back).toMatchObject({
      status: 201,
      body: {
        number: 4,
        document: withThreshold(60),
        signed: { marketing: 'Mia', sales: 'Sam' },
        note: 'too few',
      },
    });
    for (const same of [2, 4]) {
      const refused = await call('POST', `/v1/definitions/${same}/rollback`, { json: {} });
      expect(refused.body.detail).toContain('Version 4, the current one, says exactly this already');
    }
    for (const name of ['9', 'current', 'd_1', '0', '99999999999'])
      expect((await call('POST', `/v1/definitions/${name}/rollback`, { json: {} })).status).toBe(404);
  });
});

describe('reading', () => {
  it('names a version by number or as current, a draft by id, and gives the YAML alone', async () => {
    const { id } = await draft(withThreshold(60));
    expect((await call('GET', '/v1/definitions/1')).body).toMatchObject({ number: 1, document: SAMPLE });
    expect((await call('GET', '/v1/definitions/current')).body).toMatchObject({ number: 1, current: true });
    const yaml = await call('GET', `/v1/definitions/${id}`, { headers: { accept: 'application/yaml' } });
    expect(yaml.body).toBe(withThreshold(60));
    expect(yaml.headers.get('content-type')).toBe('application/yaml; charset=utf-8');
    for (const name of ['2', '0', '-1', '1.5', 'newest', 'd_unknown', 'x'.repeat(90), '9'.repeat(30)]) {
      for (const suffix of ['', '/forecast', '/diff/1']) {
        const answer = await call('GET', `/v1/definitions/${name}${suffix}`);
        expect({ name, status: answer.status, code: answer.body.code }).toEqual({
          name,
          status: 404,
          code: 'not_found',
        });
      }
    }
    expect((await call('GET', '/v1/definitions/2')).body.detail).toContain('the newest is 1');
  });

  it('checks a document without storing it; faults are an answer, not a refusal', async () => {
    expect(await call('POST', '/v1/definitions/check', { json: { document: SAMPLE } })).toMatchObject({
      status: 200,
      body: { ok: true },
    });
    const yaml = { body: FAULTY, headers: { 'content-type': 'application/yaml' } };
    expect(await call('POST', '/v1/definitions/check', yaml)).toMatchObject({
      status: 200,
      body: {
        ok: false,
        faults: [
          {
            ...{ severity: 'error', line: expect.any(Number), column: 1, path: 'publishGard' },
            ...{ message: 'unknown key', expected: expect.any(String), didYouMean: 'publishGuard' },
          },
        ],
      },
    });
    expect((await call('GET', '/v1/definitions')).body.drafts).toEqual([]);
    expect((await call('POST', '/v1/definitions/check', { json: {} })).status).toBe(422);
  });

  it('tells changes between any two in words, both ways', async () => {
    const { id } = await draft(withThreshold(60));
    const forth = await call('GET', `/v1/definitions/current/diff/${id}`);
    expect(forth).toMatchObject({
      status: 200,
      body: {
        items: [
          { source: 'webinar', text: expect.stringContaining('40'), before: expect.stringContaining('40') },
        ],
      },
    });
    expect((await call('GET', `/v1/definitions/${id}/diff/1`)).body.items[0].after).toContain('40');
    expect((await call('GET', '/v1/definitions/1/diff/1')).body.items).toEqual([]);
    const faulty = await draft(FAULTY);
    expect(await call('GET', `/v1/definitions/1/diff/${faulty.id}`)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('cannot be compared') },
    });
    expect((await call('GET', `/v1/definitions/${faulty.id}/forecast`)).body.detail).toContain(
      'cannot be judged by',
    );
  });

  it('has a history of everything that was done, in pages', async () => {
    const id = await signedDraft(withThreshold(60));
    await publish(id);
    const other = await draft(withThreshold(70));
    await call('PUT', `/v1/definitions/${other.id}`, { json: { revision: 1, document: SAMPLE, by: 'Sam' } });
    await call('DELETE', `/v1/definitions/${other.id}`);
    await call('POST', '/v1/definitions/1/rollback', { json: { by: 'Ana' } });
    const { items } = (await call('GET', '/v1/definitions/history')).body;
    expect(items.map(({ what, by }: { what: string; by: string }) => `${what} ${by}`)).toEqual([
      ...['rolled_back Ana', 'discarded first admin key', 'edited Sam', 'drafted Mia', 'published Mia'],
      ...['signed Sam', 'signed Mia', 'drafted Mia', 'published test'],
    ]);
    expect(items[4]).toMatchObject({
      ...{ draft: id, number: 2, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      data: {
        ...{ basedOn: 1, forecast: { handoffs: 0 } },
        signed: { marketing: { by: 'Mia', hash: items[4].hash }, sales: { by: 'Sam', hash: items[4].hash } },
      },
    });
    const first = (await call('GET', '/v1/definitions/history?limit=4')).body;
    const rest = (await call('GET', `/v1/definitions/history?limit=200&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...rest.items]).toEqual(items);
    const versions = (await call('GET', '/v1/definitions?limit=2')).body;
    const older = (await call('GET', `/v1/definitions?limit=2&cursor=${versions.nextCursor}`)).body;
    expect([...versions.items, ...older.items].map(({ number }: { number: number }) => number)).toEqual([
      3, 2, 1,
    ]);
    expect((await call('GET', '/v1/definitions?cursor=x')).status).toBe(422);
  });

  it('has the JSON Schema', async () => {
    const { status, body } = await call('GET', '/v1/definitions/schema');
    expect(status).toBe(200);
    expect(body.properties).toHaveProperty('publishGuard');
  });
});

describe('scopes', () => {
  const SCOPES: readonly Scope[] = ['ingest', 'read', 'sales', 'marketing', 'manager', 'admin'];
  const READERS: readonly Scope[] = ['read', 'sales', 'marketing', 'manager', 'admin'];
  const DRAFTERS: readonly Scope[] = ['sales', 'marketing', 'manager', 'admin'];
  const PUBLISHERS: readonly Scope[] = ['marketing', 'manager', 'admin'];
  const document = withThreshold(60);
  it.each<[string, string, unknown, readonly Scope[]]>([
    ['GET', '/v1/definitions', undefined, READERS],
    ['GET', '/v1/definitions/current', undefined, READERS],
    ['GET', '/v1/definitions/1/diff/1', undefined, READERS],
    ['GET', '/v1/definitions/1/forecast', undefined, READERS],
    ['GET', '/v1/definitions/history', undefined, READERS],
    ['GET', '/v1/definitions/schema', undefined, READERS],
    ['POST', '/v1/definitions/check', { document }, READERS],
    ['POST', '/v1/definitions', { document }, DRAFTERS],
    ['PUT', '/v1/definitions/{draft}', { revision: 1 }, DRAFTERS],
    ['POST', '/v1/definitions/{draft}/sign', { as: 'marketing' }, ['marketing', 'admin']],
    ['POST', '/v1/definitions/{draft}/sign', { as: 'sales' }, ['sales', 'manager', 'admin']],
    ['POST', '/v1/definitions/{draft}/publish', {}, PUBLISHERS],
    ['POST', '/v1/definitions/1/rollback', {}, PUBLISHERS],
    ['DELETE', '/v1/definitions/{draft}', undefined, DRAFTERS],
  ])('%s %s %j', async (method, path, json, allowed) => {
    const { id } = await draft(document);
    for (const scope of SCOPES) {
      const key = await gateway.key(scope);
      const { status } = await call(method, path.replace('{draft}', id), { key, json });
      expect({ scope, forbidden: status === 403 }).toEqual({ scope, forbidden: !allowed.includes(scope) });
      expect(status).toBeLessThan(500);
    }
  });
});

describe('bad input', () => {
  it.each([
    ['POST', '', { document: 7 }, 'document'],
    ['POST', '', { document: '' }, 'document'],
    ['POST', '', { document: 'a', note: 'x'.repeat(2_001) }, 'note'],
    ['POST', '', { document: 'a', colour: 'red' }, ''],
    ['POST', '', { document: 'a\u0000' }, 'document'],
    ['PUT', '/d_1', { document: 'a' }, 'revision'],
    ['PUT', '/d_1', { revision: 1.5 }, 'revision'],
    ['POST', '/d_1/sign', { by: 'Mia' }, 'as'],
    ['POST', '/d_1/sign', { as: 'finance' }, 'as'],
    ['POST', '/d_1/publish', { confirmHandoffs: -1 }, 'confirmHandoffs'],
    ['POST', '/d_1/publish', { confirmHandoffs: 'all' }, 'confirmHandoffs'],
    ['POST', '/1/rollback', { confirmHandoffs: 1e300 }, 'confirmHandoffs'],
    ['POST', '/check', { document: null }, 'document'],
  ])('%s %s %j', async (method, path, json, fault) => {
    const answer = await call(method, `/v1/definitions${path}`, { json });
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: expect.arrayContaining([expect.objectContaining({ path: fault })]) },
    });
  });

  it('about drafts that are not there is answered 404 in words', async () => {
    for (const [method, path, json] of [
      ['PUT', '/d_1', { revision: 1, document: 'a' }],
      ['DELETE', '/d_1', undefined],
      ['POST', '/d_1/sign', { as: 'sales' }],
      ['POST', '/d_1/publish', {}],
    ] as const) {
      expect(await call(method, `/v1/definitions${path}`, { json })).toMatchObject({
        status: 404,
        body: { detail: 'There is no draft d_1 of the handoff definition.' },
      });
      expect((await call(method, `/v1/definitions${path.replace('d_1', '1')}`, { json })).body).toMatchObject(
        {
          code: 'not_found',
          detail: expect.stringContaining('versions never change'),
        },
      );
    }
  });
});

it('a caller that goes away while leads are looked at leaves nothing behind, and no fault in the log', async () => {
  const id = await signedDraft(withThreshold(60));
  const signal = AbortSignal.abort();
  for (const [method, path, body] of [
    ['GET', `/v1/definitions/${id}/forecast`, undefined],
    ['POST', `/v1/definitions/${id}/publish`, '{}'],
  ] as const) {
    const headers = { 'content-type': 'application/json' };
    const answer = await call(method, path, { headers, signal, ...(body && { body }) });
    expect(answer).toMatchObject({ status: 400, body: { code: 'bad_request' } });
  }
  expect((await call('GET', '/v1/definitions/current')).body.number).toBe(1);
  expect(gateway.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});
