/** What people can ask for, and the answers. */
import { z } from '@hono/zod-openapi';
import { day, handle, instant, text } from './common.js';
import { triggerSchema } from './handoff.js';
import { idParam, NUMBER_MAX, personSchema } from './lead.js';

const by = handle
  .optional()
  .openapi({ description: 'The id of the rep who asks; else the API key stands for them.' });

export const activitySchema = z
  .strictObject({
    kind: z.enum(['call', 'email', 'meeting', 'task_completed', 'note']),
    at: instant.optional().openapi({ description: 'When it was done; now when left out.' }),
    by,
    text: text(10_000).optional(),
  })
  .openapi('Activity');

export const dispositionSchema = z
  .strictObject({
    disposition: z.enum(['converted', 'not_ready', 'unqualified', 'no_response', 'left_sales_mail']),
    reason: text(10_000).optional(),
    followUpOn: day
      .optional()
      .openapi({ description: 'With not_ready: the day on which sales gets the lead again.' }),
    objection: text(10_000).optional().openapi({ description: 'Goes to the list of objections.' }),
    by,
  })
  .openapi('Disposition');

export const reassignSchema = z
  .strictObject({ rep: handle.openapi({ description: 'The id of the rep who gets it.' }), by })
  .openapi('Reassignment');

export const manualHandoffSchema = z
  .strictObject({ reason: text(10_000).optional(), by })
  .openapi('ManualHandoff');

export const correctionSchema = z
  .strictObject({
    eventId: text(200).optional().openapi({ description: "The event's id as its sender gave it." }),
    seq: z
      .number()
      .int()
      .min(1)
      .max(NUMBER_MAX)
      .optional()
      .openapi({ description: "The event's number, as the timeline has it." }),
    label: z.enum(['machine', 'human']),
    dryRun: z
      .boolean()
      .default(false)
      .openapi({ description: 'Only says what would change; `compensate` is left out of account.' }),
    compensate: z
      .union([z.boolean(), z.array(text(100)).min(1).max(20)])
      .default(false)
      .openapi({
        description:
          'True does what is offered at once; a list of offer ids does just these. Closing a handoff needs the scope sales or manager.',
      }),
    by,
  })
  .refine(({ eventId, seq }) => (eventId === undefined) !== (seq === undefined), {
    path: ['eventId'],
    error: 'is needed, or `seq` in its place: one of the two names the event',
  })
  .openapi('Correction');

const labelledSchema = z.object({ score: z.number(), opens: z.number().int(), clicks: z.number().int() });

const correctedHandoffSchema = z.object({
  change: z.enum(['lost', 'earlier', 'later', 'changed', 'gained', 'other_version']).openapi({
    description:
      'On record and would not have fired (lost), or otherwise; gained: would have fired, and did not; other_version: made under terms that hold no more.',
  }),
  number: z.number().int().nullable().openapi({ description: 'Of the recorded handoff; null when gained.' }),
  at: z.string().nullable(),
  trigger: triggerSchema.nullable(),
  state: z.enum(['awaiting', 'working', 'closed']).nullable(),
  rep: personSchema.nullable(),
  outcome: z.object({ kind: z.string(), at: z.string().nullable(), by: z.string().nullable() }).nullable(),
  would: z
    .object({ at: z.string(), trigger: triggerSchema })
    .nullable()
    .openapi({ description: 'When and by what it would have fired with the label.' }),
  text: z.string(),
});

const offerSchema = z.object({
  id: z.string().openapi({ example: 'close_handoff/1' }),
  kind: z.enum(['close_handoff', 'judge', 'hand_off']),
  handoff: z.number().int().nullable(),
  onlyWhenNamed: z.boolean().openapi({ description: '`compensate: true` leaves this one alone.' }),
  text: z.string(),
  request: z.object({
    method: z.literal('POST'),
    path: z.string(),
    body: z.record(z.string(), z.unknown()).nullable(),
  }),
});

const compensatedSchema = z.object({
  offer: z.string(),
  status: z.enum(['accepted', 'refused', 'pending', 'left']).openapi({
    description: 'left: not done, because it must be named, or because the handoff has changed meanwhile.',
  }),
  commandId: z.string().nullable(),
  text: z.string(),
});

export const correctedSchema = z
  .object({
    applied: z.boolean(),
    event: z.object({ seq: z.number().int(), eventId: z.string(), type: z.string(), at: z.string() }),
    label: z.enum(['machine', 'human']),
    before: labelledSchema.openapi({ description: 'The present nurture period without the label.' }),
    after: labelledSchema,
    handoffs: z.array(correctedHandoffSchema),
    dueNow: z
      .object({ by: z.enum(['label', 'judge']), trigger: triggerSchema, text: z.string() })
      .nullable()
      .openapi({ description: 'A handoff that the label makes by itself, or that judging the lead makes.' }),
    offers: z.array(offerSchema),
    compensated: z.array(compensatedSchema).openapi({ description: 'Verdicts, where `compensate` asked.' }),
    text: z.string(),
  })
  .openapi('Corrected', {
    description: 'What a label changes; under a repeated Idempotency-Key as first told.',
  });
export type CorrectedReply = z.infer<typeof correctedSchema>;
export type CompensatedReply = z.infer<typeof compensatedSchema>;

export const pendingSchema = z
  .object({ commandId: z.string(), status: z.literal('pending') })
  .openapi('Pending', { description: 'Recorded; the verdict comes later at `GET /v1/commands/{id}`.' });

export const commandParams = z.object({ id: idParam('command') });

export const commandSchema = z
  .object({
    commandId: z.string(),
    leadId: z.string(),
    kind: z.string(),
    handoff: z.number().int().nullable(),
    status: z.enum(['pending', 'accepted', 'refused']),
    verdict: z
      .object({
        did: z.string().nullable(),
        code: z.string().nullable(),
        handoff: z.number().int().nullable(),
        outcome: z.string().nullable(),
      })
      .nullable(),
    text: z.string(),
    createdAt: z.string(),
    decidedAt: z.string().nullable(),
  })
  .openapi('Command');

export const idempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 visible ASCII characters')
    .optional()
    .openapi({ description: 'A repetition of the request under the same key gets the answer of the first.' }),
});
