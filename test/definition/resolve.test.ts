import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkDefinition } from '../../src/definition/check.js';
import { type HandoffDefinition, termsFor } from '../../src/definition/document.js';

const sample = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');

function resolved(text: string): HandoffDefinition {
  const { definition, faults } = checkDefinition(text);
  if (!definition) throw new Error(JSON.stringify(faults));
  return definition;
}
const withBody = (body: string) => resolved(`format: 1\nname: X\ncalendar: { timeZone: UTC }\n${body}`);
const policy = (definition: HandoffDefinition, source: string) => definition.sources[source]!.policy;

describe('the sample, resolved', () => {
  const definition = resolved(sample);

  it('has its numbers in the units of the core', () => {
    const { scoring, triggers, handoff, nurture, machines } = definition.defaults.policy;
    expect(scoring.threshold).toBe(50_000);
    expect([scoring.decay.length, scoring.decay[30]]).toEqual([301, 500_000]);
    expect(scoring.rules.find(({ id }) => id === 'careers')).toEqual({
      id: 'careers',
      on: 'page.viewed',
      where: { path: { glob: '/careers**' } },
      points: -10_000,
      atMost: { times: 1, per: 'day' },
    });
    expect(scoring.fit).toEqual([
      { id: 'home', where: { country: { equals: ['US', 'CA'] } }, points: 10_000 },
      { id: 'size', where: { companySize: { atLeast: 50 } }, points: 10_000 },
      { id: 'free', where: { emailDomain: { equals: ['free'] } }, points: -15_000 },
    ]);
    expect(triggers.actions.find(({ id }) => id === 'pricing')).toMatchObject({
      times: 2,
      withinMs: 604_800_000,
      visitGapMs: 1_800_000,
    });
    expect(triggers.actions.find(({ id }) => id === 'contact')).toMatchObject({
      where: { product: { present: true } },
      times: 1,
      visitGapMs: 0,
    });
    expect(triggers.fallback).toEqual({
      afterMs: 60 * 86_400_000,
      opens: 4,
      clicks: 2,
      cta: { unansweredForMs: 259_200_000, required: false },
    });
    expect(handoff.final).toEqual({ scoreShare: 800_000, beforeFallbackMs: 604_800_000 });
    expect(handoff.sla.high.firstActivityWithin).toEqual({ businessDays: 3 });
    expect(nurture.sunset).toEqual({ afterMs: 180 * 86_400_000, withoutEngagementForMs: 90 * 86_400_000 });
    expect(machines).toEqual({
      clickAfterDeliveryMs: 3_000,
      manyLinksWithinMs: 10_000,
      userAgents: true,
      privacyProxyOpens: true,
    });
    expect(definition.futureToleranceMs).toBe(300_000);
  });

  it('a source inherits whatever it does not say', () => {
    const { webinar, 'cold-download': cold, partner } = definition.sources;
    const base = definition.defaults.policy;
    expect(webinar!.title).toBe('Webinar attendee');
    expect(webinar!.policy).toEqual({
      ...base,
      source: 'webinar',
      scoring: { ...base.scoring, threshold: 40_000 },
    });
    expect(cold!.policy.scoring.rules.map(({ id }) => id)).toEqual([
      'open',
      'click',
      'download',
      'guide',
      'product',
      'webinar',
      'form',
    ]);
    expect(cold!.policy.triggers.fallback).toMatchObject({ afterMs: 90 * 86_400_000, opens: 4 });
    expect(partner!.policy.handoff.sla.high).toEqual({
      ...base.handoff.sla.high,
      firstActivityWithin: { businessDays: 1 },
    });
    expect(partner!.mails).toEqual(definition.defaults.mails);
  });

  it('an SLA of a minute is legal', () => {
    expect(policy(definition, 'sample-fast').handoff.sla.warm).toMatchObject({
      firstActivityWithin: { ms: 60_000 },
      remindBefore: { ms: 30_000 },
      lapseExtension: { ms: 0 },
    });
  });

  it('an unknown source, and none, get the defaults', () => {
    expect(termsFor(definition, 'nowhere').policy.source).toBe('default');
    expect(termsFor(definition, null).policy.source).toBe('default');
    expect(termsFor(definition, 'constructor').policy.source).toBe('default');
    expect(termsFor(definition, 'partner').policy.source).toBe('partner');
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(definition))).toEqual(definition);
  });
});

describe('lists', () => {
  it('of a source merge with the defaults by id, field by field', () => {
    const definition = withBody(`sources:
  a:
    scoring:
      rules:
        - { id: click, points: 7.25 }
        - { id: guide, where: null, atMost: null }
        - { id: seats, on: custom.seats, points: 1 }
        - { id: open, off: true }
      fit: [ { id: eu, where: { country: [DE] }, points: 3 } ]
    triggers:
      actions: [ { id: demo, intent: warm }, { id: trial, off: true } ]
`);
    const { scoring, triggers } = policy(definition, 'a');
    const rule = (id: string) => scoring.rules.find((one) => one.id === id);
    expect(rule('click')).toEqual({
      id: 'click',
      on: 'email.clicked',
      points: 7_250,
      atMost: { times: 3, per: 'email' },
    });
    expect(rule('guide')).toEqual({ id: 'guide', on: 'content.downloaded', points: 15_000 });
    expect(rule('seats')).toEqual({ id: 'seats', on: 'custom.seats', points: 1_000 });
    expect(rule('open')).toBeUndefined();
    expect(scoring.groups).toEqual([{ id: 'email', rules: ['click'], atMost: 30_000 }]);
    expect(scoring.fit.map(({ id }) => id)).toEqual(['eu']);
    expect(triggers.actions.find(({ id }) => id === 'demo')!.intent).toBe('warm');
    expect(triggers.explicit).toEqual(['demo', 'quote', 'contact', 'meeting']);
    expect(definition.defaults.policy.scoring.rules.find(({ id }) => id === 'click')!.points).toBe(5_000);
  });

  it('of the defaults replace the built-in ones, and what belonged to those goes', () => {
    const { scoring, triggers } = withBody(`defaults:
  scoring: { rules: [ { id: open, on: email.opened, points: 1 } ] }
  triggers: { actions: [ { id: demo, on: demo.requested, intent: high } ] }
`).defaults.policy;
    expect(scoring.rules).toEqual([{ id: 'open', on: 'email.opened', points: 1_000 }]);
    expect(scoring.groups).toEqual([]);
    expect(triggers.explicit).toEqual(['demo']);
  });
});

describe('terms', () => {
  it('differ by intent where byIntent says so', () => {
    const { sla } = withBody(`defaults:
  handoff: { sla: { byIntent: { high: { firstActivityWithin: 4h, remindBefore: 1h } } } }
sources:
  a: { handoff: { sla: { firstActivityWithin: { businessDays: 2 } } } }
`).sources.a!.policy.handoff;
    expect(sla.high).toMatchObject({
      firstActivityWithin: { ms: 14_400_000 },
      remindBefore: { ms: 3_600_000 },
      reassignments: 0,
    });
    expect(sla.warm).toMatchObject({
      firstActivityWithin: { businessDays: 2 },
      remindBefore: { businessDays: 1 },
    });
  });

  it('are turned off with null, and back on by a source that says a part', () => {
    const definition = withBody(`defaults:
  scoring: { halfLife: 0, fitAtLeast: null }
  triggers: { fallback: null }
  handoff: { sla: { remindBefore: null }, emails: { bridge: null, final: null } }
  reentry: { tags: { converted: null, sla_lapsed: slow } }
  nurture: { sunset: null }
sources:
  a: { triggers: { fallback: { opens: 9 } }, handoff: { emails: { bridge: { after: 5m } } } }
`);
    const off = definition.defaults.policy;
    expect([
      off.scoring.decay,
      off.scoring.fitAtLeast,
      off.triggers.fallback,
      off.handoff.bridge,
      off.handoff.final,
    ]).toEqual([[], null, null, null, null]);
    expect([off.handoff.sla.high.remindBefore, off.nurture.sunset]).toEqual([null, null]);
    expect(off.reentry.tags).toMatchObject({ sla_lapsed: 'slow', not_ready: 'future_handoff' });
    expect(off.reentry.tags).not.toHaveProperty('converted');
    expect(definition.defaults.mails).toMatchObject({ bridge: null, final: null });
    const on = definition.sources.a!;
    expect(on.policy.triggers.fallback).toMatchObject({ afterMs: 60 * 86_400_000, opens: 9 });
    expect(on.policy.handoff.bridge).toEqual({ afterMs: 300_000 });
    expect(on.mails.bridge!.subject).toContain('will write to you');
  });

  it('a page counted more than once is counted by visits', () => {
    const { triggers } = withBody(`defaults:
  triggers:
    actions:
      - { id: a, on: page.viewed, times: 3, within: 7d, intent: warm }
      - { id: b, on: email.clicked, times: 3, within: 7d, intent: warm }
`).defaults.policy;
    expect(triggers.actions.map(({ visitGapMs }) => visitGapMs)).toEqual([1_800_000, 0]);
  });

  it('conditions in all their forms', () => {
    const { scoring } = withBody(`defaults:
  scoring:
    fit:
      - { id: a, where: { plan: pro, seats: { atLeast: 5, atMost: 9 }, eu: true, n: 3 }, points: 1 }
      - { id: b, where: { plan: { present: false }, site: "https://*.example.com/**", word: { equals: present } }, points: -0.125 }
`).defaults.policy;
    expect(scoring.fit.map(({ where, points }) => [where, points])).toEqual([
      [
        {
          plan: { equals: ['pro'] },
          seats: { atLeast: 5, atMost: 9 },
          eu: { equals: [true] },
          n: { equals: [3] },
        },
        1_000,
      ],
      [
        {
          plan: { present: false },
          site: { glob: 'https://*.example.com/**' },
          word: { equals: ['present'] },
        },
        -125,
      ],
    ]);
  });
});
