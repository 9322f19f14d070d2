/** From what a test says is given to the events of a lead's log. */

import type { EventBody } from '../store/schema.js';
import { closest } from './faults.js';
import { emailDomainTrait } from './free-mail.js';
import { type LoggedEvent, type Subject, subjectOf } from './subject.js';
import { ACTIVITIES, type GivenDraft } from './test-language.js';
import { type Moment, momentText } from './test-moment.js';
import type { Clock, Notes } from './test-notes.js';
import { EVENT_PROPERTIES, neededBy, propertiesOf } from './test-properties.js';

/** One event of a test. */
export interface GivenEvent {
  readonly subject: Subject;
  /** What the test calls it. */
  readonly id: string | null;
  readonly type: string;
  /** Index in `given`; null for the creation that nobody wrote down. */
  readonly entry: number | null;
  /** The refusal that the test expects of it. */
  readonly refused: string | null;
}

interface GivenLead {
  readonly created: Moment | undefined;
  readonly source: string | null;
  readonly traits: Readonly<Record<string, unknown>> | undefined;
  readonly given: readonly GivenDraft[];
}

interface Occurrence {
  readonly entry: number;
  readonly draft: GivenDraft;
  readonly atMs: number;
}

const COMMON = ['at', 'after', 'every', 'times', 'age', 'id'];
const OF_EVENTS = [...COMMON, 'event', 'source', 'properties', 'userAgent', 'imported'];

/** The log of the test's lead, in order. What is wrong goes to `notes`, and the answer is then of no use. */
export function givenEvents(lead: GivenLead, clock: Clock, notes: Notes): GivenEvent[] {
  const occurrences = schedule(lead, clock, notes);
  const first = occurrences[0];
  const createdMs = lead.created === undefined ? first?.atMs : clock.ms(lead.created);
  if (createdMs === undefined) {
    notes.error([], 'nothing happens in this test', 'at least one entry of given, or created');
    return [];
  }
  if (first && first.atMs < createdMs) {
    const when = `${momentText(createdMs, clock.timeZone)}`;
    notes.error(['given', first.entry], `this is before the lead was created (${when})`, 'a later time');
  }
  const events: GivenEvent[] = [];
  if (!lead.given.some(({ event }) => event === 'lead.created')) {
    const body: EventBody = {
      ...(lead.source !== null && { source: { name: lead.source } }),
      ...(lead.traits && { properties: { traits: traitsPatch(lead.traits) } }),
    };
    const imported = lead.given.some((draft) => draft.imported);
    events.push(
      eventOf({ seq: 1, type: 'lead.created', atMs: createdMs, body, backfill: imported }, null, null),
    );
  } else {
    if (lead.created) notes.error(['created'], 'given has a lead.created already', 'only one of the two');
    if (lead.traits) notes.error(['traits'], 'given has a lead.created', 'traits in that entry');
  }
  const numbered = occurrences.map((occurrence, index) => ({
    ...occurrence,
    seq: events.length + index + 1,
  }));
  const labels = labelsOf(numbered, notes);
  for (const occurrence of numbered) events.push(toEvent(occurrence, labels, clock));
  return events;
}

/** When each entry happens, and happens again. Entries stand in order; a series may reach past the entries after it. */
function schedule({ created, given }: GivenLead, clock: Clock, notes: Notes): Occurrence[] {
  const all: Occurrence[] = [];
  let startedMs = Number.NEGATIVE_INFINITY;
  let endedMs = created === undefined ? undefined : clock.ms(created);
  for (const [entry, draft] of given.entries()) {
    checkEntry(draft, ['given', entry], notes);
    const atMs = startOf(draft, entry, endedMs, clock, notes);
    if (atMs === undefined) continue;
    if (atMs < startedMs) {
      notes.error(
        ['given', entry, draft.at ? 'at' : 'after'],
        `this is before the entry above it (${momentText(startedMs, clock.timeZone)})`,
        'entries in the order in which they happen',
      );
    }
    startedMs = atMs;
    const times = draft.times ?? 1;
    for (let turn = 0; turn < times; turn += 1) {
      const happensMs = atMs + turn * (draft.every ?? 0);
      all.push({ entry, draft: draft.times ? numberedTexts(draft, turn + 1) : draft, atMs: happensMs });
      endedMs = happensMs;
    }
  }
  return all.sort((a, b) => a.atMs - b.atMs || a.entry - b.entry);
}

function startOf(
  draft: GivenDraft,
  entry: number,
  endedMs: number | undefined,
  clock: Clock,
  notes: Notes,
): number | undefined {
  if ((draft.at === undefined) === (draft.after === undefined)) {
    const message = draft.at ? 'at and after stand here both' : 'when this happens is missing';
    notes.error(['given', entry], message, 'at or after');
    return undefined;
  }
  if (draft.at) return clock.ms(draft.at);
  if (endedMs === undefined) {
    notes.error(
      ['given', entry, 'after'],
      'there is nothing that this could be after',
      'at, or created above',
    );
    return undefined;
  }
  return endedMs + (draft.after ?? 0);
}

/** In a series `#` stands for 1, 2, 3 … */
function numberedTexts<T>(value: T, turn: number): T {
  if (typeof value === 'string') return value.replaceAll('#', String(turn)) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => numberedTexts(item, turn)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, numberedTexts(item, turn)]),
  ) as T;
}

function checkEntry(draft: GivenDraft, path: readonly (string | number)[], notes: Notes): void {
  const subjects = (['event', 'sales', 'operator'] as const).filter((name) => draft[name] !== undefined);
  if (subjects.length !== 1) {
    const message =
      subjects.length === 0 ? 'what happens is missing' : `${subjects.join(' and ')} stand here both`;
    notes.error(path, message, 'event, sales or operator');
    return;
  }
  if ((draft.every === undefined) !== (draft.times === undefined)) {
    notes.error(path, 'a series needs both every and times', 'every: 7d, times: 4');
  }
  const allowed = allowedKeys(draft);
  const what = draft.event ?? draft.sales ?? draft.operator ?? '';
  for (const name of Object.keys(draft)) {
    if (allowed.includes(name)) continue;
    const own = (EVENT_PROPERTIES as readonly string[]).includes(name);
    const hint = own ? `; a property of your own goes into properties: { ${name}: … }` : '';
    notes.errorAtKey([...path, name], `${what} has no ${name}`, `one of ${allowed.join(', ')}${hint}`);
  }
  const needed = neededBy(draft.event ?? '');
  if (needed.length > 0 && !needed.some((name) => name in draft)) {
    notes.error(path, `${what} says nothing without its ${needed.join(' or ')}`, needed.join(' or '));
  }
  if (draft.operator === 'reassign' && draft.to === undefined)
    notes.error([...path, 'to'], 'is missing', 'a rep’s id');
  if (draft.operator?.startsWith('label_') && draft.of === undefined) {
    notes.error([...path, 'of'], 'is missing', 'the id of an event of this test');
  }
}

function allowedKeys({ event, sales, operator }: GivenDraft): readonly string[] {
  if (event !== undefined) return [...OF_EVENTS, ...propertiesOf(event)];
  if (sales !== undefined)
    return [...COMMON, 'sales', 'number', 'refused', ...(sales === 'not_ready' ? ['followUpOn'] : [])];
  if (operator === 'reassign') return [...COMMON, 'operator', 'refused', 'to'];
  return [...COMMON, 'operator', 'refused', ...(operator?.startsWith('label_') ? ['of'] : [])];
}

type Numbered = Occurrence & { readonly seq: number };

/** A label stands at the event it is given to, with the number of the command that gave it. */
function labelsOf(occurrences: readonly Numbered[], notes: Notes): ReadonlyMap<number, Label> {
  const labels = new Map<number, Label>();
  const ids = new Map(
    occurrences.flatMap(({ draft, seq }) => (draft.id === undefined ? [] : [[draft.id, seq]])),
  );
  for (const { draft, entry, seq } of occurrences) {
    if (draft.of === undefined) continue;
    const target = ids.get(draft.of);
    if (target === undefined || target >= seq) {
      const known = [...ids].filter(([, other]) => other < seq).map(([id]) => id);
      notes.error(
        ['given', entry, 'of'],
        `no event before this one has the id ${draft.of}`,
        known.length === 0 ? 'an event above with that id' : `one of ${known.join(', ')}`,
        closest(draft.of, known),
      );
    } else labels.set(target, { label: draft.operator === 'label_human' ? 'human' : 'machine', by: seq });
  }
  return labels;
}

interface Label {
  readonly label: 'human' | 'machine';
  readonly by: number;
}

function toEvent(
  { draft, entry, atMs, seq }: Numbered,
  labels: ReadonlyMap<number, Label>,
  clock: Clock,
): GivenEvent {
  const label = labels.get(seq)?.label ?? null;
  const target = [...labels].find(([, { by }]) => by === seq)?.[0];
  const occurredMs = atMs - (draft.age ?? 0);
  if (draft.event === undefined) {
    const body: EventBody = { command: command(draft, seq, occurredMs, target) };
    const type = draft.sales ?? draft.operator ?? '';
    return eventOf({ seq, type, atMs, occurredMs, body }, draft, entry);
  }
  const properties: Record<string, unknown> = { ...draft.properties };
  for (const name of EVENT_PROPERTIES) if (draft[name] !== undefined) properties[name] = draft[name];
  if (draft.traits) properties.traits = traitsPatch(draft.traits);
  if (draft.meetingAt) properties.meetingAt = new Date(clock.ms(draft.meetingAt)).toISOString();
  const body: EventBody = {
    properties,
    ...(draft.source !== undefined && { source: { name: draft.source } }),
    ...(draft.userAgent !== undefined && { context: { userAgent: draft.userAgent } }),
  };
  const backfill = draft.imported === true;
  return eventOf({ seq, type: draft.event, atMs, occurredMs, body, label, backfill }, draft, entry);
}

function command(
  { sales, operator, number, followUpOn, to }: GivenDraft,
  seq: number,
  occurredMs: number,
  target: number | undefined,
): NonNullable<EventBody['command']> {
  const id = `command-${seq}`;
  const at = new Date(occurredMs).toISOString();
  if (sales !== undefined) {
    const isActivity = (ACTIVITIES as readonly string[]).includes(sales);
    const what = isActivity
      ? { kind: 'activity', activity: sales }
      : { kind: 'disposition', disposition: sales };
    return {
      id,
      ...what,
      at,
      ...(number !== undefined && { handoff: number }),
      ...(followUpOn && { followUpOn }),
    };
  }
  if (operator === 'hand_off') return { id, kind: 'handoff' };
  if (operator === 'reassign') return { id, kind: 'reassign', rep: to };
  return operator === 'judge' ? { id, kind: 'judge' } : { id, kind: 'correct', target };
}

interface NewEvent {
  readonly seq: number;
  readonly type: string;
  readonly atMs: number;
  readonly occurredMs?: number;
  readonly body: EventBody;
  readonly label?: LoggedEvent['label'];
  readonly backfill?: boolean;
}

function eventOf(event: NewEvent, draft: GivenDraft | null, entry: number | null): GivenEvent {
  const { seq, type, atMs, occurredMs = atMs, body, label = null, backfill = false } = event;
  const subject = subjectOf({
    ...{ seq, type, occurredAtMs: occurredMs, acceptedAtMs: atMs },
    ...{ backfill, anonymous: false, label, body },
  });
  return { subject, id: draft?.id ?? null, type, entry, refused: draft?.refused ?? null };
}

/** Conditions see the domain of an address and not the address; here as where leads are kept. */
function traitsPatch(traits: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const domain = typeof traits.email === 'string' ? emailDomainTrait(traits.email) : undefined;
  return domain === undefined ? traits : { ...traits, emailDomain: domain };
}
