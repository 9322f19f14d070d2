import { createHash } from 'node:crypto';

/**
 * The Message-ID of the mail with an effect key: the same key gives the same id on every attempt, so that a
 * mailbox or a mail log shows whether an earlier attempt arrived. A hash, because headers travel to strangers.
 */
export function messageIdFor(key: string, domain: string): string {
  return `<${createHash('sha256').update(key).digest('hex').slice(0, 40)}@${domain}>`;
}
