/** One lead as it stands now, for previews. */
import { presentLeads } from '../definition/replay.js';
import type { PublishedDefinition } from '../definition/versions.js';
import type { CorePolicy } from '../domain/definition.js';
import type { LeadState } from '../domain/state.js';
import type { Db } from '../store/database.js';

/**
 * The newest recorded state of a lead, brought up to date with its log under the given definition, as of `nowMs`;
 * requests and effects stay unanswered and nothing is written. Null when there is no such lead (any more).
 */
export async function presentState(
  db: Db,
  published: PublishedDefinition,
  leadId: string,
  nowMs: number,
): Promise<{ state: LeadState; policy: CorePolicy } | null> {
  const [lead] = await presentLeads(db, published, [leadId], nowMs);
  return lead ? { state: lead.state, policy: lead.policy } : null;
}
