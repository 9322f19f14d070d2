import { createHash } from 'node:crypto';
import { nearest } from '../../config/nearest.js';
import { EVENT_CONTEXT, EVENT_PROPERTIES, FLAGS, IDENTITY, TRAITS } from './columns.js';

/** An event as the gateway takes it; what the file says is kept as it is. */
export interface ImportEvent {
  id?: string;
  type: string;
  occurredAt: string;
  lead: Record<string, unknown>;
  source?: Record<string, unknown>;
  properties?: Record<string, unknown>;
  context?: Record<string, unknown>;
  backfill?: unknown;
}

export interface RowDefaults {
  /** The lead source of rows that name none. */
  readonly source: string | null;
  /** When leads without a date became known. */
  readonly createdAt: string;
}

/** Why a row is left out; the message says what to mend. */
export class RowError extends Error {}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isFilled = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

function pick(row: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => isFilled(row[name])).map((name) => [name, row[name]]));
}

/** Without what is empty: null and blank cells say nothing. */
const filled = (row: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  pick(row, Object.keys(row));

/** `traits.plan` and the like, without the prefix. */
function pickPrefixed(row: Readonly<Record<string, unknown>>, prefix: string): Record<string, unknown> {
  const names = Object.keys(row).filter((name) => name.startsWith(prefix) && isFilled(row[name]));
  return Object.fromEntries(names.map((name) => [name.slice(prefix.length), row[name]]));
}

const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** A date, or a date and a time; without a zone it is UTC, because the importing machine's zone says nothing. */
function timestamp(value: unknown, field: string): string {
  const text = typeof value === 'string' ? value.trim() : '';
  const [, date, time = '00:00:00', zone = 'Z'] = TIME.exec(text) ?? [];
  if (date === undefined) {
    throw new RowError(
      `${field} must be a time such as 2026-11-20T14:03:11Z (it is "${String(value ?? '').slice(0, 40)}")`,
    );
  }
  const at = new Date(`${date}T${time}${zone.toUpperCase()}`);
  // The engine rolls the 30th of February over into March.
  const day = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(at.getTime()) || Number.isNaN(day.getTime()) || !day.toISOString().startsWith(date)) {
    throw new RowError(`${field} is no time that exists (it is "${text.slice(0, 40)}")`);
  }
  return at.toISOString();
}

function identified(lead: Record<string, unknown>): Record<string, unknown> {
  const { email } = lead;
  if (Object.keys(lead).length === 0)
    throw new RowError('nobody is named: email, userId or anonymousId is needed');
  if (email !== undefined && !/^[^\s@]+@[^\s@]+$/.test(String(email))) {
    throw new RowError(`email is not an address (it is "${String(email).slice(0, 60)}")`);
  }
  return lead;
}

function sourceOf(
  row: Readonly<Record<string, unknown>>,
  defaults: RowDefaults,
): Record<string, unknown> | undefined {
  const source = filled(
    isRecord(row.source) ? row.source : { name: row.source, ...pick(row, ['magnet', 'channel']) },
  );
  if (source.name === undefined && defaults.source !== null) source.name = defaults.source;
  return Object.keys(source).length > 0 ? source : undefined;
}

/** Drops empty parts, so that equal rows stay equal however they were written. */
function event(parts: ImportEvent): ImportEvent {
  const { properties, context, source, ...rest } = parts;
  return {
    ...rest,
    ...(source && { source }),
    ...(properties && Object.keys(properties).length > 0 && { properties }),
    ...(context && Object.keys(context).length > 0 && { context }),
  };
}

function traitsOf(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const traits = { ...pick(row, TRAITS), ...pickPrefixed(row, 'traits.') };
  // CSV knows no numbers; a range such as 51-200 stays text, which the gateway takes as well.
  const { companySize } = traits;
  if (typeof companySize === 'string' && /^[\d,' ]+$/.test(companySize)) {
    traits.companySize = Number(companySize.replace(/[^\d]/g, ''));
  }
  return traits;
}

/** A flat row of lead columns, as CSV has them: the lead becomes known. */
export function leadRow(row: Readonly<Record<string, unknown>>, defaults: RowDefaults): ImportEvent {
  return event({
    type: 'lead.created',
    occurredAt: isFilled(row.createdAt) ? timestamp(row.createdAt, 'createdAt') : defaults.createdAt,
    lead: identified(pick(row, IDENTITY)),
    source: sourceOf(row, defaults),
    properties: { traits: traitsOf(row) },
  });
}

function flagsOf(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const set = FLAGS.filter((name) => /^(?:true|false)$/i.test(String(row[name] ?? '')));
  return Object.fromEntries(set.map((name) => [name, /^true$/i.test(String(row[name]))]));
}

/** A flat row of event columns, as CSV has them. */
export function eventRow(row: Readonly<Record<string, unknown>>, defaults: RowDefaults): ImportEvent {
  if (!isFilled(row.type)) throw new RowError('type is empty');
  return event({
    ...pick(row, ['id']),
    type: String(row.type),
    occurredAt: timestamp(row.occurredAt, 'occurredAt'),
    lead: identified(pick(row, IDENTITY)),
    source: sourceOf(row, defaults),
    properties: { ...pick(row, EVENT_PROPERTIES), ...flagsOf(row), ...pickPrefixed(row, 'properties.') },
    context: pick(row, EVENT_CONTEXT),
  });
}

/** A row of JSON: an event of the API, `{ "lead": { …traits } }`, or a flat lead. */
export function jsonRow(row: unknown, defaults: RowDefaults): ImportEvent {
  if (!isRecord(row)) throw new RowError('a JSON object is needed');
  if (isFilled(row.type)) {
    refuseUnknown(row);
    return event({
      ...pick(row, ['backfill']),
      ...(isFilled(row.id) && { id: String(row.id) }),
      type: String(row.type),
      occurredAt: timestamp(isFilled(row.occurredAt) ? row.occurredAt : row.timestamp, 'occurredAt'),
      lead: identified(isRecord(row.lead) ? filled(row.lead) : {}),
      source: sourceOf(row, defaults),
      properties: isRecord(row.properties) ? row.properties : undefined,
      context: isRecord(row.context) ? row.context : undefined,
    });
  }
  const lead = isRecord(row.lead) ? row.lead : row;
  const made = leadRow(
    { createdAt: row.occurredAt ?? row.createdAt, ...lead, source: row.source ?? lead.source },
    defaults,
  );
  const extra = isRecord(row.lead) ? otherTraits(row.lead) : {};
  const nested = [row.traits, lead.traits].filter(isRecord);
  return { ...made, properties: { traits: Object.assign({}, extra, ...nested, made.properties?.traits) } };
}

/** What may stand beside `properties` in an event; `importId` is read over, because the running import has its own. */
const ENVELOPE = [
  'id',
  'type',
  'occurredAt',
  'timestamp',
  'lead',
  'source',
  'magnet',
  'channel',
  'properties',
  'context',
  'backfill',
  'importId',
];

/** A field in the wrong place would be lost without a word; senders put their own data under `properties`. */
function refuseUnknown(row: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(row).filter((name) => !ENVELOPE.includes(name) && isFilled(row[name]));
  const [first] = unknown;
  if (first === undefined) return;
  const isIdentity = (IDENTITY as readonly string[]).includes(first);
  const meant = isIdentity ? `lead.${first}` : nearest(first, ENVELOPE);
  const names = unknown.map((name) => `"${name.slice(0, 40)}"`).join(', ');
  throw new RowError(
    unknown.length === 1 && meant
      ? `${names} is no field of an event: did you mean ${meant}?`
      : `${names} ${unknown.length === 1 ? 'is no field' : 'are no fields'} of an event; data of your own goes under properties`,
  );
}

/** Traits that Baton has no column for are kept all the same. */
function otherTraits(lead: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = new Set([
    'email',
    'userId',
    'anonymousId',
    'source',
    'magnet',
    'channel',
    'createdAt',
    'traits',
  ]);
  return Object.fromEntries(
    Object.entries(lead).filter(([name, value]) => !known.has(name) && isFilled(value)),
  );
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, canonical(value[key])]),
  );
}

/**
 * Gives events without an id one that is made of what they say, so that importing a row again, from this file or from
 * another, changes nothing. Equal rows of one file are told apart by counting them. Holds 8 bytes and some for each row
 * that has no id of its own.
 */
export class EventIds {
  private readonly once = new Set<number>();
  private readonly more = new Map<number, number>();

  /** The event with its id; must be called for every row of a file in order, also for those that are not sent again. */
  identify(made: ImportEvent): ImportEvent & { id: string } {
    if (made.id !== undefined) return { ...made, id: made.id };
    const hash = createHash('sha256')
      .update(JSON.stringify(canonical(made)))
      .digest();
    const key = hash.readUIntBE(0, 6);
    const occurrence = (this.more.get(key) ?? (this.once.has(key) ? 1 : 0)) + 1;
    if (occurrence === 1) this.once.add(key);
    else this.more.set(key, occurrence);
    const id = `import-${hash.toString('hex').slice(0, 40)}${occurrence > 1 ? `-${occurrence}` : ''}`;
    return { ...made, id };
  }
}
