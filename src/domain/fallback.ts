/** The time trigger: enough nurture, enough opens and clicks, and a call to action left unanswered. */
import type { CorePolicy } from './definition.js';
import type { LeadState } from './state.js';

/**
 * The first instant, not before the lead's logical time, at which every condition of the fallback holds, given what
 * is known now; null while a count is missing, nurture mail is not allowed, a follow-up is promised, or while only
 * imported history makes it hold.
 */
export function fallbackAt(state: LeadState, policy: CorePolicy): number | null {
  const imported = state.backfilledUntil;
  if (imported !== null && fallbackFrom(state, policy, imported) === imported) return null;
  return fallbackFrom(state, policy, state.at);
}

/** The first instant from `from` on at which the fallback holds, whether or not only imported history makes it hold. */
export function fallbackFrom(state: LeadState, policy: CorePolicy, from: number): number | null {
  const terms = policy.triggers.fallback;
  if (terms === null || state.stage.name !== 'nurturing' || state.followUp !== null) return null;
  const { allowedSince, allowedMs } = state.period;
  if (allowedSince === null) return null;
  const { openedMails, clickedLinks } = state.engagement;
  if (openedMails.length < terms.opens || clickedLinks.length < terms.clicks) return null;
  const after = allowedSince + Math.max(0, terms.afterMs - allowedMs);
  return firstUnanswered(state, policy, Math.max(after, from, state.cooldownUntil ?? after));
}

/** The first instant from `from` on at which the newest ripe call to action stands unanswered. */
function firstUnanswered(state: LeadState, policy: CorePolicy, from: number): number | null {
  const { fallback } = policy.triggers;
  if (fallback === null) return null;
  const { unansweredForMs, required } = fallback.cta;
  const sent = ctaInstants(state);
  const respondedAt = state.engagement.lastResponseAt;
  const holdsAt = (at: number): boolean => {
    const newest = sent.filter((sentAt) => sentAt + unansweredForMs <= at).at(-1);
    if (newest === undefined) return !required;
    return respondedAt === null || respondedAt < newest;
  };
  if (holdsAt(from)) return from;
  for (const sentAt of sent) {
    const ripeAt = sentAt + unansweredForMs;
    if (ripeAt > from && holdsAt(ripeAt)) return ripeAt;
  }
  return null;
}

/** The final marketing email counts as a direct-CTA mail, whoever sent it. */
function ctaInstants(state: LeadState): readonly number[] {
  const { finalSentAt } = state.period;
  if (finalSentAt === null) return state.engagement.ctaSentAt;
  return [...state.engagement.ctaSentAt, finalSentAt].sort((a, b) => a - b);
}
