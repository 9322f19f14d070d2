/**
 * A lead's life lived twice under the present definition: with the labels that its events have, and with another one on
 * one of them from the beginning; and which of the recorded handoffs would have come otherwise.
 */
import { repCalendar } from '../definition/calendar.js';
import type { Subject } from '../definition/subject.js';
import type { PublishedDefinition } from '../definition/versions.js';
import { LeadWalk, WalkDefinition, type WalkedLead } from '../definition/walk.js';
import { type WalkRep, walkTeam } from '../definition/walk-team.js';
import type { TriggerFired } from '../domain/decision.js';
import type { HandoffSummary } from '../store/read/handoffs.js';
import type { Rep } from '../store/reps.js';

export interface Correction {
  /** The event's number. */
  readonly seq: number;
  readonly label: 'machine' | 'human';
}

interface LivedHandoff {
  readonly number: number;
  readonly atMs: number;
  readonly trigger: TriggerFired;
}

/** One handoff that the label makes a difference to. */
export type HandoffChange =
  /** On record, and would not have fired, or at another instant, or by another trigger at the same one. */
  | { readonly change: 'lost'; readonly recorded: HandoffSummary; readonly would: null }
  | {
      readonly change: 'earlier' | 'later' | 'changed';
      readonly recorded: HandoffSummary;
      readonly would: LivedHandoff;
    }
  /** Would have fired, and is not on record. */
  | { readonly change: 'gained'; readonly recorded: null; readonly would: LivedHandoff }
  /** On record, and the present definition would not have made it then, whatever the label. */
  | { readonly change: 'other_version'; readonly recorded: HandoffSummary; readonly would: null };

export interface LivesCompared {
  readonly changes: readonly HandoffChange[];
  /** The handoff that would be with sales now, if one would. */
  readonly openWith: LivedHandoff | null;
}

export interface RecordedLead {
  readonly lead: WalkedLead;
  /** In the order of their numbers. */
  readonly handoffs: readonly HandoffSummary[];
  readonly reps: readonly Rep[];
}

/** Compares both lives up to `nowMs`. */
export function compareLives(
  { lead, handoffs, reps }: RecordedLead,
  published: PublishedDefinition,
  correction: Correction,
  nowMs: number,
): LivesCompared {
  const definition = new WalkDefinition(published);
  const team = walkTeam(published.definition, reps.map(walkRep));
  const live = (subjects: readonly Subject[]) =>
    settled(handoffs, (numbers) => {
      const own = { ...lead, subjects: renumbered(subjects, numbers), given: givenBy(lead.given, numbers) };
      const started: LivedHandoff[] = [];
      const walk = new LeadWalk(own, definition, team, ({ atMs, decisions }) => {
        for (const one of decisions)
          if (one.kind === 'handoff') started.push({ number: one.number, atMs, trigger: one.trigger });
      });
      const { stage } = walk.runUntil(nowMs);
      const open = stage.name === 'handed_off' || stage.name === 'working' ? stage.handoff.number : null;
      return { started, open };
    });
  const asIs = live(lead.subjects);
  const corrected = live(relabelled(lead.subjects, correction));
  return {
    changes: changesOf(handoffs, asIs.started, corrected.started),
    openWith: corrected.started.find(({ number }) => number === corrected.open) ?? null,
  };
}

interface Life {
  readonly started: readonly LivedHandoff[];
  readonly open: number | null;
}

/** For numbers of recorded handoffs: the number that the same handoff has in another life, or null. */
type Numbers = ReadonlyMap<number, number | null>;

/**
 * Lives a life until what people said of recorded handoffs is said of the same ones there: where one is missing, those
 * after it have other numbers. Each round is right for one handoff more.
 */
function settled(recorded: readonly HandoffSummary[], live: (numbers: Numbers) => Life): Life {
  let numbers: Numbers = new Map(recorded.map(({ number }) => [number, number]));
  for (let round = 0; ; round += 1) {
    const life = live(numbers);
    const twins = twinsOf(recorded.map(instantOf), life.started.map(instantOf));
    const found: Numbers = new Map(
      recorded.map(({ number }, place) => [number, life.started[twins[place] ?? -1]?.number ?? null]),
    );
    if (round > recorded.length || [...found].every(([number, twin]) => numbers.get(number) === twin))
      return life;
    numbers = found;
  }
}

/** A command on a handoff that never was speaks of number 0, which no lead has: it is refused there. */
const NO_HANDOFF = 0;

function renumbered(subjects: readonly Subject[], numbers: Numbers): readonly Subject[] {
  if ([...numbers].every(([number, twin]) => number === twin)) return subjects;
  return subjects.map((subject) => {
    const named = subject.event.body.command?.handoff;
    const twin = typeof named === 'number' ? numbers.get(named) : undefined;
    if (twin === undefined || twin === named) return subject;
    return withCommand(subject, { handoff: twin ?? NO_HANDOFF });
  });
}

function givenBy(given: WalkedLead['given'], numbers: Numbers): Map<number, string | null> {
  const own = new Map<number, string | null>();
  for (const [number, rep] of given ?? []) {
    const twin = numbers.get(number) ?? null;
    if (twin !== null) own.set(twin, rep);
  }
  return own;
}

/** The log in which the event has had the label from the beginning, so that no command need give it one. */
function relabelled(subjects: readonly Subject[], { seq, label }: Correction): readonly Subject[] {
  return subjects.map((subject) => {
    const { event } = subject;
    if (event.seq === seq) return { ...subject, event: { ...event, label } };
    const { command } = event.body;
    return command?.kind === 'correct' && command.target === seq
      ? withCommand(subject, { target: undefined })
      : subject;
  });
}

function withCommand(subject: Subject, change: Readonly<Record<string, unknown>>): Subject {
  const { event } = subject;
  const { command } = event.body;
  if (!command) return subject;
  return { ...subject, event: { ...event, body: { ...event.body, command: { ...command, ...change } } } };
}

function changesOf(
  recorded: readonly HandoffSummary[],
  asIs: readonly LivedHandoff[],
  corrected: readonly LivedHandoff[],
): HandoffChange[] {
  const lived = twinsOf(recorded.map(instantOf), asIs.map(instantOf));
  const twins = twinsOf(asIs.map(instantOf), corrected.map(instantOf));
  const changes: HandoffChange[] = [];
  for (const [place, one] of recorded.entries()) {
    const at = lived[place] ?? -1;
    const before = asIs[at];
    if (!before || !isSameTrigger(before.trigger, one.trigger)) {
      changes.push({ change: 'other_version', recorded: one, would: null });
      continue;
    }
    const after = corrected[twins[at] ?? -1];
    if (!after) changes.push({ change: 'lost', recorded: one, would: null });
    else if (after.atMs !== before.atMs)
      changes.push({
        change: after.atMs < before.atMs ? 'earlier' : 'later',
        recorded: one,
        would: after,
      });
    else if (!isSameTrigger(after.trigger, before.trigger))
      changes.push({ change: 'changed', recorded: one, would: after });
  }
  const known = new Set(twins);
  for (const [place, would] of corrected.entries())
    if (!known.has(place)) changes.push({ change: 'gained', recorded: null, would });
  return changes;
}

function isSameTrigger(one: TriggerFired, other: TriggerFired): boolean {
  return one.kind === other.kind && one.id === other.id;
}

const instantOf = (one: HandoffSummary | LivedHandoff): number =>
  'atMs' in one ? one.atMs : one.startedAt.getTime();

/**
 * For each instant of the one life its twin's place in the other, or null; both in the order of time. Equal instants
 * belong together; between two such the first goes with the first and so on.
 */
function twinsOf(ones: readonly number[], others: readonly number[]): readonly (number | null)[] {
  const twins: (number | null)[] = [];
  let free = 0;
  for (const [place, at] of ones.entries()) {
    const exact = others.indexOf(at, free);
    // The next instants of this life that the other one has too; what stands before them is free.
    const next = exact >= 0 ? exact : nextShared(ones.slice(place + 1), others, free);
    const twin = exact >= 0 ? exact : free < next ? free : null;
    twins.push(twin);
    if (twin !== null) free = twin + 1;
  }
  return twins;
}

function nextShared(ones: readonly number[], others: readonly number[], from: number): number {
  for (const at of ones) {
    const place = others.indexOf(at, from);
    if (place >= 0) return place;
  }
  return others.length;
}

function walkRep(rep: Rep): WalkRep {
  const { id, handle, active, role, weight, timeZone, workingDays, workingHours, holidays, absences } = rep;
  const calendar = repCalendar({
    ...{ time_zone: timeZone, working_days: workingDays, working_hours: workingHours },
    ...{ holidays, absences },
  });
  return { id, handle, active, inRotation: role === 'rep', weight, calendar };
}
