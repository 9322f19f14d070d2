/** Checks what the schema cannot see: whether what a definition says makes sense together. */
import type { SourcePolicy } from '../domain/definition.js';
import { type HandoffDefinition, MAIL_KINDS } from './document.js';
import { error, type Finding, type Path, warning } from './faults.js';
import type { Level } from './level.js';
import { lintMail } from './lint.js';
import { eventFindings, listFindings } from './rule-findings.js';
import type { DocumentDraft } from './schema.js';
import { templateFaults } from './templates.js';
import { calendarFindings, routingFindings, slaFindings } from './term-findings.js';

/** Every finding about a resolved definition. `today` (ISO date) tells holidays that are over. */
export function checkMeaning(
  draft: DocumentDraft,
  definition: HandoffDefinition,
  today?: string,
): readonly Finding[] {
  const levels = levelsOf(draft, definition);
  return [
    ...calendarFindings(draft, definition, today),
    ...contentFindings(draft),
    ...levels.flatMap((level) => [
      ...listFindings(level),
      ...eventFindings(level, definition),
      ...scoreFindings(level),
      ...slaFindings(level, definition),
      ...mailFindings(level),
    ]),
    ...sourceFindings(draft, definition),
    ...routingFindings(draft),
  ];
}

function levelsOf(draft: DocumentDraft, definition: HandoffDefinition): readonly Level[] {
  const { defaults } = definition;
  const sources = Object.entries(draft.sources ?? {}).flatMap(([id, own]): Level[] => {
    const terms = definition.sources[id];
    return terms ? [{ path: ['sources', id], draft: own, terms, base: defaults.policy }] : [];
  });
  return [{ path: ['defaults'], draft: draft.defaults ?? {}, terms: defaults, base: undefined }, ...sources];
}

/** Milli-points that a lead can reach at most; Infinity where a rule may count without end. */
function reachable({ scoring }: SourcePolicy): number {
  const most = new Map(
    scoring.rules.map(({ id, points, atMost }) => {
      if (points <= 0) return [id, 0];
      // Other limits are per mail, link, resource or day, and there is always another one.
      return [id, atMost?.per === 'period' ? atMost.times * points : Number.POSITIVE_INFINITY];
    }),
  );
  let total = 0;
  for (const { rules, atMost } of scoring.groups) {
    const sum = rules.reduce((points, id) => points + (most.get(id) ?? 0), 0);
    total += Math.min(sum, atMost);
    for (const id of rules) most.delete(id);
  }
  return [...most.values()].reduce((sum, points) => sum + points, total);
}

function scoreFindings({ path, draft, terms }: Level): Finding[] {
  if (draft.scoring === undefined) return [];
  const { scoring } = terms.policy;
  const most = reachable(terms.policy);
  if (most >= scoring.threshold) return [];
  const where =
    draft.scoring.threshold === undefined ? [...path, 'scoring'] : [...path, 'scoring', 'threshold'];
  const threshold = scoring.threshold / 1_000;
  if (most === 0) {
    return [
      warning(
        where,
        'no rule adds points, so the score never hands a lead off',
        'a rule with positive points',
      ),
    ];
  }
  return [
    error(
      where,
      `no lead can reach ${threshold} points: the rules and their caps allow ${most / 1_000}`,
      `a threshold of at most ${most / 1_000}, or higher caps`,
    ),
  ];
}

/** First match wins: a pattern behind a wider one never has its turn. */
function contentFindings({ content = [] }: DocumentDraft): Finding[] {
  return content.flatMap(({ match }, index) => {
    const earlier = content.slice(0, index).find((rule) => covers(rule.match, match));
    if (!earlier) return [];
    return [
      warning(
        ['content', index, 'match'],
        `never reached: ${earlier.match} above it matches first`,
        'the narrower pattern first',
      ),
    ];
  });
}

function covers(wide: string, narrow: string): boolean {
  if (wide === narrow) return true;
  const prefix = wide.slice(0, -2);
  return wide.endsWith('**') && !prefix.includes('*') && narrow.startsWith(prefix);
}

/** Two sources that people cannot tell apart will be mixed up by whoever sends events. */
function sourceFindings(draft: DocumentDraft, definition: HandoffDefinition): Finding[] {
  const findings: Finding[] = [];
  const seen = new Map<string, string>([['default', 'the defaults']]);
  const titles = new Map<string, string>();
  for (const id of Object.keys(draft.sources ?? {})) {
    const plain = id.toLowerCase().replace(/[^a-z0-9]/g, '');
    const twin = seen.get(plain);
    if (twin !== undefined) {
      const message = `the source ${id} overlaps ${twin}: the names differ only in case or punctuation`;
      findings.push({
        ...error(['sources', id], message, 'one source, or names that cannot be confused'),
        atKey: true,
      });
    }
    seen.set(plain, id);
    const title = definition.sources[id]?.title.trim().toLowerCase() ?? '';
    const sameTitle = titles.get(title);
    if (sameTitle !== undefined && twin === undefined) {
      const path = ['sources', id, 'title'];
      findings.push(
        error(path, `the source ${id} overlaps ${sameTitle}: both have this title`, 'a title of its own'),
      );
    }
    titles.set(title, id);
  }
  return findings;
}

/** Checks the mails this level writes itself; an inherited text is judged where it stands, unless the level changed its subject. */
function mailFindings({ path, draft, terms }: Level): Finding[] {
  const emails = draft.handoff?.emails;
  return MAIL_KINDS.flatMap((mail): Finding[] => {
    const template = terms.mails[mail];
    const own = emails?.[mail];
    if (!own || !template || (own.subject === undefined && own.text === undefined)) return [];
    const at = (field: 'subject' | 'text'): Path => [
      ...path,
      'handoff',
      'emails',
      mail,
      ...(own[field] === undefined ? [] : [field]),
    ];
    const faults = (['subject', 'text'] as const).flatMap((field) =>
      templateFaults(template[field], mail).map(({ message, expected, didYouMean }) =>
        error(at(field), message, expected, didYouMean),
      ),
    );
    if (faults.length > 0) return faults;
    return lintMail(mail, template).map(({ field, message, expected }) =>
      warning(at(field), message, expected),
    );
  });
}
