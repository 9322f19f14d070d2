/** Columns through time with a line to compare them with, and what was lost below the axis. */
import { LEFT, RIGHT, type Scale, ValueAxis } from './axis.js';
import { barLook, ChartFigure, type FigureProps, type Look } from './figure.js';
import { percent, wholeStep } from './scale.js';

interface TimeColumn {
  /** Under the axis, such as `7 Sep`. */
  readonly label: string;
  readonly year: string;
  /** All its numbers in words; shown by the pointer. */
  readonly words: string;
  /** From the axis upwards. */
  readonly parts: readonly { readonly look: Look; readonly value: number }[];
  /** Below the axis. */
  readonly lost: number;
  /** The height of the line over this column. */
  readonly line: number;
}

interface ColumnChartProps extends Omit<FigureProps, 'height'> {
  readonly columns: readonly TimeColumn[];
}

const PLOT_PX = 230;
const TOP_PX = 14;
const LABELS_PX = 44;
/** Of the page's width: more than these would touch each other on a phone. */
const LABELS_MAX = 5;
const COLUMN_MAX = 10;

function scaleOf(columns: readonly TimeColumn[]): Scale {
  const heights = columns.flatMap(({ parts, line }) => [sum(parts), line]);
  const [highest, lowest] = [Math.max(1, ...heights), Math.max(0, ...columns.map(({ lost }) => lost))];
  const step = wholeStep(Math.max(highest, lowest));
  const top = Math.ceil(highest / step) * step;
  const unit = PLOT_PX / (top + lowest);
  const y = (value: number) => Math.round((TOP_PX + (top - value) * unit) * 10) / 10;
  return { step, top, bottom: lowest, y };
}

const sum = (parts: TimeColumn['parts']): number => parts.reduce((total, { value }) => total + value, 0);

export function ColumnChart({ columns, ...figure }: ColumnChartProps) {
  const scale = scaleOf(columns);
  const slot = (RIGHT - LEFT) / columns.length;
  const width = Math.min(slot * (columns.length > 90 ? 0.9 : 0.72), COLUMN_MAX);
  return (
    <ChartFigure {...figure} height={TOP_PX + PLOT_PX + LABELS_PX}>
      <ValueAxis scale={scale} />
      {columns.map((column, index) => (
        <Column
          chart={figure.id}
          column={column}
          scale={scale}
          x={LEFT + slot * (index + 0.5) - width / 2}
          width={width}
        />
      ))}
      <StepLine columns={columns} scale={scale} slot={slot} />
      <Labels columns={columns} slot={slot} />
    </ChartFigure>
  );
}

interface ColumnProps {
  readonly chart: string;
  readonly column: TimeColumn;
  readonly scale: Scale;
  readonly x: number;
  readonly width: number;
}

function Column({ chart, column: { words, parts, lost }, scale: { y }, x, width }: ColumnProps) {
  let below = 0;
  const stack = parts.flatMap(({ look, value }) => {
    const from = below;
    below += value;
    return value > 0 ? [{ look, from, to: below }] : [];
  });
  const drawn = lost > 0 ? [...stack, { look: 'lost' as const, from: -lost, to: 0 }] : stack;
  return (
    <g>
      <title>{words}</title>
      {drawn.map(({ look, from, to }) => (
        <rect
          {...barLook(chart, look)}
          x={percent(x)}
          width={percent(width)}
          y={y(to)}
          height={Math.round((y(from) - y(to)) * 10) / 10}
        />
      ))}
    </g>
  );
}

/** A step over each column and the way to the next: between two columns there is nothing to read. */
function StepLine(props: { columns: readonly TimeColumn[]; scale: Scale; slot: number }) {
  const { columns, scale, slot } = props;
  // Once wider in the colour of the ground: it has to be seen on columns of any colour.
  return ['line halo', 'line before'].map((look) => (
    <g class={look}>
      {columns.map(({ line }, index) => {
        const [x, y, before] = [LEFT + slot * index, scale.y(line), columns[index - 1]];
        return (
          <>
            {before && before.line !== line && (
              <line x1={percent(x)} x2={percent(x)} y1={scale.y(before.line)} y2={y} />
            )}
            <line x1={percent(x)} x2={percent(x + slot)} y1={y} y2={y} />
          </>
        );
      })}
    </g>
  ));
}

/** The first column has its label, and then every so many. The year stands where it is a new one. */
function Labels({ columns, slot }: { columns: readonly TimeColumn[]; slot: number }) {
  const every = Math.ceil(columns.length / LABELS_MAX);
  const shown = columns
    .map((column, index) => ({ ...column, x: LEFT + slot * (index + 0.5) }))
    .filter((_, index) => index % every === 0);
  const y = TOP_PX + PLOT_PX + 19;
  return (
    <>
      {shown.map(({ label, year, x }, index) => (
        <>
          <text class="tick" x={percent(x)} y={y} text-anchor="middle">
            {label}
          </text>
          {shown[index - 1]?.year !== year && (
            <text class="tick" x={percent(x)} y={y + 16} text-anchor="middle">
              {year}
            </text>
          )}
        </>
      ))}
    </>
  );
}
