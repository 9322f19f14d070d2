/** `baton backtest` against a gateway over a database with a recorded March. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type ServerType, serve } from '@hono/node-server';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerBacktest } from '../../src/cli/commands/backtest.js';
import { CliError } from '../../src/cli/errors.js';
import { openGateway, type TestGateway } from '../support/gateway.js';
import { type PastEvent, recordLead } from '../support/recorded-log.js';
import { fakeGateway, recordingIo } from './fake-gateway.js';

const SAMPLE = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');
const LOWER = SAMPLE.replace('scoring: { threshold: 40 }', 'scoring: { threshold: 25 }');
const MARCH = ['--from', '2026-03-01', '--to', '2026-03-31'];

const at = (day: string) => `2026-03-${day}T14:00:00Z`;
const came: PastEvent = { at: at('02'), type: 'lead.created', body: { source: { name: 'webinar' } } };
const LEADS = [
  {
    ...{ id: 'kim', name: 'Kim Karlsen', source: 'webinar' },
    events: [
      came,
      { at: at('05'), type: 'webinar.attended' },
      { at: at('09'), type: 'content.downloaded', properties: { resource: 'checklist' } },
      { at: at('12'), type: 'content.downloaded', properties: { resource: 'pricing-guide' } },
    ],
  },
  {
    ...{ id: 'lou', name: 'Lou Lindt', source: 'webinar' },
    events: [
      came,
      { at: at('05'), type: 'webinar.attended' },
      { at: at('10'), type: 'content.downloaded', properties: { resource: 'checklist' } },
    ],
  },
  {
    ...{ id: 'max', source: 'contact-form' },
    events: [
      { at: at('02'), type: 'lead.created' },
      { at: at('11'), type: 'demo.requested' },
    ],
  },
];

const REPORT = `lower.yaml would have made 1 handoff more than version 1 (live) in 31 days (3 instead of 2, +50%): 1
new, 1 earlier by a median of 3 days and 1 unchanged. What became of the new ones later: 1 with
nothing on record.

What changes
  Webinar attendee: threshold 40 → 25

By source
source            before  after  new  lost  earlier  later  another reason
Webinar attendee       1      2    1              1
Contact form           1      1

By week (█ in both, + more, - fewer)
week of     before  after  new  lost
2026-02-23       0      0
2026-03-02       0      0
2026-03-09       2      3    1        ████████████████++++++++
2026-03-16       0      0
2026-03-23       0      0
2026-03-30       0      0

By trigger
trigger      before  after
score             1      2
action demo       1      1

By what became of them later
outcome            before  after  new  lost  earlier  later  another reason
nothing on record       2      3    1              1

Load per rep (22 business days)
rep          before  after  a day before  a day after  busiest before  busiest after   may hold
Ana Alvarez       2      3          0.09         0.14  1 (2026-03-11)  1 (2026-03-09)         5
`;

const WALK = `Lead kim through time: before is version 1 (live), after is lower.yaml; ≠ where they decide otherwise
Version 1 (live) hands Kim Karlsen off on 12 March by score (51.3 of 40).
lower.yaml hands Kim Karlsen off on 9 March by score (28.2 of 25), 3 days earlier.

  2026-03-02 09:00  Became a lead through webinar  [0]
  2026-03-05 09:00  Attended a webinar  [20]
≠ 2026-03-09 10:00  Downloaded "checklist"
      before [28.2]  nothing
      after  [28.2]  Handed off (handoff 1): the score reached 28.2 (threshold 25)
                     Moved from nurture to sales
                     Ana Alvarez has handoff 1 (by turns)
                     A task for Ana Alvarez, due on 2026-03-10 17:00
≠ 2026-03-09 10:02  The bridge email is due
      before [28.2]  nothing
      after  [28.2]  The bridge email is to go out
≠ 2026-03-12 10:00  The SLA ends
      before [26.3]  nothing
      after  [0]  Handoff 1 ended: no contact in time
                  Nurture period 2 begins: score and counts start from nothing
                  Moved from sales to nurture on the long-term track
≠ 2026-03-12 10:00  Downloaded the pricing guide
      before [51.3]  Handed off (handoff 1): the score reached 51.3 (threshold 40)
                     Moved from nurture to sales
                     Ana Alvarez has handoff 1 (by turns)
                     A task for Ana Alvarez, due on 2026-03-13 17:00
      after  [0]  nothing
≠ 2026-03-12 10:02  The bridge email is due
      before [51.3]  The bridge email is to go out
      after  [0]  nothing
≠ 2026-03-17 10:00  The SLA ends
      before [0]  Handoff 1 ended: no contact in time
                  Nurture period 2 begins: score and counts start from nothing
                  Moved from sales to nurture on the long-term track
      after  [0]  nothing`;

type Terminal = ReturnType<typeof recordingIo>;
async function baton(
  terminal: Terminal,
  ...args: string[]
): Promise<{ code: number; out: string; err: string; told: string }> {
  terminal.clear();
  const program = new Command('baton').exitOverride();
  registerBacktest(program, terminal.io);
  try {
    await program.parseAsync(['backtest', ...args], { from: 'user' });
    return { code: 0, out: terminal.out(), err: terminal.err(), told: '' };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { code: error.exitCode, out: terminal.out(), err: terminal.err(), told: error.lines.join('\n') };
  }
}

describe('over a recorded March', () => {
  let gateway: TestGateway;
  let server: ServerType;
  let terminal: Terminal;
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
    await gateway.call('POST', '/v1/reps', { json: { id: 'ana', name: 'Ana Alvarez', capacity: 5 } });
    for (const lead of LEADS) await recordLead(gateway.opened.db, lead);
    writeFileSync(join(terminal.cwd, 'lower.yaml'), LOWER);
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

  it('a file is tried, and the report begins with what it comes to', async () => {
    const { code, out } = await baton(terminal, 'lower.yaml', ...MARCH);
    expect(code).toBe(0);
    expect(out.slice(0, out.indexOf('\nExamples'))).toBe(REPORT);
    expect(out).toContain(
      'kim   webinar  2026-03-09 by score (28.2) instead of 2026-03-12 by score (51.3) (3 days earlier); later: nothing on record',
    );
    expect(out).toMatch(
      /\nversion 1 \(live\) and lower\.yaml, 2026-03-01 00:00 to 2026-04-01 00:00 \(America\/New_York\)\n3 leads, 9 events in /,
    );
  });

  it('a lead’s walk is shown under both, marked where they decide otherwise', async () => {
    const { out } = await baton(terminal, 'lower.yaml', ...MARCH, '--lead', 'kim', '--examples', '0');
    expect(out.slice(out.indexOf('Lead kim'))).toBe(WALK);
    expect(out).not.toContain('Examples');
  });

  it('with --json the answer is printed as it came, with the walk in it', async () => {
    const { out } = await baton(terminal, '1', '--before', '1', ...MARCH, '--lead', 'max', '--json');
    const answer = JSON.parse(out);
    expect(answer).toMatchObject({ state: 'done', result: { totals: { same: 2, gained: 0 } } });
    expect(answer.walk).toMatchObject({ leadId: 'max', rows: [{ what: 'Became a lead' }, {}, {}, {}] });
    expect(answer.summary[1]).toBe('All 2 handoffs stay as they are: same moment, same trigger.');
  });

  it('with --html the report is also written to a file, whose leads are no links', async () => {
    const { out, err } = await baton(terminal, 'lower.yaml', ...MARCH, '--html', 'report.html');
    expect(out).toContain('What changes');
    expect(err).toMatch(/wrote report\.html$/);
    const html = readFileSync(join(terminal.cwd, 'report.html'), 'utf8');
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain('lower.yaml would have made 1 handoff more than version 1 (live)');
    expect(html).toContain('threshold 40 → 25');
    expect(html).toContain('Made by Baton from the event log on');
    expect(html).not.toContain('href="leads/');
  });

  it('a file that cannot be written is told before anything runs', async () => {
    for (const name of ['nowhere/report.html', '.']) {
      const { code } = await baton(terminal, 'lower.yaml', ...MARCH, '--html', name);
      expect(code).toBe(2);
    }
    const { body } = await gateway.call('GET', '/v1/backtests');
    expect(body.items).toEqual([]);
    expect(existsSync(join(terminal.cwd, 'nowhere'))).toBe(false);
  });

  it('only the sources that are named are looked at', async () => {
    const { out } = await baton(terminal, '1', ...MARCH, '--source', 'contact-form', 'partner', '--json');
    expect(JSON.parse(out).result.leads).toBe(1);
  });

  it('what cannot be tried is told with its place', async () => {
    const faulty = await baton(terminal, 'faulty.yaml');
    expect(faulty.code).toBe(1);
    expect(faulty.told).toMatch(
      /^faulty\.yaml has errors; correct them before trying it\nfaulty\.yaml:\d+:1 {2}publishGard {2}unknown key .*did you mean publishGuard\?/,
    );
    expect((await baton(terminal, 'nowhere.yaml')).code).toBe(2);
    expect((await baton(terminal, '1', '--examples', 'all')).code).toBe(2);
    expect((await baton(terminal, '1', '--lead', 'nobody')).told).toContain('There is no lead with this id');
    expect((await baton(terminal, '9')).told).toContain('There is no version 9');
    expect((await baton(terminal, '1', '--from', 'spring')).told).toContain('from: is neither a date');
  });
});

describe('while it runs', () => {
  const reply = (state: string, more: object = {}) => ({
    ...{ id: 'b_1', state, waitingBefore: 2, changes: [], summary: null, result: null, error: null },
    progress: { leads: 250, leadsTotal: 1_000, events: 12_345, share: 0.25 },
    ...more,
  });

  it('tells how far it is, and in the end why it failed', async () => {
    const gateway = await fakeGateway((_, times) => ({
      status: times === 1 ? 202 : 200,
      body:
        times === 1
          ? reply('waiting')
          : times < 4
            ? reply('running')
            : reply('failed', { error: 'It broke.' }),
    }));
    const terminal = recordingIo({ BATON_URL: gateway.url });
    const { code, err, told } = await baton(terminal, '2');
    expect({ code, told }).toEqual({ code: 1, told: 'the backtest b_1 failed: It broke.' });
    expect(err).toBe('waiting: 2 backtests before this one\n250 of 1,000 leads (25%), 12,345 events');
    expect(gateway.asked[0]?.body).toEqual({ before: 'current', after: '2' });
    await gateway.close();
    terminal.remove();
  });

  it('redraws one line on a terminal', async () => {
    const gateway = await fakeGateway((_, times) => ({
      body: times < 3 ? reply('running') : reply('cancelled'),
    }));
    const terminal = recordingIo({ BATON_URL: gateway.url });
    const drawn: string[] = [];
    const io = { ...terminal.io, interactive: true, redraw: (line: string) => void drawn.push(line) };
    const { told } = await baton({ ...terminal, io }, '2');
    expect(told).toBe('the backtest b_1 was cancelled by somebody else');
    expect(drawn).toEqual([...Array(2).fill('250 of 1,000 leads (25%), 12,345 events'), '']);
    await gateway.close();
    terminal.remove();
  });

  it('Ctrl-C cancels it at the gateway too', async () => {
    const gateway = await fakeGateway(({ method }, times) => {
      if (times === 2) process.emit('SIGINT');
      return { body: method === 'DELETE' ? { id: 'b_1', did: 'cancelled' } : reply('running') };
    });
    const terminal = recordingIo({ BATON_URL: gateway.url });
    const before = process.listenerCount('SIGINT');
    const { code, told } = await baton(terminal, '2');
    expect({ code, told }).toEqual({ code: 1, told: 'the backtest b_1 is cancelled' });
    expect(gateway.asked.at(-1)).toMatchObject({ method: 'DELETE', path: '/v1/backtests/b_1' });
    expect(process.listenerCount('SIGINT')).toBe(before);
    await gateway.close();
    terminal.remove();
  });
});
