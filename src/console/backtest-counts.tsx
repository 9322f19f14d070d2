/** The parts of a backtest's report that count handoffs: per week, source, trigger, later outcome, and stages. */

import { capitalised } from '../definition/describe-words.js';
import type { BacktestResult, Counts } from '../insight/backtest/result.js';
import { counted, numberWords } from '../insight/backtest/words.js';
import {
  countsWords,
  differenceWords,
  fullDay,
  outcomeTitle,
  shortDay,
  signed,
  triggerTitle,
} from './backtest-words.js';
import { ColumnChart } from './charts/columns.js';
import { DivergingChart } from './charts/diverging.js';
import { PairChart } from './charts/pairs.js';
import { type Column, DataTable, DayCell, TableBehind } from './charts/table.js';

interface Part {
  readonly result: BacktestResult;
}

/** More rows would be longer than anybody reads; the table has all. */
const ROWS_MAX = 15;

const numeric = (...titles: string[]): Column[] => titles.map((title) => ({ title, numeric: true }));
const COUNT_COLUMNS = numeric(
  ...['Before', 'After', 'Difference', 'New', 'Lost', 'Earlier', 'Later', 'Another reason', 'The same'],
);
const SIDE_COLUMNS = numeric('Before', 'After', 'Difference');

const sides = ({ before, after }: { before: number; after: number }): string[] => [
  numberWords(before),
  numberWords(after),
  signed(after - before),
];
const countCells = (counts: Counts): string[] => [
  ...sides(counts),
  ...[counts.gained, counts.lost, counts.earlier, counts.later, counts.changed, counts.same].map(numberWords),
];
const arrowed = ({ before, after }: { before: number; after: number }): string =>
  `${numberWords(before)} → ${numberWords(after)}`;

/** Only those with new or lost ones; the most first. */
const gainersAndLosers = <Row extends Counts>(rows: readonly Row[]): Row[] =>
  rows
    .filter(({ gained, lost }) => gained + lost > 0)
    .sort((one, other) => other.gained + other.lost - one.gained - one.lost);

export function WeekSection({ result: { byWeek, before, after } }: Part) {
  const columns = byWeek.map(({ week, ...counts }) => ({
    label: shortDay(week),
    year: week.slice(0, 4),
    words: `Week of ${fullDay(week)}: ${countsWords(counts)}`,
    parts: [
      { look: 'same' as const, value: counts.same },
      { look: 'moved' as const, value: counts.earlier + counts.later + counts.changed },
      { look: 'gained' as const, value: counts.gained },
    ],
    lost: counts.lost,
    line: counts.before,
  }));
  return (
    <>
      <ColumnChart
        id="week-chart"
        caption="Handoffs per week, by the week’s Monday"
        description={weekWords(byWeek)}
        legend={[
          { look: 'before', text: `Before: all handoffs of ${before.label}` },
          { look: 'same', text: `After (${after.label}): the same as before` },
          { look: 'moved', text: 'After: earlier, later or for another reason' },
          { look: 'gained', text: 'After: new' },
          { look: 'lost', text: 'Lost (below the axis)' },
        ]}
        columns={columns}
      />
      <p>{weekWords(byWeek)}</p>
      <TableBehind
        summary="The numbers per week"
        caption="Handoffs per week. One that moves to another week counts where the new version makes it."
        columns={[{ title: 'Week of' }, ...COUNT_COLUMNS]}
        rows={byWeek.map(({ week, ...counts }) => [<DayCell on={week} />, ...countCells(counts)])}
      />
    </>
  );
}

function weekWords(weeks: BacktestResult['byWeek']): string {
  const [start] = weeks;
  if (!start) return 'The period has no week.';
  const change = (week: Counts): number => Math.abs(week.after - week.before);
  const peak = weeks.reduce((best, week) => (week.after > best.after ? week : best), start);
  const widest = weeks.reduce((best, week) => (change(week) > change(best) ? week : best), start);
  const difference =
    change(widest) === 0
      ? 'No week differs in number.'
      : `The largest difference is in the week of ${fullDay(widest.week)}: ${differenceWords(widest.before, widest.after)}, ${arrowed(widest)}.`;
  return `${counted(weeks.length, 'week')}. The busiest week after the change is that of ${fullDay(peak.week)} with ${counted(peak.after, 'handoff')}. ${difference}`;
}

export function SourceSection({ result: { bySource } }: Part) {
  const shown = gainersAndLosers(bySource).slice(0, ROWS_MAX);
  const [most] = shown;
  return (
    <>
      {most ? (
        <>
          <DivergingChart
            id="source-chart"
            caption="New and lost handoffs per source"
            description={`The most changes: ${most.title}, ${most.gained} new and ${most.lost} lost, ${arrowed(most)} handoffs.`}
            rows={shown.map(({ title, ...counts }) => ({ name: title, note: arrowed(counts), ...counts }))}
          />
          {shown.length < bySource.length && (
            <p>
              The chart shows the{' '}
              {shown.length === 1
                ? 'source with new or lost handoffs'
                : `${shown.length} sources with the most new and lost handoffs`}
              ; the table has all {bySource.length}.
            </p>
          )}
        </>
      ) : (
        <p>No source has new or lost handoffs.</p>
      )}
      <TableBehind
        summary="The numbers per source"
        caption="Handoffs per source"
        columns={[{ title: 'Source' }, ...COUNT_COLUMNS]}
        rows={bySource.map(({ title, ...counts }) => [title, ...countCells(counts)])}
      />
    </>
  );
}

export function TriggerSection({ result: { byTrigger } }: Part) {
  const named = byTrigger.map((row) => ({ ...row, name: triggerTitle(row.kind, row.id) }));
  const shown = named.slice(0, ROWS_MAX);
  const words = shown
    .map(({ name, before, after }) => `${name}: ${before} before, ${after} after.`)
    .join(' ');
  return (
    <>
      <PairChart
        id="trigger-chart"
        caption="Handoffs by what set them off"
        description={words}
        legend={[
          { look: 'same', text: 'Before' },
          { look: 'after', text: 'After' },
        ]}
        rows={shown.map((row) => ({ ...row, note: signed(row.after - row.before) }))}
      />
      {shown.length < named.length && (
        <p>
          The chart shows the {ROWS_MAX} triggers with the most handoffs; the table has all {named.length}.
        </p>
      )}
      <TableBehind
        summary="The numbers per trigger"
        caption="Handoffs by what set them off"
        columns={[{ title: 'Trigger' }, ...SIDE_COLUMNS]}
        rows={named.map((row) => [row.name, ...sides(row)])}
      />
    </>
  );
}

export function OutcomeSection({ result }: Part) {
  const rows = result.byOutcome.map(({ outcome, ...counts }) => ({ name: outcomeTitle(outcome), ...counts }));
  const told = gainersAndLosers(rows);
  return (
    <>
      {told.length === 0 ? (
        <p>No handoff is new or lost.</p>
      ) : (
        <DivergingChart
          id="outcome-chart"
          caption="New and lost handoffs, by how they ended on record"
          description={told
            .map(({ name, gained, lost }) => `${name}: ${gained} new, ${lost} lost.`)
            .join(' ')}
          rows={told.map((row) => ({ ...row, note: arrowed(row) }))}
        />
      )}
      <TableBehind
        summary="The numbers per outcome"
        caption="Handoffs by what became of the lead on record"
        columns={[{ title: 'Later outcome' }, ...COUNT_COLUMNS]}
        rows={rows.map(({ name, ...counts }) => [name, ...countCells(counts)])}
      />
    </>
  );
}

export function StageSection({ result: { stages } }: Part) {
  return (
    <DataTable
      caption="Leads in each stage when the period ends"
      columns={[{ title: 'Stage' }, ...SIDE_COLUMNS]}
      rows={stages.map((row) => [capitalised(row.stage.replaceAll('_', ' ')), ...sides(row)])}
    />
  );
}
