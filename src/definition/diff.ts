/** What changed between two definitions, in words that marketing and sales both read. */
import { entryIds, factsOfEverything } from './diff-everything.js';
import {
  changeWords,
  compareFacts,
  type Fact,
  type FactChange,
  type Facts,
  factsByPath,
  insteadWords,
  mergeChanges,
  nothingElse,
} from './diff-fact.js';
import { afterwardsFacts, handoffFacts } from './diff-handoff.js';
import { namedAction, scoringFacts, triggerFacts } from './diff-scoring.js';
import type { HandoffDefinition, SourceTerms } from './document.js';
import { countWords, listWords, quoted } from './words.js';

/** One change that decides something (or a signature or name); every field is text for people but `source` and `path`. */
export interface DefinitionChange {
  /** The id of the source that it is about; null when it is not about one source. */
  readonly source: string | null;
  /** `Everything`, `All sources`, `Any other source` (every named one keeps its own), or the source's title. */
  readonly scope: string;
  /** Where it stands in a document, below `defaults` or the source. */
  readonly path: string;
  /** Null for what is new. */
  readonly before: string | null;
  /** Null for what is gone. */
  readonly after: string | null;
  /** The whole change in words, scope included; the changed lines of a mail follow on lines of their own. */
  readonly text: string;
}

/** A change of the defaults, and which sources it does not reach. */
interface BaseChange extends FactChange {
  readonly note: string;
  readonly reachesNone: boolean;
}

/**
 * The effective changes, source by source after inheritance. A change of the defaults is told once, with the sources that
 * keep their own. Empty exactly when nothing that decides anything changed; the order within lists whose order decides
 * nothing (holidays, phrases, rules) is no change.
 */
export function diffDefinitions(
  before: HandoffDefinition,
  after: HandoffDefinition,
): readonly DefinitionChange[] {
  const [oldIds, newIds] = entryIds(before, after);
  const everything = mergeChanges(
    compareFacts(
      factsByPath(factsOfEverything(before, oldIds)),
      factsByPath(factsOfEverything(after, newIds)),
    ),
    () => '',
  );
  return [
    ...changesOfSources(before, after),
    ...everything.map((change) => ({
      source: null,
      scope: 'Everything',
      path: change.fact.path,
      before: change.before,
      after: change.after,
      text: capitalized(changeWords(change)),
    })),
  ];
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A source of both definitions with its own changes. */
interface ComparedSource {
  readonly id: string;
  readonly title: string;
  readonly titleBefore: string;
  /** What holds for it now; put into words when first asked for. */
  readonly after: () => Facts;
  readonly changes: ReadonlyMap<string, FactChange>;
}

function changesOfSources(before: HandoffDefinition, after: HandoffDefinition): DefinitionChange[] {
  const sources = Object.entries(after.sources).flatMap(([id, terms]): ComparedSource[] => {
    const old = ownEntry(before.sources, id);
    return old ? [comparedSource(id, old, terms)] : [];
  });
  const base = compareTerms(before.defaults, after.defaults).map((change) => reach(change, sources));
  const baseKeys = new Map(base.map(({ fact, key }) => [fact.path, key]));
  return [
    ...mergeChanges(base, ({ note }) => note).map(baseChange),
    ...sources.flatMap((source) => ownChanges(source, baseKeys)),
    ...Object.entries(after.sources)
      .filter(([id]) => !ownEntry(before.sources, id))
      .map(([id, terms]) => sourceAdded(id, terms, after.defaults)),
    ...Object.entries(before.sources)
      .filter(([id]) => !ownEntry(after.sources, id))
      .map(([id, terms]) => sourceRemoved(id, terms, before.defaults)),
  ];
}

function ownEntry(sources: HandoffDefinition['sources'], id: string): SourceTerms | undefined {
  return Object.hasOwn(sources, id) ? sources[id] : undefined;
}

function comparedSource(id: string, before: SourceTerms, after: SourceTerms): ComparedSource {
  const changes = compareTerms(before, after);
  let facts: Facts | undefined;
  return {
    id,
    title: after.title,
    titleBefore: before.title,
    after: () => {
      facts ??= sourceFacts(after);
      return facts;
    },
    changes: new Map(changes.map((change) => [change.fact.path, change])),
  };
}

/** Most sources of most changes stay as they are: those are not put into words. */
function compareTerms(before: SourceTerms, after: SourceTerms): FactChange[] {
  const same = JSON.stringify([before.policy, before.mails]) === JSON.stringify([after.policy, after.mails]);
  return same ? [] : compareFacts(sourceFacts(before), sourceFacts(after));
}

const sourceFacts = (terms: SourceTerms): Facts => factsByPath(factsOfSource(terms));

/** Everything a source decides for itself; machines, replies and content are the same for all and told elsewhere. */
function factsOfSource({ policy, mails }: SourceTerms): Fact[] {
  const { source, scoring, triggers, handoff, machines, replies, content, ...afterwards } = policy;
  const { reentry, after, nurture, ...rest } = afterwards;
  nothingElse(rest);
  const actionName = (id: string): string => namedAction(triggers, id);
  return [
    ...scoringFacts(scoring),
    ...triggerFacts(triggers, actionName),
    ...handoffFacts(handoff, mails),
    ...afterwardsFacts({ reentry, after, nurture }, actionName),
  ];
}

/** Which sources a change of the defaults does not reach, in words. */
function reach(change: FactChange, sources: readonly ComparedSource[]): BaseChange {
  const left = sources.filter((source) => source.changes.get(change.fact.path)?.key !== change.key);
  const reachesNone = sources.length > 0 && left.length === sources.length;
  const groups = new Map<string, [Why, string[]]>();
  for (const source of left) {
    const why = reasonWhy(change, source);
    const [, titles] = groups.get(why(1)) ?? [why, []];
    groups.set(why(1), [why, [...titles, source.title]]);
  }
  const notes = [...groups.values()].map(
    ([why, titles]) => `not ${listWords(titles, 'and')}, ${why(titles.length)}`,
  );
  return { ...change, reachesNone, note: notes.length === 0 ? '' : ` (${notes.join('; ')})` };
}

/** The words for a number of sources. */
type Why = (sources: number) => string;
const which =
  (one: string, many: string): Why =>
  (sources) =>
    `which ${sources === 1 ? one : many}`;

/** Why a source does not take part in a change of the defaults. */
function reasonWhy({ fact, after }: FactChange, source: ComparedSource): Why {
  const { path, style, within } = fact;
  if (source.changes.has(path) || (within !== undefined && source.changes.has(within)))
    return () => 'told below';
  const own = source.after().get(path);
  if (!own) {
    const gone = after === null && (style === 'entry' || style === 'member');
    return gone
      ? which('did without it already', 'did without it already')
      : which('does without it', 'do without it');
  }
  if (style === 'entry' || style === 'member')
    return after === null
      ? which('keeps it', 'keep it')
      : which('has its own already', 'have their own already');
  if (style === 'text' || style === 'order') return which('keeps its own', 'keep their own');
  return own.words === after
    ? which(`has ${own.words} already`, `have ${own.words} already`)
    : which(`keeps its own ${own.words}`, `keep their own ${own.words}`);
}

function baseChange(change: BaseChange): DefinitionChange {
  const scope = change.reachesNone ? 'Any other source' : 'All sources';
  return {
    source: null,
    scope,
    path: change.fact.path,
    before: change.before,
    after: change.after,
    text: `${scope}: ${changeWords(change, change.note)}`,
  };
}

/** What changed for a source otherwise than for the defaults. */
function ownChanges(source: ComparedSource, baseKeys: ReadonlyMap<string, string>): DefinitionChange[] {
  const { id, title, titleBefore, changes } = source;
  const own = [...changes.values()].filter(({ fact, key }) => baseKeys.get(fact.path) !== key);
  const renamed: DefinitionChange = {
    source: id,
    scope: title,
    path: 'title',
    before: titleBefore,
    after: title,
    text: `Source ${quoted(id)}: title ${quoted(titleBefore)} → ${quoted(title)}`,
  };
  return [
    ...(titleBefore === title ? [] : [renamed]),
    ...mergeChanges(own, () => '').map((change) => ({
      source: id,
      scope: title,
      path: change.fact.path,
      before: change.before,
      after: change.after,
      text: `${title}: ${changeWords(change)}`,
    })),
  ];
}

/** How a source that stands in one definition only differs from that definition's defaults. */
function ownWords(terms: SourceTerms, defaults: SourceTerms): string {
  const own = mergeChanges(compareTerms(defaults, terms), () => '').map(insteadWords);
  return own.length === 0 ? 'exactly like any other source' : `like any other source, but ${own.join('; ')}`;
}

function sourceAdded(id: string, terms: SourceTerms, defaults: SourceTerms): DefinitionChange {
  const words = ownWords(terms, defaults);
  return {
    source: id,
    scope: terms.title,
    path: 'source',
    before: null,
    after: words,
    text: `New source ${terms.title} (${id}): ${words}`,
  };
}

function sourceRemoved(id: string, terms: SourceTerms, defaults: SourceTerms): DefinitionChange {
  const words = ownWords(terms, defaults);
  return {
    source: id,
    scope: terms.title,
    path: 'source',
    before: words,
    after: null,
    text: `Source ${terms.title} (${id}) removed, its leads now count as any other source; it was ${words}`,
  };
}

/** The changes as lines for people, what belongs together in a block; one line that says so when there are none. */
export function diffLines(changes: readonly DefinitionChange[]): string[] {
  if (changes.length === 0) return ['Nothing that decides anything changed.'];
  const blocks = new Map<string, DefinitionChange[]>();
  for (const change of changes) {
    const block = JSON.stringify([change.source, change.source === null ? change.scope : null]);
    blocks.set(block, [...(blocks.get(block) ?? []), change]);
  }
  const formal = changes.every(({ path }) => path === 'name' || path.startsWith('signedOffBy.'));
  const what = changes.every(({ path }) => path !== 'name') ? 'signatures' : 'name or the signatures';
  const head = formal
    ? `Only the ${what} changed; nothing that decides anything did.`
    : `${countWords(changes.length, 'change')}:`;
  return [
    head,
    ...[...blocks.values()].flatMap((block) => ['', ...block.flatMap(({ text }) => text.split('\n'))]),
  ];
}
