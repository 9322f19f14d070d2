import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { computeDeadlines } from '../../src/activities/compute-deadlines.js';
import { prepareHandoff } from '../../src/activities/prepare-handoff.js';
import type { PrepareInput } from '../../src/contracts/lead-workflow.js';
import { observeLog } from '../../src/definition/facts.js';
import { corePolicy } from '../../src/domain/definition.js';
import { applyEngagement, emptyEngagement, settleClicks } from '../../src/domain/engagement.js';
import type { PreparedFacts, RequestAnswer } from '../../src/domain/lead-event.js';
import type { HandoffPackage } from '../../src/domain/package.js';
import type { Handoff, LeadState } from '../../src/domain/state.js';
import { numberedRows } from '../../src/store/stream-log.js';
import { DAY, HOUR, TUESDAY, trigger, World } from '../support/activity-world.js';
import { databases } from '../support/databases.js';

const iso = (at: number) => new Date(at).toISOString();

describe.each(databases.filter((database) => database.available))(
  'preparing a handoff on $name',
  ({ open }) => {
    let world: World;
    beforeEach(async () => {
      world = await World.over(await open());
    });
    afterEach(() => world.opened.close());

    interface Wish {
      request?: Partial<PrepareInput['request']>;
      handoff?: Partial<Handoff>;
      state?: Partial<LeadState>;
      epoch?: number;
    }
    const inputFor = async (lead: string, wish: Wish = {}): Promise<PrepareInput> => {
      const handoff = await world.handoff(wish.handoff);
      const published = await world.book.current();
      const seq =
        (
          await world.db
            .selectFrom('lead_stream')
            .select('next_seq')
            .where('lead_id', '=', lead)
            .executeTakeFirstOrThrow()
        ).next_seq - 1;
      const policy = corePolicy(published.policyFor('webinar'), published.ref);
      const rows = await numberedRows(world.db, lead, 0, seq);
      let engagement = emptyEngagement();
      for (const fact of await observeLog(world.db, lead, rows, published, 'webinar')) {
        if (fact.kind === 'engagement')
          engagement = applyEngagement(engagement, fact, policy, { number: 1, startedAt: 0 });
      }
      engagement = settleClicks(engagement, TUESDAY, policy);
      const state = await world.state(lead, {
        seq,
        engagement,
        stage: { name: 'handed_off', handoff },
        handoffs: handoff.number,
        ...wish.state,
      });
      return {
        leadId: lead,
        epoch: wish.epoch ?? 1,
        definition: published.ref,
        state,
        request: {
          request: 'prepare',
          id: 1,
          attempts: 0,
          retryAt: 0,
          handoff: handoff.number,
          startedAt: TUESDAY,
          intent: 'high',
          exclude: [],
          prefer: null,
          ...wish.request,
        },
      };
    };
    const factsOf = (answer: RequestAnswer): PreparedFacts => {
      if (answer.request !== 'prepare') throw new Error('another answer');
      return answer.facts;
    };
    const prepare = async (lead: string, wish: Wish = {}) =>
      factsOf(await prepareHandoff(world.deps(), await inputFor(lead, wish)));
    const row = (lead: string, number = 1) =>
      world.db
        .selectFrom('handoffs')
        .selectAll()
        .where('lead_id', '=', lead)
        .where('number', '=', number)
        .executeTakeFirstOrThrow();
    const packageOf = async (lead: string, number = 1) =>
      (await row(lead, number)).package as unknown as HandoffPackage;

    describe('routing', () => {
      test('an owner comes first, then the owner of the account, then the territory, then the rotation', async () => {
        const ana = await world.rep('ana');
        const ben = await world.rep('ben');
        const eve = await world.rep('eve', { role: 'manager' });
        const owned = await world.lead({ email: 'a@corp.test', owner: ben });
        const colleague = await world.lead({ email: 'b@corp.test' });
        const german = await world.lead({ email: 'c@gmail.com', country: 'DE' });
        const other = await world.lead({ email: 'd@gmail.com' });
        const managed = await world.lead({ owner: eve });
        expect(await prepare(owned)).toMatchObject({ rep: ben, routedBy: 'owner' });
        expect(await prepare(colleague)).toMatchObject({ rep: ben, routedBy: 'account' });
        expect(await prepare(german)).toMatchObject({ rep: ana, routedBy: 'territory' });
        expect(await prepare(other)).toMatchObject({ routedBy: 'roundRobin' });
        expect(await prepare(managed)).toMatchObject({ rep: eve, routedBy: 'owner' });
      });

      test('free mail providers are nobody’s account', async () => {
        const ana = await world.rep('ana');
        await world.rep('ben');
        await world.lead({ email: 'x@gmail.com', owner: ana });
        expect(await prepare(await world.lead({ email: 'y@gmail.com' }))).toMatchObject({
          routedBy: 'roundRobin',
        });
      });

      test('a rep who was given a colleague’s lead owns the account, one who let it lapse does not', async () => {
        const ben = await world.rep('ben');
        const first = await world.lead({ email: 'a@corp.test' });
        await prepare(first);
        expect(await prepare(await world.lead({ email: 'b@corp.test' }))).toMatchObject({
          rep: ben,
          routedBy: 'account',
        });
        await world.db.updateTable('handoffs').set({ state: 'closed', outcome: 'sla_lapsed' }).execute();
        expect(await prepare(await world.lead({ email: 'c@corp.test' }))).toMatchObject({
          routedBy: 'roundRobin',
        });
      });

      test('every rung passes over who is inactive or absent on the day the clock starts', async () => {
        const ana = await world.rep('ana', { active: false });
        const ben = await world.rep('ben', { absences: [{ from: '2026-11-24', to: '2026-11-24' }] });
        const cleo = await world.rep('cleo', { absences: [{ from: '2026-11-25', to: '2026-12-24' }] });
        const lead = await world.lead({ owner: ana, country: 'DE' });
        expect(await prepare(lead)).toMatchObject({ rep: cleo, routedBy: 'roundRobin' });
        expect(await prepare(await world.lead({ owner: ben }))).toMatchObject({ rep: cleo });
        // Saturday: the clock starts on Monday the 30th, when Ben is back and Cleo is away.
        const saturday = Date.parse('2026-11-28T16:00:00Z');
        const facts = await prepare(await world.lead(), { request: { startedAt: saturday } });
        expect(facts).toMatchObject({ rep: ben, slaStartsAt: Date.parse('2026-11-30T14:00:00Z') });
      });

      test('the rotation is even, by weight, and holds to capacity', async () => {
        const ana = await world.rep('ana', { weight: 2 });
        const ben = await world.rep('ben', { capacity: 1 });
        const given: (string | null)[] = [];
        for (let lead = 0; lead < 6; lead++) given.push((await prepare(await world.lead())).rep);
        expect(given.filter((rep) => rep === ben)).toHaveLength(1);
        expect(given.filter((rep) => rep === ana)).toHaveLength(5);
        await world.db.updateTable('handoffs').set({ state: 'working' }).where('rep_id', '=', ben).execute();
        expect(await prepare(await world.lead())).toMatchObject({ rep: ben });
      });

      test('handoffs at the same moment are shared out', async () => {
        for (const handle of ['ana', 'ben', 'cleo']) await world.rep(handle);
        const leads = await Promise.all(Array.from({ length: 9 }, () => world.lead()));
        const inputs = [];
        for (const lead of leads) inputs.push(await inputFor(lead));
        const answers = await Promise.all(inputs.map((input) => prepareHandoff(world.deps(), input)));
        const counts = new Map<string | null, number>();
        for (const answer of answers)
          counts.set(factsOf(answer).rep, (counts.get(factsOf(answer).rep) ?? 0) + 1);
        expect([...counts.values()]).toEqual([3, 3, 3]);
      });

      test('nobody free is the queue, and never silently nobody', async () => {
        await world.rep('ana', { capacity: 0 });
        const lead = await world.lead();
        expect(await prepare(lead)).toMatchObject({ rep: null, routedBy: 'queue' });
        expect(await row(lead)).toMatchObject({ rep_id: null, routed_by: 'queue', state: 'awaiting' });
      });

      test('who let it lapse is passed over, and who promised a follow-up comes first', async () => {
        const ana = await world.rep('ana');
        const ben = await world.rep('ben');
        const lead = await world.lead({ owner: ana });
        expect(await prepare(lead, { request: { exclude: [ana] } })).toMatchObject({ rep: ben });
        expect(await prepare(await world.lead({ owner: ana }), { request: { prefer: ben } })).toMatchObject({
          rep: ben,
          routedBy: 'preferred',
        });
        await world.db.updateTable('reps').set({ active: false }).where('id', '=', ben).execute();
        expect(await prepare(await world.lead({ owner: ana }), { request: { prefer: ben } })).toMatchObject({
          rep: ana,
          routedBy: 'owner',
        });
      });
    });

    test('places the deadlines in the rep’s calendar', async () => {
      const ana = await world.rep('ana', { timeZone: 'Europe/Berlin' });
      const lead = await world.lead({ owner: ana });
      const facts = await prepare(lead);
      // 16:00 in Berlin: the same day's closing time; the SLA three working days on (Thursday is a holiday of the team's).
      expect(facts.taskDueAt).toBe(Date.parse('2026-11-24T16:00:00Z'));
      expect(facts.slaDueAt).toBe(Date.parse('2026-11-30T15:00:00Z'));
      const stored = await row(lead);
      expect(stored.task_due_at?.getTime()).toBe(facts.taskDueAt);
      expect(stored.sla_due_at?.getTime()).toBe(facts.slaDueAt);
      expect(stored).toMatchObject({ rep_id: ana, definition_number: 1, intent: 'high', task_state: 'open' });
    });

    test('the same request gets the same answer, whatever changed meanwhile; a later one routes anew', async () => {
      const ana = await world.rep('ana');
      const lead = await world.lead();
      const input = await inputFor(lead);
      const first = factsOf(await prepareHandoff(world.deps(), input));
      await world.db.updateTable('reps').set({ active: false }).where('id', '=', ana).execute();
      const ben = await world.rep('ben');
      expect(factsOf(await prepareHandoff(world.deps(), input))).toEqual(first);
      expect(
        await prepare(lead, { request: { id: 2, exclude: [ana], startedAt: TUESDAY + DAY } }),
      ).toMatchObject({ rep: ben });
      const rows = await world.db.selectFrom('handoffs').select(['rep_id', 'started_at']).execute();
      expect(rows).toEqual([{ rep_id: ben, started_at: new Date(TUESDAY) }]);
    });

    test('attempts at the same request at the same moment agree', async () => {
      for (const handle of ['ana', 'ben', 'cleo']) await world.rep(handle);
      const lead = await world.lead();
      const input = await inputFor(lead);
      const answers = await Promise.all([1, 2, 3].map(() => prepareHandoff(world.deps(), input)));
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      expect(await world.db.selectFrom('handoffs').select('number').execute()).toHaveLength(1);
    });

    test('nothing is prepared for an erased lead, by a replaced run, or for a handoff that is not open', async () => {
      const lead = await world.lead();
      await expect(prepare(lead, { epoch: 2 })).rejects.toMatchObject({ code: 'rejected', permanent: true });
      await expect(prepare(lead, { request: { handoff: 2 } })).rejects.toMatchObject({
        code: 'internal',
        permanent: true,
      });
      await world.db.updateTable('leads').set({ erased_at: new Date() }).execute();
      await expect(prepare(lead)).rejects.toMatchObject({ code: 'rejected', permanent: true });
      expect(await world.db.selectFrom('handoffs').select('number').execute()).toEqual([]);
    });

    describe('the data package', () => {
      const story = async (lead: string) => {
        await world.event(lead, 'email.sent', TUESDAY - 5 * DAY, {
          emailId: 'm1',
          subject: 'Five questions',
        });
        await world.event(lead, 'email.delivered', TUESDAY - 5 * DAY + 1_000, { emailId: 'm1' });
        // A scanner: 1 s after delivery, and then on another link within 10 s.
        await world.event(lead, 'email.clicked', TUESDAY - 5 * DAY + 2_000, {
          emailId: 'm1',
          url: 'https://acme.test/product/one',
        });
        await world.event(lead, 'email.opened', TUESDAY - 4 * DAY, { emailId: 'm1', machine: true });
        await world.event(lead, 'email.clicked', TUESDAY - 3 * DAY, {
          emailId: 'm1',
          url: 'https://acme.test/product/two?utm_source=x',
        });
        await world.event(lead, 'content.downloaded', TUESDAY - 2 * DAY, { resource: 'pricing-guide' });
        await world.event(lead, 'demo.requested', TUESDAY);
      };

      test('says who, from where, what they did, why now, and what to open with', async () => {
        const ana = await world.rep('ana');
        const lead = await world.lead({
          email: 'kim@corp.test',
          phone: '+1 555 0100',
          timeZone: 'Europe/Berlin',
          owner: ana,
        });
        await story(lead);
        await prepare(lead);
        const pack = await packageOf(lead);
        expect(pack.format).toBe(1);
        expect(pack.person).toMatchObject({
          name: 'Kim Lee',
          email: 'kim@corp.test',
          phone: '+1 555 0100',
          localTime: '16:00 on Tuesday, 24 November',
        });
        expect(pack.leadSource).toEqual({
          name: 'webinar',
          title: 'Webinar attendee',
          magnet: 'Handoff webinar',
          channel: null,
        });
        expect(pack.engagement).toMatchObject({ opens: 1, clicks: 1 });
        expect(pack.engagement.links).toEqual([
          {
            url: 'https://acme.test/product/two',
            title: 'The page /product/two',
            topic: 'product',
            count: 1,
            lastAt: iso(TUESDAY - 3 * DAY),
          },
        ]);
        expect(pack.content.map(({ kind, title }) => `${kind}: ${title}`)).toEqual([
          'download: The pricing guide',
          'product: /product/two',
        ]);
        expect(pack.lastTouchpoint).toEqual({
          emailId: 'm1',
          subject: 'Five questions',
          sentAt: iso(TUESDAY - 5 * DAY),
          opened: true,
        });
        expect(pack.opener).toBe(
          'Downloaded the pricing guide on Sunday, 22 November and asked for a demo on Tuesday, 24 November.',
        );
        expect(pack.summary).toContain(
          'Came in as Webinar attendee with "Handoff webinar" on Sunday, 25 October.',
        );
        expect(pack.summary).toContain('High intent: the action "demo" on Tuesday, 24 November.');
        expect(pack.trigger).toMatchObject({ kind: 'action', id: 'demo' });
        expect(pack.draft.text).toContain('I saw that you asked for a demo on Tuesday, 24 November.');
        expect(pack.draft.text).toContain('Ana');
      });

      test('its score is the sum of its contributions', async () => {
        const lead = await world.lead();
        await story(lead);
        const input = await inputFor(lead);
        await prepareHandoff(world.deps(), input);
        const { score } = await packageOf(lead);
        expect(score.contributions.length).toBeGreaterThan(1);
        const milli = score.contributions.reduce((sum, line) => sum + Math.round(line.points * 1_000), 0);
        expect(milli).toBe(Math.round(score.total * 1_000));
        expect(score.total).toBeGreaterThan(0);
      });

      test('names days in the rep’s zone', async () => {
        const ana = await world.rep('ana', { timeZone: 'Asia/Tokyo' });
        const lead = await world.lead({ owner: ana });
        await world.event(lead, 'demo.requested', TUESDAY + HOUR);
        await prepare(lead);
        expect((await packageOf(lead)).opener).toContain('Wednesday, 25 November');
      });

      test('with too little history it says so, and never invents', async () => {
        const lead = await world.lead();
        await prepare(lead, {
          handoff: { trigger: trigger({ kind: 'manual', id: 'manual', intent: 'warm' }) },
        });
        const pack = await packageOf(lead);
        expect(pack.opener).toBe('Nothing is known yet of what this lead did.');
        expect(pack.summary).toContain('No act of the lead is on record');
        expect(pack).toMatchObject({
          content: [],
          lastTouchpoint: null,
          engagement: { opens: 0, clicks: 0, links: [] },
        });
      });

      test('a lead that left sales mail is for the phone only', async () => {
        const lead = await world.lead({ phone: '+1 555 0100' });
        const suppressed = { marketing: null, sales: { at: TUESDAY, why: 'unsubscribed' as const } };
        await prepare(lead, { state: { suppressed } });
        const pack = await packageOf(lead);
        expect(pack.draft).toEqual({
          subject: 'Phone only',
          text: 'Kim Lee wants no sales mail: phone only, the number is +1 555 0100.\n',
        });
        expect(pack.summary).toContain('phone only');
      });

      test('earlier handoffs and what came of them are in it; only the current period counts', async () => {
        const ana = await world.rep('ana');
        const lead = await world.lead();
        await world.event(lead, 'content.downloaded', TUESDAY - 20 * DAY, { resource: 'pricing-guide' });
        await world.event(lead, 'email.clicked', TUESDAY - 19 * DAY, {
          emailId: 'm1',
          url: 'https://acme.test/blog/a',
        });
        await world.handoffRow(lead, {
          rep: ana,
          state: 'closed',
          at: TUESDAY - 15 * DAY,
          outcome: 'not_ready',
        });
        await world.event(lead, 'demo.requested', TUESDAY);
        const period = {
          number: 2,
          startedAt: TUESDAY - 10 * DAY,
          allowedMs: 0,
          allowedSince: null,
          finalEmail: 'open' as const,
          finalSentAt: null,
        };
        await prepare(lead, { handoff: { number: 2 }, request: { handoff: 2 }, state: { period } });
        const pack = await packageOf(lead, 2);
        expect(pack.earlier).toEqual([
          {
            number: 1,
            at: iso(TUESDAY - 15 * DAY),
            outcome: 'not_ready',
            outcomeAt: null,
            reason: null,
            rep: 'Ana',
          },
        ]);
        expect(pack.engagement).toMatchObject({ opens: 0, clicks: 0 });
        expect(pack.content).toHaveLength(2);
      });
    });

    test('later instants come from the calendar of the rep they concern', async () => {
      const ana = await world.rep('ana', { timeZone: 'Europe/Berlin' });
      const lead = await world.lead();
      const { ref } = await world.book.current();
      const day = { kind: 'after', duration: { businessDays: 1 } } as const;
      const answer = await computeDeadlines(world.deps(), {
        leadId: lead,
        definition: ref,
        request: {
          request: 'deadlines',
          purpose: 'meeting',
          queries: {
            a: { from: TUESDAY + 8 * HOUR, rep: ana, rule: day },
            b: { from: TUESDAY, rep: null, rule: day },
          },
        },
      });
      expect(answer).toMatchObject({
        request: 'deadlines',
        // In Berlin it is midnight: the clock starts at nine the next morning.
        instants: { a: Date.parse('2026-11-27T08:00:00Z'), b: TUESDAY + DAY },
      });
    });
  },
);
