/** Checks what the schema cannot see: whether what a definition says makes sense together. */
import { type HandoffDefinition, MAIL_KINDS } from './document.js';
import { error, type Finding, type Path, warning } from './faults.js';
import type { Level } from './level.js';
import { lintMail } from './lint.js';
import { eventFindings, listFindings } from './rule-findings.js';
import type { DocumentDraft } from './schema.js';
import { scoreFindings } from './score-findings.js';
import { templateFaults } from './templates.js';
import { calendarFindings, replyPhraseFindings, routingFindings, slaFindings } from './term-findings.js';

/** Every finding about a resolved definition. `today` (ISO date) tells holidays that are over. */
export function checkMeaning(
  draft: DocumentDraft,
  definition: HandoffDefinition,
  today?: string,
): readonly Finding[] {
  const levels = levelsOf(draft, definition);
  const spent = { ms: 0 };
  return [
    ...calendarFindings(draft, definition, today),
    ...contentFindings(draft),
    ...levels.flatMap((level) => [
      ...listFindings(level),
      ...eventFindings(level, definition),
      ...scoreFindings(level),
      ...slaFindings(level, definition),
      ...mailFindings(level, spent),
    ]),
    ...sourceFindings(draft, definition),
    ...routingFindings(draft),
    ...replyPhraseFindings(draft),
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

/** One mail may take a second; a document of many such would keep everybody else waiting. */
const MAILS_MS_MAX = 3_000;

/** Checks the mails this level writes itself; an inherited text is judged where it stands, unless the level changed its subject. */
function mailFindings({ path, draft, terms }: Level, spent: { ms: number }): Finding[] {
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
    if (spent.ms > MAILS_MS_MAX) {
      const message = 'trying the mails of this document takes too long';
      return [error([...path, 'handoff', 'emails', mail], message, 'templates without long loops')];
    }
    const started = performance.now();
    const faults = (['subject', 'text'] as const).flatMap((field) =>
      templateFaults(template[field], mail).map(({ message, expected, didYouMean, within }) => ({
        ...error(at(field), message, expected, didYouMean),
        ...(within && own[field] !== undefined && { within }),
      })),
    );
    const advice = faults.length > 0 ? [] : lintMail(mail, template);
    spent.ms += performance.now() - started;
    return [
      ...faults,
      ...advice.map(({ field, message, expected }) => warning(at(field), message, expected)),
    ];
  });
}
