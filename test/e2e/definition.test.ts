/** A change of the handoff definition from its first draft to its rollback, on the product as a user runs it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baton, type Home, home, Product } from '../support/product.js';

const SAMPLE = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');
const DAY_MS = 86_400_000;
const WAITING = 'wanda@waiting.test';
const OPEN = 'oda@open.test';
const LATE = 'lars@late.test';

const TESTS = `tests:
  - name: four downloads are enough
    source: contact-form
    given:
      - { at: 2026-11-23 10:00, event: content.downloaded, resource: "guide-#", every: 1m, times: 4 }
    expect:
      - { handoff: score, at: 2026-11-23 10:03, score: 40 }
`;

let at: Home;
let product: Product;
let lower: string;
let draft: string;
let stale: string;
const ids: Record<string, string> = {};

beforeAll(async () => {
  at = await home();
  product = await Product.start(at, '--no-sample');
  lower = join(at.dataDir, 'lower.yaml');
  writeFileSync(
    lower,
    SAMPLE.replace('    threshold: 50', '    threshold: 35').replace('remindRep: 30d', 'remindRep: 10d'),
  );
  await product.call('POST', '/v1/reps', { id: 'ana', name: 'Ana Ribeiro', capacity: 20 });
  await send(
    ...downloads(WAITING, 4),
    ...downloads('quinn@quiet.test', 1),
    event(OPEN, 'lead.created'),
    // Older than a day, so that no bridge email stands before what the handoff waits for next.
    { ...event(OPEN, 'demo.requested'), occurredAt: new Date(Date.now() - 2 * DAY_MS).toISOString() },
    ...downloads(LATE, 3),
  );
  for (const email of [WAITING, OPEN, LATE]) ids[email] = (await product.eventually(() => leadBy(email))).id;
}, 240_000);

afterAll(async () => {
  await product?.kill();
  at?.remove();
});

let counter = 0;
const event = (email: string, type: string, properties: Record<string, unknown> = {}) => ({
  id: `d${++counter}`,
  type,
  lead: { email },
  source: { name: 'contact-form' },
  properties,
});
const downloads = (email: string, times: number) =>
  Array.from({ length: times }, () => event(email, 'content.downloaded', { resource: `guide-${++counter}` }));

async function send(...events: unknown[]): Promise<void> {
  const { body } = await product.call('POST', '/v1/events', { events });
  expect(body).toMatchObject({ accepted: events.length, rejected: [] });
}

async function leadBy(email: string) {
  const { body } = await product.call('GET', `/v1/leads?email=${encodeURIComponent(email)}`);
  return body.items[0];
}

const leadWhere = (email: string, holds: (lead: Awaited<ReturnType<typeof leadBy>>) => boolean) =>
  product.eventually(async () => {
    const lead = await leadBy(email);
    return lead && holds(lead) ? lead : null;
  });

async function handoffOf(email: string) {
  return (await product.call('GET', `/v1/handoffs/${ids[email]}/1`)).body;
}

interface Told {
  readonly kind: string;
  readonly text: string;
  readonly data: { readonly definitionVersion: number };
}

async function decisionsOf(email: string): Promise<Told[]> {
  const { body } = await product.call('GET', `/v1/leads/${ids[email]}/timeline?order=asc&limit=200`);
  return body.items.filter(({ kind }: Told) => kind === 'decision');
}

/** What `baton … --json` answers, behind whatever it says on the way. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there
async function asked(...args: string[]): Promise<{ code: number | null; reply: any }> {
  const { code, out } = await baton(at, ...args, '--json');
  return { code, reply: JSON.parse(out.slice(out.indexOf('{'))) };
}

async function newestVersion(): Promise<number> {
  return (await product.call('GET', '/v1/definitions/current')).body.number;
}

describe('before anybody signs', () => {
  it('a lead waits below the threshold, and another one is with sales, both under version 1', async () => {
    const waiting = await leadWhere(WAITING, ({ score }) => score.engagement === 40);
    expect(waiting).toMatchObject({ stage: 'nurturing', score: { threshold: 50 }, handoff: null });
    await leadWhere(OPEN, ({ handoff }) => handoff?.dueAt != null);
    expect(await handoffOf(OPEN)).toMatchObject({ definitionVersion: 1, state: 'awaiting' });
  });

  it('a draft is begun, its tests say what it breaks and what it is for, and its diff says it in words', async () => {
    const begun = await asked(
      'definition',
      'draft',
      lower,
      '--by',
      'Mara',
      '--note',
      'Warmer leads to sales',
    );
    expect(begun).toMatchObject({ code: 0, reply: { basedOn: 1, revision: 1, state: 'open' } });
    draft = begun.reply.id;
    stale = (await asked('definition', 'draft', lower, '--by', 'Sam')).reply.id;

    const old = await asked('definition', 'test', 'definitions', '--definition', lower);
    expect(old).toMatchObject({ code: 1, reply: { ok: false, faulty: 0 } });
    const failed = old.reply.files[0].tests.filter(({ ok }: { ok: boolean }) => !ok);
    expect(failed.map(({ name }: { name: string }) => name)).toContain(
      'the score hands off when an act carries it to the threshold',
    );
    const own = join(at.dataDir, 'lower.test.yaml');
    writeFileSync(own, TESTS);
    expect(await asked('definition', 'test', own, '--definition', lower)).toMatchObject({
      code: 0,
      reply: { ok: true, tests: 1 },
    });

    const { reply: diff } = await asked('definition', 'diff', 'current', draft);
    expect(diff.changes.map(({ text }: { text: string }) => text)).toEqual([
      expect.stringContaining('threshold 50 → 35'),
      expect.stringMatching(/30 days → 10 days/),
    ]);
  });

  it('the backtest shows the handoff that it gains, with the lead and its walk under both', async () => {
    const { code, reply } = await asked('backtest', draft, '--lead', ids[WAITING] ?? '');
    expect(code).toBe(0);
    expect(reply).toMatchObject({ state: 'done', before: { named: '1' }, after: { named: draft } });
    expect(reply.result.totals).toMatchObject({ before: 1, after: 2, gained: 1, same: 1, lost: 0 });
    expect(reply.result.examples).toMatchObject([
      {
        change: 'gained',
        leadId: ids[WAITING],
        source: 'contact-form',
        after: { trigger: 'score', score: 40 },
      },
    ]);
    const handedOff = reply.walk.rows.find(({ after }: { after: { decisions: string[] } }) =>
      after.decisions[0]?.startsWith('Handed off'),
    );
    expect(handedOff).toMatchObject({ differs: 'decisions', before: { score: 40, decisions: [] } });
    const page = await fetch(`http://127.0.0.1:${at.ports.http}/v1/backtests/${reply.id}/report`, {
      headers: { authorization: `Bearer ${readFileSync(join(at.dataDir, 'admin-key'), 'utf8').trim()}` },
    });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8']);
    expect(await page.text()).toContain(ids[WAITING]);
  });
});

describe('a publish', () => {
  it('needs both signatures', async () => {
    const unsigned = await baton(at, 'definition', 'publish', draft, '--by', 'Mara');
    expect(unsigned.code).toBe(1);
    expect(unsigned.out).toContain('it lacks the signature of marketing and sales');
    for (const [side, by] of [['marketing', 'Mara'] as const, ['sales', 'Sam'] as const]) {
      expect((await asked('definition', 'sign', draft, '--as', side, '--by', by)).reply.signed[side].by).toBe(
        by,
      );
      await product.call('POST', `/v1/definitions/${stale}/sign`, { as: side, by });
    }
  });

  it('asks before it hands off more than the guard allows, names the number, and does nothing until it is confirmed', async () => {
    const { code, out } = await baton(at, 'definition', 'publish', draft, '--by', 'Mara');
    expect(code).toBe(1);
    expect(out).toContain('hand off 1 of 3 open leads at once');
    expect(out).toContain(`baton definition publish ${draft} --confirm 1`);
    expect(await newestVersion()).toBe(1);
    const confirmed = await asked('definition', 'publish', draft, '--by', 'Mara', '--confirm', '1');
    expect(confirmed).toMatchObject({
      code: 0,
      reply: {
        number: 2,
        signed: { marketing: 'Mara', sales: 'Sam' },
        forecast: { handoffs: 1, openLeads: 3 },
      },
    });
  });

  it('judges the waiting lead, and hands it off under version 2', async () => {
    await leadWhere(WAITING, ({ handoff }) => handoff?.dueAt != null);
    expect(await handoffOf(WAITING)).toMatchObject({
      definitionVersion: 2,
      trigger: { kind: 'score', value: 40, threshold: 35 },
    });
    const told = await decisionsOf(WAITING);
    expect(told.map(({ data }) => data.definitionVersion)).toEqual(told.map(() => 2));
    expect(told.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^Handed off to Ana.*threshold 35/),
    );
    const { out } = await baton(at, 'lead', 'timeline', WAITING);
    expect(out).toContain('Version 2 of the handoff definition was published: the lead is judged by it');
  });

  it('is refused on top of a version that is no longer the newest', async () => {
    const { code, out } = await baton(at, 'definition', 'publish', stale, '--by', 'Sam', '--confirm', '9');
    expect(code).toBe(1);
    expect(out).toMatch(/Version 2 was published by Mara .*made on top of version 1/);
    expect(await newestVersion()).toBe(2);
  });

  it('is taken up by a lead with its next event', async () => {
    await send(event(LATE, 'content.downloaded', { resource: 'one-more' }));
    await leadWhere(LATE, ({ handoff }) => handoff?.dueAt != null);
    expect(await handoffOf(LATE)).toMatchObject({ definitionVersion: 2, trigger: { kind: 'score' } });
  });

  it('leaves a handoff in flight with its own version to its end', async () => {
    const call = await product.call('POST', `/v1/handoffs/${ids[OPEN]}/1/activities`, {
      kind: 'call',
      by: 'ana',
    });
    expect(call).toMatchObject({ status: 200, body: { state: 'working', definitionVersion: 1 } });
    // Version 1 reminds the rep after 30 days of silence, version 2 after 10.
    const { next } = await leadWhere(OPEN, ({ next }) => next?.what === 'idle_rep');
    expect(Date.parse(next.at) - Date.now()).toBeGreaterThan(29 * DAY_MS);
    const ended = await product.call('POST', `/v1/handoffs/${ids[OPEN]}/1/disposition`, {
      disposition: 'not_ready',
      by: 'ana',
    });
    expect(ended).toMatchObject({
      status: 200,
      body: { state: 'closed', definitionVersion: 1, outcome: { kind: 'not_ready' } },
    });
    const told = await decisionsOf(OPEN);
    const versionOf = (words: RegExp) => told.find(({ text }) => words.test(text))?.data.definitionVersion;
    expect(versionOf(/^Handed off to Ana/)).toBe(1);
    // What follows the end (track, tags, the new period) is the version's of that moment.
    expect(versionOf(/^Nurture period 2 begins/)).toBe(2);
  });
});

describe('a rollback', () => {
  it('publishes the content of version 1 as version 3', async () => {
    const { code, reply } = await asked('definition', 'rollback', '1', '--by', 'Mara', '--note', 'Too many');
    expect(code).toBe(0);
    const { body: first } = await product.call('GET', '/v1/definitions/1');
    expect(reply).toMatchObject({ number: 3, hash: first.hash, document: first.document, note: 'Too many' });
    const { body: history } = await product.call('GET', '/v1/definitions/history?limit=3');
    expect(history.items.map(({ what, number }: { what: string; number: number }) => [what, number])).toEqual(
      [
        ['rolled_back', 3],
        ['published', 2],
        ['signed', null],
      ],
    );
  });

  it('holds for whom it hands off next, while sales keeps what it has', async () => {
    const quiet = 'quinn@quiet.test';
    await send(event(quiet, 'content.downloaded', { resource: 'a-second' }));
    expect(await leadWhere(quiet, ({ score }) => score.engagement === 20)).toMatchObject({
      stage: 'nurturing',
    });
    await leadWhere(quiet, ({ score }) => score.threshold === 50);
    expect((await leadBy(WAITING)).stage).toBe('handed_off');
    expect(await handoffOf(WAITING)).toMatchObject({ definitionVersion: 2, state: 'awaiting' });
  });
});

describe('the record', () => {
  it('names the version of every decision, and every decision is made again from it', async () => {
    for (const email of [WAITING, OPEN, LATE]) {
      const versions = (await decisionsOf(email)).map(({ data }) => data.definitionVersion);
      expect(versions.every((version) => version >= 1 && version <= 3)).toBe(true);
      expect(versions).toEqual([...versions].sort());
    }
    const { code, reply } = await asked('proof');
    expect(reply.differing).toEqual([]);
    expect(code).toBe(0);
    expect(reply.entries).toBeGreaterThan(12);
  });
});
