/** Reads what a lead's walk needs: its life, the reps as they are today, and what everybody is called. */
import { repCalendar } from '../../definition/calendar.js';
import { oneLine } from '../../domain/opener.js';
import { type BacktestRequest, logLength } from '../../store/backtests.js';
import type { Db } from '../../store/database.js';
import { publishJudgements } from '../../store/read/commands.js';
import { findLead } from '../../store/read/leads.js';
import { readLives } from '../../store/read/lives.js';
import { namesOf } from '../../store/read/names.js';
import { sidesOf } from '../backtest-service.js';
import { readLife } from './life.js';
import { type WalkView, walkView } from './walk-view.js';

/** A lead's walk under both versions of a backtest; null for one that is erased, merged away or unknown. */
export async function readWalk(db: Db, request: BacktestRequest, leadId: string): Promise<WalkView | null> {
  const events = await logLength(db, leadId);
  const known = events === null ? null : await findLead(db, leadId);
  if (events === null || !known) return null;
  const [fromMs, toMs] = [Date.parse(request.from), Date.parse(request.to)];
  const [text] = await readLives(db, [{ leadId, events }], toMs);
  if (!text) return null;
  const { lead } = readLife(text);
  const reps = await db.selectFrom('reps').selectAll().orderBy('handle').execute();
  const askers = lead.subjects.flatMap(({ event }) => {
    const { command } = event.body;
    return [command?.by, command?.rep].filter((id): id is string => typeof id === 'string');
  });
  const names = await namesOf(db, [...askers, ...reps.map(({ id }) => id)]);
  const called = oneLine(known.name ?? '') || 'the lead';
  const walked = reps.map((rep) => {
    const { id, handle, active, weight, role } = rep;
    return { id, handle, active, weight, inRotation: role === 'rep', calendar: repCalendar(rep) };
  });
  const published = await publishJudgements(db, leadId);
  return walkView({ lead, called, ...sidesOf(request), reps: walked, names, published, fromMs, toMs });
}
