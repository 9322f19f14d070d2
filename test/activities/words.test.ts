import { describe, expect, it } from 'vitest';
import { alertWords } from '../../src/activities/alert-words.js';
import { callWithin } from '../../src/activities/call-within.js';
import { packageText } from '../../src/activities/package-text.js';
import { clockInWords, dayInWords, momentInWords } from '../../src/activities/words.js';
import { ConnectorError } from '../../src/connectors/ports.js';

const at = Date.parse('2026-11-25T03:30:00Z');

describe('dates in words', () => {
  it('are those of the reader’s time zone', () => {
    expect(dayInWords(at, 'America/New_York', at)).toBe('Tuesday, 24 November');
    expect(dayInWords(at, 'Europe/Berlin', at)).toBe('Wednesday, 25 November');
    expect(momentInWords(at, 'America/New_York', at)).toBe('Tuesday, 24 November, 22:30');
  });

  it('name the year where it is another', () => {
    expect(dayInWords(Date.parse('2025-12-30T12:00:00Z'), 'UTC', at)).toBe('Tuesday, 30 December 2025');
  });

  it('say nothing about a zone that is none', () => {
    expect(clockInWords(at, 'Europe/Berlin')).toBe('04:30 on Wednesday, 25 November');
    expect(clockInWords(at, 'Middle/Earth')).toBeNull();
    expect(clockInWords(at, null)).toBeNull();
  });
});

describe('alerts in words', () => {
  const matter = {
    lead: 'Kim Lee, Example Corp',
    rep: 'Ana',
    dueAtMs: null,
    slaDueAtMs: at,
    timeZone: 'America/New_York',
    atMs: at,
    taskMissing: false,
    package: {
      opener: 'Asked for a demo.',
      summary: 'Came in as Webinar attendee.',
      score: { total: 52.5, contributions: [{ rule: 'demo', points: 52.5 }] },
    },
    repeated: false,
  } as const;

  it('carry the whole package where somebody meets the handoff first, else its opener', () => {
    expect(alertWords({ ...matter, reason: 'handoff' }).text).toContain('Score 52.5: demo 52.5.');
    const reminder = alertWords({ ...matter, reason: 'sla_reminder' }).text;
    expect(reminder).toContain('Asked for a demo.');
    expect(reminder).not.toContain('Score');
    expect(reminder).toContain('ends on Tuesday, 24 November, 22:30 (America/New_York)');
  });

  it('say so when they may be repeats, and when the package is not there yet', () => {
    const words = alertWords({ ...matter, reason: 'no_task', package: null, repeated: true });
    expect(words.subject).toBe('No CRM task: Kim Lee, Example Corp (repeated)');
    expect(words.text).toContain('may have reached you before');
    expect(words.text).toContain('not ready yet');
  });

  it('read a package of any shape', () => {
    expect(
      packageText({
        opener: 3,
        person: 'nobody',
        engagement: { links: 'none' },
        content: [null, {}],
        draft: null,
      }),
    ).toContain('3');
  });
});

describe('a call under a time limit', () => {
  it('answers what the connector answers', async () => {
    expect(await callWithin(1_000, async ({ timeoutMs }) => timeoutMs)).toBe(1_000);
  });

  it('times out although the connector does not heed its signal', async () => {
    await expect(callWithin(20, () => new Promise(() => undefined))).rejects.toMatchObject({
      kind: 'timeout',
      mayHaveHappened: true,
    });
  });

  it('lets a connector say itself what its abort means', async () => {
    const heeding = callWithin(
      20,
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () =>
            reject(new ConnectorError('unavailable', 'never connected')),
          );
        }),
    );
    await expect(heeding).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
