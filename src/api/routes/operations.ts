/** What operators ask for: the sample's removal, and a comparison of the database with Temporal. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Db } from '../../store/database.js';
import { deleteSample, tombstoneSample } from '../../store/sample.js';
import { chunk } from '../../store/sql.js';
import type { AppEnv, Operations } from '../env.js';
import { Problem, problems } from '../problem.js';
import { guard, json, resource } from '../route.js';

const tags = ['Operations'];
const RETRY_AFTER_S = 5;
/** Leads whose workflows are ended at the same time. */
const AT_ONCE = 8;

const deleteSampleRoute = createRoute({
  method: 'delete',
  path: '/v1/sample',
  operationId: 'deleteSample',
  tags,
  summary: 'Remove the sample story',
  description:
    'Ends the workflows of the sample leads and deletes everything about them, and the sample reps that no other lead ' +
    'was handed to. Repeat it after a failure; when nothing is left, it answers 0.',
  ...guard('admin'),
  responses: {
    200: json(z.object({ leads: z.number().int() }).openapi('SampleRemoved'), 'The sample is gone.'),
    ...problems,
  },
});

const postReconcile = createRoute({
  method: 'post',
  path: '/v1/system/reconcile',
  operationId: 'reconcile',
  tags,
  summary: 'Compare every open lead with its workflow, and set right what differs',
  description:
    'After a restored backup or a terminated run. It asks every open workflow, so it may take minutes.',
  ...guard('admin'),
  responses: {
    200: json(
      z.looseObject({ checked: z.number().int().optional() }).openapi('ReconcileReport'),
      'What was found.',
    ),
    ...problems,
  },
});

export interface OperationRoutesDeps {
  readonly db: Db;
  readonly operations?: Operations;
}

/** `DELETE /v1/sample` and `POST /v1/system/reconcile`. */
export function operationRoutes({ db, operations }: OperationRoutesDeps): OpenAPIHono<AppEnv> {
  return resource()
    .openapi(deleteSampleRoute, async (c) => {
      const temporal = wired(operations);
      const leadIds = await tombstoneSample(db);
      await endAll(temporal, leadIds);
      await deleteSample(db, leadIds);
      // A courier that had a delivery in hand may have begun a run after the first look.
      await endAll(temporal, leadIds);
      return c.json({ leads: leadIds.length }, 200);
    })
    .openapi(postReconcile, async (c) => {
      const report = await reached(() => wired(operations).reconcile());
      return c.json({ ...report }, 200);
    });
}

async function endAll(operations: Operations, leadIds: readonly string[]): Promise<void> {
  for (const group of chunk(leadIds, AT_ONCE))
    await reached(() => Promise.all(group.map((leadId) => operations.endRuns(leadId))));
}

function wired(operations: Operations | undefined): Operations {
  if (operations) return operations;
  const detail = 'This gateway has no connection to Temporal. Ask one that was started with `baton start`.';
  throw new Problem('unavailable', { detail, retryAfterS: RETRY_AFTER_S });
}

/** Whatever keeps Temporal from answering passes; what was done stays done, and the request can be repeated. */
async function reached<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Problem) throw error;
    const detail =
      'Temporal did not answer as it should. Send the request again; it goes on from where it was.';
    throw new Problem('unavailable', { detail, retryAfterS: RETRY_AFTER_S, cause: error });
  }
}
