/** May a lead get a marketing mail right now? Asked of what is recorded and of what is in the log and not yet applied. */
import { sql } from 'kysely';
import type { FaultCode } from '../domain/lead-event.js';
import type { LeadState } from '../domain/state.js';
import type { Db } from './database.js';

/** What the workflow recorded last of a lead, or null before its first record. */
export async function recordedStatus(
  db: Db,
  leadId: string,
): Promise<{ seq: number; source: string; state: LeadState } | null> {
  const row = await db
    .selectFrom('lead_status')
    .select(['seq', 'source', 'state'])
    .where('lead_id', '=', leadId)
    .executeTakeFirst();
  return row ?? null;
}

/**
 * Why a marketing mail must not go out, or null when it may. The bridge belongs to an open handoff; every other
 * marketing mail is held back by one. An opt-out that waits in the log counts as soon as it is accepted.
 */
export async function marketingHindrance(
  db: Db,
  leadId: string,
  mail: 'bridge' | 'final',
): Promise<FaultCode | null> {
  const status = await db
    .selectFrom('lead_status')
    .select(['seq', 'stage', 'suppressed_marketing'])
    .where('lead_id', '=', leadId)
    .executeTakeFirst();
  if (status?.suppressed_marketing != null) return 'suppressed';
  if (mail === 'final' && status && status.stage !== 'nurturing') return 'suppressed';
  const leaving = await db
    .selectFrom('events')
    .select('position')
    .where('lead_id', '=', leadId)
    .where((eb) => eb.or([eb('seq', 'is', null), eb('seq', '>', status?.seq ?? 0)]))
    .where(
      sql<boolean>`(type = 'email.complained'
        or (type = 'email.unsubscribed' and coalesce(body -> 'properties' ->> 'stream', 'all') in ('marketing', 'all'))
        or (type = 'email.bounced' and body -> 'properties' ->> 'bounceType' = 'hard'))`,
    )
    .limit(1)
    .executeTakeFirst();
  return leaving ? 'suppressed' : null;
}
