/** The task in the CRM: made once per handoff, then kept in step with it. */
import type { EffectArgs } from '../../domain/decision.js';
import { readHandoff, readLead, readRep } from '../../store/handoffs.js';
import { taskEffect } from '../../store/ledger.js';
import { packageText } from '../package-text.js';
import { assigneeOf, type EffectContext, nameOf, type Prepared, personFor } from './act.js';

export async function prepareTask(
  { deps, leadId, plan }: EffectContext,
  args: Extract<EffectArgs, { effect: 'task' }>,
): Promise<Prepared> {
  const lead = await readLead(deps.db, leadId);
  if (!lead || plan.handoff === null) return { kind: 'skip', code: null };
  const handoff = await readHandoff(deps.db, leadId, plan.handoff);
  const rep = args.rep === null ? null : await readRep(deps.db, args.rep);
  const task = {
    externalKey: plan.key,
    handoff: plan.handoff,
    person: personFor(lead),
    assignee: rep && assigneeOf(rep),
    title: `First contact: ${nameOf(lead)}`,
    text: packageText(handoff?.package ?? null),
    dueAtMs: args.dueAt,
  };
  return { kind: 'act', reference: null, call: (call) => deps.connectors.crm.createTask(task, call) };
}

export async function prepareTaskUpdate(
  { deps, leadId, plan }: EffectContext,
  args: Extract<EffectArgs, { effect: 'task_update' }>,
): Promise<Prepared> {
  const lead = await readLead(deps.db, leadId);
  if (!lead || plan.handoff === null) return { kind: 'skip', code: null };
  const task = await taskEffect(deps.db, leadId, plan.handoff);
  if (task?.state !== 'confirmed') {
    const gone = task === null || task.state === 'skipped';
    const error = gone
      ? 'This handoff has no task.'
      : `The task of this handoff is ${task.state}; it is changed once it exists.`;
    return { kind: 'fault', code: 'not_found', permanent: gone, error };
  }
  const rep = args.rep == null ? null : await readRep(deps.db, args.rep);
  const change = {
    externalKey: task.key,
    reference: task.reference,
    person: personFor(lead),
    change: args.change,
    ...(args.rep !== undefined && { assignee: rep && assigneeOf(rep) }),
    ...(args.dueAt !== undefined && { dueAtMs: args.dueAt }),
  };
  return {
    kind: 'act',
    reference: task.reference,
    call: (call) => deps.connectors.crm.updateTask(change, call),
  };
}
