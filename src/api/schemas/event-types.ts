/** What each type of event may say about itself. Properties that are not listed are kept as they are. */
import { z } from '@hono/zod-openapi';
import { day, instant, text } from './common.js';

const ADDRESS_LENGTH_MAX = 8_000;

const address = z
  .string()
  .max(ADDRESS_LENGTH_MAX)
  .refine(isAddress, 'is neither an http(s) address nor a path that begins with /')
  .openapi({ example: 'https://acme.test/pricing?utm_source=x' });

function isAddress(value: string): boolean {
  if (value.startsWith('/')) return true;
  return /^https?:\/\//i.test(value) && URL.canParse(value);
}

const emailId = z
  .union([text(200), z.number().int()], { error: 'must be the text or whole number that names the mail' })
  .optional()
  .openapi({
    description:
      'Names the mail, the same in all events about it: what counts as "another mail" hangs on it.',
  });
const machine = z.boolean().optional().openapi({
  description: 'Your platform holds this to be the work of a program. It is kept, and never counts.',
});
const stream = z
  .enum(['marketing', 'sales', 'all'])
  .optional()
  .openapi({ description: 'Which mail is meant; all when it is left out.' });
const title = text(500).optional();
const resource = text(500).optional().openapi({
  description: 'Names what was downloaded or attended, as `resource:<name>` of the definition does.',
});
const reply = z.enum(['auto_reply', 'opt_out', 'buying_signal', 'question', 'other']);

const mail = { emailId, machine };
const place = { url: address.optional(), title };
const traitText = text(500).nullable().optional();

/** Who the lead is. Null clears; a trait that is not listed is kept. */
export const traitsSchema = z
  .looseObject({
    name: traitText,
    company: traitText,
    phone: text(100).nullable().optional(),
    country: traitText.openapi({
      description: 'As the definition compares it; two-letter codes are a good choice.',
    }),
    companySize: z
      .union(
        [
          z.number().int().min(0).max(2_000_000_000),
          z.string().regex(/^\s*\d{1,9}\s*(?:[-–+]\s*\d{0,9}\s*)?$/, 'is no number or range of people'),
        ],
        {
          error:
            'must be a number of people such as 50, or a range such as "51-200", which counts from its lower end',
        },
      )
      .nullable()
      .optional(),
    timeZone: text(64).nullable().optional().openapi({ example: 'Europe/Berlin' }),
  })
  .openapi('Traits');

/** Named fields of a form of properties, beside whatever else is sent. */
const properties = <Shape extends z.ZodRawShape>(shape: Shape) => z.looseObject(shape);

const withTraits = properties({ traits: traitsSchema.optional() });
const interest = properties({ ...place, product: text(500).optional(), message: text(10_000).optional() });

interface EventType {
  readonly properties: z.ZodType;
  readonly summary: string;
  /** Its lead is taken first by the courier. */
  readonly urgent?: boolean;
}

export const EVENT_TYPES = {
  'lead.created': { properties: withTraits, summary: 'A lead became known; any identifier is enough.' },
  'lead.updated': { properties: withTraits, summary: 'Something about the lead changed.' },
  'customer.created': { properties: properties({}), summary: 'The lead became a customer.', urgent: true },
  'email.sent': {
    properties: properties({
      ...mail,
      subject: text(1_000).optional(),
      directCta: z.boolean().optional().openapi({ description: 'The mail asks for one thing directly.' }),
      ctaUrl: address.optional().openapi({ description: 'The link of that call to action.' }),
    }),
    summary: 'A marketing or sales mail was sent.',
  },
  'email.delivered': { properties: properties(mail), summary: 'A mail arrived.' },
  'email.opened': {
    properties: properties({ ...mail, privacyProxy: z.boolean().optional() }),
    summary: 'A mail was opened.',
  },
  'email.clicked': {
    properties: properties({ ...mail, ...place }),
    summary: 'A link of a mail was clicked.',
  },
  'email.replied': {
    properties: properties({
      ...mail,
      text: z
        .string()
        .max(100_000)
        .optional()
        .openapi({ description: 'What was written; its kind is found in it.' }),
      autoSubmitted: z.boolean().optional(),
      classification: reply.optional(),
      stream,
    }),
    summary: 'The lead answered a mail.',
    urgent: true,
  },
  'email.bounced': {
    properties: properties({ ...mail, bounceType: z.enum(['hard', 'soft']).optional() }),
    summary: 'A mail could not be delivered.',
  },
  'email.complained': { properties: properties(mail), summary: 'The lead called a mail spam.' },
  'email.unsubscribed': {
    properties: properties({ ...mail, stream }),
    summary: 'The lead wants no more mail.',
  },
  'email.resubscribed': {
    properties: properties({ ...mail, stream }),
    summary: 'The lead wants mail again.',
  },
  'page.viewed': {
    properties: properties({ ...place, path: address.optional(), machine }).refine(
      ({ url, path }) => url !== undefined || path !== undefined,
      { path: ['url'], error: 'is missing: a page view needs the address of its page (or its `path`)' },
    ),
    summary: 'A page was viewed.',
  },
  'content.downloaded': {
    properties: properties({ ...place, resource, topic: text(200).optional(), machine }),
    summary: 'Something was downloaded.',
  },
  'form.submitted': {
    properties: properties({
      ...place,
      form: text(500).optional(),
      product: text(500).optional(),
      message: text(10_000).optional(),
    }),
    summary: 'A form was sent; one that names a product asks for contact.',
  },
  'webinar.registered': {
    properties: properties({ resource, title }),
    summary: 'The lead registered for a webinar.',
  },
  'webinar.attended': {
    properties: properties({ resource, title }),
    summary: 'The lead attended a webinar.',
  },
  'demo.requested': { properties: interest, summary: 'A demo was asked for.', urgent: true },
  'pricing.requested': { properties: interest, summary: 'A price was asked for.', urgent: true },
  'trial.started': { properties: interest, summary: 'A free trial began.', urgent: true },
  'meeting.booked': {
    properties: properties({
      ...place,
      meetingAt: instant.optional().openapi({ description: 'When it will be.' }),
    }),
    summary: 'A meeting was booked.',
    urgent: true,
  },
  'sales.activity': {
    properties: properties({
      kind: z.enum(['call', 'email', 'meeting', 'task_completed', 'note']),
      handoff: z.number().int().min(1).optional(),
      by: text(200).optional().openapi({ description: "A rep's id, or a name." }),
      text: z.string().max(10_000).optional(),
    }),
    summary: 'A salesperson did something for the lead. Needs the scope `sales`.',
    urgent: true,
  },
  'sales.disposition': {
    properties: properties({
      disposition: z.enum(['converted', 'not_ready', 'unqualified', 'no_response', 'left_sales_mail']),
      handoff: z.number().int().min(1).optional(),
      reason: z.string().max(10_000).optional(),
      followUpOn: day.optional(),
      objection: z.string().max(10_000).optional(),
      by: text(200).optional(),
    }),
    summary: 'A salesperson says what came of a handoff. Needs the scope `sales`.',
    urgent: true,
  },
} as const satisfies Record<string, EventType>;

export type EventTypeName = keyof typeof EVENT_TYPES;
export const EVENT_TYPE_NAMES = Object.keys(EVENT_TYPES) as EventTypeName[];

/** Names of a sender's own types travel into Temporal, so they may hold nothing but a short word. */
export const CUSTOM_TYPE = /^custom\.[a-z][a-z0-9_]{0,39}$/;
export const customProperties = properties({ ...place, emailId, resource, machine });
