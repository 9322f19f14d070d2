/** What may be said under `defaults`, and again per source: scoring, triggers, handoff and what comes after. */
import { z } from 'zod';
import { about, key } from './field.js';
import { fieldTest } from './field-test.js';
import {
  count,
  duration,
  eventType,
  flag,
  halfLife,
  identifier,
  list,
  oneOf,
  plainDuration,
  points,
  properShare,
  prose,
  reopening,
  text,
} from './fields.js';

const POINTS_MAX = 10_000;
const TRACKS = ['initial', 'long_term'] as const;
const INTENTS = ['high', 'warm'] as const;
const SLA_ACTIVITIES = ['call', 'email', 'meeting', 'task_completed'] as const;
const LIMITED_PER = ['email', 'link', 'resource', 'day', 'period'] as const;

export const where = about(
  z.record(text('the name of a property or trait', 64), fieldTest()),
  'Conditions by the name of a property of the event (for fit and territories: of a trait of the lead). All must hold.',
  { id: 'where' },
);

const id = (what: string, description: string) => about(identifier(what), description);
const off = () =>
  key(
    flag(),
    'In a source: true removes the entry of this id that the defaults have. Says nothing else then.',
  );

const rule = about(
  z.strictObject({
    id: id('an id', 'The name by which groups and sources speak of this rule.'),
    off: off(),
    on: key(eventType(), 'The type of event that it counts.'),
    where: key(where.nullable(), 'Conditions on the event’s properties; null lifts those of the defaults.'),
    points: key(points(-POINTS_MAX, POINTS_MAX), 'What each matching event adds; negative takes away.'),
    atMost: key(
      z
        .strictObject({
          times: about(count(1, 1_000), 'How many matching events count.'),
          per: about(
            oneOf(LIMITED_PER),
            'For each mail, link, resource or day of its own, or for the whole nurture period.',
          ),
        })
        .nullable(),
      'How often it counts; null lifts the limit of the defaults.',
    ),
  }),
  'Points for one kind of event.',
  { id: 'rule' },
);

const group = about(
  z.strictObject({
    id: id('an id', 'The name by which sources speak of this group.'),
    off: off(),
    rules: key(list(identifier('a rule’s id'), 200, 1), 'Ids of rules. A rule may be in one group.'),
    atMost: key(points(0, POINTS_MAX * 100), 'The most that these rules add up to, after decay.'),
  }),
  'A cap on the sum of some rules.',
  { id: 'group' },
);

const fit = about(
  z.strictObject({
    id: id('an id', 'The name by which sources speak of this entry.'),
    off: off(),
    where: key(
      where,
      'Conditions on the lead’s traits, such as country, companySize, company or emailDomain.',
    ),
    points: key(points(-POINTS_MAX, POINTS_MAX), 'Points of fit; never part of the score.'),
  }),
  'Points for who a lead is.',
  { id: 'fit' },
);

const scoring = about(
  z.strictObject({
    threshold: key(
      points(0.001, POINTS_MAX * 100, 'points above 0, at most three decimals'),
      'The score that hands a lead off by itself.',
    ),
    halfLife: key(
      halfLife(),
      'After this long a point counts half, stepped per day; after ten half-lives nothing is left.',
    ),
    rules: key(list(rule, 200), 'Points per event. Every rule that matches counts.'),
    groups: key(list(group, 100), 'Caps on the sum of some rules.'),
    fit: key(list(fit, 200), 'Who a good customer is, kept apart from what the lead does.'),
    fitAtLeast: key(
      points(-POINTS_MAX * 100, POINTS_MAX * 100).nullable(),
      'What fit must add up to for a handoff by score; null for no such condition.',
    ),
  }),
  'How interest and fit are counted.',
  { id: 'scoring' },
);

const action = about(
  z.strictObject({
    id: id('an id', 'The name by which explicit, reopenOn and sources speak of this action.'),
    off: off(),
    on: key(eventType(), 'The type of event that hands the lead off.'),
    where: key(where.nullable(), 'Conditions on the event’s properties; null lifts those of the defaults.'),
    times: key(count(1, 100), 'How many such events, within the window, it takes. 1 when not said.'),
    within: key(plainDuration('1m'), 'The window for times.'),
    visitGap: key(
      plainDuration(),
      'Events closer together than this count as one. For page views counted more than once 30m when not said, else nothing.',
    ),
    intent: key(
      oneOf(INTENTS),
      'high: a task for the same day, and no cooldown holds it back. warm: the next day’s work.',
    ),
  }),
  'Something a lead does that hands it off at once, whatever the score.',
  { id: 'action' },
);

const fallback = z.strictObject({
  after: key(
    plainDuration('1m'),
    'At least this long in nurture. Only time in which nurture mail was allowed counts.',
  ),
  opens: key(count(0, 1_000), 'Different mails opened in this nurture period, at least.'),
  clicks: key(count(0, 1_000), 'Different links clicked in this nurture period, at least.'),
  cta: key(
    z.strictObject({
      unansweredFor: key(
        plainDuration(),
        'No response since the newest direct call to action that is at least this old.',
      ),
      required: key(flag(), 'Whether there must have been such a mail at all.'),
    }),
    'The condition on direct calls to action.',
  ),
});

const triggers = about(
  z.strictObject({
    actions: key(list(action, 200), 'What hands a lead off at once.'),
    freshness: key(
      plainDuration('1m'),
      'An action that is older than this when it comes in scores, but hands off only when explicit names it.',
    ),
    explicit: key(
      list(identifier('an action’s id'), 200),
      'Ids of actions that hand off however old they are: the lead asked for it.',
    ),
    fallback: key(
      fallback.nullable(),
      'The handoff by time, for the engaged who never asked; null for none.',
    ),
    cooldown: key(
      plainDuration(),
      'After a lead came back to nurture, holds back score, time and warm actions; never those of high intent.',
    ),
  }),
  'What hands a lead off.',
  { id: 'triggers' },
);

const slaFields = () => ({
  firstActivityWithin: key(duration(1, 1_000), 'How long sales has for the first contact.'),
  remindBefore: key(
    duration(1, 1_000).nullable(),
    'The rep is reminded this long before that, unless it would be before the handoff; null for no reminder.',
  ),
  reassignments: key(count(0, 10), 'How often a handoff without contact first goes to another rep.'),
  lapseExtension: key(
    duration(0, 0),
    'How long a lapse waits when the CRM cannot say whether there was any activity.',
  ),
  satisfiedBy: key(list(oneOf(SLA_ACTIVITIES), 4, 1), 'The activities of sales that count as first contact.'),
});
const slaOfIntent = about(z.strictObject(slaFields()), 'What differs for this intent.', {
  id: 'slaOfIntent',
});

const subject = () => key(text('a subject line', 300), 'The subject, in LiquidJS; one line.');
const body = () =>
  key(prose('the text of a mail, at most 10000 characters', 10_000), 'The mail, plain text in LiquidJS.');

const emails = z.strictObject({
  final: key(
    z
      .strictObject({
        at: key(
          z.strictObject({
            scoreShare: key(properShare(), 'At this share of the threshold.'),
            beforeFallback: key(
              plainDuration('1m'),
              'Or this long before the fallback, when its counts are met.',
            ),
          }),
          'When it is sent; once per nurture period.',
        ),
        subject: subject(),
        text: body(),
      })
      .nullable(),
    'Marketing’s last mail before a handoff: the value received, a conversation, one next step. null for none.',
  ),
  bridge: key(
    z
      .strictObject({
        after: key(plainDuration(), 'How long after the handoff.'),
        subject: subject(),
        text: body(),
      })
      .nullable(),
    'Marketing’s one short mail at the handoff; says who will write. null for none.',
  ),
  draft: key(
    z.strictObject({ subject: subject(), text: body() }),
    'The mail that the rep finds ready to send; names something the lead did.',
  ),
});

const handoff = about(
  z.strictObject({
    due: key(
      z.strictObject({
        high: key(duration(0, 1_000), 'After an action of high intent; { businessDays: 0 } is the same day.'),
        warm: key(duration(0, 1_000), 'After anything else.'),
        sameDayMinimum: key(
          plainDuration(),
          'With less of the working day left, “the same day” becomes the next.',
        ),
        sameDaySpill: key(plainDuration(), 'This far into the next working day, then.'),
      }),
      'When the rep’s task is due.',
    ),
    sla: key(
      z.strictObject({
        ...slaFields(),
        byIntent: key(
          z.strictObject({
            high: key(slaOfIntent, 'After an action of high intent.'),
            warm: key(slaOfIntent, 'After anything else.'),
          }),
          'What differs by intent.',
        ),
      }),
      'How long sales has for the first contact, and what happens when there is none.',
    ),
    idle: key(
      z.strictObject({
        remindRep: key(plainDuration('1m'), 'Without any activity for this long the rep is reminded.'),
        remindManager: key(plainDuration('1m'), 'This long after that, the manager.'),
        close: key(plainDuration('1m'), 'This long after that, the handoff closes as no_response.'),
      }),
      'What happens to a handoff that sales works on and leaves lying.',
    ),
    changeDispositionWithin: key(plainDuration(), 'How long what came of a handoff may be changed.'),
    emails: key(emails, 'The mails around a handoff.'),
  }),
  'What happens when a lead is handed off.',
  { id: 'handoff' },
);

const tag = (outcome: string) =>
  key(identifier('a tag, or null for none').nullable(), `The tag of a lead ${outcome}; null for none.`);
const tags = z.strictObject({
  sla_lapsed: tag('that sales never contacted'),
  not_ready: tag('that is not ready yet'),
  no_response: tag('that did not answer sales'),
  left_sales_mail: tag('that unsubscribed from sales mail'),
  unqualified: tag('that sales found unfit'),
  converted: tag('that became a customer'),
  merged: tag('that was merged into another'),
  erased: tag('that was erased'),
});

const reentry = about(
  z.strictObject({
    track: key(oneOf(TRACKS), 'The nurture track of a lead that comes back.'),
    tags: key(tags, 'What marks a lead on the marketing platform, by outcome.'),
  }),
  'The way back to nurture.',
  { id: 'reentry' },
);

const after = about(
  z.strictObject({
    converted: key(
      z.strictObject({
        reopenOn: key(
          list(identifier('an action’s id'), 200),
          'Ids of actions that hand a customer off again. None: being a customer is the end.',
        ),
      }),
      'Leads that became customers.',
    ),
    unqualified: key(
      z.strictObject({
        newsletter: key(flag(), 'Whether the newsletter stays allowed.'),
        reopenOn: key(reopening(), 'What hands such a lead off again: high is any action of high intent.'),
      }),
      'Leads that sales found unfit.',
    ),
  }),
  'What becomes of leads that are done.',
  { id: 'after' },
);

const nurture = about(
  z.strictObject({
    track: key(oneOf(TRACKS), 'The nurture track of a new lead.'),
    sunset: key(
      z
        .strictObject({
          after: key(plainDuration('1m'), 'This long into a nurture period …'),
          withoutEngagementFor: key(plainDuration('1m'), '… and no act of the lead’s own for this long.'),
        })
        .nullable(),
      'When a lead goes dormant and gets no more mail; null for never.',
    ),
  }),
  'Marketing’s own mail.',
  { id: 'nurture' },
);

/** The sections, in the order in which they are documented. */
export const sectionFields = () => ({
  scoring: key(scoring, 'How interest and fit are counted.'),
  triggers: key(triggers, 'What hands a lead off.'),
  handoff: key(handoff, 'What happens when a lead is handed off.'),
  reentry: key(reentry, 'The way back to nurture.'),
  after: key(after, 'What becomes of leads that are done.'),
  nurture: key(nurture, 'Marketing’s own mail.'),
});

const sectionSchema = z.strictObject(sectionFields());
export type SectionDraft = z.output<typeof sectionSchema>;
export type RuleDraft = z.output<typeof rule>;
export type GroupDraft = z.output<typeof group>;
export type FitDraft = z.output<typeof fit>;
export type ActionDraft = z.output<typeof action>;
export type SlaDraft = z.output<typeof slaOfIntent>;
