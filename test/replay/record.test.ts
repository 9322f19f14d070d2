/**
 * Records the histories of this version's scenarios. Runs only when asked: `RECORD_HISTORIES=1 npx vitest run --project
 * servers test/replay/record.test.ts`. An existing recording is never overwritten: it is what the released code did.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { describe, expect, it } from 'vitest';
import { LeadDriver, World } from '../support/lead-driver.js';
import { localEnvironment, timeSkippingEnvironment } from '../support/temporal.js';
import { HISTORIES } from './recordings.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

async function runsOf(driver: LeadDriver, leadId: string): Promise<string[]> {
  const runs: string[] = [];
  let runId: string | undefined;
  for (;;) {
    const history = await driver.workflow.getHandle(`lead-${leadId}`, runId).fetchHistory();
    runs.unshift(historyToJSON(history));
    const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
    if (!started?.continuedExecutionRunId) return runs;
    runId = started.continuedExecutionRunId;
  }
}

async function record(scenario: Scenario): Promise<number> {
  const environment =
    scenario.on === 'time_skipping' ? await timeSkippingEnvironment() : await localEnvironment();
  try {
    const driver = new LeadDriver(environment, new World(), { eventsMax: scenario.eventsMax });
    const worker = await driver.worker();
    const runs = await worker.runUntil(async () => {
      await scenario.play(driver, scenario.name);
      return runsOf(driver, scenario.name);
    });
    runs.forEach((text, index) => {
      const file = new URL(`${version}-${scenario.name}-${index + 1}.json`, HISTORIES);
      if (existsSync(file)) throw new Error(`${file.pathname} exists: raise the version to record anew`);
      writeFileSync(file, `${text}\n`);
    });
    return runs.length;
  } finally {
    await environment.teardown();
  }
}

describe.runIf(process.env.RECORD_HISTORIES === '1')('recording histories', () => {
  for (const scenario of SCENARIOS) {
    it(`${scenario.name}: ${scenario.protects}`, async () => {
      expect(await record(scenario)).toBeGreaterThan(0);
    });
  }
});
