/** Checks of points: whether a lead can reach what is asked of it. */
import type { SourcePolicy } from '../domain/definition.js';
import { error, type Finding, type Path, warning } from './faults.js';
import type { Level } from './level.js';

/** Milli-points that a lead can reach at most; Infinity where a rule may count without end. */
function reachable({ scoring }: SourcePolicy): number {
  const most = new Map(
    scoring.rules.map(({ id, points, atMost }) => {
      if (points <= 0) return [id, 0];
      // Other limits are per mail, link, resource or day, and there is always another one.
      return [id, atMost?.per === 'period' ? atMost.times * points : Number.POSITIVE_INFINITY];
    }),
  );
  let total = 0;
  for (const { rules, atMost } of scoring.groups) {
    const sum = rules.reduce((points, id) => points + (most.get(id) ?? 0), 0);
    total += Math.min(sum, atMost);
    for (const id of rules) most.delete(id);
  }
  return [...most.values()].reduce((sum, points) => sum + points, total);
}

function thresholdFindings({ path, draft, terms }: Level): Finding[] {
  if (draft.scoring === undefined) return [];
  const { scoring } = terms.policy;
  const most = reachable(terms.policy);
  if (most >= scoring.threshold) return [];
  const where =
    draft.scoring.threshold === undefined ? [...path, 'scoring'] : [...path, 'scoring', 'threshold'];
  const threshold = scoring.threshold / 1_000;
  if (most === 0) {
    const message = 'no rule adds points, so the score never hands a lead off';
    return [{ ...warning(where, message, 'a rule with positive points'), restsOn: pointsOf(path) }];
  }
  const finding = error(
    where,
    `no lead can reach ${threshold} points: the rules and their caps allow ${most / 1_000}`,
    `a threshold of at most ${most / 1_000}, or higher caps`,
  );
  return [{ ...finding, restsOn: pointsOf(path) }];
}

/** Whatever decides how many points there can be. */
function pointsOf(path: Path): Path[] {
  return [path, ['defaults']].flatMap((level) =>
    ['threshold', 'rules', 'groups'].map((key) => [...level, 'scoring', key]),
  );
}

/** Fit that no lead can have holds back every handoff by score. */
function fitFindings({ path, draft, terms }: Level): Finding[] {
  const { fit, fitAtLeast } = terms.policy.scoring;
  if (fitAtLeast === null || (draft.scoring?.fit === undefined && draft.scoring?.fitAtLeast === undefined))
    return [];
  const most = fit.reduce((sum, { points }) => sum + Math.max(0, points), 0);
  if (most >= fitAtLeast) return [];
  const finding = error(
    [...path, 'scoring', 'fitAtLeast'],
    `no lead can have a fit of ${fitAtLeast / 1_000}: the entries of fit allow ${most / 1_000}`,
    `at most ${most / 1_000}, or null for no such condition`,
  );
  return [{ ...finding, restsOn: [path, ['defaults']].map((level) => [...level, 'scoring', 'fit']) }];
}

function nothingFindings({ path, draft, terms }: Level): Finding[] {
  const { scoring, triggers } = terms.policy;
  if (
    !draft.triggers ||
    triggers.actions.length > 0 ||
    triggers.fallback ||
    reachable(terms.policy) >= scoring.threshold
  )
    return [];
  const message = 'no action, no score and no time hands a lead off, only a person';
  return [
    {
      ...warning([...path, 'triggers'], message, 'an action, a rule with points, or a fallback'),
      restsOn: pointsOf(path),
    },
  ];
}

/** Whether score, fit and triggers of a level can ever hand a lead off. */
export function scoreFindings(level: Level): readonly Finding[] {
  return [...thresholdFindings(level), ...fitFindings(level), ...nothingFindings(level)];
}
