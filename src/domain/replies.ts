/** Tells replies apart in the order of the lifecycle: auto-reply, opt-out, buying signal, question, other. */
import type { ReplyClass, SourcePolicy } from './definition.js';

export interface Reply {
  readonly text: string;
  /** The mail said of itself that a program sent it (Auto-Submitted, Precedence). */
  readonly autoSubmitted: boolean;
  /** A class the sender already found; taken when it is one of ours. */
  readonly said: string | undefined;
}

const CLASSES: ReadonlySet<string> = new Set(['auto_reply', 'opt_out', 'buying_signal', 'question', 'other']);

/** Phrases by which out-of-office and other automatic answers begin or give themselves away. */
const AUTO_REPLY_PHRASES = [
  'out of office',
  'out of the office',
  'automatic reply',
  'auto-reply',
  'autoreply',
  'away from my desk',
  'on annual leave',
  'on parental leave',
  'on vacation',
  'abwesenheitsnotiz',
  'nicht im büro',
  'réponse automatique',
  'absence du bureau',
  'fuera de la oficina',
  'no longer with the company',
  'delivery status notification',
];

/** Only the lead's own words count: quoted lines of the mail that is answered are ours. */
function ownWords(text: string): string {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (trimmed.startsWith('>')) continue;
    if (/^-{2,} ?original message/i.test(trimmed) || (/^on\b/i.test(trimmed) && /\bwrote:$/i.test(trimmed)))
      break;
    lines.push(trimmed);
  }
  return lines.join(' ').toLowerCase().replaceAll('’', "'");
}

export function classifyReply(reply: Reply, phrases: SourcePolicy['replies']): ReplyClass {
  if (reply.said !== undefined && CLASSES.has(reply.said)) return reply.said as ReplyClass;
  if (reply.autoSubmitted) return 'auto_reply';
  const words = ownWords(reply.text);
  if (AUTO_REPLY_PHRASES.some((phrase) => hasPhrase(words, phrase))) return 'auto_reply';
  if (phrases.optOut.some((phrase) => hasPhrase(words, phrase.toLowerCase()))) return 'opt_out';
  if (phrases.buyingSignals.some((phrase) => hasPhrase(words, phrase.toLowerCase()))) return 'buying_signal';
  if (words.includes('?')) return 'question';
  return 'other';
}

/** Whole words only, so that "call" is not found in "recall". */
function hasPhrase(words: string, phrase: string): boolean {
  for (let from = words.indexOf(phrase); from >= 0; from = words.indexOf(phrase, from + 1)) {
    if (!isLetter(words[from - 1]) && !isLetter(words[from + phrase.length])) return true;
  }
  return false;
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}
