/** `baton definition` against a gateway over a database: the command, HTTP and what is stored. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type ServerType, serve } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.js';
import { openGateway, type TestGateway } from '../support/gateway.js';
import { recordingIo } from './fake-gateway.js';

const SAMPLE = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');
const withThreshold = (points: number) =>
  SAMPLE.replace('scoring: { threshold: 40 }', `scoring: { threshold: ${points} }`);

let gateway: TestGateway;
let server: ServerType;
let terminal: ReturnType<typeof recordingIo>;
beforeEach(async () => {
  gateway = await openGateway();
  const fetch = async (request: Request) => {
    const { pathname, search } = new URL(request.url);
    const body = await request.text();
    return gateway.request(request.method, `${pathname}${search}`, {
      ...{ key: null, headers: Object.fromEntries(request.headers) },
      ...(body !== '' && { body }),
    });
  };
  server = await new Promise<ServerType>((resolve) => {
    const listening = serve({ fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(listening));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  terminal = recordingIo({ BATON_URL: url, BATON_API_KEY: gateway.adminKey });
  writeFileSync(join(terminal.cwd, 'acme.yaml'), withThreshold(60));
  writeFileSync(join(terminal.cwd, 'low.yaml'), withThreshold(15));
  writeFileSync(join(terminal.cwd, 'faulty.yaml'), SAMPLE.replace('publishGuard', 'publishGard'));
});
afterEach(async () => {
  await new Promise((resolve) => {
    server.close(resolve);
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
  await gateway.close();
  terminal.remove();
});

async function baton(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  terminal.clear();
  const code = await run(['definition', ...args], terminal.io);
  return { code, out: terminal.out(), err: terminal.err() };
}
const json = async (...args: string[]) => JSON.parse((await baton(...args, '--json')).out);
const drafted = async (file: string): Promise<string> => (await json('draft', file, '--by', 'Mia')).id;
const signed = async (file: string): Promise<string> => {
  const id = await drafted(file);
  await baton('sign', id, '--as', 'marketing', '--by', 'Mia');
  await baton('sign', id, '--as', 'sales', '--by', 'Sam');
  return id;
};

describe('a draft on the command line', () => {
  it('is begun from a file, signed by both, published and shown', async () => {
    const begun = await baton('draft', 'acme.yaml', '--note', 'fewer of them');
    expect(begun.code).toBe(0);
    const [, id = ''] = /draft (d_\w+), revision 1, on top of version 1/.exec(begun.out) ?? [];
    expect(begun.out).toContain(`baton definition sign ${id} --as marketing`);
    const first = await baton('sign', id, '--as', 'marketing', '--by', 'Mia');
    expect(first.out).toMatch(
      /^Mia has signed d_\w+ for marketing \(content [0-9a-f]{12}…\)\nNext: sales has not signed yet$/,
    );
    const early = await baton('publish', id);
    expect(early).toMatchObject({ code: 1, out: '' });
    expect(early.err).toContain('lacks the signature of sales');
    expect((await baton('sign', id, '--as', 'sales', '--by', 'Sam')).out).toContain(
      `baton definition publish ${id}`,
    );
    const listed = await baton('list');
    expect(listed.out).toMatch(/^1 \(current\) +Acme handoff definition +unsigned /m);
    expect(listed.out).toMatch(new RegExp(`^${id} .* 1 +1 +Mia / Sam `, 'm'));
    expect((await baton('publish', id, '--by', 'Mia')).out).toMatch(
      /^version 2 is published; it hands off 0 of 0 open leads at once\n/,
    );
    expect((await baton('show', 'current')).out).toBe(withThreshold(60).trimEnd());
    expect((await baton('show', '1')).out).toBe(SAMPLE.trimEnd());
    expect((await json('list')).items).toMatchObject([{ number: 2, note: 'fewer of them' }, { number: 1 }]);
  });

  it('is edited on top of the revision that was read', async () => {
    const id = await signed('acme.yaml');
    const edited = await baton('draft', 'low.yaml', '--draft', id, '--revision', '1');
    expect(edited.out).toContain('marketing and sales signed the old one and must sign again');
    const stale = await baton('draft', 'acme.yaml', '--draft', id, '--revision', '1');
    expect(stale.code).toBe(1);
    expect(stale.err).toContain('is at revision 2 and you saw revision 1');
    const blind = await baton('draft', 'acme.yaml', '--draft', id);
    expect(blind).toMatchObject({ code: 0, err: expect.stringContaining('Replacing revision 2') });
  });

  it('with faults is saved and tells them at their places in the file', async () => {
    const { code, out } = await baton('draft', 'faulty.yaml');
    expect(code).toBe(0);
    expect(out).toMatch(/^faulty\.yaml:\d+:1 {2}publishGard {2}unknown key .*did you mean publishGuard\?/);
    expect(out).toContain('It has 1 error: correct them');
    const id = /draft (d_\w+)/.exec(out)?.[1] ?? '';
    const refused = await baton('sign', id, '--as', 'sales', '--by', 'Sam');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.err).toContain('publishGard');
  });

  it('signed for both teams by one person says so, and takes it', async () => {
    const id = await drafted('acme.yaml');
    expect((await baton('sign', id, '--as', 'marketing', '--by', 'Mia')).err).toBe('');
    const both = await baton('sign', id, '--as', 'sales', '--by', 'mia ');
    expect(both).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^Warning: mia .*for marketing and for sales/),
    });
    expect((await baton('sign', id, '--as', 'sales', '--by', 'Sam')).err).toBe('');
  });

  it('is discarded', async () => {
    const id = await drafted('acme.yaml');
    expect((await baton('discard', id, '--by', 'Mia O’Hara')).out).toBe(`draft ${id} is discarded`);
    expect((await json('list')).drafts).toEqual([]);
    expect((await json('history')).items[0]).toMatchObject({ what: 'discarded', by: 'Mia O’Hara' });
    expect((await baton('discard', id)).err).toContain('was discarded');
  });

  it('asks for wrong arguments before anything is sent', async () => {
    for (const args of [
      ['draft', 'acme.yaml', '--revision', '1'],
      ['draft', 'acme.yaml', '--draft', 'd_1', '--revision', 'two'],
      ['draft', 'nowhere.yaml'],
      ['sign', 'd_1', '--by', 'Mia'],
      ['sign', 'd_1', '--as', 'finance', '--by', 'Mia'],
      ['publish', 'd_1', '--confirm', 'all'],
      ['list', '--limit', '0'],
    ]) {
      expect({ args, code: (await baton(...args)).code }).toEqual({ args, code: 2 });
    }
    expect((await baton('publish', 'd_nobody')).err).toContain('There is no draft d_nobody');
    expect((await baton('show', '../keys')).err).toContain('names no definition');
  });
});

it('a publish that hands off many wants the number, and says how; a rollback goes back', async () => {
  const events = ['new', 'saw'].map((id) => ({
    ...{ id, type: id === 'new' ? 'lead.created' : 'webinar.attended', lead: { email: 'kim@acme.test' } },
    source: { name: 'webinar' },
  }));
  await gateway.call('POST', '/v1/events', { json: { events } });
  const id = await signed('low.yaml');
  expect(await baton('forecast', id)).toEqual({
    ...{ code: 0, err: '' },
    out: 'publishing this would hand off 1 of 1 open lead at once (100%); more than 5% asks for a confirmation, so it will ask for one',
  });
  expect((await baton('forecast', 'current')).out).toMatch(
    /^publishing this would hand off 0 of 1 .*asks for a confirmation$/,
  );
  expect(await json('forecast', id)).toMatchObject({ openLeads: 1, handoffs: 1, share: 1 });
  expect((await baton('forecast', 'd_nobody')).err).toContain('There is no draft d_nobody');
  const refused = await baton('publish', id);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain('would hand off 1 of 1 open leads at once');
  expect(refused.err).toContain(`To do it: baton definition publish ${id} --confirm 1`);
  expect((await baton('publish', id, '--confirm', '1')).out).toContain(
    'version 2 is published; it hands off 1 of 1 open lead at once',
  );
  expect(await json('rollback', '1', '--note', 'too many', '--by', 'Sam')).toMatchObject({
    number: 3,
    note: 'too many',
    publishedBy: 'Sam',
  });
  expect((await baton('rollback', '3')).err).toContain('says exactly this already');
  const { out } = await baton('history');
  expect(out).toMatch(/rolled back +3 +– +Sam +version 1 again; too many/);
  expect(out).toMatch(/signed +– +d_\w+ +Sam +for sales/);
});
