/** `/v1/leads/{id}/proof` and `/v1/proofs`: recorded lives run again, and what came out otherwise. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { DefinitionBook } from '../../definition/versions.js';
import { type LeadProof, proveLead } from '../../insight/proof.js';
import type { Db } from '../../store/database.js';
import { leadsAfter } from '../../store/read/journal.js';
import type { AppEnv } from '../env.js';
import { knownLead, rowId } from '../lookup.js';
import { pageFrom, pageOf, pageQuery, readCursor } from '../paging.js';
import { notFound, problems } from '../problem.js';
import { guard, json, resource } from '../route.js';
import { leadParams } from '../schemas/lead.js';

const tags = ['Proof'];

const proofSchema = z
  .object({
    leadId: z.string(),
    events: z.number().openapi({ description: 'Events of the log that were applied again.' }),
    entries: z.number().openapi({ description: 'Entries of the journal whose decisions were compared.' }),
    differences: z
      .array(
        z.object({
          entry: z.number().nullable().openapi({
            description: "The journal's entry; null where the log decides something that the journal lacks.",
          }),
          afterSeq: z.number(),
          at: z.string(),
          recorded: z.array(z.unknown()),
          now: z.array(z.unknown()),
        }),
      )
      .openapi({ description: 'Empty when every decision was made again.' }),
  })
  .openapi('Proof');

const getProof = createRoute({
  method: 'get',
  path: '/v1/leads/{id}/proof',
  operationId: 'proveLead',
  tags,
  summary: "Run a lead's recorded life again",
  description:
    "The lead's log and the inputs that its journal recorded are put into the same functions that decided, in the " +
    'recorded order and under the recorded versions. Every decision must come out again, and what the log holds beyond the journal must decide nothing.',
  ...guard('read', 'manager'),
  request: { params: leadParams },
  responses: { 200: json(proofSchema, 'What was compared.'), ...problems, ...notFound },
});

const listProofs = createRoute({
  method: 'get',
  path: '/v1/proofs',
  operationId: 'proveLeads',
  tags,
  summary: 'Run the recorded lives of all leads again, page by page',
  ...guard('read', 'manager'),
  request: { query: pageQuery },
  responses: {
    200: json(pageOf(proofSchema), 'A page of proofs, in the order of the leads’ ids.'),
    ...problems,
  },
});

const cursorShape = z.tuple([rowId]);

interface ProofDeps {
  readonly db: Db;
  readonly book: DefinitionBook;
  readonly now: () => number;
}

/** `GET /v1/leads/{id}/proof` and `GET /v1/proofs`. */
export function proofRoutes({ db, book, now }: ProofDeps): OpenAPIHono<AppEnv> {
  return resource()
    .openapi(getProof, async (c) => {
      const { id } = await knownLead(db, c.req.valid('param').id);
      return c.json(viewOf((await proveLead(db, book, id, now())) ?? nothing(id)), 200);
    })
    .openapi(listProofs, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const [after] = readCursor(cursor, cursorShape) ?? [''];
      const { rows, nextCursor } = pageFrom(await leadsAfter(db, after, limit + 1), limit, (id) => [id]);
      const items = [];
      for (const id of rows) items.push(viewOf((await proveLead(db, book, id, now())) ?? nothing(id)));
      return c.json({ items, nextCursor }, 200);
    });
}

/** Erased between the list and the look. */
const nothing = (leadId: string): LeadProof => ({ leadId, events: 0, entries: 0, differences: [] });

const viewOf = ({ differences, ...proof }: LeadProof): z.infer<typeof proofSchema> => ({
  ...proof,
  differences: differences.map(({ recorded, now, ...where }) => ({
    ...where,
    recorded: [...recorded],
    now: [...now],
  })),
});
