/** The language of tests of definitions: which keys there are and what each may hold. Meaning is judged elsewhere. */
import { z } from 'zod';
import { WEEKDAYS } from './document.js';
import { about, key } from './field.js';
import {
  count,
  flag,
  identifier,
  isoDate,
  list,
  localTime,
  oneOf,
  plainDuration,
  text,
  timeZone,
} from './fields.js';
import {
  knownEventType,
  mailName,
  moment,
  momentOrNone,
  nameOrNone,
  plainRecord,
  someNames,
  someOf,
  wantedPoints,
} from './test-fields.js';

export const ACTIVITIES = ['call', 'email', 'meeting', 'task_completed', 'note'] as const;
const DISPOSITIONS = ['converted', 'not_ready', 'unqualified', 'no_response', 'left_sales_mail'] as const;
const OUTCOMES = [...DISPOSITIONS, 'sla_lapsed'] as const;
const OPERATIONS = ['hand_off', 'judge', 'reassign', 'label_human', 'label_machine'] as const;
const STAGES = ['nurturing', 'handed_off', 'working', 'converted', 'unqualified', 'dormant'] as const;
const TRACKS = ['initial', 'long_term'] as const;
const MAILS = ['final', 'bridge'] as const;
const HOLDS = ['fit', 'cooldown', 'suppressed'] as const;
const MACHINE_RULES = [
  'provider_flag',
  'user_agent',
  'privacy_proxy',
  'fast_click',
  'many_links',
  'corrected',
] as const;
const ALERTS = [
  'handoff',
  'queue',
  'reassigned',
  'acted_again',
  'sla_reminder',
  'task_due',
  'sla_lapsed',
  'confirm_contact',
  'idle_rep',
  'idle_manager',
  'meeting_booked',
  'restored',
  'left_sales_mail',
  'phone_only',
] as const;
const REFUSALS = [
  'handoff_open',
  'no_such_handoff',
  'handoff_closed',
  'too_late_to_change',
  'newer_handoff',
  'lead_ended',
  'same_rep',
  'before_handoff',
  'not_allowed',
] as const;
/** What can happen to a lead, as `only` and `never` name it. */
export const KINDS = [
  'handoff',
  'reentry',
  'ended',
  'mail',
  'alert',
  'held',
  'machine',
  'became',
  'added',
] as const;
export type Kind = (typeof KINDS)[number];
const NEVER = [...KINDS, ...MAILS] as const;
const SUPPRESSED = ['marketing', 'sales'] as const;

const TEXT_MAX = 10_000;
const prose = () => text('a text', TEXT_MAX);
const id = (what: string) => identifier(what);

const rep = about(
  z.strictObject({
    timeZone: key(timeZone(), 'Where the rep works; the team’s zone when not said.'),
    workingDays: key(list(oneOf(WEEKDAYS), 7, 1), 'The rep’s working days; the team’s when not said.'),
    workingHours: key(
      z.strictObject({ from: localTime('23:59'), to: localTime('24:00') }),
      'The rep’s working hours; the team’s when not said.',
    ),
    holidays: key(list(isoDate(), 500), 'The rep’s own holidays, in place of the team’s.'),
    absences: key(
      list(z.strictObject({ from: isoDate(), to: isoDate() }), 100),
      'When the rep is away; both days included.',
    ),
    active: key(flag(), 'Whether the rep gets leads at all; true when not said.'),
  }),
  'A salesperson.',
  { id: 'rep' },
);
const reps = () =>
  key(z.record(id('a rep’s id'), rep), 'The team, by ids that territories of the definition may name.');
const oneRep = () => key(rep, 'The only rep, called "rep"; or say reps.');

const given = about(
  z.strictObject({
    at: key(moment(), 'When it became known to Baton: for most events, when it happened.'),
    after: key(
      plainDuration(),
      'In place of at: this long after the entry above (after created for the first).',
    ),
    every: key(plainDuration('1m'), 'Happens again after this long; with times.'),
    times: key(count(2, 500), 'How often it happens; with every. # in a text stands for 1, 2, 3 …'),
    age: key(plainDuration(), 'It had happened this long before it became known.'),
    event: key(knownEventType(), 'What the lead did, or what happened to a mail.'),
    sales: key(
      oneOf([...ACTIVITIES, ...DISPOSITIONS]),
      'What sales did, or what sales says came of the handoff.',
    ),
    operator: key(oneOf(OPERATIONS), 'What somebody did in the console.'),
    id: key(text('a name for this event', 100), 'A name by which the test speaks of this event.'),
    source: key(id('a source’s id'), 'The lead source that the event names.'),
    emailId: key(mailName(), 'Which mail; the same name is the same mail.'),
    url: key(
      text('an address or a path such as /pricing', 2_000),
      'The address of the link or page; a path is enough.',
    ),
    path: key(text('a path such as /pricing', 2_000), 'The path of the page.'),
    resource: key(text('the name of a resource', 500), 'What was downloaded or attended.'),
    title: key(text('a title', 500), 'The title of the page or resource.'),
    topic: key(text('a topic'), 'The topic of a download.'),
    form: key(text('the name of a form', 500), 'Which form.'),
    product: key(text('a product', 500), 'The product or service that a form names.'),
    message: key(prose(), 'What the lead wrote.'),
    text: key(prose(), 'What the lead wrote in a reply.'),
    subject: key(text('a subject', 1_000), 'The subject of a sent mail.'),
    autoSubmitted: key(flag(), 'Whether the reply was sent by a program.'),
    classification: key(
      oneOf(['auto_reply', 'opt_out', 'buying_signal', 'question', 'other']),
      'What the sender holds the reply to be.',
    ),
    stream: key(oneOf(['marketing', 'sales', 'all']), 'Which mail is meant.'),
    bounceType: key(oneOf(['hard', 'soft']), 'How the mail bounced.'),
    directCta: key(flag(), 'Whether the sent mail asks directly for one thing.'),
    ctaUrl: key(text('an address or a path', 2_000), 'The link of that call to action.'),
    privacyProxy: key(flag(), 'Whether a mail privacy proxy made the open.'),
    machine: key(flag(), 'Whether the sending platform holds it for a machine’s.'),
    meetingAt: key(moment(), 'When the booked meeting will be.'),
    userAgent: key(text('a user agent', 1_000), 'The browser or program.'),
    traits: key(plainRecord('traits of the lead'), 'What became known of the lead.'),
    properties: key(plainRecord('properties'), 'Further properties of the event.'),
    imported: key(flag(), 'Whether it came with an import: it counts, and triggers nothing by itself.'),
    followUpOn: key(isoDate(), 'With sales: not_ready, the day on which sales gets the lead again.'),
    number: key(count(1, 1_000), 'With sales: which handoff is meant; the newest when not said.'),
    to: key(id('a rep’s id'), 'With operator: reassign, who gets the handoff.'),
    of: key(text('the id of an event', 100), 'With operator: label_…, which event.'),
    refused: key(oneOf(REFUSALS), 'With sales or operator: that it is refused, and why.'),
  }),
  'Something that happens.',
  { id: 'given' },
);

const subject = <T extends z.ZodType>(schema: T, description: string) => key(schema, description);

const expectation = about(
  z.strictObject({
    handoff: subject(
      id('the id of an action, or score, fallback, manual, follow_up, any'),
      'A handoff by this trigger.',
    ),
    reentry: subject(oneOf([...OUTCOMES, 'any']), 'Back to nurture, with this outcome of the handoff.'),
    ended: subject(oneOf([...OUTCOMES, 'any']), 'A handoff ended with this outcome.'),
    mail: subject(oneOf([...MAILS, 'any']), 'Baton asked for this mail.'),
    alert: subject(oneOf([...ALERTS, 'any']), 'Somebody in sales was told.'),
    held: subject(
      oneOf([...HOLDS, 'any']),
      'The score reached its threshold, and this held the handoff back.',
    ),
    machine: subject(text('the id or the type of an event', 100), 'This event was held to be a machine’s.'),
    became: subject(oneOf([...STAGES, 'any']), 'The lead entered this stage.'),
    added: subject(id('the id of an action'), 'An act of high intent was added to the open handoff.'),
    at: key(moment(), 'When.'),
    number: key(count(1, 1_000), 'The handoff’s number.'),
    intent: key(oneOf(['high', 'warm']), 'The handoff’s intent.'),
    task: key(momentOrNone(), 'When the rep’s task is due.'),
    sla: key(momentOrNone(), 'When the time for the first contact ends.'),
    reminder: key(momentOrNone(), 'When the rep is reminded of that.'),
    rep: key(nameOrNone('a rep’s id'), 'Who has the handoff; none for the queue.'),
    routedBy: key(oneOf(['owner', 'territory', 'roundRobin', 'queue', 'preferred']), 'Why that rep.'),
    score: key(wantedPoints(), 'The score.'),
    source: key(id('a source’s id'), 'The source whose terms hold.'),
    alsoHeld: key(someNames('the id of a trigger'), 'What held at the same time.'),
    stale: key(flag(), 'Whether the action was older than the freshness limit.'),
    track: key(oneOf(TRACKS), 'The nurture track.'),
    tag: key(nameOrNone('a tag'), 'The tag that the outcome sets.'),
    replaces: key(oneOf(OUTCOMES), 'The outcome that this one takes the place of.'),
    to: key(oneOf(['rep', 'managers']), 'Who is told.'),
    because: key(oneOf(MACHINE_RULES), 'Why it was held to be a machine’s.'),
    stage: key(oneOf(STAGES), 'The lead’s stage.'),
    fit: key(wantedPoints(), 'The lead’s fit.'),
    points: key(
      z.record(text('a rule’s id, or cap: and a group’s id', 80), wantedPoints()),
      'Points by rule.',
    ),
    opens: key(count(0, 64), 'Different mails opened in this nurture period.'),
    clicks: key(count(0, 64), 'Different links clicked in this nurture period.'),
    machines: key(count(0, 100_000), 'Events of this nurture period held to be machines’.'),
    suppressed: key(someOf(SUPPRESSED), 'Mail that the lead does not get any more.'),
    tags: key(someNames('a tag'), 'The tags that the lead has.'),
    handoffs: key(count(0, 1_000), 'How many handoffs there have been.'),
    period: key(count(1, 1_000), 'The number of the nurture period.'),
    taskState: key(
      oneOf(['none', 'open', 'done', 'missed', 'cancelled']),
      'How the task of the newest handoff stands.',
    ),
    slaState: key(oneOf(['running', 'met', 'lapsed']), 'How the SLA of the newest handoff stands.'),
    followUp: key(momentOrNone(), 'When the promised follow-up will be.'),
  }),
  'What must have happened, exactly as far as it is said. Without handoff, reentry … it says how the lead is at an instant.',
  { id: 'expectation' },
);

const test = about(
  z.strictObject({
    name: about(text('a name, in a sentence'), 'What the test shows.'),
    source: key(id('a source’s id'), 'The source by which the lead came; the defaults hold when not said.'),
    traits: key(plainRecord('traits of the lead'), 'Who the lead is: country, companySize, email …'),
    created: key(moment(), 'When the lead became known; with the first entry of given when not said.'),
    rep: oneRep(),
    reps: reps(),
    owner: key(id('a rep’s id'), 'Who owns the lead already.'),
    given: key(list(given, 500), 'What happens, in order.'),
    until: key(moment(), 'How far the test looks; a day past the last instant it names when not said.'),
    expect: key(list(expectation, 200), 'What must happen.'),
    only: key(someOf(KINDS), 'Of these nothing else may happen than what expect says.'),
    never: key(someOf(NEVER), 'None of these may happen at all.'),
    not: key(list(expectation, 100), 'What must not happen.'),
  }),
  'One lead, what happens to it, and what must come of it.',
  { id: 'test' },
);

export const testFileSchema = z.strictObject({
  definition: key(
    text('the name of a file', 300),
    'The definition, as a file beside this one. acme.test.yaml tests acme.yaml when not said.',
  ),
  rep: oneRep(),
  reps: reps(),
  tests: about(list(test, 1_000, 1), 'The tests.'),
});

export type TestFileDraft = z.output<typeof testFileSchema>;
export type TestDraft = z.output<typeof test>;
export type GivenDraft = z.output<typeof given>;
export type ExpectationDraft = z.output<typeof expectation>;
export type RepDraft = z.output<typeof rep>;
