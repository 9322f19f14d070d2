/** Definitions made ready to be described. */
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { checkDefinition } from '../../src/definition/check.js';
import type { DescribedVersion } from '../../src/definition/describe-model.js';
import type { HandoffDefinition } from '../../src/definition/document.js';

export const TODAY = '2026-11-22';

export const version: DescribedVersion = {
  number: 3,
  hash: 'ab12cd34ef567890ab12cd34ef567890',
  label: 'Version 3',
  signed: { marketing: 'Mia Marks', sales: null },
  note: null,
};

/** The sample document as data, to be changed; each call another copy. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach into a document as people write it.
export const sampleDocument = (): any =>
  parse(readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8'));

/** What a document says, or null when it has errors. */
export function defined(document: unknown): HandoffDefinition | null {
  return checkDefinition(stringify(document), { today: TODAY }).definition ?? null;
}

/** The sample definition after a change. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach into a document as people write it.
export function changedSample(change: (document: any) => void = () => undefined): HandoffDefinition {
  const document = sampleDocument();
  change(document);
  const checked = checkDefinition(stringify(document), { today: TODAY });
  if (!checked.definition) throw new Error(JSON.stringify(checked.faults));
  return checked.definition;
}
