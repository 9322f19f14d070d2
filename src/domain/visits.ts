/** Visits: acts of one counted trigger that are at least a gap apart, and whether enough of them lie within a window. */
import type { CoreAction } from './definition.js';

/** More visits than a trigger can ask for need not be remembered. */
const VISITS_MAX = 64;

type Terms = Pick<CoreAction, 'times' | 'withinMs' | 'visitGapMs'>;

/** Adds an act to the visits, ordered by instant; one within the gap of a known visit is the same visit. */
export function addVisit(visits: readonly number[], at: number, terms: Terms): readonly number[] {
  if (terms.visitGapMs > 0 && visits.some((visit) => Math.abs(visit - at) < terms.visitGapMs)) return visits;
  return [...visits, at].sort((a, b) => a - b).slice(-VISITS_MAX);
}

/**
 * How many visits lie in the fullest window that holds the visit at (or nearest before) `at`; the trigger holds
 * when that reaches `times`. Late events count: the window may reach forward as well as back.
 */
export function visitsAround(visits: readonly number[], at: number, terms: Terms): number {
  let most = 0;
  for (let first = 0; first < visits.length; first++) {
    const start = visits[first] ?? 0;
    if (start > at) break;
    if (start + terms.withinMs < at) continue;
    let inWindow = 0;
    for (const visit of visits) {
      if (visit >= start && visit <= start + terms.withinMs) inWindow++;
    }
    if (inWindow > most) most = inWindow;
  }
  return most;
}
