/** Who takes the handoffs of a walk, and where their deadlines fall. */
import type { PendingRequest } from '../domain/decision.js';
import type { HandoffPolicy } from '../domain/definition.js';
import { matches } from '../domain/match.js';
import type { LeadTraits } from '../domain/observe.js';
import type { RoutedBy } from '../domain/routing.js';
import {
  type BusinessCalendar,
  calendarFor,
  calendarHash,
  computeDeadline,
  handoffDeadlines,
  localDate,
  type RepCalendar,
} from './calendar.js';
import type { HandoffDefinition } from './document.js';
import type { WalkedLead, WalkTeam } from './walk.js';

export interface WalkRep {
  readonly id: string;
  readonly handle: string;
  readonly active: boolean;
  /** Takes part in the round robin. */
  readonly inRotation: boolean;
  readonly weight: number;
  readonly calendar: RepCalendar;
}

type PrepareRequest = Extract<PendingRequest, { request: 'prepare' }>;

interface Seat {
  readonly rep: WalkRep;
  readonly calendar: BusinessCalendar;
  /** Without absences: it says on which day the clock would start. */
  readonly rested: BusinessCalendar;
  readonly hash: string;
}

/**
 * A team for walks of leads one by one. Who was given a handoff on record is given it again; else the ladder decides,
 * except that the rotation, which hangs on all leads at once, is dealt by weight from the lead's own id, and capacity
 * is not looked at. Without reps every handoff goes to the queue and the team's calendar counts.
 */
export function walkTeam(definition: HandoffDefinition, reps: readonly WalkRep[] = []): WalkTeam {
  const teamCalendar = calendarFor(definition, null);
  const teamHash = calendarHash(teamCalendar);
  const seats = reps.map((rep): Seat => {
    const calendar = calendarFor(definition, rep.calendar);
    return { rep, calendar, rested: { ...calendar, absences: [] }, hash: calendarHash(calendar) };
  });
  const byId = new Map(seats.map((seat) => [seat.rep.id, seat]));
  return {
    prepare(lead, request, terms, traits) {
      const { seat, routedBy } = chosen({ definition, seats, byId, lead, request, terms, traits });
      const calendar = seat?.calendar ?? teamCalendar;
      const { startedAt, intent } = request;
      return {
        rep: seat?.rep.id ?? null,
        routedBy,
        ...handoffDeadlines({ startedAt, intent, terms, calendar }),
        calendarHash: seat?.hash ?? teamHash,
      };
    },
    deadlines({ queries }) {
      return Object.fromEntries(
        Object.entries(queries).map(([name, query]) => {
          const seat = query.rep === null ? undefined : byId.get(query.rep);
          return [name, computeDeadline(query, seat?.calendar ?? teamCalendar)];
        }),
      );
    },
  };
}

interface Choice {
  readonly definition: HandoffDefinition;
  readonly seats: readonly Seat[];
  readonly byId: ReadonlyMap<string, Seat>;
  readonly lead: WalkedLead;
  readonly request: PrepareRequest;
  readonly terms: HandoffPolicy;
  readonly traits: LeadTraits;
}

function chosen(choice: Choice): { seat: Seat | null; routedBy: RoutedBy } {
  const { definition, byId, lead, request } = choice;
  const given = lead.given?.get(request.handoff);
  const recorded = given ? byId.get(given) : undefined;
  if (recorded && !request.exclude.includes(recorded.rep.id)) return { seat: recorded, routedBy: 'owner' };
  const free = choice.seats.filter((seat) => isFree(seat, choice));
  const among = (id: string | null | undefined) => free.find(({ rep }) => rep.id === id);
  const preferred = among(request.prefer);
  if (preferred) return { seat: preferred, routedBy: 'preferred' };
  for (const rung of definition.routing.ladder) {
    const seat = rung === 'owner' ? among(lead.owner) : onRung(rung, free, choice);
    if (seat) return { seat, routedBy: rung };
  }
  return { seat: null, routedBy: 'queue' };
}

function onRung(
  rung: HandoffDefinition['routing']['ladder'][number],
  free: readonly Seat[],
  { definition, lead, request, traits }: Choice,
): Seat | undefined {
  const key = `${lead.id}/${request.handoff}`;
  if (rung === 'roundRobin')
    return dealt(
      free.filter(({ rep }) => rep.inRotation && rep.weight > 0),
      key,
    );
  if (rung !== 'territory') return undefined;
  const territory = definition.routing.territories.find(({ where }) =>
    matches(where, (name) => traits[name]),
  );
  return (
    territory &&
    dealt(
      free.filter(({ rep }) => territory.reps.includes(rep.handle)),
      key,
    )
  );
}

function isFree({ rep, rested }: Seat, { request, terms }: Choice): boolean {
  if (!rep.active || request.exclude.includes(rep.id)) return false;
  if (rep.calendar.absences.length === 0) return true;
  const { startedAt, intent } = request;
  const { slaStartsAt } = handoffDeadlines({ startedAt, intent, terms, calendar: rested });
  const day = localDate(slaStartsAt, rested.timeZone);
  return !rep.calendar.absences.some(({ from, to }) => from <= day && day <= to);
}

/** One of several by their weights, the same one for the same key. */
function dealt(seats: readonly Seat[], key: string): Seat | undefined {
  const weights = seats.map(({ rep }) => Math.max(rep.weight, 1));
  let left =
    hash(key) %
    Math.max(
      1,
      weights.reduce((sum, weight) => sum + weight, 0),
    );
  return seats.find((_, index) => {
    left -= weights[index] ?? 1;
    return left < 0;
  });
}

/** FNV-1a, 32 bits: spreads ids evenly, and alike on every machine. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
