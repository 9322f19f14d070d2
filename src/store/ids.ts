import { randomBytes } from 'node:crypto';

/** 128 bits in base 32 (0-9, a-v). */
const ID_LENGTH = 26;

/**
 * A random id of 128 bits: 26 characters of `0-9a-v`, so it is safe in URLs, file names and workflow ids and is
 * never taken for an option on a command line. With a prefix: `<prefix>_<id>`. Lead ids take no prefix.
 */
export function newId(prefix?: string): string {
  const id = BigInt(`0x${randomBytes(16).toString('hex')}`)
    .toString(32)
    .padStart(ID_LENGTH, '0');
  return prefix === undefined ? id : `${prefix}_${id}`;
}
