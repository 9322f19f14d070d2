import { describe, expect, test } from 'vitest';
import { DAY, HOUR, lead, MINUTE, type Story } from '../support/story.js';

const imported = { backfill: true };

/** A lead that came by import, with opens and clicks enough for the fallback, the oldest so many days ago. */
function importedLead(days: number): Story {
  const story = lead({ created: false }).does('lead.created', { ...imported, ago: days * DAY });
  for (const [index, mail] of ['m1', 'm2', 'm3', 'm4'].entries()) {
    story.clicks(mail, `/blog/${mail}`, { ...imported, ago: (days - 1 - index) * DAY });
  }
  return story.passes(MINUTE);
}

describe('imported history', () => {
  test('begins the nurture period at its own date', () => {
    expect(importedLead(30).state.period.startedAt).toBe(importedLead(30).startedAt - 30 * DAY);
  });

  test('fills counts and score, by its own age', () => {
    const story = lead().does('webinar.attended', { ...imported, ago: 30 * DAY });
    expect(story.score).toBe(10);
    expect(importedLead(30)).toMatchObject({ opened: 4, clicked: 4 });
  });

  test('sets flags: who unsubscribed stays unsubscribed', () => {
    const story = lead().unsubscribes('marketing', { ...imported, ago: 30 * DAY });
    expect(story.state.suppressed.marketing).not.toBeNull();
  });

  test('makes a customer of who became one', () => {
    expect(lead().does('customer.created', { ...imported, ago: 30 * DAY }).stage).toBe('converted');
  });

  test('triggers nothing by its score', () => {
    const story = lead();
    for (let n = 0; n < 4; n++) story.does('webinar.attended', imported);
    expect(story.score).toBe(80);
    expect(story.untilDay(20).stillNurtured).toBe(true);
    expect(story.performed('final')).toEqual([]);
  });

  test('never triggers by an action in it, however high its intent and however fresh', () => {
    const story = lead()
      .does('demo.requested', imported)
      .views('/pricing', imported)
      .passes(HOUR)
      .views('/pricing', imported);
    expect(story.stillNurtured).toBe(true);
    expect(story.judges().verdict).toMatchObject({ ok: true, did: 'nothing' });
    expect(story.stillNurtured).toBe(true);
  });

  test('adds nothing to an open handoff', () => {
    const story = lead().handsOff().passes(HOUR).does('demo.requested', imported);
    expect(story.decisions('add_act')).toEqual([]);
  });

  test('reopens and wakes nobody', () => {
    expect(lead().handsOff().disposes('unqualified').does('demo.requested', imported).stage).toBe(
      'unqualified',
    );
    expect(lead().untilDay(190).opens('m1', imported).stage).toBe('dormant');
  });

  test('does not let the fallback fire that it makes hold at once', () => {
    const story = importedLead(90).untilDay(20);
    expect(story.stillNurtured).toBe(true);
    expect(story.performed('final')).toEqual([]);
  });

  test('leaves to the timer what becomes due only later', () => {
    const story = importedLead(50).untilDay(2.9);
    expect(story.performed('final')).toEqual([]);
    story.untilDay(3);
    expect(story.performed('final')).toHaveLength(1);
    expect(story.untilDay(9.9).stillNurtured).toBe(true);
    expect(story.untilDay(10).trigger).toMatchObject({ kind: 'time', value: 60 });
  });

  test('does not put a lead to sleep before it could be judged', () => {
    const story = lead({ created: false })
      .does('lead.created', { ...imported, ago: 300 * DAY })
      .passes(HOUR);
    expect(story.untilDay(29).stillNurtured).toBe(true);
    expect(story.untilDay(31).stage).toBe('dormant');
  });

  test('counts together with what the lead does next: a live act may trigger', () => {
    const story = importedLead(90).passes(HOUR).opens('m9');
    expect(story.trigger.kind).toBe('time');
    const visits = lead()
      .views('/pricing', { ...imported, ago: DAY })
      .passes(HOUR)
      .views('/pricing');
    expect(visits.trigger).toMatchObject({ id: 'pricing', value: 2 });
  });

  test('carrying the score over the threshold leaves no crossing for the next act', () => {
    const story = lead();
    for (let n = 0; n < 3; n++) story.does('webinar.attended', imported);
    expect(story.passes(HOUR).opens('m1').untilDay(1).stillNurtured).toBe(true);
  });
});

describe('judging once', () => {
  test('hands off by score', () => {
    const story = lead();
    for (let n = 0; n < 3; n++) story.does('webinar.attended', imported);
    story.passes(HOUR).judges();
    expect(story.verdict).toMatchObject({ ok: true, did: 'handed_off', handoff: 1 });
    expect(story.trigger).toMatchObject({ kind: 'score', value: 60_000, alsoHeld: [] });
  });

  test('hands off by time', () => {
    const story = importedLead(90).judges();
    expect(story.trigger).toMatchObject({ kind: 'time', value: 90 });
  });

  test('names both when both hold', () => {
    const story = importedLead(90);
    for (let n = 0; n < 3; n++) story.does('webinar.attended', imported);
    expect(story.judges().trigger).toMatchObject({ kind: 'score', alsoHeld: ['fallback'] });
  });

  test('finds nothing where nothing holds', () => {
    expect(importedLead(30).judges().verdict).toMatchObject({ ok: true, did: 'nothing' });
  });

  test('holds a score back for fit, and fires it when that lifts', () => {
    const story = lead({ traits: { emailDomain: 'free' } });
    for (let n = 0; n < 3; n++) story.does('webinar.attended', imported);
    expect(story.judges().verdict).toMatchObject({ ok: true, did: 'held' });
    expect(story.decisions('hold')).toMatchObject([{ why: 'fit' }]);
    expect(story.passes(HOUR).isNow({ country: 'US' }).trigger.kind).toBe('score');
  });

  test('hands nobody off who is suppressed', () => {
    const story = importedLead(90).unsubscribes('marketing');
    for (let n = 0; n < 3; n++) story.does('webinar.attended', imported);
    expect(story.judges().verdict).toMatchObject({ ok: true, did: 'held' });
    expect(story.stillNurtured).toBe(true);
  });

  test('is refused while a handoff is open', () => {
    expect(lead().handsOff().judges().verdict).toMatchObject({ ok: false, code: 'handoff_open', handoff: 1 });
  });
});

describe('anonymous visits that become known', () => {
  test('count in the first period whatever their date', () => {
    const story = lead().views('/product/a', { anonymous: true, ago: 10 * DAY });
    expect(story.score).toBeGreaterThan(2);
    expect(story.state.period.startedAt).toBe(story.startedAt);
  });

  test('are as fresh as they are when they become known: recent ones count for actions', () => {
    const story = lead().views('/pricing', { anonymous: true, ago: 20 * HOUR });
    story.views('/pricing', { anonymous: true, ago: 2 * HOUR });
    expect(story.trigger).toMatchObject({ id: 'pricing', value: 2 });
  });

  test('longer ago do not trigger', () => {
    const story = lead().views('/pricing', { anonymous: true, ago: 60 * HOUR });
    story.views('/pricing', { anonymous: true, ago: 50 * HOUR });
    expect(story.stillNurtured).toBe(true);
    expect(story.ignored('stale_action')).toBe(1);
  });

  test('of before a later period do not count in it', () => {
    const story = lead().untilDay(5).handsOff().disposes('not_ready').passes(HOUR);
    story.views('/product/a', { anonymous: true, ago: 2 * DAY });
    expect(story.score).toBe(0);
  });
});

describe('order and lateness', () => {
  test('events count by when they happened, in whatever order they were accepted', () => {
    const story = lead()
      .untilDay(30)
      .does('webinar.attended')
      .does('webinar.attended', { ago: 30 * DAY });
    expect(story.score).toBe(30);
  });

  test('a crossing is judged when the event is accepted', () => {
    const story = lead().untilDay(30);
    for (let n = 0; n < 4; n++) story.does('webinar.attended', { ago: 30 * DAY });
    expect(story.score).toBe(40);
    expect(story.stillNurtured).toBe(true);
    story.downloads('ebook');
    expect(story.trigger).toMatchObject({ kind: 'score', at: story.now, value: 50_000 });
  });
});
