/** Who an event is about: identifiers to leads, for a whole batch at once. */
import { sql } from 'kysely';
import type { Db } from './database.js';
import { newId } from './ids.js';
import type { EventBody, IdentityKind } from './schema.js';
import { json } from './sql.js';

/** Strongest first: a known email outweighs a known userId, which outweighs a known anonymousId. */
const STRENGTH: readonly IdentityKind[] = ['email', 'userId', 'anonymousId'];
/** Advisory locks on visitors share this class and this many buckets, so that a batch takes few locks. */
const VISITOR_LOCK_CLASS = 0x6261;
const VISITOR_LOCK_BUCKETS = 64;

interface Identity {
  readonly kind: IdentityKind;
  readonly value: string;
  /** `kind:value`, unique over all kinds; the form in which `events.visitor` names an unknown one. */
  readonly key: string;
}

/** What the planner must know of an event. */
export interface Identified {
  readonly lead: EventBody['lead'];
  /** Whether any identifier is enough to make a lead of it (`lead.created`); otherwise only an email does. */
  readonly createsLead: boolean;
  /** Commands speak of leads that exist: they make none and bind nothing. */
  readonly isCommand: boolean;
}

export interface KnownIdentities {
  readonly leads: Map<string, string>;
  /** Which kinds of identifier a lead already has. */
  readonly kinds: Map<string, Set<IdentityKind>>;
}

export interface IdentityPlan {
  /** Per event: its lead, or null while nobody knows who it is. */
  readonly leadIds: (string | null)[];
  /** Per event: the identity it waits for, when it has no lead. */
  readonly visitors: (string | null)[];
  /** Per event: whether it happened before the same batch said who it was. */
  readonly anonymous: boolean[];
  readonly newLeads: { readonly id: string; readonly firstEvent: number }[];
  readonly newIdentities: {
    readonly identity: Identity;
    readonly leadId: string;
    readonly byEvent: number;
  }[];
}

/** Two transactions bound the same identifier at once; the later one must be run again from its start. */
export class IdentityRace extends Error {
  override name = 'IdentityRace';
}

/** The identifiers of an event, strongest first. Values are normalised by the caller. */
function identitiesOf(lead: EventBody['lead']): Identity[] {
  const found: Identity[] = [];
  for (const kind of STRENGTH) {
    const value = lead?.[kind];
    if (value) found.push({ kind, value, key: `${kind}:${value}` });
  }
  return found;
}

/**
 * Decides whose each event is, in order, so that an event sees what the ones before it in the batch made known.
 * A known identifier wins. An anonymousId is a device, and a device may be shared: it never pulls an event of a
 * new email (or user) to a lead that has another one, and once bound it stays where it is.
 */
export function planIdentities(events: readonly Identified[], known: KnownIdentities): IdentityPlan {
  const plan: IdentityPlan = { leadIds: [], visitors: [], anonymous: [], newLeads: [], newIdentities: [] };
  events.forEach((event, index) => {
    const identities = identitiesOf(event.lead);
    let leadId = findLead(identities, known);
    if (leadId === null && !event.isCommand && (event.createsLead || event.lead?.email)) {
      leadId = newId();
      plan.newLeads.push({ id: leadId, firstEvent: index });
    }
    if (leadId !== null && !event.isCommand) {
      for (const identity of identities) {
        if (known.leads.has(identity.key)) continue;
        bind(known, identity, leadId);
        plan.newIdentities.push({ identity, leadId, byEvent: index });
      }
    }
    plan.leadIds.push(leadId);
    plan.visitors.push(leadId === null ? (identities[0]?.key ?? null) : null);
    plan.anonymous.push(false);
  });
  plan.visitors.forEach((visitor, index) => {
    const leadId = visitor === null ? undefined : known.leads.get(visitor);
    if (leadId === undefined || events[index]?.isCommand) return;
    plan.leadIds[index] = leadId;
    plan.visitors[index] = null;
    plan.anonymous[index] = true;
  });
  return plan;
}

function findLead(identities: readonly Identity[], known: KnownIdentities): string | null {
  for (const { kind, key } of identities) {
    const leadId = known.leads.get(key);
    if (leadId === undefined) continue;
    const taken = known.kinds.get(leadId);
    const isSomeoneElses =
      kind === 'anonymousId' &&
      identities.some((stronger) => stronger.kind !== 'anonymousId' && taken?.has(stronger.kind));
    if (!isSomeoneElses) return leadId;
  }
  return null;
}

function bind(known: KnownIdentities, identity: Identity, leadId: string): void {
  known.leads.set(identity.key, leadId);
  const kinds = known.kinds.get(leadId);
  if (kinds) kinds.add(identity.kind);
  else known.kinds.set(leadId, new Set([identity.kind]));
}

/**
 * Reads what is known of a batch's identifiers. Where some visitor is unknown, those visitors are locked first: else
 * an event could be kept as unknown while another transaction is just binding its visitor, and would wait for ever.
 */
export async function readIdentities(trx: Db, events: readonly Identified[]): Promise<KnownIdentities> {
  const wanted = new Map<string, Identity>();
  for (const event of events) {
    for (const identity of identitiesOf(event.lead)) wanted.set(identity.key, identity);
  }
  const known: KnownIdentities = { leads: new Map(), kinds: new Map() };
  await look(trx, [...wanted.values()], known);
  const unknown = [...wanted.values()].filter(({ kind, key }) => kind !== 'email' && !known.leads.has(key));
  if (unknown.length === 0) return known;
  await lockVisitors(trx, unknown);
  await look(trx, unknown, known);
  return known;
}

async function look(trx: Db, wanted: readonly Identity[], known: KnownIdentities): Promise<void> {
  const { rows } = await sql<{
    kind: IdentityKind;
    value: string;
    lead_id: string;
    kinds: IdentityKind[] | null;
  }>`
    select i.kind, i.value, i.lead_id,
      (select array_agg(distinct o.kind) from identities o where o.lead_id = i.lead_id) as kinds
    from jsonb_to_recordset(${json(wanted)}::jsonb) as w(kind text, value text)
    join identities i on i.kind = w.kind and i.value = w.value`.execute(trx);
  for (const row of rows) {
    known.leads.set(`${row.kind}:${row.value}`, row.lead_id);
    known.kinds.set(row.lead_id, new Set(row.kinds));
  }
}

async function lockVisitors(trx: Db, visitors: readonly Identity[]): Promise<void> {
  const buckets = [...new Set(visitors.map(({ key }) => bucketOf(key)))].sort((a, b) => a - b);
  await sql`
    select pg_advisory_xact_lock(${VISITOR_LOCK_CLASS}::int, b.bucket)
    from (select unnest(${buckets}::int[]) as bucket order by 1) b`.execute(trx);
}

function bucketOf(key: string): number {
  let hash = 0;
  for (let i = 0; i < key.length; i += 1) hash = (hash * 31 + key.charCodeAt(i)) | 0;
  return (hash >>> 0) % VISITOR_LOCK_BUCKETS;
}

/**
 * Writes the plan's new identities, in one order for everybody, so that two transactions cannot wait for each other.
 * @throws IdentityRace when another transaction bound one of them first.
 */
export async function bindIdentities(trx: Db, plan: IdentityPlan): Promise<void> {
  if (plan.newIdentities.length === 0) return;
  const rows = plan.newIdentities.map(({ identity, leadId }) => ({ ...identity, lead_id: leadId }));
  const { rows: bound } = await sql`
    insert into identities (kind, value, lead_id)
    select r.kind, r.value, r.lead_id
    from jsonb_to_recordset(${json(rows)}::jsonb) as r(kind text, value text, lead_id text)
    order by r.kind, r.value
    on conflict (kind, value) do nothing
    returning 1`.execute(trx);
  if (bound.length < rows.length) throw new IdentityRace('another transaction bound an identifier first');
}

/**
 * Gives the events of visitors who just became known to their leads, at the end of what the lead already has: new
 * positions in their old order, and accepted now, because only now do they say anything about anyone.
 */
export async function claimVisits(
  trx: Db,
  plan: IdentityPlan,
  acceptedAt: ReadonlyMap<string, Date>,
): Promise<void> {
  const claims = plan.newIdentities
    .filter(({ identity }) => identity.kind !== 'email')
    .map(({ identity, leadId }) => ({ visitor: identity.key, lead_id: leadId, at: acceptedAt.get(leadId) }));
  if (claims.length === 0) return;
  await sql`
    with visits as materialized (
      select e.position, c.lead_id, c.at
      from jsonb_to_recordset(${json(claims)}::jsonb) as c(visitor text, lead_id text, at timestamptz)
      join events e on e.visitor = c.visitor and e.lead_id is null
      order by e.position),
    renumbered as materialized (
      select v.position, v.lead_id, v.at, nextval(pg_get_serial_sequence('events', 'position')) as new_position
      from visits v)
    update events e
    set position = r.new_position, lead_id = r.lead_id, accepted_at = r.at, anonymous = true
    from renumbered r where e.position = r.position`.execute(trx);
}
