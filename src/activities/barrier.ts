/** Before a lapse or the fallback is decided: what is in the log and not delivered yet, and what the CRM knows. */

import type { CrmActivity } from '../connectors/ports.js';
import type { BarrierAnswer, LeadActivities } from '../contracts/lead-workflow.js';
import { observeLog } from '../definition/facts.js';
import { recordCrmActivity } from '../store/crm-activity.js';
import { readHandoff, readLead } from '../store/handoffs.js';
import { eventsThrough } from '../store/lead-stream.js';
import { callWithin } from './call-within.js';
import { type ActivityDeps, requestTimeoutMs } from './deps.js';
import { passGate } from './gate.js';

type BarrierInput = Parameters<LeadActivities['barrier']>[0];

/**
 * Answers the lead's next events that were accepted by the barrier's instant. For an SLA the CRM is asked first, and
 * the activity it knows goes into the log as if it had been accepted at that instant; `asked` is false when the CRM
 * could not answer. A CRM that fails is a failure of the barrier: nothing is decided meanwhile.
 */
export async function barrier(deps: ActivityDeps, input: BarrierInput): Promise<BarrierAnswer> {
  const { leadId, request, afterSeq } = input;
  await passGate(deps.db, leadId, input.epoch);
  const asked = request.purpose === 'sla' ? await askCrm(deps, input) : true;
  const rows = await eventsThrough(deps.db, leadId, afterSeq, new Date(request.at));
  const published = await deps.book.byNumber(input.definition.number);
  const facts = await observeLog(deps.db, leadId, rows, published, input.source, 'each');
  const { ref } = await deps.book.current();
  const throughSeq = facts.at(-1)?.seq ?? afterSeq;
  return { facts, answer: { request: 'barrier', throughSeq, asked }, definition: ref.number };
}

async function askCrm(deps: ActivityDeps, { leadId, request, epoch }: BarrierInput): Promise<boolean> {
  if (request.handoff === null) return true;
  const lead = await readLead(deps.db, leadId);
  const handoff = await readHandoff(deps.db, leadId, request.handoff);
  if (!lead || !handoff) return true;
  const { crm } = deps.connectors;
  const sinceMs = handoff.started_at.getTime();
  const person = { leadId, email: lead.email, name: lead.name };
  const known = await callWithin(requestTimeoutMs(deps), (call) =>
    crm.findActivity({ person, sinceMs }, call),
  );
  if (known === 'cannot_answer') return false;
  const news = known.filter(
    (activity: CrmActivity) => activity.atMs >= sinceMs && activity.atMs <= request.at,
  );
  if (news.length === 0) return true;
  await deps.db.transaction().execute(async (trx) => {
    await passGate(trx, leadId, epoch);
    await recordCrmActivity(trx, {
      leadId,
      handoff: handoff.number,
      connector: crm.name,
      acceptedAtMs: request.at,
      activities: news,
    });
  });
  return true;
}
