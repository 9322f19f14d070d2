/** What a person asked for, as `step` reads it. */
import type { ActivityKind, DispositionKind } from '../domain/definition.js';
import type { CommandFact, CommandKind } from '../domain/lead-event.js';
import type { EventBody } from '../store/schema.js';
import type { LoggedEvent } from './subject.js';

const COMMAND_KINDS: Readonly<Record<CommandKind, true>> = {
  activity: true,
  disposition: true,
  handoff: true,
  reassign: true,
  judge: true,
  correct: true,
  retry_effect: true,
};
const ACTIVITIES: Readonly<Record<ActivityKind, true>> = {
  call: true,
  email: true,
  meeting: true,
  task_completed: true,
  note: true,
};
const DISPOSITIONS: Readonly<Record<DispositionKind, true>> = {
  converted: true,
  not_ready: true,
  unqualified: true,
  no_response: true,
  left_sales_mail: true,
};

/**
 * The command a row carries, or null when it is no command. Only ids and enumerated words pass: what a person typed
 * into such a field is left behind, because facts enter a workflow's history.
 */
export function commandFact(event: LoggedEvent): CommandFact | null {
  const command: EventBody['command'] = event.body.command;
  if (!command) return null;
  const kind = oneOf(COMMAND_KINDS, command.kind);
  const commandId = idOf(command.id);
  if (!kind || !commandId) return null;
  const activity = oneOf(ACTIVITIES, command.activity);
  const disposition = oneOf(DISPOSITIONS, command.disposition);
  const rep = idOf(command.rep);
  const by = idOf(command.by);
  const effectKey = idOf(command.effectKey);
  const followUpOn = matching(/^\d{4}-\d{2}-\d{2}$/, command.followUpOn);
  return {
    kind: 'command',
    seq: event.seq,
    commandId,
    command: kind,
    at: instantOf(command.at) ?? event.occurredAtMs,
    acceptedAt: event.acceptedAtMs,
    ...(isCount(command.handoff) && { handoff: command.handoff }),
    ...(activity && { activity }),
    ...(disposition && { disposition }),
    ...(followUpOn && { followUpOn }),
    ...(rep && { rep }),
    ...(by && { by }),
    ...(effectKey && { effectKey }),
    ...(isCount(command.target) && { target: command.target }),
  };
}

function oneOf<Word extends string>(words: Readonly<Record<Word, true>>, value: unknown): Word | undefined {
  return typeof value === 'string' && Object.hasOwn(words, value) ? (value as Word) : undefined;
}

/** Ids have no spaces and no `@`, so neither a name of two words nor an address gets through. */
function idOf(value: unknown): string | undefined {
  return matching(/^[\w/:.-]{1,200}$/, value);
}

function matching(pattern: RegExp, value: unknown): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function instantOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
