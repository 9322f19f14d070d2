/** A lead's word against mail, said by one click: an event of the log like any other, and once. */
import { sql } from 'kysely';
import type { Db } from './database.js';
import { insertEventRows } from './event-rows.js';
import { markReady } from './ready.js';
import type { UnsubscribeLink } from './unsubscribe-links.js';

/** A lead that was merged into one that was merged: more steps than people ever make. */
const MERGES_FOLLOWED = 16;

/**
 * Commits `email.unsubscribed` for a lead, unless a click has said so since the lead last subscribed again. A merged lead
 * is followed to the one that lives on. The courier is to be nudged by the caller.
 * @returns the lead it was written for, or null when there was nothing to write: said before, or the lead is gone
 */
export async function unsubscribeByClick(
  db: Db,
  { leadId, stream }: UnsubscribeLink,
): Promise<string | null> {
  return db.transaction().execute(async (trx) => {
    const living = await livingLead(trx, leadId);
    if (living === null) return null;
    const { rows } = await sql<{ position: number | null }>`
      select max(position) as position from (
        select position, type, body from events where lead_id = ${living} and seq is not null
        union all
        select position, type, body from events where lead_id = ${living} and seq is null) e
      where type = 'email.resubscribed' and coalesce(body -> 'properties' ->> 'stream', 'all') in (${stream}, 'all')`.execute(
      trx,
    );
    // A subscription ends by a click once; one that was taken up again may be ended again, by an old mail's link too.
    const eventId = `one-click:${living}:${stream}:${rows[0]?.position ?? 0}`;
    const known = await trx
      .selectFrom('events')
      .select('position')
      .where('connection_id', '=', 'baton')
      .where('event_id', '=', eventId)
      .executeTakeFirst();
    if (known) return null;
    const acceptedAt = (await markReady(trx, [{ leadId: living, urgent: true, isNew: false }])).get(living);
    if (!acceptedAt) return null;
    await insertEventRows(trx, [
      {
        connectionId: 'baton',
        eventId,
        bodyHash: eventId,
        type: 'email.unsubscribed',
        leadId: living,
        visitor: null,
        acceptedAt,
        occurredAt: acceptedAt,
        backfill: false,
        urgent: true,
        anonymous: false,
        importId: null,
        body: { properties: { stream, by: 'one_click' } },
      },
    ]);
    return living;
  });
}

/** Locks the lead's stream, so that of two clicks at once the second sees what the first has written. */
async function livingLead(trx: Db, leadId: string): Promise<string | null> {
  let id = leadId;
  for (let step = 0; step < MERGES_FOLLOWED; step++) {
    const stream = await trx
      .selectFrom('lead_stream as s')
      .innerJoin('leads as l', 'l.id', 's.lead_id')
      .select(['s.status', 's.merged_into', 'l.erased_at'])
      .where('s.lead_id', '=', id)
      .forUpdate('s')
      .executeTakeFirst();
    if (!stream || stream.erased_at !== null || stream.status === 'erased') return null;
    if (stream.status !== 'merged' || stream.merged_into === null) return id;
    id = stream.merged_into;
  }
  return null;
}
