/** What holds where a document says nothing: the numbers and mails of `definitions/sample.yaml` (a test compares them). */
import type { Duration } from '../domain/definition.js';
import type { TeamCalendar } from './document.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './durations.js';
import type { DocumentDraft, SectionDraft, SlaDraft } from './schema.js';

/** A draft with nothing left out. Lists stay as they are: their entries have optional fields of their own. */
type Complete<T> = T extends readonly unknown[] | Duration
  ? T
  : T extends object
    ? {
        [K in keyof T]-?: K extends 'byIntent'
          ? { high?: SlaDraft; warm?: SlaDraft }
          : Complete<Exclude<T[K], undefined>>;
      }
    : T;
export type Section = Complete<SectionDraft>;

const FINAL_TEXT = `Hi {{ lead.firstName | default: "there" }},

{% if activity.last %}You {{ activity.last }}, and we hope it was useful.{% else %}We hope our mails have been useful to you so far.{% endif %}

If you are weighing this up for your team, a short conversation usually answers more than another article. Shall we find fifteen minutes? Just reply to this mail with a time that suits you.

The Acme team
{% if unsubscribeUrl %}
No more mail like this: {{ unsubscribeUrl }}
{% endif %}
`;

const BRIDGE_TEXT = `Hi {{ lead.firstName | default: "there" }},

Thank you for your interest in Acme. {{ rep.name | default: "A colleague from our sales team" }} will write to you personally, so that you can ask what matters to you. If it is urgent, simply reply to this mail.

The Acme team
`;

const DRAFT_TEXT = `Hi {{ lead.firstName | default: "there" }},

{% if activity.last %}I saw that you {{ activity.last }}.{% else %}Thank you for getting in touch with Acme.{% endif %} What are you hoping to solve{% if lead.company %} at {{ lead.company }}{% endif %}?

I am happy to answer by mail, or in a short call this week, whichever suits you better.

{{ rep.name | default: "The Acme team" }}
`;

const POINT = 1_000;

/** `fit` stays empty: who a good customer is differs more between companies than what interest looks like. */
export const BUILTIN_SECTION: Section = {
  scoring: {
    threshold: 50 * POINT,
    halfLife: 30,
    rules: [
      { id: 'open', on: 'email.opened', points: POINT, atMost: { times: 1, per: 'email' } },
      { id: 'click', on: 'email.clicked', points: 5 * POINT, atMost: { times: 3, per: 'email' } },
      { id: 'download', on: 'content.downloaded', points: 10 * POINT, atMost: { times: 1, per: 'resource' } },
      {
        id: 'guide',
        on: 'content.downloaded',
        where: { topic: { equals: ['pricing'] } },
        points: 15 * POINT,
        atMost: { times: 1, per: 'resource' },
      },
      {
        id: 'product',
        on: 'page.viewed',
        where: { kind: { equals: ['product'] } },
        points: 3 * POINT,
        atMost: { times: 5, per: 'day' },
      },
      { id: 'webinar', on: 'webinar.attended', points: 20 * POINT },
      { id: 'form', on: 'form.submitted', points: 15 * POINT },
      {
        id: 'careers',
        on: 'page.viewed',
        where: { path: { glob: '/careers**' } },
        points: -10 * POINT,
        atMost: { times: 1, per: 'day' },
      },
    ],
    groups: [{ id: 'email', rules: ['open', 'click'], atMost: 30 * POINT }],
    fit: [],
    fitAtLeast: -5 * POINT,
  },
  triggers: {
    actions: [
      { id: 'demo', on: 'demo.requested', intent: 'high' },
      { id: 'quote', on: 'pricing.requested', intent: 'high' },
      {
        id: 'pricing',
        on: 'page.viewed',
        where: { kind: { equals: ['pricing'] } },
        times: 2,
        within: 7 * DAY_MS,
        visitGap: 30 * MINUTE_MS,
        intent: 'high',
      },
      { id: 'trial', on: 'trial.started', intent: 'high' },
      { id: 'meeting', on: 'meeting.booked', intent: 'high' },
      {
        id: 'reply',
        on: 'email.replied',
        where: { reply: { equals: ['question', 'buying_signal'] } },
        intent: 'high',
      },
      { id: 'contact', on: 'form.submitted', where: { product: { present: true } }, intent: 'high' },
    ],
    freshness: 24 * HOUR_MS,
    explicit: ['demo', 'quote', 'trial', 'contact', 'meeting'],
    fallback: {
      after: 60 * DAY_MS,
      opens: 4,
      clicks: 2,
      cta: { unansweredFor: 3 * DAY_MS, required: false },
    },
    cooldown: 7 * DAY_MS,
  },
  handoff: {
    due: {
      high: { businessDays: 0 },
      warm: { businessDays: 1 },
      sameDayMinimum: HOUR_MS,
      sameDaySpill: 2 * HOUR_MS,
    },
    sla: {
      firstActivityWithin: { businessDays: 3 },
      byIntent: {},
      remindBefore: { businessDays: 1 },
      reassignments: 0,
      lapseExtension: { businessDays: 1 },
      satisfiedBy: ['call', 'email', 'meeting', 'task_completed'],
    },
    idle: { remindRep: 30 * DAY_MS, remindManager: 7 * DAY_MS, close: 7 * DAY_MS },
    changeDispositionWithin: 7 * DAY_MS,
    emails: {
      final: {
        at: { scoreShare: 0.8, beforeFallback: 7 * DAY_MS },
        subject: 'Would a short conversation help?',
        text: FINAL_TEXT,
      },
      bridge: {
        after: 2 * MINUTE_MS,
        subject: "{{ rep.firstName | default: 'A colleague' }} will write to you",
        text: BRIDGE_TEXT,
      },
      draft: {
        subject: "{{ activity.title | default: 'Your questions' }}, and what comes next",
        text: DRAFT_TEXT,
      },
    },
  },
  reentry: {
    track: 'long_term',
    tags: {
      sla_lapsed: 'future_handoff',
      not_ready: 'future_handoff',
      no_response: 'future_handoff',
      left_sales_mail: 'no_sales_mail',
      unqualified: 'unqualified',
      converted: 'customer',
      merged: null,
      erased: null,
    },
  },
  after: { converted: { reopenOn: [] }, unqualified: { newsletter: true, reopenOn: 'high' } },
  nurture: { track: 'initial', sunset: { after: 180 * DAY_MS, withoutEngagementFor: 90 * DAY_MS } },
};

export const BUILTIN_CALENDAR: TeamCalendar = {
  timeZone: 'America/New_York',
  workingDays: ['mon', 'tue', 'wed', 'thu', 'fri'],
  workingHours: { from: '09:00', to: '17:00' },
  holidays: [],
};

/** The remaining parts of a document. */
export const BUILTIN_REST = {
  content: [
    { match: '/pricing**', kind: 'pricing' },
    { match: '/customers/**', kind: 'case_study' },
    { match: '/blog/**', kind: 'blog' },
    { match: '/product/**', kind: 'product', topic: 'product' },
    { match: 'resource:pricing-guide', kind: 'download', title: 'the pricing guide', topic: 'pricing' },
  ],
  futureTolerance: 5 * MINUTE_MS,
  publishGuard: 0.05,
  machines: {
    clickAfterDelivery: 3 * SECOND_MS,
    manyLinksWithin: 10 * SECOND_MS,
    userAgents: true,
    privacyProxyOpens: true,
  },
  ladder: ['owner', 'account', 'territory', 'roundRobin', 'queue'],
  replies: {
    optOut: ['unsubscribe', 'remove me', 'stop emailing', "don't call", 'not interested'],
    buyingSignals: ['pricing', 'quote', 'how much', 'demo', 'call', 'trial', 'contract'],
  },
} as const satisfies Partial<Record<keyof DocumentDraft | 'ladder', unknown>>;
