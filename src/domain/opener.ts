/**
 * One line that a rep can open with, made from what the lead did. Every phrase comes from an event and carries the
 * day it happened on; where there is too little to say, it says so.
 */

/** One human act, with everything that may be said of it already in words. */
export interface Act {
  readonly type: string;
  readonly at: number;
  /** The day in words, in the rep's time zone: `Tuesday, 24 November`. */
  readonly day: string;
  /** The mail's subject, else its id. */
  readonly mail: string | null;
  /** What the link or the resource is called, by the definition or the sender. */
  readonly title: string | null;
  readonly titleFrom: 'definition' | 'sender' | null;
  readonly path: string | null;
  readonly contentKind: string | null;
  /** A product or service that a form named. */
  readonly product: string | null;
}

const NAMED_ACTS = 2;
const NAME_LENGTH_MAX = 100;

/** What an act was, in the past tense and without its date: `downloaded the pricing guide`. */
export function actPhrase(act: Act): string {
  const mail = act.mail === null ? 'an email' : `the email ${quoted(act.mail)}`;
  const named = act.title === null ? null : quoted(act.title);
  switch (act.type) {
    case 'email.opened':
      return `opened ${mail}`;
    case 'email.clicked':
      return `clicked through to ${thing(act)} from ${mail}`;
    case 'email.replied':
      return `replied to ${mail}`;
    case 'page.viewed':
      return `visited ${thing(act)}`;
    case 'content.downloaded':
      return `downloaded ${thing(act)}`;
    case 'form.submitted':
      return `filled in ${named === null ? 'a form' : `the form ${named}`}${act.product === null ? '' : ` about ${quoted(act.product)}`}`;
    case 'webinar.registered':
      return `registered for ${named === null ? 'a webinar' : `the webinar ${named}`}`;
    case 'webinar.attended':
      return `attended ${named === null ? 'a webinar' : `the webinar ${named}`}`;
    case 'demo.requested':
      return 'asked for a demo';
    case 'pricing.requested':
      return 'asked for pricing';
    case 'trial.started':
      return 'started a free trial';
    case 'meeting.booked':
      return 'booked a meeting';
    default:
      return `did ${quoted(act.type)}`;
  }
}

/** What a link or resource is called: by the definition's title as it stands, by a sender's title in quotes, else by its path. */
export function thing(act: Pick<Act, 'title' | 'titleFrom' | 'path' | 'contentKind'>): string {
  if (act.title !== null) return act.titleFrom === 'definition' ? act.title : quoted(act.title);
  if (act.contentKind === 'pricing') return 'the pricing page';
  return act.path === null ? 'a page' : `the page ${oneLine(act.path)}`;
}

/** The opener, from human acts in any order: the two newest different ones, told in the order they happened. */
export function opener(acts: readonly Act[]): string {
  const newestFirst = [...acts].sort((a, b) => b.at - a.at);
  const told = new Map<string, { readonly act: Act; times: number }>();
  for (const act of newestFirst) {
    const phrase = actPhrase(act);
    const known = told.get(phrase);
    if (known) known.times += 1;
    else if (told.size < NAMED_ACTS) told.set(phrase, { act, times: 1 });
  }
  const parts = [...told.entries()].reverse().map(([phrase, { act, times }]) => {
    const often = times > 1 ? ` (${times} times by now)` : '';
    return `${datedPhrase(act, phrase)}${often}`;
  });
  if (parts.length === 0) return 'Nothing is known yet of what this lead did.';
  if (parts.length === 1) return `${sentence(parts[0] ?? '')}; nothing else is known yet.`;
  return `${sentence(parts.join(' and '))}.`;
}

/** An act with its day, in words that follow "you": `downloaded the pricing guide on Tuesday, 24 November`. */
export function datedPhrase(act: Act, phrase = actPhrase(act)): string {
  return `${phrase} on ${act.day}`;
}

export function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

export function quoted(text: string): string {
  return `"${oneLine(text)}"`;
}

/** What others wrote, on one line and of bearable length. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= NAME_LENGTH_MAX ? line : `${line.slice(0, NAME_LENGTH_MAX - 1)}…`;
}
