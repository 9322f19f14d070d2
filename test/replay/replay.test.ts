/** The recorded past still replays: the same code decides the same, and no release may change what open leads decided. */
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { dataConverter } from '../../src/temporal/data-converter.js';
import { workflowBundle } from '../support/lead-driver.js';
import { quietRuntime } from '../support/temporal.js';
import { historyOf, recordings } from './recordings.js';
import { SCENARIOS } from './scenarios.js';

quietRuntime();
const recorded = recordings();

describe('recorded histories', () => {
  it('exist for every scenario, and every recording belongs to one', () => {
    expect([...new Set(recorded.map(({ scenario }) => scenario))].sort()).toEqual(
      SCENARIOS.map(({ name }) => name).sort(),
    );
  });

  it('hold nobody: no address, no name, no free text', () => {
    for (const { file, text } of recorded) {
      expect(addressesIn(text), file).toEqual([]);
    }
  });

  it('replay with the present code, each to its end', async () => {
    const results = Worker.runReplayHistories(
      { workflowBundle: await workflowBundle(), dataConverter },
      (function* () {
        for (const recording of recorded) yield { workflowId: recording.file, history: historyOf(recording) };
      })(),
    );
    const failures: string[] = [];
    let replayed = 0;
    for await (const result of results) {
      replayed++;
      if (result.error) failures.push(`${result.workflowId}: ${result.error.message}`);
    }
    expect(failures).toEqual([]);
    expect(replayed).toBe(recorded.length);
    expect(replayed).toBeGreaterThan(SCENARIOS.length - 1);
  });

  it('would notice: a history whose timer was for another step is refused', async () => {
    const recording = recorded.find(({ scenario }) => scenario === 'action-handoff-lapsed');
    if (!recording) throw new Error('not recorded');
    const history = historyOf(recording);
    const event = history.events?.find(
      ({ activityTaskScheduledEventAttributes }) => activityTaskScheduledEventAttributes,
    );
    if (event?.activityTaskScheduledEventAttributes?.activityType) {
      event.activityTaskScheduledEventAttributes.activityType.name = 'somethingElse';
    }
    await expect(
      Worker.runReplayHistory({ workflowBundle: await workflowBundle(), dataConverter }, history),
    ).rejects.toThrow(/[Nn]ondetermin/);
  });
});

/** Payloads are base64 in a recording; what they say is searched as well as what stands there plainly. */
function addressesIn(text: string): string[] {
  const found: string[] = [];
  const search = (part: string) =>
    part.includes('@') && found.push(...(part.match(/[\w.+-]+@[a-z][\w-]*(\.[\w-]+)*\.[a-z]{2,}/gi) ?? []));
  const walk = (value: unknown): void => {
    if (typeof value === 'string') {
      search(value);
      search(Buffer.from(value, 'base64').toString('utf8'));
    } else if (value !== null && typeof value === 'object') {
      for (const inner of Object.values(value)) walk(inner);
    }
  };
  walk(JSON.parse(text));
  return found;
}
