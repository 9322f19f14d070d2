/** What all sources share: the working days, who gets a lead, machines, replies, content. */
import type { Section } from './describe-model.js';
import { type Clock, hoursWords, workingDaysWords } from './describe-time.js';
import { capitalised, ladderWords, sentenceOf } from './describe-words.js';
import type { HandoffDefinition } from './document.js';
import { conditionWords, listWords, quoted, shareWords, spanWords } from './words.js';

export interface Told {
  /** ISO date: earlier holidays are left out. */
  readonly today: string;
  readonly clock: Clock;
}

export function sharedSections(definition: HandoffDefinition, told: Told): readonly Section[] {
  return [
    calendarSection(definition, told),
    routingSection(definition),
    machinesSection(definition),
    repliesSection(definition),
    contentSection(definition),
    careSection(definition),
  ];
}

function calendarSection({ calendar }: HandoffDefinition, { today, clock }: Told): Section {
  const upcoming = [...new Set(calendar.holidays)].filter((day) => day >= today).sort();
  return {
    id: 'calendar',
    title: 'The team’s working days',
    blocks: [
      {
        kind: 'terms',
        items: [
          { term: 'Working days', text: workingDaysWords(calendar.workingDays) },
          { term: 'Working hours', text: hoursWords(calendar.workingHours) },
          { term: 'Time zone', text: calendar.timeZone },
        ],
      },
      ...(upcoming.length === 0
        ? ([
            {
              kind: 'note',
              text: `No holidays are listed from ${clock.date(today)} on: every working day of the week counts.`,
            },
          ] as const)
        : ([
            { kind: 'paragraph', text: 'Upcoming holidays, on which nobody works:' },
            { kind: 'list', items: upcoming.map((day) => clock.date(day)) },
          ] as const)),
    ],
  };
}

function routingSection({ routing }: HandoffDefinition): Section {
  return {
    id: 'routing',
    title: 'Who gets a lead',
    blocks: [
      {
        kind: 'paragraph',
        text: 'The first of these that has somebody. Who is inactive, or absent on the day the clock starts, is passed over.',
      },
      { kind: 'list', items: ladderWords(routing.ladder).map(capitalised) },
      ...(routing.territories.length === 0
        ? []
        : [
            {
              kind: 'table',
              caption: 'Territories; the first that fits decides',
              columns: [{ title: 'When' }, { title: 'Reps' }],
              rows: routing.territories.map(({ where, reps }) => [
                capitalised(conditionWords(where)),
                listWords(reps, 'or'),
              ]),
            } as const,
          ]),
    ],
  };
}

function machinesSection({ machines }: HandoffDefinition): Section {
  const { clickAfterDeliveryMs, manyLinksWithinMs, userAgents, privacyProxyOpens } = machines;
  return {
    id: 'machines',
    title: 'Machines are not people',
    blocks: [
      {
        kind: 'paragraph',
        text: 'What a machine did is kept, and never scores, hands off or counts as an open or a click. It is held to be a machine’s when:',
      },
      {
        kind: 'list',
        items: [
          'the sending platform says so;',
          ...(clickAfterDeliveryMs > 0
            ? [`a click comes within ${spanWords(clickAfterDeliveryMs)} of the mail’s delivery;`]
            : []),
          ...(manyLinksWithinMs > 0
            ? [
                `different links of one mail are clicked within ${spanWords(manyLinksWithinMs)}; every click in a mail waits that long before it counts;`,
              ]
            : []),
          ...(userAgents ? ['a program did it, by its user agent;'] : []),
          ...(privacyProxyOpens ? ['a mail privacy proxy opened the mail;'] : []),
          'a person labels it so. A person can also confirm that it was human.',
        ],
      },
    ],
  };
}

function repliesSection({ replies }: HandoffDefinition): Section {
  const phrases = (list: readonly string[]) =>
    list.length === 0 ? 'no phrases are listed' : listWords(list.map(quoted), 'or');
  return {
    id: 'replies',
    title: 'How replies are told apart',
    blocks: [
      {
        kind: 'terms',
        items: [
          { term: '1. Out of office', text: 'Automatic replies never count as a response.' },
          {
            term: '2. Opt-out',
            text: sentenceOf(`the lead gets no more such mail: ${phrases(replies.optOut)}`),
          },
          { term: '3. Buying signal', text: sentenceOf(phrases(replies.buyingSignals)) },
          { term: '4. Question', text: 'The reply has a question mark.' },
          { term: '5. Something else', text: 'Counts as a response, and hands nobody off.' },
        ],
      },
    ],
  };
}

function contentSection({ content }: HandoffDefinition): Section {
  return {
    id: 'content',
    title: 'What links and resources are',
    blocks:
      content.length === 0
        ? [
            {
              kind: 'paragraph',
              text: 'Nothing is said about links and resources: rules see what the sender says.',
            },
          ]
        : [
            {
              kind: 'table',
              caption:
                'The first pattern that fits decides; ** stands for any text, * for any text without a slash',
              columns: [{ title: 'Pattern' }, { title: 'Kind' }, { title: 'Topic' }, { title: 'Called' }],
              rows: content.map(({ match, kind, topic, title }) => [match, kind, topic ?? '', title ?? '']),
            },
          ],
  };
}

function careSection({ futureToleranceMs, publishGuard }: HandoffDefinition): Section {
  return {
    id: 'care',
    title: 'Where Baton is careful',
    blocks: [
      {
        kind: 'list',
        items: [
          `An event dated more than ${spanWords(futureToleranceMs)} in the future is refused.`,
          `A new version that would hand off more than ${shareWords(Math.round(publishGuard * 1_000_000))} of the open leads at once asks for a confirmation.`,
        ],
      },
    ],
  };
}
