/** What speaks for or against mailing leads now: what is recorded of them, and what their logs hold beyond that. */
import { sql } from 'kysely';
import type { Mailable, MailNews } from '../../domain/sendable.js';
import type { Db } from '../database.js';

export interface MailableLead extends Mailable {
  readonly leadId: string;
  /** Null when the lead's workflow has recorded nothing yet; then the source that the lead entered by holds. */
  readonly source: string | null;
}

/** The leads that addresses belong to; an address that nobody has is left out. */
export async function leadIdsByEmail(
  db: Db,
  emails: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (emails.length === 0) return new Map();
  const { rows } = await sql<{ value: string; lead_id: string }>`
    select value, lead_id from identities where kind = 'email' and value = any(${[...new Set(emails)]}::text[])`.execute(
    db,
  );
  return new Map(rows.map((row) => [row.value, row.lead_id]));
}

/**
 * What must be known of leads before they are mailed. An opt-out that is in the log counts before any workflow has
 * heard of it, and so does a handoff whose status is not written yet.
 */
export async function mailableLeads(
  db: Db,
  leadIds: readonly string[],
): Promise<ReadonlyMap<string, MailableLead>> {
  const ids = [...new Set(leadIds)];
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{
    id: string;
    email: string | null;
    source: string | null;
    stage: string | null;
    marketing: string | null;
    sales: string | null;
    handoff: number | null;
  }>`
    select l.id, l.email, coalesce(st.source, l.source) as source, st.stage,
      st.suppressed_marketing as marketing, st.suppressed_sales as sales,
      (select max(h.number) from handoffs h where h.lead_id = l.id and h.state <> 'closed') as handoff
    from leads l left join lead_status st on st.lead_id = l.id
    where l.id = any(${ids}::text[]) and l.erased_at is null`.execute(db);
  const news = await unappliedNews(db, ids);
  return new Map(
    rows.map(({ id, email, source, stage, marketing, sales, handoff }) => [
      id,
      {
        leadId: id,
        email,
        source,
        stage: stage ?? 'nurturing',
        suppressed: { marketing, sales },
        openHandoff: handoff,
        news: news.get(id) ?? [],
      },
    ]),
  );
}

async function unappliedNews(db: Db, ids: readonly string[]): Promise<Map<string, MailNews[]>> {
  // Two reads, because each of the log's two indexes holds one half of it.
  const { rows } = await sql<{ lead_id: string; type: string; stream: string | null; bounce: string | null }>`
    with wanted as materialized (
      select w.id, coalesce(st.seq, 0) as seq
      from unnest(${ids}::text[]) as w(id) left join lead_status st on st.lead_id = w.id),
    waiting as (
      select e.lead_id, e.position, e.type, e.body from wanted w join events e on e.lead_id = w.id and e.seq > w.seq
      where e.seq is not null
      union all
      select e.lead_id, e.position, e.type, e.body from wanted w join events e on e.lead_id = w.id
      where e.seq is null)
    select lead_id, type, body -> 'properties' ->> 'stream' as stream, body -> 'properties' ->> 'bounceType' as bounce
    from waiting
    where type in ('email.unsubscribed', 'email.resubscribed', 'email.complained', 'email.bounced', 'customer.created')
    order by lead_id, position`.execute(db);
  const perLead = new Map<string, MailNews[]>();
  for (const { lead_id, type, stream, bounce } of rows) {
    const mine = perLead.get(lead_id) ?? [];
    mine.push({ type, stream, hardBounce: bounce === 'hard' });
    perLead.set(lead_id, mine);
  }
  return perLead;
}
