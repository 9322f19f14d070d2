/** Checks of single conditions: those that nothing can meet, and those that look like another way of writing. */
import type { FieldTest, Where } from '../domain/definition.js';
import type { HandoffDefinition } from './document.js';
import { closest, error, type Finding, type Path, warning } from './faults.js';
import { emailDomainTrait } from './free-mail.js';

const REPLY_CLASSES: readonly string[] = ['auto_reply', 'opt_out', 'buying_signal', 'question', 'other'];

/** Conditions on the properties of an event of the type `on`. */
export function eventConditionFindings(
  path: Path,
  on: string,
  where: Where,
  definition: HandoffDefinition,
): readonly Finding[] {
  return [
    ...formFindings(path, where),
    ...contentFindings(path, where, definition),
    ...replyFindings(path, on, where),
  ];
}

/** Conditions on a lead's traits. */
export function traitConditionFindings(path: Path, where: Where): readonly Finding[] {
  return [...formFindings(path, where), ...emailDomainFindings(path, where), ...sizeFindings(path, where)];
}

function testOf(where: Where, name: string): FieldTest | undefined {
  return Object.hasOwn(where, name) ? where[name] : undefined;
}

function wanted(where: Where, name: string): readonly (string | number | boolean)[] {
  const test = testOf(where, name);
  return test && 'equals' in test ? test.equals : [];
}

const wantedTexts = (where: Where, name: string): readonly string[] => wanted(where, name).map(String);

function formFindings(path: Path, where: Where): Finding[] {
  return Object.entries(where).flatMap(([name, test]): Finding[] => {
    const at: Path = [...path, name];
    if ('atLeast' in test || 'atMost' in test) {
      const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = test;
      if (atLeast <= atMost) return [];
      return [error(at, `nothing is at least ${atLeast} and at most ${atMost}`, 'atLeast not above atMost')];
    }
    return wantedTexts({ [name]: test }, name).flatMap((value) => {
      if (value.includes('*')) {
        const message = `in a list * stands for itself, so ${value} is no pattern`;
        return [warning(at, message, 'one pattern, or a rule for each')];
      }
      const bound = /^([<>])(=?) *(\d{1,9})$|^(\d{1,9})\+$/.exec(value);
      if (!bound) return [];
      const meant = bound[1] === '<' ? `{ atMost: ${bound[3]} }` : `{ atLeast: ${bound[3] ?? bound[4]} }`;
      return [warning(at, `${value} is compared as text`, 'a bound such as { atLeast: 50 }', meant)];
    });
  });
}

function contentFindings(path: Path, where: Where, { content }: HandoffDefinition): Finding[] {
  return (['kind', 'topic'] as const).flatMap((name) => {
    const known = [...new Set(content.flatMap((rule) => rule[name] ?? []))];
    return wantedTexts(where, name)
      .filter((value) => !known.includes(value) && !value.includes('*'))
      .map((value) => ({
        ...warning(
          [...path, name],
          `no entry of content has the ${name} ${value}`,
          known.length > 0 ? `one of ${known.join(', ')}` : 'an entry under content',
          closest(value, known),
        ),
        restsOn: [['content', '*', name]],
      }));
  });
}

function replyFindings(path: Path, on: string, where: Where): Finding[] {
  if (!testOf(where, 'reply')) return [];
  const at: Path = [...path, 'reply'];
  if (on !== 'email.replied') return [error(at, `${on} is no reply`, 'on: email.replied')];
  return wantedTexts(where, 'reply')
    .filter((value) => !REPLY_CLASSES.includes(value))
    .map((value) =>
      error(
        at,
        `no reply is classified as ${value}`,
        `one of ${REPLY_CLASSES.join(', ')}`,
        closest(value, REPLY_CLASSES),
      ),
    );
}

function emailDomainFindings(path: Path, where: Where): Finding[] {
  const at: Path = [...path, 'emailDomain'];
  const expected = 'free, or a domain such as example.com';
  return wantedTexts(where, 'emailDomain').flatMap((value) => {
    if (value === 'free') return [];
    if (emailDomainTrait(`any@${value}`) === 'free') {
      return [warning(at, `${value} is a free mail provider, which this trait calls free`, expected, 'free')];
    }
    if (value.includes('.')) return [];
    return [warning(at, `${value} is no domain`, expected, closest(value, ['free']))];
  });
}

function sizeFindings(path: Path, where: Where): Finding[] {
  return wanted(where, 'companySize')
    .filter((value) => typeof value === 'string' && /^\d{1,9}$/.test(value))
    .map((value) =>
      warning(
        [...path, 'companySize'],
        `companySize is a number, and "${value}" is text`,
        'a number, or { atLeast: 50 }',
        `${value}, without quotes`,
      ),
    );
}
