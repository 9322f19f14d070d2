/** From what a sender wrote to what the log takes: every way in (events, imports, webhooks) goes through here. */
import { createHash } from 'node:crypto';
import { nearest } from '../config/nearest.js';
import type { AppendOutcome, NewEvent } from '../store/event-log.js';
import type { GroupCommit } from '../store/group-commit.js';
import type { EventBody } from '../store/schema.js';
import { hasScope } from './auth.js';
import { canonicalJson } from './canonical-json.js';
import type { Principal } from './env.js';
import { leadPatchOf, salesCommandOf } from './event-parts.js';
import { findUnsafe } from './safe-text.js';
import { type ParsedEvent, type Rejection, type RejectionCode, schemaOfType } from './schemas/event.js';
import { EVENT_TYPE_NAMES, EVENT_TYPES } from './schemas/event-types.js';

/** One item as it came in: a JSON value, or the reason why it is none. */
export type RawItem = { readonly value: unknown } | { readonly fault: string };

/** What a request says for all of its events that do not say otherwise. */
export interface IntakeDefaults {
  readonly backfill?: boolean;
  readonly importId?: string;
}

export interface IntakeResult {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: Rejection[];
}

export interface IntakeOptions {
  readonly commit: GroupCommit;
  readonly policy: () => Promise<{ readonly futureToleranceMs: number }>;
  readonly now: () => number;
}

interface Context {
  readonly principal: Principal;
  readonly defaults: IntakeDefaults;
  readonly nowMs: number;
  readonly futureToleranceMs: number;
}

type Refusal = Pick<Rejection, 'code' | 'message' | 'path'> & { readonly id?: string };

/** Checks events one by one and stores the good ones together. */
export class EventIntake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the accepted events are committed. A bad item is told apart by its index and loses no other.
   * @param bytes the size of the request, for the bound on what may wait
   * @throws when the log cannot take them: then none of the events is stored by this call.
   */
  async accept(
    items: readonly RawItem[],
    bytes: number,
    principal: Principal,
    defaults: IntakeDefaults = {},
  ): Promise<IntakeResult> {
    const { futureToleranceMs } = await this.#options.policy();
    const context: Context = { principal, defaults, nowMs: this.#options.now(), futureToleranceMs };
    const rejected: Rejection[] = [];
    const good: { index: number; event: NewEvent }[] = [];
    items.forEach((item, index) => {
      const checked = checkItem(item, context);
      if ('eventId' in checked) good.push({ index, event: checked });
      else rejected.push({ index, id: null, ...checked });
    });
    const outcomes = await this.#options.commit.append(
      good.map(({ event }) => event),
      bytes,
    );
    let accepted = 0;
    let duplicates = 0;
    good.forEach(({ index, event }, n) => {
      const outcome = outcomes[n];
      if (outcome?.status === 'accepted') accepted += 1;
      else if (outcome?.status === 'duplicate') duplicates += 1;
      else rejected.push({ index, id: event.eventId, ...refusedByLog(outcome) });
    });
    rejected.sort((a, b) => a.index - b.index);
    return { accepted, duplicates, rejected };
  }
}

function refusedByLog(outcome: AppendOutcome | undefined): Refusal {
  if (outcome?.status === 'no_lead') {
    const message = 'nobody with this identifier is a lead of Baton; sales events speak of leads that exist';
    return { code: 'unknown_lead', message, path: 'lead' };
  }
  const message = 'this id was used before for an event that says something else; nothing was changed';
  return { code: 'id_conflict', message, path: 'id' };
}

/** The event, ready for the log, or why it is refused. */
function checkItem(item: RawItem, context: Context): NewEvent | Refusal {
  if ('fault' in item) return { code: 'malformed_json', message: item.fault, path: '' };
  if (!isRecord(item.value)) return { code: 'invalid_event', message: 'an event is a JSON object', path: '' };
  const raw = withoutNulls(item.value);
  const id = typeof raw.id === 'string' && !findUnsafe(raw.id) ? raw.id.slice(0, 200) : undefined;
  const refuse = (code: RejectionCode, message: string, path: string): Refusal => ({
    ...(id !== undefined && { id }),
    ...{ code, message, path },
  });
  const unsafe = findUnsafe(raw);
  if (unsafe) return refuse('unsafe_text', unsafe.message, unsafe.path.join('.'));
  if (typeof raw.type !== 'string')
    return refuse('invalid_event', 'is missing: every event has a type', 'type');
  const schema = schemaOfType(raw.type);
  if (!schema) return refuse('unknown_type', unknownType(raw.type), 'type');
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    if (!issue) return refuse('invalid_event', 'is not an event', '');
    const isUnidentified = issue.path[0] === 'lead' && (raw.lead === undefined || issue.code === 'custom');
    return refuse(
      isUnidentified ? 'missing_identifier' : 'invalid_event',
      isUnidentified && raw.lead === undefined
        ? 'is missing: email, userId or anonymousId is needed'
        : issue.message,
      issue.path.join('.'),
    );
  }
  const event = parsed.data;
  const occurredAtMs = event.occurredAt === undefined ? context.nowMs : Date.parse(event.occurredAt);
  if (occurredAtMs > context.nowMs + context.futureToleranceMs) {
    const ahead = Math.ceil((occurredAtMs - context.nowMs) / 1000);
    return refuse(
      'in_the_future',
      `is ${ahead} s ahead of this gateway's clock, more than the ${context.futureToleranceMs / 1000} s that are allowed; check the sender's clock`,
      'occurredAt',
    );
  }
  const scope = event.type.startsWith('sales.') ? 'sales' : 'ingest';
  if (!hasScope(context.principal, scope)) {
    return refuse('scope_missing', `the API key needs the scope ${scope} for ${event.type}`, 'type');
  }
  return newEvent(event, occurredAtMs, context);
}

function newEvent(event: ParsedEvent, occurredAtMs: number, { principal, defaults }: Context): NewEvent {
  const { type, lead, source, context } = event;
  const properties = event.properties ?? {};
  const command = salesCommandOf(type, properties, principal.id);
  const backfill = event.backfill ?? defaults.backfill ?? false;
  const body: EventBody = { lead, ...(source && { source }), ...(context && { context }) };
  // What a salesperson writes about a lead stays out of the log; it is kept with the command.
  if (!command) body.properties = properties;
  const occurredAt = event.occurredAt === undefined ? null : occurredAtMs;
  const said = { type, occurredAt, lead, source, properties, context, backfill };
  return {
    connectionId: principal.connectionId,
    eventId: event.id,
    bodyHash: createHash('sha256').update(canonicalJson(said)).digest('base64url'),
    type,
    occurredAt: new Date(occurredAtMs),
    backfill,
    urgent: !backfill && URGENT_TYPES.has(type),
    importId: event.importId ?? defaults.importId ?? null,
    body,
    patch: leadPatchOf(properties.traits),
    about: type === 'lead.created' ? 'created' : type === 'lead.updated' ? 'updated' : null,
    command,
  };
}

const URGENT_TYPES: ReadonlySet<string> = new Set(
  EVENT_TYPE_NAMES.filter((name) => 'urgent' in EVENT_TYPES[name]),
);

function unknownType(type: string): string {
  if (type.startsWith('custom.')) {
    return 'is not a custom type: after `custom.` come 1 to 40 lower-case letters, digits and _, a letter first';
  }
  const meant = nearest(type.slice(0, 60), EVENT_TYPE_NAMES);
  return meant
    ? `is not an event type; did you mean ${meant}?`
    : 'is not an event type; your own are called custom.<name>, the others are listed at /docs';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Many senders write null for what they leave out. Traits are spared: there null clears. */
function withoutNulls(event: Record<string, unknown>): Record<string, unknown> {
  const kept = (record: Record<string, unknown>) =>
    Object.values(record).includes(null)
      ? Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null))
      : record;
  const cleaned = { ...kept(event) };
  for (const name of ['lead', 'source', 'context', 'properties']) {
    const part = cleaned[name];
    if (isRecord(part)) cleaned[name] = kept(part);
  }
  return cleaned;
}
