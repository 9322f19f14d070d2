/** Who a Segment message is about. */
import { email as emailSchema } from '../schemas/common.js';
import { type Fields, fieldsOf, firstOf, textOf } from './values.js';

export interface LeadIdentifiers {
  email?: string;
  userId?: string;
  anonymousId?: string;
}

/** What broken integrations send for "nobody": one of them as an identifier would make one lead of all visitors. */
const NOBODY = new Set(
  [
    'null',
    'undefined',
    'nan',
    'none',
    'nil',
    'false',
    'true',
    '0',
    '-1',
    'anonymous',
    'guest',
    'unknown',
    'n/a',
    'na',
    '[object object]',
  ].concat('00000000-0000-0000-0000-000000000000'),
);

/** An identifier that somebody may have, or undefined. */
export function identifierOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined || NOBODY.has(text.toLowerCase()) ? undefined : text;
}

/** An address in the form in which it identifies, or undefined for what is none. */
function addressOf(value: unknown): string | undefined {
  const parsed = emailSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/**
 * The identifiers in a message. A `userId` that is an address is one as well. `ownProperties` says whether the
 * message's own properties speak of the lead (a form does; "colleague invited" names somebody else's address).
 */
export function identifiersOf(message: Fields, ownProperties: boolean, emailPath?: string): LeadIdentifiers {
  const userId = identifierOf(message.userId);
  const anonymousId = identifierOf(message.anonymousId);
  const context = fieldsOf(message.context);
  const traits = { ...fieldsOf(context.traits), ...fieldsOf(message.traits) };
  const email =
    addressOf(emailPath === undefined ? undefined : firstOf(traits, [emailPath])) ??
    (message.type === 'group' ? addressOf(fieldsOf(context.traits).email) : addressOf(traits.email)) ??
    (ownProperties
      ? addressOf(firstOf(fieldsOf(message.properties), ['email', 'email_address', 'emailAddress']))
      : undefined) ??
    addressOf(userId);
  return {
    ...(email !== undefined && { email }),
    ...(userId !== undefined && { userId }),
    ...(anonymousId !== undefined && { anonymousId }),
  };
}

/**
 * The identifiers of an `alias`: who was known as `previousId` is now known as `userId`. A previous id that is a known
 * user's stands for that user's address; else it is taken for a visitor's.
 */
export function aliasIdentifiers(message: Fields, emailOfUser: ReadonlyMap<string, string>): LeadIdentifiers {
  const previousId = identifierOf(message.previousId);
  const own = identifiersOf(message, false);
  if (previousId === undefined || previousId === own.userId) return own;
  const email = emailOfUser.get(previousId) ?? addressOf(previousId);
  return email === undefined ? { ...own, anonymousId: previousId } : { ...own, email };
}
