/** Who the leads are: rows made and changed by what their events say. Reading them for lists is another file's work. */
import { sql } from 'kysely';
import type { Db } from './database.js';
import { json } from './sql.js';

/** Traits that have a column of their own; every other trait is kept in `traits`. `null` clears. */
export interface LeadPatch {
  readonly name?: string | null;
  readonly company?: string | null;
  readonly phone?: string | null;
  readonly country?: string | null;
  readonly companySize?: number | null;
  readonly timeZone?: string | null;
  readonly traits?: Readonly<Record<string, unknown>>;
}

/** Everything a batch of events changes about one lead. */
export interface LeadChange {
  patch: LeadPatch | null;
  /** Fills an empty address, or replaces it when `replacesEmail`. */
  email: string | null;
  replacesEmail: boolean;
  /** The first source that was named decides: it is taken only by a lead that has none. */
  source: { name?: string; magnet?: string; channel?: string } | null;
  /** The earliest instant at which the lead is said to have been created. */
  createdAt: Date | null;
}

export interface NewLead {
  readonly id: string;
  readonly importId: string | null;
  /** A lead of the sample story, which one command removes again. */
  readonly sample: boolean;
}

export const noChange = (): LeadChange => ({
  patch: null,
  email: null,
  replacesEmail: false,
  source: null,
  createdAt: null,
});

/** Lays a later patch over an earlier one. */
export function mergePatches(earlier: LeadPatch | null, later: LeadPatch): LeadPatch {
  if (earlier === null) return later;
  return { ...earlier, ...later, traits: { ...earlier.traits, ...later.traits } };
}

/** Makes leads with what their first events say of them. */
export async function insertLeads(
  trx: Db,
  leads: readonly NewLead[],
  changes: ReadonlyMap<string, LeadChange>,
): Promise<void> {
  if (leads.length === 0) return;
  const rows = leads.map((lead) => {
    const change = changes.get(lead.id) ?? noChange();
    const { traits, ...columns } = change.patch ?? {};
    return {
      ...columns,
      ...lead,
      traits: traits ?? {},
      email: change.email,
      source: change.source?.name,
      magnet: change.source?.magnet,
      channel: change.source?.channel,
      createdAt: change.createdAt,
    };
  });
  await sql`
    insert into leads (id, email, name, company, phone, country, company_size, time_zone, traits,
      source, magnet, channel, sample, import_id, created_at, updated_at)
    select r.id, r.email, r.name, r.company, r.phone, r.country, r."companySize", r."timeZone", r.traits,
      r.source, r.magnet, r.channel, r.sample, r."importId", coalesce(r."createdAt", clock.at), clock.at
    from jsonb_to_recordset(${json(rows)}::jsonb) as r(id text, email text, name text, company text, phone text,
      country text, "companySize" integer, "timeZone" text, traits jsonb, source text, magnet text, channel text,
      sample boolean, "importId" text, "createdAt" timestamptz),
      (select date_trunc('milliseconds', clock_timestamp()) as at) clock`.execute(trx);
}

/** Applies changes to leads that exist; a change that changes nothing writes nothing. */
export async function updateLeads(trx: Db, changes: ReadonlyMap<string, LeadChange>): Promise<void> {
  const rows = [...changes].flatMap(([id, change]) => {
    if (!change.patch && !change.email && !change.source && !change.createdAt) return [];
    const { traits, ...columns } = change.patch ?? {};
    return [
      {
        id,
        patch: change.patch ? columns : null,
        traits: traits ?? {},
        email: change.email,
        replacesEmail: change.replacesEmail,
        source: change.source?.name,
        magnet: change.source?.magnet,
        channel: change.source?.channel,
        createdAt: change.createdAt,
      },
    ];
  });
  if (rows.length === 0) return;
  await sql`
    update leads l set
      name = case when r.patch ? 'name' then r.patch ->> 'name' else l.name end,
      company = case when r.patch ? 'company' then r.patch ->> 'company' else l.company end,
      phone = case when r.patch ? 'phone' then r.patch ->> 'phone' else l.phone end,
      country = case when r.patch ? 'country' then r.patch ->> 'country' else l.country end,
      company_size = case when r.patch ? 'companySize' then (r.patch ->> 'companySize')::integer else l.company_size end,
      time_zone = case when r.patch ? 'timeZone' then r.patch ->> 'timeZone' else l.time_zone end,
      traits = l.traits || r.traits,
      email = case when r."replacesEmail" then r.email else coalesce(l.email, r.email) end,
      source = coalesce(l.source, r.source),
      magnet = case when l.source is null then coalesce(r.magnet, l.magnet) else l.magnet end,
      channel = case when l.source is null then coalesce(r.channel, l.channel) else l.channel end,
      created_at = least(l.created_at, r."createdAt"),
      updated_at = date_trunc('milliseconds', clock_timestamp())
    from (
      select * from jsonb_to_recordset(${json(rows)}::jsonb) as r(id text, patch jsonb, traits jsonb, email text,
        "replacesEmail" boolean, source text, magnet text, channel text, "createdAt" timestamptz)) r
    where l.id = r.id
      and (r.patch is not null or r."replacesEmail" or (l.email is null and r.email is not null)
        or (l.source is null and (r.source is not null or r.magnet is not null or r.channel is not null))
        or r."createdAt" < l.created_at)`.execute(trx);
}
