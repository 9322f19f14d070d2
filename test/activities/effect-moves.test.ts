import { describe, expect, it } from 'vitest';
import { nextMove, RESOLUTIONS } from '../../src/activities/effect-moves.js';
import type { LedgerState } from '../../src/store/schema.js';

const row = (state: LedgerState, ageMs: number | null, unknowns = 0) => ({ state, ageMs, unknowns });
const around = (resolution: 'again' | 'ask' | 'repeat_once' | 'never', retryAsked = false) => ({
  resolution,
  settlesAfterMs: 15_000,
  retryAsked,
});

describe('what is done about an effect, by what the ledger knows', () => {
  it.each([
    ['a planned effect is sent', row('planned', null), around('never'), 'send'],
    ['a failed one was not done and is sent again', row('failed', 100), around('never'), 'send'],
    ['a confirmed one is done', row('confirmed', 100), around('again'), 'done'],
    ['a skipped one is skipped', row('skipped', null), around('again'), 'skipped'],
    ['one under way is waited for', row('sending', 14_999), around('again'), 'wait'],
    ['a mail under way is waited for, not parked', row('sending', 14_999), around('never'), 'wait'],
    [
      'one whose process is gone counts as unknown after timeout and lag',
      row('sending', 15_000),
      around('again'),
      'send',
    ],
    ['of a mail whose process is gone a person decides', row('sending', 15_000), around('never'), 'park'],
    ['an alert whose process is gone is repeated', row('sending', 15_000), around('repeat_once'), 'repeat'],
    ['an alert is repeated once only', row('sending', 15_000, 1), around('repeat_once'), 'park'],
    ['unknown waits out timeout and lag', row('unknown', 14_999, 1), around('again'), 'wait'],
    ['unknown pause, resume, tag: send again', row('unknown', 15_000, 1), around('again'), 'send'],
    ['unknown task: ask the CRM first, after its lag', row('unknown', 15_000, 1), around('ask'), 'ask'],
    [
      'unknown task within the lag: its search may not show it yet',
      row('unknown', 14_999, 1),
      around('ask'),
      'wait',
    ],
    ['unknown alert: once more, as a repeat', row('unknown', 15_000, 1), around('repeat_once'), 'repeat'],
    ['alert unknown twice: a person decides', row('unknown', 15_000, 2), around('repeat_once'), 'park'],
    ['unknown mail: a person decides, at once', row('unknown', 0, 1), around('never'), 'park'],
    ['a person decided: the mail is sent again', row('unknown', 15_000, 1), around('never', true), 'send'],
    [
      'a person decided too soon: the first attempt may still end',
      row('unknown', 100, 1),
      around('never', true),
      'wait',
    ],
  ] as const)('%s', (_, ledgerRow, surroundings, move) => {
    expect(nextMove(ledgerRow, surroundings)).toBe(move);
  });

  it('never sends a mail to the lead again by itself', () => {
    expect(RESOLUTIONS.bridge).toBe('never');
    expect(RESOLUTIONS.final).toBe('never');
  });
});
