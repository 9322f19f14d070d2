/** Mail templates in LiquidJS: strict, without files, clocks or chance, bounded in time and length. Output is plain text. */
import { CaptureTag, type Context, Liquid, type Template } from 'liquidjs';
import type { MailKind, MailTemplate } from './document.js';
import { closest } from './faults.js';
import {
  completeVariables,
  EXAMPLE_VARIABLES,
  type GivenMailVariables,
  MAIL_VARIABLES,
  type MailVariables,
} from './mail-variables.js';

export type { GivenMailVariables } from './mail-variables.js';
export { MAIL_VARIABLES } from './mail-variables.js';

const RENDER_MS_MAX = 500;
const MEMORY_MAX = 1_000_000;
const OUTPUT_CHARACTERS_MAX = 20_000;
const CACHE_MAX = 500;
/** There are fewer documented ones; who names more gets to know about the first. */
const VARIABLES_MAX = 50;

/** What reaches for files, and what makes tables of HTML. */
const TAGS_LEFT_OUT = ['include', 'render', 'layout', 'block', 'tablerow'];
/** The same template and facts must give the same mail, today, tomorrow and on every machine. */
const FILTERS_LEFT_OUT = [
  'date',
  'date_to_xmlschema',
  'date_to_rfc822',
  'date_to_string',
  'date_to_long_string',
  'sample',
  'newline_to_br',
];
/** They evaluate an expression per item, which neither the time limit nor the check of variables sees. */
const EXPRESSION_FILTERS = [
  'where_exp',
  'reject_exp',
  'find_exp',
  'find_index_exp',
  'has_exp',
  'group_by_exp',
];

/** The library counts the memory of filters and ranges, not of captured text, which may double with every line. */
class BoundedCapture extends CaptureTag {
  override *render(context: Context): Generator<unknown, void, string> {
    yield* super.render(context);
    const captured: unknown = context.bottom()[this.variable];
    context.memoryLimit.use(String(captured).length);
  }
}

const engine = createEngine();
const parsed = new Map<string, Template[]>();

function createEngine(): Liquid {
  const liquid = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    // Without this, `include` and `render` would read files of the working directory.
    templates: {},
    parseLimit: 50_000,
    renderLimit: RENDER_MS_MAX,
    memoryLimit: MEMORY_MAX,
  });
  liquid.registerTag('capture', BoundedCapture);
  for (const tag of TAGS_LEFT_OUT) delete liquid.tags[tag];
  for (const filter of [...FILTERS_LEFT_OUT, ...EXPRESSION_FILTERS]) delete liquid.filters[filter];
  return liquid;
}

/**
 * Renders a mail as plain text. Documented variables that are not given are empty.
 * @throws Error when the template is wrong, names something undocumented, or takes too long or gets too long
 */
export function renderMail(template: MailTemplate, variables: GivenMailVariables): MailTemplate {
  const scope = completeVariables(variables);
  return {
    subject: oneLine(renderText(template.subject, scope)),
    text: plainText(renderText(template.text, scope)),
  };
}

function renderText(source: string, scope: MailVariables): string {
  const output = String(engine.renderSync(parseTemplate(source), scope));
  if (output.length > OUTPUT_CHARACTERS_MAX) {
    throw new Error(`The mail got longer than ${OUTPUT_CHARACTERS_MAX} characters.`);
  }
  return output;
}

function parseTemplate(source: string): Template[] {
  const known = parsed.get(source);
  if (known) return known;
  const template = engine.parse(source);
  if (parsed.size >= CACHE_MAX) parsed.clear();
  parsed.set(source, template);
  return template;
}

/** A line break in a subject would start another header. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

function plainText(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const clean = lines
    .map((line) =>
      line
        .replace(/\t/g, ' ')
        .replace(/\p{Cc}/gu, '')
        .trimEnd(),
    )
    .join('\n');
  return `${clean.replace(/\n{3,}/g, '\n\n').trim()}\n`;
}

/** Line and column in the template, both from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

export interface TemplateFault {
  readonly message: string;
  readonly expected: string;
  readonly didYouMean?: string;
  readonly within?: Place;
}

/** The documented variables that a template names. Throws where it cannot be parsed. */
export function variablesOf(source: string): readonly string[] {
  return [...usesOf(source).keys()];
}

/** Each with the place where it is first named. */
function usesOf(source: string): ReadonlyMap<string, Place> {
  const { globals } = engine.analyzeSync(parseTemplate(source), { partials: false });
  const uses = new Map<string, Place>();
  for (const { segments, location } of Object.values(globals).flat()) {
    const name = documentedName(segments.map(String));
    if (!uses.has(name)) uses.set(name, { line: location.row, column: location.col });
  }
  return uses;
}

/** `activity.recent.first.what` is the list `activity.recent` as far as documentation goes. */
function documentedName(segments: readonly string[]): string {
  const full = segments.join('.');
  return full.startsWith('activity.recent.') ? 'activity.recent' : full;
}

/** Everything that would keep a template from being rendered for some lead. */
export function templateFaults(source: string, mail: MailKind): readonly TemplateFault[] {
  let uses: ReadonlyMap<string, Place>;
  try {
    uses = usesOf(source);
  } catch (fault) {
    return [unreadable(fault)];
  }
  const unknown = [...uses].slice(0, VARIABLES_MAX).flatMap(([name, within]) => {
    const found = variableFault(name, mail);
    return found ? [{ ...found, within }] : [];
  });
  if (unknown.length > 0) return unknown;
  for (const variables of [EXAMPLE_VARIABLES, {}]) {
    try {
      renderText(source, completeVariables(variables));
    } catch (fault) {
      const whom = variables === EXAMPLE_VARIABLES ? 'an example lead' : 'a lead about whom nothing is known';
      const message = `the template fails for ${whom}: ${reason(fault)}`;
      return [{ message, expected: 'a template that renders', ...placeOf(fault) }];
    }
  }
  return [];
}

/** A template that cannot be parsed: LiquidJS stops at the first fault. */
function unreadable(fault: unknown): TemplateFault {
  const why = reason(fault);
  const message = `the template cannot be read: ${why}`;
  const tag = /^tag "(.*)" not found$/.exec(why)?.[1];
  const wanted = tag ?? /^undefined filter: (.*)$/.exec(why)?.[1];
  if (wanted === undefined) return { message, expected: 'LiquidJS', ...placeOf(fault) };
  const known = Object.keys(tag === undefined ? engine.filters : engine.tags).sort();
  const didYouMean = closest(wanted, known);
  return {
    message,
    expected: `one of ${known.join(', ')}`,
    ...(didYouMean !== undefined && { didYouMean }),
    ...placeOf(fault),
  };
}

const PLACE = /, line:(\d+), col:(\d+)$/;

function placeOf(fault: unknown): { within?: Place } {
  const [, line, column] = PLACE.exec(firstLine(fault)) ?? [];
  return line === undefined ? {} : { within: { line: Number(line), column: Number(column) } };
}

function variableFault(name: string, mail: MailKind): TemplateFault | undefined {
  const known = MAIL_VARIABLES.find((variable) => variable.name === name);
  if (known?.mails.includes(mail)) return undefined;
  const possible = MAIL_VARIABLES.filter(({ mails }) => mails.includes(mail)).map(
    (variable) => variable.name,
  );
  const expected = `one of ${possible.join(', ')}`;
  if (known) return { message: `${name} is not known yet when the ${mail} mail is written`, expected };
  const didYouMean = closest(name, possible);
  return { message: `unknown variable ${name}`, expected, ...(didYouMean !== undefined && { didYouMean }) };
}

const reason = (fault: unknown): string => firstLine(fault).replace(PLACE, '');

function firstLine(fault: unknown): string {
  return (fault instanceof Error ? fault.message : String(fault)).split('\n')[0] ?? '';
}
