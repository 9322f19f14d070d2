/** What is to be done about an effect, by what the ledger knows of it: engine.md "Effects" as one table. */
import type { EffectKind } from '../domain/decision.js';
import type { LedgerRow } from '../store/ledger.js';
import type { Resolution } from './effects/act.js';

export type Move =
  | 'done'
  | 'skipped'
  /** Another attempt may still be under way, or the other side may not show it yet. */
  | 'wait'
  | 'send'
  /** Send again, marked as a repeat. */
  | 'repeat'
  /** Ask the other side first. */
  | 'ask'
  /** A person decides. */
  | 'park';

export const RESOLUTIONS: Readonly<Record<EffectKind, Resolution>> = {
  pause: 'again',
  resume: 'again',
  tag: 'again',
  untag: 'again',
  task: 'ask',
  task_update: 'again',
  alert: 'repeat_once',
  bridge: 'never',
  final: 'never',
};

/** How often an alert's fate may be unknown before it is not repeated any more. */
const REPEATS_MAX = 1;

export interface Surroundings {
  readonly resolution: Resolution;
  /** The request's time limit and the provider's index lag together. */
  readonly settlesAfterMs: number;
  /** A person asked for a retry since the row last changed. */
  readonly retryAsked: boolean;
}

/** The next move. A row that is still `sending` after its time counts as unknown: its process is gone. */
export function nextMove(
  row: Pick<LedgerRow, 'state' | 'unknowns' | 'ageMs'>,
  { resolution, settlesAfterMs, retryAsked }: Surroundings,
): Move {
  const settled = row.ageMs === null || row.ageMs >= settlesAfterMs;
  switch (row.state) {
    case 'confirmed':
      return 'done';
    case 'skipped':
      return 'skipped';
    case 'planned':
    case 'failed':
      return 'send';
    case 'sending':
      if (!settled) return 'wait';
      break;
    case 'unknown':
      if (!settled && (resolution !== 'never' || retryAsked)) return 'wait';
      break;
  }
  // A row found `sending` has not been counted yet.
  const unknowns = row.state === 'sending' ? row.unknowns + 1 : row.unknowns;
  switch (resolution) {
    case 'again':
      return 'send';
    case 'ask':
      return 'ask';
    case 'repeat_once':
      return unknowns <= REPEATS_MAX || retryAsked ? 'repeat' : 'park';
    case 'never':
      return retryAsked ? 'send' : 'park';
  }
}
