/** What the command `judge` would do to leads, without giving it. */
import { nextDeadline } from '../domain/deadlines.js';
import type { TriggerFired } from '../domain/decision.js';
import { step } from '../domain/step.js';
import type { Db } from '../store/database.js';
import { fireDeadlines, type PresentLead, presentLeads } from './replay.js';
import type { PublishedDefinition } from './versions.js';

export interface Judgement {
  readonly leadId: string;
  readonly source: string;
  /** The handoff that it would start. Points are milli-points. */
  readonly handoff: {
    readonly trigger: TriggerFired;
    readonly score: number;
    readonly threshold: number;
  } | null;
  /** When the lead will look again by itself under this definition, unless it is handed off; null when never. */
  readonly nextAtMs: number | null;
  /** The score stands, and something else (fit, a cooldown, a suppression) holds it back. */
  readonly held: boolean;
  /** Its history was imported, and it waits to be judged with its import. */
  readonly imported: boolean;
  /** Sales has it by now; it may be that only what its workflow has not seen yet hands it off. */
  readonly handedOff: boolean;
}

/** Judges leads on what they have at `nowMs`, by their ids; leads that are gone are left out. Give it few at once. */
export async function judgeLeads(
  db: Db,
  published: PublishedDefinition,
  leadIds: readonly string[],
  nowMs: number,
): Promise<Map<string, Judgement>> {
  const present = await presentLeads(db, published, leadIds, nowMs);
  return new Map(present.map((lead) => [lead.leadId, judge(lead, nowMs)]));
}

function judge({ leadId, state, policy }: PresentLead, nowMs: number): Judgement {
  const at = Math.max(nowMs, state.at);
  const before = fireDeadlines(state, policy, at);
  const { decisions } = step(
    before,
    {
      kind: 'command',
      command: 'judge',
      commandId: 'preview',
      seq: before.seq + 1,
      at,
      acceptedAt: at,
    },
    policy,
  );
  const started = decisions.find((decision) => decision.kind === 'handoff');
  const { threshold } = policy.scoring;
  return {
    leadId,
    source: before.source,
    nextAtMs: nextDeadline(before, policy)?.at ?? null,
    handoff: started ? { trigger: started.trigger, score: started.score, threshold } : null,
    held: decisions.some((decision) => decision.kind === 'hold'),
    imported: state.backfilledUntil !== null,
    handedOff: before.stage.name === 'handed_off' || before.stage.name === 'working',
  };
}
