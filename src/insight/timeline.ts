/** A lead's whole story, from its log, its journal and its ledger, page by page in either direction. */
import { observeLog } from '../definition/facts.js';
import type { DefinitionBook, PublishedDefinition } from '../definition/versions.js';
import { decisionWords, type Tongue } from '../domain/decision-words.js';
import { corePolicy, type SourcePolicy } from '../domain/definition.js';
import { type EventMark, EventMarker } from '../domain/event-marks.js';
import { actPast } from '../domain/explain.js';
import { effectWords } from '../domain/timeline-words.js';
import type { Db } from '../store/database.js';
import type { EffectSummary } from '../store/read/effects.js';
import { lifePages } from '../store/read/life.js';
import { namesOf } from '../store/read/names.js';
import {
  firstReps,
  type JournalLine,
  type Order,
  type Place,
  type TimelineEvent,
  timelineEffects,
  timelineEvents,
  timelineJournal,
} from '../store/read/timeline.js';
import { recordedStatus } from '../store/sendable.js';
import { localMoment } from './local-moment.js';
import { decisionIds, eventIds, eventText } from './timeline-events.js';

/** What happens at one instant is told in this order: what came in, what was decided, what was done about it. */
const RANKS = { event: 0, decision: 1, effect: 2 } as const;
type EntryKind = keyof typeof RANKS;

/** A place in the whole timeline: the instant, the rank of the kind, which one, and which of its decisions. */
export type TimelineCursor = readonly [atMs: number, rank: 0 | 1 | 2, which: number | string, index: number];

export interface TimelineEntry {
  readonly at: Date;
  readonly kind: EntryKind;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly cursor: TimelineCursor;
}

export interface TimelineQuestion {
  readonly lead: { readonly id: string; readonly source: string | null };
  readonly order: Order;
  readonly after: TimelineCursor | null;
  readonly limit: number;
  readonly atMs: number;
}

/** What is found before it is put into words. */
type Found = { readonly cursor: TimelineCursor } & (
  | { readonly kind: 'event'; readonly event: TimelineEvent }
  | { readonly kind: 'decision'; readonly line: JournalLine }
  | { readonly kind: 'effect'; readonly effect: EffectSummary }
);

/** The next entries of a lead's timeline, at most `limit`. */
export async function readTimeline(
  db: Db,
  book: Pick<DefinitionBook, 'current'>,
  question: TimelineQuestion,
): Promise<TimelineEntry[]> {
  const found = [
    ...(await foundEvents(db, question)),
    ...(await foundDecisions(db, question)),
    ...(await foundEffects(db, question)),
  ];
  const direction = question.order === 'asc' ? 1 : -1;
  found.sort((a, b) => direction * compare(a.cursor, b.cursor));
  return tell(db, await book.current(), question, found.slice(0, question.limit));
}

function compare(a: TimelineCursor, b: TimelineCursor): number {
  for (const [index, one] of a.entries()) {
    const other = b[index];
    if (other === undefined || one === other) continue;
    return one < other ? -1 : 1;
  }
  return 0;
}

/** Where the entries of one kind go on after a cursor that may be of another kind. */
function placeOf<Sub extends number | string>(
  { after, order }: TimelineQuestion,
  kind: EntryKind,
  isSub: (which: number | string) => which is Sub,
): Place<Sub> | null {
  if (after === null) return null;
  const [atMs, rank, which] = after;
  const mine = RANKS[kind];
  if (mine === rank && isSub(which)) return { atMs, sub: which, whole: false };
  return { atMs, sub: null, whole: order === 'asc' ? mine > rank : mine < rank };
}

const isNumber = (which: number | string): which is number => typeof which === 'number';
const isText = (which: number | string): which is string => typeof which === 'string';

async function foundEvents(db: Db, question: TimelineQuestion): Promise<Found[]> {
  const { lead, order, limit } = question;
  const events = await timelineEvents(db, lead.id, {
    order,
    after: placeOf(question, 'event', isNumber),
    limit,
  });
  return events.map((event) => ({
    kind: 'event',
    event,
    cursor: [event.occurredAt.getTime(), RANKS.event, event.position, 0],
  }));
}

async function foundEffects(db: Db, question: TimelineQuestion): Promise<Found[]> {
  const { lead, order, limit } = question;
  const effects = await timelineEffects(db, lead.id, {
    order,
    after: placeOf(question, 'effect', isText),
    limit,
  });
  return effects.map((effect) => ({
    kind: 'effect',
    effect,
    cursor: [effect.updatedAt.getTime(), RANKS.effect, effect.key, 0],
  }));
}

/** One line of the journal holds any number of decisions, none included: lines are read until there are enough. */
async function foundDecisions(db: Db, question: TimelineQuestion): Promise<Found[]> {
  const { lead, order, limit, after } = question;
  const inclusive = order === 'asc' ? -1 : 1;
  let place = placeOf(question, 'decision', isNumber);
  // The cursor's own line may hold more decisions, so it is read again.
  if (place?.sub != null) place = { ...place, sub: place.sub + inclusive };
  const found: Found[] = [];
  for (;;) {
    const lines = await timelineJournal(db, lead.id, { order, after: place, limit });
    for (const line of lines) found.push(...decisionsOf(line, order, after));
    const last = lines.at(-1);
    if (lines.length < limit || found.length >= limit || !last) return found;
    place = { atMs: last.at.getTime(), sub: last.n, whole: false };
  }
}

function decisionsOf(line: JournalLine, order: Order, after: TimelineCursor | null): Found[] {
  const found = line.decisions.flatMap((decision, index): Found[] => {
    // The event itself says that it was a machine's, and the ledger that an effect is done.
    const toldElsewhere =
      decision.kind === 'effect_done' || (decision.kind === 'ignore' && decision.reason === 'machine');
    if (toldElsewhere) return [];
    const cursor: TimelineCursor = [line.at.getTime(), RANKS.decision, line.n, index];
    return [{ kind: 'decision', line, cursor }];
  });
  if (after === null) return found;
  return found.filter(({ cursor }) =>
    order === 'asc' ? compare(cursor, after) > 0 : compare(cursor, after) < 0,
  );
}

async function tell(
  db: Db,
  published: PublishedDefinition,
  question: TimelineQuestion,
  found: readonly Found[],
): Promise<TimelineEntry[]> {
  const { id } = question.lead;
  const source = (await recordedStatus(db, id))?.source ?? question.lead.source;
  const policy = published.policyFor(source);
  const tongue = await tongueFor(db, published, policy, question, found);
  const events = found.flatMap((one) => (one.kind === 'event' ? [one.event] : []));
  const marks = await marksOf(db, published, { leadId: id, source, atMs: question.atMs }, events);
  return found.map((one) => entryOf(one, { marks, policy, tongue }));
}

function entryOf(
  one: Found,
  told: {
    readonly marks: ReadonlyMap<number, EventMark>;
    readonly policy: SourcePolicy;
    readonly tongue: Tongue;
  },
): TimelineEntry {
  const { marks, policy, tongue } = told;
  const { kind, cursor } = one;
  const [atMs, , , index] = cursor;
  const entry = { at: new Date(atMs), kind, cursor };
  switch (one.kind) {
    case 'event': {
      const mark = marks.get(one.event.position) ?? { as: 'news' };
      return { ...entry, ...eventText(one.event, mark, policy, tongue) };
    }
    case 'decision': {
      const { decisions, definitionNumber: definitionVersion, n: entryNumber, afterSeq } = one.line;
      const decision = decisions[index];
      if (!decision) throw new Error('A decision that was found is gone from its line.');
      const data = { decision, definitionVersion, entryNumber, afterSeq };
      return { ...entry, text: decisionWords(decision, tongue), data };
    }
    case 'effect': {
      const { key, effect, state, attempts, handoff, reference, error } = one.effect;
      const data = { key, effect, state, attempts, handoff, reference, error };
      return { ...entry, text: effectWords(one.effect), data };
    }
  }
}

async function tongueFor(
  db: Db,
  published: PublishedDefinition,
  policy: SourcePolicy,
  { lead }: TimelineQuestion,
  found: readonly Found[],
): Promise<Tongue> {
  const reps = await firstReps(db, lead.id);
  const ids = found.flatMap((one) => {
    if (one.kind === 'event') return eventIds(one.event);
    return one.kind === 'decision' ? one.line.decisions.flatMap(decisionIds) : [];
  });
  const names = await namesOf(db, [...ids, ...reps.values()]);
  const { timeZone } = published.definition.calendar;
  return {
    name: (id) => names.get(id) ?? null,
    action: (id) => {
      const action = policy.triggers.actions.find((one) => one.id === id);
      return action ? actPast(action) : `the action "${id}"`;
    },
    moment: (atMs) => localMoment(atMs, timeZone),
    firstRep: (handoff) => names.get(reps.get(handoff) ?? '') ?? null,
    machines: policy.machines,
  };
}

/** What gives a machine away lies close to its event: a delivery, clicks on other links of the same mail. */
const EVENTS_BEFORE = 1_000;
const EVENTS_AFTER = 200;

/** The marks of some events, by position, from a fold over their surroundings in the log. */
async function marksOf(
  db: Db,
  published: PublishedDefinition,
  lead: { readonly leadId: string; readonly source: string | null; readonly atMs: number },
  events: readonly TimelineEvent[],
): Promise<ReadonlyMap<number, EventMark>> {
  if (events.length === 0) return new Map();
  const seqs = events.flatMap(({ seq }) => (seq === null ? [] : [seq]));
  const toEnd = seqs.length < events.length;
  const first = seqs.length === 0 ? 0 : Math.max(0, Math.min(...seqs) - EVENTS_BEFORE);
  const last = toEnd ? Number.POSITIVE_INFINITY : Math.max(...seqs) + EVENTS_AFTER;
  const marker = new EventMarker(corePolicy(published.policyFor(lead.source), published.ref), () => true);
  const positions = new Map<number, number>();
  for await (const rows of lifePages(db, lead.leadId, first)) {
    for (const { seq, position } of rows) positions.set(seq, position);
    marker.add(await observeLog(db, lead.leadId, rows, published, lead.source));
    if ((rows.at(-1)?.seq ?? 0) >= last) break;
  }
  marker.settle(lead.atMs);
  return new Map([...marker.marks].map(([seq, mark]) => [positions.get(seq) ?? 0, mark]));
}
