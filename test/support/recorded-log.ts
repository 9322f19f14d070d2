/** A log whose events were accepted in the past, written as the courier would have numbered it. */
import { sql } from 'kysely';
import { checkDefinition } from '../../src/definition/check.js';
import type { HandoffDefinition } from '../../src/definition/document.js';
import { type Subject, subjectOf } from '../../src/definition/subject.js';
import type { Db } from '../../src/store/database.js';
import type { EventBody } from '../../src/store/schema.js';

export interface PastEvent {
  /** When it was accepted; it happened half a minute before unless `occurred` says otherwise. */
  readonly at: string;
  readonly occurred?: string;
  readonly type: string;
  readonly properties?: Record<string, unknown>;
  readonly body?: Partial<EventBody>;
}

export interface PastLead {
  readonly id: string;
  readonly name?: string;
  readonly email?: string;
  readonly source?: string;
  readonly country?: string;
  readonly events: readonly PastEvent[];
}

const rowsOf = ({ events }: Pick<PastLead, 'events'>) =>
  events.map(({ at, occurred, type, properties = {}, body }, index) => ({
    seq: index + 1,
    type,
    acceptedAtMs: Date.parse(at),
    occurredAtMs: occurred === undefined ? Date.parse(at) - 30_000 : Date.parse(occurred),
    backfill: false,
    anonymous: false,
    label: null,
    body: { properties, ...body } as EventBody,
  }));

/** The same log as a walk takes it, without a database. */
export const subjectsOf = (events: readonly PastEvent[]): Subject[] => rowsOf({ events }).map(subjectOf);

export async function recordLead(db: Db, lead: PastLead): Promise<void> {
  const { id, name = null, email = `${lead.id}@example.test`, source = null, country = null } = lead;
  const rows = rowsOf(lead);
  const created = new Date(rows[0]?.acceptedAtMs ?? 0);
  await sql`
    insert into leads (id, email, name, source, country, created_at, updated_at)
    values (${id}, ${email}, ${name}, ${source}, ${country}, ${created}, ${created})`.execute(db);
  await sql`
    insert into lead_stream (lead_id, status, next_seq, sent_seq, applied_seq)
    values (${id}, 'open', ${rows.length + 1}, ${rows.length}, ${rows.length})`.execute(db);
  for (const { seq, type, acceptedAtMs, occurredAtMs, body } of rows) {
    const accepted = new Date(acceptedAtMs);
    await sql`
      insert into events (connection_id, event_id, body_hash, lead_id, seq, received_at, accepted_at, occurred_at, type, body)
      values ('past', ${`${id}-${seq}`}, 'none', ${id}, ${seq}, ${accepted}, ${accepted}, ${new Date(occurredAtMs)}, ${type},
        ${JSON.stringify(body)}::jsonb)`.execute(db);
  }
}

/** The definition of a document that must be right. */
export function definitionOf(document: string): HandoffDefinition {
  const { definition, faults } = checkDefinition(document);
  if (!definition) throw new Error(JSON.stringify(faults));
  return definition;
}
