/** What every kind of effect answers before it is tried: the call to make, or why there is none. */

import type { Assignee, Call, Person, Reference } from '../../connectors/ports.js';
import type { EffectPlan } from '../../domain/decision.js';
import type { FaultCode } from '../../domain/lead-event.js';
import type { Db } from '../../store/database.js';
import type { LeadRow, RepRow } from '../../store/handoffs.js';
import type { ActivityDeps } from '../deps.js';

/** How an attempt of unknown fate is resolved. */
export type Resolution = 'again' | 'ask' | 'repeat_once' | 'never';

export interface Act {
  readonly kind: 'act';
  /** The other side's name for it where it is known before the call, so that the ledger has it whatever happens. */
  readonly reference: string | null;
  call(call: Call): Promise<Reference>;
  /** Written together with the confirmation. */
  record?(trx: Db, reference: string | null): Promise<void>;
}

export type Prepared =
  | Act
  /** Not to be done any more, or not to this lead. */
  | { readonly kind: 'skip'; readonly code: FaultCode | null }
  /** Cannot be tried now; nothing was sent. */
  | { readonly kind: 'fault'; readonly code: FaultCode; readonly permanent: boolean; readonly error: string };

export interface EffectContext {
  readonly deps: ActivityDeps;
  readonly leadId: string;
  readonly plan: EffectPlan;
  /** An earlier attempt may have arrived. */
  readonly repeated: boolean;
}

export function personFor(lead: LeadRow): Person {
  return { leadId: lead.id, email: lead.email, name: lead.name };
}

export function assigneeOf(rep: RepRow): Assignee {
  return {
    repId: rep.id,
    name: rep.name,
    email: rep.email,
    slackId: rep.slack_id,
    crmOwnerId: rep.crm_owner_id,
  };
}

/** How a person is called where nobody knows the name. */
export function nameOf(lead: LeadRow): string {
  const who = lead.name ?? lead.email ?? 'A lead without a name';
  return lead.company === null ? who : `${who}, ${lead.company}`;
}
