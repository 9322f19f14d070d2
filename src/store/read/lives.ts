/**
 * Whole lives of many leads, as text: the database writes JSON, and only the thread that walks a life reads it. What
 * one page holds is bounded by its events, so memory does not grow with the log.
 */
import { type SqlBool, sql } from 'kysely';
import type { Db } from '../database.js';

/** Which leads: neither erased nor merged away, and entered by one of the sources where some are named. */
export interface LivesFilter {
  readonly sources?: readonly string[];
  /** Sources that one of the definitions names: `default` among `sources` stands for all others, and for none. */
  readonly known?: readonly string[];
}

/** One lead's life as JSON texts; `readLife` knows what stands where. */
export interface LifeText {
  readonly head: string;
  /** Its numbered events in order, some thousands to a text. */
  readonly events: readonly string[];
}

/** What a lead's head says. */
export interface LifeHead {
  readonly leadId: string;
  /** As it was named; the first one. */
  readonly source: string | null;
  readonly owner: string | null;
  readonly traits: {
    readonly email: string | null;
    readonly company: string | null;
    readonly country: string | null;
    readonly company_size: number | null;
    readonly time_zone: string | null;
    readonly traits: Readonly<Record<string, unknown>>;
  };
  /** As its workflow last recorded it; null before the first record. */
  readonly stage: string | null;
  readonly handoffs: readonly LifeHandoff[];
}

/** A handoff on record. */
export interface LifeHandoff {
  readonly number: number;
  readonly rep: string | null;
  /** In force; null while it is open. */
  readonly outcome: string | null;
}

/** `[seq, type, occurred at, accepted at, flags, label, body]`; instants in ms; flags: 1 imported, 2 anonymous. */
export type LifeEvent = readonly [number, string, number, number, number, 'machine' | 'human' | null, object];

/** A lead and how many numbered events it has; events accepted later than a reader wants are counted too. */
export interface LifeSize {
  readonly leadId: string;
  readonly events: number;
}

/** Leads listed at once. */
const LIST_LEADS = 2_000;
/** Some hundred kilobytes of ordinary events. */
const PAGE_EVENTS = 2_000;
const PAGE_LEADS = 200;

export async function countLives(db: Db, filter: LivesFilter): Promise<{ leads: number; events: number }> {
  const { rows } = await sql<{ leads: number; events: number }>`
    select count(*)::int as leads, coalesce(sum(s.next_seq - 1), 0)::bigint as events
    from ${readable(filter)}`.execute(db);
  return rows[0] ?? { leads: 0, events: 0 };
}

/** Pages of leads in the order of their ids, small enough to be read by one statement; one with more events is alone. */
export async function* livesPages(db: Db, filter: LivesFilter): AsyncGenerator<LifeSize[]> {
  for (let after = ''; ; ) {
    const { rows } = await sql<LifeSize>`
      select l.id as "leadId", s.next_seq - 1 as events from ${readable(filter)} and l.id > ${after}
      order by l.id limit ${LIST_LEADS}`.execute(db);
    yield* paged(rows);
    if (rows.length < LIST_LEADS) return;
    after = rows.at(-1)?.leadId ?? after;
  }
}

function* paged(sizes: readonly LifeSize[]): Generator<LifeSize[]> {
  let page: LifeSize[] = [];
  let events = 0;
  for (const size of sizes) {
    if (page.length > 0 && (page.length >= PAGE_LEADS || events + size.events > PAGE_EVENTS)) {
      yield page;
      [page, events] = [[], 0];
    }
    page.push(size);
    events += size.events;
  }
  if (page.length > 0) yield page;
}

/** The lives of a page of `livesPages`, with the events accepted by `untilMs`; leads that are gone meanwhile are left out. */
export async function readLives(db: Db, page: readonly LifeSize[], untilMs: number): Promise<LifeText[]> {
  const until = new Date(untilMs);
  return db.transaction().execute(async (trx) => {
    // The index has each lead's events in order already: a bitmap would have them sorted anew. And compiling a
    // statement takes longer than one page.
    await sql`set local enable_bitmapscan = off`.execute(trx);
    await sql`set local jit = off`.execute(trx);
    const sizes = new Map(page.map(({ leadId, events }) => [leadId, events]));
    const lives: LifeText[] = [];
    for (const { leadId, head, events } of await firstTexts(trx, [...sizes.keys()], until)) {
      const texts = [events];
      for (let seq = PAGE_EVENTS; seq < (sizes.get(leadId) ?? 0); seq += PAGE_EVENTS) {
        const more = await sql<{ events: string }>`
          select ${eventsText(sql`${leadId}::text`, seq, until)} as events`.execute(trx);
        texts.push(more.rows[0]?.events ?? '[]');
      }
      lives.push({ head, events: texts });
    }
    return lives;
  });
}

async function firstTexts(trx: Db, leadIds: readonly string[], until: Date) {
  const { rows } = await sql<{ leadId: string; head: string; events: string }>`
    select l.id as "leadId", json_build_object('leadId', l.id, 'source', l.source, 'owner', l.owner_rep_id, 'stage', st.stage,
        'traits', json_build_object('email', l.email, 'company', l.company, 'country', l.country,
          'company_size', l.company_size, 'time_zone', l.time_zone, 'traits', l.traits),
        'handoffs', coalesce((select json_agg(json_build_object('number', number, 'rep', rep_id, 'outcome', outcome) order by number)
          from handoffs where lead_id = l.id), '[]'))::text as head,
      ${eventsText(sql`l.id`, 0, until)} as events
    from leads l left join lead_status st on st.lead_id = l.id
    where l.id = any(${[...leadIds]}::text[]) and l.erased_at is null`.execute(trx);
  return rows;
}

/**
 * Some events after a number, as one JSON array. It is put together as text, which takes the database half the time
 * of its JSON functions; types and labels are words that need no escaping.
 */
function eventsText(lead: ReturnType<typeof sql>, after: number, until: Date) {
  return sql`'[' || coalesce((select string_agg('[' || seq || ',"' || type || '",' ||
      (date_part('epoch', occurred_at) * 1000)::bigint || ',' || (date_part('epoch', accepted_at) * 1000)::bigint || ',' ||
      (backfill::int + 2 * anonymous::int) || ',' || coalesce('"' || label || '"', 'null') || ',' || body || ']', ',') from (
        select seq, type, occurred_at, accepted_at, backfill, anonymous, label, body from events
        where lead_id = ${lead} and seq > ${after} and seq <= ${after + PAGE_EVENTS} and accepted_at <= ${until} order by seq) e), '') || ']'`;
}

function readable({ sources, known = [] }: LivesFilter) {
  const named =
    sources === undefined ? sql<SqlBool>`true` : sql<SqlBool>`l.source = any(${[...sources]}::text[])`;
  const others = sources?.includes('default')
    ? sql<SqlBool>`(l.source is null or l.source <> all(${[...known]}::text[]))`
    : sql<SqlBool>`false`;
  return sql`leads l join lead_stream s on s.lead_id = l.id
    where l.erased_at is null and s.status not in ('merged', 'erased') and (${named} or ${others})`;
}
