/** The log's entries of a timeline: an event, or what a person asked for, with the data beside its words. */
import { contentOf, linkAddress, resourceName } from '../definition/content.js';
import type { Decision } from '../domain/decision.js';
import { effectOfKey, type Tongue } from '../domain/decision-words.js';
import type { SourcePolicy } from '../domain/definition.js';
import type { EventMark } from '../domain/event-marks.js';
import type { CommandKind } from '../domain/lead-event.js';
import { commandWords, eventWords, type ToldEvent } from '../domain/timeline-words.js';
import type { TimelineEvent } from '../store/read/timeline.js';

interface Told {
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event of the log in words and data. */
export function eventText(event: TimelineEvent, mark: EventMark, policy: SourcePolicy, tongue: Tongue): Told {
  const { eventId, seq, type } = event;
  const acceptedAt = event.acceptedAt.toISOString();
  const { command } = event.body;
  if (command) {
    const data = { eventId, seq, type, acceptedAt, commandId: command.id, said: event.said };
    return { text: publishText(event) ?? commandText(command, tongue), data };
  }
  const { properties = {}, source } = event.body;
  const data = {
    ...{ eventId, seq, type, acceptedAt, properties, backfill: event.backfill, label: event.label },
    ...(source && { source }),
    counted: mark.as === 'counted',
    machine: mark.as === 'machine' ? mark.rule : null,
  };
  return { text: eventWords(toldEvent(event, mark, policy), policy.machines), data };
}

function toldEvent(event: TimelineEvent, mark: EventMark, policy: SourcePolicy): ToldEvent {
  const { type, body } = event;
  const properties = body.properties ?? {};
  const link = linkAddress(properties.url ?? properties.path);
  const resource = resourceName(type, properties, link);
  const content = contentOf(policy.content, { link, resource });
  const named = text(properties.title) ?? text(properties.form);
  const fallback = type === 'content.downloaded' || type.startsWith('webinar.') ? resource : null;
  const { emailId, traits } = properties;
  return {
    type,
    mail: typeof emailId === 'number' ? String(emailId) : text(emailId),
    title: content?.title ?? named ?? fallback,
    titleFrom: content?.title === undefined ? 'sender' : 'definition',
    path: link?.path ?? null,
    contentKind: content?.kind ?? null,
    product: text(properties.product),
    reply: text(properties.classification),
    stream: text(properties.stream),
    bounce: text(properties.bounceType),
    traits: typeof traits === 'object' && traits !== null ? Object.keys(traits) : [],
    source: text(body.source?.name),
    mark,
    backfill: event.backfill,
    anonymous: event.anonymous,
    confirmed: event.label === 'human',
  };
}

type Command = NonNullable<TimelineEvent['body']['command']>;

const KINDS: readonly string[] = [
  'activity',
  'disposition',
  'handoff',
  'reassign',
  'judge',
  'correct',
  'retry_effect',
] satisfies CommandKind[];

function commandText(command: Command, tongue: Tongue): string {
  if (!isKind(command.kind)) return 'Somebody asked for something';
  const by = text(command.by);
  const rep = text(command.rep);
  const effectKey = text(command.effectKey);
  return commandWords({
    kind: command.kind,
    who: by === 'crm' ? 'The CRM' : ((by && tongue.name(by)) ?? 'Somebody'),
    handoff: count(command.handoff),
    activity: text(command.activity),
    disposition: text(command.disposition),
    followUpOn: text(command.followUpOn),
    rep: rep && tongue.name(rep),
    effect: effectKey && effectOfKey(effectKey),
    target: count(command.target),
  });
}

/** What the sweep after a publish asks for; nobody did. Null for everything else. */
function publishText({ type, said }: TimelineEvent): string | null {
  const version = type === 'command.judge' ? count(said?.definition) : null;
  return version === null
    ? null
    : `Version ${version} of the handoff definition was published: the lead is judged by it`;
}

function isKind(kind: string): kind is CommandKind {
  return KINDS.includes(kind);
}

/** The random ids that an event's words speak of. */
export function eventIds({ body }: TimelineEvent): string[] {
  return [body.command?.by, body.command?.rep].flatMap((id) => text(id) ?? []);
}

/** The random ids that a decision's words speak of. */
export function decisionIds(decision: Decision): string[] {
  switch (decision.kind) {
    case 'prepared':
      return present(decision.rep);
    case 'activity':
    case 'complete':
      return present(decision.by);
    case 'reassign':
      return present(decision.from, decision.to, decision.by);
    case 'perform':
      return 'rep' in decision.effect.args ? present(decision.effect.args.rep) : [];
    default:
      return [];
  }
}

function present(...ids: readonly (string | null | undefined)[]): string[] {
  return ids.flatMap((id) => id ?? []);
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

function count(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
