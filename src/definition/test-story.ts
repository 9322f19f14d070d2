/** What a test's lead went through, decision by decision, in the words of the journal. */
import type { Decision } from '../domain/decision.js';
import { decisionWords, type Tongue } from '../domain/decision-words.js';
import { actPast } from '../domain/explain.js';
import { termsFor } from './document.js';
import { momentText } from './test-moment.js';
import type { TestBench, TestResult } from './test-run.js';

const LINES_MAX = 16;

/** At most some lines: a long life is cut in its middle. */
export function story(bench: TestBench, { test, recorder }: TestResult): string[] {
  const zone = bench.definition.calendar.timeZone;
  const tongue = tongueOf(bench, test.lead.source);
  const lines = recorder.told
    .filter(({ decision }) => matters(decision))
    .map(({ atMs, decision }) => `${momentText(atMs, zone)}  ${decisionWords(decision, tongue)}`);
  if (lines.length <= LINES_MAX) return lines;
  const half = LINES_MAX / 2;
  return [...lines.slice(0, half), `… ${lines.length - LINES_MAX} more …`, ...lines.slice(-half)];
}

/** Where reps are called by their ids, which tests choose. */
function tongueOf({ definition }: TestBench, source: string | null): Tongue {
  const { policy } = termsFor(definition, source);
  return {
    name: (id) => id,
    action: (id) => {
      const action = policy.triggers.actions.find((one) => one.id === id);
      return action ? actPast(action) : id;
    },
    moment: (atMs) => momentText(atMs, definition.calendar.timeZone),
    firstRep: () => null,
    machines: policy.machines,
  };
}

/** Machines are listed apart, and what Baton asks of other systems is mostly of no interest here. */
function matters(decision: Decision): boolean {
  switch (decision.kind) {
    case 'handoff':
    case 'add_act':
    case 'activity':
    case 'complete':
    case 'restore':
    case 'reassign':
    case 'period':
    case 'suppress':
    case 'hold':
    case 'follow_up':
      return true;
    case 'stage':
      return decision.to === 'dormant' || decision.from === 'dormant';
    case 'perform':
      return decision.effect.args.effect === 'final' || decision.effect.args.effect === 'bridge';
    case 'drop':
      return decision.effect === 'final' || decision.effect === 'bridge';
    case 'ignore':
      return (
        decision.reason !== 'machine' && decision.reason !== 'late_result' && decision.reason !== 'not_due'
      );
    case 'command':
      return !decision.verdict.ok;
    default:
      return false;
  }
}
