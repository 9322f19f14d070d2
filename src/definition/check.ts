/** Reads a document and says everything that is wrong with it. */
import type { HandoffDefinition } from './document.js';
import type { Fault } from './faults.js';
import { FAULTS_MAX, isReliable } from './faults.js';
import { checkMeaning } from './meaning.js';
import { parseDocument } from './parse.js';
import { resolveDefinition } from './resolve.js';

export type { Fault } from './faults.js';
export { formatFault } from './faults.js';

export interface DefinitionCheck {
  /** True when there is no error; warnings may remain. */
  readonly ok: boolean;
  /** In the order of the text. */
  readonly faults: readonly Fault[];
  /** Present when `ok`. */
  readonly definition?: HandoffDefinition;
}

/**
 * Checks a document's shape, meaning and mails, all faults at once; never throws. `today` (ISO date) lets it tell
 * holidays that are over.
 */
export function checkDefinition(
  text: string,
  options: { file?: string; today?: string } = {},
): DefinitionCheck {
  const { draft, faults, unread, place } = parseDocument(text);
  if (!draft) return { ok: false, faults: inOrder(faults) };
  const definition = resolveDefinition(draft);
  const meaning = checkMeaning(draft, definition, options.today)
    .filter((one) => isReliable(one, unread))
    .slice(0, FAULTS_MAX);
  const all = inOrder([...faults, ...meaning.map(place)]);
  const ok = all.every(({ severity }) => severity !== 'error');
  return { ok, faults: all, ...(ok && { definition }) };
}

/** Reads a document that was checked before, without looking at its meaning again. Throws Error when it has no right shape. */
export function readDefinition(text: string): HandoffDefinition {
  const { draft, faults } = parseDocument(text);
  const fault = faults.find(({ severity }) => severity === 'error');
  if (!draft || fault) {
    throw new Error(
      `This definition cannot be read: ${fault ? `line ${fault.line}: ${fault.path} ${fault.message}` : 'no content'}`,
    );
  }
  return resolveDefinition(draft);
}

function inOrder(faults: readonly Fault[]): readonly Fault[] {
  return [...faults].sort((a, b) => a.line - b.line || a.column - b.column);
}
