/** Leads as callers see them. */
import { z } from '@hono/zod-openapi';
import type { PublishedDefinition } from '../../definition/versions.js';
import type { LeadSummary } from '../../store/read/leads.js';
import { pageQuery } from '../paging.js';
import { email, handle, text } from './common.js';
import { traitsSchema } from './event-types.js';

const STAGES = ['nurturing', 'handed_off', 'working', 'converted', 'unqualified', 'dormant'] as const;

/** What the database takes for a whole number. */
export const NUMBER_MAX = 2_147_483_647;

/** Ids are random words of Baton's own; whatever else stands in their place names nothing. */
export const idParam = (what: string) =>
  z.string().openapi({ param: { name: 'id', in: 'path' }, description: `The ${what}'s id.` });
export const leadParams = z.object({ id: idParam('lead') });

export const scoreSchema = z
  .object({
    engagement: z.number().openapi({ description: 'Points of this nurture period.' }),
    fit: z.number().openapi({ description: 'Who the lead is, apart from what it does.' }),
    threshold: z.number(),
    asOf: z.string(),
  })
  .openapi('Score');

export const personSchema = z
  .object({ id: z.string().openapi({ description: "The rep's id as the team knows it." }), name: z.string() })
  .openapi('RepName');

export const leadSchema = z
  .object({
    id: z.string(),
    email: z.string().nullable(),
    name: z.string().nullable(),
    company: z.string().nullable(),
    source: z.object({
      name: z.string().nullable(),
      magnet: z.string().nullable(),
      channel: z.string().nullable(),
    }),
    stage: z.enum(STAGES),
    track: z.string().nullable(),
    tags: z.array(z.string()),
    score: scoreSchema,
    owner: personSchema.nullable(),
    handoff: z
      .object({
        number: z.number().int(),
        state: z.enum(['awaiting', 'working', 'closed']),
        trigger: z.string().nullable(),
        dueAt: z.string().nullable(),
        slaDueAt: z.string().nullable(),
      })
      .nullable()
      .openapi({ description: 'The newest handoff.' }),
    next: z
      .object({ what: z.string().openapi({ example: 'sla' }), at: z.string() })
      .nullable()
      .openapi({ description: 'What comes next by itself; null when only an event can move the lead.' }),
    suppressed: z.object({ marketing: z.boolean(), sales: z.boolean(), why: z.string().nullable() }),
    attention: z
      .array(z.string())
      .openapi({ description: 'What a person must see to: kinds of effects, or `unassigned`.' }),
    createdAt: z.string(),
    lastEngagementAt: z.string().nullable(),
  })
  .openapi('Lead');
export type LeadReply = z.infer<typeof leadSchema>;

export const leadListQuery = pageQuery.extend({
  email: email.optional().openapi({ description: 'Any address of the lead.' }),
  stage: z.enum(STAGES).optional(),
  source: text(100).optional(),
  owner: handle.optional().openapi({ description: 'The id of a rep.' }),
  scoreMin: z.coerce.number().min(-1_000_000).max(1_000_000).optional(),
  scoreMax: z.coerce.number().min(-1_000_000).max(1_000_000).optional(),
  text: text(200).optional().openapi({ description: 'A part of the name, the company or the address.' }),
  tag: text(100).optional(),
  sort: z.enum(['createdAt', 'score', 'due']).default('createdAt').openapi({
    description:
      'Newest first; highest score first; or what is due soonest first, which lists only leads with an open task.',
  }),
});

const { name, company, phone, country, companySize, timeZone } = traitsSchema.shape;

/** Who a lead is; the address decides whether it is made or brought up to date. */
export const leadDraftSchema = z
  .strictObject({
    email,
    userId: text(256).optional(),
    anonymousId: text(256).optional(),
    ...{ name, company, phone, country, companySize, timeZone },
    traits: z
      .record(text(200), z.unknown())
      .optional()
      .openapi({ description: 'Whatever else is known. Null clears, what is left out stays.' }),
    source: z
      .strictObject({
        name: text(100).optional(),
        magnet: text(200).optional(),
        channel: text(200).optional(),
      })
      .optional()
      .openapi({ description: 'Where the lead entered. The first source that is named decides.' }),
  })
  .openapi('LeadDraft');

/** Milli-points as points. */
export const inPoints = (milli: number): number => milli / 1000;

export const iso = (at: Date | null | undefined): string | null => at?.toISOString() ?? null;

/** A lead in the form of the API. One that no workflow has written yet is nurtured under its source's terms. */
export function leadView(lead: LeadSummary, published: PublishedDefinition): LeadReply {
  const { id, email, name, company, status, projection, owner } = lead;
  const policy = published.policyFor(status?.source ?? lead.source);
  const why = status?.suppressedMarketing ?? status?.suppressedSales ?? null;
  return {
    ...{ id, email, name, company },
    source: { name: lead.source, magnet: lead.magnet, channel: lead.channel },
    stage: stageOf(status?.stage),
    track: status ? status.track : policy.nurture.track,
    tags: [...(status?.tags ?? [])],
    score: {
      engagement: inPoints(projection?.score ?? 0),
      fit: inPoints(projection?.fit ?? 0),
      threshold: inPoints(projection?.threshold ?? policy.scoring.threshold),
      asOf: (projection?.asOf ?? lead.updatedAt).toISOString(),
    },
    owner: owner && { id: owner.handle, name: owner.name },
    handoff: status?.handoff
      ? {
          number: status.handoff.number,
          state: handoffState(status.handoff.state),
          trigger: status.handoff.trigger,
          dueAt: iso(status.handoff.dueAt),
          slaDueAt: iso(status.handoff.slaDueAt),
        }
      : null,
    next: status?.next ? { what: status.next.what, at: status.next.at.toISOString() } : null,
    suppressed: {
      marketing: (status?.suppressedMarketing ?? null) !== null,
      sales: (status?.suppressedSales ?? null) !== null,
      why: why?.replaceAll('_', ' ') ?? null,
    },
    attention: [...(status?.attention ?? [])],
    createdAt: lead.createdAt.toISOString(),
    lastEngagementAt: iso(projection?.lastEngagementAt),
  };
}

function stageOf(stage: string | undefined): (typeof STAGES)[number] {
  return STAGES.find((one) => one === stage) ?? 'nurturing';
}

function handoffState(state: string): 'awaiting' | 'working' | 'closed' {
  return state === 'awaiting' || state === 'working' ? state : 'closed';
}
