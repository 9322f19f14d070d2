/** The stories whose histories are recorded. Each names the path through the workflow that its recording protects. */
import type { Happening, LeadDriver } from '../support/lead-driver.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface Scenario {
  readonly name: string;
  readonly protects: string;
  /** The time-skipping server for months, the dev server where continue-as-new must be atomic. */
  readonly on: 'time_skipping' | 'dev_server';
  readonly eventsMax?: number;
  /** Plays the story for the lead of that id; its runs are recorded when it is over. */
  play(driver: LeadDriver, leadId: string): Promise<void>;
}

const created: Happening = { type: 'lead.created' };
const demo: Happening = { type: 'demo.requested' };

async function handedOff(
  driver: LeadDriver,
  leadId: string,
  first: readonly Happening[] = [created, demo],
): Promise<void> {
  await driver.start(leadId, first);
  await driver.until(
    leadId,
    ({ state }) => state.stage.name === 'handed_off' && state.stage.handoff.prepared,
  );
  await quiet(driver, leadId);
}

async function quiet(driver: LeadDriver, leadId: string): Promise<void> {
  await driver.until(
    leadId,
    ({ state, waiting }) =>
      state.effects.length === 0 && waiting.inFlight.length === 0 && waiting.unrecorded === 0,
  );
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'nurturing-engagement',
    protects: 'nurturing: batches, waiting clicks, a machine found out, the final email, one held timer',
    on: 'time_skipping',
    async play(driver, leadId) {
      await driver.start(leadId, [created, { type: 'email.sent', email: 1 }]);
      await driver.environment.sleep(HOUR);
      await driver.send(leadId, [
        { type: 'email.clicked', email: 1, link: 2 },
        { type: 'email.clicked', email: 1, link: 3 },
      ]);
      await driver.environment.sleep(MINUTE);
      await driver.send(leadId, [{ type: 'email.clicked', email: 1, link: 2 }, { type: 'form.submitted' }]);
      await driver.environment.sleep(MINUTE);
      await driver.send(leadId, [{ type: 'webinar.attended' }]);
      await driver.environment.sleep(HOUR);
      await quiet(driver, leadId);
    },
  },
  {
    name: 'action-handoff-lapsed',
    protects:
      'action trigger, preparation, bridge, reminder, task due, SLA barrier, lapse, re-entry, cooldown',
    on: 'time_skipping',
    async play(driver, leadId) {
      await handedOff(driver, leadId);
      await driver.environment.sleep(10 * DAY);
      await driver.send(leadId, [
        { type: 'webinar.attended' },
        { type: 'webinar.attended' },
        { type: 'webinar.attended' },
      ]);
      await driver.environment.sleep(10 * DAY);
      await quiet(driver, leadId);
    },
  },
  {
    name: 'score-handoff-worked-idle',
    protects: 'score trigger, call by update, working, idle reminders, close by the system',
    on: 'time_skipping',
    async play(driver, leadId) {
      await handedOff(driver, leadId, [
        created,
        ...Array.from({ length: 4 }, () => ({ type: 'form.submitted' })),
      ]);
      await driver.command(leadId, { command: 'activity', activity: 'call', handoff: 1, by: 'rep-ana' });
      await driver.environment.sleep(60 * DAY);
      await quiet(driver, leadId);
    },
  },
  {
    name: 'time-handoff',
    protects: 'fallback timer, its barrier, the final email before it',
    on: 'time_skipping',
    async play(driver, leadId) {
      await driver.start(leadId, [created]);
      await driver.send(
        leadId,
        [1, 2, 3, 4].map((email) => ({ type: 'email.opened', email })),
      );
      await driver.send(leadId, [{ type: 'email.clicked', email: 1, link: 5 }]);
      await driver.environment.sleep(DAY);
      await driver.send(leadId, [{ type: 'email.clicked', email: 2, link: 6 }]);
      await driver.environment.sleep(62 * DAY);
      await quiet(driver, leadId);
    },
  },
  {
    name: 'follow-up',
    protects: 'not_ready with a date, computed business day, follow-up handoff',
    on: 'time_skipping',
    async play(driver, leadId) {
      await handedOff(driver, leadId);
      const followUpOn = new Date((await driver.now()) + 90 * DAY).toISOString().slice(0, 10);
      await driver.command(leadId, {
        command: 'disposition',
        disposition: 'not_ready',
        followUpOn,
        handoff: 1,
      });
      await driver.environment.sleep(95 * DAY);
      await quiet(driver, leadId);
    },
  },
  {
    name: 'converted-closed',
    protects: 'disposition by update, terminal stage, close with a snapshot',
    on: 'time_skipping',
    async play(driver, leadId) {
      await handedOff(driver, leadId);
      await driver.command(leadId, {
        command: 'disposition',
        disposition: 'converted',
        handoff: 1,
        by: 'rep-ana',
      });
      await driver.workflow.getHandle(`lead-${leadId}`).result();
    },
  },
  {
    name: 'unqualified-reopened',
    protects: 'a closed lead started again from its snapshot with the batch that woke it',
    on: 'time_skipping',
    async play(driver, leadId) {
      await handedOff(driver, leadId);
      await driver.command(leadId, { command: 'disposition', disposition: 'unqualified', handoff: 1 });
      await driver.workflow.getHandle(`lead-${leadId}`).result();
      await driver.reopen(leadId, [demo]);
      await driver.until(leadId, ({ state }) => state.handoffs === 2 && state.stage.name === 'handed_off');
      await quiet(driver, leadId);
    },
  },
  {
    name: 'dormant-closed',
    protects: 'sunset timer, pause outside a handoff, close',
    on: 'time_skipping',
    async play(driver, leadId) {
      await driver.start(leadId, [created]);
      await driver.environment.sleep(181 * DAY);
      await driver.workflow.getHandle(`lead-${leadId}`).result();
    },
  },
  {
    name: 'suppressed-and-refused',
    protects: 'unsubscribe, a handoff without bridge, reassignment, a refused command, left sales mail',
    on: 'time_skipping',
    async play(driver, leadId) {
      await driver.start(leadId, [created, { type: 'email.unsubscribed', stream: 'marketing' }]);
      await driver.send(leadId, [demo]);
      await driver.until(
        leadId,
        ({ state }) => state.stage.name === 'handed_off' && state.stage.handoff.prepared,
      );
      await driver.command(leadId, { command: 'handoff' });
      await driver.command(leadId, { command: 'reassign', rep: 'rep-ben', handoff: 1 });
      await driver.send(leadId, [{ type: 'email.unsubscribed', stream: 'sales' }]);
      await driver.until(leadId, ({ state }) => state.stage.name === 'nurturing');
      await quiet(driver, leadId);
    },
  },
  {
    name: 'failing-effect-retried',
    protects: 'an effect retried from state, an unconfirmed lapse, a parked effect and its retry by a person',
    on: 'time_skipping',
    async play(driver, leadId) {
      const { answers } = driver.world;
      answers.set('task', () => ({ ok: false, code: 'unavailable', permanent: false }));
      answers.set('pause', () => ({ ok: false, code: 'unauthorized', permanent: true }));
      driver.world.crmAnswers = false;
      await driver.start(leadId, [created, demo]);
      await driver.until(leadId, ({ state }) => state.effects.some(({ parked }) => parked));
      await driver.environment.sleep(HOUR);
      answers.clear();
      await driver.command(leadId, { command: 'retry_effect', effectKey: `${leadId}/h1/pause/1` });
      await driver.environment.sleep(10 * DAY);
      driver.world.crmAnswers = true;
      await quiet(driver, leadId);
    },
  },
  {
    name: 'definition-changed',
    protects: 'refold under a newer definition, in the middle of a batch',
    on: 'time_skipping',
    async play(driver, leadId) {
      await driver.start(leadId, [created, { type: 'webinar.attended' }]);
      await driver.until(leadId, ({ seq }) => seq === 2);
      driver.world.definitionNumber = 2;
      await driver.send(leadId, [{ type: 'webinar.attended' }, demo]);
      await driver.until(
        leadId,
        ({ state }) => state.stage.name === 'handed_off' && state.stage.handoff.prepared,
      );
      driver.world.definitionNumber = 1;
      await quiet(driver, leadId);
    },
  },
  {
    name: 'continued-as-new',
    protects: 'a chain of runs with an open handoff, commands and engagement in between',
    on: 'dev_server',
    eventsMax: 30,
    async play(driver, leadId) {
      await handedOff(driver, leadId);
      for (let n = 0; n < 6; n++) {
        await driver.send(leadId, [{ type: 'page.viewed', kind: 'blog' }]);
        await driver.command(leadId, { command: 'activity', activity: 'email', handoff: 1 });
      }
      await quiet(driver, leadId);
    },
  },
];
