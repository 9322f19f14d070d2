/** Checks of calendar, deadlines and routing. */
import type { Duration } from '../domain/definition.js';
import type { HandoffDefinition, TeamCalendar } from './document.js';
import { DAY_MS, durationText, MINUTE_MS } from './durations.js';
import { error, type Finding, type Path, warning } from './faults.js';
import type { Level } from './level.js';
import type { DocumentDraft } from './schema.js';

export function calendarFindings(
  draft: DocumentDraft,
  definition: HandoffDefinition,
  today?: string,
): readonly Finding[] {
  const findings: Finding[] = [];
  const { workingDays = [], holidays = [] } = draft.calendar ?? {};
  if (draft.calendar?.timeZone === undefined) {
    const message = `no time zone is said, so ${definition.calendar.timeZone} is assumed`;
    findings.push(warning(['calendar', 'timeZone'], message, 'calendar.timeZone'));
  }
  if (workingDayMs(definition.calendar) <= 0) {
    findings.push(
      error(['calendar', 'workingHours'], 'the working day ends before it begins', 'from before to'),
    );
  }
  findings.push(
    ...repeats(['calendar', 'workingDays'], workingDays),
    ...repeats(['calendar', 'holidays'], holidays),
  );
  for (const [index, date] of holidays.entries()) {
    if (today !== undefined && date < today) {
      findings.push(warning(['calendar', 'holidays', index], `${date} is in the past`, 'holidays to come'));
    }
  }
  return findings;
}

function repeats(path: Path, values: readonly string[]): Finding[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) < index
      ? [warning([...path, index], `${value} stands here twice`, 'every entry once')]
      : [],
  );
}

function workingDayMs({ workingHours: { from, to } }: TeamCalendar): number {
  const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  return (minutes(to) - minutes(from)) * MINUTE_MS;
}

/** Deadlines that contradict each other. */
export function slaFindings(level: Level, definition: HandoffDefinition): readonly Finding[] {
  const { path, draft, terms } = level;
  const { handoff, triggers } = terms.policy;
  const findings: Finding[] = [];
  const saysSla = draft.handoff?.sla !== undefined;
  if (triggers.fallback && (saysSla || draft.triggers?.fallback)) {
    const longest = Math.max(
      ...[handoff.sla.high, handoff.sla.warm].map((sla) => roughMs(sla.firstActivityWithin, definition)),
    );
    if (longest >= triggers.fallback.afterMs) {
      const where: Path = saysSla ? [...path, 'handoff', 'sla'] : [...path, 'triggers', 'fallback', 'after'];
      const message = `the SLA is longer than the fallback (${durationText(triggers.fallback.afterMs)}): a lead would wait for sales longer than in nurture`;
      findings.push(error(where, message, 'an SLA shorter than triggers.fallback.after'));
    }
    if (handoff.final && handoff.final.beforeFallbackMs >= triggers.fallback.afterMs) {
      const message = `the final mail would be due ${durationText(handoff.final.beforeFallbackMs)} before a fallback after ${durationText(triggers.fallback.afterMs)}`;
      findings.push(
        warning(
          [...path, 'triggers', 'fallback', 'after'],
          message,
          'a fallback after more than emails.final.at.beforeFallback',
        ),
      );
    }
  }
  const day = workingDayMs(definition.calendar);
  if (
    draft.handoff?.due &&
    day > 0 &&
    Math.max(handoff.due.sameDaySpillMs, handoff.due.sameDayMinimumMs) > day
  ) {
    const message = `sameDayMinimum and sameDaySpill are working time, and the working day has only ${durationText(day)}`;
    findings.push(error([...path, 'handoff', 'due'], message, `at most ${durationText(day)}`));
  }
  return findings;
}

/** How long a duration takes in an ordinary week. */
function roughMs(duration: Duration, { calendar }: HandoffDefinition): number {
  return 'ms' in duration ? duration.ms : (duration.businessDays * 7 * DAY_MS) / calendar.workingDays.length;
}

export function routingFindings({ routing }: DocumentDraft): readonly Finding[] {
  const ladder = routing?.ladder;
  if (!ladder) return [];
  const twice = ladder.flatMap((rung, index) =>
    ladder.indexOf(rung) < index
      ? [error(['routing', 'ladder', index], `${rung} stands here twice`, 'every rung once')]
      : [],
  );
  if (ladder.at(-1) === 'queue') return twice;
  return [
    ...twice,
    error(['routing', 'ladder'], 'a lead that no rung takes would go to nobody', 'queue as the last rung'),
  ];
}
