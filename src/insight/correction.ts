/** What labelling one event machine or human would change, in data and words, and what could be done about it then. */
import { knownTraits, loggedEvent } from '../definition/facts.js';
import { presentLeads } from '../definition/replay.js';
import { subjectOf } from '../definition/subject.js';
import type { DefinitionBook } from '../definition/versions.js';
import { isAct } from '../domain/engagement.js';
import type { LeadState } from '../domain/state.js';
import type { Db } from '../store/database.js';
import { readLead } from '../store/handoffs.js';
import { handoffClosedFor } from '../store/read/commands.js';
import { findHandoff, type HandoffSummary } from '../store/read/handoffs.js';
import { lifePages } from '../store/read/life.js';
import { listReps, type Rep } from '../store/reps.js';
import type { LogRow } from '../store/stream-log.js';
import { type Correction, compareLives, type HandoffChange } from './correction-lives.js';
import { type DueNow, type Labelled, labelNow } from './correction-now.js';
import { type Offer, offersFor } from './correction-offers.js';
import { CorrectionTongue } from './correction-words.js';

export interface CorrectionPreview {
  /** The present nurture period without the label and with it. */
  readonly before: Labelled;
  readonly after: Labelled;
  readonly handoffs: readonly (HandoffChange & { readonly text: string })[];
  readonly due: (DueNow & { readonly text: string }) | null;
  /** What would set right, once the label is given, what was done without it. */
  readonly offers: readonly Offer[];
  readonly text: string;
}

/** Whether a label means anything for a type of event: only what a lead does can be a machine's or a person's. */
export const isCorrectable = (type: string): boolean => isAct(type);

/** More reps than any team has. */
const REPS_MAX = 100_000;

/**
 * Compares a lead's life with and without a label on one of its events, under the present definition and up to `nowMs`;
 * what is open now is as recorded. `by` is the handle of the rep who asks, for the offers. Changes nothing. Null when
 * the lead is gone: erased, or merged into another one.
 */
export async function previewCorrection(
  db: Db,
  book: Pick<DefinitionBook, 'current'>,
  leadId: string,
  correction: Correction & { readonly by?: string | undefined },
  nowMs: number,
): Promise<CorrectionPreview | null> {
  const published = await book.current();
  const [present] = await presentLeads(db, published, [leadId], nowMs);
  const row = await readLead(db, leadId);
  if (!present || !row) return null;
  const rows: LogRow[] = [];
  for await (const page of lifePages(db, leadId)) rows.push(...page);
  const event = rows.find(({ seq }) => seq === correction.seq);
  if (!event) return null;
  const now = await labelNow(db, published, present, rows, correction, nowMs);
  const reps = await listReps(db, { limit: REPS_MAX });
  const recorded = await recordedHandoffs(db, leadId, now.state);
  const idOf = new Map(reps.map(({ handle, id }) => [handle, id]));
  const lives = compareLives(
    {
      lead: {
        id: leadId,
        source: row.source,
        subjects: rows.map((one) => subjectOf(loggedEvent(one))),
        traits: knownTraits(row),
        owner: ownerBefore(row.owner_rep_id, recorded, reps),
        given: new Map(recorded.map(({ number, rep }) => [number, rep && (idOf.get(rep.handle) ?? null)])),
      },
      handoffs: recorded,
      reps,
    },
    published,
    correction,
    nowMs,
  );
  const closedFor = correction.label === 'human' ? await handoffClosedFor(db, leadId, correction.seq) : null;
  const policy = published.policyFor(now.state.source);
  const { timeZone } = published.definition.calendar;
  const tongue = new CorrectionTongue({ policy, timeZone, nowMs, type: event.type, ...correction });
  return {
    before: now.before,
    after: now.after,
    handoffs: lives.changes.map((change) => ({ ...change, text: tongue.change(change) })),
    due: now.due && { ...now.due, text: tongue.due(now.due) },
    offers: offersFor({ leadId, correction, now, lives, tongue, closedFor }),
    text: tongue.whole(now, lives.changes),
  };
}

/** What is on record of each handoff, in the state that the lead's newest events leave it in. */
async function recordedHandoffs(db: Db, leadId: string, lead: LeadState): Promise<HandoffSummary[]> {
  const { stage } = lead;
  const open = stage.name === 'handed_off' || stage.name === 'working' ? stage.handoff.number : null;
  const openState = stage.name === 'working' ? 'working' : 'awaiting';
  const found: HandoffSummary[] = [];
  for (let number = 1; number <= lead.handoffs; number += 1) {
    const handoff = await findHandoff(db, leadId, number);
    if (handoff) found.push({ ...handoff, state: number === open ? openState : 'closed' });
  }
  return found;
}

/** A lead that was handed off has its rep as its owner; who had it before is known only where nobody was routed to. */
function ownerBefore(
  owner: string | null,
  recorded: readonly HandoffSummary[],
  reps: readonly Rep[],
): string | null {
  return recorded.length === 0 && reps.some(({ id }) => id === owner) ? owner : null;
}
