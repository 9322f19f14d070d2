/** Why a command was refused, with what the database knows: `handoff 1 ended: converted on 3 March by Ana`. */
import { localDate } from '../definition/local-date.js';
import type { DefinitionBook } from '../definition/versions.js';
import type { Verdict } from '../domain/decision.js';
import { refusalWords } from '../domain/refusal-words.js';
import { outcomeWords } from '../domain/timeline-words.js';
import type { Db } from '../store/database.js';
import { findHandoff } from '../store/read/handoffs.js';

/** A refusal in words, without a full stop. */
export async function refusalText(
  db: Db,
  book: Pick<DefinitionBook, 'current'>,
  { leadId, verdict, nowMs }: { readonly leadId: string; readonly verdict: Verdict; readonly nowMs: number },
): Promise<string> {
  const words = refusalWords(verdict);
  if (verdict.handoff === undefined) return words;
  const handoff = await findHandoff(db, leadId, verdict.handoff);
  if (handoff && verdict.code === 'same_rep' && handoff.rep)
    return `${handoff.rep.name} has handoff ${handoff.number} already`;
  if (handoff && verdict.code === 'handoff_open' && handoff.rep)
    return `handoff ${handoff.number} is open already, with ${handoff.rep.name}`;
  const outcome = handoff?.outcome;
  if (!handoff || !outcome || !ENDED.has(verdict.code ?? '')) return words;
  const { timeZone } = (await book.current()).definition.calendar;
  const on = outcome.at === null ? '' : ` on ${dayWords(outcome.at.getTime(), nowMs, timeZone)}`;
  const by = outcome.byName === null ? '' : ` by ${outcome.byName}`;
  const late = verdict.code === 'too_late_to_change' ? '; it is too late to change that' : '';
  return `handoff ${handoff.number} ended: ${outcomeWords(outcome.kind)}${on}${by}${late}`;
}

const ENDED: ReadonlySet<string> = new Set(['handoff_closed', 'too_late_to_change', 'not_open']);

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** `3 March`, with the year where it is not this one. */
export function dayWords(atMs: number, nowMs: number, timeZone: string): string {
  const [year, month, day] = localDate(atMs, timeZone).split('-');
  const [thisYear] = localDate(nowMs, timeZone).split('-');
  return `${Number(day)} ${MONTHS[Number(month) - 1]}${year === thisYear ? '' : ` ${year}`}`;
}
