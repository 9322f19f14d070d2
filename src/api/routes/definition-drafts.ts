/** `/v1/definitions`: drafting, signing, publishing and rolling back. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { createDraft, discardDraft, draftFaults, editDraft, signDraft } from '../../definition/drafts.js';
import type { DefinitionBook } from '../../definition/versions.js';
import { type Published, type PublishRequest, publishDraft, rollBack } from '../../insight/publish.js';
import type { Db } from '../../store/database.js';
import { findVersion } from '../../store/definitions.js';
import { hasScope } from '../auth.js';
import { draftId, told, versionNumber } from '../definition-lookup.js';
import { documentIn, guardDocument } from '../document-body.js';
import type { AppEnv } from '../env.js';
import { conflict, notFound, Problem, problems } from '../problem.js';
import { body, guard, guardJson, json, resource } from '../route.js';
import { text } from '../schemas/common.js';
import {
  draftEditSchema,
  draftSchema,
  draftView,
  editedDraftSchema,
  forecastView,
  newDraftSchema,
  publishedSchema,
  publishSchema,
  signatureSchema,
  wholeDraftSchema,
  wholeDraftView,
  wholeVersionView,
} from '../schemas/definition.js';

const tags = ['Definitions'];
const drafters = ['sales', 'marketing', 'manager'] as const;
const publishers = ['marketing', 'manager'] as const;
const path = (name: string, description: string) =>
  z.object({
    version: text(100).openapi({ param: { name: 'version', in: 'path' }, description, example: name }),
  });
const draftParams = path('d_1a2b3c', 'The id of a draft.');
const versionParams = path('3', 'The number of a version.');
const answers = { ...problems, ...notFound, ...conflict };

const postDraft = createRoute({
  method: 'post',
  path: '/v1/definitions',
  operationId: 'createDefinitionDraft',
  tags,
  summary: 'Begin a draft on top of the newest version',
  description:
    'It may be faulty, and is answered with its faults; only a sound one can be signed and published.',
  ...guardDocument(...drafters),
  request: { body: documentIn(newDraftSchema) },
  responses: { 201: json(wholeDraftSchema, 'The draft.'), ...problems },
});

const putDraft = createRoute({
  method: 'put',
  path: '/v1/definitions/{version}',
  operationId: 'editDefinitionDraft',
  tags,
  summary: 'Edit a draft',
  description: 'An edit that changes the content voids both signatures, and says so in `voided`.',
  ...guardDocument(...drafters),
  request: { params: draftParams, body: documentIn(draftEditSchema) },
  responses: { 200: json(editedDraftSchema, 'The draft as it is now.'), ...answers },
});

const deleteDraft = createRoute({
  method: 'delete',
  path: '/v1/definitions/{version}',
  operationId: 'discardDefinitionDraft',
  tags,
  summary: 'Discard a draft for good',
  ...guard(...drafters),
  request: { params: draftParams, query: z.object({ by: text(200).optional() }) },
  responses: { 200: json(draftSchema, 'The draft, discarded.'), ...answers },
});

const postSignature = createRoute({
  method: 'post',
  path: '/v1/definitions/{version}/sign',
  operationId: 'signDefinitionDraft',
  tags,
  summary: 'Sign a draft’s exact content for marketing or for sales',
  description:
    'For marketing the key needs the scope marketing, for sales it needs sales or manager. Publishing needs both.',
  ...guardJson(...drafters),
  request: { params: draftParams, body: body(signatureSchema) },
  responses: { 200: json(wholeDraftSchema, 'The draft with its signatures.'), ...answers },
});

const postPublish = createRoute({
  method: 'post',
  path: '/v1/definitions/{version}/publish',
  operationId: 'publishDefinitionDraft',
  tags,
  summary: 'Publish a draft that both sides have signed',
  description:
    'It becomes the next version and never changes again. Every gateway judges by it within a second; leads under way ' +
    'take it up when they next wake, and a handoff in flight keeps its own version. When it would hand off more than ' +
    '`publishGuard` of the open leads at once, the answer is 409 `confirmation_required` with `openLeads`, `handoffs`, ' +
    '`share` and `guard`: repeat with `confirmHandoffs`. With many leads it takes a while; closing the connection before ' +
    'the answer ends the look ahead, and nothing is published.',
  ...guardJson(...publishers),
  request: { params: draftParams, body: body(publishSchema) },
  responses: { 201: json(publishedSchema, 'The new version, and what was forecast.'), ...answers },
});

const postRollback = createRoute({
  method: 'post',
  path: '/v1/definitions/{version}/rollback',
  operationId: 'rollBackDefinition',
  tags,
  summary: 'Publish an older version again, under a new number',
  description: 'With the signatures that it had; otherwise as a publish.',
  ...guardJson(...publishers),
  request: { params: versionParams, body: body(publishSchema) },
  responses: { 201: json(publishedSchema, 'The new version, and what was forecast.'), ...answers },
});

export interface DraftRoutesDeps {
  readonly db: Db;
  readonly book: DefinitionBook;
  readonly now: () => number;
}

/** `POST /v1/definitions`, `PUT` and `DELETE` of a draft, its `/sign` and `/publish`, and a version's `/rollback`. */
export function definitionDraftRoutes(deps: DraftRoutesDeps): OpenAPIHono<AppEnv> {
  const { db } = deps;
  const now = () => new Date(deps.now());
  return resource()
    .openapi(postDraft, async (c) => {
      const { document, note = null, by = c.get('principal').name } = c.req.valid('json');
      const row = await createDraft(db, { document, note, by });
      return c.json(wholeDraftView(row, draftFaults(row, now())), 201);
    })
    .openapi(putDraft, async (c) => {
      const id = draftId(c.req.valid('param').version);
      const { by = c.get('principal').name, ...edit } = c.req.valid('json');
      const { draft, voided } = await told(editDraft(db, id, { ...edit, by }));
      return c.json({ ...wholeDraftView(draft, draftFaults(draft, now())), voided: [...voided] }, 200);
    })
    .openapi(deleteDraft, async (c) => {
      const id = draftId(c.req.valid('param').version);
      const { by = c.get('principal').name } = c.req.valid('query');
      return c.json(draftView(await told(discardDraft(db, id, by))), 200);
    })
    .openapi(postSignature, async (c) => {
      const id = draftId(c.req.valid('param').version);
      const { as: side, by = c.get('principal').name, hash } = c.req.valid('json');
      const scopes = side === 'marketing' ? (['marketing'] as const) : (['sales', 'manager'] as const);
      if (!scopes.some((scope) => hasScope(c.get('principal'), scope))) {
        const detail = `To sign for ${side} the key needs the scope ${scopes.join(' or ')}.`;
        throw new Problem('forbidden', { detail });
      }
      const signature = { side, by, now: now(), ...(hash !== undefined && { hash }) };
      const row = await told(signDraft(db, id, signature));
      return c.json(wholeDraftView(row, draftFaults(row, now())), 200);
    })
    .openapi(postPublish, async (c) => {
      const id = draftId(c.req.valid('param').version);
      const request = requestOf(c.req.valid('json'), c.get('principal').name, c.req.raw.signal);
      return c.json(await publishedView(publishDraft(deps, id, request)), 201);
    })
    .openapi(postRollback, async (c) => {
      const number = versionNumber(c.req.valid('param').version);
      if (number === null) {
        const detail =
          'A rollback names the number of the version to publish again; GET /v1/definitions lists them.';
        throw new Problem('not_found', { detail });
      }
      const request = requestOf(c.req.valid('json'), c.get('principal').name, c.req.raw.signal);
      return c.json(await publishedView(rollBack(deps, number, request)), 201);
    });

  function requestOf(
    { by, note, confirmHandoffs }: z.infer<typeof publishSchema>,
    keyName: string,
    signal: AbortSignal,
  ): PublishRequest {
    return {
      ...{ by: by ?? keyName, signal, nowMs: deps.now() },
      ...(note !== undefined && { note }),
      ...(confirmHandoffs !== undefined && { confirmHandoffs }),
    };
  }

  async function publishedView(publishing: Promise<Published>): Promise<z.infer<typeof publishedSchema>> {
    const { published, forecast } = await told(publishing);
    const { number } = published.ref;
    const row = await findVersion(db, number);
    if (!row) throw new Error(`Version ${number} was published and is not there.`);
    return { ...wholeVersionView(row, number), forecast: forecastView(forecast) };
  }
}
