/** Words that only the document needs, beside those of the language itself. */
import type { OutcomeKind, Track } from '../domain/definition.js';
import type { DescribedVersion, ExampleSubject } from './describe-model.js';
import type { HandoffDefinition } from './document.js';

export const trackWords = (track: Track): string => track.replace('_', '-');

const RUNGS: Readonly<Record<HandoffDefinition['routing']['ladder'][number], string>> = {
  owner: 'the rep who already owns the lead',
  account: 'the rep who owns the lead’s company',
  territory: 'the reps of the lead’s territory',
  roundRobin: 'the reps by turns, by weight and within their capacity',
  queue: 'the team’s queue, with an alert to the managers',
};

/** Who gets a lead, in order. */
export const ladderWords = (ladder: HandoffDefinition['routing']['ladder']): readonly string[] =>
  ladder.map((rung) => RUNGS[rung]);

export const OUTCOME_WORDS: Readonly<Record<OutcomeKind, string>> = {
  sla_lapsed: 'No contact in time',
  not_ready: 'Not ready',
  no_response: 'No response',
  left_sales_mail: 'Left sales mail',
  unqualified: 'Unqualified',
  converted: 'Converted',
  merged: 'Merged into another lead',
  erased: 'Erased',
};

export const capitalised = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** The same text with a full stop, unless it ends a sentence already. */
export const sentenceOf = (text: string): string => {
  const whole = capitalised(text);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
};

/** Who signed, a line each; an unsigned version says so. */
export const signedWords = ({ signed, note }: DescribedVersion): readonly string[] => [
  `Signed for marketing: ${signed.marketing ?? 'nobody yet'}`,
  `Signed for sales: ${signed.sales ?? 'nobody yet'}`,
  ...(note === null ? [] : [`Note: ${note}`]),
];

export const zoneWords = (timeZone: string): string =>
  `All times are in ${timeZone}, the time zone of the team.`;

/** The heading of an example; an action also by its id. */
export const exampleTitle = ({ kind, id, title }: ExampleSubject): string =>
  kind === 'action' ? `${capitalised(title)} (${id})` : capitalised(title);
