/** Single events of the log. */
import type { Db } from '../database.js';

export interface EventName {
  readonly seq: number | null;
  readonly position: number;
  readonly eventId: string;
  readonly type: string;
  readonly occurredAt: Date;
}

/** The type of the event of that name, or null when there is none. */
export async function eventTypeOf(db: Db, connectionId: string, eventId: string): Promise<string | null> {
  const row = await db
    .selectFrom('events')
    .select('type')
    .where('connection_id', '=', connectionId)
    .where('event_id', '=', eventId)
    .executeTakeFirst();
  return row?.type ?? null;
}

/** The events of a lead that a caller may mean: by number at most one, by its sender's id one per sender. */
export async function eventsNamed(
  db: Db,
  leadId: string,
  name: { readonly seq: number } | { readonly eventId: string },
): Promise<EventName[]> {
  const named = db
    .selectFrom('events')
    .select(['seq', 'position', 'event_id', 'type', 'occurred_at'])
    .where('lead_id', '=', leadId)
    .$call((query) =>
      'seq' in name ? query.where('seq', '=', name.seq) : query.where('event_id', '=', name.eventId),
    )
    .limit(2);
  // One after the other, because each of the log's two indexes holds one half of it.
  const numbered = await named.where('seq', 'is not', null).execute();
  const rows = numbered.length > 0 ? numbered : await named.where('seq', 'is', null).execute();
  return rows.map((row) => ({
    seq: row.seq,
    position: row.position,
    eventId: row.event_id,
    type: row.type,
    occurredAt: row.occurred_at,
  }));
}

/** Sets a person's label on an event. */
export async function labelEvent(trx: Db, position: number, label: 'machine' | 'human'): Promise<void> {
  await trx.updateTable('events').set({ label }).where('position', '=', position).execute();
}
