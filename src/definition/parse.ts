/** From the text of a document to a draft whose every field has the right shape, or to all that is wrong with it. */
import { type DocumentDraft, documentSchema } from './schema.js';
import { readShaped, type Shaped } from './shaped.js';

/** Never throws: whatever the text is, the answer says what is wrong with it. */
export function parseDocument(text: string): Shaped<DocumentDraft> {
  return readShaped(text, documentSchema);
}
