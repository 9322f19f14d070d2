/** Two values through time as steps, each with its threshold and its handoffs. */
import { LEFT, RIGHT, type Scale, ValueAxis } from './axis.js';
import { ChartFigure, type FigureProps, HandoffMark } from './figure.js';
import { percent, wholeStep } from './scale.js';

interface StepPoint {
  readonly atMs: number;
  readonly score: number;
  readonly threshold: number;
}

export interface StepSeries {
  /** In the order of time; each holds until the next one. */
  readonly points: readonly StepPoint[];
  readonly handoffs: readonly { readonly atMs: number; readonly score: number; readonly words: string }[];
}

interface StepTick {
  readonly atMs: number;
  readonly label: string;
  readonly year: string;
}

interface StepChartProps extends Omit<FigureProps, 'height' | 'legend'> {
  readonly before: StepSeries;
  readonly after: StepSeries;
  readonly fromMs: number;
  readonly toMs: number;
  /** What lies before this instant is shaded. */
  readonly beginMs: number;
  readonly ticks: readonly StepTick[];
}

const PLOT_PX = 190;
const TOP_PX = 16;
const LABELS_PX = 44;
/** Units of a plot that is stretched to the page's width. */
const WIDTH = 1_000;
/** Two lines of text that are closer would lie upon each other. */
const LINE_PX = 15;

const LEGEND = [
  { look: 'old-score', text: 'Score before' },
  { look: 'new-score', text: 'Score after' },
  { look: 'threshold', text: 'Threshold of each' },
  { look: 'old-handoff', text: 'Handoff before' },
  { look: 'new-handoff', text: 'Handoff after' },
] as const;

export function StepChart({ before, after, fromMs, toMs, beginMs, ticks, ...figure }: StepChartProps) {
  const values = [before, after].flatMap(({ points, handoffs }) => [
    ...points.flatMap(({ score, threshold }) => [score, threshold]),
    ...handoffs.map(({ score }) => score),
  ]);
  const scale = scaleOf(values);
  const share = (atMs: number) => Math.min(1, Math.max(0, (atMs - fromMs) / Math.max(1, toMs - fromMs)));
  const across = (atMs: number) => LEFT + share(atMs) * (RIGHT - LEFT);
  const path = (points: readonly StepPoint[], of: 'score' | 'threshold') =>
    stepPath(points.map((point) => [share(point.atMs) * WIDTH, scale.y(point[of]) - TOP_PX]));
  const begin = across(beginMs);
  return (
    <ChartFigure {...figure} legend={LEGEND} height={TOP_PX + PLOT_PX + LABELS_PX}>
      {begin > LEFT && <Outside to={begin} />}
      <ValueAxis scale={scale} />
      <svg
        x={percent(LEFT)}
        y={TOP_PX}
        width={percent(RIGHT - LEFT)}
        height={PLOT_PX}
        viewBox={`0 0 ${WIDTH} ${PLOT_PX}`}
        aria-hidden="true"
        preserveAspectRatio="none"
        overflow="visible"
      >
        <path class="step threshold new" d={path(after.points, 'threshold')} />
        <path class="step threshold" d={path(before.points, 'threshold')} />
        <path class="step new-score" d={path(after.points, 'score')} />
        <path class="step old-score" d={path(before.points, 'score')} />
      </svg>
      <ThresholdNames before={before} after={after} scale={scale} />
      <Handoffs series={after} look="new-handoff" across={across} scale={scale} />
      <Handoffs series={before} look="old-handoff" across={across} scale={scale} />
      <TimeAxis ticks={ticks} across={across} />
    </ChartFigure>
  );
}

function scaleOf(values: readonly number[]): Scale {
  const highest = values.reduce((most, value) => Math.max(most, value), 1);
  const lowest = values.reduce((least, value) => Math.max(least, -value), 0);
  const step = wholeStep(Math.max(highest, lowest));
  const top = Math.ceil(highest / step) * step;
  const y = (value: number) => Math.round((TOP_PX + ((top - value) * PLOT_PX) / (top + lowest)) * 10) / 10;
  return { step, top, bottom: lowest, y };
}

function stepPath(points: readonly (readonly [x: number, y: number])[]): string {
  const short = (value: number) => Math.round(value * 10) / 10;
  const [first, ...rest] = points;
  if (!first) return '';
  const steps = rest.map(([x, y]) => `H${short(x)}V${short(y)}`);
  return `M${short(first[0])} ${short(first[1])}${steps.join('')}H${WIDTH}`;
}

function Outside({ to }: { to: number }) {
  return (
    <>
      <rect class="outside" x={percent(LEFT)} width={percent(to - LEFT)} y={TOP_PX} height={PLOT_PX} />
      <text class="tick" x={percent(LEFT + 0.5)} y={TOP_PX - 4}>
        before the period
      </text>
    </>
  );
}

/** The thresholds by name at the right, where they end. */
function ThresholdNames({
  before,
  after,
  scale,
}: Pick<StepChartProps, 'before' | 'after'> & { scale: Scale }) {
  const [old, now] = [before.points.at(-1)?.threshold, after.points.at(-1)?.threshold];
  if (old === undefined || now === undefined) return null;
  const apart = Math.abs(scale.y(old) - scale.y(now)) >= LINE_PX;
  const names =
    old === now
      ? [{ value: old, text: `threshold ${old}`, above: true }]
      : [
          { value: old, text: `before: threshold ${old}`, above: apart || old > now },
          { value: now, text: `after: threshold ${now}`, above: apart || now > old },
        ];
  return (
    <>
      {names.map(({ value, text, above }) => (
        <text class="on-plot" x={percent(RIGHT)} y={scale.y(value) + (above ? -5 : 14)} text-anchor="end">
          {text}
        </text>
      ))}
    </>
  );
}

function Handoffs(props: {
  series: StepSeries;
  look: 'old-handoff' | 'new-handoff';
  across: (atMs: number) => number;
  scale: Scale;
}) {
  const { series, look, across, scale } = props;
  return (
    <>
      {series.handoffs.map(({ atMs, score, words }) => (
        <g>
          <title>{words}</title>
          <HandoffMark look={look} x={percent(across(atMs))} y={scale.y(score)} />
        </g>
      ))}
    </>
  );
}

function TimeAxis({ ticks, across }: { ticks: readonly StepTick[]; across: (atMs: number) => number }) {
  const y = TOP_PX + PLOT_PX;
  return (
    <>
      {ticks.map(({ atMs, label, year }, index) => {
        const x = percent(across(atMs));
        return (
          <>
            <line class="axis" x1={x} x2={x} y1={y} y2={y + 5} />
            <text class="tick" x={x} y={y + 19} text-anchor="middle">
              {label}
            </text>
            {ticks[index - 1]?.year !== year && (
              <text class="tick" x={x} y={y + 35} text-anchor="middle">
                {year}
              </text>
            )}
          </>
        );
      })}
    </>
  );
}
