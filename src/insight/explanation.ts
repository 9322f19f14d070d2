/** A lead's score and what is missing for a handoff, folded anew from its log under the current definition. */
import { observeLog } from '../definition/facts.js';
import { localDate } from '../definition/local-date.js';
import type { DefinitionBook, PublishedDefinition } from '../definition/versions.js';
import { corePolicy } from '../domain/definition.js';
import { applyEngagement, emptyEngagement, settleClicks } from '../domain/engagement.js';
import { type Explanation, explain } from '../domain/explain.js';
import type { LeadState } from '../domain/state.js';
import { newLead, refolded } from '../domain/step.js';
import type { Db } from '../store/database.js';
import { lifePages } from '../store/read/life.js';
import { recordedStatus } from '../store/sendable.js';

export interface LeadExplanation extends Explanation {
  /** Milli-points. */
  readonly threshold: number;
  readonly fit: number;
  readonly definitionNumber: number;
}

/** Explains a lead at `atMs`. The log is read page by page, so that a lead that is a robot costs time and no memory. */
export async function explainLead(
  db: Db,
  book: Pick<DefinitionBook, 'current'>,
  lead: { readonly id: string; readonly source: string | null; readonly createdAt: Date },
  atMs: number,
): Promise<LeadExplanation> {
  const published = await book.current();
  const state = await stateOf(db, published, lead, atMs);
  const policy = published.policyFor(state.source);
  const core = corePolicy(policy, published.ref);
  let engagement = emptyEngagement();
  for await (const rows of lifePages(db, lead.id)) {
    for (const fact of await observeLog(db, lead.id, rows, published, state.source)) {
      if (fact.kind === 'engagement') engagement = applyEngagement(engagement, fact, core, state.period);
    }
  }
  const folded = refolded(state, settleClicks(engagement, atMs, core), core);
  const { timeZone } = published.definition.calendar;
  const day = (at: number) => localDate(at, timeZone);
  return {
    ...explain({ state: folded, policy, core, atMs, day }),
    threshold: core.scoring.threshold,
    fit: folded.engagement.fit,
    definitionNumber: published.ref.number,
  };
}

/** What the workflow recorded last; before its first record, a lead that has been nurtured since it came. */
async function stateOf(
  db: Db,
  published: PublishedDefinition,
  lead: { readonly id: string; readonly source: string | null; readonly createdAt: Date },
  atMs: number,
): Promise<LeadState> {
  const recorded = await recordedStatus(db, lead.id);
  if (recorded) return recorded.state;
  const made = newLead(lead.id, corePolicy(published.policyFor(lead.source), published.ref));
  const startedAt = lead.createdAt.getTime();
  return { ...made, at: atMs, period: { ...made.period, startedAt, allowedSince: startedAt } };
}
