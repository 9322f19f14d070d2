/** What names a document: its content. */
import { createHash } from 'node:crypto';

/** The name of a document's content: line ends and blanks at the very end make no difference. */
export function contentHash(document: string): string {
  return createHash('sha256').update(canonicalText(document)).digest('hex');
}

/** A document as it is kept: no byte order mark, plain line ends, one at the end. */
export function canonicalText(document: string): string {
  return `${document
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .trimEnd()}\n`;
}
