/** Instants that only a calendar can place, for what happens after a handoff was prepared. */
import { createHash } from 'node:crypto';
import type { LeadActivities } from '../contracts/lead-workflow.js';
import { calendarFor, calendarHash, computeDeadline, repCalendar } from '../definition/calendar.js';
import type { RequestAnswer } from '../domain/lead-event.js';
import { readRep } from '../store/handoffs.js';
import type { ActivityDeps } from './deps.js';
import { passGate } from './gate.js';

/** Answers one instant per query, each by its rep's calendar, else the team's. */
export async function computeDeadlines(
  deps: ActivityDeps,
  input: Parameters<LeadActivities['computeDeadlines']>[0],
): Promise<RequestAnswer> {
  await passGate(deps.db, input.leadId);
  const { definition } = await deps.book.byNumber(input.definition.number);
  const instants: Record<string, number> = {};
  const hashes = new Set<string>();
  for (const [name, query] of Object.entries(input.request.queries)) {
    const rep = query.rep === null ? null : await readRep(deps.db, query.rep);
    const calendar = calendarFor(definition, rep && repCalendar(rep));
    instants[name] = computeDeadline(query, calendar);
    hashes.add(calendarHash(calendar));
  }
  return { request: 'deadlines', instants, calendarHash: oneHash([...hashes]) };
}

/** Queries of one request nearly always share a calendar; where they do not, the hash names the set. */
function oneHash(hashes: readonly string[]): string {
  const [only] = hashes;
  if (only !== undefined && hashes.length === 1) return only;
  return createHash('sha256')
    .update([...hashes].sort().join())
    .digest('hex')
    .slice(0, 16);
}
