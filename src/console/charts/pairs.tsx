/** A bar for before and one for after per row, with a limit where there is one. */
import { numberWords } from '../../insight/backtest/words.js';
import { barLook, ChartFigure, type FigureProps } from './figure.js';
import { percent, shortened } from './scale.js';

interface PairRow {
  readonly name: string;
  /** At the end of the name's line. */
  readonly note: string;
  readonly before: number;
  readonly after: number;
  readonly limit?: number | null;
}

interface PairChartProps extends Omit<FigureProps, 'height'> {
  readonly rows: readonly PairRow[];
}

const ROW_PX = 58;
const BAR_PX = 11;
const BARS_TOP_PX = 20;
/** The rest is for the numbers at the bars' ends. */
const REACH = 90;

export function PairChart({ rows, ...figure }: PairChartProps) {
  const bars = rows.flatMap(({ before, after }) => [before, after]);
  const most = Math.max(1, ...bars);
  // A limit far above all bars would press them together; it then lies beyond the edge.
  const limits = rows.flatMap(({ limit }) => (typeof limit === 'number' && limit <= most * 2 ? limit : []));
  const unit = REACH / Math.max(most, ...limits);
  return (
    <ChartFigure {...figure} height={rows.length * ROW_PX}>
      {rows.map((row, index) => (
        <Row chart={figure.id} row={row} y={index * ROW_PX} unit={unit} />
      ))}
    </ChartFigure>
  );
}

function Row({ chart, row, y, unit }: { chart: string; row: PairRow; y: number; unit: number }) {
  const { name, note, before, after, limit = null } = row;
  const top = y + BARS_TOP_PX;
  const at = limit === null || limit * unit > REACH ? null : percent(limit * unit);
  return (
    <g>
      <title>{`${name}: ${note}`}</title>
      <text class="name" x="0" y={y + 13}>
        {shortened(name)}
      </text>
      <text class="tick" x="100%" y={y + 13} text-anchor="end">
        {note}
      </text>
      {([before, after] as const).map((value, index) => (
        <>
          <rect
            {...barLook(chart, index === 0 ? 'same' : 'after')}
            x="0"
            width={percent(value * unit)}
            y={top + index * (BAR_PX + 1)}
            height={BAR_PX}
          />
          <text class="value small" x={percent(value * unit + 1)} y={top + index * (BAR_PX + 1) + 10}>
            {numberWords(value)}
          </text>
        </>
      ))}
      {at !== null &&
        ['halo', 'limit'].map((look) => (
          <line class={`line ${look}`} x1={at} x2={at} y1={top - 1} y2={top + 2 * BAR_PX + 3} />
        ))}
    </g>
  );
}
