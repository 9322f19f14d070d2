/** Whether events of a lead without a running workflow are worth starting one. */
import type { CorePolicy } from '../domain/definition.js';
import { absorb, firstDue, settleClick } from '../domain/engagement.js';
import type { LogFact } from '../domain/lead-event.js';
import type { LeadState } from '../domain/state.js';
import { wakes } from '../domain/wake.js';

export type WakeJudgement =
  | { readonly kind: 'wake' }
  | { readonly kind: 'log_only' }
  /** A click's machine check is still open; judge again at this instant. */
  | { readonly kind: 'wait'; readonly untilMs: number };

/** Judges a closed lead's undelivered facts together, as of `nowMs`: the clicks that must wait are settled as in a workflow. */
export function judgeWake(
  snapshot: LeadState,
  facts: readonly LogFact[],
  policy: CorePolicy,
  nowMs: number,
): WakeJudgement {
  const waiting = new Set<number>();
  for (const fact of facts) {
    const wake = wakes(snapshot, fact, policy);
    if (wake === 'now') return { kind: 'wake' };
    if (wake !== 'no') waiting.add(fact.seq);
  }
  if (waiting.size === 0) return { kind: 'log_only' };

  let engagement = snapshot.engagement;
  let human = false;
  const settleUpTo = (atMs: number) => {
    for (let due = firstDue(engagement, atMs); due; due = firstDue(engagement, atMs)) {
      const settled = settleClick(engagement, due, policy);
      engagement = settled.engagement;
      if (settled.machine === null && waiting.has(due.seq)) human = true;
    }
  };
  for (const fact of facts) {
    if (fact.kind !== 'engagement') continue;
    settleUpTo(fact.acceptedAt);
    const absorbed = absorb(engagement, fact, policy, snapshot.period);
    engagement = absorbed.engagement;
    if (absorbed.as === 'counted' && waiting.has(fact.seq)) human = true;
  }
  settleUpTo(nowMs);
  if (human) return { kind: 'wake' };
  const open = engagement.pending.filter(({ seq }) => waiting.has(seq)).map(({ settleAt }) => settleAt);
  return open.length === 0 ? { kind: 'log_only' } : { kind: 'wait', untilMs: Math.min(...open) };
}
