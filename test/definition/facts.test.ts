import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { contentOf, linkAddress, resourceName } from '../../src/definition/content.js';
import { observeLog } from '../../src/definition/facts.js';
import { emailDomainTrait } from '../../src/definition/free-mail.js';
import type { EngagementFact, LogFact } from '../../src/domain/lead-event.js';
import type { Db, OpenDatabase } from '../../src/store/database.js';
import { eventsThrough } from '../../src/store/lead-stream.js';
import type { EventBody } from '../../src/store/schema.js';
import type { LogRow } from '../../src/store/stream-log.js';
import { addLead, append, policy, published } from '../courier/support.js';
import { databases } from '../support/databases.js';

const embedded = databases.find(({ name }) => name === 'PGlite')!;
const AT = Date.UTC(2026, 10, 21, 3, 30);

describe('content', () => {
  test('links are the same when only query, fragment or the host’s case differ', () => {
    const link = linkAddress('https://Acme.TEST/pricing?utm_source=x#plans');
    expect(link).toEqual({ key: 'https://acme.test/pricing', path: '/pricing' });
    expect(linkAddress('https://user:secret@acme.test/pricing')?.key).toBe('https://acme.test/pricing');
    expect(linkAddress('/pricing?a=1')).toEqual({ key: '/pricing', path: '/pricing' });
  });

  test.each([
    '',
    'pricing',
    '//acme.test/x',
    'mailto:kim@acme.test',
    'javascript:alert(1)',
    5,
    null,
    undefined,
  ])('takes %j for no link', (text) => {
    expect(linkAddress(text)).toBeNull();
  });

  test('the first rule that matches says what it is', () => {
    const kindOf = (url: string, resource: string | null = null) =>
      contentOf(policy.content, { link: linkAddress(url), resource })?.kind ?? null;
    expect(kindOf('https://acme.test/pricing')).toBe('pricing');
    expect(kindOf('https://acme.test/pricing/enterprise')).toBe('pricing');
    expect(kindOf('https://blog.acme.test/first-post')).toBe('blog');
    expect(kindOf('https://acme.test/first-post')).toBeNull();
    expect(kindOf('https://acme.test/dl', 'pricing-guide')).toBe('download');
  });

  test('a download without a named resource goes by its path', () => {
    const link = linkAddress('https://acme.test/files/guide.pdf');
    expect(resourceName('content.downloaded', {}, link)).toBe('/files/guide.pdf');
    expect(resourceName('content.downloaded', { resource: 'guide' }, link)).toBe('guide');
    expect(resourceName('page.viewed', {}, link)).toBeNull();
  });

  test('free mail providers are told from companies', () => {
    expect(emailDomainTrait('kim@GMail.com')).toBe('free');
    expect(emailDomainTrait('kim@acme.test')).toBe('acme.test');
    expect(emailDomainTrait(null)).toBeUndefined();
    expect(emailDomainTrait('kim@')).toBeUndefined();
  });
});

describe('observing the log', () => {
  let opened: OpenDatabase;
  let db: Db;
  let lead: string;
  beforeEach(async () => {
    opened = await embedded.open();
    db = opened.db;
    lead = await addLead(db, undefined, 'kim@gmail.com');
  });
  afterEach(() => opened.close());

  let position = 0;
  const row = (type: string, body: EventBody = {}, more: Partial<LogRow> = {}): LogRow => {
    position += 1;
    return {
      position,
      seq: position,
      lead_id: lead,
      type,
      accepted_at: new Date(AT),
      occurred_at: new Date(AT),
      backfill: false,
      anonymous: false,
      label: null,
      body,
      ...more,
    };
  };
  const observe = (...rows: LogRow[]): Promise<LogFact[]> => observeLog(db, lead, rows, published, 'webinar');
  const engagement = async (...rows: LogRow[]) => (await observe(...rows)) as EngagementFact[];

  test('stamps the day in the team’s time zone', async () => {
    const [fact] = await engagement(row('page.viewed'));
    expect(fact).toMatchObject({ kind: 'engagement', at: AT, acceptedAt: AT, dayKey: '2026-11-20' });
  });

  test('the same mail, link and resource get the same reference, others another', async () => {
    const click = (url: string, emailId = 'm1') => row('email.clicked', { properties: { emailId, url } });
    const [a, b, c, d] = await engagement(
      click('https://acme.test/a?x=1'),
      click('https://acme.test/a?x=2'),
      click('https://acme.test/b', 'm2'),
      row('content.downloaded', { properties: { resource: 'pricing-guide' } }),
    );
    expect(a?.email).toBe(b?.email);
    expect(a?.link).toBe(b?.link);
    expect(c?.email).not.toBe(a?.email);
    expect(c?.link).not.toBe(a?.link);
    expect(d?.resource).toBeTypeOf('number');
  });

  test('conditions see what the content rules say of a page, whatever its sender calls it', async () => {
    const view = (properties: Record<string, unknown>) => row('page.viewed', { properties });
    const [priced, product, path] = await engagement(
      view({ url: 'https://acme.test/pricing' }),
      view({ url: 'https://acme.test/product/one', kind: 'blog' }),
      view({ path: '/pricing' }),
    );
    expect(priced?.triggers).toEqual(['pricing']);
    expect(product?.rules).toEqual(['view']);
    expect(path?.triggers).toEqual(['pricing']);
  });

  test('fit comes from the lead’s traits as they are now', async () => {
    expect((await engagement(row('page.viewed')))[0]?.fit).toBe(-15_000);
    await db.updateTable('leads').set({ email: 'kim@acme.test' }).execute();
    expect((await engagement(row('page.viewed')))[0]?.fit).toBe(0);
  });

  test('a program is told by its user agent, the mail privacy proxy by a rule of its own', async () => {
    const open = (userAgent: string) =>
      row('email.opened', { properties: { emailId: 'm' }, context: { userAgent } });
    const [bot, proxy, person] = await engagement(
      open('Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'),
      open('Mozilla/5.0'),
      open(
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36',
      ),
    );
    expect(bot?.machine).toBe('user_agent');
    expect(proxy?.machine).toBe('privacy_proxy');
    expect(person?.machine).toBeUndefined();
  });

  test('knows a click on the call to action of a direct-CTA mail', async () => {
    const sent = (emailId: string, more: Record<string, unknown>) => ({
      type: 'email.sent',
      body: { properties: { emailId, ...more } },
    });
    await append(db, lead, [
      sent('m1', { directCta: true, ctaUrl: 'https://acme.test/call?utm=1' }),
      sent('m2', { ctaUrl: 'https://acme.test/call' }),
      sent('m3', { directCta: true }),
    ]);
    const rows = await eventsThrough(db, lead, 0, new Date());
    expect((await engagement(...rows)).map((fact) => fact.directCta ?? false)).toEqual([true, false, true]);
    const click = (emailId: string, url: string) => row('email.clicked', { properties: { emailId, url } });
    const clicks = await engagement(
      click('m1', 'https://acme.test/call?utm=2'),
      click('m1', 'https://acme.test/other'),
      click('m2', 'https://acme.test/call'),
      click('m3', 'https://acme.test/anything'),
    );
    expect(clicks.map((fact) => fact.ctaClick ?? false)).toEqual([true, false, false, true]);
  });

  test('names a lead source only as the definition knows it', async () => {
    const [known, unknown] = await engagement(
      row('form.submitted', { source: { name: 'webinar' } }),
      row('form.submitted', { source: { name: 'kim@example.com told me' } }),
    );
    expect(known?.source).toBe('webinar');
    expect(unknown?.source).toBe('default');
  });

  test('passes on labels, backfill and anonymity', async () => {
    const [label, past] = await engagement(
      row('email.opened', { properties: { emailId: 'm' } }, { label: 'machine' }),
      row('page.viewed', {}, { backfill: true, anonymous: true }),
    );
    expect(label?.machine).toBe('corrected');
    expect(past).toMatchObject({ backfill: true, anonymous: true });
  });

  test('a label holds from its correction on: before it, the event is as it came', async () => {
    await db
      .insertInto('events')
      .values({
        ...{
          connection_id: 'test',
          event_id: 'c1',
          body_hash: 'c1',
          lead_id: lead,
          seq: 2,
          type: 'command.correct',
        },
        ...{ received_at: new Date(AT), accepted_at: new Date(AT), occurred_at: new Date(AT) },
        body: JSON.stringify({ command: { id: 'c1', kind: 'correct', target: 1, label: 'machine' } }),
      })
      .execute();
    const view = row('page.viewed', {}, { seq: 1, label: 'machine' });
    const asOf = async (labels?: 'each' | number) =>
      ((await observeLog(db, lead, [view], published, 'webinar', labels)) as EngagementFact[])[0]?.machine;
    expect(await asOf()).toBe('corrected');
    expect(await asOf('each')).toBeUndefined();
    expect(await asOf(1)).toBeUndefined();
    expect(await asOf(2)).toBe('corrected');
  });

  test('a command becomes a fact of ids and words; what a person typed stays behind', async () => {
    const [fact] = await observe(
      row('sales.disposition', {
        command: {
          id: 'c1',
          kind: 'disposition',
          handoff: 2,
          disposition: 'not_ready',
          followUpOn: '2027-01-15',
          by: 'rep_1',
          rep: 'Kim Lee',
          at: AT - 5,
          reason: 'call kim@example.com',
        },
      }),
    );
    expect(fact).toEqual({
      kind: 'command',
      seq: fact?.seq,
      commandId: 'c1',
      command: 'disposition',
      at: AT - 5,
      acceptedAt: AT,
      handoff: 2,
      disposition: 'not_ready',
      followUpOn: '2027-01-15',
      by: 'rep_1',
    });
  });

  test('every row gives one fact, whatever it holds', async () => {
    const odd = [
      row('sales.activity', { command: { id: 'c1', kind: 'dance' } }),
      row('email.clicked', { properties: { emailId: { a: 1 }, url: 'not a link' } }),
      row('custom.thing', { properties: { url: ['x'], path: 7 } }),
      row('unheard.of'),
    ];
    expect((await observe(...odd)).map(({ seq }) => seq)).toEqual(odd.map(({ seq }) => seq));
  });

  test('no address, path, trait or text is in a fact', async () => {
    const facts = await observe(
      row('email.clicked', {
        lead: { email: 'kim@gmail.com' },
        properties: { emailId: 'secret-mail', url: 'https://acme.test/secret-path', text: 'secret words' },
        context: { userAgent: 'secret agent', ip: '192.0.2.7' },
      }),
      row('email.replied', { properties: { emailId: 'secret-mail', text: 'secret words?' } }),
    );
    expect(JSON.stringify(facts)).not.toMatch(/secret|kim|acme|192/);
  });
});
