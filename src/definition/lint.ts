/** Advice on the three mails: not what is wrong with them as templates, but what keeps them from doing their work. */
import type { MailKind, MailTemplate } from './document.js';
import { EXAMPLE_VARIABLES } from './mail-variables.js';
import { renderMail, variablesOf } from './templates.js';

export interface Advice {
  readonly field: 'subject' | 'text';
  readonly message: string;
  readonly expected: string;
}

/** Looks at a mail as an example lead would get it. The template must be free of faults. */
export function lintMail(mail: MailKind, template: MailTemplate): readonly Advice[] {
  const { text } = renderMail(template, EXAMPLE_VARIABLES);
  const used = new Set([...variablesOf(template.subject), ...variablesOf(template.text)]);
  const own = { bridge: bridgeAdvice, final: finalAdvice, draft: draftAdvice }[mail](text, used);
  return [...plainTextAdvice(text), ...own].map(([message, expected]) => ({
    field: 'text',
    message,
    expected,
  }));
}

type Note = readonly [message: string, expected: string];

function plainTextAdvice(text: string): Note[] {
  return /<\/?[a-z][^>]*>|&(nbsp|amp|lt|gt);/i.test(text)
    ? [['the mail has HTML in it, and is sent as plain text', 'plain text']]
    : [];
}

function bridgeAdvice(text: string, used: ReadonlySet<string>): Note[] {
  const notes: Note[] = [];
  const sentences = sentenceCount(text);
  if (sentences < 2 || sentences > 3) {
    notes.push([
      `the bridge mail has ${sentences} ${sentences === 1 ? 'sentence' : 'sentences'}`,
      'two or three sentences',
    ]);
  }
  const links = linkCount(text);
  if (links > 1)
    notes.push([`the bridge mail has ${links} links`, 'one link at most: the next mail is the rep’s']);
  if (!used.has('rep.name') && !used.has('rep.firstName')) {
    notes.push(['the bridge mail does not say who will write', 'rep.name or rep.firstName']);
  }
  return notes;
}

function finalAdvice(text: string, used: ReadonlySet<string>): Note[] {
  const notes: Note[] = [];
  if (!namesSomething(used) && !/useful|help|worth|value|hope|learn|guide|download/i.test(text)) {
    notes.push([
      'the final mail does not speak of the value the lead received',
      'activity.last, or words about it',
    ]);
  }
  if (!/conversation|talk|call|chat|speak|meet|demo|minutes|reply/i.test(text)) {
    notes.push(['the final mail does not offer a conversation', 'an invitation to talk']);
  }
  const links = linkCount(text.replaceAll(EXAMPLE_VARIABLES.unsubscribeUrl ?? '', ''));
  if (links > 1) notes.push([`the final mail has ${links} links to choose from`, 'one next step']);
  if (links === 0 && !/\?|reply|answer/i.test(text)) {
    notes.push([
      'the final mail names no next step',
      'one next step: a link, a question, or the wish for a reply',
    ]);
  }
  return notes;
}

function draftAdvice(_text: string, used: ReadonlySet<string>): Note[] {
  return namesSomething(used)
    ? []
    : [
        [
          'the draft names nothing specific the lead did',
          'at least one activity variable, such as activity.last',
        ],
      ];
}

function namesSomething(used: ReadonlySet<string>): boolean {
  return [...used].some((name) => name.startsWith('activity.') || name === 'opener');
}

/** Greeting and signature end without a full stop, so they do not count; an address has none at its end. */
function sentenceCount(text: string): number {
  return (
    text.replace(/https?:\/\/\S*[^\s.,!?]/g, 'link').match(/[.!?…]+(?=["'”’)]*(\s|$))|[。！？]/g)?.length ?? 0
  );
}

function linkCount(text: string): number {
  return new Set(text.match(/https?:\/\/[^\s<>"')]*[^\s<>"').,!?]/g)).size;
}
