/** What a change adds to the right of a middle line, and what it takes to the left of it. */
import { numberWords } from '../../insight/backtest/words.js';
import { barLook, ChartFigure, type FigureProps } from './figure.js';
import { percent, shortened } from './scale.js';

interface DivergingRow {
  readonly name: string;
  /** At the end of the name's line, such as `12 → 15`. */
  readonly note: string;
  readonly gained: number;
  readonly lost: number;
}

interface DivergingProps extends Omit<FigureProps, 'height' | 'legend'> {
  readonly rows: readonly DivergingRow[];
}

const ROW_PX = 52;
const BAR_PX = 16;
const BAR_TOP_PX = 19;
const MIDDLE = 50;
/** To either side; the rest is for the numbers at the bars' ends. */
const REACH = 39;

export function DivergingChart({ rows, ...figure }: DivergingProps) {
  const most = Math.max(1, ...rows.flatMap(({ gained, lost }) => [gained, lost]));
  const legend = [
    { look: 'lost', text: 'Lost (to the left)' },
    { look: 'gained', text: 'New (to the right)' },
  ] as const;
  return (
    <ChartFigure {...figure} legend={legend} height={rows.length * ROW_PX}>
      {rows.map((row, index) => (
        <Row chart={figure.id} row={row} y={index * ROW_PX} unit={REACH / most} />
      ))}
    </ChartFigure>
  );
}

function Row({ chart, row, y, unit }: { chart: string; row: DivergingRow; y: number; unit: number }) {
  const { name, note, gained, lost } = row;
  const [top, text] = [y + BAR_TOP_PX, y + BAR_TOP_PX + 13];
  return (
    <g>
      <title>{`${name}: ${note}, ${gained} new, ${lost} lost`}</title>
      <text class="name" x="0" y={y + 13}>
        {shortened(name)}
      </text>
      <text class="tick" x="100%" y={y + 13} text-anchor="end">
        {note}
      </text>
      <rect
        {...barLook(chart, 'lost')}
        x={percent(MIDDLE - lost * unit)}
        width={percent(lost * unit)}
        y={top}
        height={BAR_PX}
      />
      <rect
        {...barLook(chart, 'gained')}
        x={percent(MIDDLE)}
        width={percent(gained * unit)}
        y={top}
        height={BAR_PX}
      />
      <line class="axis" x1={percent(MIDDLE)} x2={percent(MIDDLE)} y1={top - 3} y2={top + BAR_PX + 3} />
      {lost > 0 && (
        <text class="value" x={percent(MIDDLE - lost * unit - 1)} y={text} text-anchor="end">
          −{numberWords(lost)}
        </text>
      )}
      {gained > 0 && (
        <text class="value" x={percent(MIDDLE + gained * unit + 1)} y={text}>
          +{numberWords(gained)}
        </text>
      )}
    </g>
  );
}
