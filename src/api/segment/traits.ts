/** Segment's traits of a person or a company as ours. */
import { traitsSchema } from '../schemas/event-types.js';
import { type Fields, fieldsOf, firstOf, textOf } from './values.js';

const NAMES = ['name', 'fullName', 'full_name'];
const FIRST_NAMES = ['firstName', 'first_name', 'firstname'];
const LAST_NAMES = ['lastName', 'last_name', 'lastname'];
const COUNTRIES = ['country', 'address.country', 'country_code', 'countryCode'];
const SIZES = [
  'companySize',
  'company_size',
  'employees',
  'employee_count',
  'employeeCount',
  'numberOfEmployees',
];
const TIME_ZONES = ['timeZone', 'timezone', 'time_zone'];
/** Identifiers, and what is written anew; it would else stand there twice, in two spellings. */
const TAKEN = new Set(['email', 'company', ...NAMES, ...FIRST_NAMES, ...LAST_NAMES, ...SIZES, ...TIME_ZONES]);

/** Traits of an `identify`, or of a track message's context. Null clears, as it does with us. */
export function personTraits(
  traits: Fields,
  mapped: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const company = fieldsOf(traits.company);
  const kept = Object.fromEntries(Object.entries(traits).filter(([name]) => !TAKEN.has(name)));
  const { name: _, employees: __, employee_count: ___, ...details } = company;
  const found = {
    ...kept,
    ...(Object.keys(details).length > 0 && { companyDetails: details }),
    name: firstOf(traits, NAMES) ?? fullName(traits),
    company:
      Object.keys(company).length > 0
        ? company.name
        : firstOf(traits, ['company', 'companyName', 'company_name']),
    phone: firstOf(traits, ['phone', 'phoneNumber', 'phone_number']),
    country: firstOf(traits, COUNTRIES) ?? firstOf(company, COUNTRIES),
    companySize: firstOf(traits, SIZES) ?? firstOf(company, SIZES),
    timeZone: firstOf(traits, TIME_ZONES),
  };
  return fitting({ ...found, ...atPaths(traits, mapped) });
}

/** Traits of a `group`: they say something about the lead's company, so the company's name is not the lead's. */
export function companyTraits(
  traits: Fields,
  groupId: string | undefined,
  mapped: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const { name, ...details } = traits;
  const group = { ...(groupId !== undefined && { id: groupId }), ...details };
  const { companySize, country, company } = atPaths(traits, mapped);
  return fitting({
    ...(Object.keys(group).length > 0 && { companyDetails: group }),
    company: company ?? name,
    companySize: companySize ?? firstOf(traits, SIZES),
    country: country ?? firstOf(traits, COUNTRIES),
  });
}

function atPaths(traits: Fields, mapped: Readonly<Record<string, string>>): Record<string, unknown> {
  const found = Object.entries(mapped).map(([ours, path]) => [ours, firstOf(traits, [path])] as const);
  return Object.fromEntries(found.filter(([ours, value]) => ours !== 'email' && value !== undefined));
}

function fullName(traits: Fields): string | undefined {
  const parts = [firstOf(traits, FIRST_NAMES), firstOf(traits, LAST_NAMES)].map(textOf);
  return parts.filter((part) => part !== undefined).join(' ') || undefined;
}

/** A value that a trait of ours cannot hold is kept beside it, under a name that says so; it refuses nothing. */
function fitting(traits: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(traits)) {
    if (value === undefined) continue;
    const ours =
      name === 'companySize'
        ? peopleOf(value)
        : typeof value === 'number' && isText(name)
          ? String(value)
          : value;
    const fits = traitsSchema.safeParse({ [name]: ours }).success;
    result[fits ? name : `${name}AsSent`] = fits ? ours : value;
  }
  return result;
}

const isText = (name: string) => ['name', 'company', 'phone', 'country'].includes(name);

function peopleOf(value: unknown): unknown {
  if (typeof value === 'number') return Math.floor(value);
  // Thousands are often set apart: "1,000" or "1,001-5,000".
  return typeof value === 'string' ? value.replace(/(\d)[,'\s](?=\d{3}(?!\d))/g, '$1') : value;
}
