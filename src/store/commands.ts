/** What people ask for: committed to the log first, as an event of its lead, and kept with its words in `commands`. */
import { sql } from 'kysely';
import type { ActivityKind, DispositionKind } from '../domain/definition.js';
import type { CommandKind } from '../domain/lead-event.js';
import type { Db } from './database.js';
import { type EventRow, insertEventRows } from './event-rows.js';
import { newId } from './ids.js';
import { markReady } from './ready.js';
import type { EventBody } from './schema.js';
import { json } from './sql.js';

/** A command before it has an id. Ids only, except in `words`: everything else goes into the log and on to Temporal. */
export interface NewCommand {
  readonly kind: CommandKind;
  /** The handoff it speaks of, where it speaks of one. */
  readonly handoff?: number;
  readonly activity?: ActivityKind;
  readonly disposition?: DispositionKind;
  /** ISO date. */
  readonly followUpOn?: string;
  /** Random id of a rep. */
  readonly rep?: string;
  readonly effectKey?: string;
  /** The corrected event's number, and what it is from now on. */
  readonly target?: number;
  readonly label?: 'machine' | 'human';
  /** Who asks: a rep's handle or id, where the caller names one. Any other name is kept with the words only. */
  readonly by?: string;
  /** Random id of the API key, or a fixed word such as `crm`, that stands in where no rep is named. */
  readonly actor: string;
  /** The command as it was sent, with its free text (reason, note, objection). It never leaves Postgres. */
  readonly words: Readonly<Record<string, unknown>>;
}

export interface CommandTicket {
  readonly commandId: string;
  readonly leadId: string;
}

export interface PreparedCommand {
  readonly id: string;
  readonly kind: CommandKind;
  readonly handoff: number | null;
  readonly by: string;
  readonly words: NewCommand['words'];
  readonly body: NonNullable<EventBody['command']>;
}

/** The name of a command's row in the event log. */
export function commandEventType(kind: CommandKind): string {
  return kind === 'activity' || kind === 'disposition' ? `sales.${kind}` : `command.${kind}`;
}

/** Gives commands their ids and turns the names of reps into ids. `at` is when each was done, by the caller's account. */
export async function prepareCommands(
  trx: Db,
  commands: readonly { readonly command: NewCommand; readonly at: Date }[],
): Promise<PreparedCommand[]> {
  if (commands.length === 0) return [];
  const names = commands.flatMap(({ command }) => command.by ?? []);
  const reps = new Map<string, string>();
  if (names.length > 0) {
    const rows = await trx
      .selectFrom('reps')
      .select(['id', 'handle'])
      .where((eb) => eb.or([eb('handle', 'in', names), eb('id', 'in', names)]))
      .execute();
    for (const { id, handle } of rows) reps.set(handle, id).set(id, id);
  }
  return commands.map(({ command: { kind, handoff, by: name, actor, words, ...facts }, at }) => {
    const id = newId();
    const by = (name !== undefined && reps.get(name)) || actor;
    const said = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
    const body = { id, kind, ...(handoff !== undefined && { handoff }), ...said, by, at: at.getTime() };
    return { id, kind, handoff: handoff ?? null, by, words, body };
  });
}

/** Writes the `commands` rows of prepared commands; their events are written by the caller. */
export async function insertCommandRows(
  trx: Db,
  commands: readonly (PreparedCommand & { readonly leadId: string })[],
): Promise<void> {
  if (commands.length === 0) return;
  await sql`
    insert into commands (id, lead_id, kind, handoff, body, by)
    select r.id, r."leadId", r.kind, r.handoff, r.words, r.by
    from jsonb_to_recordset(${json(commands)}::jsonb)
      as r(id text, "leadId" text, kind text, handoff integer, words jsonb, by text)`.execute(trx);
}

/**
 * Records one command for a lead that exists: its event in the log and its row in `commands`, and marks the lead urgent.
 * Run it in a transaction of its own; after the commit, nudge the courier and ask the gateway for the verdict.
 * @returns null when there is no such lead.
 */
export async function insertCommand(
  trx: Db,
  request: { readonly leadId: string; readonly command: NewCommand; readonly at?: Date },
): Promise<CommandTicket | null> {
  const { leadId, command } = request;
  const acceptedAt = (await markReady(trx, [{ leadId, urgent: true, isNew: false }])).get(leadId);
  if (!acceptedAt) return null;
  const at = request.at ?? acceptedAt;
  const [prepared] = await prepareCommands(trx, [{ command, at }]);
  if (!prepared) return null;
  const row: EventRow = {
    connectionId: 'baton',
    eventId: prepared.id,
    bodyHash: prepared.id,
    type: commandEventType(command.kind),
    leadId,
    visitor: null,
    acceptedAt,
    occurredAt: at,
    backfill: false,
    urgent: true,
    anonymous: false,
    importId: null,
    body: { command: prepared.body },
  };
  await insertEventRows(trx, [row]);
  await insertCommandRows(trx, [{ ...prepared, leadId }]);
  return { commandId: prepared.id, leadId };
}

/** Adds to what is kept of a command beside its words. Never leaves Postgres. */
export async function noteOnCommand(
  trx: Db,
  commandId: string,
  note: Readonly<Record<string, unknown>>,
): Promise<void> {
  await sql`update commands set body = body || ${json(note)}::jsonb where id = ${commandId}`.execute(trx);
}

/** Whether a person's word on what came of a handoff of this lead is in the log, and nothing is decided on it yet. */
export async function hasUndecidedDisposition(
  trx: Db,
  leadId: string,
  exceptCommandId: string,
): Promise<boolean> {
  const row = await trx
    .selectFrom('commands')
    .select('id')
    .where('lead_id', '=', leadId)
    .where('kind', '=', 'disposition')
    .where('verdict', 'is', null)
    .where('id', '<>', exceptCommandId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
