/** `baton import` as a whole: the command, HTTP, and a gateway over a database. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type ServerType, serve } from '@hono/node-server';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/api/app.js';
import { run } from '../../src/cli/main.js';
import { DefinitionBook } from '../../src/definition/versions.js';
import { ensureAdminKey } from '../../src/store/api-keys.js';
import type { OpenDatabase } from '../../src/store/database.js';
import { databases } from '../support/databases.js';
import { recordingIo } from './fake-gateway.js';

const SAMPLE = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');

let opened: OpenDatabase;
let server: ServerType;
let url: string;
let key: string;
let terminal: ReturnType<typeof recordingIo>;
/** Which answers to `POST /v1/events` are lost on the way back, counted from 1; the gateway has done its work by then. */
let lost: number[];
let posts: number;

beforeEach(async () => {
  const memory = databases.find(({ name }) => name === 'PGlite')!;
  opened = await memory.open();
  const book = new DefinitionBook(opened.db);
  await book.publish(SAMPLE, 'test');
  key = (await ensureAdminKey(opened.db)).key ?? '';
  lost = [];
  posts = 0;
  const app = createApp({
    db: opened.db,
    book,
    gateway: { execute: async () => 'pending', reachable: async () => true },
    nudge: { nudge: () => undefined },
    log: pino({ level: 'silent' }),
    publicUrl: 'http://127.0.0.1',
  });
  const fetch = async (request: Request) => {
    const isEvents = new URL(request.url).pathname === '/v1/events';
    const answer = await app.fetch(request);
    if (!isEvents) return answer;
    posts += 1;
    return lost.includes(posts) ? new Response('', { status: 408 }) : answer;
  };
  server = await new Promise<ServerType>((resolve) => {
    const listening = serve({ fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(listening));
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  terminal = recordingIo();
});
afterEach(async () => {
  await new Promise((resolve) => {
    server.close(resolve);
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
  await opened.close();
  terminal.remove();
});

const write = (name: string, lines: readonly string[]) => {
  writeFileSync(join(terminal.cwd, name), `${lines.join('\n')}\n`);
  return name;
};
async function importing(...args: string[]) {
  terminal.clear();
  const code = await run(['import', ...args, '--json', '--url', url, '--key', key], terminal.io);
  const out = terminal.out();
  return { code, report: out === '' ? null : JSON.parse(out), told: terminal.err() };
}
const get = async (path: string) =>
  (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } })).json();
const events = () => opened.db.selectFrom('events').select(['event_id', 'type', 'occurred_at']).execute();

describe('leads in CSV', () => {
  it('become leads of one import, and bad rows are told by their line', async () => {
    const file = write('leads.csv', [
      'email,name,company,country,companySize,source,createdAt,traits.plan',
      'Kim@Acme.test,"Kim, of Acme",Acme,US,"1,200",webinar,2026-01-02,gold',
      'lee@beta.test,Lee,Beta,DE,51-200,,2026-01-03T10:00:00+02:00,',
      'not-an-address,No,No,US,1,webinar,2026-01-03,',
      'mia@gamma.test,Mia,Gamma,US,many,webinar,2026-01-03,',
      'noa@delta.test,Noa,Delta,US,7,webinar,2099-01-03,',
    ]);
    const { code, report, told } = await importing(file);
    expect(code).toBe(0);
    expect(report).toMatchObject({ accepted: 2, duplicates: 0, bad: 3 });
    expect(told).toContain('line 4: email is not an address');
    expect(told).toMatch(/line 5: properties\.traits\.companySize: /);
    expect(told).toMatch(/line 6: occurredAt: is \d+ s ahead/);
    expect(await get(`/v1/imports/${report.importId}`)).toMatchObject({
      ...{ name: 'leads.csv', state: 'open', events: 2, leads: 2 },
    });
    const leads = await opened.db.selectFrom('leads').selectAll().orderBy('email').execute();
    expect(leads).toMatchObject([
      {
        ...{ email: 'kim@acme.test', name: 'Kim, of Acme', company_size: 1200, source: 'webinar' },
        ...{
          traits: { plan: 'gold' },
          created_at: new Date('2026-01-02T00:00:00Z'),
          import_id: report.importId,
        },
      },
      { email: 'lee@beta.test', company_size: 51, created_at: new Date('2026-01-03T08:00:00Z') },
    ]);
  });

  it('read once more are known already, and belong to the same import', async () => {
    const file = write('leads.csv', [
      'email,name',
      'kim@acme.test,Kim',
      'kim@acme.test,Kim',
      'lee@beta.test,Lee',
    ]);
    const first = await importing(file);
    expect(first.report).toMatchObject({ accepted: 3, duplicates: 0 });
    expect((await importing(file)).report).toMatchObject({ doneBefore: true });
    const again = await importing(file, '--restart');
    expect(again.report).toMatchObject({
      accepted: 0,
      duplicates: 3,
      bad: 0,
      importId: first.report.importId,
    });
    expect(again.told).toBe('');
  });
});

describe('events in JSON lines', () => {
  const row = (n: number, more: Record<string, unknown> = {}) =>
    JSON.stringify({
      type: 'email.opened',
      timestamp: new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString(),
      lead: { email: `lead-${n % 7}@acme.test` },
      properties: { emailId: `m${n}` },
      ...more,
    });
  const good = (count: number) => Array.from({ length: count }, (_, n) => row(n));

  it('are taken with a timestamp; bad ones are told and lose no other', async () => {
    const file = write('events.jsonl', [
      row(1),
      row(2, { type: 'email.opend' }),
      '{"type":',
      row(3, { sentAt: 'x' }),
      row(4, { id: 'mine', occurredAt: '2026-02-03' }),
      row(5, { type: 'page.viewed', properties: { url: 'nowhere' } }),
    ]);
    const { code, report, told } = await importing(file);
    expect({ code, ...report }).toMatchObject({ code: 0, accepted: 2, bad: 4 });
    // The gateway's own refusals come with its answer, after those of the file.
    expect(told.split('\n').map((line) => line.slice(0, 7))).toEqual([
      'line 3:',
      'line 4:',
      'line 2:',
      'line 6:',
    ]);
    expect(told).toContain('line 2: type: is not an event type; did you mean email.opened?');
    expect((await events()).map(({ occurred_at }) => occurred_at.toISOString())).toEqual([
      '2026-01-01T00:01:00.000Z',
      '2026-02-03T00:00:00.000Z',
    ]);
  });

  it('are taken up where an import broke off; what was committed unheard is not there twice', async () => {
    const lines = good(1_250);
    lines[600] = 'no json';
    const file = write('events.jsonl', lines);
    lost = [2];
    const broken = await importing(file);
    expect(broken).toMatchObject({ code: 1, report: null });
    expect(broken.told).toContain('the same command goes on from there');
    const { code, report } = await importing(file);
    expect({ code, ...report }).toMatchObject({
      code: 0,
      accepted: 749,
      duplicates: 500,
      bad: 1,
      resumedAfterLine: 500,
    });
    expect(await events()).toHaveLength(1_249);
    expect(await get(`/v1/imports/${report.importId}`)).toMatchObject({ events: 1_249, leads: 7 });
    const again = await importing(file, '--restart');
    expect(again.report).toMatchObject({ accepted: 0, duplicates: 1_249, bad: 1 });
    expect(again.told).toMatch(/^line 601: is not JSON.*$/);
  });

  it('say what they would do before they do it', async () => {
    const file = write('events.jsonl', good(14));
    const { report } = await importing(file, '--source', 'webinar');
    expect(await get(`/v1/imports/${report.importId}/preview`)).toMatchObject({ leads: 7, handoffs: 0 });
  });
});
