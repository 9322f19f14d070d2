/** The language of a definition document: which keys there are and what each may hold. Meaning is checked elsewhere. */
import { z } from 'zod';
import { RUNGS, WEEKDAYS } from './document.js';
import {
  contentMatch,
  count,
  duration,
  fieldTest,
  flag,
  formatOne,
  halfLife,
  identifier,
  isoDate,
  localTime,
  oneOf,
  plainDuration,
  points,
  prose,
  reopening,
  share,
  text,
  timeZone,
} from './fields.js';

const POINTS_MAX = 10_000;
const TRACKS = ['initial', 'long_term'] as const;
const INTENTS = ['high', 'warm'] as const;
const SLA_ACTIVITIES = ['call', 'email', 'meeting', 'task_completed'] as const;

const list = <T extends z.ZodType>(item: T, max: number, min = 0) => z.array(item).min(min).max(max);
const where = z.record(text('the name of a property or trait', 64), fieldTest());
const eventType = () => text('an event type such as page.viewed, or custom.name', 80);

const rule = z.strictObject({
  id: identifier('an id'),
  off: flag().optional(),
  on: eventType().optional(),
  where: where.nullable().optional(),
  points: points(-POINTS_MAX, POINTS_MAX).optional(),
  atMost: z
    .strictObject({ times: count(1, 1_000), per: oneOf(['email', 'link', 'resource', 'day', 'period']) })
    .nullable()
    .optional(),
});

const group = z.strictObject({
  id: identifier('an id'),
  off: flag().optional(),
  rules: list(identifier('a rule’s id'), 200, 1).optional(),
  atMost: points(0, POINTS_MAX * 100).optional(),
});

const fit = z.strictObject({
  id: identifier('an id'),
  off: flag().optional(),
  where: where.optional(),
  points: points(-POINTS_MAX, POINTS_MAX).optional(),
});

const scoring = z.strictObject({
  threshold: points(0.001, POINTS_MAX * 100, 'points above 0, at most three decimals').optional(),
  halfLife: halfLife().optional(),
  rules: list(rule, 200).optional(),
  groups: list(group, 100).optional(),
  fit: list(fit, 200).optional(),
  fitAtLeast: points(-POINTS_MAX * 100, POINTS_MAX * 100)
    .nullable()
    .optional(),
});

const action = z.strictObject({
  id: identifier('an id'),
  off: flag().optional(),
  on: eventType().optional(),
  where: where.nullable().optional(),
  times: count(1, 100).optional(),
  within: plainDuration('1m').optional(),
  visitGap: plainDuration().optional(),
  intent: oneOf(INTENTS).optional(),
});

const triggers = z.strictObject({
  actions: list(action, 200).optional(),
  freshness: plainDuration('1m').optional(),
  explicit: list(identifier('an action’s id'), 200).optional(),
  fallback: z
    .strictObject({
      after: plainDuration('1m').optional(),
      opens: count(0, 1_000).optional(),
      clicks: count(0, 1_000).optional(),
      cta: z
        .strictObject({ unansweredFor: plainDuration().optional(), required: flag().optional() })
        .optional(),
    })
    .nullable()
    .optional(),
  cooldown: plainDuration().optional(),
});

const slaFields = {
  firstActivityWithin: duration(1, 1_000).optional(),
  remindBefore: duration(1, 1_000).nullable().optional(),
  reassignments: count(0, 10).optional(),
  lapseExtension: duration(0, 0).optional(),
  satisfiedBy: list(oneOf(SLA_ACTIVITIES), 4, 1).optional(),
};

const subject = text('a subject line', 300).optional();
const body = prose('the text of a mail, at most 10000 characters', 10_000).optional();

const handoff = z.strictObject({
  due: z
    .strictObject({
      high: duration(0, 1_000).optional(),
      warm: duration(0, 1_000).optional(),
      sameDayMinimum: plainDuration().optional(),
      sameDaySpill: plainDuration().optional(),
    })
    .optional(),
  sla: z
    .strictObject({
      ...slaFields,
      byIntent: z
        .strictObject({
          high: z.strictObject(slaFields).optional(),
          warm: z.strictObject(slaFields).optional(),
        })
        .optional(),
    })
    .optional(),
  idle: z
    .strictObject({
      remindRep: plainDuration('1m').optional(),
      remindManager: plainDuration('1m').optional(),
      close: plainDuration('1m').optional(),
    })
    .optional(),
  changeDispositionWithin: plainDuration().optional(),
  emails: z
    .strictObject({
      final: z
        .strictObject({
          at: z
            .strictObject({
              scoreShare: share(
                'a share above 0 and below 1, such as 0.8',
                (value) => value > 0 && value < 1,
              ).optional(),
              beforeFallback: plainDuration('1m').optional(),
            })
            .optional(),
          subject,
          text: body,
        })
        .nullable()
        .optional(),
      bridge: z
        .strictObject({ after: plainDuration().optional(), subject, text: body })
        .nullable()
        .optional(),
      draft: z.strictObject({ subject, text: body }).optional(),
    })
    .optional(),
});

const tag = identifier('a tag, or null for none').nullable().optional();
const tags = z.strictObject({
  sla_lapsed: tag,
  not_ready: tag,
  no_response: tag,
  left_sales_mail: tag,
  unqualified: tag,
  converted: tag,
  merged: tag,
  erased: tag,
});

const sectionFields = {
  scoring: scoring.optional(),
  triggers: triggers.optional(),
  handoff: handoff.optional(),
  reentry: z.strictObject({ track: oneOf(TRACKS).optional(), tags: tags.optional() }).optional(),
  after: z
    .strictObject({
      converted: z.strictObject({ reopenOn: list(identifier('an action’s id'), 200).optional() }).optional(),
      unqualified: z
        .strictObject({
          newsletter: flag().optional(),
          reopenOn: reopening().optional(),
        })
        .optional(),
    })
    .optional(),
  nurture: z
    .strictObject({
      track: oneOf(TRACKS).optional(),
      sunset: z
        .strictObject({
          after: plainDuration('1m').optional(),
          withoutEngagementFor: plainDuration('1m').optional(),
        })
        .nullable()
        .optional(),
    })
    .optional(),
};

const signer = text('the name of who signed, or null', 200).nullable().optional();

export const documentSchema = z.strictObject({
  format: formatOne(),
  name: text('a name', 200),
  signedOffBy: z.strictObject({ marketing: signer, sales: signer }).optional(),
  calendar: z
    .strictObject({
      timeZone: timeZone().optional(),
      workingDays: list(oneOf(WEEKDAYS), 7, 1).optional(),
      workingHours: z.strictObject({ from: localTime('23:59'), to: localTime('24:00') }).optional(),
      holidays: list(isoDate(), 500).optional(),
    })
    .optional(),
  content: list(
    z.strictObject({
      match: contentMatch(),
      kind: identifier('a kind'),
      topic: identifier('a topic').optional(),
      title: text('a title').optional(),
    }),
    1_000,
  ).optional(),
  futureTolerance: plainDuration().optional(),
  publishGuard: share('a share from 0 to 1, such as 0.05', (value) => value >= 0 && value <= 1).optional(),
  machines: z
    .strictObject({
      clickAfterDelivery: plainDuration().optional(),
      manyLinksWithin: plainDuration().optional(),
      userAgents: flag().optional(),
      privacyProxyOpens: flag().optional(),
    })
    .optional(),
  defaults: z.strictObject(sectionFields).optional(),
  sources: z
    .record(
      identifier('a source’s id'),
      z.strictObject({ title: text('a title').optional(), ...sectionFields }),
    )
    .optional(),
  routing: z
    .strictObject({
      ladder: list(oneOf(RUNGS), RUNGS.length, 1).optional(),
      territories: list(
        z.strictObject({ where, reps: list(text('a rep’s handle', 100), 200, 1) }),
        500,
      ).optional(),
      queue: z.strictObject({ alert: oneOf(['managers']).optional() }).optional(),
    })
    .optional(),
  replies: z
    .strictObject({
      optOut: list(text('a phrase'), 200).optional(),
      buyingSignals: list(text('a phrase'), 200).optional(),
    })
    .optional(),
});

export type DocumentDraft = z.output<typeof documentSchema>;
const sectionSchema = z.strictObject(sectionFields);
export type SectionDraft = z.output<typeof sectionSchema>;
export type RuleDraft = z.output<typeof rule>;
export type GroupDraft = z.output<typeof group>;
export type FitDraft = z.output<typeof fit>;
export type ActionDraft = z.output<typeof action>;
const slaSchema = z.strictObject(slaFields);
export type SlaDraft = z.output<typeof slaSchema>;
