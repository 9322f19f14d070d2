/** What labelling one event machine or human would change: the same log, folded with the label and without. */
import { observeLog } from '../definition/facts.js';
import type { DefinitionBook } from '../definition/versions.js';
import { corePolicy } from '../domain/definition.js';
import { isAct } from '../domain/engagement.js';
import { CrossingFold } from '../domain/relabel.js';
import { scoreAt } from '../domain/scoring.js';
import { points } from '../domain/trigger-words.js';
import type { Db } from '../store/database.js';
import { lifePages } from '../store/read/life.js';
import { stateOf } from './explanation.js';

/** The current nurture period under one labelling. */
export interface Labelled {
  /** Milli-points at the instant that was asked about. */
  readonly score: number;
  readonly opens: number;
  readonly clicks: number;
  /** When an act first carried the score to the threshold in this period; imported history carries nothing. */
  readonly crossedAtMs: number | null;
}

export interface CorrectionPreview {
  readonly before: Labelled;
  readonly after: Labelled;
  readonly text: string;
}

/** Whether a label means anything for a type of event: only what a lead does can be a machine's or a person's. */
export const isCorrectable = (type: string): boolean => isAct(type);

/** Compares a lead's current period with and without a label on event number `seq`, at `atMs`. */
export async function previewCorrection(
  db: Db,
  book: Pick<DefinitionBook, 'current'>,
  lead: { readonly id: string; readonly source: string | null; readonly createdAt: Date },
  correction: { readonly seq: number; readonly label: 'machine' | 'human' },
  atMs: number,
): Promise<CorrectionPreview> {
  const published = await book.current();
  const { source, period } = await stateOf(db, published, lead, atMs);
  const core = corePolicy(published.policyFor(source), published.ref);
  const asIs = new CrossingFold(core, period);
  const corrected = new CrossingFold(core, period);
  for await (const rows of lifePages(db, lead.id)) {
    const relabelled = rows.map((row) =>
      row.seq === correction.seq ? { ...row, label: correction.label } : row,
    );
    asIs.add(await observeLog(db, lead.id, rows, published, source));
    corrected.add(await observeLog(db, lead.id, relabelled, published, source));
  }
  const ends = [asIs, corrected].map((fold): Labelled => {
    fold.settle(atMs);
    const { engagement, crossedAt } = fold;
    return {
      score: scoreAt(engagement, atMs, core).total,
      opens: engagement.openedMails.length,
      clicks: engagement.clickedLinks.length,
      crossedAtMs: crossedAt,
    };
  });
  const [before, after] = ends;
  if (!before || !after) throw new Error('Two folds have two ends.');
  return { before, after, text: previewWords(before, after, core.scoring.threshold) };
}

function previewWords(before: Labelled, after: Labelled, threshold: number): string {
  const score =
    before.score === after.score
      ? `The score stays at ${points(after.score)}`
      : `The score goes from ${points(before.score)} to ${points(after.score)}`;
  const limit = points(threshold);
  const crossed = before.crossedAtMs !== null;
  const crosses = after.crossedAtMs !== null;
  if (crossed && !crosses)
    return `${score}, and would not have reached ${limit} in this period. A handoff that was made stays made.`;
  if (!crossed && crosses)
    return `${score}, and would have reached ${limit} in this period. A correction by itself hands nothing off: judge the lead to have that decided.`;
  return `${score}; whether it reached ${limit} in this period does not change.`;
}
