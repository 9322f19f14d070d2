/** The mapping file of `BATON_SEGMENT_MAP`: what a team's own names mean. */
import { z } from 'zod';
import { nearest } from '../../config/nearest.js';
import { error, type Fault } from '../../definition/faults.js';
import { readYaml } from '../../definition/positions.js';
import { schemaOfType } from '../schemas/event.js';
import { EVENT_TYPE_NAMES } from '../schemas/event-types.js';
import { nameKey } from './names.js';

/** What becomes of one event name; `type` null takes the event and forgets it. */
interface NameMapping {
  readonly type: string | null;
  /** Our property to the path of the sender's. */
  readonly properties: Readonly<Record<string, string>>;
}

/** A checked mapping. Keys are in `nameKey` form. */
export interface SegmentMap {
  readonly events: ReadonlyMap<string, NameMapping>;
  /** `utm_source` or the campaign's name to the name of a lead source. */
  readonly sources: ReadonlyMap<string, string>;
  /** Our trait to the path of the sender's. */
  readonly traits: Readonly<Record<string, string>>;
}

export const EMPTY_MAP: SegmentMap = { events: new Map(), sources: new Map(), traits: {} };

const IGNORE = 'ignore';
const OUR_TRAITS = ['name', 'company', 'phone', 'country', 'companySize', 'timeZone', 'email'];
const path = z.string().regex(/^[^.\s][^\s]{0,199}$/, 'is not a path such as company.employee_count');
const paths = z.record(z.string(), path);
const type = z.string().superRefine((value, context) => {
  const message = faultOfType(value);
  if (message) context.addIssue({ code: 'custom', message });
});
const sourceName = z.string().refine(isSourceName, {
  error: 'is not a name of a source: 1 to 100 letters, digits, spaces and . _ : / & + -',
});
const fileSchema = z.strictObject({
  events: z
    .record(z.string(), z.union([type, z.strictObject({ type, properties: paths.optional() })]))
    .optional(),
  sources: z.record(z.string(), sourceName).optional(),
  traits: z.partialRecord(z.enum(OUR_TRAITS), path).optional(),
});

function faultOfType(value: string): string | null {
  if (value === IGNORE) return null;
  if (value.startsWith('sales.')) return 'is for salespeople; a website may not say what they did';
  if (schemaOfType(value)) return null;
  const meant = nearest(value.slice(0, 60), [...EVENT_TYPE_NAMES, IGNORE]);
  return `is not an event type, custom.<word> or ${IGNORE}${meant ? `; did you mean ${meant}?` : ''}`;
}

function isSourceName(name: string): boolean {
  const probe = { id: 'x', type: 'lead.updated', lead: { userId: 'x' }, source: { name } };
  return schemaOfType(probe.type)?.safeParse(probe).success ?? false;
}

/** Reads a mapping, YAML or JSON, or says with line and column what is wrong with it. Never throws. */
export function readSegmentMap(text: string): { map: SegmentMap } | { faults: readonly Fault[] } {
  const { value, faults, place } = readYaml(text);
  if (faults.length > 0) return { faults };
  const parsed = fileSchema.safeParse(value ?? {});
  if (!parsed.success) {
    return {
      faults: parsed.error.issues.flatMap((issue) =>
        issuesWithin(issue).map(({ path: at, message }) =>
          place(
            error(
              at.map((part) => (typeof part === 'number' ? part : String(part))),
              message,
              'see docs/connectors.md',
            ),
          ),
        ),
      ),
    };
  }
  const { events = {}, sources = {}, traits = {} } = parsed.data;
  return {
    map: {
      events: new Map(
        Object.entries(events).map(([name, meaning]) => {
          const { type: ours, properties = {} } = typeof meaning === 'string' ? { type: meaning } : meaning;
          return [nameKey(name), { type: ours === IGNORE ? null : ours, properties }];
        }),
      ),
      sources: new Map(Object.entries(sources).map(([name, source]) => [nameKey(name), source])),
      traits: Object.fromEntries(Object.entries(traits).flatMap(([ours, at]) => (at ? [[ours, at]] : []))),
    },
  };
}

/** Of a choice between forms, what is wrong with the one that was written; of unknown names, each with its place. */
function issuesWithin(issue: z.core.$ZodIssue): { path: PropertyKey[]; message: string }[] {
  if (issue.code === 'unrecognized_keys') {
    const message =
      issue.path[0] === 'traits' ? `is not one of ${OUR_TRAITS.join(', ')}` : 'is not known here';
    return issue.keys.map((key) => ({ path: [...issue.path, key], message }));
  }
  if (issue.code !== 'invalid_union') return [{ path: issue.path, message: issue.message }];
  const meant =
    issue.errors.find(
      (form) => !form.some(({ code, path: at }) => code === 'invalid_type' && at.length === 0),
    ) ?? [];
  if (meant.length === 0) {
    return [{ path: issue.path, message: 'is neither an event type nor { type, properties }' }];
  }
  return meant.flatMap((inner) =>
    issuesWithin(inner).map(({ path: at, message }) => ({ path: [...issue.path, ...at], message })),
  );
}
