/** What mails may say of a lead: the documented template variables, made from the same events as the package. */
import type { TriggerFired } from './decision.js';
import { actPhrase, datedPhrase, oneLine, opener } from './opener.js';
import { engagementOf, type HandoffPackage, type PackageEvent } from './package.js';
import { activitySummary } from './summary.js';

const RECENT_MAX = 5;

export interface MailFacts {
  readonly lead: {
    readonly name: string | null;
    readonly firstName: string | null;
    readonly email: string | null;
    readonly company: string | null;
    readonly country: string | null;
  };
  readonly source: { readonly title: string; readonly magnet: string | null };
  readonly opener: string;
  readonly summary: string;
  readonly activity: {
    readonly last: string | null;
    readonly date: string | null;
    readonly title: string | null;
    readonly url: string | null;
    readonly topic: string | null;
    readonly trigger: string | null;
    readonly recent: readonly {
      readonly what: string;
      readonly date: string;
      readonly title: string | null;
      readonly url: string | null;
    }[];
  };
  readonly rep: {
    readonly name: string | null;
    readonly firstName: string | null;
    readonly email: string | null;
  };
  readonly handoff: {
    readonly date: string | null;
    readonly dueDate: string | null;
    readonly meetingDate: string | null;
  };
  readonly unsubscribeUrl: string | null;
}

export interface MailContext {
  readonly events: readonly PackageEvent[];
  readonly trigger: TriggerFired | null;
  readonly rep: { readonly name: string; readonly email: string | null } | null;
  /** Days in words; `meetingDate` with the time. */
  readonly handoff: MailFacts['handoff'];
  readonly unsubscribeUrl: string | null;
}

/** The variables of a mail; what is not known is null. */
export function mailFacts(
  known: Pick<HandoffPackage, 'person' | 'leadSource'>,
  context: MailContext,
): MailFacts {
  const engagement = engagementOf(context.events);
  const acts = context.events.filter((event) => event.human).sort((a, b) => b.at - a.at);
  const [last] = acts;
  const titled = acts.find((act) => act.title !== null);
  const trigger = acts.find((act) => act.at === context.trigger?.at);
  const { person, leadSource } = known;
  return {
    lead: {
      name: text(person.name),
      firstName: firstWord(person.name),
      email: person.email,
      company: text(person.company),
      country: text(person.country),
    },
    source: { title: leadSource.title, magnet: text(leadSource.magnet) },
    opener: opener(acts),
    summary: activitySummary(context.events, engagement),
    activity: {
      last: last ? datedPhrase(last) : null,
      date: last?.day ?? null,
      title: text(titled?.title ?? null),
      url: titled?.linkKey ?? null,
      topic: engagement.topics[0]?.topic ?? null,
      trigger: trigger ? datedPhrase(trigger) : null,
      recent: acts.slice(0, RECENT_MAX).map((act) => ({
        what: actPhrase(act),
        date: act.day,
        title: text(act.title),
        url: act.linkKey,
      })),
    },
    rep: {
      name: context.rep?.name ?? null,
      firstName: firstWord(context.rep?.name ?? null),
      email: context.rep?.email ?? null,
    },
    handoff: context.handoff,
    unsubscribeUrl: context.unsubscribeUrl,
  };
}

/** What stands where the draft would be for a lead that wants no sales mail. */
export function phoneOnly(person: HandoffPackage['person']): {
  readonly subject: string;
  readonly text: string;
} {
  const whom = text(person.name) ?? 'This lead';
  const number =
    person.phone === null ? 'no phone number is known.' : `the number is ${oneLine(person.phone)}.`;
  return { subject: 'Phone only', text: `${whom} wants no sales mail: phone only, ${number}\n` };
}

function text(value: string | null): string | null {
  const line = value === null ? '' : oneLine(value);
  return line === '' ? null : line;
}

function firstWord(name: string | null): string | null {
  return text(name)?.split(' ')[0] ?? null;
}
