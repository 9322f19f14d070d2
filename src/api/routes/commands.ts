/** Commands on a lead (hand it off, judge it), and the verdicts of those that were answered 202. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { refusalText } from '../../insight/refusal.js';
import { findCommand } from '../../store/read/commands.js';
import { type Asked, ask, type CommandDeps, pending } from '../command-flow.js';
import type { AppEnv } from '../env.js';
import { knownLead, knownRep, rowId } from '../lookup.js';
import { conflict, notFound, Problem, problems } from '../problem.js';
import { body, guard, guardJson, json, resource } from '../route.js';
import {
  commandParams,
  commandSchema,
  idempotencyHeader,
  manualHandoffSchema,
  pendingSchema,
} from '../schemas/command.js';
import { iso, leadParams, leadSchema, leadView } from '../schemas/lead.js';

const answers = {
  200: json(leadSchema, 'Accepted; the lead as it is now.'),
  202: json(pendingSchema, 'Recorded; Temporal is away or slow. `Location` names where the verdict will be.'),
  ...problems,
  ...notFound,
  ...conflict,
};

const postHandoff = createRoute({
  method: 'post',
  path: '/v1/leads/{id}/handoffs',
  operationId: 'requestHandoff',
  tags: ['Handoffs'],
  summary: 'Hand a lead off now',
  description: 'By hand: warm, whatever score, cooldown and fit say. Refused while a handoff is open.',
  ...guardJson('sales', 'manager'),
  request: { headers: idempotencyHeader, params: leadParams, body: body(manualHandoffSchema) },
  responses: answers,
});

const postJudge = createRoute({
  method: 'post',
  path: '/v1/leads/{id}/judge',
  operationId: 'judgeLead',
  tags: ['Leads'],
  summary: 'Judge a lead now on everything it has',
  description:
    'For imported history, which triggers nothing by itself, and after corrections: score and time are looked at once.',
  ...guard('sales', 'marketing', 'manager'),
  request: { headers: idempotencyHeader, params: leadParams },
  responses: answers,
});

const getCommand = createRoute({
  method: 'get',
  path: '/v1/commands/{id}',
  operationId: 'getCommand',
  tags: ['Commands'],
  summary: 'What became of a command',
  ...guard('read', 'sales', 'marketing', 'manager'),
  request: { params: commandParams },
  responses: { 200: json(commandSchema, 'The command with its verdict.'), ...problems, ...notFound },
});

/** `POST /v1/leads/{id}/handoffs`, `POST /v1/leads/{id}/judge` and `GET /v1/commands/{id}`. */
export function commandRoutes(deps: CommandDeps): OpenAPIHono<AppEnv> {
  const { db, book, now } = deps;
  return resource()
    .openapi(postHandoff, async (c) => {
      const said = c.req.valid('json');
      const { by } = said;
      const { id: leadId } = await knownLead(db, c.req.valid('param').id);
      if (by !== undefined) await knownRep(db, by, 'by');
      return answer(c, deps, { leadId, command: { kind: 'handoff', by, words: said } });
    })
    .openapi(postJudge, async (c) => {
      const { id: leadId } = await knownLead(db, c.req.valid('param').id);
      return answer(c, deps, { leadId, command: { kind: 'judge', words: {} } });
    })
    .openapi(getCommand, async (c) => {
      const { id } = c.req.valid('param');
      const command = rowId.safeParse(id).success ? await findCommand(db, id) : null;
      if (!command) throw new Problem('not_found', { detail: 'There is no command with this id.' });
      const { verdict } = command;
      const status = verdict === null ? 'pending' : verdict.ok ? 'accepted' : 'refused';
      const text =
        verdict === null
          ? 'not decided yet'
          : verdict.ok
            ? (verdict.did ?? 'done').replaceAll('_', ' ')
            : await refusalText(db, book, { leadId: command.lead_id, verdict, nowMs: now() });
      return c.json(
        {
          commandId: command.id,
          leadId: command.lead_id,
          kind: command.kind,
          handoff: command.handoff,
          status: status as 'pending' | 'accepted' | 'refused',
          verdict: verdict && {
            did: verdict.did ?? null,
            code: verdict.code ?? null,
            handoff: verdict.handoff ?? null,
            outcome: verdict.outcome ?? null,
          },
          text,
          createdAt: command.created_at.toISOString(),
          decidedAt: iso(command.decided_at),
        },
        200,
      );
    });
}

async function answer(c: Context<AppEnv>, deps: CommandDeps, asked: Asked) {
  const answered = await ask(c, deps, asked);
  if (answered.status === 'pending') return pending(c, answered.commandId);
  return c.json(leadView(await knownLead(deps.db, asked.leadId), await deps.book.current()), 200);
}
