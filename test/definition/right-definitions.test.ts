import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkDefinition } from '../../src/definition/check.js';
import type { HandoffDefinition } from '../../src/definition/document.js';
import { definitionJsonSchema } from '../../src/definition/json-schema.js';

const validate = new Ajv({ strict: false }).compile(definitionJsonSchema());
const sample = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');
const HEAD = 'format: 1\nname: Test\ncalendar: { timeZone: Europe/Berlin }\n';
const DAY = 86_400_000;

interface RightDefinition {
  readonly name: string;
  readonly text: string;
  /** Something that it must mean. */
  readonly means?: (definition: HandoffDefinition) => unknown;
  readonly is?: unknown;
}

const RIGHT: readonly RightDefinition[] = [
  { name: 'the sample', text: sample },
  {
    name: 'hardly anything',
    text: HEAD,
    means: ({ defaults }) => defaults.policy.scoring.threshold,
    is: 50_000,
  },
  {
    name: 'an agency with two sources',
    text: `${HEAD}sources:
  referral:
    title: Referral of a client
    scoring: { threshold: 20 }
    handoff: { due: { high: 2h, warm: 4h }, sla: { firstActivityWithin: 4h, remindBefore: 1h } }
  website:
    title: The website's form
    triggers: { fallback: null }
`,
    means: ({ sources }) => [
      sources.referral?.policy.scoring.threshold,
      sources.website?.policy.triggers.fallback,
    ],
    is: [20_000, null],
  },
  {
    name: 'a product that sells itself, by events of its own',
    text: `${HEAD}defaults:
  scoring:
    threshold: 30
    rules:
      - { id: seat, on: custom.seat_added, points: 8, atMost: { times: 3, per: day } }
      - { id: limit, on: custom.limit.reached, points: 12 }
      - { id: quiet, on: custom.seat_removed, points: -5 }
    groups: [ { id: seats, rules: [seat, quiet], atMost: 24 } ]
  triggers:
    actions:
      - { id: trial, on: trial.started, intent: high }
      - { id: invited, on: custom.seat_added, times: 5, within: 3d, intent: warm }
    explicit: [trial]
    fallback: null
`,
    means: ({ defaults }) => defaults.policy.triggers.actions.map(({ id, visitGapMs }) => [id, visitGapMs]),
    is: [
      ['trial', 0],
      ['invited', 0],
    ],
  },
  {
    name: 'a four-day week in a German zone',
    text: `format: 1
name: Vier Tage
calendar:
  timeZone: Europe/Berlin
  workingDays: [mon, tue, wed, thu]
  workingHours: { from: "08:30", to: "18:00" }
  holidays: [2026-12-24, 2026-12-31]
`,
    means: ({ calendar }) => calendar.workingDays.length,
    is: 4,
  },
  {
    name: 'a night shift until midnight, every day',
    text: 'format: 1\nname: Nights\ncalendar: { timeZone: UTC, workingDays: [mon, tue, wed, thu, fri, sat, sun], workingHours: { from: "16:00", to: "24:00" } }\n',
  },
  {
    name: 'no decay',
    text: `${HEAD}defaults: { scoring: { halfLife: 0 } }\n`,
    means: ({ defaults }) => defaults.policy.scoring.decay,
    is: [],
  },
  { name: 'no fallback', text: `${HEAD}defaults: { triggers: { fallback: null } }\n` },
  {
    name: 'no mails but the draft',
    text: `${HEAD}defaults: { handoff: { emails: { final: null, bridge: null } } }\n`,
  },
  { name: 'nobody goes dormant', text: `${HEAD}defaults: { nurture: { sunset: null } }\n` },
  {
    name: 'everything said per source',
    text: `${HEAD}sources:
  one:
    title: One
    scoring: { threshold: 10, halfLife: 7d, fitAtLeast: null }
    triggers: { freshness: 1h, cooldown: 0s, explicit: [demo], fallback: { after: 30d, opens: 1, clicks: 0, cta: { required: true } } }
    handoff:
      due: { high: 2h, warm: { businessDays: 2 }, sameDayMinimum: 30m, sameDaySpill: 1h }
      sla: { firstActivityWithin: { businessDays: 3 }, reassignments: 1, satisfiedBy: [call, meeting] }
      idle: { remindRep: 14d, remindManager: 3d, close: 3d }
      changeDispositionWithin: 14d
      emails: { final: { at: { scoreShare: 0.5, beforeFallback: 3d } }, bridge: { after: 0s } }
    reentry: { track: initial, tags: { sla_lapsed: null, merged: merged } }
    after: { converted: { reopenOn: [demo, quote] }, unqualified: { newsletter: false, reopenOn: never } }
    nurture: { track: long_term, sunset: { after: 365d, withoutEngagementFor: 120d } }
`,
    means: ({ sources }) => sources.one?.policy.after,
    is: { converted: { reopenOn: ['demo', 'quote'] }, unqualified: { newsletter: false, reopenOn: 'never' } },
  },
  {
    name: 'an SLA by intent',
    text: `${HEAD}defaults: { handoff: { due: { high: 4h }, sla: { byIntent: { high: { firstActivityWithin: 4h, remindBefore: 1h }, warm: { firstActivityWithin: { businessDays: 5 } } } } } }\n`,
    means: ({ defaults }) => defaults.policy.handoff.sla.warm.firstActivityWithin,
    is: { businessDays: 5 },
  },
  {
    name: 'several territories, the last for the rest',
    text: `${HEAD}routing:
  ladder: [owner, territory, queue]
  territories:
    - { where: { country: [DE, AT, CH] }, reps: [ana, ben] }
    - { where: { companySize: { atLeast: 500 }, country: { present: true } }, reps: [cem] }
    - { where: {}, reps: [dora] }
`,
    means: ({ routing }) => routing.territories.length,
    is: 3,
  },
  {
    name: 'conditions in all their forms',
    text: `${HEAD}defaults:
  scoring:
    fit:
      - { id: a, where: { country: US, industry: [saas, retail], customer: false }, points: 5 }
      - { id: b, where: { companySize: { atLeast: 50, atMost: 500 }, title: "*VP*" }, points: 5.5 }
      - { id: c, where: { emailDomain: { equals: free }, phone: { present: false } }, points: -15 }
    fitAtLeast: 0
`,
  },
  {
    name: 'anchors and aliases',
    text: `${HEAD}sources:\n  a: &fast { scoring: { threshold: 30 } }\n  b: *fast\n`,
    means: ({ sources }) => sources.b?.policy.scoring.threshold,
    is: 30_000,
  },
  {
    name: 'all on one line',
    text: '{ format: 1, name: Flow, calendar: { timeZone: UTC }, defaults: { scoring: { threshold: 40 } } }',
  },
  {
    name: 'JSON',
    text: JSON.stringify(
      { format: 1, name: 'JSON', calendar: { timeZone: 'Asia/Tokyo' }, sources: { a: { title: 'A' } } },
      null,
      2,
    ),
  },
  { name: 'Windows line ends', text: sample.replaceAll('\n', '\r\n') },
  { name: 'a byte order mark', text: `\uFEFF${HEAD}` },
  { name: 'no line break at the end', text: HEAD.trimEnd() },
  {
    name: 'comments everywhere',
    text: '# one\nformat: 1 # two\n\n# three\nname: X # four\ncalendar: # five\n  # six\n  timeZone: UTC # seven\n# eight',
  },
  {
    name: 'quotes of every kind',
    text: `"format": 1\n'name': 'It''s ours'\ncalendar: { "timeZone": 'America/Argentina/Buenos_Aires' }\n`,
    means: ({ name }) => name,
    is: 'It’s ours'.replace('’', "'"),
  },
  { name: 'document markers', text: `---\n${HEAD}...\n` },
  {
    name: 'names in other scripts',
    text: 'format: 1\nname: 引き継ぎ定義 🚀\ncalendar: { timeZone: Asia/Tokyo }\nsources: { seminar: { title: ウェビナー参加者 } }\n',
  },
  {
    name: 'text that looks like a number',
    text: `${HEAD}sources: { "2026": { title: "2026" } }\ndefaults: { scoring: { fit: [ { id: "7", where: { plan: "7" }, points: 1 } ] } }\n`,
  },
  {
    name: 'mails as folded and literal text',
    text: `${HEAD}defaults:
  handoff:
    emails:
      bridge:
        subject: >-
          {{ rep.name | default: "A colleague" }}
          will write
        text: |+
          Hi {{ lead.firstName | default: "there" }},

          Thank you. {{ rep.name | default: "A colleague" }} will write to you.

`,
  },
  {
    name: 'what belongs to a mail alone is inherited',
    text: `${HEAD}sources: { a: { handoff: { emails: { bridge: { after: 10m } } } } }\n`,
    means: ({ sources }) => sources.a?.mails.bridge?.subject.includes('will write'),
    is: true,
  },
  {
    name: 'replies in another language',
    text: `${HEAD}replies: { optOut: [abmelden, "keine E-Mails mehr"], buyingSignals: [Preis, Angebot] }\n`,
  },
  {
    name: 'content of several sites',
    text: `${HEAD}content:\n  - { match: "https://docs.acme.test/**", kind: docs }\n  - { match: "/*/pricing", kind: pricing }\n  - { match: "**", kind: page }\n`,
  },
  {
    name: 'signed',
    text: `${HEAD}signedOffBy: { marketing: Ana, sales: Ben }\n`,
    means: ({ signedOffBy }) => signedOffBy,
    is: { marketing: 'Ana', sales: 'Ben' },
  },
  {
    name: 'very long',
    text: `${HEAD}sources:\n${Array.from({ length: 400 }, (_, i) => `  source-${i}: { title: Source ${i}, scoring: { threshold: ${20 + (i % 50)} }, triggers: { fallback: { after: ${40 + (i % 30)}d } } }\n`).join('')}`,
    means: ({ sources }) => Object.keys(sources).length,
    is: 400,
  },
  {
    name: 'longest and shortest durations',
    text: `${HEAD}futureTolerance: 0s\ndefaults: { handoff: { changeDispositionWithin: 3650d, idle: { remindRep: 60s } }, triggers: { cooldown: 525600m } }\n`,
    means: ({ defaults }) => defaults.policy.handoff.changeDispositionWithinMs,
    is: 3650 * DAY,
  },
];

describe('a right definition is accepted without a word', () => {
  it.each(RIGHT)('$name', ({ text, means, is }) => {
    const { faults, definition } = checkDefinition(text, { today: '2026-11-22' });
    expect(faults).toEqual([]);
    if (means && definition) expect(means(definition)).toEqual(is);
    validate(parse(text.replace(/^\uFEFF/, '')));
    expect(validate.errors ?? []).toEqual([]);
  });
});
