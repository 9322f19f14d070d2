/** What a request for a backtest means: which two documents, which period, which sources. */
import { checkDefinition } from '../definition/check.js';
import { canonicalText, contentHash } from '../definition/content-hash.js';
import { diffDefinitions } from '../definition/diff.js';
import { DEFAULT_SOURCE, type HandoffDefinition } from '../definition/document.js';
import { closest, type Fault } from '../definition/faults.js';
import type { DefinitionBook } from '../definition/versions.js';
import { DAY_MS, instantAt } from '../definition/zone-clock.js';
import type { BacktestRequest, StoredSide } from '../store/backtests.js';
import type { Db } from '../store/database.js';
import { newestVersion } from '../store/definitions.js';
import { namedDefinition, told } from './definition-lookup.js';
import { invalid } from './lookup.js';
import { Problem } from './problem.js';
import type { AskedSide, BacktestAsk } from './schemas/backtest.js';

const DEFAULT_DAYS = 90;
/** So many changes are kept for the reader of a result. */
const CHANGES_MAX = 100;

interface AskDeps {
  readonly db: Db;
  readonly book: Pick<DefinitionBook, 'byNumber'>;
  readonly now: () => number;
}

interface ReadSide {
  readonly stored: StoredSide;
  readonly definition: HandoffDefinition;
}

/** A request with everything in it that the run needs. @throws Problem 404 or 422 */
export async function backtestRequest(deps: AskDeps, ask: BacktestAsk): Promise<BacktestRequest> {
  const before = await readSide(deps, ask.before, 'before');
  const after = await readSide(deps, ask.after, 'after');
  const definitions = [before.definition, after.definition];
  const { timeZone } = after.definition.calendar;
  const { from, to } = periodOf(ask, timeZone, deps.now());
  return {
    before: before.stored,
    after: after.stored,
    ...{ from, to, timeZone, sources: sourcesOf(ask, definitions) },
    changes: diffDefinitions(before.definition, after.definition)
      .slice(0, CHANGES_MAX)
      .map(({ text }) => text),
  };
}

async function readSide(deps: AskDeps, asked: AskedSide, path: 'before' | 'after'): Promise<ReadSide> {
  const { db } = deps;
  if (typeof asked === 'object') {
    const { document, name } = asked;
    const label = name ?? 'the given document';
    return checkedSide(deps, { document, label, named: null, path: `${path}.document` });
  }
  const name = String(asked);
  const found = await namedDefinition(db, name);
  if (found.kind === 'draft') {
    const { id, document } = found.row;
    return checkedSide(deps, { document, label: `draft ${id}`, named: id, path });
  }
  const { row, newest } = found;
  const { number, hash, document } = row;
  const { definition } = await told(deps.book.byNumber(number));
  const label = `version ${number}${number === newest ? ' (live)' : ''}`;
  return { stored: { label, named: String(number), number, hash, document }, definition };
}

/** A document that nobody has published: all its faults at once, each with its place. */
async function checkedSide(
  { db, now }: AskDeps,
  {
    document,
    label,
    named,
    path,
  }: {
    readonly document: string;
    readonly label: string;
    readonly named: string | null;
    readonly path: string;
  },
): Promise<ReadSide> {
  const { definition, faults } = checkDefinition(document, {
    today: new Date(now()).toISOString().slice(0, 10),
  });
  if (!definition) throw faultyProblem(label, path, faults);
  const number = ((await newestVersion(db))?.number ?? 0) + 1;
  const text = canonicalText(document);
  return { stored: { label, named, number, hash: contentHash(text), document: text }, definition };
}

function faultyProblem(label: string, path: string, faults: readonly Fault[]): Problem {
  const errors = faults.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const many = `${errors.length} error${errors.length === 1 ? '' : 's'}`;
  const where = (fault: Fault) =>
    `line ${fault.line}, column ${fault.column}: ${fault.path} ${fault.message}`;
  return new Problem('invalid', {
    detail: `${path}: ${label} has ${many}, so there is nothing to try. First: ${first ? where(first) : 'no content'}.`,
    errors: errors.map((fault) => ({
      path,
      message: `${where(fault)} (expected ${fault.expected}${fault.didYouMean ? `; did you mean ${fault.didYouMean}?` : ''})`,
    })),
    extra: { faults },
  });
}

function periodOf(ask: BacktestAsk, timeZone: string, nowMs: number): { from: string; to: string } {
  const toMs = Math.min(ask.to === undefined ? nowMs : momentMs(ask.to, timeZone, DAY_MS), nowMs);
  const fromMs = ask.from === undefined ? toMs - DEFAULT_DAYS * DAY_MS : momentMs(ask.from, timeZone, 0);
  if (fromMs >= nowMs) throw invalid('from', 'lies in the future; a backtest looks at what is on record');
  if (fromMs >= toMs) {
    throw invalid('from', `must lie before the end of the period, which is ${new Date(toMs).toISOString()}`);
  }
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

/** A date is the beginning of that day in the zone, moved on by as much of local time. */
function momentMs(text: string, timeZone: string, laterMs: number): number {
  const isDate = text.length === 10;
  return isDate ? instantAt(Date.parse(`${text}T00:00:00Z`) + laterMs, timeZone) : Date.parse(text);
}

function sourcesOf({ sources }: BacktestAsk, definitions: readonly HandoffDefinition[]): string[] | null {
  if (!sources) return null;
  const known = new Set([...definitions.flatMap((one) => Object.keys(one.sources)), DEFAULT_SOURCE]);
  const errors = sources.flatMap((source, index) => {
    if (known.has(source)) return [];
    const meant = closest(source, known);
    const message = `neither version names this source${meant ? `; did you mean ${meant}?` : '.'} They name ${[...known].join(', ')}`;
    return [{ path: `sources.${index}`, message }];
  });
  const [first] = errors;
  if (first) throw new Problem('invalid', { detail: `${first.path}: ${first.message}.`, errors });
  return [...new Set(sources)];
}
