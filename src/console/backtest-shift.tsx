/** By how many days handoffs come earlier or later. */
import type { BacktestResult, Spread } from '../insight/backtest/result.js';
import { counted, numberWords } from '../insight/backtest/words.js';
import { SpreadChart } from './charts/spread.js';
import { TableBehind } from './charts/table.js';

export function ShiftSection({ result: { shift, totals } }: { result: BacktestResult }) {
  const rows = [
    { side: 'earlier', spread: shift.earlier, count: totals.earlier },
    { side: 'later', spread: shift.later, count: totals.later },
  ].flatMap(({ side, spread, count }) => (spread ? [{ side, spread, count }] : []));
  const words = rows.map(({ side, spread, count }) => spreadWords(spread, side, count)).join(' ');
  if (rows.length === 0) return <p>How far they move was not recorded.</p>;
  return (
    <>
      <p>{words}</p>
      <SpreadChart
        id="shift-chart"
        caption="Days by which handoffs come earlier or later"
        description={words}
        {...shift}
      />
      <TableBehind
        summary="The numbers in days"
        caption="Days by which handoffs move"
        columns={[
          { title: 'Handoffs that come' },
          ...['Handoffs', 'A quarter move less than', 'Median', 'A quarter move more than'].map((title) => ({
            title,
            numeric: true,
          })),
        ]}
        rows={rows.map(({ side, spread, count }) => [
          side === 'earlier' ? 'Earlier' : 'Later',
          numberWords(count),
          ...[spread.lowerQuartile, spread.median, spread.upperQuartile].map(numberWords),
        ])}
      />
    </>
  );
}

function spreadWords({ median, lowerQuartile, upperQuartile }: Spread, side: string, count: number): string {
  if (count === 1) return `1 handoff comes ${numberWords(median)} days ${side}.`;
  return `${counted(count, 'handoff')} come ${side}, by ${numberWords(median)} days in the median; the middle half of them by ${numberWords(lowerQuartile)} to ${numberWords(upperQuartile)} days.`;
}
