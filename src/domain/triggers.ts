/** Which triggers hold at an event: action, score, time, in this order; the first that holds is the trigger. */

import type { TriggerFired } from './decision.js';
import type { CoreAction, CorePolicy } from './definition.js';
import { fallbackFrom } from './fallback.js';
import { DAY_MS, scoreTotal } from './scoring.js';
import type { Engagement, LeadState } from './state.js';
import { visitsAround } from './visits.js';

/** An act as far as action triggers need it. */
export interface Act {
  readonly at: number;
  readonly acceptedAt: number;
  readonly triggers: readonly string[];
}

/** The action triggers that an act completes, in the definition's order; a counted one only with a new visit. */
export function actionsHeld(
  act: Act,
  before: Engagement,
  after: Engagement,
  policy: CorePolicy,
): { readonly fired: readonly TriggerFired[]; readonly stale: readonly string[] } {
  const fired: TriggerFired[] = [];
  const stale: string[] = [];
  for (const action of policy.triggers.actions) {
    if (!act.triggers.includes(action.id)) continue;
    const visits = visitCount(action, act, before, after);
    if (visits === null) continue;
    const old = act.acceptedAt - act.at > policy.triggers.freshnessMs;
    if (old && !policy.triggers.explicit.includes(action.id)) {
      stale.push(action.id);
      continue;
    }
    fired.push({
      kind: 'action',
      id: action.id,
      intent: action.intent,
      at: act.at,
      ...(action.times > 1 && { value: visits, threshold: action.times }),
      alsoHeld: [],
      ...(old && { stale: true }),
    });
  }
  return { fired, stale };
}

/** Null when the action does not hold; else how many visits (or 1) it held with. */
function visitCount(action: CoreAction, act: Act, before: Engagement, after: Engagement): number | null {
  if (action.times <= 1) return 1;
  const visits = after.visits[action.id];
  if (visits === undefined || visits === before.visits[action.id]) return null;
  const count = visitsAround(visits, act.at, action);
  return count >= action.times ? count : null;
}

/** Whether an act carried the score from below the threshold to `total`, the threshold or above, both taken at `atMs`. */
export function crosses(before: Engagement, total: number, atMs: number, policy: CorePolicy): boolean {
  const { threshold } = policy.scoring;
  return total >= threshold && scoreTotal(before, atMs, policy) < threshold;
}

export function scoreTrigger(total: number, atMs: number, policy: CorePolicy): TriggerFired {
  return {
    kind: 'score',
    id: 'score',
    intent: 'warm',
    at: atMs,
    value: total,
    threshold: policy.scoring.threshold,
    alsoHeld: [],
  };
}

export function fitHolds(state: LeadState, policy: CorePolicy): boolean {
  return policy.scoring.fitAtLeast === null || state.engagement.fit >= policy.scoring.fitAtLeast;
}

/** The time trigger, when everything it needs holds at `atMs`. */
export function timeTrigger(state: LeadState, atMs: number, policy: CorePolicy): TriggerFired | null {
  const from = fallbackFrom(state, policy, atMs);
  if (from === null || from > atMs) return null;
  const { allowedMs, allowedSince } = state.period;
  const nurturedMs = allowedMs + (allowedSince === null ? 0 : atMs - allowedSince);
  const days = Math.floor(nurturedMs / DAY_MS);
  const needed = Math.floor((policy.triggers.fallback?.afterMs ?? 0) / DAY_MS);
  return {
    kind: 'time',
    id: 'fallback',
    intent: 'warm',
    at: atMs,
    value: days,
    threshold: needed,
    alsoHeld: [],
  };
}

/** Joins what held at one instant: the first is the trigger, the others are named beside it. */
export function joinTriggers(held: readonly TriggerFired[]): TriggerFired | null {
  const [first, ...others] = held;
  if (first === undefined) return null;
  // Any high-intent action makes the handoff a high-intent one.
  const lead = first.kind === 'action' ? (held.find((trigger) => trigger.intent === 'high') ?? first) : first;
  const rest = lead === first ? others : held.filter((trigger) => trigger !== lead);
  return { ...lead, alsoHeld: rest.map((trigger) => trigger.id) };
}
