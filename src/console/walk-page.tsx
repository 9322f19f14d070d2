/** One lead's walk through time under both versions of a backtest, side by side, as a page. */
import { Temporal } from 'temporal-polyfill';
import { listWords } from '../definition/words.js';
import type { WalkCurve } from '../insight/backtest/walk-curve.js';
import type { WalkRow, WalkView } from '../insight/backtest/walk-view.js';
import { counted, numberWords } from '../insight/backtest/words.js';
import { moment, periodWords, shortDay } from './backtest-words.js';
import { StepChart, type StepSeries } from './charts/steps.js';
import { Layout } from './layout.js';
import { WalkRows } from './walk-rows.js';

export interface WalkPageOptions {
  readonly leadId: string;
  /** What the lead is called; null where only its id is known. */
  readonly called: string | null;
  /** The two versions, such as `version 3 (live)`. */
  readonly before: string;
  readonly after: string;
  /** ISO instants. */
  readonly from: string;
  readonly to: string;
  /** Where the backtest's report is; null where there is none. */
  readonly reportHref: string | null;
}

/** The whole page as text, complete in itself: without scripts and without asking for anything. */
export function renderWalkPage(walk: WalkView, options: WalkPageOptions): string {
  const { leadId, called, before, after, from, to, reportHref } = options;
  const name = called ?? `Lead ${leadId}`;
  const { timeZone } = walk;
  const facts = [
    ['Lead', leadId],
    ['Period', periodWords({ from, to, timeZone })],
    ['Time zone', timeZone],
  ];
  const page = (
    <Layout title={`${name}: ${after} against ${before}`} charts={true}>
      <div class="frame">
        <main id="content">
          <p class="kicker">
            {reportHref === null ? (
              'Backtest of the handoff definition'
            ) : (
              <a href={reportHref}>← The backtest’s report</a>
            )}
          </p>
          <h1>{name} through time, under both versions</h1>
          <dl class="sides">
            <div class="before">
              <dt>Before: {before}</dt>
              <dd>{walk.head.before}</dd>
            </div>
            <div class="after">
              <dt>After: {after}</dt>
              <dd>{walk.head.after}</dd>
            </div>
          </dl>
          <dl class="version">
            {facts.map(([term, text]) => (
              <div>
                <dt>{term}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
          <section id="score" aria-labelledby="score-heading">
            <h2 id="score-heading">The score</h2>
            <ScorePart walk={walk} from={from} to={to} />
          </section>
          <section id="timeline" aria-labelledby="timeline-heading">
            <h2 id="timeline-heading">What happened, and what each version made of it</h2>
            <Timeline walk={walk} />
          </section>
        </main>
        <footer>
          <p>
            Made by Baton from the event log, when this page was opened. The walk begins with the lead’s first
            event. The two sentences at the head tell only handoffs within the period, as the backtest counts
            them. Nothing was changed or sent.
          </p>
        </footer>
      </div>
    </Layout>
  );
  return `<!doctype html>${String(page)}`;
}

function ScorePart({ walk, from, to }: { walk: WalkView } & Pick<WalkPageOptions, 'from' | 'to'>) {
  const { curves, timeZone } = walk;
  const firsts = [curves.before, curves.after].flatMap(({ points: [point] }) => (point ? [point.at] : []));
  const [first] = firsts.map((at) => Date.parse(at)).sort((one, other) => one - other);
  if (first === undefined) return <p>The lead has no event until the end of the period.</p>;
  const toMs = Date.parse(to);
  const words = (['before', 'after'] as const)
    .map((side) => curveWords(side, curves[side], timeZone))
    .join(' ');
  return (
    <>
      <StepChart
        id="score-chart"
        caption="The score through time, under both versions"
        description={words}
        before={seriesOf('Before', curves.before, timeZone)}
        after={seriesOf('After', curves.after, timeZone)}
        fromMs={first}
        toMs={toMs}
        beginMs={Date.parse(from)}
        ticks={ticksOf(first, toMs, timeZone)}
      />
      <p>{words}</p>
    </>
  );
}

function seriesOf(side: string, { points, handoffs }: WalkCurve, timeZone: string): StepSeries {
  return {
    points: points.map(({ at, ...standing }) => ({ atMs: Date.parse(at), ...standing })),
    handoffs: handoffs.map(({ at, score }) => ({
      ...{ atMs: Date.parse(at), score },
      words: `${side}: handed off ${moment(at, timeZone)}, score ${numberWords(score)}`,
    })),
  };
}

/** So many handoffs are told one by one. */
const TOLD_MAX = 4;

function curveWords(side: 'before' | 'after', { points, handoffs }: WalkCurve, timeZone: string): string {
  const best = points.reduce((most, point) => (point.score > most.score ? point : most), {
    at: '',
    score: 0,
  });
  const name = side === 'before' ? 'Before' : 'After';
  const height =
    best.score > 0
      ? `the score was highest on ${moment(best.at, timeZone)}, at ${numberWords(best.score)}`
      : 'the score never rose above 0';
  const thresholds = [...new Set(points.map(({ threshold }) => threshold))].map(numberWords);
  const told = handoffs.slice(0, TOLD_MAX).map(({ at }) => moment(at, timeZone));
  const more = handoffs.length - told.length;
  const when = listWords(more > 0 ? [...told, `${more} more`] : told, 'and');
  const made = handoffs.length === 0 ? 'no handoff' : `${counted(handoffs.length, 'handoff')}: ${when}`;
  return `${name}, ${height} (threshold ${listWords(thresholds, 'and')}); ${made}.`;
}

/** So many dates stand under a chart on a phone without touching. */
const TICKS_MAX = 5;

/** Midnights, evenly apart, not too close to the chart's edges for their text. */
function ticksOf(fromMs: number, toMs: number, timeZone: string) {
  const start = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(timeZone).startOfDay();
  const days = Math.max(1, Math.ceil((toMs - start.epochMilliseconds) / 86_400_000));
  const every = Math.ceil(days / TICKS_MAX);
  return Array.from({ length: TICKS_MAX + 1 }, (_, index) => start.add({ days: index * every })).flatMap(
    (day) => {
      const atMs = day.epochMilliseconds;
      if (atMs > toMs) return [];
      const date = day.toPlainDate().toString();
      return { atMs: Math.max(atMs, fromMs), label: shortDay(date), year: date.slice(0, 4) };
    },
  );
}

function Timeline({ walk: { rows, rowsLeftOut, timeZone } }: { walk: WalkView }) {
  if (rows.length === 0) return <p>Nothing is on record until the end of the period.</p>;
  const earlier = rows.filter(({ inPeriod }) => !inPeriod);
  const within = rows.filter(({ inPeriod }) => inPeriod);
  const both = earlier.length > 0 && within.length > 0;
  return (
    <>
      <p>{differencesWords(rows)}</p>
      {earlier.length > 0 && (
        <>
          <h3>Before the period: not counted by the backtest</h3>
          <WalkRows rows={earlier} timeZone={timeZone} name="Before the period" />
        </>
      )}
      {both && <h3>Within the period</h3>}
      {within.length > 0 && <WalkRows rows={within} timeZone={timeZone} name="Within the period" />}
      {rowsLeftOut > 0 && (
        <p class="note">This walk is very long: {counted(rowsLeftOut, 'later decision')} are not shown.</p>
      )}
    </>
  );
}

function differencesWords(rows: readonly WalkRow[]): string {
  const differing = rows.filter(({ differs }) => differs === 'decisions').length;
  if (differing === 0) return 'Both versions decide the same, at the same moments.';
  return `They decide otherwise at ${counted(differing, 'moment')}; each is marked ≠, and what only one of them decides is set in bold.`;
}
