/** Alerts to the rep or the managers, with the package in plain language. */
import type { EffectArgs } from '../../domain/decision.js';
import {
  activeManagers,
  type HandoffRow,
  type RepRow,
  readHandoff,
  readLead,
  readRep,
} from '../../store/handoffs.js';
import { taskEffect } from '../../store/ledger.js';
import { alertWords } from '../alert-words.js';
import { assigneeOf, type EffectContext, nameOf, type Prepared } from './act.js';

export async function prepareAlert(
  { deps, leadId, plan, repeated }: EffectContext,
  args: Extract<EffectArgs, { effect: 'alert' }>,
): Promise<Prepared> {
  const lead = await readLead(deps.db, leadId);
  if (!lead) return { kind: 'skip', code: null };
  const handoff = plan.handoff === null ? null : await readHandoff(deps.db, leadId, plan.handoff);
  const rep = args.rep === null ? null : await readRep(deps.db, args.rep);
  // A handoff in the queue has nobody to tell but the managers.
  const audience = args.to === 'rep' && rep !== null ? 'rep' : 'managers';
  const recipients = audience === 'rep' && rep !== null ? [rep] : await activeManagers(deps.db);
  const task = plan.handoff === null ? null : await taskEffect(deps.db, leadId, plan.handoff);
  const words = alertWords({
    reason: args.reason,
    lead: nameOf(lead),
    rep: rep?.name ?? null,
    dueAtMs: args.dueAt ?? null,
    slaDueAtMs: handoff?.sla_due_at?.getTime() ?? null,
    timeZone: await zoneOf(deps, rep ?? recipients[0] ?? null, handoff),
    atMs: handoff?.started_at.getTime() ?? Date.now(),
    taskMissing: task !== null && (task.state === 'failed' || task.state === 'unknown'),
    package: handoff?.package ?? null,
    repeated,
  });
  const alert = {
    key: plan.key,
    leadId,
    handoff: plan.handoff,
    reason: args.reason,
    audience,
    recipients: recipients.map(assigneeOf),
    ...words,
    repeated,
  } as const;
  return { kind: 'act', reference: null, call: (call) => deps.connectors.alerts.send(alert, call) };
}

async function zoneOf(
  deps: EffectContext['deps'],
  rep: RepRow | null,
  handoff: HandoffRow | null,
): Promise<string> {
  if (rep?.time_zone != null) return rep.time_zone;
  const published = handoff ? await deps.book.byNumber(handoff.definition_number) : await deps.book.current();
  return published.definition.calendar.timeZone;
}
