import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { performEffect } from '../../src/activities/perform-effect.js';
import {
  type Alert,
  type AlertPort,
  ConnectorError,
  type CrmPort,
  type Mail,
  type MailPort,
} from '../../src/connectors/ports.js';
import { smtpMail } from '../../src/connectors/smtp/mail.js';
import { planEffects } from '../../src/store/ledger.js';
import { json } from '../../src/store/sql.js';
import { pending, TUESDAY, World } from '../support/activity-world.js';
import { databases } from '../support/databases.js';
import { type SmtpSink, smtpSink } from '../support/smtp-sink.js';

const unknown = () => new ConnectorError('timeout', 'no answer');

/** A mail connector that sends for good: what it is asked to do is counted. */
function sendingMail(answer: () => Promise<void> = async () => undefined): MailPort & { sent: Mail[] } {
  const sent: Mail[] = [];
  return {
    name: 'fake',
    sendsOnce: false,
    via: 'smtp',
    indexLagMs: 0,
    messageId: (key) => `<${key}>`,
    sent,
    async send(mail) {
      sent.push(mail);
      await answer();
      return { reference: `<${mail.key}>` };
    },
  };
}

function sendingAlerts(answer: () => Promise<void>): AlertPort & { sent: Alert[] } {
  const sent: Alert[] = [];
  return {
    name: 'fake',
    sendsOnce: false,
    indexLagMs: 0,
    sent,
    async send(alert) {
      sent.push(alert);
      await answer();
      return { reference: 'a1' };
    },
  };
}

/** A CRM that makes a new task on every call and can be searched. */
function forgetfulCrm(answers: (() => Promise<void>)[]): CrmPort & { tasks: string[]; searches: number } {
  const crm = {
    name: 'fake',
    createsOnce: false,
    indexLagMs: 0,
    tasks: [] as string[],
    searches: 0,
    async createTask({ externalKey }: { externalKey: string }) {
      const before = answers.shift();
      crm.tasks.push(externalKey);
      await before?.();
      return { reference: `task-${crm.tasks.length}` };
    },
    async findTask({ externalKey }: { externalKey: string }) {
      crm.searches += 1;
      const at = crm.tasks.indexOf(externalKey);
      return at < 0 ? null : { reference: `task-${at + 1}` };
    },
    updateTask: async () => ({ reference: null }),
    findActivity: async () => 'cannot_answer' as const,
  };
  return crm;
}

describe.each(databases.filter((database) => database.available))(
  'one effect through the ledger on $name',
  ({ open }) => {
    let world: World;
    let lead: string;
    beforeEach(async () => {
      world = await World.over(await open());
      lead = await world.lead({ email: 'kim@example.com' });
      await world.handoffRow(lead, { rep: await world.rep('ana') });
    });
    afterEach(() => world.opened.close());

    const perform = (deps = world.deps(), effect = pending(lead, { effect: 'pause' }), epoch = 1) =>
      performEffect(deps, { leadId: lead, epoch, effect });
    const bridge = () => pending(lead, { effect: 'bridge' });
    const alert = () => pending(lead, { effect: 'alert', to: 'managers', reason: 'sla_lapsed', rep: null });
    const task = () => pending(lead, { effect: 'task', rep: null, dueAt: TUESDAY });
    /** As after a process that was killed `agoMs` ago between its call and its record. */
    const leaveSending = async (key: string, agoMs: number) => {
      await world.db
        .updateTable('effects')
        .set({ state: 'sending', fence: 'gone', sending_since: new Date(Date.now() - agoMs) })
        .where('key', '=', key)
        .execute();
    };

    test('goes from planned to confirmed, with the other side’s reference', async () => {
      expect(await perform(world.deps(), task())).toEqual({ ok: true });
      const row = await world.effectRow(task().key);
      const made = await world.db.selectFrom('tasks').selectAll().where('lead_id', '=', lead).execute();
      expect(made).toHaveLength(1);
      expect(row).toMatchObject({ state: 'confirmed', attempts: 1, reference: made[0]?.id, code: null });
    });

    test('is done once however often it is asked for', async () => {
      const mail = sendingMail();
      for (let time = 0; time < 3; time++)
        expect(await perform(world.deps({ mail }), bridge())).toEqual({ ok: true });
      expect(mail.sent).toHaveLength(1);
    });

    test('of attempts at the same time only one goes through', async () => {
      const mail = sendingMail();
      const deps = world.deps({ mail });
      const answers = await Promise.all([1, 2, 3, 4].map(() => perform(deps, bridge())));
      expect(mail.sent).toHaveLength(1);
      expect(answers.filter(({ ok }) => ok).length).toBeGreaterThanOrEqual(1);
      for (const answer of answers)
        if (!answer.ok) expect(answer).toEqual({ ok: false, code: 'unknown_outcome', permanent: false });
    });

    test('a refusal is kept word for word in Postgres, and only its code is answered', async () => {
      const mail = sendingMail(async () => {
        throw new ConnectorError('rejected', '550 5.1.1 <kim@example.com> unknown', { permanent: true });
      });
      const answer = await perform(world.deps({ mail }), bridge());
      expect(answer).toEqual({ ok: false, code: 'rejected', permanent: true });
      expect(await world.effectRow(bridge().key)).toMatchObject({
        state: 'failed',
        code: 'rejected',
        error: '550 5.1.1 <kim@example.com> unknown',
      });
    });

    test('killed before the call: the next attempt waits, then sends', async () => {
      await planEffects(world.db, lead, [task()]);
      await leaveSending(task().key, 1_000);
      expect(await perform(world.deps(), task())).toEqual({
        ok: false,
        code: 'unknown_outcome',
        permanent: false,
      });
      await leaveSending(task().key, 6_000);
      expect(await perform(world.deps(), task())).toEqual({ ok: true });
      expect(await world.db.selectFrom('tasks').select('id').execute()).toHaveLength(1);
    });

    test('killed after the call: a bridge email is not sent again, a person decides', async () => {
      const mail = sendingMail();
      const deps = world.deps({ mail });
      await perform(deps, bridge());
      await leaveSending(bridge().key, 60_000);
      expect(await perform(deps, bridge())).toEqual({ ok: false, code: 'unknown_outcome', permanent: true });
      expect(mail.sent).toHaveLength(1);
      expect(await world.effectRow(bridge().key)).toMatchObject({
        state: 'unknown',
        code: 'unknown_outcome',
        reference: `<${bridge().key}>`,
      });
    });

    test('a bridge email of unknown fate goes again only after a person asked for it', async () => {
      let works = false;
      const mail = sendingMail(async () => {
        if (!works) throw unknown();
      });
      const deps = world.deps({ mail }, { requestTimeoutMs: 50 });
      expect(await perform(deps, bridge())).toEqual({ ok: false, code: 'unknown_outcome', permanent: true });
      works = true;
      expect(await perform(deps, bridge())).toEqual({ ok: false, code: 'unknown_outcome', permanent: true });
      expect(mail.sent).toHaveLength(1);
      await world.event(
        lead,
        'command.retry_effect',
        Date.now() + 1_000,
        {},
        {
          command: { id: 'c1', kind: 'retry_effect', effectKey: bridge().key },
        },
      );
      await world.db
        .updateTable('effects')
        .set({ sending_since: new Date(Date.now() - 60_000) })
        .execute();
      expect(await perform(deps, bridge())).toEqual({ ok: true });
      expect(mail.sent).toHaveLength(2);
    });

    test('a task of unknown fate is looked for, and not made again where it is found', async () => {
      const crm = forgetfulCrm([() => Promise.reject(unknown())]);
      const deps = world.deps({ crm }, { requestTimeoutMs: 50 });
      expect(await perform(deps, task())).toEqual({ ok: false, code: 'timeout', permanent: false });
      await world.db
        .updateTable('effects')
        .set({ sending_since: new Date(Date.now() - 60_000) })
        .execute();
      expect(await perform(deps, task())).toEqual({ ok: true });
      expect(crm).toMatchObject({ tasks: [task().key], searches: 1 });
      expect(await world.effectRow(task().key)).toMatchObject({
        state: 'confirmed',
        reference: 'task-1',
        unknowns: 1,
      });
    });

    test('a task that is not found is made again, after the provider’s index lag', async () => {
      const crm = { ...forgetfulCrm([]), indexLagMs: 30_000, findTask: async () => null };
      const deps = world.deps({ crm }, { requestTimeoutMs: 50 });
      await perform(deps, task());
      await leaveSending(task().key, 20_000);
      expect(await perform(deps, task())).toMatchObject({ ok: false, permanent: false });
      await leaveSending(task().key, 31_000);
      expect(await perform(deps, task())).toEqual({ ok: true });
      expect(crm.tasks).toHaveLength(2);
    });

    test('an alert of unknown fate is repeated once, marked as a repeat; then a person decides', async () => {
      const alerts = sendingAlerts(() => Promise.reject(unknown()));
      const deps = world.deps({ alerts }, { requestTimeoutMs: 50 });
      const ageing = () =>
        world.db
          .updateTable('effects')
          .set({ sending_since: new Date(Date.now() - 60_000) })
          .execute();
      await perform(deps, alert());
      await ageing();
      await perform(deps, alert());
      await ageing();
      expect(await perform(deps, alert())).toEqual({ ok: false, code: 'unknown_outcome', permanent: true });
      expect(alerts.sent.map(({ repeated }) => repeated)).toEqual([false, true]);
      expect(alerts.sent[1]?.subject).toContain('(repeated)');
    });

    test('an attempt that lost its fence writes nothing', async () => {
      const mail = sendingMail(async () => {
        await world.db
          .updateTable('effects')
          .set({ state: 'unknown', fence: 'another' })
          .where('key', '=', bridge().key)
          .execute();
      });
      expect(await perform(world.deps({ mail }), bridge())).toEqual({
        ok: false,
        code: 'unknown_outcome',
        permanent: false,
      });
      expect(await world.effectRow(bridge().key)).toMatchObject({ state: 'unknown', fence: 'another' });
    });

    test('nothing is done or written for an erased lead or by a replaced run', async () => {
      const mail = sendingMail();
      expect(await perform(world.deps({ mail }), bridge(), 2)).toEqual({
        ok: false,
        code: 'rejected',
        permanent: true,
      });
      await world.db.updateTable('leads').set({ erased_at: new Date() }).where('id', '=', lead).execute();
      expect(await perform(world.deps({ mail }), bridge())).toEqual({
        ok: false,
        code: 'rejected',
        permanent: true,
      });
      expect(mail.sent).toEqual([]);
      expect(await world.db.selectFrom('effects').select('key').execute()).toEqual([]);
    });

    test('erased while the call was under way: its end is not written', async () => {
      const mail = sendingMail(async () => {
        await world.db.updateTable('leads').set({ erased_at: new Date() }).where('id', '=', lead).execute();
      });
      expect(await perform(world.deps({ mail }), bridge())).toEqual({
        ok: false,
        code: 'rejected',
        permanent: true,
      });
      expect(await world.effectRow(bridge().key)).toMatchObject({ state: 'sending' });
      expect(await world.db.selectFrom('outbox').select('id').execute()).toEqual([]);
    });

    test('the bridge asks the database right before it goes: a lead that left gets nothing', async () => {
      const mail = sendingMail();
      await world.event(lead, 'email.unsubscribed', TUESDAY, { stream: 'marketing' });
      expect(await perform(world.deps({ mail }), bridge())).toEqual({ ok: true, skipped: true });
      expect(mail.sent).toEqual([]);
      expect(await world.effectRow(bridge().key)).toMatchObject({ state: 'skipped', code: 'suppressed' });
    });

    test('a lead that left sales mail only still gets the bridge; one without an address gets none', async () => {
      const mail = sendingMail();
      await world.event(lead, 'email.unsubscribed', TUESDAY, { stream: 'sales' });
      expect(await perform(world.deps({ mail }), bridge())).toEqual({ ok: true });
      await world.db.updateTable('leads').set({ email: null }).execute();
      expect(await perform(world.deps({ mail }), { ...bridge(), key: `${lead}/h1/bridge/2` })).toEqual({
        ok: true,
        skipped: true,
      });
      expect(mail.sent).toHaveLength(1);
    });

    test('the bridge says who will write, answers go to the rep, and the mail is listed in the outbox', async () => {
      const mail = sendingMail();
      await perform(world.deps({ mail }), bridge());
      expect(mail.sent[0]).toMatchObject({
        to: 'kim@example.com',
        subject: 'Ana will write to you',
        replyTo: 'ana@acme.test',
      });
      expect(mail.sent[0]?.text).toContain('Hi Kim,');
      const [listed] = await world.db.selectFrom('outbox').selectAll().execute();
      expect(listed).toMatchObject({
        kind: 'mail',
        via: 'smtp',
        recipient: 'kim@example.com',
        message_id: `<${bridge().key}>`,
        handoff: 1,
      });
    });

    test('the final email is not sent to a lead that sales has by now', async () => {
      const mail = sendingMail();
      const final = pending(lead, { effect: 'final' });
      const state = await world.state(lead);
      await world.db
        .insertInto('lead_status')
        .values({
          lead_id: lead,
          epoch: 1,
          seq: 0,
          stage: 'handed_off',
          source: 'webinar',
          engine: 1,
          definition_number: 1,
          state: json(state),
          recorded_at: new Date(),
        })
        .execute();
      expect(await perform(world.deps({ mail }), final)).toEqual({ ok: true, skipped: true });
      await world.db.updateTable('lead_status').set({ stage: 'nurturing' }).execute();
      expect(await perform(world.deps({ mail }), { ...final, key: `${lead}/p1/final/2` })).toEqual({
        ok: true,
      });
      expect(mail.sent).toHaveLength(1);
    });

    test('a change of a task waits until the task exists', async () => {
      const done = pending(lead, { effect: 'task_update', change: 'done' });
      expect(await perform(world.deps(), done)).toEqual({ ok: false, code: 'not_found', permanent: true });
      await perform(
        world.deps({ crm: forgetfulCrm([() => Promise.reject(new ConnectorError('unavailable', 'down'))]) }),
        task(),
      );
      expect(await perform(world.deps(), done)).toEqual({ ok: false, code: 'not_found', permanent: false });
      await perform(world.deps(), task());
      expect(await perform(world.deps(), done)).toEqual({ ok: true });
      const [row] = await world.db.selectFrom('tasks').selectAll().execute();
      expect(row).toMatchObject({ state: 'done' });
      expect(row?.closed_at).toBeInstanceOf(Date);
    });

    test('nurture is paused, resumed and tagged, however often it is said', async () => {
      const say = (args: Parameters<typeof pending>[1], ordinal: number) =>
        perform(world.deps(), { ...pending(lead, args), key: `${lead}/h1/${args.effect}/${ordinal}` });
      const nurture = () => world.db.selectFrom('nurture').selectAll().executeTakeFirstOrThrow();
      await say({ effect: 'pause' }, 1);
      await say({ effect: 'pause' }, 2);
      expect(await nurture()).toMatchObject({ state: 'paused' });
      await say({ effect: 'resume', track: 'long_term' }, 1);
      await say({ effect: 'tag', tag: 'future_handoff' }, 1);
      await say({ effect: 'tag', tag: 'future_handoff' }, 2);
      expect(await nurture()).toMatchObject({
        state: 'active',
        track: 'long_term',
        tags: ['future_handoff'],
      });
      await say({ effect: 'untag', tag: 'future_handoff' }, 1);
      expect(await nurture()).toMatchObject({ tags: [] });
    });

    test('an alert about a handoff is the package in plain language, and says when there is no task', async () => {
      await perform(
        world.deps({ crm: forgetfulCrm([() => Promise.reject(new ConnectorError('unavailable', 'down'))]) }),
        task(),
      );
      const rep = await world.db.selectFrom('reps').select('id').executeTakeFirstOrThrow();
      await perform(
        world.deps(),
        pending(lead, {
          effect: 'alert',
          to: 'rep',
          reason: 'handoff',
          rep: rep.id,
          dueAt: TUESDAY + 7 * 3_600_000,
        }),
      );
      const [entry] = await world.db.selectFrom('outbox').selectAll().execute();
      expect(entry).toMatchObject({
        kind: 'alert',
        rep_id: rep.id,
        audience: 'rep',
        reason: 'handoff',
        subject: 'New lead: Kim Lee, Example Corp',
      });
      expect(entry?.text).toContain(
        'First contact is due by Tuesday, 24 November, 17:00 (America/New_York).',
      );
      expect(entry?.text).toContain('There is no task for this in the CRM');
      expect(entry?.text).toContain('Asked for a demo on Tuesday, 24 November');
    });

    describe('with a real SMTP server', () => {
      let sink: SmtpSink;
      beforeEach(async () => {
        sink = await smtpSink();
      });
      afterEach(() => sink.close());

      test('a mail that was taken without an answer is unknown, its Message-ID is kept, and it is not sent again', async () => {
        sink.behaviour = 'take_and_hang';
        const mail = smtpMail({ url: sink.url });
        const deps = world.deps({ mail }, { requestTimeoutMs: 400 });
        expect(await perform(deps, bridge())).toEqual({
          ok: false,
          code: 'unknown_outcome',
          permanent: true,
        });
        expect(await world.effectRow(bridge().key)).toMatchObject({
          state: 'unknown',
          reference: mail.messageId(bridge().key),
        });
        sink.behaviour = 'accept';
        expect(await perform(deps, bridge())).toEqual({
          ok: false,
          code: 'unknown_outcome',
          permanent: true,
        });
        expect(sink.messages).toHaveLength(1);
        expect(sink.messages[0]).toContain(`Message-ID: ${mail.messageId(bridge().key)}`);
      });

      test('a server that is not there was not reached: the mail goes later', async () => {
        const mail = smtpMail({ url: 'smtp://127.0.0.1:1' });
        expect(await perform(world.deps({ mail }), bridge())).toEqual({
          ok: false,
          code: 'unavailable',
          permanent: false,
        });
        expect(await perform(world.deps({ mail: smtpMail({ url: sink.url }) }), bridge())).toEqual({
          ok: true,
        });
        expect(sink.envelopes[0]?.to).toEqual(['kim@example.com']);
      });

      test('alerts are listed and mailed to the rep', async () => {
        const rep = await world.db.selectFrom('reps').select('id').executeTakeFirstOrThrow();
        const deps = world.deps({ mail: smtpMail({ url: sink.url }) });
        expect(
          await perform(deps, pending(lead, { effect: 'alert', to: 'rep', reason: 'handoff', rep: rep.id })),
        ).toEqual({ ok: true });
        expect(sink.envelopes[0]?.to).toEqual(['ana@acme.test']);
        expect(await world.db.selectFrom('outbox').select('via').execute()).toEqual([{ via: 'smtp' }]);
      });
    });
  },
);
