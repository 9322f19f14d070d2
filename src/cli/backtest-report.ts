/** A backtest's answer on a terminal: a paragraph, then tables. */
import type { BacktestExample, BacktestResult, Counts, DayLoad } from '../insight/backtest/result.js';
import type { WalkRow, WalkView } from '../insight/backtest/walk-view.js';
import {
  changeName,
  exampleWords,
  numberWords,
  outcomeName,
  triggerName,
} from '../insight/backtest/words.js';
import { type Column, count, printable, table } from './format.js';

/** As `GET /v1/backtests/{id}` answers. */
export interface BacktestReply {
  readonly id: string;
  readonly state: 'waiting' | 'running' | 'done' | 'cancelled' | 'failed';
  readonly waitingBefore: number;
  readonly changes: readonly string[];
  readonly progress: {
    readonly leads: number;
    readonly leadsTotal: number;
    readonly events: number;
    readonly share: number;
  };
  readonly summary: readonly string[] | null;
  readonly result: BacktestResult | null;
  readonly error: string | null;
  readonly createdBy: string | null;
  readonly endedAt: string | null;
}

/** An instant as `2026-03-09 10:00` in a time zone. */
export type LocalMoment = (atMs: number, timeZone: string) => string;

export type WalkReply = Omit<WalkView, 'curves'> & {
  readonly leadId: string;
  readonly before: string;
  readonly after: string;
};

const BAR_WIDTH = 24;
const CHANGES_SHOWN = 12;

/** `1,234 of 5,000 leads (24%), 100,000 events`. */
export function progressWords({ state, waitingBefore, progress }: BacktestReply): string {
  if (state === 'waiting')
    return waitingBefore === 0 ? 'waiting' : `waiting: ${count(waitingBefore, 'backtest')} before this one`;
  const { leads, leadsTotal, events, share } = progress;
  return `${numberWords(leads)} of ${count(leadsTotal, 'lead')} (${Math.floor(share * 100)}%), ${count(events, 'event')}`;
}

/** The whole report; `examples` of them are shown, every change in turn. */
export function reportLines(
  reply: BacktestReply,
  { width, examples, moment }: { width: number; examples: number; moment: LocalMoment },
): string[] {
  const { result, summary, changes } = reply;
  if (!result) return [];
  const shown = changes.slice(0, CHANGES_SHOWN);
  const more = changes.length - shown.length;
  return [
    ...wrapped(printable((summary ?? []).join(' ')), width),
    ...heading('What changes'),
    ...(changes.length === 0
      ? ['  Nothing that decides anything.']
      : shown.map((text) => `  ${printable(text)}`)),
    ...(more > 0 ? [`  and ${count(more, 'more change')}`] : []),
    ...countTables(result),
    ...loadLines(result),
    ...exampleLines(result, examples, moment),
    ...heading('Notes'),
    ...result.notes.flatMap((note) =>
      wrapped(printable(note), width - 2).map((line, index) => `${index === 0 ? '- ' : '  '}${line}`),
    ),
    '',
    `${printable(`${result.before.label} and ${result.after.label}`)}, ${periodWords(result.period, moment)}`,
    `${count(result.leads, 'lead')}, ${count(result.events, 'event')} in ${(result.elapsedMs / 1_000).toFixed(1)} s; backtest ${reply.id}`,
  ];
}

function periodWords({ from, to, timeZone }: BacktestResult['period'], moment: LocalMoment): string {
  return `${moment(Date.parse(from), timeZone)} to ${moment(Date.parse(to), timeZone)} (${timeZone})`;
}

const heading = (title: string): string[] => ['', title];

const CHANGES = ['gained', 'lost', 'earlier', 'later', 'changed'] as const;

function countColumns<Row extends Counts>(): Column<Row>[] {
  const sides = ['before', 'after'] as const;
  return [
    ...sides.map(
      (side): Column<Row> => ({ title: side, align: 'right', value: (row) => numberWords(row[side]) }),
    ),
    ...CHANGES.map(
      (change): Column<Row> => ({
        title: changeName(change),
        align: 'right',
        value: (row) => (row[change] === 0 ? '' : numberWords(row[change])),
      }),
    ),
  ];
}

function countTables({ bySource, byWeek, byTrigger, byOutcome }: BacktestResult): string[] {
  const highest = Math.max(1, ...byWeek.flatMap(({ before, after }) => [before, after]));
  return [
    ...heading('By source'),
    ...table(bySource, [{ title: 'source', value: ({ title }) => title }, ...countColumns()]),
    ...heading('By week (█ in both, + more, - fewer)'),
    ...table(byWeek, [
      { title: 'week of', value: ({ week }) => week },
      ...countColumns<(typeof byWeek)[number]>().slice(0, 4),
      { title: '', value: ({ before, after }) => bar(before, after, highest) },
    ]),
    ...heading('By trigger'),
    ...table(byTrigger, [
      { title: 'trigger', value: ({ kind, id }) => triggerName(kind, id) },
      { title: 'before', align: 'right', value: ({ before }) => numberWords(before) },
      { title: 'after', align: 'right', value: ({ after }) => numberWords(after) },
    ]),
    ...heading('By what became of them later'),
    ...table(byOutcome, [
      { title: 'outcome', value: ({ outcome }) => outcomeName(outcome) },
      ...countColumns(),
    ]),
  ];
}

/** `████++` is more, `████--` fewer; a week with any handoff shows at least one sign. */
function bar(before: number, after: number, highest: number): string {
  const length = (value: number) =>
    value === 0 ? 0 : Math.max(1, Math.round((value / highest) * BAR_WIDTH));
  const [old, now] = [length(before), length(after)];
  return `${'█'.repeat(Math.min(old, now))}${'+'.repeat(Math.max(0, now - old))}${'-'.repeat(Math.max(0, old - now))}`;
}

function loadLines({ load, period }: BacktestResult): string[] {
  const busiest = ({ busiest: day }: DayLoad): string => (day ? `${day.handoffs} (${day.on})` : '');
  return [
    ...heading(`Load per rep (${count(period.businessDays, 'business day')})`),
    ...table(load.reps, [
      { title: 'rep', value: ({ name }) => name },
      { title: 'before', align: 'right', value: ({ before }) => numberWords(before.handoffs) },
      { title: 'after', align: 'right', value: ({ after }) => numberWords(after.handoffs) },
      { title: 'a day before', align: 'right', value: ({ before }) => before.perDay.toFixed(2) },
      { title: 'a day after', align: 'right', value: ({ after }) => after.perDay.toFixed(2) },
      { title: 'busiest before', value: ({ before }) => busiest(before) },
      { title: 'busiest after', value: ({ after }) => busiest(after) },
      { title: 'may hold', align: 'right', value: ({ capacity }) => capacity ?? 'any' },
    ]),
  ];
}

function exampleLines({ examples, period }: BacktestResult, shown: number, moment: LocalMoment): string[] {
  const picked = inTurn(examples).slice(0, shown);
  if (picked.length === 0) return [];
  const dateOf = (iso: string) => moment(Date.parse(iso), period.timeZone).slice(0, 10);
  return [
    ...heading('Examples (look closer with --lead <id>)'),
    ...table(picked, [
      { title: 'lead', value: ({ leadId }) => leadId },
      { title: 'source', value: ({ source }) => source },
      { title: 'what changes', value: (example) => exampleWords(example, dateOf) },
    ]),
  ];
}

/** One of each change in turn. */
function inTurn(examples: readonly BacktestExample[]): BacktestExample[] {
  const perChange = CHANGES.map((change) => examples.filter((example) => example.change === change));
  const longest = Math.max(0, ...perChange.map(({ length }) => length));
  return Array.from({ length: longest }, (_, round) => perChange.flatMap((list) => list[round] ?? [])).flat();
}

/** A lead's walk: one sentence per version, then what happened, with both versions below where they decided something. */
export function walkLines(walk: WalkReply, moment: LocalMoment): string[] {
  const { leadId, head, rows, rowsLeftOut, before, after, timeZone } = walk;
  const sides = printable(`before is ${before}, after is ${after}`);
  return [
    ...heading(`Lead ${leadId} through time: ${sides}; ≠ where they decide otherwise`),
    printable(head.before),
    printable(head.after),
    '',
    ...rows.flatMap((row) => rowLines(row, (iso) => moment(Date.parse(iso), timeZone))),
    ...(rowsLeftOut > 0 ? [`and ${count(rowsLeftOut, 'more decision')}`] : []),
  ];
}

function rowLines(
  { at, until, what, before, after, differs }: WalkRow,
  moment: (iso: string) => string,
): string[] {
  const mark = differs === 'decisions' ? '≠' : ' ';
  const when = until === null ? moment(at) : `${moment(at)} to ${moment(until)}`;
  const text = `${mark} ${when}  ${printable(what)}`;
  if (before.decisions.length === 0 && after.decisions.length === 0) {
    const scores = before.score === after.score ? `${before.score}` : `${before.score} | ${after.score}`;
    return [`${text}  [${scores}]`];
  }
  return [text, ...sideLines('before', before), ...sideLines('after ', after)];
}

function sideLines(name: string, { score, decisions }: WalkRow['before']): string[] {
  const head = `      ${name} [${score}] `;
  const told = decisions.length === 0 ? ['nothing'] : decisions;
  return told.map((words, index) => `${index === 0 ? head : ' '.repeat(head.length)} ${printable(words)}`);
}

/** Lines of at most `width` characters, broken between words. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > Math.max(40, width)) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
