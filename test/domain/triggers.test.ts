import { describe, expect, test } from 'vitest';
import type { SourcePolicy } from '../../src/domain/definition.js';
import { DAY, HOUR, lead, MINUTE, SECOND, type Story, scores } from '../support/story.js';

/** Enough opens and clicks for the fallback, in the first days, on pages that score and trigger nothing else. */
function engaged(story: Story): Story {
  for (const mail of ['m1', 'm2', 'm3', 'm4']) story.passes(HOUR).opens(mail);
  return story.passes(HOUR).clicks('m1', '/blog/a').passes(HOUR).clicks('m2', '/blog/b').passes(HOUR);
}

/** The free-mail rule, strong enough to hold a lead back. */
const poorFit = { country: 'XX', emailDomain: 'free' };

describe('the action trigger', () => {
  const requests: [string, string, (story: Story) => Story][] = [
    ['a demo is requested', 'demo', (story) => story.does('demo.requested')],
    ['pricing is requested', 'quote', (story) => story.does('pricing.requested')],
    ['a free trial is started', 'trial', (story) => story.does('trial.started')],
    ['a meeting is booked', 'meeting', (story) => story.books('2026-06-04T15:00:00Z')],
    ['a reply asks a question', 'reply', (story) => story.replies('Does it work with our CRM?')],
    ['a reply shows a buying signal', 'reply', (story) => story.replies('Please send me a quote.')],
    [
      'a contact form names a product',
      'contact',
      (story) => story.does('form.submitted', { product: 'pro' }),
    ],
  ];

  test.each(requests)('fires at once, whatever the score, when %s', (_what, id, happens) => {
    const story = happens(lead().untilDay(1));
    expect(story.stage).toBe('handed_off');
    expect(story.trigger).toMatchObject({ kind: 'action', id, intent: 'high', at: story.now, alsoHeld: [] });
    expect(story.handoff.startedAt).toBe(story.now);
  });

  test('does not fire for a form that names no product, a content download or a reply of another kind', () => {
    const story = lead().untilDay(1).does('form.submitted').downloads('ebook').replies('Thanks, all clear.');
    expect(story.stillNurtured).toBe(true);
  });

  test('knows warm actions too: they are handed off as warm', () => {
    const story = lead({ policy: withWarmWebinar }).untilDay(1).does('webinar.attended');
    expect(story.trigger).toMatchObject({ kind: 'action', id: 'webinar', intent: 'warm' });
  });

  test('takes the first high-intent action when one event meets several', () => {
    const story = lead({
      policy: (policy) => ({
        ...policy,
        triggers: {
          ...policy.triggers,
          actions: [
            { id: 'any', on: 'demo.requested', intent: 'warm', times: 1, withinMs: 0, visitGapMs: 0 },
            ...policy.triggers.actions,
          ],
        },
      }),
    }).does('demo.requested');
    expect(story.trigger).toMatchObject({ id: 'demo', intent: 'high', alsoHeld: ['any'] });
  });
});

describe('pricing visits', () => {
  test('two of them within seven days hand the lead off, with the count and what was needed', () => {
    const story = lead().untilDay(1).views('/pricing');
    expect(story.stillNurtured).toBe(true);
    story.untilDay(7.9).views('/pricing');
    expect(story.trigger).toMatchObject({ id: 'pricing', value: 2, threshold: 2 });
  });

  test('eight days apart are not two within seven days', () => {
    const story = lead().untilDay(1).views('/pricing').untilDay(9).views('/pricing');
    expect(story.stillNurtured).toBe(true);
  });

  test('less than thirty minutes apart are one visit', () => {
    const story = lead()
      .untilDay(1)
      .views('/pricing')
      .passes(29 * MINUTE)
      .views('/pricing');
    expect(story.stillNurtured).toBe(true);
  });

  test('thirty minutes apart are two', () => {
    const story = lead()
      .untilDay(1)
      .views('/pricing')
      .passes(30 * MINUTE)
      .views('/pricing');
    expect(story.trigger.id).toBe('pricing');
  });

  test('of other pages do not count', () => {
    const story = lead().untilDay(1).views('/pricing').untilDay(2).views('/product/a').views('/blog/x');
    expect(story.stillNurtured).toBe(true);
  });

  test('that are told of late count for the window by when they happened', () => {
    const story = lead().untilDay(10).views('/pricing');
    // Nine days before, told of now: outside the window of the other.
    story.passes(HOUR).views('/pricing', { ago: 9 * DAY });
    expect(story.stillNurtured).toBe(true);
    // Twenty hours before: inside, before the known one, and still fresh.
    story.views('/pricing', { ago: 20 * HOUR });
    expect(story.trigger).toMatchObject({ id: 'pricing', value: 2 });
  });

  test('of long ago, told of late, do not help a visit of today', () => {
    const story = lead()
      .untilDay(30)
      .views('/pricing', { ago: 20 * DAY })
      .views('/pricing', { ago: 19 * DAY });
    story.views('/pricing');
    expect(story.stillNurtured).toBe(true);
  });

  test('of an open handoff are added as visits: looking again within thirty minutes adds nothing', () => {
    const story = lead().untilDay(1).views('/pricing').passes(HOUR).views('/pricing');
    story.passes(20 * MINUTE).views('/pricing');
    expect(story.decisions('add_act')).toEqual([]);
    story.passes(20 * MINUTE).views('/pricing');
    expect(story.decisions('add_act')).toMatchObject([{ trigger: { id: 'pricing', value: 3 } }]);
  });

  test('before the nurture period began do not count', () => {
    const story = lead().untilDay(1).views('/pricing').handsOff().passes(HOUR).disposes('not_ready');
    story.passes(HOUR).views('/pricing');
    expect(story.stage).toBe('nurturing');
    story.passes(HOUR).views('/pricing', { ago: 3 * HOUR });
    expect(story.stage).toBe('nurturing');
    expect(story.ignored('before_period')).toBe(1);
    story.views('/pricing');
    expect(story.trigger.id).toBe('pricing');
  });
});

describe('freshness', () => {
  test('is measured when the event is accepted: an action older than 24 hours scores and does not trigger', () => {
    const story = lead({ policy: withWarmWebinar }).untilDay(3);
    story.does('webinar.attended', { ago: DAY + 1 });
    expect(story.stillNurtured).toBe(true);
    expect(story.score).toBe(19.543);
    expect(story.ignored('stale_action')).toBe(1);
  });

  test('still holds at exactly 24 hours', () => {
    const story = lead({ policy: withWarmWebinar }).untilDay(3).does('webinar.attended', { ago: DAY });
    expect(story.stage).toBe('handed_off');
  });

  test.each(['demo.requested', 'pricing.requested', 'trial.started', 'meeting.booked'])(
    'does not matter for an explicit request (%s): it hands off, says how old it is, and sends no bridge email',
    (type) => {
      const story = lead()
        .untilDay(5)
        .does(type, { ago: 4 * DAY });
      expect(story.trigger).toMatchObject({ stale: true, at: story.now - 4 * DAY });
      story.passes(DAY);
      expect(story.performed('bridge')).toEqual([]);
    },
  );

  test('does not matter for a contact form naming a product', () => {
    const story = lead()
      .untilDay(5)
      .does('form.submitted', { product: 'pro', ago: 2 * DAY });
    expect(story.trigger).toMatchObject({ id: 'contact', stale: true });
  });

  test('matters for a reply and for pricing visits', () => {
    const story = lead()
      .untilDay(5)
      .replies('How much is it?', { ago: 2 * DAY });
    story.views('/pricing').views('/pricing', { ago: 3 * DAY });
    expect(story.stillNurtured).toBe(true);
    expect(story.ignored('stale_action')).toBe(2);
  });
});

describe('the score trigger', () => {
  test('fires when an event carries the score from below the threshold to it', () => {
    const story = scores(lead().untilDay(1), 40);
    expect(story.stillNurtured).toBe(true);
    story.downloads('last');
    expect(story.score).toBe(50);
    expect(story.trigger).toMatchObject({ kind: 'score', intent: 'warm', value: 50_000, threshold: 50_000 });
  });

  test('takes both sides of the crossing at the event: points that decayed meanwhile do not help', () => {
    const story = scores(lead().untilDay(1), 40).untilDay(31);
    expect(story.score).toBe(20);
    scores(story, 20);
    expect(story.stillNurtured).toBe(true);
    story.downloads('last');
    expect(story.trigger.kind).toBe('score');
  });

  test('never fires on a calendar: a lead above the threshold that is not acting stays', () => {
    const story = scores(lead().untilDay(1), 40).publishes((policy) => ({
      ...policy,
      scoring: { ...policy.scoring, threshold: 30_000 },
    }));
    story.untilDay(2);
    expect(story.stillNurtured).toBe(true);
    story.downloads('more');
    expect(story.stillNurtured).toBe(true);
  });

  test('judges a lead that a lower published threshold newly reaches only when asked to', () => {
    const story = scores(lead().untilDay(1), 40).publishes((policy) => ({
      ...policy,
      scoring: { ...policy.scoring, threshold: 30_000 },
    }));
    expect(story.stillNurtured).toBe(true);
    story.judges();
    expect(story.verdict).toMatchObject({ ok: true, did: 'handed_off', handoff: 1 });
    expect(story.trigger.kind).toBe('score');
  });

  test('uses the threshold of the lead’s source', () => {
    const story = scores(lead({ source: 'webinar' }).untilDay(1), 40);
    expect(story.trigger).toMatchObject({ kind: 'score', threshold: 40_000 });
    expect(scores(lead({ source: 'cold-download' }).untilDay(1), 60).stillNurtured).toBe(true);
  });

  test('an unscored lead has 0', () => {
    expect(lead().untilDay(30).score).toBe(0);
  });

  test('fires again after the score fell below and rose to the threshold in a new crossing', () => {
    const story = lead({ traits: poorFit }).untilDay(1);
    scores(story, 50).untilDay(61);
    expect(story.score).toBeLessThan(15);
    story.isNow({ country: 'US' });
    expect(story.stillNurtured).toBe(true);
    scores(story, 40);
    expect(story.trigger.kind).toBe('score');
  });
});

describe('fit', () => {
  test('must hold beside the score: a crossing is held back and says why', () => {
    const story = scores(lead({ traits: poorFit }).untilDay(1), 50);
    expect(story.stillNurtured).toBe(true);
    expect(story.decisions('hold')).toMatchObject([{ what: 'score', why: 'fit' }]);
  });

  test('when it lifts, the held crossing is judged again and fires if the score still stands', () => {
    const story = scores(lead({ traits: poorFit }).untilDay(1), 50)
      .untilDay(1.5)
      .isNow({ companySize: 60 });
    expect(story.trigger).toMatchObject({ kind: 'score', at: story.now });
  });

  test('when it lifts and the score no longer stands, nothing fires', () => {
    const story = scores(lead({ traits: poorFit }).untilDay(1), 50)
      .untilDay(20)
      .isNow({ companySize: 60 });
    expect(story.stillNurtured).toBe(true);
    expect(story.state.heldCrossing).toBe(false);
  });

  test('is never part of the score', () => {
    const story = scores(lead({ traits: { country: 'US', companySize: 500 } }).untilDay(1), 40);
    expect(story.state.engagement.fit).toBe(20_000);
    expect(story.score).toBe(40);
    expect(story.stillNurtured).toBe(true);
  });

  test('does not hold back an action, and what the action finds held by fit is not named', () => {
    const story = lead({ traits: poorFit, policy: withScoredDemo }).untilDay(1).does('demo.requested');
    expect(story.trigger).toMatchObject({ id: 'demo', alsoHeld: [] });
  });

  test('held back earlier and standing, the crossing is named beside the event that brings fit and action together', () => {
    const story = lead({ traits: poorFit }).untilDay(1);
    scores(story, 50);
    story.publishes((policy) => ({ ...policy, scoring: { ...policy.scoring, fitAtLeast: null } }));
    story.does('demo.requested');
    expect(story.trigger).toMatchObject({ id: 'demo', alsoHeld: ['score'] });
  });

  test('does not hold back the fallback', () => {
    const story = engaged(lead({ traits: poorFit }).untilDay(1)).untilDay(60);
    expect(story.trigger.kind).toBe('time');
  });
});

describe('the fallback', () => {
  test('fires at 60 days, when four mails were opened, two links clicked and nothing was answered', () => {
    const story = engaged(lead().untilDay(1)).untilDay(59.9);
    expect(story.stillNurtured).toBe(true);
    story.untilDay(60);
    expect(story.trigger).toMatchObject({
      kind: 'time',
      id: 'fallback',
      intent: 'warm',
      value: 60,
      threshold: 60,
    });
    expect(story.daysIn(story.handoff.startedAt)).toBe(60);
  });

  test('waits for a count that is still missing, and fires with the event that brings it', () => {
    const story = lead().untilDay(1);
    for (const mail of ['m1', 'm2', 'm3']) story.opens(mail);
    story.clicks('m1', '/blog/a').passes(HOUR).clicks('m2', '/blog/b').untilDay(70);
    expect(story.stillNurtured).toBe(true);
    story.opens('m4');
    expect(story.trigger).toMatchObject({ kind: 'time', value: 70, at: story.now });
  });

  test('counts different mails and different links, not how often', () => {
    const story = lead().untilDay(1);
    for (let again = 0; again < 8; again++) story.passes(HOUR).opens('m1').clicks('m1', '/blog/a');
    story.untilDay(61);
    expect([story.opened, story.clicked]).toEqual([1, 1]);
    expect(story.stillNurtured).toBe(true);
  });

  test('a human click counts as an open of that mail', () => {
    const story = lead().untilDay(1);
    for (const mail of ['m1', 'm2', 'm3', 'm4']) story.passes(HOUR).clicks(mail, `/blog/${mail}`);
    story.untilDay(59.9);
    expect([story.opened, story.clicked]).toEqual([4, 4]);
    expect(story.untilDay(60).trigger.kind).toBe('time');
  });

  test('counts only time in which nurture mail was allowed', () => {
    const story = engaged(lead().untilDay(1)).untilDay(10).unsubscribes('marketing');
    story.untilDay(65);
    expect(story.stillNurtured).toBe(true);
    story.resubscribes('marketing').untilDay(114.9);
    expect(story.stillNurtured).toBe(true);
    expect(story.untilDay(115).trigger).toMatchObject({ kind: 'time', value: 60 });
  });

  test('waits while the newest direct-CTA mail of three days or more was answered', () => {
    const story = engaged(lead().untilDay(1)).untilDay(50).sends('cta', { directCta: true });
    story.untilDay(51).does('form.submitted').untilDay(75);
    expect(story.stillNurtured).toBe(true);
    // A newer one that nobody answers: the fallback fires once it is three days old.
    story.sends('cta2', { directCta: true }).untilDay(77.9);
    expect(story.stillNurtured).toBe(true);
    expect(story.untilDay(78).trigger.kind).toBe('time');
  });

  test.each([
    ['a click on its call to action', (story: Story) => story.clicks('cta', '/talk', { cta: true })],
    ['a reply', (story: Story) => story.replies('Not now, thanks.')],
    ['a form', (story: Story) => story.does('form.submitted')],
  ])('takes %s for a response', (_what, responds) => {
    const story = engaged(lead().untilDay(1)).untilDay(50).sends('cta', { directCta: true }).untilDay(52);
    responds(story).untilDay(64);
    expect(story.stillNurtured).toBe(true);
  });

  test('does not take an automatic reply, another click or a machine’s click for a response', () => {
    const story = engaged(lead().untilDay(1)).untilDay(50).sends('cta', { directCta: true }).untilDay(52);
    story.replies('I am out of office until Monday.').clicks('cta', '/blog/z');
    story.passes(MINUTE).clicks('cta', '/talk', { cta: true, bot: true }).untilDay(60);
    expect(story.trigger.kind).toBe('time');
  });

  test('a response before the newest ripe call to action does not answer it', () => {
    const story = engaged(lead().untilDay(1)).untilDay(20).replies('Thanks!').untilDay(50);
    story.sends('cta', { directCta: true }).untilDay(60);
    expect(story.trigger.kind).toBe('time');
  });

  test('a direct-CTA mail younger than three days leaves the older one to decide', () => {
    const story = engaged(lead().untilDay(1)).untilDay(30).sends('cta1', { directCta: true });
    story.untilDay(59).sends('cta2', { directCta: true }).untilDay(60);
    expect(story.trigger.kind).toBe('time');
  });

  test('with no such mail it fires, unless the definition requires one', () => {
    const requiring = lead({
      policy: (policy) => ({
        ...policy,
        triggers: {
          ...policy.triggers,
          fallback: {
            afterMs: 60 * DAY,
            opens: 4,
            clicks: 2,
            cta: { unansweredForMs: 3 * DAY, required: true },
          },
        },
        handoff: { ...policy.handoff, final: null },
      }),
    });
    const story = engaged(requiring.untilDay(1)).untilDay(70);
    expect(story.stillNurtured).toBe(true);
    story.sends('cta', { directCta: true }).untilDay(72.9);
    expect(story.stillNurtured).toBe(true);
    expect(story.untilDay(73).trigger.kind).toBe('time');
  });

  test('asks for what is in the log before it decides: an answer on its way keeps the lead in nurture', () => {
    const story = engaged(lead().untilDay(1)).untilDay(50).sends('cta', { directCta: true }).untilDay(59.99);
    story.notYetDelivered((log) => log.does('form.submitted')).untilDay(60.5);
    expect(story.decisions('request').filter(({ request }) => request.request === 'barrier')).toHaveLength(1);
    expect(story.stillNurtured).toBe(true);
  });

  test('decides nothing while the log cannot be asked, and is decided as of its instant afterwards', () => {
    const story = engaged(lead().untilDay(1)).fails('barrier').untilDay(60.1);
    expect(story.stillNurtured).toBe(true);
    story.works('barrier').untilDay(60.2);
    expect(story.trigger.kind).toBe('time');
    expect(story.daysIn(story.handoff.startedAt)).toBe(60);
  });

  test('does not exist where the definition turns it off', () => {
    const story = engaged(
      lead({
        policy: (policy) => ({ ...policy, triggers: { ...policy.triggers, fallback: null } }),
      }).untilDay(1),
    );
    expect(story.untilDay(100).stillNurtured).toBe(true);
  });
});

describe('several triggers at one event', () => {
  test('come in the order action, score, time; the first is the trigger, all that held are named', () => {
    // A call to action that stands unanswered from day 65 on, and a demo request at that very instant.
    const story = engaged(
      lead({ policy: (policy) => withScoredDemo(withoutFinalEmail(policy)) }).untilDay(1),
    );
    story.untilDay(55).sends('cta', { directCta: true }).untilDay(56).does('form.submitted').untilDay(62);
    story.sends('cta2', { directCta: true }).hangs('barrier').untilDay(65).does('demo.requested');
    expect(story.trigger).toMatchObject({ kind: 'action', id: 'demo', alsoHeld: ['score', 'fallback'] });
  });

  test('name the time trigger beside the score when both hold at the event', () => {
    const story = lead({ policy: withBigDownload }).untilDay(1);
    for (const mail of ['m1', 'm2', 'm3']) story.opens(mail);
    story.clicks('m1', '/blog/a').passes(HOUR).clicks('m2', '/blog/b').untilDay(65).clicks('m4', '/big');
    expect(story.stillNurtured).toBe(true);
    story.passes(10 * SECOND);
    expect(story.trigger).toMatchObject({ kind: 'score', alsoHeld: ['fallback'] });
  });
});

describe('handed off by hand', () => {
  test('is warm and ignores fit and score', () => {
    const story = lead({ traits: poorFit }).untilDay(1).handsOff();
    expect(story.verdict).toMatchObject({ ok: true, did: 'handed_off', handoff: 1 });
    expect(story.trigger).toMatchObject({ kind: 'manual', intent: 'warm' });
  });

  test('ignores the cooldown', () => {
    const story = lead().untilDay(1).handsOff().disposes('not_ready').passes(HOUR).handsOff();
    expect(story.handoff.number).toBe(2);
  });

  test('is refused while a handoff is open', () => {
    const story = lead().does('demo.requested').passes(HOUR).handsOff();
    expect(story.verdict).toMatchObject({ ok: false, code: 'handoff_open', handoff: 1 });
  });

  test('is refused for a customer', () => {
    const story = lead().does('customer.created').handsOff();
    expect(story.verdict).toMatchObject({ ok: false, code: 'lead_ended' });
  });
});

describe('a trigger while sales has the lead', () => {
  test('starts no second handoff: a high-intent act is added to the open one and the rep is told', () => {
    const story = lead().untilDay(1).does('demo.requested').passes(HOUR).does('trial.started');
    expect(story.state.handoffs).toBe(1);
    expect(story.decisions('add_act')).toMatchObject([{ number: 1, trigger: { id: 'trial' } }]);
    expect(story.alerts('acted_again')).toMatchObject([{ to: 'rep', rep: 'ana' }]);
  });

  test('a crossing of the threshold or a warm action changes nothing', () => {
    const story = lead({ policy: withWarmWebinar }).untilDay(1).does('demo.requested').passes(HOUR);
    scores(story, 80);
    expect(story.state.handoffs).toBe(1);
    expect(story.alerts('acted_again')).toEqual([]);
  });

  test('a later due instant moves to the high-intent one', () => {
    // Monday 11:00: warm is due on Tuesday at closing, the same day at closing after the demo request.
    const story = lead().passes(HOUR).handsOff();
    expect(story.handoff.task.dueAt).toBe(Date.parse('2026-06-02T21:00:00Z'));
    story.passes(HOUR).does('demo.requested');
    expect(story.handoff.task.dueAt).toBe(Date.parse('2026-06-01T21:00:00Z'));
    expect(story.taskChanges()).toEqual(['due']);
  });

  test('an earlier due instant stays', () => {
    const story = lead().passes(HOUR).does('demo.requested').untilDay(0.5).does('trial.started');
    expect(story.handoff.task.dueAt).toBe(Date.parse('2026-06-01T21:00:00Z'));
    expect(story.taskChanges()).toEqual([]);
  });

  test('a done task is reopened with the high-intent due instant', () => {
    const story = lead().handsOff().passes(HOUR).logs('call').untilDay(1).does('demo.requested');
    expect(story.stage).toBe('working');
    expect(story.handoff.task).toMatchObject({ state: 'open', dueAt: Date.parse('2026-06-02T21:00:00Z') });
    expect(story.taskChanges()).toEqual(['done', 'reopened']);
  });

  test('an act that comes before the handoff is prepared is told after it, and its due instant holds', () => {
    const story = lead().hangs('prepare').handsOff().passes(MINUTE).does('demo.requested');
    expect(story.alerts()).toEqual([]);
    story.works('prepare');
    expect(story.alerts().map(({ reason }) => reason)).toEqual(['handoff', 'acted_again']);
    expect(story.handoff.task.dueAt).toBe(Date.parse('2026-06-01T21:00:00Z'));
    expect(story.performed('task')).toMatchObject([{ args: { dueAt: Date.parse('2026-06-01T21:00:00Z') } }]);
  });
});

describe('the cooldown of seven days after re-entry', () => {
  const reentered = (policy = withWarmWebinar) =>
    lead({ policy }).untilDay(1).does('demo.requested').passes(HOUR).disposes('not_ready');

  test('holds back warm actions', () => {
    const story = reentered().untilDay(7).does('webinar.attended');
    expect(story.stage).toBe('nurturing');
    expect(story.ignored('cooldown')).toBe(1);
    story.untilDay(8.1).does('webinar.attended');
    expect(story.trigger).toMatchObject({ id: 'webinar' });
  });

  test('never holds back high-intent actions', () => {
    const story = reentered().passes(HOUR).does('demo.requested');
    expect(story.handoff.number).toBe(2);
  });

  test('holds back a crossing, which fires when it ends if the score still stands', () => {
    const story = scores(reentered((policy) => policy).untilDay(2), 60);
    expect(story.stage).toBe('nurturing');
    expect(story.decisions('hold')).toMatchObject([{ what: 'score', why: 'cooldown' }]);
    story.untilDay(8 + 1 / 24);
    expect(story.trigger.kind).toBe('score');
    expect(story.daysIn(story.handoff.startedAt)).toBe(8 + 1 / 24);
  });

  test('lets a crossing go that no longer stands when it ends', () => {
    const story = scores(reentered((policy) => policy).untilDay(2), 50).untilDay(9);
    expect(story.stage).toBe('nurturing');
    expect(story.state.heldCrossing).toBe(false);
  });

  test('holds back the fallback', () => {
    const story = lead({
      policy: (policy) => ({
        ...policy,
        triggers: {
          ...policy.triggers,
          cooldownMs: 90 * DAY,
        },
      }),
    });
    engaged(story.handsOff().disposes('not_ready').untilDay(1)).untilDay(89.9);
    expect(story.state.handoffs).toBe(1);
    expect(story.untilDay(90).trigger.kind).toBe('time');
  });
});

function withWarmWebinar(policy: SourcePolicy): SourcePolicy {
  return {
    ...policy,
    triggers: {
      ...policy.triggers,
      actions: [
        ...policy.triggers.actions,
        { id: 'webinar', on: 'webinar.attended', intent: 'warm', times: 1, withinMs: 0, visitGapMs: 0 },
      ],
    },
  };
}

function withScoredDemo(policy: SourcePolicy): SourcePolicy {
  const demo = { id: 'demo-points', on: 'demo.requested', points: 50_000 };
  return { ...policy, scoring: { ...policy.scoring, rules: [...policy.scoring.rules, demo] } };
}

function withBigDownload(policy: SourcePolicy): SourcePolicy {
  const big = { id: 'big', on: 'email.clicked', where: { path: { glob: '/big' } }, points: 60_000 };
  return { ...policy, scoring: { ...policy.scoring, rules: [...policy.scoring.rules, big] } };
}

function withoutFinalEmail(policy: SourcePolicy): SourcePolicy {
  return { ...policy, handoff: { ...policy.handoff, final: null } };
}
