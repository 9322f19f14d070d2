/** Checks the lists of one level: ids that fit together, entries that are complete, rules that some event can meet. */
import type { ActionTrigger, ScoringRule } from '../domain/definition.js';
import { eventConditionFindings, traitConditionFindings } from './condition-findings.js';
import type { HandoffDefinition } from './document.js';
import { durationText } from './durations.js';
import { CUSTOM_EVENT, LEAD_EVENTS } from './event-types.js';
import { closest, error, type Finding, type Path, warning } from './faults.js';
import type { Level } from './level.js';
import type { ActionDraft } from './schema.js';

/** What a platform does to a lead says nothing about the lead's interest. */
const PLATFORM_EVENTS: readonly string[] = ['email.sent', 'email.delivered', 'email.bounced'];

interface Entry {
  readonly id: string;
  readonly off?: boolean;
}

/** Duplicate ids, incomplete entries, and references to ids that are not there. */
export function listFindings(level: Level): readonly Finding[] {
  const { draft, base, terms } = level;
  const { scoring, triggers } = draft;
  const at = (...rest: Path): Path => [...level.path, ...rest];
  const known = terms.policy.triggers.actions.map(({ id }) => id);
  const actionIds = (path: Path, ids: readonly string[] | undefined) =>
    unknownIds({ path, ids, known, what: 'action', list: ['triggers', 'actions'] });
  const { converted, unqualified } = draft.after ?? {};
  const reopenOn = unqualified?.reopenOn;
  return [
    ...entryFindings(at('scoring', 'rules'), scoring?.rules, base?.scoring.rules, ['on', 'points']),
    ...entryFindings(at('scoring', 'groups'), scoring?.groups, base?.scoring.groups, ['rules', 'atMost']),
    ...entryFindings(at('scoring', 'fit'), scoring?.fit, base?.scoring.fit, ['where', 'points']),
    ...entryFindings(at('triggers', 'actions'), triggers?.actions, base?.triggers.actions, ['on', 'intent']),
    ...groupFindings(level),
    ...actionIds(at('triggers', 'explicit'), triggers?.explicit),
    ...actionIds(at('after', 'converted', 'reopenOn'), converted?.reopenOn),
    ...actionIds(at('after', 'unqualified', 'reopenOn'), Array.isArray(reopenOn) ? reopenOn : []),
  ];
}

function entryFindings<T extends Entry>(
  path: Path,
  entries: readonly T[] = [],
  base: readonly { readonly id: string }[] | undefined,
  needed: readonly (keyof T & string)[],
): Finding[] {
  const known = base?.map(({ id }) => id);
  return entries.flatMap((entry, index): Finding[] => {
    const at: Path = [...path, index];
    if (entries.findIndex(({ id }) => id === entry.id) < index) {
      return [error([...at, 'id'], `the id ${entry.id} stands in this list twice`, 'an id of its own')];
    }
    if (entry.off) {
      if (known?.includes(entry.id)) return offFindings(at, entry);
      const message = known
        ? `there is no ${entry.id} to turn off`
        : 'only a source can turn off what the defaults say';
      return [error(at, message, 'an id of the defaults, in a source', known && closest(entry.id, known))];
    }
    if (known?.includes(entry.id)) return [];
    const missing = needed.filter((key) => entry[key] === undefined);
    if (missing.length === 0) return [];
    const message = `${entry.id} is ${known ? 'not among the defaults' : 'incomplete'}: it says no ${missing.join(' and no ')}`;
    return [error(at, message, needed.join(' and '), known && closest(entry.id, known))];
  });
}

/** What stands beside `off: true` counts for nothing. */
function offFindings(at: Path, { id, off: _, ...rest }: Entry): Finding[] {
  const idle = Object.entries(rest).filter(([, value]) => value !== undefined);
  return idle.map(([key]) => warning([...at, key], `${id} is off, so this says nothing`, 'only id and off'));
}

function groupFindings({ path, draft, terms }: Level): Finding[] {
  const { rules, groups } = terms.policy.scoring;
  const known = rules.map(({ id }) => id);
  return (draft.scoring?.groups ?? []).flatMap((group, index): Finding[] => {
    if (group.off) return [];
    const at: Path = [...path, 'scoring', 'groups', index, 'rules'];
    const own = group.rules ?? [];
    const twice = own.flatMap((rule, position): Finding[] => {
      const repeated = own.indexOf(rule) < position;
      // Of two groups of one list the later one is told; a group of the defaults was there before all of a source.
      const other = groups.find(
        ({ id, rules: theirs }) =>
          id !== group.id && theirs.includes(rule) && !isLater(draft.scoring?.groups ?? [], id, index),
      );
      if (!repeated && !other) return [];
      const message = `the rule ${rule} is already in the group ${repeated ? group.id : other?.id}`;
      return [error([...at, position], message, 'a rule in one group only')];
    });
    return [...unknownIds({ path: at, ids: own, known, what: 'rule', list: ['scoring', 'rules'] }), ...twice];
  });
}

function isLater(groups: readonly Entry[], id: string, index: number): boolean {
  return groups.findIndex((group) => group.id === id) > index;
}

interface Reference {
  readonly path: Path;
  readonly ids: readonly string[] | undefined;
  readonly known: readonly string[];
  readonly what: string;
  /** Where, within a level, what is referred to stands. */
  readonly list: Path;
}

function unknownIds({ path, ids = [], known, what, list }: Reference): Finding[] {
  return ids.flatMap((id, index) => {
    if (known.includes(id)) return [];
    const expected = known.length > 0 ? `one of ${known.join(', ')}` : 'nothing: there are none';
    const finding = error([...path, index], `there is no ${what} ${id}`, expected, closest(id, known));
    return [{ ...finding, restsOn: idsOf(path, list) }];
  });
}

/** The ids of a list, in the level of `path` and in the defaults. */
function idsOf(path: Path, list: Path): readonly Path[] {
  const level = path[0] === 'sources' ? path.slice(0, 2) : path.slice(0, 1);
  return [level, ['defaults']].map((where) => [...where, ...list, '*', 'id']);
}

/** Rules, actions and entries of fit that nothing can meet, among those that this level writes. */
export function eventFindings(level: Level, definition: HandoffDefinition): readonly Finding[] {
  const { path, draft, terms } = level;
  const { scoring, triggers } = terms.policy;
  const find = <T extends Entry>(items: readonly T[], id: string) => items.find((item) => item.id === id);
  const rules = (draft.scoring?.rules ?? []).flatMap(({ id, off, on, points }, index) => {
    const rule = off ? undefined : find(scoring.rules, id);
    const at: Path = [...path, 'scoring', 'rules', index];
    if (!rule?.on) return on === undefined ? [] : typeFindings([...at, 'on'], on);
    return [...conditionFindings(at, rule, definition), ...pointFindings(at, rule, points)];
  });
  const fit = (draft.scoring?.fit ?? []).flatMap(({ id, off }, index) => {
    const entry = off ? undefined : find(scoring.fit, id);
    const at: Path = [...path, 'scoring', 'fit', index, 'where'];
    if (!entry) return [];
    const any = Object.keys(entry.where).length === 0;
    return any
      ? [warning(at, 'without a condition this holds for every lead', 'at least one trait')]
      : traitConditionFindings(at, entry.where);
  });
  const actions = (draft.triggers?.actions ?? []).flatMap((entry, index) => {
    const action = entry.off ? undefined : find(triggers.actions, entry.id);
    const at: Path = [...path, 'triggers', 'actions', index];
    if (!action?.on) return entry.on === undefined ? [] : typeFindings([...at, 'on'], entry.on);
    return [...conditionFindings(at, action, definition), ...countFindings(at, action, entry)];
  });
  return [...rules, ...fit, ...actions];
}

function pointFindings(path: Path, { on, atMost }: ScoringRule, points: number | undefined): Finding[] {
  const idle =
    points === 0
      ? [warning([...path, 'points'], 'a rule of no points changes nothing', 'points above or below 0')]
      : [];
  if (atMost?.per !== 'email' || on.startsWith('email.')) return idle;
  const message = `${on} names no mail, so all such events share one limit`;
  return [...idle, warning([...path, 'atMost', 'per'], message, 'resource, day or period')];
}

function conditionFindings(
  path: Path,
  { on, where }: ScoringRule | ActionTrigger,
  definition: HandoffDefinition,
): Finding[] {
  return [
    ...typeFindings([...path, 'on'], on),
    ...(where ? eventConditionFindings([...path, 'where'], on, where, definition) : []),
  ];
}

function typeFindings(path: Path, type: string): Finding[] {
  if (type.startsWith('sales.')) {
    return [error(path, 'what sales does is no act of the lead', 'an event of the lead')];
  }
  if (PLATFORM_EVENTS.includes(type)) {
    return [warning(path, `${type} is what the email platform did, not the lead`, 'an act of the lead')];
  }
  if (CUSTOM_EVENT.test(type) || LEAD_EVENTS.some((known) => known === type)) return [];
  return [
    error(
      path,
      `no event has the type ${type}`,
      `one of ${LEAD_EVENTS.join(', ')}, or custom.name`,
      closest(type, LEAD_EVENTS),
    ),
  ];
}

/** More visits than these are not remembered. */
const VISITS_MAX = 64;

function countFindings(
  path: Path,
  { times, withinMs, visitGapMs }: ActionTrigger,
  own: ActionDraft,
): Finding[] {
  if (times === 1) {
    return (['within', 'visitGap'] as const)
      .filter((key) => own[key] !== undefined)
      .map((key) =>
        warning([...path, key], `${key} says nothing when one event is enough`, 'times: 2, or more'),
      );
  }
  const restsOn: Path[] = ['times', 'within', 'visitGap'].map((key) => [...path, key]);
  if (times > VISITS_MAX) {
    return [
      error([...path, 'times'], `only the last ${VISITS_MAX} visits are remembered`, `at most ${VISITS_MAX}`),
    ];
  }
  if (withinMs === 0) return [{ ...error(path, `${times} times needs a window`, 'within: 7d'), restsOn }];
  if ((times - 1) * visitGapMs < withinMs) return [];
  const message = `${times} visits at least ${durationText(visitGapMs)} apart do not fit into ${durationText(withinMs)}`;
  return [{ ...error([...path, 'within'], message, 'a longer window or a shorter visitGap'), restsOn }];
}
