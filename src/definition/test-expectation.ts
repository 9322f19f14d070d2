/** From what a test expects to what can be compared with what happened. */
import type { Path } from './faults.js';
import type { WantedPoints } from './test-fields.js';
import { type ExpectationDraft, KINDS, type Kind } from './test-language.js';
import type { Moment } from './test-moment.js';
import type { Clock, Notes } from './test-notes.js';

/** What one key must be. A word may also be one of several that the other side has. */
export type Wanted =
  | { readonly is: 'any' }
  | { readonly is: 'word'; readonly value: string | number | boolean | null }
  | { readonly is: 'instant'; readonly atMs: number | null }
  | { readonly is: 'points'; readonly points: WantedPoints }
  | { readonly is: 'set'; readonly words: readonly string[] };

export interface Expectation {
  /** `lead`: how the lead is at `atMs`. */
  readonly kind: Kind | 'lead';
  readonly atMs: number | null;
  /** By key; `at` and what names the happening are among them. */
  readonly wanted: ReadonlyMap<string, Wanted>;
  readonly path: Path;
}

const KEYS: Readonly<Record<Kind | 'lead', readonly (keyof ExpectationDraft)[]>> = {
  handoff: [
    ...(['at', 'number', 'intent', 'task', 'sla', 'reminder', 'rep', 'routedBy', 'score'] as const),
    ...(['source', 'alsoHeld', 'stale'] as const),
  ],
  reentry: ['at', 'number', 'track', 'tag'],
  ended: ['at', 'number', 'replaces'],
  mail: ['at', 'number'],
  alert: ['at', 'to', 'number'],
  held: ['at'],
  machine: ['at', 'because'],
  became: ['at'],
  added: ['at', 'number'],
  lead: [
    ...([
      'at',
      'stage',
      'track',
      'score',
      'fit',
      'points',
      'opens',
      'clicks',
      'machines',
      'suppressed',
    ] as const),
    ...([
      'tags',
      'handoffs',
      'period',
      'source',
      'task',
      'taskState',
      'sla',
      'slaState',
      'reminder',
    ] as const),
    ...(['rep', 'followUp'] as const),
  ],
};

/** Names of the definition and the test that expectations may speak of. */
export interface KnownNames {
  readonly actions: readonly string[];
  readonly rules: readonly string[];
  readonly tags: readonly string[];
  readonly sources: readonly string[];
  readonly reps: readonly string[];
  /** Ids and types of the test's events. */
  readonly events: readonly string[];
}

/** Null where something is wrong with it, which `notes` then has. */
export function expectationOf(
  draft: ExpectationDraft,
  path: Path,
  clock: Clock,
  names: KnownNames,
  notes: Notes,
): Expectation | null {
  const subjects = KINDS.filter((kind) => draft[kind] !== undefined);
  const before = notes.findings.length;
  if (subjects.length > 1) {
    notes.error(path, `${subjects.join(' and ')} stand in one entry`, 'an entry for each');
    return null;
  }
  const kind = subjects[0] ?? 'lead';
  if (kind === 'lead' && draft.at === undefined)
    notes.error([...path, 'at'], 'is missing', 'the instant at which the lead is to be so');
  const allowed: readonly string[] = [...(kind === 'lead' ? [] : [kind]), ...KEYS[kind]];
  for (const name of Object.keys(draft)) {
    if (allowed.includes(name)) continue;
    const what = kind === 'lead' ? 'the lead at an instant' : kind;
    notes.errorAtKey([...path, name], `${name} says nothing about ${what}`, `one of ${allowed.join(', ')}`);
  }
  if (kind === 'lead' && Object.keys(draft).length < 2)
    notes.error(path, 'nothing is expected here', `at and one of ${KEYS.lead.slice(1).join(', ')}`);
  checkNames(draft, path, names, notes);
  if (notes.findings.length > before) return null;
  const wanted = new Map<string, Wanted>();
  for (const name of allowed) addWanted(wanted, name, draft[name as keyof ExpectationDraft], clock);
  return { kind, atMs: draft.at === undefined ? null : clock.ms(draft.at), wanted, path };
}

const OTHER_TRIGGERS = ['score', 'fallback', 'manual', 'follow_up'];

function checkNames(draft: ExpectationDraft, path: Path, names: KnownNames, notes: Notes): void {
  const triggers = [...names.actions, ...OTHER_TRIGGERS];
  const check = (
    key: keyof ExpectationDraft,
    value: string | null | undefined,
    known: readonly string[],
    what: string,
  ) => {
    if (value !== undefined && value !== null) notes.unknown([...path, key], value, known, what);
  };
  check('handoff', draft.handoff, [...triggers, 'any'], 'trigger');
  check('added', draft.added, names.actions, 'action');
  check('machine', draft.machine, names.events, 'event in this test with the id or type');
  check('tag', draft.tag, names.tags, 'tag in the definition called');
  check('source', draft.source, names.sources, 'source');
  check('rep', draft.rep, names.reps, 'rep in this test called');
  for (const trigger of draft.alsoHeld ?? []) check('alsoHeld', trigger, triggers, 'trigger');
  for (const tag of draft.tags ?? []) check('tags', tag, names.tags, 'tag in the definition called');
  for (const rule of Object.keys(draft.points ?? {})) {
    notes.unknown([...path, 'points', rule], rule, names.rules, 'scoring rule');
  }
}

const INSTANTS: ReadonlySet<string> = new Set(['at', 'task', 'sla', 'reminder', 'followUp']);

function addWanted(wanted: Map<string, Wanted>, name: string, value: unknown, clock: Clock): void {
  if (value === undefined) return;
  if (name === 'points') {
    for (const [rule, points] of Object.entries(value as Record<string, WantedPoints>))
      wanted.set(`points.${rule}`, { is: 'points', points });
  } else if (name === 'score' || name === 'fit') {
    wanted.set(name, { is: 'points', points: value as WantedPoints });
  } else if (INSTANTS.has(name)) {
    wanted.set(name, { is: 'instant', atMs: value === null ? null : clock.ms(value as Moment) });
  } else if (Array.isArray(value)) {
    wanted.set(name, { is: 'set', words: value as readonly string[] });
  } else {
    wanted.set(name, value === 'any' ? { is: 'any' } : { is: 'word', value: value as string });
  }
}
