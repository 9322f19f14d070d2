/** Reading values whose shape nobody promised. */

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** The value at a path such as `company.employee_count`; undefined where there is none. */
function valueAt(fields: Fields, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) => (Object.hasOwn(fieldsOf(value), name) ? fieldsOf(value)[name] : undefined),
      fields,
    );
}

/** The first of the paths that has a value; a null counts, because a sender clears with it. */
export function firstOf(fields: Fields, paths: readonly string[]): unknown {
  for (const path of paths) {
    const value = valueAt(fields, path);
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

/** A text that says something, or undefined; numbers are taken as text. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}
