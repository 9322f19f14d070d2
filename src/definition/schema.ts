/** The language of a definition document: which keys there are and what each may hold. Meaning is checked elsewhere. */
import { z } from 'zod';
import { RUNGS, WEEKDAYS } from './document.js';
import { about, atMostKeys, key } from './field.js';
import {
  contentMatch,
  flag,
  formatOne,
  identifier,
  isoDate,
  list,
  localTime,
  oneOf,
  plainDuration,
  share,
  text,
  timeZone,
} from './fields.js';
import { sectionFields, where } from './schema-sections.js';

export type {
  ActionDraft,
  FitDraft,
  GroupDraft,
  RuleDraft,
  SectionDraft,
  SlaDraft,
} from './schema-sections.js';

const signer = (team: string) =>
  key(
    text('the name of who signed, or null', 200).nullable(),
    `Who signed for ${team}; null for nobody yet.`,
  );

const calendar = z.strictObject({
  timeZone: key(timeZone(), 'Where the working day is. Say it: a wrong one moves every deadline.'),
  workingDays: key(list(oneOf(WEEKDAYS), 7, 1), 'The days on which sales works.'),
  workingHours: key(
    z.strictObject({
      from: about(localTime('23:59'), 'When the working day begins.'),
      to: about(localTime('24:00'), 'When it ends; "24:00" for midnight.'),
    }),
    'When the working day begins and ends, in the team’s time zone.',
  ),
  holidays: key(
    list(isoDate(), 500),
    'Days on which nobody works. Dates, not a country, so that an upgrade never moves a deadline.',
  ),
});

const contentRule = z.strictObject({
  match: about(
    contentMatch(),
    'A path, a whole address or a resource; ** stands for any text, * for any text without a slash.',
  ),
  kind: about(identifier('a kind'), 'What conditions see as kind.', {
    suggested: ['pricing', 'product', 'case_study', 'blog', 'download'],
  }),
  topic: key(identifier('a topic'), 'What conditions see as topic.'),
  title: key(text('a title'), 'How the data package and the mails call it.'),
});

const machines = z.strictObject({
  clickAfterDelivery: key(plainDuration(), 'A click this soon after delivery is a machine’s.'),
  manyLinksWithin: key(
    plainDuration(),
    'Clicks on different links of one mail within this time are a machine’s. Every click waits that long.',
  ),
  userAgents: key(flag(), 'Whether events by programs that say so are told apart.'),
  privacyProxyOpens: key(flag(), 'Whether opens by mail privacy proxies are told apart.'),
});

const routing = z.strictObject({
  ladder: key(
    list(oneOf(RUNGS), RUNGS.length, 1),
    'Who gets a lead, in order: the first rung that has somebody. queue is last.',
  ),
  territories: key(
    list(
      z.strictObject({
        where: about(where.clone(), 'Conditions on the lead’s traits.'),
        reps: about(list(text('a rep’s handle', 100), 200, 1), 'Handles of the reps; see baton reps import.'),
      }),
      500,
    ),
    'Which reps take leads from where; the first whose conditions hold decides.',
  ),
  queue: key(
    z.strictObject({ alert: key(oneOf(['managers']), 'Who is told that a lead waits in the queue.') }),
    'The team’s queue.',
  ),
});

const source = about(
  z.strictObject({
    title: key(text('a title'), 'How people call this source. Its id when not said.'),
    ...sectionFields(),
  }),
  'One lead source. It inherits from the defaults whatever it does not say; lists merge by id.',
  { id: 'source' },
);

export const documentSchema = z.strictObject({
  format: about(formatOne(), 'The format of this document.'),
  name: about(text('a name', 200), 'What the definition is called.'),
  signedOffBy: key(
    z.strictObject({ marketing: signer('marketing'), sales: signer('sales') }),
    'Who signed. Publishing needs both.',
  ),
  calendar: key(calendar, 'The working week of the team.'),
  content: key(list(contentRule, 1_000), 'What a link or a resource is; the first match wins.'),
  futureTolerance: key(plainDuration(), 'An event dated further in the future than this is refused.'),
  publishGuard: key(
    share(),
    'Handing off more than this share of the open leads at once needs a confirmation.',
  ),
  machines: key(
    machines,
    'How link scanners and mail proxies are told from people; one set for all sources.',
  ),
  defaults: key(z.strictObject(sectionFields()), 'What holds for every source that does not say otherwise.'),
  sources: key(
    atMostKeys(z.record(identifier('a source’s id'), source), 500),
    'Lead sources, by the name that events carry in source.name.',
  ),
  routing: key(routing, 'Who gets a lead.'),
  replies: key(
    z.strictObject({
      optOut: key(list(text('a phrase'), 200), 'Phrases that ask for no more mail.'),
      buyingSignals: key(list(text('a phrase'), 200), 'Phrases that speak of buying.'),
    }),
    'How replies are told apart: out of office, opt-out, buying signal, question, other.',
  ),
});

export type DocumentDraft = z.output<typeof documentSchema>;
