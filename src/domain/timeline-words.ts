/** What happened to a lead, in words that a salesperson understands. Instants are put into words outside. */
import type { EffectArgs, EffectKind } from './decision.js';
import type { EventMark } from './event-marks.js';
import type { CommandKind, MachineRule } from './lead-event.js';
import { oneLine, sentence, thing } from './opener.js';

/** An event of the log, as far as a timeline speaks of it. */
export interface ToldEvent {
  readonly type: string;
  /** Which mail, by the sender's id. */
  readonly mail: string | null;
  readonly title: string | null;
  readonly titleFrom: 'definition' | 'sender' | null;
  readonly path: string | null;
  readonly contentKind: string | null;
  /** A product or service that a form named. */
  readonly product: string | null;
  /** How a reply was classified, which mail is no longer wanted, how a mail bounced. */
  readonly reply: string | null;
  readonly stream: string | null;
  readonly bounce: string | null;
  /** Names of the traits that the event brought. */
  readonly traits: readonly string[];
  /** The lead source that the event named. */
  readonly source: string | null;
  readonly mark: EventMark;
  readonly backfill: boolean;
  readonly anonymous: boolean;
  /** A person said that this was a human act. */
  readonly confirmed: boolean;
}

/** How long the machine filter looks, for its words. */
export interface MachineTimes {
  readonly clickAfterDeliveryMs: number;
  readonly manyLinksWithinMs: number;
}

/** One event in a sentence without its date. */
export function eventWords(event: ToldEvent, times: MachineTimes): string {
  const { mark } = event;
  if (mark.as === 'machine')
    return `${noun(event.type)} ignored: ${machineWords(mark.rule, times)} (machine)`;
  if (mark.as === 'auto_reply') return `Automatic reply to ${mailOf(event)}: it counts as no response`;
  const notes = [
    mark.as === 'waiting' ? 'being checked for a machine' : null,
    event.confirmed ? 'a person confirmed it' : null,
    event.anonymous ? 'from before it was known who this was' : null,
    event.backfill ? 'imported history' : null,
  ].filter((note) => note !== null);
  return `${whatHappened(event)}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}

/** Why an event is held to be a machine's. */
export function machineWords(rule: MachineRule, times: MachineTimes): string {
  switch (rule) {
    case 'provider_flag':
      return 'the sending platform holds it for the work of a program';
    case 'user_agent':
      return 'a program did it, by its user agent';
    case 'privacy_proxy':
      return "Apple's privacy proxy opened it, not the lead";
    case 'fast_click':
      return `it came within ${seconds(times.clickAfterDeliveryMs)} of the delivery`;
    case 'many_links':
      return `another link of the same mail was clicked within ${seconds(times.manyLinksWithinMs)}`;
    case 'corrected':
      return 'a person labelled it so';
  }
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}

const NOUNS: Readonly<Record<string, string>> = {
  'email.opened': 'Open',
  'email.clicked': 'Click',
  'email.replied': 'Reply',
  'page.viewed': 'Page view',
  'content.downloaded': 'Download',
};

function noun(type: string): string {
  return NOUNS[type] ?? `Event "${type}"`;
}

function mailOf({ mail }: Pick<ToldEvent, 'mail'>): string {
  return mail === null ? 'a mail' : `mail '${oneLine(mail)}'`;
}

const STREAMS: Readonly<Record<string, string>> = {
  marketing: 'marketing mail',
  sales: 'sales mail',
  all: 'all mail',
};

function whatHappened(event: ToldEvent): string {
  const mail = mailOf(event);
  const named = event.title === null ? null : `'${oneLine(event.title)}'`;
  const what = thing(event);
  switch (event.type) {
    case 'lead.created':
      return event.source === null ? 'Became a lead' : `Became a lead through ${oneLine(event.source)}`;
    case 'lead.updated':
      return event.traits.length === 0 ? 'Details updated' : `Details updated: ${event.traits.join(', ')}`;
    case 'customer.created':
      return 'Became a customer';
    case 'email.sent':
      return `${sentence(mail)} was sent`;
    case 'email.delivered':
      return `${sentence(mail)} arrived`;
    case 'email.opened':
      return `Opened ${mail}`;
    case 'email.clicked':
      return event.path === null && event.title === null
        ? `Clicked a link in ${mail}`
        : `Clicked through to ${what} from ${mail}`;
    case 'email.replied':
      return `Replied to ${mail}${event.reply === null ? '' : `: ${event.reply.replaceAll('_', ' ')}`}`;
    case 'email.bounced':
      return `${sentence(mail)} bounced${event.bounce === null ? '' : ` (${event.bounce})`}`;
    case 'email.complained':
      return `Called ${mail} spam`;
    case 'email.unsubscribed':
      return `Unsubscribed from ${STREAMS[event.stream ?? 'all'] ?? 'all mail'}`;
    case 'email.resubscribed':
      return `Wants ${STREAMS[event.stream ?? 'all'] ?? 'all mail'} again`;
    case 'page.viewed':
      return `Visited ${what}`;
    case 'content.downloaded':
      return `Downloaded ${what === 'a page' ? 'something' : what}`;
    case 'form.submitted': {
      const about = event.product === null ? '' : ` about '${oneLine(event.product)}'`;
      return `Filled in ${named === null ? 'a form' : `the form ${named}`}${about}`;
    }
    case 'webinar.registered':
      return `Registered for ${named === null ? 'a webinar' : `the webinar ${named}`}`;
    case 'webinar.attended':
      return `Attended ${named === null ? 'a webinar' : `the webinar ${named}`}`;
    case 'demo.requested':
      return 'Asked for a demo';
    case 'pricing.requested':
      return 'Asked for pricing';
    case 'trial.started':
      return 'Started a free trial';
    case 'meeting.booked':
      return 'Booked a meeting';
    default:
      return `"${event.type}" happened`;
  }
}

/** What a person (or the CRM) asked for. Names are given, ids never shown. */
export interface ToldCommand {
  readonly kind: CommandKind;
  readonly who: string;
  readonly handoff: number | null;
  readonly activity: string | null;
  readonly disposition: string | null;
  /** ISO date. */
  readonly followUpOn: string | null;
  readonly rep: string | null;
  readonly effect: string | null;
  readonly target: number | null;
}

const ACTIVITIES: Readonly<Record<string, string>> = {
  call: 'a call',
  email: 'an email',
  meeting: 'a meeting',
  task_completed: 'the task as completed',
  note: 'a note',
};

/** A command in a sentence; what became of it is the decision that follows. */
export function commandWords(command: ToldCommand): string {
  const { who, disposition } = command;
  const handoff = command.handoff === null ? 'the handoff' : `handoff ${command.handoff}`;
  switch (command.kind) {
    case 'activity':
      return `${who} logged ${ACTIVITIES[command.activity ?? 'note'] ?? 'an activity'}`;
    case 'disposition': {
      const date = command.followUpOn === null ? '' : `, follow up on ${command.followUpOn}`;
      return `${who} said what came of ${handoff}: ${outcomeWords(disposition ?? 'nothing')}${date}`;
    }
    case 'handoff':
      return `${who} asked to hand the lead off now`;
    case 'reassign':
      return `${who} asked to give ${handoff} to ${command.rep ?? 'another rep'}`;
    case 'judge':
      return `${who} asked to judge the lead now`;
    case 'correct':
      return `${who} corrected the label of event ${command.target ?? '?'}`;
    case 'retry_effect':
      return `${who} asked to try ${command.effect ?? 'a failed effect'} again`;
  }
}

/** An outcome as people say it: `not ready`, `no contact in time`. */
export function outcomeWords(outcome: string): string {
  return outcome === 'sla_lapsed' ? 'no contact in time' : outcome.replaceAll('_', ' ');
}

const EFFECTS: Readonly<Record<EffectKind, string>> = {
  pause: 'pausing nurture mail',
  resume: 'resuming nurture mail',
  tag: 'setting a tag',
  untag: 'removing a tag',
  task: "the rep's task",
  task_update: "a change of the rep's task",
  alert: 'an alert',
  bridge: 'the bridge email',
  final: 'the final marketing email',
};

/** What an effect is, in a few words: `the bridge email`, `the tag "future_handoff"`. */
export function effectNoun(effect: EffectKind, args?: EffectArgs): string {
  if (args?.effect === 'tag') return `setting the tag "${args.tag}"`;
  if (args?.effect === 'untag') return `removing the tag "${args.tag}"`;
  if (args?.effect === 'alert') return `an alert to ${args.to === 'managers' ? 'the managers' : 'the rep'}`;
  return EFFECTS[effect];
}

export interface ToldEffect {
  readonly effect: EffectKind;
  readonly args: EffectArgs;
  readonly state: string;
  readonly attempts: number;
}

/** Where an outward act stands. */
export function effectWords(effect: ToldEffect): string {
  const what = sentence(effectNoun(effect.effect, effect.args));
  const often = effect.attempts > 1 ? ` after ${effect.attempts} attempts` : '';
  switch (effect.state) {
    case 'sending':
      return `${what}: under way`;
    case 'confirmed':
      return `${what}: done${often}`;
    case 'unknown':
      return `${what}: nobody knows yet whether it happened`;
    case 'failed':
      return `${what}: failed${often}`;
    case 'skipped':
      return `${what}: no longer wanted`;
    default:
      return `${what}: ${effect.state}`;
  }
}
