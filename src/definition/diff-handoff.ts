/** The facts of what happens at and after a source's handoff, its mails included. */
import type { HandoffPolicy, Intent, OutcomeKind, SlaTerms, SourcePolicy } from '../domain/definition.js';
import { outcomeWords } from '../domain/timeline-words.js';
import { type Fact, nothingElse } from './diff-fact.js';
import type { MailTemplate, SourceMails } from './document.js';
import {
  activitiesWords,
  durationWords,
  intentWords,
  listWords,
  quoted,
  shareWords,
  spanWords,
  timesWords,
} from './words.js';

/** A span under a fixed label. */
const span = (path: string, label: string, ms: number, within?: string): Fact => ({
  path,
  style: 'value',
  label,
  value: ms,
  words: spanWords(ms),
  within,
});

export function handoffFacts(handoff: HandoffPolicy, mails: SourceMails): Fact[] {
  const { due, sla, idle, changeDispositionWithinMs, final, bridge, ...rest } = handoff;
  const { high, warm, sameDayMinimumMs, sameDaySpillMs, ...restOfDue } = due;
  const { remindRepMs, remindManagerMs, closeMs, ...restOfIdle } = idle;
  nothingElse(rest);
  nothingElse(restOfDue);
  nothingElse(restOfIdle);
  return [
    ...slaFacts('high', sla.high),
    ...slaFacts('warm', sla.warm),
    dueFact('high', high),
    dueFact('warm', warm),
    span(
      'handoff.due.sameDayMinimum',
      'a task due the same day needs this much of the working day left:',
      sameDayMinimumMs,
    ),
    span(
      'handoff.due.sameDaySpill',
      'a task too late for the same day is due this far into the next working day:',
      sameDaySpillMs,
    ),
    span('handoff.idle.remindRep', 'without activity the rep is reminded after', remindRepMs),
    span(
      'handoff.idle.remindManager',
      'without activity the manager is told, after the rep was reminded, another',
      remindManagerMs,
    ),
    span(
      'handoff.idle.close',
      'without activity the handoff closes, after the manager was told, another',
      closeMs,
    ),
    span(
      'handoff.changeDispositionWithin',
      "sales' verdict on a lead can be changed for",
      changeDispositionWithinMs,
    ),
    ...finalFacts(final, mails.final),
    ...bridgeFacts(bridge, mails.bridge),
    ...templateFacts('handoff.emails.draft', 'draft for the rep', mails.draft),
  ];
}

function dueFact(intent: Intent, due: HandoffPolicy['due']['high']): Fact {
  return {
    path: `handoff.due.${intent}`,
    style: 'value',
    label: `the rep's task for ${intentWords(intent)} is due within`,
    value: due,
    words: durationWords(due),
    bothIntents: { path: 'handoff.due', label: "the rep's task is due within" },
  };
}

function slaFacts(intent: Intent, sla: SlaTerms): Fact[] {
  const { firstActivityWithin, remindBefore, lapseExtension, reassignments, satisfiedBy, ...rest } = sla;
  nothingElse(rest);
  const fact = (
    key: keyof SlaTerms,
    label: (who: string) => string,
    value: unknown,
    words: string,
  ): Fact => ({
    path: `handoff.sla.byIntent.${intent}.${key}`,
    style: 'value',
    label: label(` for ${intentWords(intent)}`),
    value,
    words,
    bothIntents: { path: `handoff.sla.${key}`, label: label('') },
  });
  return [
    fact(
      'firstActivityWithin',
      (who) => `first contact${who} within`,
      firstActivityWithin,
      durationWords(firstActivityWithin),
    ),
    fact(
      'remindBefore',
      (who) => `reminder before the first contact is overdue${who}:`,
      remindBefore,
      remindBefore === null ? 'none' : `${durationWords(remindBefore)} before`,
    ),
    fact(
      'lapseExtension',
      (who) => `while the CRM cannot be asked, a missed first contact${who} waits`,
      lapseExtension,
      durationWords(lapseExtension),
    ),
    fact(
      'reassignments',
      (who) => `without first contact${who}, another rep gets the lead first:`,
      reassignments,
      reassignments === 0 ? 'never' : timesWords(reassignments),
    ),
    fact(
      'satisfiedBy',
      (who) => `what counts as first contact${who}:`,
      [...satisfiedBy].sort(),
      activitiesWords(satisfiedBy),
    ),
  ];
}

function finalFacts(final: HandoffPolicy['final'], mail: MailTemplate | null): Fact[] {
  const path = 'handoff.emails.final';
  const name = 'final email from marketing';
  if (!final || !mail) return [];
  const { scoreShare, beforeFallbackMs, ...rest } = final;
  nothingElse(rest);
  const share = `${shareWords(scoreShare)} of the threshold`;
  return [
    {
      path,
      style: 'entry',
      label: name,
      value: [final, mail],
      words: `at ${share} or ${spanWords(beforeFallbackMs)} before the handoff by time; ${mailWords(mail)}`,
    },
    {
      path: `${path}.at.scoreShare`,
      within: path,
      style: 'value',
      label: `${name} goes out at`,
      value: scoreShare,
      words: share,
    },
    span(
      `${path}.at.beforeFallback`,
      `${name} goes out before the handoff by time by`,
      beforeFallbackMs,
      path,
    ),
    ...templateFacts(path, name, mail, path),
  ];
}

function bridgeFacts(bridge: HandoffPolicy['bridge'], mail: MailTemplate | null): Fact[] {
  const path = 'handoff.emails.bridge';
  const name = 'bridge email';
  if (!bridge || !mail) return [];
  const { afterMs, ...rest } = bridge;
  nothingElse(rest);
  return [
    {
      path,
      style: 'entry',
      label: name,
      value: [bridge, mail],
      words: `${spanWords(afterMs)} after the handoff; ${mailWords(mail)}`,
    },
    span(`${path}.after`, `${name} goes out, after the handoff, in`, afterMs, path),
    ...templateFacts(path, name, mail, path),
  ];
}

const mailWords = ({ subject, text }: MailTemplate): string =>
  `subject ${quoted(subject)}, text ${quoted(text.trim().replace(/\s+/g, ' '))}`;

function templateFacts(path: string, name: string, mail: MailTemplate, within?: string): Fact[] {
  const { subject, text, ...rest } = mail;
  nothingElse(rest);
  return [
    {
      path: `${path}.subject`,
      within,
      style: 'value',
      label: `subject of the ${name}`,
      value: subject,
      words: quoted(subject),
    },
    { path: `${path}.text`, within, style: 'text', label: `text of the ${name}`, value: text, words: text },
  ];
}

const OUTCOMES: Readonly<Record<OutcomeKind, true>> = {
  sla_lapsed: true,
  not_ready: true,
  no_response: true,
  left_sales_mail: true,
  unqualified: true,
  converted: true,
  merged: true,
  erased: true,
};

const trackWords = (track: string): string => `${track.replace('_', '-')} track`;

export function afterwardsFacts(
  terms: Pick<SourcePolicy, 'reentry' | 'after' | 'nurture'>,
  actionName: (id: string) => string,
): Fact[] {
  const { reentry, after, nurture, ...rest } = terms;
  const { track, tags, ...restOfReentry } = reentry;
  const { converted, unqualified, ...restOfAfter } = after;
  const { reopenOn: reopensCustomer, ...restOfConverted } = converted;
  const { newsletter, reopenOn, ...restOfUnqualified } = unqualified;
  for (const left of [rest, restOfReentry, restOfAfter, restOfConverted, restOfUnqualified])
    nothingElse(left);
  return [
    {
      path: 'reentry.track',
      style: 'value',
      label: 'a lead that comes back from sales goes on the',
      value: track,
      words: trackWords(track),
    },
    ...(Object.keys(OUTCOMES) as OutcomeKind[]).map(
      (outcome): Fact => ({
        path: `reentry.tags.${outcome}`,
        style: 'value',
        label: `tag for ${quoted(outcomeWords(outcome))}:`,
        value: tags[outcome] ?? null,
        words: tags[outcome] ?? 'none',
      }),
    ),
    ...reopensCustomer.map(
      (id): Fact => ({
        path: `after.converted.reopenOn[${id}]`,
        style: 'member',
        label: 'actions that bring a converted lead back',
        value: id,
        words: actionName(id),
      }),
    ),
    {
      path: 'after.unqualified.newsletter',
      style: 'value',
      label: 'an unqualified lead may still get the newsletter:',
      value: newsletter,
      words: newsletter ? 'yes' : 'no',
    },
    {
      path: 'after.unqualified.reopenOn',
      style: 'value',
      label: 'what brings an unqualified lead back:',
      value: typeof reopenOn === 'string' ? reopenOn : [...reopenOn].sort(),
      words: reopeningWords(reopenOn, actionName),
    },
    ...nurtureFacts(nurture),
  ];
}

function reopeningWords(
  reopenOn: SourcePolicy['after']['unqualified']['reopenOn'],
  actionName: (id: string) => string,
): string {
  if (reopenOn === 'high') return 'any action of high intent';
  if (reopenOn === 'never' || reopenOn.length === 0) return 'nothing';
  return `the action ${listWords(reopenOn.map(actionName), 'or')}`;
}

function nurtureFacts({ track, sunset, ...rest }: SourcePolicy['nurture']): Fact[] {
  nothingElse(rest);
  const start: Fact = {
    path: 'nurture.track',
    style: 'value',
    label: 'a new lead starts on the',
    value: track,
    words: trackWords(track),
  };
  if (!sunset) return [start];
  const { afterMs, withoutEngagementForMs, ...restOfSunset } = sunset;
  nothingElse(restOfSunset);
  const path = 'nurture.sunset';
  const [after, silent] = [spanWords(afterMs), spanWords(withoutEngagementForMs)];
  return [
    start,
    {
      path,
      style: 'entry',
      label: 'sunset',
      value: sunset,
      words: `a lead goes to sleep after ${after} in nurture, when it did nothing for ${silent}`,
    },
    span(`${path}.after`, 'a lead that does nothing goes to sleep at the earliest after', afterMs, path),
    span(
      `${path}.withoutEngagementFor`,
      'a lead goes to sleep when it did nothing for',
      withoutEngagementForMs,
      path,
    ),
  ];
}
