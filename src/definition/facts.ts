/** From rows of the log to the facts that `step` is fed: one fact per row, whatever the row holds. */
import type { LogFact } from '../domain/lead-event.js';
import type { LeadTraits } from '../domain/observe.js';
import type { Db } from '../store/database.js';
import { refIds } from '../store/ref-ids.js';
import type { RefKind } from '../store/schema.js';
import type { LogRow } from '../store/stream-log.js';
import { emailDomainTrait } from './free-mail.js';
import { LabelStory } from './labels.js';
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
 * Up to where corrections are known: each row's label as it stands now, as it stood when the row itself was the newest
 * event (a later correction is an event of its own), or as it stood after a number of the log.
 */
export type LabelsAsOf = 'now' | 'each' | number;

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
  labelsAsOf: LabelsAsOf = 'now',
): Promise<LogFact[]> {
  if (rows.length === 0) return [];
  const subjects = rows.map((row) => subjectOf(loggedEvent(row)));
  const traits = await traitsOf(db, leadId);
  const refs = await handOutRefs(db, subjects);
  const ctas = await callsToAction(db, leadId, subjects);
  const observer = observerOf(published);
  const isLabelled = labelsAsOf !== 'now' && subjects.some(({ event }) => event.label !== null);
  const labels = isLabelled ? new LabelStory(await correctionsOf(db, leadId)) : null;
  return subjects.map((subject) => {
    const { event } = subject;
    const label = labels
      ? labels.at(event, labelsAsOf === 'each' ? event.seq : Number(labelsAsOf))
      : event.label;
    return observer.fact(subject, { source, traits, refs, ctas }, label);
  });
}

async function correctionsOf(db: Db, leadId: string): Promise<Subject[]> {
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where('lead_id', '=', leadId)
    .where('type', '=', 'command.correct')
    .where('seq', 'is not', null)
    .orderBy('seq')
    .execute();
  return rows.map((row) => subjectOf(loggedEvent({ ...row, lead_id: leadId, seq: row.seq ?? 0 })));
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

/** The numbers of everything that the events speak of; what nobody has met yet gets one. */
export async function handOutRefs(db: Db, subjects: readonly Subject[]): Promise<References> {
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
  return (await traitsOfLeads(db, [leadId])).get(leadId) ?? {};
}

/** What conditions may look at of each lead, as of now. */
export async function traitsOfLeads(db: Db, leadIds: readonly string[]): Promise<Map<string, LeadTraits>> {
  if (leadIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('leads')
    .select(['id', 'email', 'company', 'country', 'company_size', 'time_zone', 'traits'])
    .where('id', 'in', [...leadIds])
    .execute();
  return new Map(rows.map((row) => [row.id, knownTraits(row)]));
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
