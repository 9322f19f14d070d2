/** The three things a timeline is made of (log, journal, ledger), each read from any instant on, in either direction. */
import { type RawBuilder, sql } from 'kysely';
import type { Decision } from '../../domain/decision.js';
import type { Db } from '../database.js';
import type { EventBody } from '../schema.js';
import { type EffectSummary, effectColumns, effectSummary } from './effects.js';

export type Order = 'asc' | 'desc';

/** A place within one of the three: an instant (epoch milliseconds) and what tells its entries apart. */
export interface Place<Sub> {
  readonly atMs: number;
  /** Null stands before (or, descending, after) everything of the instant; `whole` then says on which side of it. */
  readonly sub: Sub | null;
  /** With `sub` null: whether everything of the instant itself is still to come. */
  readonly whole: boolean;
}

export interface TimelineEvent {
  readonly position: number;
  readonly seq: number | null;
  readonly eventId: string;
  readonly type: string;
  readonly occurredAt: Date;
  readonly acceptedAt: Date;
  readonly backfill: boolean;
  readonly anonymous: boolean;
  readonly label: 'machine' | 'human' | null;
  readonly body: EventBody;
  /** A command as it was sent, with its free text. */
  readonly said: Readonly<Record<string, unknown>> | null;
}

/** What a lead's log holds, by the instant at which it happened. */
export async function timelineEvents(
  db: Db,
  leadId: string,
  from: { readonly order: Order; readonly after: Place<number> | null; readonly limit: number },
): Promise<TimelineEvent[]> {
  const { order, after, limit } = from;
  const { rows } = await sql<{
    position: number;
    seq: number | null;
    event_id: string;
    type: string;
    occurred_at: Date;
    accepted_at: Date;
    backfill: boolean;
    anonymous: boolean;
    label: 'machine' | 'human' | null;
    body: EventBody;
    said: Record<string, unknown> | null;
  }>`
    with mine as (
      select position, seq, event_id, type, occurred_at, accepted_at, backfill, anonymous, label, body,
        date_trunc('milliseconds', occurred_at) as at
      from events where lead_id = ${leadId} and seq is not null
      union all
      select position, seq, event_id, type, occurred_at, accepted_at, backfill, anonymous, label, body,
        date_trunc('milliseconds', occurred_at) as at
      from events where lead_id = ${leadId} and seq is null)
    select mine.*, c.body as said
    from mine left join commands c on c.id = mine.body -> 'command' ->> 'id'
    where ${beyond(sql`at`, sql`position`, order, after)}
    order by at ${direction(order)}, position ${direction(order)}
    limit ${limit}::int`.execute(db);
  return rows.map((row) => ({
    position: row.position,
    seq: row.seq,
    eventId: row.event_id,
    type: row.type,
    occurredAt: row.occurred_at,
    acceptedAt: row.accepted_at,
    backfill: row.backfill,
    anonymous: row.anonymous,
    label: row.label,
    body: row.body,
    said: row.said,
  }));
}

export interface JournalLine {
  readonly n: number;
  readonly at: Date;
  readonly afterSeq: number;
  readonly definitionNumber: number;
  readonly decisions: readonly Decision[];
}

/** A lead's decisions, by the instant at which they were made. */
export async function timelineJournal(
  db: Db,
  leadId: string,
  from: { readonly order: Order; readonly after: Place<number> | null; readonly limit: number },
): Promise<JournalLine[]> {
  const rows = await db
    .selectFrom('journal')
    .select(['n', 'at', 'after_seq', 'definition_number', 'decisions'])
    .where('lead_id', '=', leadId)
    .where(beyond(sql`date_trunc('milliseconds', at)`, sql`n`, from.order, from.after))
    .orderBy(sql`date_trunc('milliseconds', at)`, from.order)
    .orderBy('n', from.order)
    .limit(from.limit)
    .execute();
  return rows.map((row) => ({
    n: row.n,
    at: row.at,
    afterSeq: row.after_seq,
    definitionNumber: row.definition_number,
    decisions: row.decisions,
  }));
}

/** A lead's effects that more is known of than that they are planned, by the instant of their last change. */
export async function timelineEffects(
  db: Db,
  leadId: string,
  from: { readonly order: Order; readonly after: Place<string> | null; readonly limit: number },
): Promise<EffectSummary[]> {
  const rows = await db
    .selectFrom('effects as e')
    .select(effectColumns)
    .where('e.lead_id', '=', leadId)
    .where('e.state', '<>', 'planned')
    .where(beyond(sql`date_trunc('milliseconds', e.updated_at)`, sql`e.key`, from.order, from.after))
    .orderBy(sql`date_trunc('milliseconds', e.updated_at)`, from.order)
    .orderBy('e.key', from.order)
    .limit(from.limit)
    .execute();
  return rows.map(effectSummary);
}

/** Who had each handoff of a lead first, by its number: the random id of a rep. */
export async function firstReps(db: Db, leadId: string): Promise<ReadonlyMap<number, string>> {
  const rows = await db
    .selectFrom('handoffs')
    .select(['number', 'rep_id', 'prepared'])
    .where('lead_id', '=', leadId)
    .execute();
  return new Map(
    rows.flatMap((row) => {
      const rep = row.prepared?.facts.rep ?? row.rep_id;
      return rep === null ? [] : [[row.number, rep] as const];
    }),
  );
}

function beyond(
  at: RawBuilder<unknown>,
  sub: RawBuilder<unknown>,
  order: Order,
  after: Place<number | string> | null,
): RawBuilder<boolean> {
  if (after === null) return sql<boolean>`true`;
  const instant = sql`${new Date(after.atMs)}::timestamptz`;
  const past = order === 'asc' ? sql`>` : sql`<`;
  if (after.sub === null)
    return after.whole
      ? sql<boolean>`(${at} ${past} ${instant} or ${at} = ${instant})`
      : sql<boolean>`${at} ${past} ${instant}`;
  return sql<boolean>`(${at} ${past} ${instant} or (${at} = ${instant} and ${sub} ${past} ${after.sub}))`;
}

function direction(order: Order): RawBuilder<unknown> {
  return order === 'asc' ? sql`asc` : sql`desc`;
}
