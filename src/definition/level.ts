import type { SourcePolicy } from '../domain/definition.js';
import type { SourceTerms } from './document.js';
import type { Path } from './faults.js';
import type { SectionDraft } from './schema.js';

/** A part of a document that may say anything about scoring, triggers and handoffs: the defaults, or a source. */
export interface Level {
  readonly path: Path;
  /** What it says itself, and what holds for it in the end. */
  readonly draft: SectionDraft;
  readonly terms: SourceTerms;
  /** What its lists merge with by id; undefined for the defaults, whose lists stand alone. */
  readonly base: SourcePolicy | undefined;
}
