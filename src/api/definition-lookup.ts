/** Which version or draft a request names, and why something cannot be done with it. */
import { DefinitionError } from '../definition/definition-error.js';
import { mustBeSound, readDraft } from '../definition/drafts.js';
import { asCandidate, type DefinitionBook, type PublishedDefinition } from '../definition/versions.js';
import { ConfirmationRequired } from '../insight/publish.js';
import type { Db } from '../store/database.js';
import { type DraftRow, findVersion, newestVersion, type VersionRow } from '../store/definitions.js';
import { Problem } from './problem.js';

export type Named =
  | { readonly kind: 'version'; readonly row: VersionRow; readonly newest: number }
  | { readonly kind: 'draft'; readonly row: DraftRow };

/** The version of a number or of `current`, or the draft of an id. @throws Problem 404 */
export async function namedDefinition(db: Db, name: string): Promise<Named> {
  if (isDraftId(name)) return { kind: 'draft', row: await told(readDraft(db, name)) };
  const newest = (await newestVersion(db))?.number ?? 0;
  const number = name === 'current' ? newest : versionNumber(name);
  if (number === null) throw unknownName(name);
  const row = await findVersion(db, number);
  if (row) return { kind: 'version', row, newest };
  const detail =
    newest === 0
      ? 'No handoff definition is published yet.'
      : `There is no version ${number} of the handoff definition; the newest is ${newest}.`;
  throw new Problem('not_found', { detail });
}

/** A version's number in an address, or null. */
export function versionNumber(name: string): number | null {
  return /^[1-9]\d{0,8}$/.test(name) ? Number(name) : null;
}

/** The draft's id in an address. @throws Problem 404 for anything else */
export function draftId(name: string): string {
  if (isDraftId(name)) return name;
  const detail =
    'Drafts are named by an id such as d_1a2b3c; versions never change. GET /v1/definitions lists both.';
  throw new Problem('not_found', { detail });
}

const isDraftId = (name: string): boolean => /^d_[0-9a-z]{1,60}$/.test(name);

/** What is named, ready to be compared or to judge leads by. @throws Problem 409 for a draft with errors */
export async function readable(
  book: DefinitionBook,
  named: Named,
  done: 'compared' | 'judged by',
  now: Date,
): Promise<PublishedDefinition> {
  if (named.kind === 'version') return told(book.byNumber(named.row.number));
  const { row } = named;
  return told(
    Promise.resolve(row).then((draft) => asCandidate(mustBeSound(draft, done, now), draft.document)),
  );
}

/** The answer, or a problem in words for what definitions refuse. */
export async function told<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ConfirmationRequired) {
      throw new Problem('confirmation_required', { detail: error.message, extra: { ...error.forecast } });
    }
    if (error instanceof DOMException && error.name === 'AbortError') {
      const detail = 'The connection was closed before the answer. Nothing was changed.';
      throw new Problem('bad_request', { detail, cause: error });
    }
    throw error instanceof DefinitionError ? problemOf(error) : error;
  }
}

function problemOf(cause: DefinitionError): Problem {
  const { code, message: detail, faults, newest } = cause;
  if (code === 'unknown_number' || code === 'unknown_draft')
    return new Problem('not_found', { detail, cause });
  const errors = faults
    .filter(({ severity }) => severity === 'error')
    .map(({ path, message, expected }) => ({ path, message: `${message} (expected ${expected})` }));
  const { number, published_by: publishedBy, published_at: publishedAt } = newest ?? {};
  const extra = {
    ...(faults.length > 0 && { faults }),
    ...(newest && { newest: { number, publishedBy, publishedAt } }),
  };
  return new Problem('conflict', { detail, errors, extra, cause });
}

function unknownName(name: string): Problem {
  const what = name.length > 40 ? 'That' : name;
  const detail = `${what} names no definition: give a version’s number, \`current\`, or a draft’s id. GET /v1/definitions lists them.`;
  return new Problem('not_found', { detail });
}
