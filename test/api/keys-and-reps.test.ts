import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.close());

describe('/v1/keys', () => {
  it('makes a key that works at once, as bearer and as user name, and ends it at once', async () => {
    const made = await gateway.call('POST', '/v1/keys', { json: { name: 'site', scopes: ['read'] } });
    expect(made.status).toBe(201);
    const { id, key, connectionId } = made.body;
    expect(connectionId).toEqual(expect.any(String));
    expect((await gateway.call('GET', '/v1/reps', { key })).status).toBe(200);
    const basic = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
    expect(
      (await gateway.call('GET', '/v1/reps', { key: null, headers: { authorization: basic } })).status,
    ).toBe(200);
    expect((await gateway.call('DELETE', `/v1/keys/${id}`)).status).toBe(204);
    expect((await gateway.call('GET', '/v1/reps', { key })).status).toBe(401);
  });

  it('lists keys without their secrets, in pages', async () => {
    const made = await gateway.call('POST', '/v1/keys', {
      json: { name: 'listed', scopes: ['ingest', 'sales'] },
    });
    const first = await gateway.call('GET', '/v1/keys?limit=1');
    expect(first.body.items).toMatchObject([
      { id: made.body.id, scopes: ['ingest', 'sales'], revokedAt: null },
    ]);
    expect(JSON.stringify(first.body)).not.toContain(made.body.key);
    const second = await gateway.call('GET', `/v1/keys?limit=200&cursor=${first.body.nextCursor}`);
    expect(second.body.items.map(({ id }: { id: string }) => id)).not.toContain(made.body.id);
    expect(second.body.nextCursor).toBeNull();
  });

  it('gives a new key the connection of the one that it replaces', async () => {
    const old = await gateway.call('POST', '/v1/keys', { json: { name: 'old', scopes: ['ingest'] } });
    const { connectionId } = old.body;
    const json = { name: 'new', scopes: ['ingest'], connectionId };
    const made = await gateway.call('POST', '/v1/keys', { json });
    expect(made.body.connectionId).toBe(connectionId);
    const sent = { id: 'r1', type: 'lead.created', lead: { userId: 'u1' } };
    await gateway.call('POST', '/v1/events', { json: sent, key: old.body.key });
    const again = await gateway.call('POST', '/v1/events', { json: sent, key: made.body.key });
    expect(again.body).toMatchObject({ accepted: 0, duplicates: 1 });
    const wrong = await gateway.call('POST', '/v1/keys', { json: { ...json, connectionId: 'nope' } });
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ path: 'connectionId' }] } });
  });

  it('refuses what is no key, and keeps the last way in', async () => {
    const wrong = await gateway.call('POST', '/v1/keys', { json: { name: '', scopes: ['boss'], extra: 1 } });
    expect(wrong.body.errors.map(({ path }: { path: string }) => path)).toEqual(
      expect.arrayContaining(['name', 'scopes.0']),
    );
    const { body } = await gateway.call('GET', '/v1/keys?limit=200');
    const admins = body.items.filter(
      (key: { scopes: string[]; revokedAt: string }) => key.scopes.includes('admin') && !key.revokedAt,
    );
    expect(admins).toHaveLength(1);
    expect(await gateway.call('DELETE', `/v1/keys/${admins[0].id}`)).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
    expect((await gateway.call('DELETE', '/v1/keys/unknown')).status).toBe(404);
  });
});

describe('/v1/reps', () => {
  const full = {
    id: 'ana',
    name: 'Ana Ruiz',
    email: 'ana@acme.test',
    slackId: 'U1',
    crmOwnerId: '77',
    role: 'manager',
    timeZone: 'Europe/Madrid',
    workingDays: ['mon', 'tue', 'wed', 'thu'],
    workingHours: { from: '08:30', to: '15:00' },
    holidays: ['2026-12-08'],
    absences: [{ from: '2026-08-01', to: '2026-08-21' }],
    weight: 2,
    capacity: 5,
    active: true,
  };

  it('makes, shows, replaces and changes a rep', async () => {
    const made = await gateway.call('POST', '/v1/reps', { json: full });
    expect(made).toMatchObject({ status: 201, body: full });
    expect((await gateway.call('GET', '/v1/reps/ana')).body).toEqual(made.body);
    expect((await gateway.call('POST', '/v1/reps', { json: full })).status).toBe(409);
    const changed = await gateway.call('PATCH', '/v1/reps/ana', { json: { active: false, capacity: null } });
    expect(changed).toMatchObject({ status: 200, body: { ...full, active: false, capacity: null } });
    const replaced = await gateway.call('PUT', '/v1/reps/ana', { json: { name: 'Ana' } });
    expect(replaced).toMatchObject({
      status: 200,
      body: { id: 'ana', name: 'Ana', email: null, weight: 1, active: true },
    });
    expect((await gateway.call('PUT', '/v1/reps/ben', { json: { name: 'Ben' } })).status).toBe(201);
    expect((await gateway.call('PATCH', '/v1/reps/nobody', { json: { weight: 2 } })).status).toBe(404);
  });

  it('brings a team up to date, all or none', async () => {
    const team = {
      reps: [
        { id: 'cleo', name: 'Cleo' },
        { ...full, name: 'Ana again' },
      ],
    };
    expect(await gateway.call('POST', '/v1/reps', { json: team })).toMatchObject({
      status: 200,
      body: { created: 1, updated: 1 },
    });
    const faulty = {
      reps: [
        { id: 'dora', name: 'Dora' },
        { id: 'emil', name: 'Emil', timeZone: 'Mars/Base' },
        { id: 'dora', name: 'D' },
      ],
    };
    const refused = await gateway.call('POST', '/v1/reps', { json: faulty });
    expect(refused.status).toBe(422);
    expect(refused.body.errors).toMatchObject([
      { path: 'reps.1.timeZone', message: expect.stringContaining('Europe/Berlin') },
      { path: 'reps.2.id', message: expect.stringContaining('second time') },
    ]);
    expect((await gateway.call('GET', '/v1/reps/dora')).status).toBe(404);
    const nameless = await gateway.call('POST', '/v1/reps', { json: { id: 'fay', weight: -1 } });
    expect(nameless.body.errors.map(({ path }: { path: string }) => path)).toEqual(['name', 'weight']);
    const typo = await gateway.call('POST', '/v1/reps', { json: { id: 'fay', name: 'Fay', wieght: 1 } });
    expect(typo.body.errors).toMatchObject([{ message: expect.stringContaining('wieght') }]);
    const twice = await gateway.call('POST', '/v1/reps', {
      json: { reps: [faulty.reps[0], faulty.reps[2]] },
    });
    expect(twice.body.errors).toMatchObject([{ path: 'reps.1.id' }]);
  });

  it.each([
    ['timeZone', { timeZone: '+02:00' }],
    ['workingHours.to', { workingHours: { from: '17:00', to: '09:00' } }],
    ['workingDays', { workingDays: ['mon', 'mon'] }],
    ['holidays.0', { holidays: ['2026-02-30'] }],
    ['absences.0.to', { absences: [{ from: '2026-02-02', to: '2026-02-01' }] }],
    ['weight', { weight: -1 }],
    ['email', { email: 'nobody' }],
    ['', { timezone: 'Europe/Berlin' }],
  ])('names the place of a fault: %s', async (path, fields) => {
    const { status, body } = await gateway.call('PATCH', '/v1/reps/ana', { json: fields });
    expect(status).toBe(422);
    expect(body.errors).toMatchObject([{ path }]);
  });

  it('is written by managers, and read by those who work with it', async () => {
    const json = { id: 'eve', name: 'Eve' };
    expect((await gateway.call('POST', '/v1/reps', { json, key: await gateway.key('sales') })).status).toBe(
      403,
    );
    expect((await gateway.call('POST', '/v1/reps', { json, key: await gateway.key('manager') })).status).toBe(
      201,
    );
    const page = await gateway.call('GET', '/v1/reps?limit=1', { key: await gateway.key('sales') });
    const next = await gateway.call('GET', `/v1/reps?limit=1&cursor=${page.body.nextCursor}`);
    expect([page.body.items[0].id, next.body.items[0].id]).toEqual(['ana', 'ben']);
    expect((await gateway.call('GET', '/v1/reps', { key: await gateway.key('ingest') })).status).toBe(403);
  });
});

describe('a fault is told with its place', () => {
  it('in a team: by rep and field, whatever else is wrong', async () => {
    const reps = [
      { id: 'ana', name: 'Ana', timeZone: 'Mars/Phobos', capacity: -1 },
      { id: 'ben', nme: 'Ben' },
    ];
    const { status, body } = await gateway.call('POST', '/v1/reps', { json: { reps } });
    expect(status).toBe(422);
    const places = body.errors.map(({ path }: { path: string }) => path);
    expect(places).toEqual(expect.arrayContaining(['reps.0.timeZone', 'reps.0.capacity', 'reps.1.name']));
    expect(places.every((path: string) => path.startsWith('reps.'))).toBe(true);
  });

  it('in a key that would be over before it began', async () => {
    const json = { name: 'late', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z' };
    const { status, body } = await gateway.call('POST', '/v1/keys', { json });
    expect(status).toBe(422);
    expect(body.errors[0].path).toBe('expiresAt');
  });
});
