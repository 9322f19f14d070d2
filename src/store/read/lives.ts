/**
 * Whole lives of many leads, as text: the database writes JSON, and only the thread that walks a life reads it. What
 * is read at once is bounded by its events, so memory does not grow with the log.
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
  /** Its numbered events, some thousands to a text; the texts are in order, the events of one need not be. */
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
const PAGE_LEADS = 5_000;
/** Some hundred kilobytes of ordinary events. */
const TEXT_EVENTS = 2_000;

export async function countLives(db: Db, filter: LivesFilter): Promise<{ leads: number; events: number }> {
  const { rows } = await sql<{ leads: number; events: number }>`
    select count(*)::int as leads, coalesce(sum(s.next_seq - 1), 0)::bigint as events
    from ${readable(filter)}`.execute(db);
  return rows[0] ?? { leads: 0, events: 0 };
}

/** Pages of leads in the order of their ids, of at most so many events as asked for each; a lead with more is alone. */
export async function* livesPages(
  db: Db,
  filter: LivesFilter,
  maxEvents: () => number,
): AsyncGenerator<LifeSize[]> {
  let page: LifeSize[] = [];
  let events = 0;
  for await (const size of listed(db, filter)) {
    if (page.length > 0 && (page.length >= PAGE_LEADS || events + size.events > maxEvents())) {
      yield page;
      [page, events] = [[], 0];
    }
    page.push(size);
    events += size.events;
  }
  if (page.length > 0) yield page;
}

async function* listed(db: Db, filter: LivesFilter): AsyncGenerator<LifeSize> {
  for (let after = ''; ; ) {
    const { rows } = await sql<LifeSize>`
      select l.id as "leadId", s.next_seq - 1 as events from ${readable(filter)} and l.id > ${after}
      order by l.id limit ${LIST_LEADS}`.execute(db);
    yield* rows;
    if (rows.length < LIST_LEADS) return;
    after = rows.at(-1)?.leadId ?? after;
  }
}

/** The lives of a page of `livesPages`, with the events accepted by `untilMs`; leads that are gone meanwhile are left out. */
export async function readLives(db: Db, page: readonly LifeSize[], untilMs: number): Promise<LifeText[]> {
  const until = new Date(untilMs);
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      const heads = await readHeads(trx, page);
      const first = await firstTexts(trx, page, until);
      await sql`set local enable_indexscan = on`.execute(trx);
      await sql`set local enable_bitmapscan = off`.execute(trx);
      const lives: LifeText[] = [];
      for (const { leadId, events } of page) {
        const head = heads.get(leadId);
        if (head === undefined) continue;
        const texts = [first.get(leadId) ?? '[]'];
        for (let seq = TEXT_EVENTS; seq < events; seq += TEXT_EVENTS)
          texts.push(await nextText(trx, leadId, seq, until));
        lives.push({ head, events: texts });
      }
      return lives;
    });
}

async function readHeads(trx: Db, page: readonly LifeSize[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ leadId: string; head: string }>`
    select l.id as "leadId", json_build_object('leadId', l.id, 'source', l.source, 'owner', l.owner_rep_id, 'stage', st.stage,
        'traits', json_build_object('email', l.email, 'company', l.company, 'country', l.country,
          'company_size', l.company_size, 'time_zone', l.time_zone, 'traits', l.traits),
        'handoffs', coalesce(h.handoffs, '[]'))::text as head
    from leads l left join lead_status st on st.lead_id = l.id
      left join (select lead_id, json_agg(json_build_object('number', number, 'rep', rep_id, 'outcome', outcome) order by number) as handoffs
        from handoffs where lead_id = any(${idsOf(page)}::text[]) group by lead_id) h on h.lead_id = l.id
    where l.id = any(${idsOf(page)}::text[]) and l.erased_at is null`.execute(trx);
  return new Map(rows.map(({ leadId, head }) => [leadId, head]));
}

/**
 * The beginning of every lead's log. Lives lie all over the table, a few events of each to a block: read in the order
 * of the blocks, each of them is fetched once for all leads of the page, and nothing is sorted.
 */
async function firstTexts(trx: Db, page: readonly LifeSize[], until: Date): Promise<Map<string, string>> {
  await sql.raw(BLOCK_BY_BLOCK).execute(trx);
  const { rows } = await sql<{ leadId: string; events: string }>`
    select lead_id as "leadId", ${EVENTS_TEXT} as events from events
    where lead_id = any(${idsOf(page)}::text[]) and seq <= ${TEXT_EVENTS} and accepted_at <= ${until}
    group by lead_id`.execute(trx);
  return new Map(rows.map(({ leadId, events }) => [leadId, events]));
}

/** Settings for one transaction. Compiling a statement takes longer than it saves; memory is for a page's texts. */
const BLOCK_BY_BLOCK = `select set_config(name, value, true) from (values ('enable_indexscan', 'off'),
  ('enable_seqscan', 'off'), ('enable_sort', 'off'), ('max_parallel_workers_per_gather', '0'),
  ('effective_io_concurrency', '0'), ('jit', 'off'), ('work_mem', '64MB')) settings (name, value)`;

/** Some events of one long life, by the index, which has them in order. */
async function nextText(trx: Db, leadId: string, after: number, until: Date): Promise<string> {
  const { rows } = await sql<{ events: string | null }>`
    select ${EVENTS_TEXT} as events from events
    where lead_id = ${leadId} and seq > ${after} and seq <= ${after + TEXT_EVENTS} and accepted_at <= ${until}`.execute(
    trx,
  );
  return rows[0]?.events ?? '[]';
}

/**
 * Events as one JSON array. It is put together as text, which takes the database half the time of its JSON functions;
 * types and labels are words that need no escaping.
 */
const EVENTS_TEXT = sql`'[' || string_agg(concat('[', seq, ',"', type, '",',
  (date_part('epoch', occurred_at) * 1000)::bigint, ',', (date_part('epoch', accepted_at) * 1000)::bigint, ',',
  backfill::int + 2 * anonymous::int, ',', coalesce('"' || label || '"', 'null'), ',', body, ']'), ',') || ']'`;

const idsOf = (page: readonly LifeSize[]): string[] => page.map(({ leadId }) => leadId);

function readable({ sources, known = [] }: LivesFilter) {
  const named =
    sources === undefined ? sql<SqlBool>`true` : sql<SqlBool>`l.source = any(${[...sources]}::text[])`;
  const others = sources?.includes('default')
    ? sql<SqlBool>`(l.source is null or l.source <> all(${[...known]}::text[]))`
    : sql<SqlBool>`false`;
  return sql`leads l join lead_stream s on s.lead_id = l.id
    where l.erased_at is null and s.status not in ('merged', 'erased') and (${named} or ${others})`;
}
