import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { performEffect } from '../../src/activities/perform-effect.js';
import { createApp } from '../../src/api/app.js';
import { createConnectors } from '../../src/connectors/registry.js';
import { smtpMail } from '../../src/connectors/smtp/mail.js';
import { UNSUBSCRIBE_POLICY } from '../../src/console/unsubscribe-page.js';
import { DefinitionBook } from '../../src/definition/versions.js';
import { leadIdByEmail } from '../../src/store/read/leads.js';
import { UnsubscribeLinks } from '../../src/store/unsubscribe-links.js';
import { pending } from '../support/activity-world.js';
import { openGateway, type TestGateway } from '../support/gateway.js';
import { InProcessLeads } from '../support/in-process-leads.js';
import { type SmtpSink, smtpSink } from '../support/smtp-sink.js';

const MINUTE = 60_000;
const BASE = 'https://baton.acme.test';
const ONE_CLICK = 'List-Unsubscribe=One-Click';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const BROWSER = { accept: 'text/html,application/xhtml+xml' };

const leads = new InProcessLeads();
let gateway: TestGateway;
let sink: SmtpSink;
let links: UnsubscribeLinks;
let counter = 0;
beforeAll(async () => {
  sink = await smtpSink();
  gateway = await openGateway({ gateway: leads, now: () => Date.now() + MINUTE });
  links = new UnsubscribeLinks(gateway.opened.db);
  leads.use(gateway.opened.db, { mail: smtpMail({ url: sink.url }) }, { unsubscribeUrl });
  await gateway.call('POST', '/v1/reps', { json: { id: 'ana', name: 'Ana', email: 'ana@acme.test' } });
}, 60_000);
afterAll(async () => {
  await gateway.close();
  await sink.close();
});
beforeEach(() => {
  sink.messages.length = 0;
  gateway.nudged.length = 0;
});

const unsubscribeUrl = async (leadId: string) => `${BASE}/t/u/${await links.tokenFor(leadId)}`;

async function send(email: string, ...events: { type: string; [part: string]: unknown }[]): Promise<string> {
  const sent = events.map((event) => ({ id: `u${++counter}`, lead: { email }, ...event }));
  const { body } = await gateway.call('POST', '/v1/events', { json: { events: sent } });
  expect(body.rejected).toEqual([]);
  return (await leadIdByEmail(gateway.opened.db, email)) ?? '';
}
const newLead = (email: string) => send(email, { type: 'lead.created', source: { name: 'webinar' } });
const token = (leadId: string) => links.tokenFor(leadId);
const click = async (
  at: string,
  options: Parameters<TestGateway['call']>[2] = { body: ONE_CLICK, headers: FORM },
) => gateway.call('POST', `/t/u/${at}`, { key: null, ...options });
const said = (leadId: string) =>
  gateway.opened.db
    .selectFrom('events')
    .select(['type', 'body', 'urgent', 'connection_id'])
    .where('lead_id', '=', leadId)
    .where('type', '=', 'email.unsubscribed')
    .execute();

describe('POST /t/u/{token}', () => {
  it('commits one event of the stream marketing before it answers, without any key, in plain words', async () => {
    const lead = await newLead('kim@click.test');
    gateway.nudged.length = 0;
    const { status, body, headers } = await click(await token(lead));
    expect(status).toBe(200);
    expect(body).toBe(
      'You are unsubscribed. You will get no more marketing emails from us at this address. There is nothing else to do.\n',
    );
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('set-cookie')).toBeNull();
    expect(await said(lead)).toEqual([
      {
        type: 'email.unsubscribed',
        body: { properties: { stream: 'marketing', by: 'one_click' } },
        urgent: true,
        connection_id: 'baton',
      },
    ]);
    expect(gateway.nudged).toEqual([lead]);
    const state = await leads.advance(lead);
    expect(state.suppressed.marketing).toMatchObject({ why: 'unsubscribed' });
    expect(state.suppressed.sales).toBeNull();
  });

  it('answers the same for the same link again, and writes nothing twice, at the same time neither', async () => {
    const lead = await newLead('twice@click.test');
    const at = await token(lead);
    const answers = await Promise.all(Array.from({ length: 8 }, () => click(at)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(await said(lead)).toHaveLength(1);
    expect(gateway.nudged.filter((id) => id === lead)).toHaveLength(2);
  });

  it('ends a subscription that was taken up again, by an old link too', async () => {
    const lead = await newLead('again@click.test');
    const at = await token(lead);
    await click(at);
    await send('again@click.test', { type: 'email.resubscribed', properties: { stream: 'marketing' } });
    expect((await leads.advance(lead)).suppressed.marketing).toBeNull();
    await click(at);
    await click(at);
    expect(await said(lead)).toHaveLength(2);
    expect((await leads.advance(lead)).suppressed.marketing).not.toBeNull();
  });

  it.each<[string, NonNullable<Parameters<TestGateway['call']>[2]>]>([
    ['an empty body', {}],
    ['an empty form', { body: '', headers: FORM }],
    ['the form without a content type', { body: new TextEncoder().encode(ONE_CLICK) }],
    ['the form as multipart', { body: formData('List-Unsubscribe', 'One-Click') }],
    ['the form with other fields beside it', { body: `${ONE_CLICK}&utm_source=x`, headers: FORM }],
  ])('takes %s', async (name, options) => {
    const lead = await newLead(`${name.replaceAll(/\W/g, '-')}@body.test`);
    expect((await click(await token(lead), options)).status).toBe(200);
    expect(await said(lead)).toHaveLength(1);
  });

  it.each<[string, number, NonNullable<Parameters<TestGateway['call']>[2]>]>([
    ['another form', 400, { body: 'List-Unsubscribe=Never', headers: FORM }],
    ['json', 400, { json: { 'List-Unsubscribe': 'One-Click' } }],
    [
      'half a multipart form',
      400,
      { body: '--x\r\nContent-Dis', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
    ],
    ['bytes that are no text', 400, { body: new Uint8Array([0xff, 0xfe, 0]), headers: FORM }],
    ['a huge body', 413, { body: `${ONE_CLICK}&x=${'y'.repeat(5_000)}`, headers: FORM }],
  ])('changes nothing on %s', async (name, status, options) => {
    const lead = await newLead(`${name.replaceAll(/\W/g, '-')}@wrong.test`);
    expect((await click(await token(lead), options)).status).toBe(status);
    expect(await said(lead)).toEqual([]);
  });

  it('answers 404 in the same words to whatever is not a link of ours', async () => {
    const good = await token(await newLead('tamper@click.test'));
    const other = await newLead('other@click.test');
    const last = good.at(-1) === 'A' ? 'Q' : 'A';
    // The last character holds four bits of the signature and two that say nothing: each spelling is another link.
    const respelled = Buffer.from(good.slice(-22), 'base64url');
    const spellings = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
      .map((letter) => good.slice(0, -1) + letter)
      .filter((one) => one !== good && Buffer.from(one.slice(-22), 'base64url').equals(respelled));
    expect(spellings.length).toBeGreaterThan(0);
    const wrong = [
      ...spellings,
      good.slice(0, -1) + last,
      good.slice(0, -1),
      `${good}A`,
      good.toUpperCase(),
      good.replace(/^1m.{26}/, `1m${other}`),
      good.replace(/^1/, '2'),
      good.replace(/^1/, '999999'),
      'example',
      '__proto__',
      '1m',
      '%00',
      '%F0%9F%98%80',
      'x'.repeat(4_000),
    ];
    const answers = await Promise.all(wrong.map((one) => click(one)));
    expect(answers.map(({ status }) => status)).toEqual(wrong.map(() => 404));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(answers[0]?.body).toMatch(/^This link does not work\./);
  });

  it('answers 200 for a lead that is erased or gone, and writes nothing', async () => {
    const { db } = gateway.opened;
    const erased = await newLead('erased@click.test');
    const gone = await token('0'.repeat(26));
    await db.updateTable('leads').set({ erased_at: new Date() }).where('id', '=', erased).execute();
    expect((await click(await token(erased))).status).toBe(200);
    expect((await click(gone)).status).toBe(200);
    expect(await said(erased)).toEqual([]);
    expect(await said('0'.repeat(26))).toEqual([]);
  });

  it('follows a lead that was merged to the one that lives on', async () => {
    const { db } = gateway.opened;
    const [loser, survivor] = [await newLead('loser@click.test'), await newLead('survivor@click.test')];
    await db
      .updateTable('lead_stream')
      .set({ status: 'merged', merged_into: survivor })
      .where('lead_id', '=', loser)
      .execute();
    await click(await token(loser));
    expect(await said(loser)).toEqual([]);
    expect(await said(survivor)).toHaveLength(1);
  });

  it('lets a program post one link twenty times a minute, and other links all the same', async () => {
    const [busy, calm] = [await newLead('busy@click.test'), await newLead('calm@click.test')];
    const at = await token(busy);
    const answers = await Promise.all(Array.from({ length: 25 }, () => click(at)));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(5);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get('retry-after')).toBe('60');
    expect((await click(await token(calm))).status).toBe(200);
  });
});

describe('GET /t/u/{token}', () => {
  it('changes nothing and shows a page with one button, which works without scripts', async () => {
    const lead = await newLead('page@click.test');
    const at = await token(lead);
    for (let time = 0; time < 3; time++) {
      const { status, body, headers } = await gateway.call('GET', `/t/u/${at}`, {
        key: null,
        headers: BROWSER,
      });
      expect(status).toBe(200);
      expect(headers.get('content-security-policy')).toBe(UNSUBSCRIBE_POLICY);
      expect(UNSUBSCRIBE_POLICY).toMatch(/default-src 'none'.*form-action 'self'; frame-ancestors 'none'/);
      expect(body.match(/<form method="post">/g)).toHaveLength(1);
      expect(body.match(/<button[^>]*name="List-Unsubscribe" value="One-Click"/g)).toHaveLength(1);
      expect(body).not.toMatch(/<script|<img|<link|<iframe|src=|style=|page@click|https?:/);
      expect(body).not.toContain(lead);
    }
    expect(await said(lead)).toEqual([]);
    const pressed = await click(at, { body: ONE_CLICK, headers: { ...FORM, ...BROWSER } });
    expect(pressed.status).toBe(200);
    expect(pressed.body).toContain('<h1>You are unsubscribed</h1>');
    expect(await said(lead)).toHaveLength(1);
  });

  it('answers HEAD like GET, without a body, and changes nothing', async () => {
    const lead = await newLead('head@click.test');
    const answer = await gateway.request('HEAD', `/t/u/${await token(lead)}`, { key: null });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('');
    expect(await said(lead)).toEqual([]);
  });

  it('takes no other method', async () => {
    const at = await token(await newLead('put@click.test'));
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const { status, headers } = await gateway.call(method, `/t/u/${at}`, { key: null });
      expect(status).toBe(405);
      expect(headers.get('allow')).toBe('GET, HEAD, POST');
    }
  });
});

describe('the keys behind the links', () => {
  it('can be changed: links that were sent stay good until the older keys are dropped', async () => {
    const own = await openGateway();
    const mine = new UnsubscribeLinks(own.opened.db);
    const lead = '0123456789abcdefghijklmnop';
    const first = await mine.tokenFor(lead);
    expect(first).toMatch(/^1m/);
    const rotate = (query: string) => own.call('POST', `/v1/system/unsubscribe-key${query}`);
    expect((await rotate('')).body).toEqual({ key: 2, older: 1 });
    const second = await mine.tokenFor(lead);
    expect(second).toMatch(/^2m/);
    const statusOf = async (one: string) => (await own.request('GET', `/t/u/${one}`, { key: null })).status;
    expect([await statusOf(first), await statusOf(second)]).toEqual([200, 200]);
    expect((await rotate('?dropOlder=true')).body).toEqual({ key: 3, older: 0 });
    expect([await statusOf(first), await statusOf(await mine.tokenFor(lead))]).toEqual([404, 200]);
    const key = await own.key('ingest', 'manager');
    expect((await own.call('POST', '/v1/system/unsubscribe-key', { key })).status).toBe(403);
    await own.close();
  });

  it('are made once, whoever asks first', async () => {
    const own = await openGateway();
    const rings = Array.from({ length: 4 }, () => new UnsubscribeLinks(own.opened.db));
    const tokens = await Promise.all(rings.map((ring) => ring.tokenFor('0123456789abcdefghijklmnop')));
    expect(new Set(tokens).size).toBe(1);
    await own.close();
  });
});

describe('a mail that Baton sends', () => {
  const mailOf = (address: string) => sink.messages.find((raw) => raw.includes(`To: ${address}\r\n`)) ?? '';
  const inTwoMinutes = () => Date.now() + 3 * MINUTE;

  it('carries a link in its headers that works over real HTTP, and nothing that tracks', async () => {
    const lead = await newLead('bridge@mail.test');
    await send('bridge@mail.test', { type: 'demo.requested' });
    await leads.advance(lead, inTwoMinutes());
    const raw = mailOf('bridge@mail.test');
    const [head = '', body = ''] = raw.split('\r\n\r\n', 2);
    const [, link = ''] =
      /^List-Unsubscribe: <https:\/\/baton\.acme\.test(\/t\/u\/[\w-]{50,60})>\r$/m.exec(`${head}\r\n`) ?? [];
    expect(head.split('\r\n')).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
    expect(head).toMatch(/^Content-Type: text\/plain; charset=utf-8$/m);
    expect(body).not.toMatch(/<img|https?:/);
    expect(link).not.toContain('mail.test');

    const app = createApp({
      db: gateway.opened.db,
      book: new DefinitionBook(gateway.opened.db),
      gateway: leads,
      nudge: { nudge: () => undefined },
      log: { child: () => ({ info: () => undefined }) } as never,
      publicUrl: BASE,
    });
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
    await new Promise((resolve) => server.on('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const status = await new Promise((resolve, reject) => {
      const post = httpRequest(
        { port, host: '127.0.0.1', path: link, method: 'POST', headers: FORM },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      );
      post.on('error', reject);
      post.end(ONE_CLICK);
    });
    server.close();
    expect(status).toBe(200);
    expect(await said(lead)).toHaveLength(1);
  });

  it('has the same link in its text where the template asks for it', async () => {
    const lead = await newLead('final@mail.test');
    await leads.advance(lead);
    const { db } = gateway.opened;
    const deps = {
      ...{ db, book: new DefinitionBook(db), unsubscribeUrl },
      connectors: createConnectors(db, { smtpUrl: sink.url }),
    };
    await performEffect(deps, { leadId: lead, epoch: 1, effect: pending(lead, { effect: 'final' }) });
    const link = await unsubscribeUrl(lead);
    const raw = mailOf('final@mail.test').replace(/=\r\n/g, '').replaceAll('=3D', '=');
    expect(raw).toContain(`List-Unsubscribe: <${link}>\r\n`);
    expect(raw).toContain(`No more mail like this: ${link}`);
    expect(raw.match(/https?:\/\//g)).toHaveLength(2);
  });

  it('is not sent when the lead unsubscribes between the handoff and the bridge’s two minutes', async () => {
    const lead = await newLead('between@mail.test');
    await send('between@mail.test', { type: 'demo.requested' });
    expect((await leads.advance(lead)).stage.name).toBe('handed_off');
    await click(await token(lead));
    const state = await leads.advance(lead, inTwoMinutes());
    expect(state.stage.name).toBe('handed_off');
    expect(mailOf('between@mail.test')).toBe('');
    const row = await bridgeOf(lead);
    expect(row === undefined || row.state === 'skipped').toBe(true);
  });

  it('is not sent when the click is in the log and the workflow has not heard of it yet', async () => {
    const lead = await newLead('unheard@mail.test');
    await send('unheard@mail.test', { type: 'demo.requested' });
    await leads.advance(lead);
    await click(await token(lead));
    const { db } = gateway.opened;
    const deps = {
      ...{ db, book: new DefinitionBook(db), unsubscribeUrl },
      connectors: createConnectors(db, { smtpUrl: sink.url }),
    };
    await performEffect(deps, { leadId: lead, epoch: 1, effect: pending(lead, { effect: 'bridge' }) });
    expect(await bridgeOf(lead)).toMatchObject({ state: 'skipped', code: 'suppressed' });
    expect(mailOf('unheard@mail.test')).toBe('');
  });

  const bridgeOf = (leadId: string) =>
    gateway.opened.db
      .selectFrom('effects')
      .select(['state', 'code'])
      .where('lead_id', '=', leadId)
      .where('key', 'like', '%/bridge/%')
      .executeTakeFirst();
});

describe('a link', () => {
  it('is never logged, whole or in part, for it can be used again', async () => {
    const at = await token(await newLead('log@click.test'));
    gateway.logged.length = 0;
    await gateway.call('GET', `/t/u/${at}`, { key: null });
    await click(at);
    await click(`${at}x`);
    await gateway.call('PUT', `/t/u/${at}`, { key: null });
    await gateway.call('GET', `/t/u/${at}/more`, { key: null });
    const lines = JSON.stringify(gateway.logged);
    expect(gateway.logged.length).toBeGreaterThanOrEqual(5);
    expect(lines).not.toContain(at.slice(2, 28));
    expect(lines).not.toContain(at.slice(-22));
    expect(lines).toContain('"/t/u/:token"');
  });

  it('names nobody: a random id and a signature', async () => {
    const lead = await newLead('kim.lee@click.test');
    expect(await token(lead)).toMatch(new RegExp(`^1m${lead}[\\w-]{22}$`));
  });
});

function formData(name: string, value: string): FormData {
  const form = new FormData();
  form.set(name, value);
  return form;
}
