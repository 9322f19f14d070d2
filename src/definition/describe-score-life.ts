/** The life that reaches the threshold of a score, found by search among acts that the rules themselves name. */
import type { SourcePolicy } from '../domain/definition.js';
import { scoreAt } from '../domain/scoring.js';
import type { ActMaker, MadeAct } from './describe-acts.js';
import {
  acted,
  born,
  handoffIn,
  KNOWN_BEFORE_MS,
  type LifeEvent,
  type LifeMaking,
  type NoLife,
  SETTLE_MS,
  type WalkedLife,
  walkLife,
} from './describe-lives.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './durations.js';
import type { WalkTurn } from './walk.js';

/** Past so many acts a score that is still short makes no readable example. */
const ACTS_MAX = 60;

/** The score: different acts first, a day apart, until the definition says that the threshold is reached. */
export function scoreLife(making: LifeMaking, momentMs: number): WalkedLife | NoLife {
  let best = 0;
  for (const stepMs of [DAY_MS, HOUR_MS, 10 * MINUTE_MS]) {
    const found = scoreLifeWithStep(making, momentMs, stepMs);
    if ('fired' in found) return found;
    best = Math.max(best, found.best);
    if (found.held !== null) return { why: found.held };
  }
  return best === 0
    ? { why: 'no act of a lead adds points' }
    : { why: `at most ${best / 1_000} points were reached with up to ${ACTS_MAX} acts of a lead` };
}

interface ScoreSearch {
  readonly best: number;
  /** What held the handoff back although the score was reached. */
  readonly held: string | null;
}

function scoreLifeWithStep(making: LifeMaking, momentMs: number, stepMs: number): WalkedLife | ScoreSearch {
  const rules = [...making.maker.policy.scoring.rules].filter(({ points }) => points > 0);
  const used = new Map<string, number>();
  const spent = new Set<string>();
  let acts: MadeAct[] = [];
  let best = 0;
  while (acts.length < ACTS_MAX) {
    const open = rules.filter(({ id }) => !spent.has(id));
    const next = open.sort((a, b) => (used.get(a.id) ?? 0) - (used.get(b.id) ?? 0) || b.points - a.points)[0];
    if (!next) break;
    const times = used.get(next.id) ?? 0;
    used.set(next.id, times + 1);
    const [act] = quietActs(making.maker, next, times, momentMs);
    if (!act) {
      spent.add(next.id);
      continue;
    }
    const life = laidOut(making, [...acts, act], momentMs, stepMs);
    const walked = walkLife(making, life, momentMs + SETTLE_MS);
    const fired = handoffIn(walked.turns, 1);
    if (fired?.handoff.trigger.kind === 'score') return { ...walked, fired };
    const held = heldBack(walked.turns);
    if (held !== null) return { best, held };
    const score = fired ? 0 : highest(walked.turns);
    if (score <= best) {
      spent.add(next.id);
      continue;
    }
    best = score;
    acts = [...acts, act];
  }
  return { best, held: null };
}

/** Acts that score by a rule and are no action by themselves. */
function quietActs(
  maker: ActMaker,
  rule: SourcePolicy['scoring']['rules'][number],
  number: number,
  atMs: number,
): readonly MadeAct[] {
  const once = new Set(maker.policy.triggers.actions.filter(({ times }) => times <= 1).map(({ id }) => id));
  return maker.acts(
    rule,
    number,
    atMs,
    ({ rules, triggers }) => rules.includes(rule.id) && !triggers.some((id) => once.has(id)),
  );
}

function laidOut(
  making: LifeMaking,
  acts: readonly MadeAct[],
  momentMs: number,
  stepMs: number,
): LifeEvent[] {
  const first = momentMs - (acts.length - 1) * stepMs;
  return [
    born(making, first - KNOWN_BEFORE_MS),
    ...acts.flatMap((act, index) => acted(making, act, first + index * stepMs)),
  ];
}

function highest(turns: readonly WalkTurn[]): number {
  const last = turns.at(-1);
  return last ? scoreAt(last.state.engagement, last.atMs, last.policy).total : 0;
}

function heldBack(turns: readonly WalkTurn[]): string | null {
  for (const { decisions, state } of turns) {
    const hold = decisions.find((decision) => decision.kind === 'hold');
    if (hold?.kind !== 'hold') continue;
    return hold.why === 'fit'
      ? `the threshold is reached, but the best fit that was found is ${state.engagement.fit / 1_000} points`
      : `the threshold is reached, but held back (${hold.why})`;
  }
  return null;
}
