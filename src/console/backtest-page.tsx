/** A backtest's report as one page that both teams read together before they sign. */
import type { Child } from 'hono/jsx';
import type { BacktestResult, BacktestSide } from '../insight/backtest/result.js';
import { counted, numberWords, summaryWords } from '../insight/backtest/words.js';
import {
  OutcomeSection,
  SourceSection,
  StageSection,
  TriggerSection,
  WeekSection,
} from './backtest-counts.js';
import { ExampleSection } from './backtest-examples.js';
import { LoadSection } from './backtest-load.js';
import { ShiftSection } from './backtest-shift.js';
import { differenceWords, moment, periodWords } from './backtest-words.js';
import { Layout } from './layout.js';

export interface BacktestReportOptions {
  /** What changes from the first version to the second: the lines of `diffLines`. */
  readonly changes: readonly string[];
  /** When it was made; null where that is not on record. */
  readonly madeAt: Date | null;
  /** Who asked for it. */
  readonly madeBy: string | null;
  /** Where a lead's walk under both versions is; null where it cannot be linked. */
  readonly walkHref?: (leadId: string) => string | null;
}

/** The whole page as text, complete in itself: without scripts and without asking for anything. */
export function renderBacktestReport(result: BacktestResult, options: BacktestReportOptions): string {
  const sections = sectionsOf(result, options);
  const page = (
    <Layout title={`Backtest: ${result.after.label} against ${result.before.label}`} charts={true}>
      <div class="frame">
        <main id="content">
          <p class="kicker">Backtest of the handoff definition</p>
          <h1>What {result.after.label} would have done</h1>
          <p class="summary">{summaryWords(result)[0]}</p>
          <Versions result={result} />
          <nav class="contents" aria-label="Contents">
            <p>On this page</p>
            <ul>
              {sections.map(({ id, title }) => (
                <li>
                  <a href={`#${id}`}>{title}</a>
                </li>
              ))}
            </ul>
          </nav>
          {sections.map(({ id, title, content }) => (
            <section id={id} aria-labelledby={`${id}-heading`}>
              <h2 id={`${id}-heading`}>{title}</h2>
              {content}
            </section>
          ))}
        </main>
        <Footer result={result} options={options} />
      </div>
    </Layout>
  );
  return `<!doctype html>${String(page)}`;
}

interface ReportSection {
  readonly id: string;
  readonly title: string;
  readonly content: Child;
}

function sectionsOf(result: BacktestResult, { changes, walkHref }: BacktestReportOptions): ReportSection[] {
  const { totals } = result;
  const moved = totals.earlier + totals.later > 0;
  const any = totals.before + totals.after > 0;
  const sections: (ReportSection | false)[] = [
    { id: 'totals', title: 'What it comes to', content: <Totals result={result} /> },
    { id: 'definition', title: 'What changes in the definition', content: <Changes lines={changes} /> },
    any && { id: 'weeks', title: 'Week by week', content: <WeekSection result={result} /> },
    any && { id: 'sources', title: 'By source', content: <SourceSection result={result} /> },
    any && { id: 'triggers', title: 'What sets handoffs off', content: <TriggerSection result={result} /> },
    any && {
      id: 'outcomes',
      title: 'What became of these leads',
      content: <OutcomeSection result={result} />,
    },
    any && { id: 'load', title: 'Work for sales', content: <LoadSection result={result} /> },
    moved && { id: 'shift', title: 'How far handoffs move', content: <ShiftSection result={result} /> },
    { id: 'stages', title: 'Where leads stand at the end', content: <StageSection result={result} /> },
    result.examples.length > 0 && {
      id: 'examples',
      title: 'Examples',
      content: <ExampleSection result={result} walkHref={walkHref} />,
    },
    { id: 'trust', title: 'What to know before you rely on it', content: <Notes result={result} /> },
  ];
  return sections.filter((section) => section !== false);
}

function Versions({ result: { before, after, period, leads, events } }: { result: BacktestResult }) {
  const facts: [string, string][] = [
    ['Before', sideWords(before)],
    ['After', sideWords(after)],
    ['Period', periodWords(period)],
    ['Time zone', period.timeZone],
    ['Business days', numberWords(period.businessDays)],
    ['Judged by', `${counted(leads, 'lead')}, ${counted(events, 'event')}`],
  ];
  return (
    <dl class="version">
      {facts.map(([term, text]) => (
        <div>
          <dt>{term}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

const sideWords = ({ label, name }: BacktestSide): string => `${label}: ${name}`;

function Totals({ result }: { result: BacktestResult }) {
  const { totals } = result;
  const { before, after } = totals;
  const direction = after > before ? '▲' : after < before ? '▼' : '=';
  const moves: [string, string, number, string][] = [
    ['+', 'New', totals.gained, 'handoffs that only the new version makes'],
    ['−', 'Lost', totals.lost, 'handoffs that only the old version makes'],
    ['◀', 'Earlier', totals.earlier, 'made by both, sooner by the new one'],
    ['▶', 'Later', totals.later, 'made by both, later by the new one'],
    ['◆', 'Another reason', totals.changed, 'at the same time by another trigger or intent'],
    ['=', 'The same', totals.same, 'same time, trigger and intent'],
  ];
  return (
    <>
      <dl class="totals">
        <Total arrow="" term="Handoffs before" value={numberWords(before)} words={result.before.label} />
        <Total
          arrow={direction}
          term="Handoffs after"
          value={numberWords(after)}
          words={`${result.after.label}, ${differenceWords(before, after)}`}
        />
        {moves.map(([arrow, term, value, words]) => (
          <Total arrow={arrow} term={term} value={numberWords(value)} words={words} />
        ))}
      </dl>
      {summaryWords(result)
        .slice(1)
        .map((sentence) => (
          <p>{sentence}</p>
        ))}
    </>
  );
}

function Total(props: { arrow: string; term: string; value: string; words: string }) {
  const { arrow, term, value, words } = props;
  return (
    <div>
      <dt>
        {arrow !== '' && <span aria-hidden="true">{arrow} </span>}
        {term}
      </dt>
      <dd class="value">{value}</dd>
      <dd class="words">{words}</dd>
    </div>
  );
}

/** Lines that belong together stand between empty ones; an indented line goes on with the one before it. */
function Changes({ lines }: { lines: readonly string[] }) {
  if (lines.length === 0) return <p>The lines of the difference were not kept with this backtest.</p>;
  const blocks: string[][] = [[]];
  for (const line of lines) {
    const block = blocks.at(-1) ?? [];
    const last = block.at(-1);
    if (line === '') blocks.push([]);
    else if (line.startsWith(' ') && last !== undefined) block[block.length - 1] = `${last}\n${line}`;
    else block.push(line);
  }
  const [head = [], ...rest] = blocks;
  return (
    <>
      {head.map((line) => (
        <p>{line}</p>
      ))}
      {rest
        .filter(({ length }) => length > 0)
        .map((block) => (
          <ul class="changes">
            {block.map((line) => (
              <li>{line}</li>
            ))}
          </ul>
        ))}
    </>
  );
}

function Notes({ result: { notes } }: { result: BacktestResult }) {
  return (
    <ul>
      {notes.map((note) => (
        <li>{note}</li>
      ))}
    </ul>
  );
}

function Footer({ result, options }: { result: BacktestResult; options: BacktestReportOptions }) {
  const { before, after, period, elapsedMs } = result;
  const { madeAt, madeBy } = options;
  const when =
    madeAt === null ? '' : ` on ${moment(madeAt.toISOString(), period.timeZone)} (${period.timeZone})`;
  const who = madeBy === null ? '' : `, asked for by ${madeBy}`;
  const took =
    elapsedMs < 1_000 ? 'less than a second' : `${numberWords(Math.round(elapsedMs / 100) / 10)} seconds`;
  return (
    <footer>
      <p>
        Made by Baton from the event log{when}
        {who}; it took {took}. Nothing here is written by hand, and nothing was changed or sent.
      </p>
      <p>
        Before: number {before.ref.number}, content {before.ref.hash}. After: number {after.ref.number},
        content {after.ref.hash}.
      </p>
    </footer>
  );
}
