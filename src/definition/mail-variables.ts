/** What a mail template may name. One list for all mails: what is unknown for a lead is null, never missing. */
import type { MailKind } from './document.js';

/** Text ready to be read; null when not known. Dates are words in the rep's (else the team's) time zone. */
type Known = string | null;

interface RecentAct {
  readonly what: string;
  readonly date: string;
  readonly title: Known;
  readonly url: Known;
}

export interface MailVariables {
  readonly lead: {
    readonly name: Known;
    readonly firstName: Known;
    readonly email: Known;
    readonly company: Known;
    readonly country: Known;
  };
  readonly source: { readonly title: Known; readonly magnet: Known };
  readonly opener: Known;
  readonly summary: Known;
  readonly activity: {
    readonly last: Known;
    readonly date: Known;
    readonly title: Known;
    readonly url: Known;
    readonly topic: Known;
    readonly trigger: Known;
    readonly recent: readonly RecentAct[];
  };
  readonly rep: { readonly name: Known; readonly firstName: Known; readonly email: Known };
  readonly handoff: { readonly date: Known; readonly dueDate: Known; readonly meetingDate: Known };
  readonly unsubscribeUrl: Known;
}

/** What a caller hands in: groups and fields that it does not know may be left out. */
export type GivenMailVariables = {
  readonly [Name in keyof MailVariables]?: MailVariables[Name] extends Known
    ? Known
    : Partial<MailVariables[Name]>;
};

export interface VariableDescription {
  readonly name: string;
  readonly meaning: string;
  readonly mails: readonly MailKind[];
}

const ALL: readonly MailKind[] = ['final', 'bridge', 'draft'];
const WITH_HANDOFF: readonly MailKind[] = ['bridge', 'draft'];

/** The documented list (docs/definition.md shows it). */
export const MAIL_VARIABLES: readonly VariableDescription[] = [
  { name: 'lead.name', meaning: 'the lead’s name', mails: ALL },
  { name: 'lead.firstName', meaning: 'its first word', mails: ALL },
  { name: 'lead.email', meaning: 'the address the mail goes to', mails: ALL },
  { name: 'lead.company', meaning: 'the lead’s company', mails: ALL },
  { name: 'lead.country', meaning: 'the lead’s country', mails: ALL },
  { name: 'source.title', meaning: 'the lead source, in words', mails: ALL },
  { name: 'source.magnet', meaning: 'what the lead came for, such as the webinar’s name', mails: ALL },
  { name: 'opener', meaning: 'the suggested opener, one line from the most recent acts', mails: ALL },
  { name: 'summary', meaning: 'what the lead did in this nurture period, in a sentence or two', mails: ALL },
  {
    name: 'activity.last',
    meaning:
      'the newest act with its date, in words that follow “you”: “downloaded the pricing guide on Tuesday, 24 November”',
    mails: ALL,
  },
  { name: 'activity.date', meaning: 'the date of that act, in words', mails: ALL },
  {
    name: 'activity.title',
    meaning: 'the title of the newest page, resource or mail the lead acted on',
    mails: ALL,
  },
  { name: 'activity.url', meaning: 'its address', mails: ALL },
  { name: 'activity.topic', meaning: 'the topic the lead looked at most', mails: ALL },
  {
    name: 'activity.trigger',
    meaning: 'what made the lead qualified, in words that follow “you”',
    mails: WITH_HANDOFF,
  },
  {
    name: 'activity.recent',
    meaning: 'the newest acts, newest first, for `for`: each has `what`, `date`, `title`, `url`',
    mails: ALL,
  },
  {
    name: 'rep.name',
    meaning: 'who will write; nothing while the lead is in the queue',
    mails: WITH_HANDOFF,
  },
  { name: 'rep.firstName', meaning: 'the first word of that name', mails: WITH_HANDOFF },
  { name: 'rep.email', meaning: 'the rep’s address', mails: WITH_HANDOFF },
  {
    name: 'handoff.date',
    meaning: 'the day of the handoff, in words, in the rep’s time zone',
    mails: WITH_HANDOFF,
  },
  {
    name: 'handoff.dueDate',
    meaning: 'the day the first contact is due, in words, in the rep’s time zone',
    mails: WITH_HANDOFF,
  },
  {
    name: 'handoff.meetingDate',
    meaning: 'day and time of a booked meeting, in the rep’s time zone',
    mails: WITH_HANDOFF,
  },
  { name: 'unsubscribeUrl', meaning: 'where the lead stops mail like this', mails: ['final', 'bridge'] },
];

/** A lead about whom everything is known, to try templates with. */
export const EXAMPLE_VARIABLES: MailVariables = {
  lead: {
    name: 'Kim Lee',
    firstName: 'Kim',
    email: 'kim@example.com',
    company: 'Example Corp',
    country: 'US',
  },
  source: { title: 'Webinar attendee', magnet: 'Handoff webinar' },
  opener: 'Downloaded the pricing guide on Tuesday, 24 November and opened the mail that followed',
  summary: 'Opened four mails and clicked two links',
  activity: {
    last: 'downloaded the pricing guide on Tuesday, 24 November',
    date: 'Tuesday, 24 November',
    title: 'the pricing guide',
    url: 'https://example.com/pricing-guide',
    topic: 'pricing',
    trigger: 'looked at our prices twice within a week',
    recent: [
      {
        what: 'downloaded the pricing guide',
        date: 'Tuesday, 24 November',
        title: 'the pricing guide',
        url: 'https://example.com/pricing-guide',
      },
    ],
  },
  rep: { name: 'Ana Silva', firstName: 'Ana', email: 'ana@example.com' },
  handoff: { date: 'Wednesday, 25 November', dueDate: 'Friday, 27 November', meetingDate: null },
  unsubscribeUrl: 'https://example.com/t/u/example',
};

/** Every documented variable, null (or an empty list) where nothing is given. */
export function completeVariables(given: GivenMailVariables): MailVariables {
  const { lead, source, activity, rep, handoff } = given;
  return {
    lead: {
      name: lead?.name ?? null,
      firstName: lead?.firstName ?? null,
      email: lead?.email ?? null,
      company: lead?.company ?? null,
      country: lead?.country ?? null,
    },
    source: { title: source?.title ?? null, magnet: source?.magnet ?? null },
    opener: given.opener ?? null,
    summary: given.summary ?? null,
    activity: {
      last: activity?.last ?? null,
      date: activity?.date ?? null,
      title: activity?.title ?? null,
      url: activity?.url ?? null,
      topic: activity?.topic ?? null,
      trigger: activity?.trigger ?? null,
      recent: activity?.recent ?? [],
    },
    rep: { name: rep?.name ?? null, firstName: rep?.firstName ?? null, email: rep?.email ?? null },
    handoff: {
      date: handoff?.date ?? null,
      dueDate: handoff?.dueDate ?? null,
      meetingDate: handoff?.meetingDate ?? null,
    },
    unsubscribeUrl: given.unsubscribeUrl ?? null,
  };
}
