/** Versions and drafts of the handoff definition as callers see them. */
import { z } from '@hono/zod-openapi';
import type { Fault } from '../../definition/check.js';
import { SIDES } from '../../definition/drafts.js';
import type { Forecast } from '../../insight/forecast.js';
import type { DraftRow, DraftSummary, LogRow, VersionRow, VersionSummary } from '../../store/definitions.js';
import { text } from './common.js';

/** As many as the reader of definitions takes. */
const DOCUMENT_CHARACTERS_MAX = 262_144;

const by = text(200).optional().openapi({ description: 'Who does it; the name of the key when left out.' });
const note = text(2_000).nullish();
const document = text(DOCUMENT_CHARACTERS_MAX).openapi({ description: 'The whole document, as YAML.' });
const wholeNumber = z.number().int().min(0).max(1_000_000_000);

export const checkSchema = z.strictObject({ document }).openapi('DefinitionToCheck');
export const newDraftSchema = z.strictObject({ document, note, by }).openapi('NewDefinitionDraft');
export const draftEditSchema = z
  .strictObject({
    revision: wholeNumber.openapi({
      description: 'The revision that you saw. When another one was saved since, nothing is changed.',
    }),
    document: document.optional(),
    note,
    basedOn: wholeNumber.optional().openapi({
      description:
        'Puts the draft on top of the newest version, whose number this must be: look at its diff first.',
    }),
    by,
  })
  .openapi('DefinitionDraftEdit');
export const signatureSchema = z
  .strictObject({
    as: z.enum(SIDES),
    by,
    hash: text(64)
      .optional()
      .openapi({ description: 'The hash of what you have read; refused when it is another one now.' }),
  })
  .openapi('DefinitionSignature');
export const publishSchema = z
  .strictObject({
    confirmHandoffs: wholeNumber.optional().openapi({
      description:
        'The number of handoffs that you have seen and want; refused when it would be more by now.',
    }),
    note,
    by,
  })
  .openapi('DefinitionPublish');

const faultSchema = z
  .object({
    severity: z.enum(['error', 'warning']),
    line: z.number().int(),
    column: z.number().int(),
    path: z.string().openapi({ example: 'sources.webinar.scoring.rules[2].points' }),
    message: z.string(),
    expected: z.string(),
    didYouMean: z.string().optional(),
  })
  .openapi('DefinitionFault');
const faultsSchema = z.array(faultSchema).openapi({
  description: 'In the order of the text; a definition with errors is neither signed nor published.',
});
export const checkedSchema = z
  .object({
    ok: z.boolean().openapi({ description: 'There is no error; warnings may remain.' }),
    faults: faultsSchema,
  })
  .openapi('CheckedDefinition');

export const versionSchema = z
  .object({
    kind: z.literal('version'),
    number: z.number().int(),
    hash: z.string().openapi({ description: 'SHA-256 of the document.' }),
    name: z.string(),
    current: z.boolean(),
    signed: z.object({ marketing: z.string().nullable(), sales: z.string().nullable() }),
    note: z.string().nullable(),
    publishedAt: z.string(),
    publishedBy: z.string(),
  })
  .openapi('DefinitionVersion');
const signedBySchema = z
  .object({ by: z.string(), at: z.string(), hash: z.string() })
  .nullable()
  .openapi({ description: 'Of the present content; an edit takes it away.' });
export const draftSchema = z
  .object({
    kind: z.literal('draft'),
    id: z.string(),
    name: z.string(),
    hash: z.string(),
    revision: z.number().int(),
    basedOn: z.number().int().openapi({
      description: 'The newest version when it was begun; 0 is none. It must be that to publish.',
    }),
    note: z.string().nullable(),
    signed: z.object({ marketing: signedBySchema, sales: signedBySchema }),
    state: z.enum(['open', 'published', 'discarded']),
    publishedAs: z.number().int().nullable(),
    createdBy: z.string(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .openapi('DefinitionDraft');

const content = { document: z.string() };
export const wholeVersionSchema = versionSchema.extend(content).openapi('WholeDefinitionVersion');
export const wholeDraftSchema = draftSchema
  .extend({ ...content, faults: faultsSchema })
  .openapi('WholeDefinitionDraft');
export const wholeSchema = z.discriminatedUnion('kind', [wholeVersionSchema, wholeDraftSchema]);
export const editedDraftSchema = wholeDraftSchema
  .extend({
    voided: z.array(z.enum(SIDES)).openapi({
      description: 'Sides whose signatures this edit has taken away: they sign the new content.',
    }),
  })
  .openapi('EditedDefinitionDraft');

export const definitionsSchema = z
  .object({
    items: z.array(versionSchema).openapi({ description: 'Versions, the newest first.' }),
    nextCursor: z.string().nullable(),
    drafts: z
      .array(draftSchema)
      .openapi({ description: 'Open drafts, the one saved last first; at most 200.' }),
  })
  .openapi('Definitions');

export const forecastSchema = z
  .object({
    openLeads: z.number().int().openapi({
      description: 'Leads in nurture, less those that wait for the release of their import.',
    }),
    handoffs: z.number().int().openapi({
      description: 'How many of them it would hand off at once, and the present version would not.',
    }),
    share: z.number().openapi({ description: 'The handoffs’ share of the open leads, 0 to 1.' }),
    guard: z
      .number()
      .openapi({ description: 'The share above which publishing it asks for a confirmation.' }),
  })
  .openapi('DefinitionForecast');
export const publishedSchema = wholeVersionSchema
  .extend({ forecast: forecastSchema })
  .openapi('PublishedDefinition');

export const changesSchema = z
  .object({
    items: z.array(
      z.object({
        source: z.string().nullable(),
        scope: z.string(),
        path: z.string(),
        before: z.string().nullable(),
        after: z.string().nullable(),
        text: z.string(),
      }),
    ),
  })
  .openapi('DefinitionDiff');

export const logEntrySchema = z
  .object({
    at: z.string(),
    what: z.enum(['drafted', 'edited', 'signed', 'discarded', 'published', 'rolled_back']),
    by: z.string(),
    draft: z.string().nullable(),
    number: z.number().int().nullable(),
    hash: z.string(),
    data: z.record(z.string(), z.unknown()),
  })
  .openapi('DefinitionLogEntry');

export const faultViews = (faults: readonly Fault[]): z.infer<typeof faultsSchema> =>
  faults.map((fault) => ({ ...fault }));

/** A version in the form of the API; `newest` is the number of the current one. */
export function versionView(row: VersionSummary, newest: number): z.infer<typeof versionSchema> {
  const { number, hash, name, note, signed } = row;
  return {
    ...{ kind: 'version', number, hash, name, current: number === newest },
    signed: { marketing: signed.marketing ?? null, sales: signed.sales ?? null },
    ...{ note, publishedAt: row.published_at.toISOString(), publishedBy: row.published_by },
  };
}

export function wholeVersionView(row: VersionRow, newest: number): z.infer<typeof wholeVersionSchema> {
  return { ...versionView(row, newest), document: row.document };
}

/** A draft in the form of the API, with the signatures that hold for its present content. */
export function draftView(row: DraftSummary): z.infer<typeof draftSchema> {
  const { id, name, hash, revision, note, state, signed } = row;
  return {
    ...{ kind: 'draft', id, name, hash, revision, basedOn: row.based_on, note },
    signed: { marketing: signed.marketing ?? null, sales: signed.sales ?? null },
    ...{ state, publishedAs: row.published_as, createdBy: row.created_by },
    ...{ createdAt: row.created_at.toISOString(), updatedAt: row.updated_at.toISOString() },
  };
}

export function wholeDraftView(row: DraftRow, faults: readonly Fault[]): z.infer<typeof wholeDraftSchema> {
  return { ...draftView(row), document: row.document, faults: faultViews(faults) };
}

export const forecastView = (forecast: Forecast): z.infer<typeof forecastSchema> => ({ ...forecast });

export function logEntryView(row: LogRow): z.infer<typeof logEntrySchema> {
  const { what, by, draft, number, hash, data } = row;
  return { at: row.at.toISOString(), ...{ what, by, draft, number, hash, data } };
}
