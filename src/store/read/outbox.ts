/** Mails and alerts that were sent, for people to read. */
import type { Selectable } from 'kysely';
import type { Db } from '../database.js';
import type { Database } from '../schema.js';
import { instantOfMicros, microsOf } from './keyset.js';

export type OutboxItem = Selectable<Database['outbox']> & {
  readonly rep_handle: string | null;
  readonly rep_name: string | null;
  readonly created_micros: number;
};

export interface OutboxFilter {
  readonly kind?: 'mail' | 'alert';
  readonly leadId?: string;
  /** Random id of a rep. */
  readonly repId?: string;
}

export type OutboxCursor = readonly [createdMicros: number, id: string];

/** What was sent, newest first. */
export async function listOutbox(
  db: Db,
  filter: OutboxFilter,
  page: { readonly after: OutboxCursor | null; readonly limit: number },
): Promise<OutboxItem[]> {
  const { kind, leadId, repId } = filter;
  let query = db
    .selectFrom('outbox as x')
    .leftJoin('reps as r', 'r.id', 'x.rep_id')
    .selectAll('x')
    .select(['r.handle as rep_handle', 'r.name as rep_name'])
    .select(microsOf('x.created_at').as('created_micros'));
  if (kind !== undefined) query = query.where('x.kind', '=', kind);
  if (leadId !== undefined) query = query.where('x.lead_id', '=', leadId);
  if (repId !== undefined) query = query.where('x.rep_id', '=', repId);
  if (page.after) {
    const [micros, id] = page.after;
    const at = instantOfMicros(micros);
    query = query.where((eb) =>
      eb.or([eb('x.created_at', '<', at), eb.and([eb('x.created_at', '=', at), eb('x.id', '>', id)])]),
    );
  }
  return query.orderBy('x.created_at', 'desc').orderBy('x.id').limit(page.limit).execute();
}
