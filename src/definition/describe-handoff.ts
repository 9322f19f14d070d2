/** What happens at the handoff, by when, and what comes after it. */
import type {
  Duration,
  HandoffPolicy,
  Intent,
  OutcomeKind,
  SlaTerms,
  SourcePolicy,
} from '../domain/definition.js';
import { EXAMPLE_LEAD, EXAMPLE_REP } from './describe-examples.js';
import type { Block, Section, Step } from './describe-model.js';
import { capitalised, ladderWords, OUTCOME_WORDS, sentenceOf, trackWords } from './describe-words.js';
import type { HandoffDefinition, MailTemplate, SourceTerms } from './document.js';
import { EXAMPLE_VARIABLES } from './mail-variables.js';
import { slaBeforeDue } from './sla-before-due.js';
import { renderMail } from './templates.js';
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

const INTENTS: readonly Intent[] = ['high', 'warm'];

/** When the rep's task is due. */
function dueWords(duration: Duration, due: HandoffPolicy['due']): string {
  if ('ms' in duration) return `within ${spanWords(duration.ms)} of the handoff, whatever the hour`;
  if (duration.businessDays > 0) return `by closing time, ${durationWords(duration)} later`;
  return `by closing time of the same business day; with less than ${spanWords(due.sameDayMinimumMs)} of it left, ${spanWords(due.sameDaySpillMs)} into the next one`;
}

/** How long sales has. */
export const slaWords = ({ firstActivityWithin }: SlaTerms): string =>
  'ms' in firstActivityWithin
    ? `within ${spanWords(firstActivityWithin.ms)} of the handoff, whatever the hour`
    : `within ${durationWords(firstActivityWithin)}, at the same time of day`;

/** Says something once where it holds for both intents, else for each. */
function byIntent(words: (intent: Intent) => string): string[] {
  const said = INTENTS.map((intent) => ({ intent, text: words(intent) }));
  const [high, warm] = said;
  if (high?.text === warm?.text) return [sentenceOf(high?.text ?? '')];
  return said.map(({ intent, text }) => sentenceOf(`${intentWords(intent)}: ${text}`));
}

export function handoffSection(definition: HandoffDefinition, { policy }: SourceTerms): Section {
  const { handoff } = policy;
  const { sla, due } = handoff;
  const steps: Step[] = [
    {
      when: 'At once',
      what: [
        'Nurture mail pauses. If the email platform refuses, the rest goes on and the bridge email waits.',
      ],
    },
    {
      when: 'At once',
      what: [
        `The rep is chosen, the first of these that there is: ${ladderWords(definition.routing.ladder).join('; ')}.`,
      ],
    },
    {
      when: 'At once',
      what: [
        'The data package is built: who the lead is, what it did, its score, why it is handed off, a suggested opener and a draft mail.',
      ],
    },
    {
      when: 'At once',
      what: [
        'The rep gets a task in the CRM, due as follows.',
        ...byIntent((intent) => dueWords(due[intent], due)),
      ],
    },
    { when: 'At once', what: ['The rep is alerted, with the data package in plain language.'] },
    bridgeStep(handoff),
    { when: 'When the task is due', what: ['If it is not done, the rep and the managers are alerted.'] },
    { when: 'Before the time is up', what: byIntent((intent) => reminderWords(sla[intent])) },
    {
      when: 'First contact',
      what: [
        ...byIntent((intent) => `sales must have made contact ${slaWords(sla[intent])}`),
        ...earlyWords(handoff, definition),
        ...byIntent((intent) => `what counts is ${activitiesWords(sla[intent].satisfiedBy)}`),
        'A booked meeting moves this to one business day after the meeting.',
      ],
    },
    { when: 'Nobody made contact', what: byIntent((intent) => lapseWords(sla[intent], policy)) },
  ];
  return {
    id: 'handoff',
    title: 'What happens at the handoff, and by when',
    blocks: [
      { kind: 'steps', caption: 'From the handoff to first contact', items: steps },
      {
        kind: 'paragraph',
        text: 'Business days are those of the rep’s own calendar where it differs from the team’s. A handoff outside working hours starts its clock at the next opening.',
      },
    ],
  };
}

/** Says where sales is out of time before its task is due, which nobody expects of two deadlines read apart. */
function earlyWords(handoff: HandoffPolicy, { calendar }: HandoffDefinition): string[] {
  return INTENTS.flatMap((intent) => {
    const early = slaBeforeDue(handoff, intent, calendar);
    if (early === 'never') return [];
    return [
      sentenceOf(
        `${intentWords(intent)}: this time ${early === 'always' ? 'is' : 'can be'} up before the task is due`,
      ),
    ];
  });
}

function bridgeStep({ bridge }: HandoffPolicy): Step {
  if (bridge === null) return { when: 'At once', what: ['No bridge email is sent.'] };
  return {
    when: bridge.afterMs === 0 ? 'At once' : `After ${spanWords(bridge.afterMs)}`,
    what: [
      'Marketing’s one bridge email tells the lead who will write. It is dropped when the lead wants no mail or has booked a meeting, when sales was active already, or when a business day has passed.',
    ],
  };
}

const reminderWords = ({ remindBefore }: SlaTerms): string =>
  remindBefore === null
    ? 'no reminder is sent'
    : `the rep is reminded ${durationWords(remindBefore)} before, unless that would be before the clock starts`;

function lapseWords({ lapseExtension, reassignments }: SlaTerms, policy: SourcePolicy): string {
  const nothing = 'ms' in lapseExtension ? lapseExtension.ms === 0 : lapseExtension.businessDays === 0;
  const unasked = nothing
    ? 'the CRM is asked once more for contact'
    : `the CRM is asked once more for contact (if it cannot answer, a manager is asked and the lapse waits ${durationWords(lapseExtension)})`;
  const first =
    reassignments === 0
      ? ''
      : `; first the lead goes to another rep, up to ${timesWords(reassignments)}, with fresh deadlines`;
  const { tags, track } = policy.reentry;
  const tag = tags.sla_lapsed === undefined ? '' : `, with the tag ${quoted(tags.sla_lapsed)}`;
  return `${unasked}${first}; then the task is closed as missed, the managers are told, and the lead goes back to nurture on the ${trackWords(track)} track${tag}`;
}

export function afterSection({ policy }: SourceTerms): Section {
  const { handoff, nurture, after } = policy;
  const { remindRepMs, remindManagerMs, closeMs } = handoff.idle;
  const { sunset } = nurture;
  return {
    id: 'after',
    title: 'What comes after',
    blocks: [
      outcomesTable(policy),
      {
        kind: 'terms',
        items: [
          {
            term: 'Nothing happens with sales',
            text: `After ${spanWords(remindRepMs)} without any activity the rep is reminded, ${spanWords(remindManagerMs)} later the managers, and ${spanWords(closeMs)} after that the handoff closes as no response.`,
          },
          {
            term: 'A changed mind',
            text: `What sales recorded may be changed for ${spanWords(handoff.changeDispositionWithinMs)}.`,
          },
          {
            term: 'Dormant',
            text:
              sunset === null
                ? 'Never: a lead stays in nurture for good.'
                : `A lead gets no more mail after ${spanWords(sunset.afterMs)} in nurture without doing anything for ${spanWords(sunset.withoutEngagementForMs)}. Whatever it does wakes it.`,
          },
          {
            term: 'Unqualified',
            text: sentenceOf(
              `nurture mail stops, the newsletter is ${after.unqualified.newsletter ? 'still allowed' : 'not allowed either'}; ${reopenWords(after.unqualified.reopenOn)}`,
            ),
          },
          {
            term: 'Customers',
            text: sentenceOf(`nurture mail stops; ${reopenWords(after.converted.reopenOn)}`),
          },
          { term: 'New leads', text: `They start on the ${trackWords(nurture.track)} track.` },
        ],
      },
    ],
  };
}

function reopenWords(reopenOn: SourcePolicy['after']['unqualified']['reopenOn']): string {
  if (reopenOn === 'never' || reopenOn.length === 0) return 'nothing the lead does hands it off again';
  if (reopenOn === 'high') return 'any act of high intent hands the lead off again';
  return `only ${listWords(reopenOn, 'or')} hands the lead off again`;
}

const BACK: readonly OutcomeKind[] = ['sla_lapsed', 'not_ready', 'no_response', 'left_sales_mail'];
const ENDED: readonly OutcomeKind[] = ['unqualified', 'converted'];

function outcomesTable({ reentry }: SourcePolicy): Block {
  const back = `Back to nurture on the ${trackWords(reentry.track)} track; score and counts start from nothing`;
  const more: Partial<Record<OutcomeKind, string>> = {
    not_ready: '; with a promised date, handed off again on that day',
    left_sales_mail: '; no more sales mail',
  };
  return {
    kind: 'table',
    caption: 'How a handoff may end',
    columns: [{ title: 'Outcome' }, { title: 'What happens' }, { title: 'Tag' }],
    rows: [
      ...BACK.map((outcome) => [
        OUTCOME_WORDS[outcome],
        `${back}${more[outcome] ?? ''}`,
        reentry.tags[outcome] ?? 'None',
      ]),
      ...ENDED.map((outcome) => [OUTCOME_WORDS[outcome], 'No more nurture', reentry.tags[outcome] ?? 'None']),
    ],
  };
}

export function mailsSection(terms: SourceTerms): Section {
  const { mails, policy } = terms;
  const { final, bridge } = policy.handoff;
  const blocks: Block[] = [
    {
      kind: 'paragraph',
      text: `As ${EXAMPLE_LEAD} would read them, a lead about whom everything is known, with ${EXAMPLE_REP} as the rep.`,
    },
  ];
  if (mails.final && final) {
    blocks.push(
      {
        kind: 'paragraph',
        text: `The final marketing email goes out once per nurture period: when the score passes ${shareWords(final.scoreShare)} of the threshold, or ${spanWords(final.beforeFallbackMs)} before the time in nurture hands the lead off.`,
      },
      mailBlock('Final marketing email', mails.final, terms.title),
    );
  } else blocks.push({ kind: 'paragraph', text: 'No final marketing email is sent.' });
  if (mails.bridge && bridge)
    blocks.push(mailBlock('Bridge email, from marketing to the lead', mails.bridge, terms.title));
  blocks.push(mailBlock('Draft, ready for the rep to send', mails.draft, terms.title));
  return { id: 'mails', title: 'The mails', blocks };
}

function mailBlock(title: string, template: MailTemplate, sourceTitle: string): Block {
  const source = { ...EXAMPLE_VARIABLES.source, title: sourceTitle };
  try {
    return { kind: 'mail', title, ...renderMail(template, { ...EXAMPLE_VARIABLES, source }) };
  } catch (fault) {
    return {
      kind: 'note',
      text: `${title}: the template cannot be rendered. ${fault instanceof Error ? fault.message : String(fault)}`,
    };
  }
}

/** A source's terms in the cells of a table. */
export const termsInShort = ({ policy }: SourceTerms): readonly string[] => {
  const { due, sla, bridge } = policy.handoff;
  const both = (words: (intent: Intent) => string) => {
    const [high, warm] = [words('high'), words('warm')];
    return capitalised(high === warm ? high : `${high} (high), ${warm} (warm)`);
  };
  return [
    both((intent) => durationWords(due[intent])),
    both((intent) => durationWords(sla[intent].firstActivityWithin)),
    bridge === null ? 'None' : bridge.afterMs === 0 ? 'At once' : `After ${spanWords(bridge.afterMs)}`,
  ];
};
