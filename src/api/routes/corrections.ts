/** `/v1/leads/{id}/corrections`: a person says that an event was a machine's, or was not. */
import { createRoute, type OpenAPIHono, type z } from '@hono/zod-openapi';
import {
  type CorrectionPreview,
  isCorrectable,
  type Labelled,
  previewCorrection,
} from '../../insight/correction.js';
import type { Db } from '../../store/database.js';
import { type EventName, eventsNamed, labelEvent } from '../../store/read/events.js';
import { ask, type CommandDeps, pending } from '../command-flow.js';
import type { AppEnv } from '../env.js';
import { invalid, knownLead, knownRep } from '../lookup.js';
import { conflict, notFound, Problem, problems } from '../problem.js';
import { body, guardJson, json, resource } from '../route.js';
import { correctedSchema, correctionSchema, idempotencyHeader, pendingSchema } from '../schemas/command.js';
import { inPoints, leadParams } from '../schemas/lead.js';

const postCorrection = createRoute({
  method: 'post',
  path: '/v1/leads/{id}/corrections',
  operationId: 'correctEvent',
  tags: ['Leads'],
  summary: 'Label an event machine or human',
  description:
    'Score and counts of the current nurture period are folded anew; handoffs that were made stay made. With ' +
    '`dryRun: true` nothing changes, and the answer says what would.',
  ...guardJson('sales', 'marketing', 'manager'),
  request: { headers: idempotencyHeader, params: leadParams, body: body(correctionSchema) },
  responses: {
    200: json(correctedSchema, 'What the label changes, and whether it was applied.'),
    202: json(
      pendingSchema,
      'Recorded; Temporal is away or slow. `Location` names where the verdict will be.',
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
    const { label, dryRun, by, ...name } = c.req.valid('json');
    const lead = await knownLead(db, c.req.valid('param').id);
    if (by !== undefined) await knownRep(db, by, 'by');
    const { event, seq } = await meantEvent(db, lead.id, name);
    const preview = await previewCorrection(db, book, lead, { seq, label }, now());
    const view = { ...correctedView(event, seq, preview), label };
    if (dryRun) return c.json({ ...view, applied: false }, 200);
    const answered = await ask(c, deps, {
      leadId: lead.id,
      command: { kind: 'correct', target: seq, by, words: { seq, label } },
      also: (trx) => labelEvent(trx, event.position, label),
    });
    if (answered.status === 'pending') return pending(c, answered.commandId);
    return c.json({ ...view, applied: true }, 200);
  });
}

async function meantEvent(
  db: Db,
  leadId: string,
  { eventId, seq }: { readonly eventId?: string; readonly seq?: number },
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

function correctedView(
  event: EventName,
  seq: number,
  preview: CorrectionPreview,
): Omit<z.infer<typeof correctedSchema>, 'applied' | 'label'> {
  return {
    event: { seq, eventId: event.eventId, type: event.type, at: event.occurredAt.toISOString() },
    before: labelledView(preview.before),
    after: labelledView(preview.after),
    text: preview.text,
  };
}

function labelledView({ score, opens, clicks, crossedAtMs }: Labelled) {
  const crossedAt = crossedAtMs === null ? null : new Date(crossedAtMs).toISOString();
  return { score: inPoints(score), opens, clicks, crossedAt };
}
