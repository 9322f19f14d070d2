/** A period's engagement folded anew, and when it crossed the threshold: what a correction would change. */
import type { CorePolicy } from './definition.js';
import { absorb, emptyEngagement, firstDue, type PeriodBounds, settleClick } from './engagement.js';
import type { LogFact } from './lead-event.js';
import { scoreTotal } from './scoring.js';
import type { Engagement } from './state.js';
import { crosses } from './triggers.js';

/** Folds a log page by page. Imported history crosses nothing, as in a lead's workflow. */
export class CrossingFold {
  engagement: Engagement = emptyEngagement();
  /** The first instant of the period at which an act carried the score to the threshold. */
  crossedAt: number | null = null;

  constructor(
    private readonly policy: CorePolicy,
    private readonly period: PeriodBounds,
  ) {}

  add(facts: readonly LogFact[]): void {
    for (const fact of facts) {
      if (fact.kind !== 'engagement') continue;
      this.settle(fact.acceptedAt);
      const before = this.engagement;
      const absorbed = absorb(before, fact, this.policy, this.period);
      this.engagement = absorbed.engagement;
      if (absorbed.as === 'counted' && !fact.backfill) this.#cross(before, fact.acceptedAt);
    }
  }

  /** Lets the clicks whose wait is over by `atMs` count. */
  settle(atMs: number): void {
    for (let due = firstDue(this.engagement, atMs); due; due = firstDue(this.engagement, atMs)) {
      const before = this.engagement;
      const settled = settleClick(before, due, this.policy);
      this.engagement = settled.engagement;
      if (settled.machine === null && !due.backfill) this.#cross(before, due.settleAt);
    }
  }

  #cross(before: Engagement, atMs: number): void {
    if (this.crossedAt !== null || this.engagement.entries === before.entries) return;
    const total = scoreTotal(this.engagement, atMs, this.policy);
    if (crosses(before, total, atMs, this.policy)) this.crossedAt = atMs;
  }
}
