/** What a page says of a backtest's numbers and moments beside the words that every answer shares. */
import { Temporal } from 'temporal-polyfill';
import { capitalised } from '../definition/describe-words.js';
import type { BacktestResult, Counts, HandoffBrief, LaterOutcome } from '../insight/backtest/result.js';
import { dayWords, numberWords, outcomeName, percentWords, triggerName } from '../insight/backtest/words.js';

/** An ISO date for places with little room: `7 Sep`. */
export function shortDay(isoDate: string): string {
  const [day, month = ''] = dayWords(isoDate, false).split(' ');
  return `${day} ${month.slice(0, 3)}`;
}

/** An ISO date as `7 Sep 2026`. */
export const fullDay = (isoDate: string): string => `${shortDay(isoDate)} ${isoDate.slice(0, 4)}`;

/** An ISO instant as `7 Sep 2026, 14:30`. */
export function moment(iso: string, timeZone: string): string {
  const at = Temporal.Instant.from(iso).toZonedDateTimeISO(timeZone);
  const time = at.toPlainTime().toString({ smallestUnit: 'minute' });
  return `${fullDay(at.toPlainDate().toString())}, ${time}`;
}

/** `1 June 2026 to 30 August 2026`; with the time of day where the period does not begin and end at midnight. */
export function periodWords({ from, to, timeZone }: Omit<BacktestResult['period'], 'businessDays'>): string {
  const zoned = (iso: string) => Temporal.Instant.from(iso).toZonedDateTimeISO(timeZone);
  const [first, end] = [zoned(from), zoned(to)];
  const wholeDays = [first, end].every((at) => at.equals(at.startOfDay()));
  if (!wholeDays) return `${moment(from, timeZone)} to ${moment(to, timeZone)}`;
  const last = end.toPlainDate().subtract({ days: 1 });
  return `${dayWords(first.toPlainDate().toString(), true)} to ${dayWords(last.toString(), true)}`;
}

/** `14 more (12%)`, `3 fewer`, `as many`; a share only where there is something to compare with. */
export function differenceWords(before: number, after: number): string {
  if (after === before) return 'as many';
  const percents = before === 0 ? '' : ` (${percentWords(Math.abs(after - before) / before)})`;
  return `${numberWords(Math.abs(after - before))} ${after > before ? 'more' : 'fewer'}${percents}`;
}

/** `+3`, `−3`, `0`. */
export const signed = (value: number): string =>
  value === 0 ? '0' : `${value > 0 ? '+' : '−'}${numberWords(Math.abs(value))}`;

/** All numbers of a row in words. */
export function countsWords({ before, after, gained, lost, earlier, later, changed }: Counts): string {
  const moves = `${gained} new, ${lost} lost, ${earlier} earlier, ${later} later, ${changed} for another reason`;
  return `${numberWords(before)} before, ${numberWords(after)} after: ${moves}`;
}

/** As `outcomeName`, at the beginning of a cell. */
export const outcomeTitle = (outcome: LaterOutcome): string => capitalised(outcomeName(outcome));

/** As `triggerName`, at the beginning of a cell. */
export const triggerTitle = (kind: HandoffBrief['trigger'], id: string): string =>
  capitalised(triggerName(kind, id));
