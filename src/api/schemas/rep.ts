/** Reps as callers describe and see them. */
import { z } from '@hono/zod-openapi';
import type { Rep } from '../../store/reps.js';
import { day, email, handle, text, timeZone } from './common.js';

const weekday = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as "09:00"');
const noRepeats = (values: readonly string[]) => new Set(values).size === values.length;

const hours = z.strictObject({ from: clock, to: clock }).refine(({ from, to }) => from < to, {
  path: ['to'],
  error: 'must be later than `from`; a night shift is not supported',
});
const absence = z
  .strictObject({ from: day, to: day })
  .refine(({ from, to }) => from <= to, { path: ['to'], error: 'must not be before `from`' });

const fields = {
  name: text(200),
  email: email.nullable(),
  slackId: text(100).nullable(),
  crmOwnerId: text(200).nullable(),
  role: z
    .enum(['rep', 'manager'])
    .openapi({ description: 'Managers get the alerts that are not for one rep alone.' }),
  timeZone: timeZone.nullable().openapi({ example: 'Europe/Berlin', description: "Null is the team's." }),
  workingDays: z.array(weekday).min(1).max(7).refine(noRepeats, 'names a day twice').nullable(),
  workingHours: hours.nullable(),
  holidays: z.array(day).max(1_000),
  absences: z.array(absence).max(1_000).openapi({ description: 'Both days are included.' }),
  weight: z
    .number()
    .int()
    .min(0)
    .max(1_000)
    .openapi({ description: 'Share in the round robin; 0 gets none of it.' }),
  capacity: z.number().int().min(0).max(100_000).nullable().openapi({
    description: 'Handoffs awaiting first contact that the rep can hold at once; null is no limit.',
  }),
  active: z.boolean(),
};
const { name, ...others } = fields;
const optionalFields = z.strictObject(others).partial().shape;

/** What a rep is made from: what is left out takes its default. */
export const repDraftSchema = z.strictObject({ id: handle, name, ...optionalFields }).openapi('NewRep');
export type RepBody = z.infer<typeof repDraftSchema>;
/** The same without the id, for `PUT /v1/reps/{id}`. */
export const repPutSchema = z
  .strictObject({ id: handle.optional(), name, ...optionalFields })
  .openapi('RepReplacement');
export const repPatchSchema = z
  .strictObject({ name: name.optional(), ...optionalFields })
  .openapi('RepChange');

export const teamSchema = z
  .strictObject({ reps: z.array(repDraftSchema).min(1).max(1_000) })
  .superRefine(({ reps }, context) => {
    const seen = new Set<string>();
    for (const [index, { id }] of reps.entries()) {
      if (seen.has(id))
        context.addIssue({
          code: 'custom',
          path: ['reps', index, 'id'],
          message: `names ${id} a second time`,
        });
      seen.add(id);
    }
  })
  .openapi('Team');

export const repSchema = z
  .object({
    id: z.string().openapi({ description: "The caller's own name for the rep." }),
    ...fields,
    createdAt: z.string(),
  })
  .openapi('Rep');
export const importedTeamSchema = z
  .object({ created: z.number().int(), updated: z.number().int(), reps: z.array(repSchema) })
  .openapi('ImportedTeam');

/** A rep in the form of the API, where the id is the caller's handle. */
export function repView(rep: Rep): z.infer<typeof repSchema> {
  const { id: _, handle: id, workingDays, workingHours, holidays, absences, createdAt, ...plain } = rep;
  return {
    id,
    ...plain,
    workingDays: workingDays && weekday.options.filter((one) => workingDays.includes(one)),
    workingHours: workingHours && { ...workingHours },
    holidays: [...holidays],
    absences: [...absences],
    createdAt: createdAt.toISOString(),
  };
}
