/** Rows of the lifecycle on the time-skipping server: months pass in a moment, timers and workflow are the real ones. */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LeadDriver, World } from '../support/lead-driver.js';
import { timeSkippingEnvironment } from '../support/temporal.js';

const DAY = 86_400_000;
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

describe('a demo request', () => {
  it('pauses nurture, makes the task and alerts the rep at once; two minutes later the bridge email goes', async () => {
    await driver.start('demo', [{ type: 'lead.created' }, { type: 'demo.requested' }]);
    await driver.until('demo', ({ state }) => state.stage.name === 'handed_off' && state.stage.handoff.prepared);
    await driver.until('demo', ({ state }) => state.effects.length === 0);
    expect(world.effects('demo').sort()).toEqual(['alert', 'pause', 'task']);
    await environment.sleep(3 * MINUTE);
    await driver.until('demo', ({ state }) => state.effects.length === 0);
    expect(world.effects('demo')).toContain('bridge');
  });

  it('lapses after three business days without contact, and the lead is taken back into long-term nurture', async () => {
    await environment.sleep(6 * DAY);
    const { state } = await driver.until('demo', ({ state: now }) => now.stage.name === 'nurturing' && now.effects.length === 0);
    expect(state.stage).toEqual({ name: 'nurturing', track: 'long_term' });
    expect(state.lastHandoff?.outcome?.kind).toBe('sla_lapsed');
    expect(state.period.startedAt).toBe(state.lastHandoff?.sla.dueAt);
    expect(state.tags).toEqual(['future_handoff']);
    expect(world.effects('demo')).toContain('resume');
  });
});
