/** A correction's consequences in the form of the API. */
import type { CorrectionPreview } from '../insight/correction.js';
import type { EventName } from '../store/read/events.js';
import type { CorrectedReply } from './schemas/command.js';
import { triggerView } from './schemas/handoff.js';
import { inPoints, iso } from './schemas/lead.js';

/** As it stands before the label is given. */
export function correctedView(
  { seq, eventId, type, occurredAt }: EventName & { readonly seq: number },
  label: CorrectedReply['label'],
  preview: CorrectionPreview,
): CorrectedReply {
  const { before, after, handoffs, due, offers, text } = preview;
  return {
    applied: false,
    event: { seq, eventId, type, at: occurredAt.toISOString() },
    label,
    before: { ...before, score: inPoints(before.score) },
    after: { ...after, score: inPoints(after.score) },
    handoffs: handoffs.map(handoffView),
    dueNow: due && { ...due, trigger: triggerView(due.trigger) },
    offers: offers.map(({ request, ...offer }) => ({
      ...offer,
      request: { ...request, body: request.body && { ...request.body } },
    })),
    compensated: [],
    text,
  };
}

function handoffView({
  change,
  recorded,
  would,
  text,
}: CorrectionPreview['handoffs'][number]): CorrectedReply['handoffs'][number] {
  const outcome = recorded?.outcome ?? null;
  return {
    change,
    number: recorded?.number ?? null,
    at: iso(recorded?.startedAt),
    trigger: recorded && triggerView(recorded.trigger),
    state: recorded?.state ?? null,
    rep: recorded?.rep ? { id: recorded.rep.handle, name: recorded.rep.name } : null,
    outcome: outcome && { kind: outcome.kind, at: iso(outcome.at), by: outcome.by },
    would: would && { at: new Date(would.atMs).toISOString(), trigger: triggerView(would.trigger) },
    text,
  };
}
