/** `/v1/leads/{id}/corrections`: a person says that an event was a machine's, or was not. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { isCorrectable, previewCorrection } from '../../insight/correction.js';
import { noteOnCommand } from '../../store/commands.js';
import type { Db } from '../../store/database.js';
import { findCommand } from '../../store/read/commands.js';
import { type EventName, eventsNamed, labelEvent } from '../../store/read/events.js';
import { ask, type CommandDeps, pending } from '../command-flow.js';
import { checkNamed, compensate } from '../compensation.js';
import { correctedView } from '../corrected-view.js';
import type { AppEnv } from '../env.js';
import { invalid, knownLead, knownRep } from '../lookup.js';
import { conflict, notFound, Problem, problems } from '../problem.js';
import { body, guardJson, json, resource } from '../route.js';
import {
  type CorrectedReply,
  correctedSchema,
  correctionSchema,
  idempotencyHeader,
  pendingSchema,
} from '../schemas/command.js';
import { leadParams } from '../schemas/lead.js';

const postCorrection = createRoute({
  method: 'post',
  path: '/v1/leads/{id}/corrections',
  operationId: 'correctEvent',
  tags: ['Leads'],
  summary: 'Label an event machine or human',
  description:
    'Score and counts of the current nurture period are folded anew; handoffs that were made stay made. The answer ' +
    'names those that would not have been made, or at another time, and offers what sets that right, as requests ' +
    'ready to send; `compensate` sends them at once. With `dryRun: true` nothing changes.',
  ...guardJson('sales', 'marketing', 'manager'),
  request: { headers: idempotencyHeader, params: leadParams, body: body(correctionSchema) },
  responses: {
    200: json(correctedSchema, 'What the label changes, and whether it was applied.'),
    202: json(
      pendingSchema,
      'Recorded; Temporal is away or slow. `Location` names where the verdict will be. Nothing was compensated yet: ' +
        'repeat the request under the same Idempotency-Key.',
    ),
    ...problems,
    ...notFound,
    ...conflict,
  },
});

/** `POST /v1/leads/{id}/corrections`. */
export function correctionRoutes(deps: CommandDeps): OpenAPIHono<AppEnv> {
  const { db, book, now } = deps;
  return resource().openapi(postCorrection, async (c) => {
    const { label, dryRun, by, compensate: wanted, ...name } = c.req.valid('json');
    const lead = await knownLead(db, c.req.valid('param').id);
    if (by !== undefined) await knownRep(db, by, 'by');
    const { event, seq } = await meantEvent(db, lead.id, name);
    const preview = await previewCorrection(db, book, lead.id, { seq, label, by }, now());
    if (!preview) {
      const detail = 'This lead was merged into another one or is being erased; nothing is decided about it.';
      throw new Problem('conflict', { detail });
    }
    const view = correctedView({ ...event, seq }, label, preview);
    if (dryRun) return c.json(view, 200);
    const words = { seq, label, ...(wanted !== false && { compensate: wanted }) };
    const answered = await ask(c, deps, {
      leadId: lead.id,
      command: { kind: 'correct', target: seq, label, by, words },
      also: async (trx, { commandId }) => {
        checkNamed(c, view.offers, wanted);
        await labelEvent(trx, event.position, label);
        await noteOnCommand(trx, commandId, { found: view });
      },
    });
    const { commandId } = answered;
    if (answered.status === 'pending') return pending(c, commandId);
    const first = await firstTold(db, commandId, view);
    const compensated = await compensate(c, deps, {
      ...{ leadId: lead.id, by, offers: first.offers, wanted },
      correction: { seq, label },
    });
    return c.json({ ...first, applied: true, compensated }, 200);
  });
}

/** What the request found when it was made first: by now the label is given, and changes nothing more. */
async function firstTold(db: Db, commandId: string, view: CorrectedReply): Promise<CorrectedReply> {
  const found = correctedSchema.safeParse((await findCommand(db, commandId))?.body.found);
  return found.success ? found.data : view;
}

async function meantEvent(
  db: Db,
  leadId: string,
  { eventId, seq }: { readonly eventId?: string | undefined; readonly seq?: number | undefined },
): Promise<{ event: EventName; seq: number }> {
  const path = seq === undefined ? 'eventId' : 'seq';
  const [event, another] = await eventsNamed(
    db,
    leadId,
    seq === undefined ? { eventId: eventId ?? '' } : { seq },
  );
  if (!event) throw invalid(path, "names no event of this lead; the timeline shows each event's number");
  if (another) throw invalid(path, 'names several events, of different senders; name it by `seq`');
  if (!isCorrectable(event.type)) {
    throw invalid(path, `names ${event.type}; only what a lead does can be a machine's or a person's`);
  }
  if (event.seq === null) {
    const detail = 'This event has only just come in and has no number yet; try again in a moment.';
    throw new Problem('conflict', { detail });
  }
  return { event, seq: event.seq };
}
