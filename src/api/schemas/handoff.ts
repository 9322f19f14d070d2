/** Handoffs and their effects as callers see them. */
import { z } from '@hono/zod-openapi';
import type { EffectSummary } from '../../store/read/effects.js';
import type { HandoffSummary } from '../../store/read/handoffs.js';
import { pageQuery } from '../paging.js';
import { handle, instant } from './common.js';
import { inPoints, iso, NUMBER_MAX, personSchema } from './lead.js';

export const handoffParams = z.object({
  leadId: z.string().openapi({ param: { name: 'leadId', in: 'path' } }),
  n: z.coerce
    .number()
    .int()
    .min(1)
    .max(NUMBER_MAX)
    .openapi({ param: { name: 'n', in: 'path' }, description: "The handoff's number, from 1." }),
});

export const handoffListQuery = pageQuery.extend({
  rep: handle.optional().openapi({ description: 'The id of a rep.' }),
  state: z
    .enum(['open', 'awaiting', 'working', 'closed'])
    .optional()
    .openapi({ description: '`open` is everything but closed.' }),
  dueAfter: instant.optional().openapi({ description: 'Only handoffs whose SLA ends after this.' }),
  dueBefore: instant.optional(),
});

const EFFECT_STATES = ['planned', 'sending', 'confirmed', 'unknown', 'failed', 'skipped'] as const;

const effectSchema = z
  .object({
    key: z.string(),
    effect: z.string(),
    state: z.enum(EFFECT_STATES),
    attempts: z.number().int(),
    at: z.string().openapi({ description: 'When it last changed.' }),
    reference: z.string().nullable().openapi({ description: 'What the other side calls it.' }),
    error: z.string().nullable(),
  })
  .openapi('Effect');
export const leadEffectSchema = effectSchema
  .extend({ handoff: z.number().int().nullable(), plannedAt: z.string() })
  .openapi('LeadEffect');

function effectView(effect: EffectSummary): z.infer<typeof effectSchema> {
  const { key, effect: kind, state, attempts, reference, error, updatedAt } = effect;
  return { key, effect: kind, state, attempts, at: updatedAt.toISOString(), reference, error };
}

export function leadEffectView(effect: EffectSummary): z.infer<typeof leadEffectSchema> {
  return { ...effectView(effect), handoff: effect.handoff, plannedAt: effect.createdAt.toISOString() };
}

export const triggerSchema = z.object({
  kind: z.enum(['action', 'score', 'time', 'manual', 'follow_up']),
  id: z.string(),
  intent: z.enum(['high', 'warm']),
  at: z.string(),
  value: z.number().optional().openapi({ description: 'Points, visits or days, as the kind has it.' }),
  threshold: z.number().optional(),
  alsoHeld: z.array(z.string()),
});

/** Shown as it was stored: a package keeps the form of its format. */
const packageSchema = z.looseObject({ format: z.number().int() }).openapi('DataPackage', {
  description:
    'person, leadSource, engagement { opens, clicks, links }, content, score { total, contributions }, ' +
    'lastTouchpoint, opener, summary, earlier, draft { subject, text }.',
});

export const handoffSchema = z
  .object({
    leadId: z.string(),
    number: z.number().int(),
    state: z.enum(['awaiting', 'working', 'closed']),
    at: z.string(),
    definitionVersion: z.number().int(),
    trigger: triggerSchema,
    rep: personSchema.nullable().openapi({ description: "Null while it waits in the team's queue." }),
    routedBy: z.string().nullable(),
    task: z.object({
      id: z.string().nullable(),
      state: z.enum(['open', 'done', 'missed', 'cancelled']),
      dueAt: z.string().nullable(),
    }),
    sla: z.object({
      startsAt: z.string().nullable(),
      remindAt: z.string().nullable(),
      dueAt: z.string().nullable(),
      state: z.enum(['running', 'met', 'lapsed']),
    }),
    package: packageSchema.nullable().openapi({ description: 'Null until it is built, moments after `at`.' }),
    effects: z.array(effectSchema),
    outcome: z
      .object({
        kind: z.string(),
        reason: z.string().nullable(),
        at: z.string().nullable(),
        by: z.string().nullable().openapi({ description: 'Null when Baton closed it by itself.' }),
      })
      .nullable(),
  })
  .openapi('Handoff');
export type HandoffReply = z.infer<typeof handoffSchema>;

/** A handoff in the form of the API. */
export function handoffView(handoff: HandoffSummary): HandoffReply {
  const { leadId, number, state, rep, routedBy, task, sla, outcome } = handoff;
  return {
    ...{ leadId, number, state, routedBy },
    at: handoff.startedAt.toISOString(),
    definitionVersion: handoff.definitionNumber,
    trigger: triggerView(handoff.trigger),
    rep: rep && { id: rep.handle, name: rep.name },
    task: { id: task.id, state: taskState(task.state), dueAt: iso(task.dueAt) },
    sla: {
      startsAt: iso(sla.startsAt),
      remindAt: iso(sla.remindAt),
      dueAt: iso(sla.dueAt),
      state: slaState(sla.state),
    },
    package: packageView(handoff.package),
    effects: handoff.effects.map(effectView),
    outcome: outcome && {
      kind: outcome.kind,
      reason: outcome.reason,
      at: iso(outcome.at),
      by: outcome.by,
    },
  };
}

/** The score's numbers are points here, and milli-points within. */
export function triggerView(trigger: HandoffSummary['trigger']): z.infer<typeof triggerSchema> {
  const { kind, id, intent, at, value, threshold, alsoHeld } = trigger;
  const shown = (number: number) => (kind === 'score' ? inPoints(number) : number);
  return {
    ...{ kind, id, intent },
    at: new Date(at).toISOString(),
    ...(value !== undefined && { value: shown(value) }),
    ...(threshold !== undefined && { threshold: shown(threshold) }),
    alsoHeld: [...alsoHeld],
  };
}

function packageView(stored: HandoffSummary['package']): HandoffReply['package'] {
  if (stored === null) return null;
  // The handoff itself says what triggered it, in the units of the API.
  const { trigger: _, format, ...parts } = stored;
  return { format: typeof format === 'number' ? format : 1, ...parts };
}

/** A task that is not made yet is open: somebody has to do it. */
function taskState(state: string): HandoffReply['task']['state'] {
  return state === 'done' || state === 'missed' || state === 'cancelled' ? state : 'open';
}

function slaState(state: string): HandoffReply['sla']['state'] {
  return state === 'met' || state === 'lapsed' ? state : 'running';
}
