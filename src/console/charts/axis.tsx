/** The part of a chart through time that has values at its left, and where in the page's width it lies. */
import { numberWords } from '../../insight/backtest/words.js';
import { percent } from './scale.js';

/** Percent of the width. */
export const LEFT = 8;
export const RIGHT = 99.5;

/** Heights in pixels for values of one chart. */
export interface Scale {
  readonly step: number;
  readonly top: number;
  /** How far it goes below nought. */
  readonly bottom: number;
  readonly y: (value: number) => number;
}

export function ValueAxis({ scale: { step, top, bottom, y } }: { scale: Scale }) {
  const below = Math.floor(bottom / step);
  const ticks = Array.from({ length: top / step + below + 1 }, (_, index) => (index - below) * step);
  return (
    <>
      {ticks.map((tick) => (
        <>
          <line
            class={tick === 0 ? 'axis' : 'grid'}
            x1={percent(LEFT)}
            x2={percent(RIGHT)}
            y1={y(tick)}
            y2={y(tick)}
          />
          <text class="tick" x={percent(LEFT - 1)} y={y(tick) + 4} text-anchor="end">
            {tick < 0 ? `−${numberWords(-tick)}` : numberWords(tick)}
          </text>
        </>
      ))}
    </>
  );
}
