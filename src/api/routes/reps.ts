/** `/v1/reps`: the salespeople that leads are handed to. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Db } from '../../store/database.js';
import {
  changeRep,
  createRep,
  findRep,
  importReps,
  listReps,
  putRep,
  type RepDraft,
} from '../../store/reps.js';
import type { AppEnv } from '../env.js';
import { pageFrom, pageOf, pageQuery, readCursor } from '../paging.js';
import { conflict, notFound, Problem, problems } from '../problem.js';
import { body, guard, guardJson, json, resource } from '../route.js';
import { handle } from '../schemas/common.js';
import {
  importedTeamSchema,
  type RepBody,
  repDraftSchema,
  repPatchSchema,
  repPutSchema,
  repSchema,
  repView,
  teamSchema,
} from '../schemas/rep.js';

const tags = ['Reps'];
const params = z.object({ id: handle.openapi({ param: { name: 'id', in: 'path' } }) });

const getReps = createRoute({
  method: 'get',
  path: '/v1/reps',
  operationId: 'listReps',
  tags,
  summary: 'List reps by id',
  ...guard('read', 'sales', 'marketing', 'manager'),
  request: { query: pageQuery },
  responses: { 200: json(pageOf(repSchema), 'A page of reps.'), ...problems },
});

const getRep = createRoute({
  method: 'get',
  path: '/v1/reps/{id}',
  operationId: 'getRep',
  tags,
  summary: 'One rep',
  ...guard('read', 'sales', 'marketing', 'manager'),
  request: { params },
  responses: { 200: json(repSchema, 'The rep.'), ...problems, ...notFound },
});

const postReps = createRoute({
  method: 'post',
  path: '/v1/reps',
  operationId: 'createReps',
  tags,
  summary: 'Make a rep, or bring a whole team up to date',
  description:
    'One rep is made, and refused when the id is taken. `{ "reps": [...] }` makes or replaces every rep that it names, ' +
    'all or none; reps that it does not name stay as they are.',
  ...guardJson('manager'),
  request: { body: body(z.union([teamSchema, repDraftSchema])) },
  responses: {
    200: json(importedTeamSchema, 'The team is up to date.'),
    201: json(repSchema, 'The rep is made.'),
    ...problems,
    ...conflict,
  },
});

const putOne = createRoute({
  method: 'put',
  path: '/v1/reps/{id}',
  operationId: 'putRep',
  tags,
  summary: 'Make a rep or replace it whole',
  description: 'What the body leaves out goes back to its default.',
  ...guardJson('manager'),
  request: { params, body: body(repPutSchema) },
  responses: {
    200: json(repSchema, 'The rep is replaced.'),
    201: json(repSchema, 'The rep is made.'),
    ...problems,
  },
});

const patchOne = createRoute({
  method: 'patch',
  path: '/v1/reps/{id}',
  operationId: 'changeRep',
  tags,
  summary: 'Change some fields of a rep',
  ...guardJson('manager'),
  request: { params, body: body(repPatchSchema) },
  responses: { 200: json(repSchema, 'The rep as it is now.'), ...problems, ...notFound },
});

const draftOf = ({ id, ...fields }: RepBody): RepDraft => ({ handle: id, ...fields });

/** `GET`, `POST /v1/reps` and `GET`, `PUT`, `PATCH /v1/reps/{id}`. */
export function repRoutes({ db }: { db: Db }): OpenAPIHono<AppEnv> {
  return resource()
    .openapi(getReps, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const [after] = readCursor(cursor, z.tuple([z.string().max(100)])) ?? [];
      const { rows, nextCursor } = pageFrom(
        await listReps(db, { limit: limit + 1, after }),
        limit,
        ({ id }) => [id],
      );
      return c.json({ items: rows.map(repView), nextCursor }, 200);
    })
    .openapi(getRep, async (c) => c.json(repView(found(await findRep(db, c.req.valid('param').id))), 200))
    .openapi(postReps, async (c) => {
      const wanted = c.req.valid('json');
      if ('reps' in wanted) {
        const team = await importReps(db, wanted.reps.map(draftOf));
        return c.json({ ...team, reps: team.reps.map(repView) }, 200);
      }
      const rep = await createRep(db, draftOf(wanted));
      if (!rep) {
        throw new Problem('conflict', {
          detail: `There is a rep ${wanted.id} already; change it with PUT or PATCH.`,
        });
      }
      return c.json(repView(rep), 201);
    })
    .openapi(putOne, async (c) => {
      const { id } = c.req.valid('param');
      const wanted = c.req.valid('json');
      if (wanted.id !== undefined && wanted.id !== id) {
        const message = `must be ${id}, as in the address; the id of a rep does not change`;
        throw new Problem('invalid', { detail: `id ${message}.`, errors: [{ path: 'id', message }] });
      }
      const { rep, created } = await putRep(db, draftOf({ ...wanted, id }));
      return created ? c.json(repView(rep), 201) : c.json(repView(rep), 200);
    })
    .openapi(patchOne, async (c) => {
      const rep = await changeRep(db, c.req.valid('param').id, c.req.valid('json'));
      return c.json(repView(found(rep)), 200);
    });
}

function found<Row>(row: Row | null): Row {
  if (row === null) throw new Problem('not_found', { detail: 'There is no rep with this id.' });
  return row;
}
