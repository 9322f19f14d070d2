import { nearest } from '../../config/nearest.js';
import { usageError } from '../errors.js';

/** Who a row speaks of and where it comes from; the same words as in an event of the API. */
export const IDENTITY = ['email', 'userId', 'anonymousId'] as const;
const SOURCE = ['source', 'magnet', 'channel'] as const;
export const TRAITS = ['name', 'company', 'phone', 'country', 'companySize', 'timeZone'] as const;
/** Written `true` or `false` in CSV. */
export const FLAGS = ['directCta', 'machine', 'privacyProxy', 'autoSubmitted'] as const;
export const EVENT_PROPERTIES = [
  'emailId',
  'subject',
  'url',
  'path',
  'title',
  'resource',
  'topic',
  'form',
  'product',
  'message',
  'text',
  'classification',
  'stream',
  'bounceType',
  'ctaUrl',
  ...FLAGS,
] as const;
export const EVENT_CONTEXT = ['userAgent', 'ip', 'timezone'] as const;

const LEAD_COLUMNS: readonly string[] = [...IDENTITY, ...TRAITS, ...SOURCE, 'createdAt'];
const EVENT_COLUMNS: readonly string[] = [
  'id',
  'type',
  'occurredAt',
  ...IDENTITY,
  ...SOURCE,
  ...EVENT_PROPERTIES,
  ...EVENT_CONTEXT,
];

export type RowKind = 'leads' | 'events';

/** `Company Size`, `company_size` and `companySize` are one column. */
const plain = (title: string): string => title.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Columns that carry whatever the user likes: `traits.plan` of leads, `properties.plan` of events. */
const FREE = { leads: /^traits\.[\w-]+$/, events: /^properties\.[\w-]+$/ } as const;

/** Rows with a type are events; everything else is leads. */
export const kindOfHeader = (header: readonly string[]): RowKind =>
  header.some((title) => plain(title) === 'type') ? 'events' : 'leads';

/**
 * Translates a CSV header into the names that rows are read by; null is a column that is left out.
 * @throws CliError naming every wrong column, what it may have meant, and what is missing.
 */
export function readHeader(
  header: readonly string[],
  kind: RowKind,
  ignoreUnknown: boolean,
): (string | null)[] {
  const known = kind === 'leads' ? LEAD_COLUMNS : EVENT_COLUMNS;
  const faults: string[] = [];
  const seen = new Set<string>();
  const names = header.map((title, index) => {
    const name =
      known.find((candidate) => plain(candidate) === plain(title)) ?? (FREE[kind].test(title) ? title : null);
    if (name === null) {
      const meant = nearest(title, known);
      if (!ignoreUnknown) {
        faults.push(
          `column ${index + 1}, "${title}", is not known${meant ? `: did you mean ${meant}?` : ''}`,
        );
      }
      return null;
    }
    if (seen.has(name)) faults.push(`column ${index + 1}, "${title}", is there twice`);
    seen.add(name);
    return name;
  });
  if (!IDENTITY.some((name) => seen.has(name)))
    faults.push(`a column is missing: one of ${IDENTITY.join(', ')}`);
  if (kind === 'events' && !seen.has('occurredAt')) faults.push('the column occurredAt is missing');
  if (faults.length > 0) {
    throw usageError([
      `the columns do not fit ${kind}`,
      ...faults.map((fault) => `  ${fault}`),
      `Known columns: ${known.join(', ')}, and ${kind === 'leads' ? 'traits.*' : 'properties.*'}. --ignore-columns leaves unknown ones out.`,
    ]);
  }
  return names;
}
