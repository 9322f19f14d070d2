/** One event as a sender writes it. */
import { z } from '@hono/zod-openapi';
import { email, instant, text } from './common.js';
import { CUSTOM_TYPE, customProperties, EVENT_TYPE_NAMES, EVENT_TYPES } from './event-types.js';

/** Source names are shown in Temporal: words only, nothing with an @ in it. */
const sourceName = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._:/&+-]{0,99}$/u,
    'must be 1 to 100 letters, digits, spaces and . _ : / & + -',
  );

const leadSchema = z
  .strictObject({
    email: email.optional(),
    userId: text(256).optional(),
    anonymousId: text(256).optional(),
  })
  .refine((lead) => Object.values(lead).some((value) => value !== undefined), {
    error: 'needs an identifier: email, userId or anonymousId',
    params: { code: 'missing_identifier' },
  })
  .openapi('LeadIdentifiers', {
    description: 'At least one of them. An email makes a lead of whoever has none yet.',
  });

const envelope = {
  id: text(200).openapi({
    description: 'Unique within the connection: a repetition of the same id changes nothing.',
  }),
  occurredAt: instant
    .optional()
    .openapi({ description: 'When it happened; the time of receipt when left out.' }),
  lead: leadSchema,
  source: z
    .strictObject({
      name: sourceName.optional(),
      magnet: text(200).optional(),
      channel: text(200).optional(),
    })
    .optional()
    .openapi({ description: 'Where the lead entered. The first source that is named decides.' }),
  context: z
    .looseObject({
      userAgent: z.string().max(2_000).optional(),
      ip: z.string().max(64).optional(),
      timezone: z.string().max(64).optional(),
    })
    .optional(),
  backfill: z.boolean().optional().openapi({
    description: 'Imported history: it fills state, counts and score, and triggers nothing by itself.',
  }),
  importId: text(100).optional(),
};

const eventOf = <Type extends z.ZodType<string>, Properties extends z.ZodType>(
  type: Type,
  properties: Properties,
) => z.strictObject({ ...envelope, type, properties });

/** Properties may be left out where the type demands none. */
const orEmpty = (properties: z.ZodType): z.ZodType =>
  properties.safeParse({}).success ? properties.optional() : properties;

/** An event whose type is known, as it comes out of validation: identifiers are normalised, the rest is as sent. */
export interface ParsedEvent {
  readonly id: string;
  readonly type: string;
  readonly occurredAt?: string;
  readonly lead: { email?: string; userId?: string; anonymousId?: string };
  readonly source?: { name?: string; magnet?: string; channel?: string };
  readonly properties?: Record<string, unknown>;
  readonly context?: { userAgent?: string; ip?: string; timezone?: string };
  readonly backfill?: boolean;
  readonly importId?: string;
}

const SCHEMAS: ReadonlyMap<string, z.ZodType<ParsedEvent>> = new Map(
  EVENT_TYPE_NAMES.map((name) => [
    name,
    checked(eventOf(z.literal(name), orEmpty(EVENT_TYPES[name].properties))),
  ]),
);
const CUSTOM_SCHEMA = checked(eventOf(z.string().regex(CUSTOM_TYPE), orEmpty(customProperties)));

// The schemas are made in a loop, so their type is lost; the interface above says what every one of them yields.
function checked(schema: z.ZodType): z.ZodType<ParsedEvent> {
  return schema as z.ZodType<ParsedEvent>;
}

/** The schema of a type, or null when there is no such type. Made once; parsing allocates only its result. */
export function schemaOfType(type: string): z.ZodType<ParsedEvent> | null {
  return SCHEMAS.get(type) ?? (CUSTOM_TYPE.test(type) ? CUSTOM_SCHEMA : null);
}

/** What an answer says of one item that was not accepted. */
const rejectionSchema = z
  .object({
    index: z.number().int().openapi({ description: 'Which item, from 0.' }),
    id: z.string().nullable(),
    code: z.enum([
      'invalid_event',
      'missing_identifier',
      'unknown_type',
      'unsafe_text',
      'in_the_future',
      'malformed_json',
      'id_conflict',
      'scope_missing',
      'unknown_lead',
    ]),
    message: z.string(),
    path: z.string().openapi({ description: 'Within the item, such as `lead.email`.' }),
  })
  .openapi('Rejection');
export type Rejection = z.infer<typeof rejectionSchema>;
export type RejectionCode = Rejection['code'];

export const acceptedSchema = z
  .object({ accepted: z.number().int(), duplicates: z.number().int(), rejected: z.array(rejectionSchema) })
  .openapi('EventsAccepted');

/** For the documentation: one shape per type, told apart by `type`. */
export const eventSchema = z
  .union(
    EVENT_TYPE_NAMES.map((name) =>
      eventOf(z.literal(name), orEmpty(EVENT_TYPES[name].properties)).openapi({
        title: name,
        description: EVENT_TYPES[name].summary,
      }),
    ),
  )
  .or(eventOf(z.string().regex(CUSTOM_TYPE), orEmpty(customProperties)).openapi({ title: 'custom.*' }))
  .openapi('Event');
export const eventBatchSchema = z
  .strictObject({
    events: z.array(eventSchema).min(1).max(1_000),
    backfill: envelope.backfill.openapi({ description: 'For every event that does not say otherwise.' }),
    importId: envelope.importId,
  })
  .openapi('EventBatch');
