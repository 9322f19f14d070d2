/** The document that marketing and sales read and sign, made from a definition alone: an overview, and a page per source. */

import { EXAMPLE_LEAD, EXAMPLE_REP, workedExamples } from './describe-examples.js';
import { afterSection, handoffSection, mailsSection, slaWords, termsInShort } from './describe-handoff.js';
import type { DefinitionDocument, DescribedVersion, Page, Section } from './describe-model.js';
import { sharedSections, type Told } from './describe-team.js';
import { Clock, exampleMoments } from './describe-time.js';
import {
  fallbackShort,
  holdsSection,
  qualifyingSection,
  scoreSection,
  whoWords,
} from './describe-triggers.js';
import { capitalised, sentenceOf } from './describe-words.js';
import { DEFAULT_SOURCE, type HandoffDefinition, type SourceTerms, termsFor } from './document.js';
import { countWords, pointsNumber } from './words.js';

interface DescribeOptions {
  /** ISO date: holidays before it are left out, and the examples happen after it. */
  readonly today: string;
  /** When the examples happen instead (epoch ms): each is told at the first and summed up at the others. */
  readonly moments?: readonly number[];
}

/** The ids that pages can be asked for: the sources, and `default` for a lead of any other one. */
export const describedSources = ({ sources }: HandoffDefinition): readonly string[] => [
  ...Object.keys(sources),
  DEFAULT_SOURCE,
];

/** The overview alone: what all sources share, and the sources beside each other. */
export function describeOverview(
  definition: HandoffDefinition,
  version: DescribedVersion,
  options: DescribeOptions,
): DefinitionDocument {
  const telling = new Telling(definition, version, options);
  return telling.document([telling.overview()]);
}

/** One source's page, complete in itself. `source` is one of `describedSources`; any other gets the defaults. */
export function describeSource(
  definition: HandoffDefinition,
  version: DescribedVersion,
  source: string,
  options: DescribeOptions,
): DefinitionDocument {
  const telling = new Telling(definition, version, options);
  return telling.document([telling.source(source, telling.shared())]);
}

/** The overview and every source's page; what they share is said once. */
export function describeAll(
  definition: HandoffDefinition,
  version: DescribedVersion,
  options: DescribeOptions,
): DefinitionDocument {
  const telling = new Telling(definition, version, options);
  return telling.document([
    telling.overview(),
    ...describedSources(definition).map((source) => telling.source(source, [])),
  ]);
}

class Telling {
  readonly #told: Told;
  readonly #moments: readonly number[];

  constructor(
    private readonly definition: HandoffDefinition,
    private readonly version: DescribedVersion,
    { today, moments }: DescribeOptions,
  ) {
    const { timeZone } = definition.calendar;
    this.#moments = moments ?? exampleMoments(today, timeZone);
    this.#told = { today, clock: new Clock(timeZone, this.#moments[0] ?? Date.parse(today)) };
  }

  document(pages: readonly Page[]): DefinitionDocument {
    const { name, calendar } = this.definition;
    return { name, version: this.version, timeZone: calendar.timeZone, pages };
  }

  shared(): readonly Section[] {
    return sharedSections(this.definition, this.#told);
  }

  overview(): Page {
    const sources = describedSources(this.definition).map((source) => this.#terms(source));
    const { sources: named } = this.definition;
    return {
      id: 'overview',
      kind: 'overview',
      title: this.definition.name,
      summary: `What marketing and sales have agreed on: which leads are handed off, what happens then, and by when. It covers ${countWords(Object.keys(named).length, 'lead source')}; a lead of any other source gets the same terms as the last line says.`,
      sections: [
        {
          id: 'sources',
          title: 'The sources beside each other',
          blocks: [
            {
              kind: 'table',
              caption: 'What each source asks for, and what sales owes it',
              columns: [
                { title: 'Source' },
                { title: 'Score', numeric: true },
                { title: 'Actions', numeric: true },
                { title: 'By time' },
                { title: 'Task due' },
                { title: 'First contact within' },
                { title: 'Bridge email' },
              ],
              rows: sources.map((terms) => [
                terms.title,
                pointsNumber(terms.policy.scoring.threshold),
                String(terms.policy.triggers.actions.length),
                fallbackShort(terms.policy),
                ...termsInShort(terms),
              ]),
            },
            { kind: 'paragraph', text: 'One page for each, with worked examples:' },
            { kind: 'pages', items: sources.map(({ id, title }) => ({ page: id, title })) },
          ],
        },
        ...this.shared(),
      ],
    };
  }

  source(source: string, shared: readonly Section[]): Page {
    const terms = this.#terms(source);
    return {
      id: terms.id,
      kind: 'source',
      title: terms.title,
      summary: summaryOf(terms),
      sections: [
        qualifyingSection(terms.policy),
        handoffSection(this.definition, terms),
        scoreSection(terms.policy),
        holdsSection(terms.policy),
        afterSection(terms),
        mailsSection(terms),
        this.#examplesSection(terms),
        ...shared,
      ],
    };
  }

  #terms(source: string): SourceTerms {
    return termsFor(this.definition, source);
  }

  #examplesSection({ id }: SourceTerms): Section {
    const { definition, version } = this;
    const published = {
      ref: { number: version.number ?? 0, hash: version.hash },
      definition,
      policyFor: (source: string | null) => termsFor(definition, source).policy,
    };
    const source = id === DEFAULT_SOURCE ? null : id;
    return {
      id: 'examples',
      title: 'Worked examples',
      blocks: [
        {
          kind: 'paragraph',
          text: `One made-up lead, ${EXAMPLE_LEAD}, for every trigger, with ${EXAMPLE_REP} as the rep, who works the team’s days. Each was worked out by Baton itself under these terms. All times are in ${definition.calendar.timeZone}. After the handoff nobody in sales does anything, to show every deadline.`,
        },
        ...workedExamples(published, source, this.#moments).map(
          (example) => ({ kind: 'example', example }) as const,
        ),
      ],
    };
  }
}

function summaryOf({ title, policy }: SourceTerms): string {
  const { high, warm } = policy.handoff.sla;
  const [forHigh, forWarm] = [slaWords(high), slaWords(warm)];
  const contact = forHigh === forWarm ? forHigh : `${forHigh} after an act of high intent, else ${forWarm}`;
  const whom = policy.source === DEFAULT_SOURCE ? 'A lead of any other source' : `A lead from “${title}”`;
  return `${whom} is handed off ${whoWords(policy).join('; or ')}. ${capitalised(sentenceOf(`sales then makes first contact ${contact}`))}`;
}
