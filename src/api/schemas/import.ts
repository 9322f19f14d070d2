/** Imports as callers see them. */
import { z } from '@hono/zod-openapi';
import type { ImportPreview } from '../../insight/import-preview.js';
import type { Import } from '../../store/imports.js';
import { text } from './common.js';

export const importDraftSchema = z.strictObject({ name: text(200).nullish() }).openapi('NewImport');
export const releaseSchema = z
  .strictObject({
    confirm: z.number().int().min(0).openapi({
      description:
        'The number of handoffs that the preview showed. If it would be more by now, nothing is released.',
    }),
  })
  .openapi('ImportRelease');

export const importSchema = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    state: z.enum(['open', 'releasing', 'released']),
    createdAt: z.string(),
    releasedAt: z.string().nullable().openapi({ description: 'When the last of its leads was judged.' }),
  })
  .openapi('Import');
export const countedImportSchema = importSchema
  .extend({
    events: z.number().int(),
    leads: z.number().int(),
    judged: z.number().int().openapi({ description: 'Leads that the release has judged.' }),
  })
  .openapi('CountedImport');

const counts = z.record(z.string(), z.number().int());
export const importPreviewSchema = z
  .object({
    leads: z.number().int().openapi({ description: 'Leads of the import that are not judged yet.' }),
    handoffs: z.number().int().openapi({ description: 'How many of them would be handed off now.' }),
    held: z
      .number()
      .int()
      .openapi({ description: 'How many have the score and are held back, by their fit for instance.' }),
    byTrigger: counts,
    bySource: counts,
    freeCapacity: z.number().int().nullable().openapi({
      description: 'Handoffs that the reps can take now; the rest waits. Null is no limit.',
    }),
    examples: z.array(
      z.object({
        leadId: z.string(),
        trigger: z.string(),
        score: z.number(),
        threshold: z.number(),
      }),
    ),
    openLeads: z.number().int(),
    share: z.number().openapi({ description: "The handoffs' share of the open leads, 0 to 1." }),
    publishGuard: z
      .number()
      .openapi({ description: 'The share from which the definition asks people to look twice.' }),
    withinGuard: z.boolean(),
  })
  .openapi('ImportPreview');

/** An import in the form of the API. */
export function importView(one: Import): z.infer<typeof importSchema> {
  const { id, name, state, createdAt, releasedAt } = one;
  return {
    id,
    name,
    state,
    createdAt: createdAt.toISOString(),
    releasedAt: releasedAt?.toISOString() ?? null,
  };
}

/** A preview in the form of the API: whole points. */
export function previewView(preview: ImportPreview): z.infer<typeof importPreviewSchema> {
  return {
    ...preview,
    byTrigger: { ...preview.byTrigger },
    bySource: { ...preview.bySource },
    examples: preview.examples.map(({ score, threshold, ...example }) => ({
      ...example,
      score: score / 1_000,
      threshold: threshold / 1_000,
    })),
    withinGuard: preview.share <= preview.publishGuard,
  };
}
