/** What a request names must exist: leads, handoffs and reps, each with its own answer when it does not. */
import { z } from '@hono/zod-openapi';
import type { Db } from '../store/database.js';
import { findHandoff, type HandoffSummary } from '../store/read/handoffs.js';
import { findLead, type LeadSummary } from '../store/read/leads.js';
import { findRep, type Rep } from '../store/reps.js';
import { Problem } from './problem.js';

/** Ids of rows in a cursor: random words of Baton's own. */
export const rowId = z.string().regex(/^[\w-]{1,100}$/);
/** Microseconds since 1970, as far as the years that are taken. */
export const micros = z.number().int().min(0).max(4_200_000_000_000_000);

const isRowId = (id: string): boolean => rowId.safeParse(id).success;

/** The lead of an id. @throws Problem 404 `lead_not_found` */
export async function knownLead(db: Db, id: string): Promise<LeadSummary> {
  const lead = isRowId(id) ? await findLead(db, id) : null;
  if (lead) return lead;
  const detail = id.includes('@')
    ? 'Leads are named by their id here; GET /v1/leads?email= finds it.'
    : 'There is no lead with this id.';
  throw new Problem('lead_not_found', { detail });
}

/** A handoff of a lead. @throws Problem 404, `lead_not_found` where there is no such lead either */
export async function knownHandoff(db: Db, leadId: string, number: number): Promise<HandoffSummary> {
  const handoff = isRowId(leadId) ? await findHandoff(db, leadId, number) : null;
  if (handoff) return handoff;
  await knownLead(db, leadId);
  throw new Problem('not_found', { detail: `This lead has no handoff ${number}.` });
}

/** The rep of a handle, which `path` of the request gave. @throws Problem 422 naming that path */
export async function knownRep(db: Db, handle: string, path: string): Promise<Rep> {
  const rep = await findRep(db, handle);
  if (rep) return rep;
  const message = `${handle} is no rep; GET /v1/reps lists them`;
  throw new Problem('invalid', { detail: `${path}: ${message}.`, errors: [{ path, message }] });
}

/** A fault that no schema can see. */
export function invalid(path: string, message: string): Problem {
  return new Problem('invalid', { detail: `${path} ${message}.`, errors: [{ path, message }] });
}
