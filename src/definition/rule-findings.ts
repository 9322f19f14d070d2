/** Checks the lists of one level: ids that fit together, entries that are complete, rules that some event can meet. */
import type { ActionTrigger, ScoringRule, Where } from '../domain/definition.js';
import type { HandoffDefinition } from './document.js';
import { durationText } from './durations.js';
import { closest, error, type Finding, type Path, warning } from './faults.js';
import type { Level } from './level.js';

const LEAD_EVENTS = [
  'lead.created',
  'lead.updated',
  'customer.created',
  'email.sent',
  'email.delivered',
  'email.opened',
  'email.clicked',
  'email.replied',
  'email.bounced',
  'email.complained',
  'email.unsubscribed',
  'email.resubscribed',
  'page.viewed',
  'content.downloaded',
  'form.submitted',
  'webinar.registered',
  'webinar.attended',
  'demo.requested',
  'pricing.requested',
  'trial.started',
  'meeting.booked',
] as const;
const CUSTOM_EVENT = /^custom\.[A-Za-z0-9][A-Za-z0-9_.-]*$/;
/** What a platform does to a lead says nothing about the lead's interest. */
const PLATFORM_EVENTS: readonly string[] = ['email.sent', 'email.delivered', 'email.bounced'];
const REPLY_CLASSES: readonly string[] = ['auto_reply', 'opt_out', 'buying_signal', 'question', 'other'];

interface Entry {
  readonly id: string;
  readonly off?: boolean;
}

/** Duplicate ids, incomplete entries, and references to ids that are not there. */
export function listFindings(level: Level): readonly Finding[] {
  const { draft, base, terms } = level;
  const { scoring, triggers } = draft;
  const at = (...rest: Path): Path => [...level.path, ...rest];
  const actions = terms.policy.triggers.actions.map(({ id }) => id);
  const { converted, unqualified } = draft.after ?? {};
  const reopenOn = unqualified?.reopenOn;
  return [
    ...entryFindings(at('scoring', 'rules'), scoring?.rules, base?.scoring.rules, ['on', 'points']),
    ...entryFindings(at('scoring', 'groups'), scoring?.groups, base?.scoring.groups, ['rules', 'atMost']),
    ...entryFindings(at('scoring', 'fit'), scoring?.fit, base?.scoring.fit, ['where', 'points']),
    ...entryFindings(at('triggers', 'actions'), triggers?.actions, base?.triggers.actions, ['on', 'intent']),
    ...groupFindings(level),
    ...unknownIds(at('triggers', 'explicit'), triggers?.explicit, actions, 'action'),
    ...unknownIds(at('after', 'converted', 'reopenOn'), converted?.reopenOn, actions, 'action'),
    ...unknownIds(
      at('after', 'unqualified', 'reopenOn'),
      Array.isArray(reopenOn) ? reopenOn : [],
      actions,
      'action',
    ),
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
      if (known?.includes(entry.id)) return [];
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

function groupFindings({ path, draft, terms }: Level): Finding[] {
  const rules = terms.policy.scoring.rules.map(({ id }) => id);
  const inGroup = new Map<string, string>();
  return (draft.scoring?.groups ?? []).flatMap((group, index): Finding[] => {
    const at: Path = [...path, 'scoring', 'groups', index, 'rules'];
    const twice = (group.rules ?? []).flatMap((rule, position): Finding[] => {
      const other = inGroup.get(rule);
      inGroup.set(rule, group.id);
      if (other === undefined) return [];
      return [
        error(
          [...at, position],
          `the rule ${rule} is already in the group ${other}`,
          'a rule in one group only',
        ),
      ];
    });
    return [...unknownIds(at, group.rules, rules, 'rule'), ...twice];
  });
}

function unknownIds(
  path: Path,
  ids: readonly string[] = [],
  known: readonly string[],
  what: string,
): Finding[] {
  return ids.flatMap((id, index) => {
    if (known.includes(id)) return [];
    const expected = known.length > 0 ? `one of ${known.join(', ')}` : 'nothing: there are none';
    return [error([...path, index], `there is no ${what} ${id}`, expected, closest(id, known))];
  });
}

/** Rules and actions that no event can meet, among those that this level writes. */
export function eventFindings(level: Level, definition: HandoffDefinition): readonly Finding[] {
  const { path, draft, terms } = level;
  const find = <T extends Entry>(items: readonly T[], id: string) => items.find((item) => item.id === id);
  const rules = (draft.scoring?.rules ?? []).flatMap(({ id, off }, index) => {
    const rule = off ? undefined : find(terms.policy.scoring.rules, id);
    return rule?.on ? conditionFindings([...path, 'scoring', 'rules', index], rule, definition) : [];
  });
  const actions = (draft.triggers?.actions ?? []).flatMap(({ id, off }, index) => {
    const action = off ? undefined : find(terms.policy.triggers.actions, id);
    const at: Path = [...path, 'triggers', 'actions', index];
    return action?.on ? [...conditionFindings(at, action, definition), ...countFindings(at, action)] : [];
  });
  return [...rules, ...actions];
}

function conditionFindings(
  path: Path,
  { on, where }: ScoringRule | ActionTrigger,
  definition: HandoffDefinition,
): Finding[] {
  return [
    ...typeFindings([...path, 'on'], on),
    ...(where ? whereFindings([...path, 'where'], where, definition) : []),
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

function whereFindings(path: Path, where: Where, { content }: HandoffDefinition): Finding[] {
  const wanted = (name: string): readonly string[] => {
    const test = Object.hasOwn(where, name) ? where[name] : undefined;
    return test && 'equals' in test ? test.equals.map(String) : [];
  };
  const findings: Finding[] = [];
  for (const name of ['kind', 'topic'] as const) {
    const known = content.flatMap((rule) => rule[name] ?? []);
    const values = wanted(name);
    if (values.length === 0 || values.some((value) => known.includes(value))) continue;
    const expected = known.length > 0 ? `one of ${[...new Set(known)].join(', ')}` : 'an entry under content';
    findings.push(
      warning([...path, name], `no entry of content has the ${name} ${values.join(' or ')}`, expected),
    );
  }
  const odd = wanted('reply').filter((value) => !REPLY_CLASSES.includes(value));
  if (odd.length > 0) {
    const meant = closest(odd[0] ?? '', REPLY_CLASSES);
    findings.push(
      error(
        [...path, 'reply'],
        `no reply is classified as ${odd.join(' or ')}`,
        `one of ${REPLY_CLASSES.join(', ')}`,
        meant,
      ),
    );
  }
  return findings;
}

function countFindings(path: Path, { times, withinMs, visitGapMs }: ActionTrigger): Finding[] {
  if (times === 1) return [];
  if (withinMs === 0) return [error(path, `${times} times needs a window`, 'within: 7d')];
  if ((times - 1) * visitGapMs < withinMs) return [];
  const message = `${times} visits at least ${durationText(visitGapMs)} apart do not fit into ${durationText(withinMs)}`;
  return [error([...path, 'within'], message, 'a longer window or a shorter visitGap')];
}
