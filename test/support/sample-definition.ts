/** The sample definition, resolved, for tests of the core. */
import { readFileSync } from 'node:fs';
import { type HandoffDefinition, termsFor } from '../../src/definition/document.js';
import { parseDocument } from '../../src/definition/parse.js';
import { resolveDefinition } from '../../src/definition/resolve.js';
import type { SourcePolicy } from '../../src/domain/definition.js';

export const sample: HandoffDefinition = (() => {
  const { draft, faults } = parseDocument(
    readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8'),
  );
  if (!draft) throw new Error(`The sample definition cannot be read: ${JSON.stringify(faults)}`);
  return resolveDefinition(draft);
})();

/** The sample's policy of a source; `default` is what every source inherits. */
export function samplePolicy(source = 'default'): SourcePolicy {
  return termsFor(sample, source).policy;
}
