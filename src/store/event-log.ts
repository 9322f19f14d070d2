/** The one way into the event log: a batch of events in one transaction, with everything they make known. */
import { sql } from 'kysely';
import { insertCommandRows, type NewCommand, type PreparedCommand, prepareCommands } from './commands.js';
import type { Db } from './database.js';
import { type EventRow, eventName, insertEventRows, knownHashes } from './event-rows.js';
import {
  bindIdentities,
  claimVisits,
  type IdentityPlan,
  planIdentities,
  readIdentities,
} from './identities.js';
import {
  insertLeads,
  type LeadChange,
  type LeadPatch,
  mergePatches,
  noChange,
  updateLeads,
} from './leads.js';
import { markReady, type ReadyMark } from './ready.js';
import type { EventBody } from './schema.js';
import { json } from './sql.js';

/** Events of this connection belong to the sample story, and so do the leads that they make. */
export const SAMPLE_CONNECTION = 'sample';

/** A checked event, with its identifiers normalised: nothing in it can be refused by the database. */
export interface NewEvent {
  /** Event ids are unique within a connection, whatever key of it is used. */
  readonly connectionId: string;
  readonly eventId: string;
  /** Tells a repetition from another event under the same id. */
  readonly bodyHash: string;
  readonly type: string;
  readonly occurredAt: Date;
  readonly backfill: boolean;
  readonly urgent: boolean;
  readonly importId: string | null;
  readonly body: EventBody;
  readonly patch: LeadPatch | null;
  /** Whether it speaks of the lead itself (`lead.created`, `lead.updated`). */
  readonly about: 'created' | 'updated' | null;
  readonly command: NewCommand | null;
}

export type AppendOutcome =
  | { readonly status: 'accepted'; readonly leadId: string | null; readonly commandId?: string }
  | { readonly status: 'duplicate' }
  /** The id is taken by an event with another body. */
  | { readonly status: 'conflict' }
  /** A command for somebody who is no lead. */
  | { readonly status: 'no_lead' };

export interface Appended {
  /** One per event, in order. */
  readonly outcomes: readonly AppendOutcome[];
  /** Leads that have something to deliver once the transaction is committed. */
  readonly readyLeads: readonly string[];
}

/**
 * Appends events in order: repetitions are recognised, identifiers become leads, leads are brought up to date and
 * marked ready. Every call must be inside a transaction, and another one may have to run it again.
 * @throws IdentityRace when another transaction bound one of the identifiers first.
 */
export async function appendEvents(trx: Db, events: readonly NewEvent[]): Promise<Appended> {
  const outcomes: AppendOutcome[] = new Array(events.length);
  const { fresh, repeats } = await withoutRepetitions(trx, events, outcomes);
  if (fresh.length === 0) return { outcomes, readyLeads: [] };

  const about = fresh.map(({ event }) => ({
    lead: event.body.lead,
    createsLead: event.about === 'created',
    isCommand: event.command !== null,
  }));
  const plan = planIdentities(about, await readIdentities(trx, about));
  const { made, found } = changesOf(fresh, plan);
  const newLeads = plan.newLeads.map(({ id, firstEvent }) => ({
    id,
    importId: fresh[firstEvent]?.event.importId ?? null,
    sample: fresh[firstEvent]?.event.connectionId === SAMPLE_CONNECTION,
  }));
  await insertLeads(trx, newLeads, made);
  await bindIdentities(trx, plan);
  const acceptedAt = await markReady(trx, marksOf(fresh, plan));
  await claimVisits(trx, plan, acceptedAt);
  await writeEvents(trx, fresh, plan, acceptedAt, outcomes);
  await updateLeads(trx, found);
  await openImports(trx, fresh);
  for (const { index, of, isSame } of repeats) {
    const first = outcomes[of];
    if (first?.status === 'no_lead') outcomes[index] = first;
    else outcomes[index] = { status: isSame ? 'duplicate' : 'conflict' };
  }
  return { outcomes, readyLeads: [...acceptedAt.keys()] };
}

/** An event that the log does not have, and its place in the batch. */
interface Fresh {
  readonly index: number;
  readonly event: NewEvent;
}

/** An event whose id came earlier in the same batch. */
interface Repeat {
  readonly index: number;
  readonly of: number;
  readonly isSame: boolean;
}

async function withoutRepetitions(
  trx: Db,
  events: readonly NewEvent[],
  outcomes: AppendOutcome[],
): Promise<{ fresh: Fresh[]; repeats: Repeat[] }> {
  const hashes = await knownHashes(trx, events);
  const firsts = new Map<string, Fresh>();
  const repeats: Repeat[] = [];
  events.forEach((event, index) => {
    const name = eventName(event.connectionId, event.eventId);
    const hash = hashes.get(name);
    const first = firsts.get(name);
    if (hash !== undefined) outcomes[index] = { status: hash === event.bodyHash ? 'duplicate' : 'conflict' };
    else if (first) repeats.push({ index, of: first.index, isSame: first.event.bodyHash === event.bodyHash });
    else firsts.set(name, { index, event });
  });
  return { fresh: [...firsts.values()], repeats };
}

/** What the batch changes about each lead, apart for leads it makes and leads it finds. */
function changesOf(
  fresh: readonly Fresh[],
  plan: IdentityPlan,
): { made: Map<string, LeadChange>; found: Map<string, LeadChange> } {
  const isNew = new Set(plan.newLeads.map(({ id }) => id));
  const made = new Map<string, LeadChange>();
  const found = new Map<string, LeadChange>();
  const changeOf = (leadId: string): LeadChange => {
    const changes = isNew.has(leadId) ? made : found;
    const change = changes.get(leadId) ?? noChange();
    changes.set(leadId, change);
    return change;
  };
  for (const { identity, leadId, byEvent } of plan.newIdentities) {
    if (identity.kind !== 'email') continue;
    const change = changeOf(leadId);
    const replaces = Boolean(fresh[byEvent]?.event.about);
    if (change.email !== null && !replaces) continue;
    change.email = identity.value;
    change.replacesEmail = replaces;
  }
  fresh.forEach(({ event }, n) => {
    const leadId = plan.leadIds[n];
    if (!leadId || event.command) return;
    const change = changeOf(leadId);
    if (event.patch) change.patch = mergePatches(change.patch, event.patch);
    if (event.body.source && !change.source?.name) change.source = { ...change.source, ...event.body.source };
    const saysWhen = event.about === 'created' || (event.backfill && isNew.has(leadId));
    if (saysWhen && !(change.createdAt && change.createdAt <= event.occurredAt))
      change.createdAt = event.occurredAt;
  });
  return { made, found };
}

function marksOf(fresh: readonly Fresh[], plan: IdentityPlan): ReadyMark[] {
  const isNew = new Set(plan.newLeads.map(({ id }) => id));
  const urgency = new Map<string, boolean>();
  fresh.forEach(({ event }, n) => {
    const leadId = plan.leadIds[n];
    if (leadId) urgency.set(leadId, urgency.get(leadId) || event.urgent);
  });
  return [...urgency].map(([leadId, urgent]) => ({ leadId, urgent, isNew: isNew.has(leadId) }));
}

async function writeEvents(
  trx: Db,
  fresh: readonly Fresh[],
  plan: IdentityPlan,
  acceptedAt: ReadonlyMap<string, Date>,
  outcomes: AppendOutcome[],
): Promise<void> {
  const rows: EventRow[] = [];
  const written: { index: number; event: NewEvent; leadId: string | null; command?: PreparedCommand }[] = [];
  const asked = fresh.flatMap(({ event }) =>
    event.command ? [{ command: event.command, at: event.occurredAt }] : [],
  );
  const prepared = await prepareCommands(trx, asked);
  for (const [n, { index, event }] of fresh.entries()) {
    const leadId = plan.leadIds[n] ?? null;
    const command = event.command ? prepared.shift() : undefined;
    if (event.command && leadId === null) {
      outcomes[index] = { status: 'no_lead' };
      continue;
    }
    const { connectionId, eventId, bodyHash, type, occurredAt, backfill, urgent, importId } = event;
    rows.push({
      ...{ connectionId, eventId, bodyHash, type, occurredAt, backfill, urgent, importId, leadId },
      visitor: plan.visitors[n] ?? null,
      acceptedAt: leadId === null ? null : (acceptedAt.get(leadId) ?? null),
      anonymous: plan.anonymous[n] ?? false,
      body: command ? { ...event.body, command: command.body } : event.body,
    });
    written.push({ index, event, leadId, command });
  }
  const names = await insertEventRows(trx, rows);
  const late = written.filter(({ event }) => !names.has(eventName(event.connectionId, event.eventId)));
  const hashes = await knownHashes(
    trx,
    late.map(({ event }) => event),
  );
  const commands: (PreparedCommand & { leadId: string })[] = [];
  for (const { index, event, leadId, command } of written) {
    const name = eventName(event.connectionId, event.eventId);
    if (!names.has(name)) {
      outcomes[index] = { status: hashes.get(name) === event.bodyHash ? 'duplicate' : 'conflict' };
    } else {
      outcomes[index] = { status: 'accepted', leadId, ...(command && { commandId: command.id }) };
      if (command && leadId) commands.push({ ...command, leadId });
    }
  }
  await insertCommandRows(trx, commands);
}

/** An import that nobody announced is opened by its first event, so that it can be previewed and released. */
async function openImports(trx: Db, fresh: readonly Fresh[]): Promise<void> {
  const imports = new Map<string, string>();
  for (const { event } of fresh) if (event.importId) imports.set(event.importId, event.connectionId);
  if (imports.size === 0) return;
  const rows = [...imports].map(([id, by]) => ({ id, by }));
  await sql`
    insert into imports (id, created_by)
    select r.id, r.by from jsonb_to_recordset(${json(rows)}::jsonb) as r(id text, by text) order by r.id
    on conflict (id) do nothing`.execute(trx);
}
