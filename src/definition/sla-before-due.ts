/** Whether sales can be out of time before its task is even due. */
import type { HandoffPolicy, Intent } from '../domain/definition.js';
import { handoffDeadlines } from './calendar.js';
import { type TeamCalendar, WEEKDAYS } from './document.js';
import { DAY_MS, MINUTE_MS } from './durations.js';

/** 2024-01-01, a Monday: the probes happen in this week and are the same for every definition. */
const MONDAY_MS = Date.UTC(2024, 0, 1);

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/**
 * Whether the SLA of handoffs of one intent ends before their task is due: `always`, `sometimes` (it depends on the day
 * and the hour) or `never`. Judged in the team's ordinary week, without holidays, absences and changes of the clock; a
 * calendar in which nobody works is `never`.
 */
export function slaBeforeDue(
  terms: HandoffPolicy,
  intent: Intent,
  { workingDays, workingHours }: TeamCalendar,
): 'always' | 'sometimes' | 'never' {
  const calendar = { timeZone: 'UTC', workingDays, workingHours, holidays: [], absences: [] };
  const [opensMs, closesMs] = [workingHours.from, workingHours.to].map((time) => minutesOf(time) * MINUTE_MS);
  if (opensMs === undefined || closesMs === undefined || closesMs <= opensMs) return 'never';
  // Between these the two deadlines only move on together or apart evenly, so nothing else can happen there.
  const lastSameDayMs = Math.max(opensMs, closesMs - terms.due.sameDayMinimumMs);
  const turns = [
    opensMs - 1,
    opensMs,
    lastSameDayMs,
    Math.min(lastSameDayMs + 1, closesMs - 1),
    closesMs - 1,
    closesMs,
  ];
  const early = WEEKDAYS.flatMap((day, index) => (workingDays.includes(day) ? [index] : [])).flatMap(
    (index) =>
      turns.map((turnMs) => {
        const startedAt = MONDAY_MS + index * DAY_MS + turnMs;
        const { slaDueAt, taskDueAt } = handoffDeadlines({ startedAt, intent, terms, calendar });
        return slaDueAt < taskDueAt;
      }),
  );
  if (!early.includes(true)) return 'never';
  return early.includes(false) ? 'sometimes' : 'always';
}
