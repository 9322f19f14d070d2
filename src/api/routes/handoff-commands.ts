/** What sales does with a handoff: activities, its disposition, giving it to somebody else. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { localDate } from '../../definition/local-date.js';
import { addObjection, dropObjection } from '../../store/objections.js';
import { type Asked, ask, type CommandDeps, pending } from '../command-flow.js';
import type { AppEnv } from '../env.js';
import { invalid, knownHandoff, knownLead, knownRep } from '../lookup.js';
import { conflict, notFound, Problem, problems } from '../problem.js';
import { body, guardJson, json, resource } from '../route.js';
import {
  activitySchema,
  dispositionSchema,
  idempotencyHeader,
  pendingSchema,
  reassignSchema,
} from '../schemas/command.js';
import { handoffParams, handoffSchema, handoffView } from '../schemas/handoff.js';

const tags = ['Handoffs'];

const answers = {
  200: json(handoffSchema, 'Accepted; the handoff as it is now.'),
  202: json(pendingSchema, 'Recorded; Temporal is away or slow. `Location` names where the verdict will be.'),
  ...problems,
  ...notFound,
  ...conflict,
};

const postActivity = createRoute({
  method: 'post',
  path: '/v1/handoffs/{leadId}/{n}/activities',
  operationId: 'recordActivity',
  tags,
  summary: 'Log contact with the lead',
  description: 'A call, an email, a meeting or a completed task meets the SLA; a note does not.',
  ...guardJson('sales', 'manager'),
  request: { headers: idempotencyHeader, params: handoffParams, body: body(activitySchema) },
  responses: answers,
});

const postDisposition = createRoute({
  method: 'post',
  path: '/v1/handoffs/{leadId}/{n}/disposition',
  operationId: 'recordDisposition',
  tags,
  summary: 'Say what came of a handoff, or change what was said',
  ...guardJson('sales', 'manager'),
  request: { headers: idempotencyHeader, params: handoffParams, body: body(dispositionSchema) },
  responses: answers,
});

const postReassign = createRoute({
  method: 'post',
  path: '/v1/handoffs/{leadId}/{n}/reassign',
  operationId: 'reassignHandoff',
  tags,
  summary: 'Give a handoff to another rep, or claim it from the queue',
  description: 'Task and SLA keep their instants; the new rep is alerted.',
  ...guardJson('sales', 'manager'),
  request: { headers: idempotencyHeader, params: handoffParams, body: body(reassignSchema) },
  responses: answers,
});

/** `POST /v1/handoffs/{leadId}/{n}/activities`, `/disposition` and `/reassign`. */
export function handoffCommandRoutes(deps: CommandDeps): OpenAPIHono<AppEnv> {
  const { db, book } = deps;
  return resource()
    .openapi(postActivity, async (c) => {
      const { leadId, n } = c.req.valid('param');
      const said = c.req.valid('json');
      const { kind, by } = said;
      const at = await whenDone(deps, said.at);
      if (by !== undefined) await knownRep(db, by, 'by');
      const command = { kind: 'activity', handoff: n, activity: kind, by, words: said } as const;
      return answer(c, deps, { leadId, n }, { leadId, command, ...(at && { at }) });
    })
    .openapi(postDisposition, async (c) => {
      const { leadId, n } = c.req.valid('param');
      const said = c.req.valid('json');
      const { disposition, followUpOn, objection, by } = said;
      await checkFollowUp(deps, disposition, followUpOn);
      const rep = by === undefined ? null : await knownRep(db, by, 'by');
      const command = { kind: 'disposition', handoff: n, disposition, followUpOn, by, words: said } as const;
      if (objection === undefined) return answer(c, deps, { leadId, n }, { leadId, command });
      const { source } = await knownLead(db, leadId);
      const heardFrom = rep?.id ?? c.get('principal').id;
      return answer(
        c,
        deps,
        { leadId, n },
        {
          leadId,
          command,
          also: (trx, { commandId }) =>
            addObjection(trx, { commandId, leadId, handoff: n, source, text: objection, by: heardFrom }),
        },
      );
    })
    .openapi(postReassign, async (c) => {
      const { leadId, n } = c.req.valid('param');
      const { rep: handle, by } = c.req.valid('json');
      const rep = await knownRep(db, handle, 'rep');
      if (!rep.active)
        throw invalid('rep', `${handle} is not active; a lead given to nobody would be dropped`);
      if (by !== undefined) await knownRep(db, by, 'by');
      const command = { kind: 'reassign', handoff: n, rep: rep.id, by, words: { rep: handle } } as const;
      return answer(c, deps, { leadId, n }, { leadId, command });
    });

  async function whenDone({ now }: CommandDeps, said: string | undefined): Promise<Date | null> {
    if (said === undefined) return null;
    const { futureToleranceMs } = (await book.current()).definition;
    const at = new Date(said);
    if (at.getTime() > now() + futureToleranceMs)
      throw invalid('at', 'is in the future; log what has been done');
    return at;
  }
}

async function checkFollowUp(
  { book, now }: CommandDeps,
  disposition: string,
  followUpOn: string | undefined,
): Promise<void> {
  if (followUpOn === undefined) return;
  if (disposition !== 'not_ready') {
    throw invalid('followUpOn', `goes with not_ready, and not with ${disposition}; leave it out`);
  }
  const { timeZone } = (await book.current()).definition.calendar;
  const today = localDate(now(), timeZone);
  if (followUpOn <= today) throw invalid('followUpOn', `must be after today, ${today}`);
}

async function answer(
  c: Context<AppEnv>,
  deps: CommandDeps,
  { leadId, n }: { readonly leadId: string; readonly n: number },
  asked: Asked,
) {
  await knownHandoff(deps.db, leadId, n);
  const answered = await ask(c, deps, asked).catch(async (error: unknown) => {
    await forgetObjection(deps, error);
    throw error;
  });
  if (answered.status === 'pending') return pending(c, answered.commandId);
  return c.json(handoffView(await knownHandoff(deps.db, leadId, n)), 200);
}

/** What was refused was not said: else a rep who tries again would be counted twice. */
async function forgetObjection({ db }: CommandDeps, error: unknown): Promise<void> {
  const commandId = error instanceof Problem ? error.options.extra?.commandId : undefined;
  if (typeof commandId === 'string') await dropObjection(db, commandId);
}
