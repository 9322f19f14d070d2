import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.js';
import { type Asked, fakeGateway, recordingIo, type Told } from './fake-gateway.js';

type Gateway = Awaited<ReturnType<typeof fakeGateway>>;
let gateway: Gateway;
let terminal: ReturnType<typeof recordingIo>;
/** What the gateway says to a body of events; undefined accepts all of them. */
let onEvents: (asked: Asked, bodies: number) => Told | undefined;
const bodies = () => gateway.asked.filter((asked) => asked.path === '/v1/events').map((asked) => asked.body);
const sent = () => bodies().flatMap((body) => body.events);

beforeEach(async () => {
  onEvents = () => undefined;
  terminal = recordingIo();
  gateway = await fakeGateway((asked) => {
    if (asked.path === '/v1/imports') return { status: 201, body: { id: 'imp_1' } };
    const told = onEvents(asked, bodies().length);
    return told ?? { status: 202, body: { accepted: asked.body.events.length, duplicates: 0, rejected: [] } };
  });
});
afterEach(async () => {
  await gateway.close();
  terminal.remove();
});

function write(name: string, content: string | Buffer): string {
  writeFileSync(join(terminal.cwd, name), content);
  return name;
}
const importing = (...args: string[]) =>
  run(['import', ...args, '--url', gateway.url, '--key', 'k'], terminal.io);

const LEADS = `email,name,companySize,source,createdAt
kim@example.com,"Kim, of Acme","1,200",webinar,2026-01-02T03:04:05+01:00
lee@example.com,Lee,51-200,,2026-01-03
`;

describe('leads in CSV', () => {
  it('become lead.created events, as history that names its import', async () => {
    expect(await importing(write('leads.csv', LEADS), '--source', 'partner')).toBe(0);
    expect(bodies()).toEqual([
      {
        backfill: true,
        importId: 'imp_1',
        events: [
          {
            id: expect.stringMatching(/^import-[0-9a-f]{40}$/),
            type: 'lead.created',
            occurredAt: '2026-01-02T02:04:05.000Z',
            lead: { email: 'kim@example.com' },
            source: { name: 'webinar' },
            properties: { traits: { name: 'Kim, of Acme', companySize: 1200 } },
          },
          {
            id: expect.any(String),
            type: 'lead.created',
            occurredAt: '2026-01-03T00:00:00.000Z',
            lead: { email: 'lee@example.com' },
            source: { name: 'partner' },
            properties: { traits: { name: 'Lee', companySize: '51-200' } },
          },
        ],
      },
    ]);
    expect(terminal.out()).toContain('2 events accepted, 0 known already, 0 bad rows skipped');
    expect(terminal.out()).toContain('baton imports preview imp_1');
  });
  it('may come with semicolons, a byte order mark, other spellings of columns and columns of the user’s own', async () => {
    const text = '\ufeffE-mail;Company Size;traits.plan\r\nkim@example.com;7;gold\r\n';
    expect(await importing(write('leads.csv', text))).toBe(0);
    expect(sent()[0]).toMatchObject({
      lead: { email: 'kim@example.com' },
      properties: { traits: { companySize: 7, plan: 'gold' } },
    });
  });
  it('a wrong column stops the import before anything is sent, and says what it may have meant', async () => {
    expect(await importing(write('leads.csv', 'emial,name,shoeSize\na@b.c,A,42\n'))).toBe(2);
    expect(terminal.err()).toContain('column 1, "emial", is not known: did you mean email?');
    expect(terminal.err()).toContain('column 3, "shoeSize", is not known');
    expect(terminal.err()).toContain('a column is missing: one of email, userId, anonymousId');
    expect(gateway.asked).toEqual([]);
  });
  it('unknown columns are left out when the user says so', async () => {
    expect(
      await importing(write('leads.csv', 'email,shoeSize\na@example.com,forty-two\n'), '--ignore-columns'),
    ).toBe(0);
    expect(JSON.stringify(sent())).not.toContain('forty-two');
  });
  it('bad rows are told with their line and skipped, in the order of the file', async () => {
    const rows = [
      'email,name',
      'a@example.com,A',
      'not-an-address,B',
      'c@example.com,C,too many',
      ',D',
      'e@example.com,E',
    ];
    const file = write('leads.csv', `${rows.join('\n')}\n`);
    expect(await importing(file, '--rejected')).toBe(0);
    expect(sent().map((event) => event.lead.email)).toEqual(['a@example.com', 'e@example.com']);
    const told = terminal.err().split('\n');
    expect(told).toEqual([
      'line 3: email is not an address (it is "not-an-address")',
      'line 4: has 3 fields, the header has 2',
      'line 5: nobody is named: email, userId or anonymousId is needed',
    ]);
    const rejected = readFileSync(join(terminal.cwd, 'leads.csv.rejected.jsonl'), 'utf8').trim().split('\n');
    expect(rejected.map((line) => JSON.parse(line).line)).toEqual([3, 4, 5]);
    expect(terminal.out()).toContain('3 bad rows skipped');
  });
  it('a quotation mark that is never closed is told, and the rows before it arrive', async () => {
    expect(
      await importing(write('leads.csv', 'email,name\na@example.com,A\nb@example.com,"B\nc@example.com,C\n')),
    ).toBe(0);
    expect(sent()).toHaveLength(1);
    expect(terminal.err()).toContain('a quotation mark is opened and never closed');
  });
  it('text that is not UTF-8 is told, not garbled', async () => {
    const latin1 = Buffer.from('email,name\na@example.com,J\xf6rg\nb@example.com,B\n', 'latin1');
    expect(await importing(write('leads.csv', latin1))).toBe(0);
    expect(terminal.err()).toContain('line 2: is not UTF-8 text');
    expect(sent()).toHaveLength(1);
  });
});

describe('events', () => {
  it('in CSV are told by their type column', async () => {
    const text =
      'type,occurredAt,email,url,directCta,properties.plan\npage.viewed,2026-01-02T03:04:05Z,a@example.com,/pricing,TRUE,gold\n';
    expect(await importing(write('events.csv', text))).toBe(0);
    expect(sent()[0]).toMatchObject({
      type: 'page.viewed',
      occurredAt: '2026-01-02T03:04:05.000Z',
      properties: { url: '/pricing', directCta: true, plan: 'gold' },
    });
  });
  it('in JSON lines are sent as they are, and keep their own ids', async () => {
    const event = {
      id: 'mine-1',
      type: 'email.clicked',
      occurredAt: '2026-01-02T03:04:05.000Z',
      lead: { userId: 'u1' },
      properties: { url: '/x', nested: { kept: [1, null] } },
      context: { ip: '192.0.2.1' },
    };
    expect(await importing(write('events.jsonl', `${JSON.stringify(event)}\n\n`))).toBe(0);
    expect(sent()).toEqual([event]);
  });
  it('in JSON lines may say timestamp for occurredAt, as Segment does, and leave empty what they have not', async () => {
    const rows = [
      { type: 'page.viewed', timestamp: '2026-01-02T03:04:05Z', lead: { userId: 'u1' }, messageId: null },
      { type: 'page.viewed', timestamp: '2020-01-01', occurredAt: '2026-01-03', lead: { userId: 'u1' } },
      {
        type: 'page.viewed',
        occurredAt: '2026-01-04',
        lead: { userId: 'u1' },
        importId: 'another',
        backfill: false,
      },
    ];
    expect(await importing(write('events.jsonl', rows.map((row) => JSON.stringify(row)).join('\n')))).toBe(0);
    const id = expect.any(String);
    expect(sent()).toEqual([
      { id, type: 'page.viewed', occurredAt: '2026-01-02T03:04:05.000Z', lead: { userId: 'u1' } },
      { id, type: 'page.viewed', occurredAt: '2026-01-03T00:00:00.000Z', lead: { userId: 'u1' } },
      {
        id,
        type: 'page.viewed',
        occurredAt: '2026-01-04T00:00:00.000Z',
        lead: { userId: 'u1' },
        backfill: false,
      },
    ]);
  });
  it.each([
    ['receivedAt', '"receivedAt" is no field of an event; data of your own goes under properties'],
    ['propertys', '"propertys" is no field of an event: did you mean properties?'],
    ['userId', '"userId" is no field of an event: did you mean lead.userId?'],
  ])('in JSON lines with the unknown field %s are left out, with the reason', async (name, reason) => {
    const good = { type: 'page.viewed', occurredAt: '2026-01-02', lead: { email: 'a@example.com' } };
    const rows = [good, { ...good, [name]: 'x' }].map((row) => JSON.stringify(row));
    expect(await importing(write('events.jsonl', rows.join('\n')))).toBe(0);
    expect(sent()).toHaveLength(1);
    expect(terminal.err()).toBe(`line 2: ${reason}`);
  });
  it('a JSON line with a lead and no type is a lead', async () => {
    const rows = [
      {
        lead: { email: 'a@example.com', name: 'A', plan: 'gold' },
        source: { name: 'webinar' },
        createdAt: '2026-01-01',
      },
      { email: 'b@example.com', company: 'B Inc' },
    ];
    expect(await importing(write('leads.jsonl', rows.map((row) => JSON.stringify(row)).join('\n')))).toBe(0);
    expect(sent()).toMatchObject([
      {
        type: 'lead.created',
        occurredAt: '2026-01-01T00:00:00.000Z',
        lead: { email: 'a@example.com' },
        source: { name: 'webinar' },
        properties: { traits: { name: 'A', plan: 'gold' } },
      },
      {
        type: 'lead.created',
        lead: { email: 'b@example.com' },
        properties: { traits: { company: 'B Inc' } },
      },
    ]);
  });
  it.each([
    ['{"type":"page.viewed","lead":{"email":"a@example.com"}}', 'occurredAt must be a time such as'],
    [
      '{"type":"page.viewed","lead":{"email":"a@example.com"},"occurredAt":"2026-02-30"}',
      'occurredAt is no time that exists',
    ],
    ['{"type":"page.viewed","occurredAt":"2026-01-01","lead":{}}', 'nobody is named'],
    ['{"type":', 'is not JSON'],
    ['[1]', 'a JSON object is needed'],
  ])('the row %s is left out: %s', async (row, reason) => {
    const good = '{"type":"page.viewed","occurredAt":"2026-01-01","lead":{"userId":"u"}}';
    expect(await importing(write('events.jsonl', `${good}\n${row}\n${good}\n`))).toBe(0);
    expect(terminal.err()).toContain('line 2: ');
    expect(terminal.err()).toContain(reason);
    expect(sent()).toHaveLength(2);
  });
  it('what the gateway refuses is told with the line of the file', async () => {
    onEvents = () => ({
      status: 202,
      body: {
        accepted: 1,
        duplicates: 0,
        rejected: [{ index: 1, code: 'unknown_type', message: 'no such type', path: 'type' }],
      },
    });
    const rows = [
      '',
      '{"id":"1","type":"page.viewed","occurredAt":"2026-01-01","lead":{"userId":"u"}}',
      '',
      '{"id":"2","type":"page.veiwed","occurredAt":"2026-01-01","lead":{"userId":"u"}}',
    ];
    // A blank first line must not shift the numbers.
    expect(await importing(write('events.jsonl', rows.join('\n')))).toBe(0);
    expect(terminal.err()).toBe('line 4: type: no such type');
  });
  it('without --backfill act as if they happened now, and belong to no import', async () => {
    const row = '{"type":"page.viewed","occurredAt":"2026-01-01","lead":{"userId":"u"}}';
    expect(await importing(write('events.jsonl', row), '--no-backfill')).toBe(0);
    expect(gateway.asked).toHaveLength(1);
    expect(Object.keys(bodies()[0])).toEqual(['events']);
  });
});

describe('ids', () => {
  const row = (plan: string) =>
    `{"type":"page.viewed","occurredAt":"2026-01-01","lead":{"userId":"u"},"properties":{"plan":"${plan}"}}`;
  it('come from what a row says, whatever the file, its order and the order of its keys', async () => {
    const turned =
      '{"properties":{"plan":"a"},"lead":{"userId":"u"},"occurredAt":"2026-01-01T00:00:00Z","type":"page.viewed"}';
    await importing(write('one.jsonl', `${row('a')}\n${row('b')}`));
    await importing(write('two.jsonl', `${row('b')}\n${turned}`));
    const [a, b, bAgain, aAgain] = sent().map((event) => event.id);
    expect([aAgain, bAgain]).toEqual([a, b]);
    expect(a).not.toBe(b);
  });
  it('equal rows of one file are different events, counted', async () => {
    await importing(write('one.jsonl', [row('a'), row('a'), row('b'), row('a')].join('\n')));
    const ids = sent().map((event) => event.id as string);
    expect(ids[1]).toBe(`${ids[0]}-2`);
    expect(ids[3]).toBe(`${ids[0]}-3`);
    expect(new Set(ids).size).toBe(4);
  });
});

describe('a long import', () => {
  const rows = (n: number) =>
    Array.from({ length: n }, (_, i) =>
      i % 400 === 7
        ? 'not json'
        : `{"type":"page.viewed","occurredAt":"2026-01-01","lead":{"userId":"u${i % 9}"}}`,
    ).join('\n');

  it('goes in bodies of 500 events', async () => {
    await importing(write('events.jsonl', rows(1_203)));
    expect(bodies().map((body) => body.events.length)).toEqual([500, 500, 200]);
  });
  it('is taken up after the last body that was accepted, with the same ids, and counts nothing twice', async () => {
    onEvents = (_, n) => (n === 2 ? { status: 400, body: { title: 'no more today' } } : undefined);
    const file = write('events.jsonl', rows(1_203));
    expect(await importing(file)).toBe(1);
    expect(terminal.err()).toContain('the same command goes on from there');
    const refused = bodies()[1].events;
    onEvents = () => undefined;
    terminal.clear();
    expect(await importing(file, '--json')).toBe(0);
    expect(bodies().map((body) => body.events.length)).toEqual([500, 500, 500, 200]);
    expect(bodies()[2].events).toEqual(refused);
    expect(gateway.asked.filter((asked) => asked.path === '/v1/imports')).toHaveLength(1);
    expect(JSON.parse(terminal.out())).toMatchObject({
      accepted: 1_200,
      bad: 3,
      resumedAfterLine: 502,
      importId: 'imp_1',
    });
  });
  it('is not sent again when it was finished, unless the user says so', async () => {
    const file = write('events.jsonl', rows(3));
    await importing(file);
    terminal.clear();
    expect(await importing(file)).toBe(0);
    expect(terminal.out()).toContain('This file is imported already');
    expect(bodies()).toHaveLength(1);
    await importing(file, '--restart');
    expect(bodies()[1]).toEqual(bodies()[0]);
    expect(gateway.asked.filter((asked) => asked.path === '/v1/imports')).toHaveLength(1);
  });
  it('waits as long as the gateway asks and tries again', async () => {
    onEvents = (_, n) =>
      n === 1
        ? { status: 429, headers: { 'retry-after': '0' } }
        : n === 2
          ? { status: 503, headers: { 'retry-after': '0' } }
          : undefined;
    expect(await importing(write('events.jsonl', rows(3)))).toBe(0);
    expect(bodies()).toHaveLength(3);
    expect(terminal.err()).toContain('the gateway asks to go slower: next attempt in 0 s');
  });
  it('halves a body that the gateway finds too large', async () => {
    onEvents = (asked) => (asked.body.events.length > 2 ? { status: 413 } : undefined);
    expect(await importing(write('events.jsonl', rows(5)))).toBe(0);
    expect(bodies().map((body) => body.events.length)).toEqual([5, 3, 2, 1, 2]);
  });
  it('where nothing could be imported, the command fails', async () => {
    expect(await importing(write('events.jsonl', '{"type":1}\n'))).toBe(1);
    expect(terminal.err()).toContain('no row could be imported');
  });
});

describe('a file that is none of ours', () => {
  it.each([
    ['array.json', '[{"type":"x"}]', 'the file is a JSON array'],
    ['empty.csv', '\n', 'the file is empty'],
    ['wide.csv', '\ufeffemail\n', 'the file is UTF-16'],
  ])('%s', async (name, content, reason) => {
    const text = name === 'wide.csv' ? Buffer.from(content, 'utf16le') : content;
    expect(await importing(write(name, text))).toBe(2);
    expect(terminal.err()).toContain(reason);
  });
  it('missing', async () => {
    expect(await importing('nowhere.csv')).toBe(2);
    expect(terminal.err()).toMatch(/nowhere\.csv does not exist/);
  });
});
