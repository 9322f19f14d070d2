/** What giving an event a label does to a lead as it stands: the recorded life goes on from here, with the label in it. */
import { observeLog } from '../definition/facts.js';
import { fireDeadlines, type PresentLead } from '../definition/replay.js';
import type { PublishedDefinition } from '../definition/versions.js';
import type { Decision, TriggerFired } from '../domain/decision.js';
import type { CorePolicy } from '../domain/definition.js';
import { applyEngagement, emptyEngagement, settleClicks } from '../domain/engagement.js';
import type { CommandFact } from '../domain/lead-event.js';
import { scoreTotal } from '../domain/scoring.js';
import type { Engagement, LeadState } from '../domain/state.js';
import { refolded, step } from '../domain/step.js';
import type { Db } from '../store/database.js';
import type { LogRow } from '../store/stream-log.js';
import type { Correction } from './correction-lives.js';

/** The current nurture period under one labelling. */
export interface Labelled {
  /** Milli-points. */
  readonly score: number;
  readonly opens: number;
  readonly clicks: number;
}

/** A handoff that the label makes due now. */
export interface DueNow {
  /** Whether the label itself makes it, or somebody must have the lead judged. */
  readonly by: 'label' | 'judge';
  readonly trigger: TriggerFired;
}

export interface LabelledNow {
  /** The lead without the label, brought up to date. */
  readonly state: LeadState;
  readonly before: Labelled;
  readonly after: Labelled;
  readonly due: DueNow | null;
  /** The score reaches its threshold by the label, and this keeps it from handing off. */
  readonly held: Extract<Decision, { kind: 'hold' }> | null;
}

/** Labels an event of a present lead's log (`rows`, whole) at `nowMs`, as its workflow would; nothing is written. */
export async function labelNow(
  db: Db,
  published: PublishedDefinition,
  present: PresentLead,
  rows: readonly LogRow[],
  correction: Correction,
  nowMs: number,
): Promise<LabelledNow> {
  const { leadId, policy } = present;
  const at = Math.max(nowMs, present.state.at);
  const state = settled(present.state, policy, at);
  const told = step(state, commandAt(state, 'correct', at), policy).state;
  const labelled = rows
    .filter(({ seq }) => seq <= state.seq)
    .map((row) => (row.seq === correction.seq ? { ...row, label: correction.label } : row));
  let engagement = emptyEngagement();
  for (const fact of await observeLog(db, leadId, labelled, published, policy.source))
    if (fact.kind === 'engagement') engagement = applyEngagement(engagement, fact, policy, state.period);
  const folded = refolded(told, settleClicks(engagement, at, policy), policy);
  const after = settled(folded, policy, at);
  const judged = judge(after, policy, at);
  return {
    state,
    before: summary(state.engagement, at, policy),
    after: summary(folded.engagement, at, policy),
    due: dueNow(state, after, policy, at),
    held: judge(state, policy, at).hold === null ? judged.hold : null,
  };
}

function dueNow(before: LeadState, after: LeadState, policy: CorePolicy, at: number): DueNow | null {
  if (after.handoffs > before.handoffs) {
    const { stage } = after;
    const open = stage.name === 'handed_off' || stage.name === 'working' ? stage.handoff : null;
    return open && { by: 'label', trigger: open.trigger };
  }
  const { handoff } = judge(after, policy, at);
  return handoff && !judge(before, policy, at).handoff ? { by: 'judge', trigger: handoff.trigger } : null;
}

function judge(state: LeadState, policy: CorePolicy, at: number) {
  const { decisions } = step(state, commandAt(state, 'judge', at), policy);
  return {
    handoff: decisions.find((decision) => decision.kind === 'handoff') ?? null,
    hold: decisions.find((decision) => decision.kind === 'hold') ?? null,
  };
}

function commandAt(state: LeadState, command: 'correct' | 'judge', at: number): CommandFact {
  return { kind: 'command', command, commandId: 'preview', seq: state.seq + 1, at, acceptedAt: at };
}

/** Fires what is due by `at`; the fallback's barrier finds nothing new, because everything there is has been applied. */
function settled(state: LeadState, policy: CorePolicy, at: number): LeadState {
  const fired = fireDeadlines(state, policy, at);
  const barrier = fired.requests.find(
    (request) => request.request === 'barrier' && request.purpose === 'fallback',
  );
  if (!barrier) return fired;
  const answer = { request: 'barrier', throughSeq: fired.seq, asked: true } as const;
  const result = { ok: true, answer } as const;
  return step(fired, { kind: 'request_result', id: barrier.id, at, result }, policy).state;
}

function summary(engagement: Engagement, at: number, policy: CorePolicy): Labelled {
  return {
    score: scoreTotal(engagement, at, policy),
    opens: engagement.openedMails.length,
    clicks: engagement.clickedLinks.length,
  };
}
