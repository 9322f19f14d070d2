import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createActivities } from '../../src/activities/index.js';
import { inboxCrm } from '../../src/connectors/builtin/inbox.js';
import { ConnectorError, type CrmActivity, type CrmPort } from '../../src/connectors/ports.js';
import type { LogFact } from '../../src/domain/lead-event.js';
import { scoreAt } from '../../src/domain/scoring.js';
import { DAY, HOUR, TUESDAY, World } from '../support/activity-world.js';
import { databases } from '../support/databases.js';

describe.each(databases.filter((database) => database.available))(
  'asking the log before deciding on $name',
  ({ open }) => {
    let world: World;
    let lead: string;
    beforeEach(async () => {
      world = await World.over(await open());
      lead = await world.lead();
      await world.handoffRow(lead, { at: TUESDAY });
    });
    afterEach(() => world.opened.close());

    const deadline = TUESDAY + 3 * DAY;
    const crmThat = (findActivity: CrmPort['findActivity']): CrmPort => ({
      ...inboxCrm(world.db),
      name: 'fake',
      findActivity,
    });
    const ask = async (
      options: { crm?: CrmPort; purpose?: 'sla' | 'fallback'; afterSeq?: number; epoch?: number } = {},
    ) => {
      const { ref } = await world.book.current();
      return createActivities(world.deps(options.crm ? { crm: options.crm } : {})).barrier({
        leadId: lead,
        epoch: options.epoch ?? 1,
        afterSeq: options.afterSeq ?? 0,
        definition: ref,
        source: 'webinar',
        request: { request: 'barrier', purpose: options.purpose ?? 'sla', at: deadline, handoff: 1 },
      });
    };
    const seqs = (facts: readonly LogFact[]) => facts.map(({ seq }) => seq);

    test('brings what was accepted by the deadline and not delivered, and nothing of after', async () => {
      await world.event(lead, 'page.viewed', TUESDAY, { path: '/pricing' });
      await world.event(
        lead,
        'sales.activity',
        deadline,
        {},
        { command: { id: 'c1', kind: 'activity', activity: 'call', handoff: 1 } },
      );
      await world.event(lead, 'page.viewed', deadline + 1, { path: '/pricing' });
      const { facts, answer, definition } = await ask({ purpose: 'fallback', afterSeq: 1 });
      expect(seqs(facts)).toEqual([2]);
      expect(facts[0]).toMatchObject({ kind: 'command', command: 'activity', activity: 'call' });
      expect(answer).toEqual({ request: 'barrier', throughSeq: 2, asked: true });
      expect(definition).toBe(1);
    });

    test('the built-in CRM knows no more than the log', async () => {
      expect(await ask()).toMatchObject({ facts: [], answer: { throughSeq: 0, asked: true } });
    });

    test('activity that only the CRM knew of enters the log first, once, and comes back as a fact', async () => {
      const ana = await world.rep('ana');
      const known: CrmActivity[] = [
        { externalId: 'call-1', kind: 'call', atMs: TUESDAY + HOUR, repId: ana },
        { externalId: 'old', kind: 'call', atMs: TUESDAY - HOUR, repId: ana },
        { externalId: 'late', kind: 'call', atMs: deadline + HOUR, repId: ana },
      ];
      const crm = crmThat(async () => known);
      const { facts } = await ask({ crm });
      expect(facts).toHaveLength(1);
      expect(facts[0]).toMatchObject({
        seq: 1,
        kind: 'command',
        command: 'activity',
        activity: 'call',
        handoff: 1,
        by: ana,
        at: TUESDAY + HOUR,
        acceptedAt: deadline,
      });
      await ask({ crm });
      const [event, ...others] = await world.db.selectFrom('events').selectAll().execute();
      expect(others).toEqual([]);
      expect(event).toMatchObject({ type: 'sales.activity', connection_id: 'crm:fake', seq: 1 });
      expect(await world.db.selectFrom('commands').select(['lead_id', 'kind', 'by']).execute()).toEqual([
        { lead_id: lead, kind: 'activity', by: ana },
      ]);
    });

    test('a CRM that cannot answer is said to have not been asked; one that fails decides nothing', async () => {
      expect((await ask({ crm: crmThat(async () => 'cannot_answer') })).answer).toMatchObject({
        asked: false,
      });
      const failing = crmThat(() => Promise.reject(new ConnectorError('unavailable', 'down')));
      await expect(ask({ crm: failing })).rejects.toMatchObject({ kind: 'unavailable' });
    });

    test('answers nothing to a replaced run', async () => {
      await expect(ask({ epoch: 4 })).rejects.toMatchObject({ code: 'rejected', permanent: true });
    });
  },
);

describe.each(databases.filter((database) => database.available))('folding anew on $name', ({ open }) => {
  let world: World;
  let lead: string;
  beforeEach(async () => {
    world = await World.over(await open());
    lead = await world.lead();
    await world.event(lead, 'content.downloaded', TUESDAY, { resource: 'a' });
    await world.event(lead, 'email.clicked', TUESDAY + HOUR, { emailId: 'm', url: 'https://acme.test/x' });
    await world.event(lead, 'content.downloaded', TUESDAY + 2 * HOUR, { resource: 'b' });
  });
  afterEach(() => world.opened.close());

  const refold = (change: Partial<Parameters<ReturnType<typeof createActivities>['refold']>[0]> = {}) =>
    createActivities(world.deps()).refold({
      leadId: lead,
      epoch: 1,
      appliedSeq: 3,
      uptoSeq: 3,
      atMs: TUESDAY + DAY,
      source: 'webinar',
      period: { number: 1, startedAt: 0 },
      ...change,
    });

  test('counts the period’s events under the current definition, waiting clicks included', async () => {
    const { engagement, policy, facts } = await refold();
    expect(facts).toEqual([]);
    expect(policy).toMatchObject({ source: 'webinar', ref: { number: 1 } });
    expect(engagement.pending).toEqual([]);
    expect(engagement.clickedLinks).toHaveLength(1);
    expect(scoreAt(engagement, TUESDAY + 2 * HOUR, policy).total).toBe(25_000);
  });

  test('leaves a click waiting whose time is not over at the instant asked for', async () => {
    const { engagement } = await refold({ appliedSeq: 2, uptoSeq: 2, atMs: TUESDAY + HOUR + 1_000 });
    expect(engagement.pending).toHaveLength(1);
    expect(engagement.clickedLinks).toEqual([]);
  });

  test('what was not applied yet comes back as facts', async () => {
    const { engagement, facts } = await refold({ appliedSeq: 1 });
    expect(facts.map(({ seq }) => seq)).toEqual([2, 3]);
    expect(engagement.humanCount).toBe(1);
  });

  test('only events of the period count', async () => {
    const { engagement, policy } = await refold({ period: { number: 2, startedAt: TUESDAY + 90 * 60_000 } });
    expect(scoreAt(engagement, TUESDAY + 2 * HOUR, policy).total).toBe(10_000);
  });

  test('a corrected label counts', async () => {
    await world.db.updateTable('events').set({ label: 'machine' }).where('seq', '=', 3).execute();
    const { engagement, policy } = await refold();
    expect(scoreAt(engagement, TUESDAY + 2 * HOUR, policy).total).toBe(15_000);
  });
});
