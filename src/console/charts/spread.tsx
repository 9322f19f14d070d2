/** By how many days something moves: the middle half as a bar, the median as a line across it. */
import type { Spread } from '../../insight/backtest/result.js';
import { barLook, ChartFigure, type FigureProps } from './figure.js';
import { percent, wholeStep } from './scale.js';

interface SpreadProps extends Omit<FigureProps, 'height' | 'legend'> {
  readonly earlier: Spread | null;
  readonly later: Spread | null;
}

const AXIS_PX = 96;
const BAR_PX = 22;
const MIDDLE = 50;
const REACH = 44;

export function SpreadChart({ earlier, later, ...figure }: SpreadProps) {
  const most = Math.max(1, ...[earlier, later].map((spread) => spread?.upperQuartile ?? 0));
  const step = wholeStep(most * 2);
  const ticks = Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
  const unit = REACH / (ticks.at(-1) ?? 1);
  const sides = [
    { spread: earlier, sign: -1, y: 16 },
    { spread: later, sign: 1, y: 54 },
  ];
  const legend = [
    { look: 'after', text: 'The middle half of them' },
    { look: 'middle', text: 'Median: as many move less as move more' },
  ] as const;
  return (
    <ChartFigure {...figure} legend={legend} height={AXIS_PX + 40}>
      {ticks.map((days) => (
        <Tick days={days} unit={unit} />
      ))}
      {sides.map(
        ({ spread, sign, y }) => spread && <Box chart={figure.id} spread={spread} y={y} unit={sign * unit} />,
      )}
      <text class="tick" x="0" y={AXIS_PX + 34}>
        ← days earlier
      </text>
      <text class="tick" x="100%" y={AXIS_PX + 34} text-anchor="end">
        days later →
      </text>
    </ChartFigure>
  );
}

function Tick({ days, unit }: { days: number; unit: number }) {
  const places = days === 0 ? [MIDDLE] : [MIDDLE - days * unit, MIDDLE + days * unit];
  return (
    <>
      {places.map((x) => (
        <>
          <line class={days === 0 ? 'axis' : 'grid'} x1={percent(x)} x2={percent(x)} y1="4" y2={AXIS_PX} />
          <text class="tick" x={percent(x)} y={AXIS_PX + 15} text-anchor="middle">
            {days}
          </text>
        </>
      ))}
    </>
  );
}

interface BoxProps {
  readonly chart: string;
  readonly spread: Spread;
  readonly y: number;
  /** Percent per day, negative to the left. */
  readonly unit: number;
}

function Box({ chart, spread: { median, lowerQuartile, upperQuartile }, y, unit }: BoxProps) {
  const [from, to] = [MIDDLE + lowerQuartile * unit, MIDDLE + upperQuartile * unit];
  const middle = percent(MIDDLE + median * unit);
  return (
    <>
      <rect
        {...barLook(chart, 'after')}
        x={percent(Math.min(from, to))}
        // One that is all the same day is still to be seen.
        width={percent(Math.max(Math.abs(to - from), 0.6))}
        y={y}
        height={BAR_PX}
      />
      {['halo', 'middle'].map((look) => (
        <line class={`line ${look}`} x1={middle} x2={middle} y1={y - 4} y2={y + BAR_PX + 4} />
      ))}
    </>
  );
}
