/** Which handoff under the second version is which under the first. */
import type { TriggerFired } from '../../domain/decision.js';
import type { Intent } from '../../domain/definition.js';
import type { Change } from './result.js';

/** A handoff as a walk had it. */
export interface WalkedHandoff {
  readonly number: number;
  readonly atMs: number;
  readonly trigger: { readonly kind: TriggerFired['kind']; readonly id: string };
  readonly intent: Intent;
  /** Milli-points. */
  readonly score: number;
  /** Id of the source whose rules held. */
  readonly source: string;
  /** Random id; null is the queue. */
  readonly rep: string | null;
  readonly slaDueAtMs: number | null;
  /** ISO date on which the rep's clock starts. */
  readonly day: string;
}

/** One handoff of a lead under both versions, or under one of them alone. */
export type Pair =
  | {
      readonly change: 'same' | 'changed' | 'earlier' | 'later';
      readonly before: WalkedHandoff;
      readonly after: WalkedHandoff;
    }
  | { readonly change: 'gained'; readonly before: null; readonly after: WalkedHandoff }
  | { readonly change: 'lost'; readonly before: WalkedHandoff; readonly after: null };

/**
 * Pairs one lead's handoffs, both lists in the order of time. Handoffs at the same instant belong together; between
 * two such, the first goes with the first and so on. What is left over is gained or lost.
 */
export function pairHandoffs(before: readonly WalkedHandoff[], after: readonly WalkedHandoff[]): Pair[] {
  const pairs: Pair[] = [];
  let [oldFrom, newFrom] = [0, 0];
  for (const [oldTo, newTo] of [...anchors(before, after), [before.length, after.length] as const]) {
    pairStretch(before.slice(oldFrom, oldTo), after.slice(newFrom, newTo), pairs);
    const [anchor, twin] = [before[oldTo], after[newTo]];
    if (anchor && twin) pairs.push(paired(anchor, twin));
    [oldFrom, newFrom] = [oldTo + 1, newTo + 1];
  }
  return pairs;
}

/** Places at which both lists have a handoff of the same instant. */
function anchors(
  before: readonly WalkedHandoff[],
  after: readonly WalkedHandoff[],
): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  let next = 0;
  for (const [place, { atMs }] of before.entries()) {
    while ((after[next]?.atMs ?? Number.POSITIVE_INFINITY) < atMs) next += 1;
    if (after[next]?.atMs !== atMs) continue;
    found.push([place, next]);
    next += 1;
  }
  return found;
}

function pairStretch(before: readonly WalkedHandoff[], after: readonly WalkedHandoff[], pairs: Pair[]): void {
  for (let place = 0; place < Math.max(before.length, after.length); place += 1) {
    const [old, now] = [before[place], after[place]];
    if (old && now) pairs.push(paired(old, now));
    else if (now) pairs.push({ change: 'gained', before: null, after: now });
    else if (old) pairs.push({ change: 'lost', before: old, after: null });
  }
}

function paired(before: WalkedHandoff, after: WalkedHandoff): Pair {
  return { change: changeOf(before, after), before, after };
}

function changeOf(before: WalkedHandoff, after: WalkedHandoff): Exclude<Change, 'gained' | 'lost'> {
  if (after.atMs !== before.atMs) return after.atMs < before.atMs ? 'earlier' : 'later';
  const { trigger, intent } = before;
  const same =
    trigger.kind === after.trigger.kind && trigger.id === after.trigger.id && intent === after.intent;
  return same ? 'same' : 'changed';
}

/**
 * What of a lead's pairs counts for a period: handoffs from its first instant up to and without its last. A pair that
 * lies across the period's edge counts as lost or gained, by the one of the two that lies within: the other is
 * nobody's work in this period.
 */
export function withinPeriod(
  pairs: readonly Pair[],
  period: { readonly fromMs: number; readonly toMs: number },
): { readonly pairs: Pair[]; readonly movedOver: number } {
  const within = (handoff: WalkedHandoff | null): handoff is WalkedHandoff =>
    handoff !== null && handoff.atMs >= period.fromMs && handoff.atMs < period.toMs;
  const kept: Pair[] = [];
  let movedOver = 0;
  for (const pair of pairs) {
    const { before, after } = pair;
    if ((before === null || within(before)) && (after === null || within(after))) {
      kept.push(pair);
      continue;
    }
    const inside = [before, after].find(within);
    if (!inside) continue;
    movedOver += 1;
    kept.push(
      inside === before
        ? { change: 'lost', before: inside, after: null }
        : { change: 'gained', before: null, after: inside },
    );
  }
  return { pairs: kept, movedOver };
}
