/** The product from outside: started by its command, driven over HTTP, killed and started again. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baton, type Home, home, listens, Product } from '../support/product.js';

let at: Home;
let product: Product;

beforeAll(async () => {
  at = await home();
  product = await Product.start(at);
}, 240_000);

afterAll(async () => {
  await product?.kill();
  at?.remove();
});

const event = (id: string, type: string, email: string, more: Record<string, unknown> = {}) => ({
  id,
  type,
  occurredAt: new Date().toISOString(),
  lead: { email },
  ...more,
});

async function leadBy(email: string) {
  const { body } = await product.call('GET', `/v1/leads?email=${encodeURIComponent(email)}`);
  return body.items[0];
}

const handedOff = (email: string) =>
  product.eventually(async () => {
    const lead = await leadBy(email);
    if (!lead?.handoff) return null;
    const { status, body } = await product.call('GET', `/v1/handoffs/${lead.id}/${lead.handoff.number}`);
    return status === 200 && body.task?.id && body.package ? { lead, handoff: body } : null;
  });

describe('the first start', () => {
  it('says where everything is, hands out a key and gives lines to try', () => {
    expect(product.output).toContain(`http://127.0.0.1:${at.ports.http}`);
    expect(product.output).toContain(`http://127.0.0.1:${at.ports.ui}`);
    expect(product.output).toMatch(/admin key\s+baton_/);
    expect(product.output.match(/curl -s/g)?.length).toBe(2);
  });

  it('plays the sample story: handed off by action, score and time, machines ignored, one SLA lapsing within a minute', async () => {
    const stageOf = async (email: string) => (await leadBy(email))?.stage;
    const trigger = async (email: string) => (await leadBy(email))?.handoff?.trigger;
    await product.eventually(async () => (await trigger('kim.larsen@sample-fjord.example.com')) === 'demo');
    await product.eventually(async () => (await trigger('ravi.menon@sample-lotus.example.com')) === 'score');
    await product.eventually(
      async () => (await trigger('sofia.rossi@sample-vento.example.com')) === 'fallback',
    );
    expect(await stageOf('ida.holm@sample-nordlys.example.com')).toBe('converted');
    const scanner = await leadBy('scanner@sample-harbor.example.com');
    expect(scanner).toMatchObject({ stage: 'nurturing', score: { engagement: 0 }, handoff: null });
    const lapsed = await product.eventually(async () => {
      const lead = await leadBy('lena.vogel@sample-blitz.example.com');
      return lead?.stage === 'nurturing' && lead.tags.includes('future_handoff') ? lead : null;
    }, 90_000);
    const { body } = await product.call('GET', `/v1/handoffs/${lapsed.id}/1`);
    expect(body.outcome.kind).toBe('sla_lapsed');
  });
});

describe('a lead that asks for a demo', () => {
  it('has its task, its package and its rep, and may not be mailed by marketing', async () => {
    const email = 'grace@hopper-industries.test';
    await product.call('POST', '/v1/events', {
      events: [
        event('g1', 'lead.created', email, {
          source: { name: 'webinar' },
          properties: { traits: { name: 'Grace Hopper', company: 'Hopper Industries' } },
        }),
        event('g2', 'content.downloaded', email, { properties: { resource: 'pricing-guide' } }),
        event('g3', 'demo.requested', email),
      ],
    });
    const { lead, handoff } = await handedOff(email);
    expect(handoff).toMatchObject({
      state: 'awaiting',
      trigger: { kind: 'action', id: 'demo', intent: 'high' },
    });
    expect(handoff.package.person).toMatchObject({ name: 'Grace Hopper', company: 'Hopper Industries' });
    expect(handoff.package.opener).toContain('pricing guide');
    const points = handoff.package.score.contributions.map(({ points: each }: { points: number }) => each);
    expect(points.reduce((sum: number, each: number) => sum + each, 0)).toBeCloseTo(
      handoff.package.score.total,
      9,
    );
    const { body: sendable } = await product.call('GET', `/v1/leads/${lead.id}/sendable?stream=marketing`);
    expect(sendable.allowed).toBe(false);
  });

  it('is worked by a call and ends with exactly one outcome; what does not fit any more is refused in words', async () => {
    const { lead } = await handedOff('grace@hopper-industries.test');
    const call = await product.call('POST', `/v1/handoffs/${lead.id}/1/activities`, {
      kind: 'call',
      by: 'ana',
    });
    expect(call).toMatchObject({
      status: 200,
      body: { state: 'working', sla: { state: 'met' }, task: { state: 'done' } },
    });
    const won = await product.call('POST', `/v1/handoffs/${lead.id}/1/disposition`, {
      disposition: 'converted',
      by: 'ana',
    });
    expect(won).toMatchObject({ status: 200, body: { state: 'closed', outcome: { kind: 'converted' } } });
    const late = await product.call('POST', `/v1/handoffs/${lead.id}/1/reassign`, { rep: 'ben' });
    expect(late.status).toBe(409);
    expect(late.body.detail).toMatch(/handoff 1 ended: converted/);
    const { body: timeline } = await product.call('GET', `/v1/leads/${lead.id}/timeline?order=asc`);
    const words = timeline.items.map(({ text }: { text: string }) => text).join('\n');
    expect(words).toMatch(/demo/i);
    expect(words).toMatch(/converted/i);
  });

  it('is not handed off a second time by a repeated event', async () => {
    const { body } = await product.call(
      'POST',
      '/v1/events',
      event('g3', 'demo.requested', 'nobody@else.test'),
    );
    expect(body.accepted ?? 0).toBe(0);
    const again = await product.call('POST', '/v1/events', event('k1', 'demo.requested', 'kay@mcnulty.test'));
    expect(again.body).toMatchObject({ accepted: 1, duplicates: 0 });
    const { lead } = await handedOff('kay@mcnulty.test');
    expect(lead.handoff.number).toBe(1);
  });
});

describe('killed in the middle', () => {
  it('loses nothing that was acknowledged, applies each event once and stops what the dead process had left', async () => {
    const rows: string[] = [];
    for (let lead = 0; lead < 40; lead++) {
      const email = `lead${lead}@kill-${lead}.test`;
      for (let n = 0; n < 25; n++) {
        rows.push(
          JSON.stringify({
            ...event(`kill-${lead}-${n}`, 'page.viewed', email),
            properties: { url: `https://acme.test/blog/${n}` },
          }),
        );
      }
    }
    const file = join(at.dataDir, 'history.jsonl');
    writeFileSync(file, `${rows.join('\n')}\n`);
    const importing = baton(at, 'import', file, '--json');
    await product.eventually(async () => (await leadBy('lead3@kill-3.test')) ?? null);
    await product.kill();
    // The import rides out the outage by itself, or ends and is run again: both must come to the same.
    product = await Product.start(at);
    await importing;
    const again = await baton(at, 'import', file, '--json');
    expect(again.code).toBe(0);
    const demo = 'lead7@kill-7.test';
    await product.call('POST', '/v1/events', event('kill-demo', 'demo.requested', demo));
    await handedOff(demo);
    for (const lead of [0, 3, 39]) {
      const found = await leadBy(`lead${lead}@kill-${lead}.test`);
      const { body } = await product.call('GET', `/v1/leads/${found.id}/timeline?limit=200`);
      const views = body.items.filter(({ text }: { text: string }) => /blog/.test(text));
      expect(views).toHaveLength(25);
    }
  });

  it('refuses to be started twice on one data folder, naming who holds it', async () => {
    const other = { ...at, ports: { http: at.ports.http + 1, temporal: at.ports.temporal, ui: at.ports.ui } };
    const { code, out } = await baton(other, 'start');
    expect(code).not.toBe(0);
    expect(out).toContain(String(product.pid));
    expect(out).not.toMatch(/\n\s+at .*\(/);
  });

  it('says what to do when its port is taken', async () => {
    const elsewhere = await home();
    const { code, out } = await baton(
      { ...elsewhere, ports: { ...elsewhere.ports, http: at.ports.http } },
      'start',
    );
    elsewhere.remove();
    expect(code).not.toBe(0);
    expect(out).toMatch(/Port \d+ .* is in use.*BATON_PORT/s);
  });
});

describe('the record', () => {
  it('is a proof: every decision of every life above is made again from what was recorded', async () => {
    const { code, out } = await baton(at, 'proof', '--json');
    const proof = JSON.parse(out);
    expect(proof.differing).toEqual([]);
    expect(code).toBe(0);
    expect(proof.entries).toBeGreaterThan(50);
  });
});

describe('the sample', () => {
  it('is removed by one command, and nothing else with it', async () => {
    const { code, out } = await baton(at, 'sample', 'remove', '--json');
    expect(code, out).toBe(0);
    expect(JSON.parse(out).leads).toBe(12);
    expect(await leadBy('kim.larsen@sample-fjord.example.com')).toBeUndefined();
    expect((await leadBy('kay@mcnulty.test')).stage).toBe('handed_off');
  });
});

describe('Ctrl-C', () => {
  it('stops everything that was started', async () => {
    expect(await product.interrupt()).toBe(0);
    for (const port of Object.values(at.ports)) expect(await listens(port)).toBe(false);
  });
});
