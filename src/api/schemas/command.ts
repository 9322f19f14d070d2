/** What people can ask for, and the answers. */
import { z } from '@hono/zod-openapi';
import { day, handle, instant, text } from './common.js';
import { idParam, NUMBER_MAX } from './lead.js';

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
    dryRun: z.boolean().default(false).openapi({ description: 'Only says what would change.' }),
    by,
  })
  .refine(({ eventId, seq }) => (eventId === undefined) !== (seq === undefined), {
    path: ['eventId'],
    error: 'is needed, or `seq` in its place: one of the two names the event',
  })
  .openapi('Correction');

const labelledSchema = z.object({
  score: z.number(),
  opens: z.number().int(),
  clicks: z.number().int(),
  crossedAt: z.string().nullable(),
});
export const correctedSchema = z
  .object({
    applied: z.boolean(),
    event: z.object({ seq: z.number().int(), eventId: z.string(), type: z.string(), at: z.string() }),
    label: z.enum(['machine', 'human']),
    before: labelledSchema,
    after: labelledSchema,
    text: z.string(),
  })
  .openapi('Corrected', { description: 'The current nurture period without the label and with it.' });

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
