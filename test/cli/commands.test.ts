import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.js';
import { type Asked, fakeGateway, recordingIo, type Told } from './fake-gateway.js';

let gateway: Awaited<ReturnType<typeof fakeGateway>>;
let terminal: ReturnType<typeof recordingIo>;
let answer: (asked: Asked) => Told;

beforeEach(async () => {
  answer = () => ({ body: { items: [], nextCursor: null } });
  gateway = await fakeGateway((asked) => answer(asked));
  terminal = recordingIo({ BATON_URL: gateway.url, BATON_API_KEY: 'k1' });
});
afterEach(async () => {
  await gateway.close();
  terminal.remove();
});
const baton = (...args: string[]) => run(args, terminal.io);

const LEAD = {
  id: 'led_1',
  email: 'kim@example.com',
  name: 'Kim',
  company: 'Acme',
  source: { name: 'webinar', magnet: null, channel: null },
  stage: 'handoff',
  track: 'initial',
  tags: [],
  score: { engagement: 55, fit: 10, threshold: 50, asOf: '2026-11-20T14:00:00Z' },
  owner: { id: 'ana', name: 'Ana' },
  handoff: { number: 1, state: 'awaiting', trigger: 'demo', dueAt: '2026-11-20T22:00:00Z', slaDueAt: null },
  next: { what: 'sla', at: '2026-11-25T22:00:00Z' },
  suppressed: { marketing: true, sales: false, why: 'bounced' },
  attention: [],
  createdAt: '2026-11-01T00:00:00Z',
  lastEngagementAt: null,
};

describe('leads', () => {
  it('are listed as a table, filtered by the gateway', async () => {
    answer = () => ({ body: { items: [LEAD], nextCursor: null } });
    expect(await baton('lead', 'list', '--stage', 'handoff', '--limit', '3')).toBe(0);
    expect(gateway.asked[0]?.path).toBe('/v1/leads?stage=handoff&limit=3');
    const [head, row] = terminal.out().split('\n');
    expect(head).toMatch(/^ID +EMAIL +COMPANY +SOURCE +STAGE +SCORE +FIT +OWNER +NEXT$/);
    expect(row).toContain('kim@example.com');
    expect(row).toContain('55/50');
    expect(head?.indexOf('OWNER')).toBe(row?.indexOf('Ana'));
  });
  it('are fetched page by page up to the limit', async () => {
    answer = ({ path }) => ({
      body: {
        items: Array.from({ length: 200 }, () => LEAD),
        nextCursor: path.includes('cursor=c2') ? null : 'c2',
      },
    });
    expect(await baton('lead', 'list', '--limit', '400', '--json')).toBe(0);
    expect(gateway.asked.map((asked) => asked.path)).toEqual([
      '/v1/leads?limit=200',
      '/v1/leads?limit=200&cursor=c2',
    ]);
    expect(JSON.parse(terminal.out()).items).toHaveLength(400);
  });
  it('are shown by id or by address', async () => {
    answer = ({ path }) => ({ body: path.includes('?email=') ? { items: [LEAD], nextCursor: null } : LEAD });
    expect(await baton('lead', 'show', 'kim@example.com')).toBe(0);
    expect(gateway.asked.map((asked) => asked.path)).toEqual([
      '/v1/leads?email=kim%40example.com&limit=1',
      '/v1/leads/led_1',
    ]);
    expect(terminal.out()).toContain(
      'handoff     number 1, awaiting, by demo, task due 2026-11-20 22:00 UTC',
    );
    expect(terminal.out()).toContain('no mail     marketing (bounced)');
  });
  it('an address that nobody has is said so', async () => {
    expect(await baton('lead', 'show', 'no@example.com')).toBe(1);
    expect(terminal.err()).toBe('baton: no lead has the address no@example.com');
  });
  it('are explained: contributions, and what is missing', async () => {
    answer = () => ({
      body: {
        score: LEAD.score,
        contributions: [{ rule: 'open', points: 4, count: 4, lastAt: '2026-11-20T14:00:00Z' }],
        missing: [{ trigger: 'score', text: '12 more points' }],
        definitionVersion: 3,
      },
    });
    expect(await baton('lead', 'explain', 'led_1')).toBe(0);
    expect(terminal.out()).toContain('55 of 50 points, fit 10, as of 2026-11-20 14:00 UTC (definition 3)');
    expect(terminal.out()).toContain('  score: 12 more points');
  });
  it('have a timeline, whose foreign text cannot steer the terminal', async () => {
    answer = () => ({
      body: {
        items: [{ at: '2026-11-20T14:00:00Z', kind: 'x', text: 'clicked \u001b[31mred' }],
        nextCursor: null,
      },
    });
    expect(await baton('lead', 'timeline', 'led_1')).toBe(0);
    expect(terminal.out()).toBe('2026-11-20 14:00 UTC  clicked  [31mred');
  });
});

describe('the key', () => {
  it('is that of the option, then of the environment', async () => {
    await baton('lead', 'list');
    await baton('lead', 'list', '--key', 'k2');
    expect(gateway.asked.map((asked) => asked.key)).toEqual(['k1', 'k2']);
  });
  it('of the data folder is used on this machine, and never sent to another one', async () => {
    const env = { BATON_URL: gateway.url };
    const local = recordingIo(env);
    mkdirSync(join(local.cwd, 'data'));
    writeFileSync(join(local.cwd, 'data', 'admin-key'), 'from-the-file\n');
    chmodSync(join(local.cwd, 'data', 'admin-key'), 0o600);
    await run(['lead', 'list'], local.io);
    // 0.0.0.0 reaches this machine as well, but by its name it could be any.
    await run(['lead', 'list', '--url', gateway.url.replace('127.0.0.1', '0.0.0.0')], local.io);
    expect(gateway.asked.map((asked) => asked.key)).toEqual(['from-the-file', null]);
    local.remove();
  });
});

describe('failures', () => {
  it('a problem is told in lines: what, where, and what to do', async () => {
    answer = () => ({
      status: 422,
      body: {
        title: 'Something is wrong',
        detail: 'One field',
        code: 'invalid',
        errors: [{ path: 'name', message: 'is empty' }],
      },
    });
    expect(await baton('lead', 'list')).toBe(1);
    expect(terminal.err()).toBe('baton: Something is wrong: One field (422, invalid)\n  name: is empty');
  });
  it('what the detail says already is not said again', async () => {
    const errors = [
      { path: 'from', message: 'lies in the future' },
      { path: 'to', message: 'is no date' },
    ];
    answer = () => ({
      ...{
        status: 422,
        body: { title: 'Wrong', detail: 'from lies in the future.', code: 'invalid', errors },
      },
    });
    expect(await baton('lead', 'list')).toBe(1);
    expect(terminal.err()).toBe('baton: Wrong: from lies in the future. (422, invalid)\n  to: is no date');
  });
  it.each([
    ['unknown_address', true],
    [undefined, true],
    ['not_found', false],
    ['lead_not_found', false],
  ])('a 404 with code %s asks for the gateway’s version: %s', async (code, asks) => {
    answer = () => ({ status: 404, body: { title: 'Nothing', code } });
    expect(await baton('lead', 'list')).toBe(1);
    expect(terminal.err().includes('is the gateway of the same version?')).toBe(asks);
  });
  it('a refused key says where a key comes from', async () => {
    answer = () => ({ status: 401, body: { title: 'A valid API key is needed' } });
    expect(await baton('lead', 'list')).toBe(1);
    expect(terminal.err()).toContain('BATON_API_KEY');
  });
  it('an address where nobody listens ends with 3', async () => {
    expect(await baton('lead', 'list', '--url', 'http://127.0.0.1:1')).toBe(3);
    expect(terminal.err()).toMatch(/^baton: nothing answers at http:\/\/127\.0\.0\.1:1 \(/);
  });
  it.each([
    [['leed'], 'Did you mean lead?'],
    [['lead', 'list', '--lmit', '3'], 'Did you mean --limit?'],
    [['lead', 'list', '--limit', 'x'], '--limit must be a whole number'],
    [['lead', 'list', '--url', 'nowhere'], '--url must be an http:// or https:// address'],
    [['keys', 'create', '--name', 'x', '--scopes', 'raed'], 'did you mean read?'],
    [['import', 'x.csv', '--kind', 'leds'], 'Allowed choices are leads, events, auto'],
    [['lead', 'show'], "missing required argument 'lead'"],
  ])('wrong usage %j ends with 2', async (args, reason) => {
    expect(await baton(...args)).toBe(2);
    expect(terminal.err()).toContain(reason);
    expect(gateway.asked).toEqual([]);
  });
  it('wrong settings are told at once and end with 2', async () => {
    const wrong = recordingIo({ BATON_PORT: 'x', BATON_LOG_LEVEL: 'loud' });
    expect(await run(['lead', 'list'], wrong.io)).toBe(2);
    expect(wrong.err().split('\n')).toEqual([
      'baton: wrong settings',
      expect.stringMatching(/^ {2}BATON_PORT /),
      expect.stringMatching(/^ {2}BATON_LOG_LEVEL /),
    ]);
    wrong.remove();
  });
  it('help is no failure', async () => {
    expect(await baton('--help')).toBe(0);
    expect(terminal.out()).toContain('Exit codes: 0 done');
  });
});

describe('keys', () => {
  it('are made and shown once', async () => {
    answer = ({ body }) => ({ status: 201, body: { id: 'key_1', key: 'secret', prefix: 'bt_1', ...body } });
    expect(
      await baton('keys', 'create', '--name', 'crm', '--scopes', 'read, sales', '--expires', '30d'),
    ).toBe(0);
    expect(gateway.asked[0]).toMatchObject({
      method: 'POST',
      path: '/v1/keys',
      body: { name: 'crm', scopes: ['read', 'sales'] },
    });
    const days = (Date.parse(gateway.asked[0]?.body.expiresAt) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    expect(days).toBeLessThanOrEqual(30);
    expect(terminal.out().split('\n')[0]).toBe('secret');
  });
  it('are revoked by id', async () => {
    answer = () => ({ status: 204 });
    expect(await baton('keys', 'revoke', 'key_1')).toBe(0);
    expect(gateway.asked[0]).toMatchObject({ method: 'DELETE', path: '/v1/keys/key_1' });
    expect(terminal.out()).toBe('key key_1 is revoked');
  });
});

describe('a team file', () => {
  const TEAM = 'reps:\n  - id: ana\n    name: Ana\n    timeZone: Mars/Olympus\n';
  it('becomes one request', async () => {
    writeFileSync(join(terminal.cwd, 'team.yaml'), TEAM);
    answer = () => ({ body: { created: 1, updated: 0, reps: [] } });
    expect(await baton('reps', 'import', 'team.yaml')).toBe(0);
    expect(terminal.out()).toBe('1 rep created, 0 updated');
    expect(gateway.asked[0]).toMatchObject({
      path: '/v1/reps',
      body: { reps: [{ id: 'ana', name: 'Ana', timeZone: 'Mars/Olympus' }] },
    });
  });
  it('what the gateway refuses is told at its place in the file', async () => {
    writeFileSync(join(terminal.cwd, 'team.yaml'), TEAM);
    const errors = [
      { path: 'reps.0.timeZone', message: 'is no time zone' },
      { path: 'reps.0.email', message: 'is missing' },
    ];
    answer = () => ({ status: 422, body: { title: 'wrong', errors } });
    expect(await baton('reps', 'import', 'team.yaml')).toBe(1);
    expect(terminal.err().split('\n')).toEqual([
      'baton: team.yaml:4:15: reps.0.timeZone: is no time zone',
      'team.yaml:2:5: reps.0.email: is missing',
    ]);
  });
  it('YAML that cannot be read is told with its line, and nothing is sent', async () => {
    writeFileSync(join(terminal.cwd, 'team.yaml'), 'reps:\n  - id: ana\n    id: ben\n');
    expect(await baton('reps', 'import', 'team.yaml')).toBe(2);
    expect(terminal.err()).toContain('team.yaml:3:5: Map keys must be unique');
    expect(gateway.asked).toEqual([]);
  });
});

describe('operations', () => {
  it('the sample is removed by one command', async () => {
    answer = () => ({ body: { leads: 12 } });
    expect(await baton('sample', 'remove')).toBe(0);
    expect(gateway.asked[0]).toMatchObject({ method: 'DELETE', path: '/v1/sample' });
    expect(terminal.out()).toBe('removed 12 sample leads');
  });
  it('reconcile prints what was set right', async () => {
    answer = () => ({ body: { checked: 9, redelivered: ['a', 'b'], ahead: [] } });
    expect(await baton('reconcile')).toBe(0);
    expect(terminal.out().split('\n')).toEqual(['checked: 9', 'redelivered: 2 (a, b)', 'ahead: 0']);
  });
  it('version needs no gateway and no settings', async () => {
    const wrong = recordingIo({ BATON_PORT: 'x' });
    expect(await run(['version', '--json'], wrong.io)).toBe(0);
    expect(JSON.parse(wrong.out())).toMatchObject({
      baton: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      node: process.versions.node,
    });
    wrong.remove();
  });
});

describe('doctor', () => {
  it('looks at everything and says what to do', async () => {
    answer = ({ path }) =>
      path === '/v1/system'
        ? { body: { leads: { byEngine: { 1: 12 } } } }
        : { status: 503, body: { status: 'unavailable', checks: { database: 'down', temporal: 'up' } } };
    expect(await baton('doctor')).toBe(1);
    const text = terminal.out();
    expect(text).toMatch(/FAULT {4}gateway +http:.* is unavailable, database down, temporal up/);
    expect(text).toContain('→ The gateway runs and has lost its database');
    expect(text).toMatch(/ok {7}engines +engine 1: 12 leads/);
    expect(text).toMatch(/ok {7}data folder +.* will be made/);
    expect(text).toContain('1 fault found.');
  });
  it('a gateway that knows no /v1/system is as good as any', async () => {
    answer = ({ path }) =>
      path === '/v1/system' ? { status: 404 } : { body: { checks: { database: 'ok' } } };
    expect(await baton('doctor')).toBe(0);
    expect(terminal.out()).toContain('is ready, database ok');
    expect(terminal.out()).not.toContain('engines');
  });
  it('a data folder that cannot be used is a fault with a remedy', async () => {
    writeFileSync(join(terminal.cwd, 'file'), '');
    const broken = recordingIo({
      BATON_URL: gateway.url,
      BATON_DATA_DIR: join(terminal.cwd, 'file', 'data'),
    });
    expect(await run(['doctor'], broken.io)).toBe(1);
    expect(broken.out()).toMatch(/FAULT {4}data folder/);
    expect(broken.out()).toContain('BATON_DATA_DIR');
    broken.remove();
  });
  it('wrong settings are findings like any other, without their secrets', async () => {
    const wrong = recordingIo({ BATON_ADMIN_KEY: 'hunter2', BATON_PROT: '1' });
    expect(await run(['doctor', '--json'], wrong.io)).toBe(1);
    expect(wrong.out()).toContain('BATON_ADMIN_KEY must have at least 24 characters');
    expect(wrong.out()).not.toContain('hunter2');
    wrong.remove();
  });
  it('a database that does not answer is named without its password', async () => {
    const away = recordingIo({
      BATON_URL: gateway.url,
      DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/baton',
    });
    expect(await run(['doctor'], away.io)).toBe(1);
    expect(away.out()).toContain('nothing answers at 127.0.0.1:1');
    expect(away.out()).not.toContain('hunter2');
    away.remove();
  });
});

describe('imports', () => {
  const preview = {
    leads: 500,
    handoffs: 42,
    held: 3,
    byTrigger: { score: 40, time: 2 },
    bySource: { webinar: 42 },
    freeCapacity: 20,
  };

  it('preview says how many would be handed off, and how to release them', async () => {
    answer = () => ({ body: preview });
    expect(await baton('imports', 'preview', 'imp_1')).toBe(0);
    expect(gateway.asked[0]).toMatchObject({ method: 'GET', path: '/v1/imports/imp_1/preview' });
    expect(terminal.out()).toContain('500 leads to judge: 42 handoffs, 3 held back');
    expect(terminal.out()).toContain('baton imports release imp_1 --confirm 42');
  });

  it('release confirms the number that was seen, and nothing that is no number', async () => {
    answer = () => ({ status: 202, body: { id: 'imp_1', state: 'releasing' } });
    expect(await baton('imports', 'release', 'imp_1', '--confirm', '42')).toBe(0);
    expect(gateway.asked[0]).toMatchObject({
      method: 'POST',
      path: '/v1/imports/imp_1/release',
      body: { confirm: 42 },
    });
    expect(await baton('imports', 'release', 'imp_1', '--confirm', 'all')).toBe(2);
    expect(gateway.asked).toHaveLength(1);
  });
});
