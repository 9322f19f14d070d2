/** Continue-as-new in every stage, on a real server (the time-skipping one is not atomic there), with messages under way. */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyEngagement, emptyEngagement, settleClicks } from '../../src/domain/engagement.js';
import { scoreAt } from '../../src/domain/scoring.js';
import { type Happening, LeadDriver, World } from '../support/lead-driver.js';
import { localEnvironment } from '../support/temporal.js';

let environment: TestWorkflowEnvironment;
let world: World;
let driver: LeadDriver;
let worker: Worker;
let running: Promise<void>;

beforeAll(async () => {
  environment = await localEnvironment();
  world = new World();
  // So few events a run that every story below goes through several.
  driver = new LeadDriver(environment, world, { eventsMax: 25 });
  worker = await driver.worker({ maxCachedWorkflows: 10 });
  running = worker.run();
});

afterAll(async () => {
  worker?.shutdown();
  await running;
  await environment?.teardown();
});

const view = (url: string): Happening => ({ type: 'page.viewed', kind: 'blog', path: url });

async function runsOf(leadId: string): Promise<number> {
  let count = 0;
  let id: string | undefined;
  // The chain of runs, from the newest back, by the histories themselves: visibility may be behind.
  for (;;) {
    const handle = driver.workflow.getHandle(`lead-${leadId}`, id);
    const { events } = await handle.fetchHistory();
    count++;
    const before = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    if (!before) return count;
    id = before;
  }
}

/** A run continues as new once nothing is under way, which may be just after its state has become what is waited for. */
async function severalRuns(leadId: string): Promise<void> {
  const deadline = Date.now() + 15_000;
  while ((await runsOf(leadId)) < 2) {
    if (Date.now() > deadline) throw new Error(`${leadId} never continued as new`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('continue-as-new', () => {
  it('in nurture loses and repeats nothing while events keep coming', async () => {
    await driver.start('can-nurture', [{ type: 'lead.created' }]);
    for (let batch = 0; batch < 40; batch++) {
      await driver.send('can-nurture', [
        view(`/blog/${batch}`),
        { type: 'content.downloaded', resource: batch },
      ]);
    }
    const { state } = await driver.until('can-nurture', ({ seq }) => seq === 81);
    await severalRuns('can-nurture');
    // The same events folded in one go, without any workflow, give the same engagement.
    const policy = world.policy('contact-form');
    let folded = emptyEngagement();
    for (const fact of world.lead('can-nurture').facts) {
      if (fact.kind === 'engagement')
        folded = applyEngagement(folded, fact, policy, { number: 1, startedAt: 0 });
    }
    expect(state.engagement).toEqual(settleClicks(folded, state.at, policy));
    expect(scoreAt(state.engagement, state.at, policy).total).toBeGreaterThan(0);
  });

  it('with a handoff open keeps its SLA instant, its effects and its number', async () => {
    await driver.start('can-open', [{ type: 'lead.created' }, { type: 'demo.requested' }]);
    const before = await driver.until(
      'can-open',
      ({ state, waiting }) =>
        state.stage.name === 'handed_off' && state.stage.handoff.prepared && waiting.inFlight.length === 0,
    );
    for (let batch = 0; batch < 20; batch++) await driver.send('can-open', [view(`/blog/${batch}`)]);
    const after = await driver.until('can-open', ({ seq }) => seq === 22);
    await severalRuns('can-open');
    const sla = (result: typeof before) =>
      result.state.stage.name === 'handed_off' ? result.state.stage.handoff.sla : null;
    expect(sla(after)).toEqual(sla(before));
    const keys = world.lead('can-open').performed.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toContain('can-open/h1/task/1');
  });

  it('while an effect is failing carries it on with its attempts', async () => {
    world.answers.set('task', () => ({ ok: false, code: 'unavailable', permanent: false }));
    await driver.start('can-failing', [{ type: 'lead.created' }, { type: 'demo.requested' }]);
    await driver.until('can-failing', ({ state }) => state.effects.some(({ attempts }) => attempts > 0));
    for (let batch = 0; batch < 20; batch++) await driver.send('can-failing', [view(`/blog/${batch}`)]);
    const { state } = await driver.until('can-failing', ({ seq }) => seq === 22);
    await severalRuns('can-failing');
    expect(state.effects.map(({ key }) => key)).toEqual(['can-failing/h1/task/1']);
    expect(state.effects[0]?.attempts).toBeGreaterThan(0);
    world.answers.delete('task');
    await driver.until('can-failing', ({ state: now }) => now.effects.length === 0, 30_000);
  });

  it('answers commands that come in between, each exactly once', async () => {
    await driver.start('can-commands', [{ type: 'lead.created' }, { type: 'demo.requested' }]);
    await driver.until(
      'can-commands',
      ({ state }) => state.stage.name === 'handed_off' && state.stage.handoff.prepared,
    );
    const verdicts = [];
    for (let call = 0; call < 12; call++) {
      verdicts.push(
        await driver.command('can-commands', { command: 'activity', activity: 'call', handoff: 1 }),
      );
    }
    await severalRuns('can-commands');
    for (const verdict of verdicts) {
      if (verdict !== 'pending') expect(verdict).toMatchObject({ ok: true, did: 'contacted' });
    }
    const { state } = await driver.until('can-commands', ({ seq }) => seq === 14);
    expect(state.stage.name).toBe('working');
    const recorded = world.decisions('can-commands').filter(({ kind }) => kind === 'activity');
    expect(recorded).toHaveLength(12);
    const numbers = world.lead('can-commands').journal.map(({ n }) => n);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });
});

describe('delivery', () => {
  it('applies a repeated batch once, and asks again from the first missing event on a gap', async () => {
    await driver.start('gap', [{ type: 'lead.created' }]);
    await driver.until('gap', ({ seq }) => seq === 1);
    world.append('gap', await driver.now(), [view('/blog/lost')]);
    world.lead('gap').sent = 2;
    // Event 3 arrives without event 2: nothing is applied, and the courier is asked to begin at 2 again.
    await driver.send('gap', [view('/blog/later')]);
    const deadline = Date.now() + 10_000;
    while (world.lead('gap').sent !== 1 && Date.now() < deadline) await new Promise((r) => setTimeout(r, 20));
    expect(world.lead('gap').sent).toBe(1);
    expect((await driver.query('gap')).seq).toBe(1);
    await driver.deliver('gap');
    world.lead('gap').sent = 0;
    await driver.deliver('gap');
    const { state } = await driver.until('gap', ({ seq }) => seq === 3);
    expect(state.engagement.humanCount).toBe(2);
  });

  it('folds the engagement anew when a batch was observed under a newer definition', async () => {
    await driver.start('versions', [{ type: 'lead.created' }, { type: 'webinar.attended' }]);
    await driver.until('versions', ({ seq }) => seq === 2);
    world.definitionNumber = 2;
    await driver.send('versions', [{ type: 'webinar.attended' }]);
    const { state } = await driver.until('versions', ({ seq }) => seq === 3);
    expect(state.definition.number).toBe(2);
    expect(state.engagement.humanCount).toBe(2);
    world.definitionNumber = 1;
  });

  it('survives eviction: fifty waiting leads with room for two in the cache', async () => {
    const small = new LeadDriver(environment, world);
    const tiny = await small.worker({ maxCachedWorkflows: 2 });
    await tiny.runUntil(async () => {
      const ids = Array.from({ length: 50 }, (_, index) => `evicted-${index}`);
      for (const id of ids)
        await small.start(id, [{ type: 'lead.created' }, { type: 'email.clicked', email: 1, link: 2 }]);
      for (const id of ids) await small.send(id, [view('/blog/again')]);
      for (const id of ids)
        expect((await small.until(id, ({ seq }) => seq === 3)).state.stage.name).toBe('nurturing');
    });
  });

  it('keeps the worker and other leads alive while one lead is flooded with ten thousand events', async () => {
    await driver.start('flood', [{ type: 'lead.created' }]);
    await driver.start('bystander', [{ type: 'lead.created' }]);
    for (let batch = 0; batch < 20; batch++) {
      await driver.send(
        'flood',
        Array.from({ length: 500 }, (_, index) => view(`/blog/${batch}-${index}`)),
      );
    }
    await driver.send('bystander', [{ type: 'demo.requested' }]);
    await driver.until('bystander', ({ state }) => state.stage.name === 'handed_off');
    const { state } = await driver.until('flood', ({ seq }) => seq === 10_001, 60_000);
    expect(state.engagement.humanCount).toBe(10_000);
    expect(JSON.stringify(state).length).toBeLessThan(100_000);
  });
});
