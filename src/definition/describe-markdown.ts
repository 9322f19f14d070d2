/** The document as Markdown that also reads well as plain text. */
import type { Block, DefinitionDocument, Page, Step, WorkedExample } from './describe-model.js';
import { exampleTitle, signedWords, zoneWords } from './describe-words.js';

/** CommonMark with tables. Whatever people wrote in the definition is shown as they wrote it, and means nothing. */
export function documentMarkdown(document: DefinitionDocument): string {
  const pages = document.pages.map((page) => pageMarkdown(page, document));
  return `${pages.join('\n\n---\n\n')}\n`;
}

function pageMarkdown(page: Page, document: DefinitionDocument): string {
  const { version, name } = document;
  const parts = [
    `# ${inline(page.title)}`,
    list([
      `Definition: ${inline(name)}`,
      `Version: ${inline(version.label)} (content ${inline(version.hash.slice(0, 12))})`,
      ...signedWords(version).map(inline),
      inline(zoneWords(document.timeZone)),
    ]),
    line(page.summary),
  ];
  for (const section of page.sections) {
    parts.push(`## ${inline(section.title)}`, ...section.blocks.map(blockMarkdown));
  }
  return parts.filter((part) => part !== '').join('\n\n');
}

function blockMarkdown(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return line(block.text);
    case 'note':
      return `> ${line(block.text)}`;
    case 'list':
      return list(block.items.map(line));
    case 'terms':
      return list(block.items.map(({ term, text }) => `**${inline(term)}**: ${inline(text)}`));
    case 'table':
      return tableMarkdown(block);
    case 'steps':
      return `${inline(block.caption)}:\n\n${stepsMarkdown(block.items)}`;
    case 'mail':
      return `**${inline(block.title)}**\n\nSubject: ${inline(block.subject)}\n\n${fenced(block.text)}`;
    case 'example':
      return exampleMarkdown(block.example);
    case 'pages':
      return list(block.items.map(({ title }) => line(title)));
  }
}

function tableMarkdown({ caption, columns, rows }: Extract<Block, { kind: 'table' }>): string {
  const row = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  const rule = columns.map(({ numeric }) => (numeric ? '---:' : '---'));
  return [
    `${inline(caption)}:`,
    '',
    row(columns.map(({ title }) => title)),
    `| ${rule.join(' | ')} |`,
    ...rows.map(row),
  ].join('\n');
}

const cell = (text: string): string => inline(text).replaceAll('|', '\\|');

function exampleMarkdown({ subject, summary, steps, otherwise }: WorkedExample): string {
  return [`### ${inline(exampleTitle(subject))}`, line(summary), stepsMarkdown(steps), ...otherwise.map(line)]
    .filter((part) => part !== '')
    .join('\n\n');
}

const stepsMarkdown = (steps: readonly Step[]): string =>
  steps
    .map(({ when, what }, index) => `${index + 1}. **${inline(when)}**: ${inline(what.join(' '))}`)
    .join('\n');

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

/** On one line, with everything escaped that Markdown or HTML in it would make of the text. */
function inline(text: string): string {
  return (
    text
      .replace(/\s+/g, ' ')
      .trim()
      .replace(/[\\`*[\]<>~]/g, '\\$&')
      .replace(/&(?=#?\w+;)/g, '\\&')
      // Within words an underscore means nothing; at their edges it would be emphasis.
      .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
      // What would be an address of its own accord stays text.
      .replace(/\b(https?|ftp)(?=:\/\/)/gi, '$1\\')
      .replace(/\bwww(?=\.)/gi, '$&\\')
      .replace(/@(?=\w)/g, '\\@')
  );
}

/** What begins a line must not read as a heading, a list or a rule either. */
const line = (text: string): string =>
  inline(text)
    .replace(/^([#+=-])/, '\\$1')
    .replace(/^(\d{1,9})([.)])/, '$1\\$2');

/** Text as it is; the fence is longer than any run of backticks in it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text.replace(/\n+$/, '')}\n${fence}`;
}
