/** Routing of one handoff: reads who is there and what they carry, and walks the ladder. */
import type { HandoffPolicy, Intent } from '../domain/definition.js';
import { matches } from '../domain/match.js';
import { type RoutedBy, type RoutingRep, route } from '../domain/routing.js';
import type { Db } from '../store/database.js';
import { accountOwners, type LeadRow, lockReps, ownerOf, type RepRow, repLoads } from '../store/handoffs.js';
import { calendarFor, handoffDeadlines, localDate, repCalendar } from './calendar.js';
import type { HandoffDefinition } from './document.js';
import { emailDomainTrait } from './free-mail.js';

/** How far back the rotation looks: longer, and a new or returning rep would get every lead for weeks. */
const ROTATION_MS = 7 * 86_400_000;

export interface RoutingQuestion {
  readonly lead: LeadRow;
  readonly handoff: number;
  readonly startedAt: number;
  readonly intent: Intent;
  readonly terms: HandoffPolicy;
  readonly exclude: readonly string[];
  readonly prefer: string | null;
}

export interface Routed {
  readonly rep: RepRow | null;
  readonly routedBy: RoutedBy;
}

/** Chooses the rep. Keeps all reps locked until the transaction ends, so its caller writes the choice and commits. */
export async function routeHandoff(
  trx: Db,
  definition: HandoffDefinition,
  question: RoutingQuestion,
): Promise<Routed> {
  const { lead, handoff, startedAt } = question;
  const reps = await lockReps(trx);
  const loads = await repLoads(trx, startedAt - ROTATION_MS, { leadId: lead.id, number: handoff });
  const domain = emailDomainTrait(lead.email);
  const chosen = route({
    ladder: definition.routing.ladder,
    reps: reps.map((rep): RoutingRep => {
      const load = loads.get(rep.id);
      return {
        id: rep.id,
        available: rep.active && !isAbsentAtStart(rep, definition, question),
        inRotation: rep.role === 'rep',
        weight: rep.weight,
        capacity: rep.capacity,
        awaiting: load?.awaiting ?? 0,
        assigned: load?.assigned ?? 0,
        lastAssignedAt: rep.last_assigned_at?.getTime() ?? null,
      };
    }),
    exclude: question.exclude,
    prefer: question.prefer,
    owner: await ownerOf(trx, lead.id, handoff),
    accountOwners: domain === undefined || domain === 'free' ? [] : await accountOwners(trx, lead.id, domain),
    territory: territoryOf(lead, definition, reps),
  });
  return { rep: reps.find(({ id }) => id === chosen.rep) ?? null, routedBy: chosen.routedBy };
}

/** Absent on the day on which the clock would start for this rep if there were no absences. */
function isAbsentAtStart(rep: RepRow, definition: HandoffDefinition, question: RoutingQuestion): boolean {
  if (rep.absences.length === 0) return false;
  const calendar = calendarFor(definition, { ...repCalendar(rep), absences: [] });
  const { slaStartsAt } = handoffDeadlines({ ...question, calendar });
  const day = localDate(slaStartsAt, calendar.timeZone);
  return rep.absences.some(({ from, to }) => from <= day && day <= to);
}

function territoryOf(lead: LeadRow, definition: HandoffDefinition, reps: readonly RepRow[]): string[] | null {
  const traits: Readonly<Record<string, unknown>> = {
    ...lead.traits,
    company: lead.company,
    country: lead.country,
    companySize: lead.company_size,
    timeZone: lead.time_zone,
    emailDomain: emailDomainTrait(lead.email),
  };
  const territory = definition.routing.territories.find(({ where }) =>
    matches(where, (name) => traits[name]),
  );
  return territory ? reps.filter(({ handle }) => territory.reps.includes(handle)).map(({ id }) => id) : null;
}
