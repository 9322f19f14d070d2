/** What an event says about its lead, and what it asks for. */
import type { NewCommand } from '../store/commands.js';
import type { LeadPatch } from '../store/leads.js';
import { isTimeZone } from './schemas/common.js';
import { EVENT_TYPES, traitsSchema } from './schemas/event-types.js';

const COLUMNS = ['name', 'company', 'phone', 'country'] as const;

/** The change that validated traits make to a lead; null when there are none. */
export function leadPatchOf(traits: unknown): LeadPatch | null {
  const parsed = traitsSchema.safeParse(traits);
  if (!parsed.success) return null;
  const { companySize, timeZone, ...rest } = parsed.data;
  const columns: Record<string, string | number | null> = {};
  const others: Record<string, unknown> = { ...rest };
  for (const name of COLUMNS) {
    const value = rest[name];
    delete others[name];
    if (value !== undefined) columns[name] = value;
  }
  if (companySize !== undefined) columns.companySize = companySize === null ? null : peopleIn(companySize);
  // A zone that this system does not know is kept as the sender's word; nothing is computed with it.
  if (timeZone === null || (timeZone !== undefined && isTimeZone(timeZone))) columns.timeZone = timeZone;
  else if (timeZone !== undefined) others.timeZone = timeZone;
  if (Object.keys(columns).length === 0 && Object.keys(others).length === 0) return null;
  return { ...columns, traits: others };
}

/** A range such as "51-200" counts from its lower end. */
function peopleIn(size: number | string): number {
  return typeof size === 'number' ? size : Number.parseInt(size, 10);
}

const activity = EVENT_TYPES['sales.activity'].properties;
const disposition = EVENT_TYPES['sales.disposition'].properties;

/** The command in a validated `sales.*` event, or null for any other event. */
export function salesCommandOf(
  type: string,
  properties: Readonly<Record<string, unknown>>,
  actor: string,
): NewCommand | null {
  if (type === 'sales.activity') {
    const { kind, handoff, by } = activity.parse(properties);
    return { kind: 'activity', activity: kind, actor, words: properties, ...optional({ handoff, by }) };
  }
  if (type === 'sales.disposition') {
    const { disposition: outcome, handoff, by, followUpOn } = disposition.parse(properties);
    const said = optional({ handoff, by, followUpOn });
    return { kind: 'disposition', disposition: outcome, actor, words: properties, ...said };
  }
  return null;
}

function optional<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>;
}
