/** Keeps the list projection with the same fold that the workflow uses. Idempotent by event number. */
import { observeLog } from '../definition/facts.js';
import type { PublishedDefinition } from '../definition/versions.js';
import { type CorePolicy, corePolicy } from '../domain/definition.js';
import { applyEngagement, emptyEngagement, settleClicks } from '../domain/engagement.js';
import type { LogFact } from '../domain/lead-event.js';
import { scoreAt } from '../domain/scoring.js';
import type { Engagement } from '../domain/state.js';
import type { Db } from '../store/database.js';
import { type ProjectionStart, projectionStart, writeProjection } from '../store/projection.js';
import { numberedRows } from '../store/stream-log.js';

export interface Observed {
  readonly published: PublishedDefinition;
  readonly source: string | null;
  readonly facts: readonly LogFact[];
}

/**
 * Folds a lead's facts into its projection, as of `nowMs`. Goes on from the workflow's recorded state wherever that
 * has seen as much, so corrections, refolds and new nurture periods arrive here by themselves; what the chosen start
 * has not seen and `facts` do not hold is read from the log again.
 */
export async function project(db: Db, leadId: string, observed: Observed, nowMs: number): Promise<void> {
  const { published, source } = observed;
  const policy = corePolicy(published.policyFor(source), published.ref);
  await db.transaction().execute(async (trx) => {
    const from = await projectionStart(trx, leadId);
    const start = chooseStart(from);
    const facts = await unseenFacts(trx, leadId, observed, {
      after: start.seq,
      through: from.projection?.seq ?? 0,
    });
    const engagement = settleClicks(fold(start, facts, policy), nowMs, policy);
    const lastHumanAt = Math.max(
      engagement.lastHumanAt ?? 0,
      from.projection?.last_engagement_at?.getTime() ?? 0,
    );
    await writeProjection(trx, {
      leadId,
      seq: facts.at(-1)?.seq ?? start.seq,
      period: start.period.number,
      score: scoreAt(engagement, nowMs, policy).total,
      fit: engagement.fit,
      threshold: policy.scoring.threshold,
      opens: engagement.openedMails.length,
      clicks: engagement.clickedLinks.length,
      scoreAsOf: new Date(nowMs),
      settleAt: earliest(engagement),
      // The newest act of any period: a new period forgets it, the list does not.
      lastEngagementAt: lastHumanAt > 0 ? new Date(lastHumanAt) : null,
      engagement,
    });
  });
}

interface Start {
  readonly seq: number;
  readonly engagement: Engagement;
  readonly period: { readonly number: number; readonly startedAt: number };
}

function chooseStart({ projection, period, newer }: ProjectionStart): Start {
  const current = period ?? { number: 1, startedAt: 0 };
  if (newer) return { ...newer, period: current };
  if (projection) return { seq: projection.seq, engagement: projection.engagement, period: current };
  return { seq: 0, engagement: emptyEngagement(), period: current };
}

/** Facts after the start: those given, and before or instead of them what was folded before and must be folded anew. */
async function unseenFacts(
  trx: Db,
  leadId: string,
  { published, source, facts }: Observed,
  range: { readonly after: number; readonly through: number },
): Promise<LogFact[]> {
  const first = facts[0]?.seq ?? range.through + 1;
  const rows = first > range.after + 1 ? await numberedRows(trx, leadId, range.after, first - 1) : [];
  const again = await observeLog(trx, leadId, rows, published, source);
  return [...again, ...facts.filter((fact) => fact.seq > range.after)];
}

function fold(start: Start, facts: readonly LogFact[], policy: CorePolicy): Engagement {
  return facts.reduce(
    (engagement, fact) =>
      fact.kind === 'engagement' ? applyEngagement(engagement, fact, policy, start.period) : engagement,
    start.engagement,
  );
}

function earliest({ pending }: Engagement): Date | null {
  if (pending.length === 0) return null;
  return new Date(Math.min(...pending.map(({ settleAt }) => settleAt)));
}
