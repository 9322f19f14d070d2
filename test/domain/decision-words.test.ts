import { describe, expect, it } from 'vitest';
import type { Decision, RefusalCode } from '../../src/domain/decision.js';
import { decisionWords, type Tongue } from '../../src/domain/decision-words.js';
import { refusalWords } from '../../src/domain/refusal-words.js';

const tongue: Tongue = {
  name: (id) => ({ r1: 'Ana', r2: 'Ben' })[id] ?? null,
  action: (id) => (id === 'demo' ? 'asked for a demo' : `the action "${id}"`),
  moment: (atMs) => new Date(atMs).toISOString().slice(0, 16).replace('T', ' '),
  firstRep: (handoff) => (handoff === 1 ? 'Ana' : null),
  machines: { clickAfterDeliveryMs: 3_000, manyLinksWithinMs: 10_000 },
};
const AT = Date.UTC(2026, 10, 24, 14, 30);
const demo = { kind: 'action', id: 'demo', intent: 'high', at: AT, alsoHeld: [] } as const;

const SAID: [Decision, string][] = [
  [
    { kind: 'handoff', number: 1, trigger: demo, score: 0 },
    'Handed off to Ana (handoff 1): asked for a demo',
  ],
  [
    {
      kind: 'handoff',
      number: 2,
      trigger: {
        kind: 'score',
        id: 'score',
        intent: 'warm',
        at: AT,
        value: 52_500,
        threshold: 50_000,
        alsoHeld: ['fallback'],
      },
      score: 52_500,
    },
    'Handed off (handoff 2): the score reached 52.5 (threshold 50) (also held: fallback)',
  ],
  [
    {
      kind: 'handoff',
      number: 2,
      trigger: {
        kind: 'time',
        id: 'fallback',
        intent: 'warm',
        at: AT,
        value: 61,
        threshold: 60,
        alsoHeld: [],
      },
      score: 0,
    },
    'Handed off (handoff 2): 61 days in nurture, reading along without an answer',
  ],
  [{ kind: 'prepared', number: 1, rep: 'r1', routedBy: 'roundRobin' }, 'Ana has handoff 1 (by turns)'],
  [
    { kind: 'prepared', number: 1, rep: null, routedBy: 'queue' },
    "Nobody could take handoff 1: it waits in the team's queue",
  ],
  [
    { kind: 'add_act', number: 1, trigger: { ...demo, value: 2 } },
    'Acted again while with sales: asked for a demo, 2 times; added to handoff 1',
  ],
  [
    { kind: 'activity', number: 1, activity: 'call', at: AT, first: true, by: 'r1' },
    'First contact in handoff 1: call by Ana',
  ],
  [
    { kind: 'activity', number: 1, activity: 'task_completed', at: AT, first: false, by: 'crm' },
    'Task completed by the CRM on record for handoff 1',
  ],
  [{ kind: 'complete', number: 1, outcome: 'sla_lapsed' }, 'Handoff 1 ended: no contact in time'],
  [
    { kind: 'complete', number: 1, outcome: 'converted', by: 'r1', replaces: 'sla_lapsed' },
    'Handoff 1 ended: converted by Ana, instead of no contact in time',
  ],
  [
    { kind: 'restore', number: 1, replaces: 'sla_lapsed' },
    'Handoff 1 goes on: there was contact in time (it had ended: no contact in time)',
  ],
  [
    { kind: 'reassign', number: 1, from: null, to: 'r2', by: 'r1' },
    "Handoff 1 went from the team's queue to Ben, by Ana",
  ],
  [
    { kind: 'stage', from: 'working', to: 'nurturing', track: 'long_term' },
    'Moved from being worked on by sales to nurture on the long-term track',
  ],
  [
    { kind: 'period', number: 2, startedAt: AT, source: 'webinar' },
    'Nurture period 2 begins: score and counts start from nothing',
  ],
  [
    { kind: 'suppress', stream: 'marketing', on: true, why: 'hard_bounce' },
    'No more marketing mail: hard bounce',
  ],
  [
    { kind: 'suppress', stream: 'sales', on: false, why: 'resubscribed' },
    'Sales mail is wanted again: resubscribed',
  ],
  [
    { kind: 'hold', what: 'score', why: 'cooldown' },
    'The score reached its threshold, but the cooldown after the last handoff is not over',
  ],
  [
    { kind: 'follow_up', number: 1, on: '2027-03-01' },
    'A follow-up is promised for 2027-03-01 (after handoff 1)',
  ],
  [
    {
      kind: 'perform',
      effect: { key: 'l/h1/task/1', handoff: 1, args: { effect: 'task', rep: 'r1', dueAt: AT } },
    },
    'A task for Ana, due on 2026-11-24 14:30',
  ],
  [
    {
      kind: 'perform',
      effect: {
        key: 'l/h1/alert/1',
        handoff: 1,
        args: { effect: 'alert', to: 'managers', reason: 'sla_lapsed', rep: 'r1' },
      },
    },
    'Alert to the managers: no contact was made in time',
  ],
  [
    {
      kind: 'perform',
      effect: { key: 'l/p2/tag/1', handoff: null, args: { effect: 'tag', tag: 'future_handoff' } },
    },
    'The tag "future_handoff" is to be set',
  ],
  [
    {
      kind: 'request',
      request: { request: 'barrier', purpose: 'sla', at: AT, handoff: 1, id: 1, attempts: 0, retryAt: 0 },
    },
    'Looking once more for contact before the SLA lapses',
  ],
  [{ kind: 'schedule', deadline: 'sla', at: AT }, 'The SLA ends on 2026-11-24 14:30'],
  [
    { kind: 'drop', effect: 'bridge', why: 'meeting_booked' },
    'The bridge email: dropped, because a meeting is booked',
  ],
  [{ kind: 'effect_done', key: 'l/h1/task/1' }, "The rep's task: done"],
  [
    { kind: 'effect_fault', key: 'l/h1/pause/1', code: 'rate_limited', parked: false, retryAt: AT },
    'Pausing nurture mail: failed (rate limited), tried again on 2026-11-24 14:30',
  ],
  [
    { kind: 'effect_fault', key: 'l/h1/bridge/1', code: 'unknown_outcome', parked: true, retryAt: 0 },
    'The bridge email: failed (unknown outcome), a person must see to it',
  ],
  [
    { kind: 'ignore', reason: 'machine', rule: 'many_links' },
    'Ignored: another link of the same mail was clicked within 10 s (machine)',
  ],
  [
    { kind: 'ignore', reason: 'stale_action', trigger: 'pricing' },
    'No handoff for this (the action "pricing"): it had happened too long before it became known',
  ],
  [
    { kind: 'command', command: 'activity', verdict: { commandId: 'c', ok: true, did: 'contacted' } },
    'Accepted: contacted',
  ],
  [
    {
      kind: 'command',
      command: 'reassign',
      verdict: { commandId: 'c', ok: false, code: 'handoff_closed', handoff: 1, outcome: 'not_ready' },
    },
    'Refused: handoff 1 ended: not ready',
  ],
];

describe('a decision in words', () => {
  it.each(SAID)('%j', (decision, words) => {
    expect(decisionWords(decision, tongue)).toBe(words);
  });

  it('covers every kind of decision', () => {
    const kinds: Record<Decision['kind'], true> = {
      perform: true,
      request: true,
      ignore: true,
      schedule: true,
      handoff: true,
      prepared: true,
      add_act: true,
      activity: true,
      complete: true,
      restore: true,
      reassign: true,
      stage: true,
      period: true,
      suppress: true,
      hold: true,
      follow_up: true,
      drop: true,
      effect_fault: true,
      effect_done: true,
      command: true,
    };
    expect([...new Set(SAID.map(([{ kind }]) => kind))].sort()).toEqual(Object.keys(kinds).sort());
  });

  it('never shows an id', () => {
    const unknown: Decision = { kind: 'reassign', number: 1, from: 'x1', to: 'x2', by: 'x3' };
    expect(decisionWords(unknown, tongue)).toBe('Handoff 1 went from somebody to somebody, by somebody');
  });
});

describe('a refusal in words', () => {
  it.each([
    ['handoff_open', 'handoff 2 is open already'],
    ['no_such_handoff', 'the lead has no such handoff'],
    ['handoff_closed', 'handoff 2 ended: converted'],
    ['too_late_to_change', 'handoff 2 ended: converted; it is too late to change that'],
    ['newer_handoff', 'handoff 2 is over, and a newer one has taken its place'],
    ['lead_ended', 'the lead is through: nothing more is decided about it'],
    ['same_rep', 'this rep has handoff 2 already'],
    ['no_such_effect', 'nothing waits to be tried again under this key'],
    ['before_handoff', 'the activity is dated before handoff 2 began'],
  ] as [RefusalCode, string][])('%s: %s', (code, words) => {
    expect(refusalWords({ code, handoff: 2, outcome: 'converted' })).toBe(words);
  });
});
