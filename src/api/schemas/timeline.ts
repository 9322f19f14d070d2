/** A lead's story and its explanation as callers see them. */
import { z } from '@hono/zod-openapi';
import type { LeadExplanation } from '../../insight/explanation.js';
import type { TimelineCursor, TimelineEntry } from '../../insight/timeline.js';
import { pageQuery } from '../paging.js';
import { inPoints, scoreSchema } from './lead.js';

export const timelineQuery = pageQuery.extend({
  order: z.enum(['asc', 'desc']).default('desc').openapi({ description: 'Newest first, or oldest first.' }),
});

/** Later than any instant that is taken, and within what a `Date` can hold. */
const INSTANT_MAX_MS = 8_640_000_000_000_000;
const instantMs = z
  .number()
  .int()
  .min(-62_135_596_800_000)
  .max(INSTANT_MAX_MS / 100);

/** Keys of effects have no other characters. */
export const EFFECT_KEY = /^[\w/.:-]{1,300}$/;

export const timelineCursor: z.ZodType<TimelineCursor> = z.union([
  z.tuple([instantMs, z.literal(0), z.number().int().min(0), z.literal(0)]),
  z.tuple([
    instantMs,
    z.literal(1),
    z.number().int().min(0).max(1_000_000_000),
    z.number().int().min(0).max(1_000_000),
  ]),
  z.tuple([instantMs, z.literal(2), z.string().regex(EFFECT_KEY), z.literal(0)]),
]);

export const timelineEntrySchema = z
  .object({
    at: z.string(),
    kind: z.enum(['event', 'decision', 'effect']),
    text: z.string(),
    data: z.record(z.string(), z.unknown()),
  })
  .openapi('TimelineEntry');

export function timelineView({ at, kind, text, data }: TimelineEntry): z.infer<typeof timelineEntrySchema> {
  return { at: at.toISOString(), kind, text, data: { ...data } };
}

export const explanationSchema = z
  .object({
    score: scoreSchema,
    contributions: z
      .array(
        z.object({
          rule: z.string().openapi({ description: 'A rule of the definition, or `cap:<group>`.' }),
          text: z.string(),
          points: z.number(),
          count: z.number().int(),
          lastAt: z.string(),
        }),
      )
      .openapi({ description: 'Their points sum to `score.engagement`.' }),
    missing: z.array(
      z.object({
        trigger: z.string().openapi({
          description: '`score`, `fit`, `fallback`, an action, or what holds triggers back.',
        }),
        text: z.string(),
      }),
    ),
    definitionVersion: z.number().int(),
  })
  .openapi('Explanation');

export function explanationView(told: LeadExplanation, asOf: Date): z.infer<typeof explanationSchema> {
  return {
    score: {
      engagement: inPoints(told.total),
      fit: inPoints(told.fit),
      threshold: inPoints(told.threshold),
      asOf: asOf.toISOString(),
    },
    contributions: told.contributions.map(({ rule, text, points, count, lastAt }) => ({
      ...{ rule, text, count },
      points: inPoints(points),
      lastAt: new Date(lastAt).toISOString(),
    })),
    missing: told.missing.map(({ trigger, text }) => ({ trigger, text })),
    definitionVersion: told.definitionNumber,
  };
}
