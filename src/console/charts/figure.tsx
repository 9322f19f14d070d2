/** What every chart has around it: a caption, what its marks mean, a text for those who do not see it, its numbers. */
import type { Child } from 'hono/jsx';

/** How a mark looks; each differs from the others by shape or pattern, not by colour alone. */
export type Look =
  | 'same'
  | 'moved'
  | 'gained'
  | 'lost'
  | 'before'
  | 'after'
  | 'limit'
  | 'middle'
  | 'old-score'
  | 'new-score'
  | 'old-handoff'
  | 'new-handoff'
  | 'threshold';

interface LegendItem {
  readonly look: Look;
  readonly text: string;
}

export interface FigureProps {
  /** Unique on the page. */
  readonly id: string;
  readonly caption: string;
  readonly legend: readonly LegendItem[];
  /** What the chart shows, in sentences. */
  readonly description: string;
  /** Pixels. */
  readonly height: number;
}

/** A chart whose width is that of the page. */
export function ChartFigure({
  id,
  caption,
  legend,
  description,
  height,
  children,
}: FigureProps & { readonly children: Child }) {
  return (
    <figure class="chart">
      <figcaption>{caption}</figcaption>
      <ul class="legend" aria-label={`What the marks mean: ${caption}`}>
        {legend.map(({ look, text }) => (
          <li>
            <Swatch id={`${id}-${look}`} look={look} /> {text}
          </li>
        ))}
      </ul>
      <svg
        role="img"
        width="100%"
        height={height}
        aria-labelledby={`${id}-title`}
        aria-describedby={`${id}-description`}
      >
        <title id={`${id}-title`}>{caption}</title>
        <desc id={`${id}-description`}>{description}</desc>
        <Patterns id={id} looks={legend.map(({ look }) => look)} />
        {children}
      </svg>
    </figure>
  );
}

/** How far the lines of a pattern lean, in degrees. */
const PATTERNS: Partial<Readonly<Record<Look, number>>> = { lost: 45, moved: 90 };

function Patterns({ id, looks }: { id: string; looks: readonly Look[] }) {
  return (
    <defs>
      {looks.map((look) => {
        const lean = PATTERNS[look];
        return (
          lean !== undefined && (
            <pattern
              id={`${id}-${look}-pattern`}
              width="6"
              height="6"
              patternUnits="userSpaceOnUse"
              patternTransform={`rotate(${lean})`}
            >
              <rect width="6" height="6" class="pattern-ground" />
              <rect width="3.5" height="6" class={`pattern-line ${look}`} />
            </pattern>
          )
        );
      })}
    </defs>
  );
}

/** Attributes of a bar of one look within the chart of that id. */
export function barLook(chart: string, look: Look): { readonly class: string; readonly fill?: string } {
  const fill = look in PATTERNS ? { fill: `url(#${chart}-${look}-pattern)` } : {};
  return { class: `bar ${look}`, ...fill };
}

function Swatch({ id, look }: LegendSwatch) {
  return (
    <svg class="swatch" width="22" height="14" aria-hidden="true">
      <Patterns id={id} looks={[look]} />
      <SwatchMark id={id} look={look} />
    </svg>
  );
}

interface LegendSwatch {
  readonly id: string;
  readonly look: Look;
}

function SwatchMark({ id, look }: LegendSwatch) {
  if (look === 'old-score' || look === 'new-score' || look === 'threshold')
    return <path class={`step ${look}`} d="M0 7H22" />;
  if (look === 'old-handoff' || look === 'new-handoff') return <HandoffMark look={look} x="11" y={7} />;
  if (look === 'before') return <line class="line before" x1="0" y1="7" x2="22" y2="7" />;
  if (look === 'limit' || look === 'middle')
    return <line class={`line ${look}`} x1="11" y1="0" x2="11" y2="14" />;
  return <rect {...barLook(id, look)} x="1" y="1" width="20" height="12" />;
}

/** Where a handoff happens: a square around a dot shows that both versions make it there. */
export function HandoffMark(props: {
  readonly look: 'old-handoff' | 'new-handoff';
  readonly x: string;
  readonly y: number;
}) {
  const { look, x, y } = props;
  if (look === 'new-handoff') return <circle class="at-handoff new" cx={x} cy={y} r="4" />;
  return <rect class="at-handoff old" x={x} y={y} width="13" height="13" transform="translate(-6.5 -6.5)" />;
}
