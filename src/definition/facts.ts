/** From rows of the log to the facts that `step` is fed: one fact per row, whatever the row holds. */
import type { LogFact } from '../domain/lead-event.js';
import type { LeadTraits } from '../domain/observe.js';
import type { Db } from '../store/database.js';
import { refIds } from '../store/ref-ids.js';
import type { RefKind } from '../store/schema.js';
import type { LogRow } from '../store/stream-log.js';
import { emailDomainTrait } from './free-mail.js';
import {
  type CallsToAction,
  type LoggedEvent,
  noteCallToAction,
  Observer,
  type References,
  type Subject,
  subjectOf,
} from './subject.js';
import type { PublishedDefinition } from './versions.js';

/**
 * Observes a lead's rows under one published definition and the policy of `source`. Hands out references for the
 * mails, links and resources they name, and reads the lead's traits as of now. Facts come in the rows' order.
 */
export async function observeLog(
  db: Db,
  leadId: string,
  rows: readonly LogRow[],
  published: PublishedDefinition,
  source: string | null,
): Promise<LogFact[]> {
  if (rows.length === 0) return [];
  const subjects = rows.map((row) => subjectOf(loggedEvent(row)));
  const traits = await traitsOf(db, leadId);
  const refs = await handOutRefs(db, subjects);
  const ctas = await callsToAction(db, leadId, subjects);
  const observer = observerOf(published);
  return subjects.map((subject) => observer.fact(subject, { source, traits, refs, ctas }));
}

/** A row of the log, with its instants in milliseconds. */
export function loggedEvent(row: LogRow): LoggedEvent {
  const { seq, type, backfill, anonymous, label, body } = row;
  const [occurredAtMs, acceptedAtMs] = [row.occurred_at.getTime(), row.accepted_at.getTime()];
  return { seq, type, occurredAtMs, acceptedAtMs, backfill, anonymous, label, body };
}

const observers = new WeakMap<PublishedDefinition, Observer>();

function observerOf(published: PublishedDefinition): Observer {
  const known = observers.get(published) ?? new Observer(published);
  observers.set(published, known);
  return known;
}

async function handOutRefs(db: Db, subjects: readonly Subject[]): Promise<References> {
  const ids = async (kind: RefKind, keys: readonly (string | undefined | null)[]) => {
    const wanted = [...new Set(keys)].filter((key): key is string => typeof key === 'string');
    return wanted.length === 0 ? new Map<string, number>() : refIds(db, kind, wanted);
  };
  return {
    email: await ids(
      'email',
      subjects.map((subject) => subject.email),
    ),
    link: await ids(
      'link',
      subjects.map((subject) => subject.link?.key),
    ),
    resource: await ids(
      'resource',
      subjects.map((subject) => subject.resource),
    ),
  };
}

async function callsToAction(db: Db, leadId: string, subjects: readonly Subject[]): Promise<CallsToAction> {
  const calls = new Map<string, string | null>();
  if (!subjects.some(({ event, email }) => event.type === 'email.clicked' && email !== null)) return calls;
  const sent = await db
    .selectFrom('events')
    .select(['type', 'body'])
    .where('lead_id', '=', leadId)
    .where('seq', 'is not', null)
    .where('type', '=', 'email.sent')
    .execute();
  for (const event of sent) noteCallToAction(calls, event);
  return calls;
}

async function traitsOf(db: Db, leadId: string): Promise<LeadTraits> {
  const lead = await db
    .selectFrom('leads')
    .select(['email', 'company', 'country', 'company_size', 'time_zone', 'traits'])
    .where('id', '=', leadId)
    .executeTakeFirst();
  return lead ? knownTraits(lead) : {};
}

/** What conditions may look at of a lead's row. */
export function knownTraits(lead: {
  readonly email: string | null;
  readonly company: string | null;
  readonly country: string | null;
  readonly company_size: number | null;
  readonly time_zone: string | null;
  readonly traits: Readonly<Record<string, unknown>>;
}): LeadTraits {
  const known: Record<string, unknown> = {
    company: lead.company,
    country: lead.country,
    companySize: lead.company_size,
    timeZone: lead.time_zone,
    emailDomain: emailDomainTrait(lead.email),
  };
  return {
    ...lead.traits,
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value != null)),
  };
}
