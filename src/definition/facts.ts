/** From rows of the log to the facts that `step` is fed: one fact per row, whatever the row holds. */
import { isbot } from 'isbot';
import type { ActivityKind, DispositionKind, SourcePolicy } from '../domain/definition.js';
import type { CommandFact, CommandKind, LogFact } from '../domain/lead-event.js';
import { type LeadTraits, observe, type RawEvent } from '../domain/observe.js';
import type { Db } from '../store/database.js';
import { refIds } from '../store/ref-ids.js';
import type { EventBody, RefKind } from '../store/schema.js';
import type { LogRow } from '../store/stream-log.js';
import { localDate } from './calendar.js';
import { contentOf, type LinkAddress, linkAddress, resourceName } from './content.js';
import { emailDomainTrait } from './free-mail.js';
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
  const subjects = rows.map(subjectOf);
  const traits = await traitsOf(db, leadId);
  const refs = await handOutRefs(db, subjects);
  const ctas = await callsToAction(db, leadId, subjects);
  const policy = published.policyFor(source);
  const { timeZone } = published.definition.calendar;
  return subjects.map((subject) => {
    const command = commandFact(subject.row);
    if (command) return command;
    const raw = rawEvent(subject, { policy, refs, ctas, timeZone });
    const named = subject.row.body.source?.name;
    return observe(named ? { ...raw, source: published.policyFor(named).source } : raw, traits, policy);
  });
}

/** A row with the outside things it speaks of. */
interface Subject {
  readonly row: LogRow;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly email: string | null;
  readonly link: LinkAddress | null;
  readonly resource: string | null;
}

function subjectOf(row: LogRow): Subject {
  const properties = row.body.properties ?? {};
  const { emailId } = properties;
  // The link that a sent mail is remembered by is its call to action.
  const link = linkAddress(
    row.type === 'email.sent' ? properties.ctaUrl : (properties.url ?? properties.path),
  );
  return {
    row,
    properties,
    email: typeof emailId === 'string' || typeof emailId === 'number' ? String(emailId) || null : null,
    link,
    resource: resourceName(row.type, properties, link),
  };
}

type Refs = Readonly<Record<RefKind, ReadonlyMap<string, number>>>;

async function handOutRefs(db: Db, subjects: readonly Subject[]): Promise<Refs> {
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

/** For each direct-CTA mail that was clicked: the link of its call to action, or null when any link is. */
async function callsToAction(
  db: Db,
  leadId: string,
  subjects: readonly Subject[],
): Promise<ReadonlyMap<string, string | null>> {
  const clicked = new Set(
    subjects.flatMap(({ row, email }) => (row.type === 'email.clicked' && email !== null ? [email] : [])),
  );
  if (clicked.size === 0) return new Map();
  const sent = await db
    .selectFrom('events')
    .select('body')
    .where('lead_id', '=', leadId)
    .where('seq', 'is not', null)
    .where('type', '=', 'email.sent')
    .execute();
  const calls = new Map<string, string | null>();
  for (const { body } of sent) {
    const { emailId, directCta, ctaUrl } = body.properties ?? {};
    if (directCta === true && clicked.has(String(emailId)))
      calls.set(String(emailId), linkAddress(ctaUrl)?.key ?? null);
  }
  return calls;
}

interface Surroundings {
  readonly policy: SourcePolicy;
  readonly refs: Refs;
  readonly ctas: ReadonlyMap<string, string | null>;
  readonly timeZone: string;
}

function rawEvent(subject: Subject, { policy, refs, ctas, timeZone }: Surroundings): RawEvent {
  const { row, email, link, resource } = subject;
  const { userAgent } = row.body.context ?? {};
  const emailRef = email === null ? undefined : refs.email.get(email);
  const linkRef = link === null ? undefined : refs.link.get(link.key);
  const resourceRef = resource === null ? undefined : refs.resource.get(resource);
  return {
    seq: row.seq,
    type: row.type,
    occurredAt: row.occurred_at.getTime(),
    acceptedAt: row.accepted_at.getTime(),
    dayKey: localDate(row.occurred_at.getTime(), timeZone),
    backfill: row.backfill,
    anonymous: row.anonymous,
    label: row.label,
    refs: {
      ...(emailRef !== undefined && { email: emailRef }),
      ...(linkRef !== undefined && { link: linkRef }),
      ...(resourceRef !== undefined && { resource: resourceRef }),
    },
    properties: {
      ...subject.properties,
      ...(link && { path: link.path }),
      ...(resource !== null && { resource }),
      // What the definition says a link is comes before what a sender calls it: rules are written against the former.
      ...contentOf(policy.content, subject),
      ...(row.type === 'email.clicked' && { cta: isCallToAction(email, link, ctas) }),
    },
    ...(userAgent !== undefined && { userAgent, userAgentIsBot: isProgram(userAgent) }),
  };
}

function isCallToAction(
  email: string | null,
  link: LinkAddress | null,
  ctas: ReadonlyMap<string, string | null>,
): boolean {
  const call = email === null ? undefined : ctas.get(email);
  return call !== undefined && (call === null || call === link?.key);
}

/** A bare `Mozilla/5.0` is Apple's mail privacy proxy, behind which a person may sit: another rule judges it. */
function isProgram(userAgent: string): boolean {
  return userAgent.trim() !== 'Mozilla/5.0' && isbot(userAgent);
}

async function traitsOf(db: Db, leadId: string): Promise<LeadTraits> {
  const lead = await db
    .selectFrom('leads')
    .select(['email', 'company', 'country', 'company_size', 'time_zone', 'traits'])
    .where('id', '=', leadId)
    .executeTakeFirst();
  if (!lead) return {};
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

const COMMAND_KINDS: Readonly<Record<CommandKind, true>> = {
  activity: true,
  disposition: true,
  handoff: true,
  reassign: true,
  judge: true,
  correct: true,
  retry_effect: true,
};
const ACTIVITIES: Readonly<Record<ActivityKind, true>> = {
  call: true,
  email: true,
  meeting: true,
  task_completed: true,
  note: true,
};
const DISPOSITIONS: Readonly<Record<DispositionKind, true>> = {
  converted: true,
  not_ready: true,
  unqualified: true,
  no_response: true,
  left_sales_mail: true,
};

/**
 * The command a row carries, or null when it is no command. Only ids and enumerated words pass: what a person typed
 * into such a field is left behind, because facts enter a workflow's history.
 */
function commandFact(row: LogRow): CommandFact | null {
  const command: EventBody['command'] = row.body.command;
  if (!command) return null;
  const kind = oneOf(COMMAND_KINDS, command.kind);
  const commandId = idOf(command.id);
  if (!kind || !commandId) return null;
  const activity = oneOf(ACTIVITIES, command.activity);
  const disposition = oneOf(DISPOSITIONS, command.disposition);
  const rep = idOf(command.rep);
  const by = idOf(command.by);
  const effectKey = idOf(command.effectKey);
  const followUpOn = matching(/^\d{4}-\d{2}-\d{2}$/, command.followUpOn);
  return {
    kind: 'command',
    seq: row.seq,
    commandId,
    command: kind,
    at: instantOf(command.at) ?? row.occurred_at.getTime(),
    acceptedAt: row.accepted_at.getTime(),
    ...(isCount(command.handoff) && { handoff: command.handoff }),
    ...(activity && { activity }),
    ...(disposition && { disposition }),
    ...(followUpOn && { followUpOn }),
    ...(rep && { rep }),
    ...(by && { by }),
    ...(effectKey && { effectKey }),
    ...(isCount(command.target) && { target: command.target }),
  };
}

function oneOf<Word extends string>(words: Readonly<Record<Word, true>>, value: unknown): Word | undefined {
  return typeof value === 'string' && Object.hasOwn(words, value) ? (value as Word) : undefined;
}

/** Ids have no spaces and no `@`, so neither a name of two words nor an address gets through. */
function idOf(value: unknown): string | undefined {
  return matching(/^[\w/:.-]{1,200}$/, value);
}

function matching(pattern: RegExp, value: unknown): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function instantOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
