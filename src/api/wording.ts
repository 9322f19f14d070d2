/** What a fault is called when a schema does not say it itself: in words that name the remedy, not the library's. */
import { z } from '@hono/zod-openapi';

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

/** Makes these words the default of every schema in this process. */
export function installWording(): void {
  z.config({
    customError: (issue) => {
      switch (issue.code) {
        case 'invalid_type':
          return issue.input === undefined
            ? 'is missing'
            : `must be ${KINDS[issue.expected] ?? issue.expected}`;
        case 'too_big':
          return `is too ${issue.origin === 'string' ? 'long' : 'large'}: at most ${issue.maximum}${unitOf(issue.origin)}`;
        case 'too_small':
          return `is too ${issue.origin === 'string' ? 'short' : 'small'}: at least ${issue.minimum}${unitOf(issue.origin)}`;
        case 'invalid_value':
          return `must be ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`.replace(
            /, ([^,]*)$/,
            ' or $1',
          );
        case 'unrecognized_keys':
          return `has a field that is not known here: ${issue.keys.join(', ')}`;
        case 'invalid_format':
          return 'does not have the form that is expected here';
        default:
          return undefined;
      }
    },
  });
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' items' : '';
}
