import { describe, expect, it } from 'vitest';
import { humanActs } from '../../src/domain/acts.js';
import { mailFacts, phoneOnly } from '../../src/domain/draft-facts.js';
import type { EngagementFact } from '../../src/domain/lead-event.js';
import {
  buildPackage,
  engagementOf,
  type PackageEvent,
  type PackageInput,
} from '../../src/domain/package.js';
import { triggerSentence } from '../../src/domain/summary.js';

const event = (change: Partial<PackageEvent>): PackageEvent => ({
  type: 'page.viewed',
  at: 1_000,
  day: 'Tuesday, 24 November',
  mail: null,
  title: null,
  titleFrom: 'sender',
  path: null,
  contentKind: null,
  product: null,
  human: true,
  current: true,
  emailKey: null,
  emailSubject: null,
  linkKey: null,
  resource: null,
  topic: null,
  ...change,
});
const click = (change: Partial<PackageEvent>) =>
  event({ type: 'email.clicked', emailKey: 'm1', linkKey: 'https://acme.test/a', path: '/a', ...change });

const input = (change: Partial<PackageInput> = {}): PackageInput => ({
  person: {
    name: 'Kim Lee',
    email: 'kim@example.com',
    company: null,
    phone: null,
    country: null,
    companySize: null,
    timeZone: null,
    localTime: null,
  },
  leadSource: { name: 'webinar', title: 'Webinar attendee', magnet: null, channel: null },
  createdDay: 'Monday, 2 November',
  events: [],
  trigger: {
    kind: 'score',
    id: 'score',
    intent: 'warm',
    at: 1_000,
    value: 52_400,
    threshold: 40_000,
    alsoHeld: ['time'],
  },
  triggerDay: 'Tuesday, 24 November',
  score: {
    total: 52_400,
    contributions: [
      { rule: 'a', points: 60_000, count: 3, lastAt: 1_000 },
      { rule: 'cap:email', points: -7_600, count: 3, lastAt: 1_000 },
    ],
  },
  earlier: [],
  suppressed: { marketing: false, sales: false },
  ...change,
});

describe('the data package', () => {
  it('counts different mails opened and different links clicked; a click is an open of its mail', () => {
    const events = [
      click({}),
      click({ at: 2_000 }),
      click({ linkKey: 'https://acme.test/b', emailKey: 'm2' }),
      event({ type: 'email.opened', emailKey: 'm1' }),
      event({ type: 'email.opened', emailKey: 'm3' }),
    ];
    expect(engagementOf(events)).toMatchObject({ opens: 3, clicks: 2 });
    expect(engagementOf(events).links[0]).toMatchObject({
      url: 'https://acme.test/a',
      count: 2,
      lastAt: '1970-01-01T00:00:02.000Z',
    });
  });

  it('leaves out what machines did, and counts only this nurture period', () => {
    expect(engagementOf([click({ human: false }), click({ current: false })])).toEqual({
      opens: 0,
      clicks: 0,
      links: [],
      topics: [],
    });
  });

  it('shows points that sum to the score, a cap as a negative contribution', () => {
    const { score } = buildPackage(input());
    expect(score).toMatchObject({
      total: 52.4,
      contributions: [
        { rule: 'a', points: 60 },
        { rule: 'cap:email', points: -7.6 },
      ],
    });
  });

  it('lists content of the whole life, newest first, and nothing that no rule knows as content', () => {
    const { content } = buildPackage(
      input({
        events: [
          event({ type: 'content.downloaded', resource: 'guide', at: 1_000, current: false }),
          event({ contentKind: 'case_study', path: '/customers/x', at: 2_000 }),
          event({ path: '/imprint', at: 3_000 }),
          event({ type: 'webinar.attended', title: 'Handoffs', at: 4_000 }),
        ],
      }),
    );
    expect(content.map(({ kind, title }) => [kind, title])).toEqual([
      ['webinar', 'Handoffs'],
      ['case_study', '/customers/x'],
      ['download', 'Guide'],
    ]);
  });

  it('knows the last mail and whether a person opened it', () => {
    const sent = [
      event({ type: 'email.sent', emailKey: 'm1', at: 1_000, human: false }),
      event({ type: 'email.sent', emailKey: 'm2', emailSubject: 'Second', at: 2_000, human: false }),
    ];
    expect(buildPackage(input({ events: sent })).lastTouchpoint).toMatchObject({
      emailId: 'm2',
      subject: 'Second',
      opened: false,
    });
    const machine = event({ type: 'email.opened', emailKey: 'm2', at: 3_000, human: false });
    expect(buildPackage(input({ events: [...sent, machine] })).lastTouchpoint?.opened).toBe(false);
    expect(
      buildPackage(input({ events: [...sent, { ...machine, human: true }] })).lastTouchpoint?.opened,
    ).toBe(true);
  });

  it('says in sentences where the lead came from, what it did, and why now', () => {
    const { summary } = buildPackage(input({ events: [click({ topic: 'pricing' })] }));
    expect(summary).toBe(
      'Came in as Webinar attendee on Monday, 2 November. 1 act on record in this nurture period: opened 1 email and clicked 1 different link, mostly about pricing. ' +
        'The score reached 52 (threshold 40) on Tuesday, 24 November. Also held: time.',
    );
  });

  it('says that an action was known late, that there were handoffs before, and which mail is unwanted', () => {
    const trigger = {
      kind: 'action',
      id: 'demo',
      intent: 'high',
      at: 1_000,
      alsoHeld: [],
      stale: true,
    } as const;
    const earlier = [{ number: 1, at: '', outcome: 'sla_lapsed', outcomeAt: null, reason: null, rep: 'Ana' }];
    const { summary } = buildPackage(
      input({ trigger, earlier, suppressed: { marketing: true, sales: false } }),
    );
    expect(summary).toContain('became known only later');
    expect(summary).toContain('Handoff 2 of this lead; the one before ended: sla lapsed.');
    expect(summary).toContain('no bridge email');
  });

  it.each([
    [{ kind: 'manual', id: 'manual' }, 'Handed over by a person on X.'],
    [{ kind: 'follow_up', id: 'follow_up' }, 'The promised follow-up date came on X.'],
    [
      { kind: 'time', id: 'fallback', value: 61 },
      'Long in nurture (61 days), reading along, and never answered: handed over on X.',
    ],
    [{ kind: 'action', id: 'pricing', value: 2 }, 'A warm sign: the action "pricing", 2 times on X.'],
  ] as const)('names the trigger %j', (trigger, sentence) => {
    expect(triggerSentence({ intent: 'warm', at: 0, alsoHeld: [], ...trigger }, 'X')).toBe(sentence);
  });
});

describe('what mails may say', () => {
  const context = {
    trigger: null,
    rep: { name: 'Ana Silva', email: 'ana@acme.test' },
    handoff: { date: 'd', dueDate: null, meetingDate: null },
    unsubscribeUrl: null,
  };

  it('names the newest human act with its day, and what is not known is null', () => {
    const facts = mailFacts(input(), {
      ...context,
      events: [
        event({ type: 'demo.requested', at: 9_000 }),
        event({ title: 'The guide', at: 8_000 }),
        event({ type: 'trial.started', at: 10_000, human: false }),
      ],
    });
    expect(facts.activity).toMatchObject({
      last: 'asked for a demo on Tuesday, 24 November',
      title: 'The guide',
      trigger: null,
    });
    expect(facts.lead).toMatchObject({ firstName: 'Kim', company: null });
    expect(facts.rep.firstName).toBe('Ana');
  });

  it('knows the act that fired the trigger', () => {
    const trigger = { ...input().trigger, at: 8_000 };
    const facts = mailFacts(input(), {
      ...context,
      trigger,
      events: [event({ at: 9_000 }), event({ type: 'demo.requested', at: 8_000 })],
    });
    expect(facts.activity.trigger).toBe('asked for a demo on Tuesday, 24 November');
  });

  it('is the phone only for who left sales mail', () => {
    expect(phoneOnly(input().person).text).toBe(
      'Kim Lee wants no sales mail: phone only, no phone number is known.\n',
    );
  });
});

describe('which events a person did', () => {
  const policy = {
    scoring: { threshold: 1, decay: [], rules: [], groups: [], fitAtLeast: null },
    triggers: { actions: [], freshnessMs: 0, explicit: [], fallback: null, cooldownMs: 0 },
    machines: {
      clickAfterDeliveryMs: 3_000,
      manyLinksWithinMs: 10_000,
      userAgents: true,
      privacyProxyOpens: true,
    },
  };
  const fact = (
    seq: number,
    type: string,
    at: number,
    change: Partial<EngagementFact> = {},
  ): EngagementFact => ({
    kind: 'engagement',
    seq,
    type,
    at,
    acceptedAt: at,
    dayKey: '',
    rules: [],
    triggers: [],
    fit: 0,
    ...change,
  });

  it('is decided by the same machine rules that scoring has', () => {
    const facts = [
      fact(1, 'email.delivered', 0, { email: 1 }),
      fact(2, 'email.clicked', 2_000, { email: 1, link: 1 }),
      fact(3, 'email.clicked', 100_000, { email: 1, link: 1 }),
      fact(4, 'email.clicked', 200_000, { email: 1, link: 1 }),
      fact(5, 'email.clicked', 205_000, { email: 1, link: 2 }),
      fact(6, 'email.opened', 300_000, { email: 1, machine: 'provider_flag' }),
      fact(7, 'email.replied', 400_000, { reply: 'auto_reply' }),
      fact(8, 'page.viewed', 500_000),
      fact(9, 'email.clicked', 600_000, { email: 1, link: 1 }),
    ];
    expect([...humanActs(facts, policy, 600_001)].sort()).toEqual([3, 8]);
    expect([...humanActs(facts, policy, 610_000)].sort()).toEqual([3, 8, 9]);
  });
});
