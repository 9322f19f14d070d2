/** Rows of the lifecycle on the time-skipping server: months pass in a moment, timers and workflow are the real ones. */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rerunJournal } from '../support/journal-replay.js';
import { type Happening, LeadDriver, World } from '../support/lead-driver.js';
import { timeSkippingEnvironment } from '../support/temporal.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MINUTE = 60_000;

let environment: TestWorkflowEnvironment;
let world: World;
let driver: LeadDriver;
let worker: Worker;
let running: Promise<void>;

beforeAll(async () => {
  environment = await timeSkippingEnvironment();
  world = new World();
  driver = new LeadDriver(environment, world);
  worker = await driver.worker();
  running = worker.run();
});

afterAll(async () => {
  worker?.shutdown();
  await running;
  await environment?.teardown();
});

/** Advances the server's clock to the next instant at which it is this hour (UTC) on one of these weekdays. */
async function goTo(weekday: number, hourUtc: number): Promise<number> {
  const now = await driver.now();
  const target = new Date(now);
  target.setUTCHours(hourUtc, 0, 0, 0);
  while (target.getTime() <= now || target.getUTCDay() !== weekday)
    target.setUTCDate(target.getUTCDate() + 1);
  await environment.sleep(target.getTime() - now);
  return target.getTime();
}

const settled = (leadId: string) =>
  driver.until(leadId, ({ state, waiting }) => state.effects.length === 0 && waiting.inFlight.length === 0);

/** Four mails opened and two links clicked, by a person, over some days. */
const opens = (first: number, count: number): Happening[] =>
  Array.from({ length: count }, (_, index) => ({ type: 'email.opened', email: first + index }));

describe('a demo request', () => {
  it('pauses nurture, makes the task and alerts the rep at once; two minutes later the bridge email goes', async () => {
    await driver.start('demo', [{ type: 'lead.created' }, { type: 'demo.requested' }]);
    await driver.until(
      'demo',
      ({ state }) => state.stage.name === 'handed_off' && state.stage.handoff.prepared,
    );
    await settled('demo');
    expect(world.effects('demo').sort()).toEqual(['alert', 'pause', 'task']);
    await environment.sleep(3 * MINUTE);
    await settled('demo');
    expect(world.effects('demo').filter((effect) => effect === 'bridge')).toHaveLength(1);
  });

  it('lapses after three business days without contact, and the lead is taken back into long-term nurture', async () => {
    await environment.sleep(8 * DAY);
    const { state } = await driver.until(
      'demo',
      ({ state: now }) => now.stage.name === 'nurturing' && now.effects.length === 0,
    );
    expect(state.stage).toEqual({ name: 'nurturing', track: 'long_term' });
    expect(state.lastHandoff?.outcome?.kind).toBe('sla_lapsed');
    expect(state.period.startedAt).toBe(state.lastHandoff?.sla.dueAt);
    expect(state.tags).toEqual(['future_handoff']);
    expect(world.effects('demo')).toContain('resume');
  });

  it('during the cooldown a score crossing is held, a second demo request is not', async () => {
    await driver.send('demo', [
      { type: 'webinar.attended' },
      { type: 'webinar.attended' },
      { type: 'webinar.attended' },
    ]);
    const held = await driver.until('demo', ({ state }) => state.seq === 5);
    expect(held.state).toMatchObject({ stage: { name: 'nurturing' }, heldCrossing: true });
    await driver.send('demo', [{ type: 'demo.requested' }]);
    const again = await driver.until('demo', ({ state }) => state.stage.name === 'handed_off');
    expect(again.state.handoffs).toBe(2);
  });
});

describe('the SLA', () => {
  it('runs over a weekend and a holiday in business days, and reminds one business day before', async () => {
    // A Wednesday 14:00 UTC (in office hours of New York): three business days later is Monday.
    const startedAt = await goTo(3, 16);
    await driver.start('weekend', [{ type: 'lead.created' }, { type: 'demo.requested' }]);
    const { state } = await driver.until(
      'weekend',
      ({ state: now }) => now.stage.name === 'handed_off' && now.stage.handoff.prepared,
    );
    if (state.stage.name !== 'handed_off') throw new Error('not handed off');
    const { dueAt, remindAt } = state.stage.handoff.sla;
    const businessDays = new Date(dueAt ?? 0).getUTCDay();
    expect([1, 2]).toContain(businessDays);
    expect(dueAt ?? 0).toBeGreaterThan(startedAt + 4 * DAY);
    await environment.sleep((remindAt ?? 0) - (await driver.now()) + MINUTE);
    await settled('weekend');
    const reminders = world
      .lead('weekend')
      .performed.filter(({ args }) => args.effect === 'alert' && args.reason === 'sla_reminder');
    expect(reminders).toHaveLength(1);
  });

  it('is met by a call, which completes the task and starts the work', async () => {
    const verdict = await driver.command('weekend', {
      command: 'activity',
      activity: 'call',
      by: 'rep-ana',
      handoff: 1,
    });
    expect(verdict).toMatchObject({ ok: true, did: 'contacted', handoff: 1 });
    const { state } = await settled('weekend');
    expect(state.stage).toMatchObject({
      name: 'working',
      handoff: { sla: { state: 'met' }, task: { state: 'done' } },
    });
  });

  it('leaves a worked handoff to the idle rules: reminded, then the manager, then closed by the system', async () => {
    await environment.sleep(50 * DAY);
    const { state } = await driver.until('weekend', ({ state: now }) => now.stage.name === 'nurturing');
    expect(state.lastHandoff?.outcome).toMatchObject({ kind: 'no_response', by: null });
    const alerts = world
      .lead('weekend')
      .performed.flatMap(({ args }) => (args.effect === 'alert' ? [args.reason] : []));
    expect(alerts).toEqual(expect.arrayContaining(['idle_rep', 'idle_manager']));
  });

  it('does not lapse when a call was logged before the deadline and had not been delivered', async () => {
    await driver.start('barrier', [{ type: 'lead.created' }, { type: 'demo.requested' }]);
    const { state } = await driver.until(
      'barrier',
      ({ state: now }) => now.stage.name === 'handed_off' && now.stage.handoff.prepared,
    );
    if (state.stage.name !== 'handed_off') throw new Error('not handed off');
    const dueAt = state.stage.handoff.sla.dueAt ?? 0;
    await environment.sleep(dueAt - (await driver.now()) - HOUR);
    const lead = world.lead('barrier');
    const acceptedAt = await driver.now();
    // In the log, and nowhere else: the courier never gets to send it.
    lead.facts.push({
      kind: 'command',
      seq: lead.facts.length + 1,
      commandId: 'late-call',
      command: 'activity',
      activity: 'call',
      at: acceptedAt,
      acceptedAt,
    });
    await environment.sleep(2 * HOUR);
    const after = await driver.until('barrier', ({ state: now }) => now.stage.name !== 'handed_off');
    expect(after.state.stage).toMatchObject({ name: 'working', handoff: { sla: { state: 'met' } } });
  });

  it('waits one business day more when the CRM cannot say whether sales was active, and tells the manager', async () => {
    world.crmAnswers = false;
    await driver.start('unsure', [{ type: 'lead.created' }, { type: 'demo.requested' }]);
    const { state } = await driver.until(
      'unsure',
      ({ state: now }) => now.stage.name === 'handed_off' && now.stage.handoff.prepared,
    );
    if (state.stage.name !== 'handed_off') throw new Error('not handed off');
    const dueAt = state.stage.handoff.sla.dueAt ?? 0;
    await environment.sleep(dueAt - (await driver.now()) + MINUTE);
    const extended = await driver.until(
      'unsure',
      ({ state: now }) => now.stage.name === 'handed_off' && (now.stage.handoff.sla.dueAt ?? 0) > dueAt,
    );
    expect(extended.state.stage).toMatchObject({ handoff: { sla: { extended: true, state: 'running' } } });
    await environment.sleep(5 * DAY);
    const lapsed = await driver.until('unsure', ({ state: now }) => now.stage.name === 'nurturing');
    expect(lapsed.state.lastHandoff?.outcome?.kind).toBe('sla_lapsed');
    world.crmAnswers = true;
  });
});

describe('the 60-day fallback', () => {
  it('fires at the 60th day when the counts were met before, after asking the log once more', async () => {
    await driver.start('fallback', [{ type: 'lead.created' }]);
    const createdAt = world.lead('fallback').facts[0]?.acceptedAt ?? 0;
    await environment.sleep(10 * DAY);
    await driver.send('fallback', opens(1, 4));
    await driver.send('fallback', [{ type: 'email.clicked', email: 1, link: 11 }]);
    await environment.sleep(5 * DAY);
    await driver.send('fallback', [{ type: 'email.clicked', email: 2, link: 12 }]);
    await environment.sleep(46 * DAY);
    const { state } = await driver.until('fallback', ({ state: now }) => now.handoffs === 1);
    const handoff = state.stage.name === 'handed_off' ? state.stage.handoff : state.lastHandoff;
    expect(handoff?.trigger).toMatchObject({ kind: 'time', intent: 'warm', value: 60 });
    expect(handoff?.startedAt).toBe(createdAt + 60 * DAY);
    expect(world.effects('fallback').filter((effect) => effect === 'final')).toHaveLength(1);
  });
});

describe('not ready, but in 90 days', () => {
  it('comes back on that business day as handoff 2, to the same rep, without a bridge email', async () => {
    await driver.start('follow', [{ type: 'lead.created' }, { type: 'demo.requested' }]);
    await driver.until(
      'follow',
      ({ state }) => state.stage.name === 'handed_off' && state.stage.handoff.prepared,
    );
    const on = new Date((await driver.now()) + 90 * DAY).toISOString().slice(0, 10);
    const verdict = await driver.command('follow', {
      command: 'disposition',
      disposition: 'not_ready',
      followUpOn: on,
      by: 'rep-ana',
      handoff: 1,
    });
    expect(verdict).toMatchObject({ ok: true, outcome: 'not_ready' });
    const promised = await driver.until('follow', ({ state }) => state.followUp?.at != null);
    expect(promised.state.stage).toEqual({ name: 'nurturing', track: 'long_term' });
    await environment.sleep(94 * DAY);
    const { state } = await driver.until('follow', ({ state: now }) => now.handoffs === 2);
    const handoff = state.stage.name === 'handed_off' ? state.stage.handoff : state.lastHandoff;
    expect(handoff?.trigger).toMatchObject({ kind: 'follow_up', intent: 'warm' });
    expect(world.lead('follow').performed.map(({ key }) => key)).not.toContain('follow/h2/bridge/1');
  });
});

describe('an effect that fails for days', () => {
  it('blocks nothing: engagement, commands and the SLA go on, and it succeeds when the other side is back', async () => {
    world.answers.set('task', () => ({ ok: false, code: 'unavailable', permanent: false }));
    await driver.start('broken', [{ type: 'lead.created' }, { type: 'demo.requested' }]);
    await driver.until('broken', ({ state }) => state.effects.some(({ attempts }) => attempts >= 1));
    await environment.sleep(2 * HOUR);
    await driver.send('broken', [{ type: 'webinar.attended' }]);
    const failing = await driver.until('broken', ({ state }) => state.seq === 3);
    expect(failing.state.effects.find(({ args }) => args.effect === 'task')?.attempts).toBeGreaterThan(3);
    world.answers.delete('task');
    await environment.sleep(2 * HOUR);
    await settled('broken');
    expect(world.effects('broken')).toContain('task');
    const reasons = world
      .lead('broken')
      .performed.flatMap(({ args }) => (args.effect === 'alert' ? [args.reason] : []));
    expect(reasons).toContain('no_task');
  });
});

describe('an ended lead', () => {
  it('closes with a snapshot when it converts, and a high-intent act of an unqualified one reopens it as handoff 2', async () => {
    await driver.start('ended', [{ type: 'lead.created' }, { type: 'demo.requested' }]);
    await driver.until(
      'ended',
      ({ state }) => state.stage.name === 'handed_off' && state.stage.handoff.prepared,
    );
    await driver.command('ended', {
      command: 'disposition',
      disposition: 'unqualified',
      by: 'rep-ana',
      handoff: 1,
    });
    const outcome = await driver.workflow.getHandle('lead-ended').result();
    expect(outcome).toMatchObject({ stage: 'unqualified', lastSeq: 3 });
    await driver.reopen('ended', [{ type: 'demo.requested' }]);
    const { state } = await driver.until('ended', ({ state: now }) => now.handoffs === 2);
    expect(state.seq).toBe(4);
    const keys = world.lead('ended').performed.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('goes dormant after 180 days without a human act, and is asleep without a workflow', async () => {
    await driver.start('sleepy', [{ type: 'lead.created' }]);
    await environment.sleep(181 * DAY);
    const outcome = await driver.workflow.getHandle('lead-sleepy').result();
    expect(outcome).toMatchObject({ stage: 'dormant' });
    await driver.reopen('sleepy', [{ type: 'page.viewed', kind: 'blog' }]);
    const { state } = await driver.until('sleepy', ({ state: now }) => now.stage.name === 'nurturing');
    expect(state.stage).toEqual({ name: 'nurturing', track: 'long_term' });
    expect(state.period.number).toBe(1);
  });

  it('is judged under the version of the day when it wakes, whatever was published while it slept', async () => {
    await driver.start('slept', [{ type: 'lead.created' }]);
    await environment.sleep(181 * DAY);
    await driver.workflow.getHandle('lead-slept').result();
    const published = world.definitionNumber;
    world.definitionNumber = published + 1;
    try {
      await driver.reopen('slept', [{ type: 'page.viewed', kind: 'blog' }]);
      const { state } = await driver.until('slept', ({ state: now }) => now.stage.name === 'nurturing');
      expect(state.definition.number).toBe(published + 1);
      const inputs = world.lead('slept').journal.map(({ input }) => input);
      expect(inputs).toContainEqual(
        expect.objectContaining({
          kind: 'refold',
          definition: { number: published + 1, hash: expect.any(String) },
        }),
      );
    } finally {
      world.definitionNumber = published;
      world.leads.delete('slept');
    }
  });
});

describe('the journal', () => {
  it('is a proof: re-running step over the recorded inputs of every life above makes every decision again', () => {
    let compared = 0;
    for (const [leadId, { facts, journal }] of world.leads) {
      const rerun = rerunJournal(leadId, facts, journal, world.policy('contact-form'));
      expect(rerun.differences, leadId).toEqual([]);
      expect(rerun.state.handoffs, leadId).toBe(world.lead(leadId).recorded?.handoffs);
      compared += rerun.compared;
    }
    expect(compared).toBeGreaterThan(100);
  });
});
