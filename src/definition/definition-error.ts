/** Why a version could not be published or found, in words. */
import type { VersionSummary } from '../store/definitions.js';
import type { SignOff } from './document.js';
import { type Fault, formatFault } from './faults.js';

export type DefinitionErrorCode =
  | 'faulty'
  | 'unsigned'
  | 'conflict'
  | 'unchanged'
  | 'none_published'
  | 'unknown_number'
  | 'unknown_draft'
  | 'closed_draft'
  | 'edited';

/** `faults` is filled for `faulty`, `newest` for `conflict` and `unchanged`. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
  constructor(
    readonly code: DefinitionErrorCode,
    message: string,
    readonly faults: readonly Fault[] = [],
    readonly newest: NewestVersion | null = null,
  ) {
    super(message);
  }
}

export type NewestVersion = Pick<
  VersionSummary,
  'number' | 'hash' | 'signed' | 'published_by' | 'published_at'
>;

export function faulty(faults: readonly Fault[]): DefinitionError {
  const errors = faults.filter(({ severity }) => severity === 'error');
  const first = errors[0] ? ` First: ${formatFault(errors[0], 'definition')}` : '';
  return new DefinitionError(
    'faulty',
    `The definition has ${errors.length} error${errors.length === 1 ? '' : 's'} and was not published.${first}`,
    faults,
  );
}

export function unsigned({ marketing, sales }: SignOff): DefinitionError {
  const missing = [marketing === null && 'marketing', sales === null && 'sales']
    .filter(Boolean)
    .join(' and ');
  return new DefinitionError(
    'unsigned',
    `The definition was not published: it lacks the signature of ${missing}.`,
  );
}

/**
 * Refuses what was made on top of another version than the newest, and what changes nothing. To sign a version that
 * nobody has signed is a change: it is published once more, signed.
 */
export function refuseStale(
  newest: NewestVersion,
  next: { readonly hash: string; readonly isSigned: boolean; readonly basedOn?: number | undefined },
): void {
  const { hash, isSigned, basedOn = newest.number } = next;
  if (basedOn !== newest.number) throw conflict(newest, basedOn);
  if (hash === newest.hash && !(isSigned && !isSignedByBoth(newest.signed))) {
    throw new DefinitionError(
      'unchanged',
      `Version ${newest.number}, the current one, says exactly this already: there is nothing to publish.`,
      [],
      newest,
    );
  }
}

const isSignedByBoth = (signed: Readonly<Record<string, string>>): boolean =>
  signed.marketing !== undefined && signed.sales !== undefined;

export function conflict(newest: NewestVersion | null, basedOn: number): DefinitionError {
  const came = newest
    ? `Version ${newest.number} was published by ${newest.published_by} at ${newest.published_at.toISOString()}`
    : 'Another version was published';
  const saw = basedOn === 0 ? 'no version yet' : `version ${basedOn}`;
  return new DefinitionError(
    'conflict',
    `${came}, and this was made on top of ${saw}. Look at what changed in between, then put it on top of the newest version and publish again.`,
    [],
    newest,
  );
}
