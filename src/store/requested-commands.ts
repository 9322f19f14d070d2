/** Commands that come in over HTTP: recorded once, however often the request is repeated under its key. */

import { type CommandTicket, insertCommand, type NewCommand } from './commands.js';
import type { Db } from './database.js';
import { isUniqueViolation } from './sql.js';

export interface CommandRequest {
  readonly leadId: string;
  readonly command: NewCommand;
  readonly at?: Date;
  /** Names the event of the command, so that a repetition finds it; `hash` tells a repetition from another request. */
  readonly idempotency: { readonly connectionId: string; readonly key: string; readonly hash: string } | null;
  /** What is written together with a command that is new. */
  readonly also?: (trx: Db, ticket: CommandTicket) => Promise<void>;
}

export type Recorded =
  | { readonly status: 'recorded' | 'repeated'; readonly commandId: string }
  /** The key belongs to another request. */
  | { readonly status: 'conflict' }
  | { readonly status: 'no_lead' };

/** Commits a command to the log, unless the request was made before. The courier is to be nudged by the caller. */
export async function recordCommand(db: Db, request: CommandRequest): Promise<Recorded> {
  try {
    return await db.transaction().execute((trx) => record(trx, request));
  } catch (error) {
    // Somebody used the same key for another lead in the same moment.
    if (request.idempotency && isUniqueViolation(error)) return { status: 'conflict' };
    throw error;
  }
}

async function record(trx: Db, request: CommandRequest): Promise<Recorded> {
  const { leadId, command, at, idempotency, also } = request;
  // Of two requests with one key the second waits here, and then sees what the first has written.
  const stream = await trx
    .selectFrom('lead_stream')
    .select('lead_id')
    .where('lead_id', '=', leadId)
    .forUpdate()
    .executeTakeFirst();
  if (!stream) return { status: 'no_lead' };
  if (idempotency) {
    const known = await trx
      .selectFrom('events')
      .select(['body_hash', 'body'])
      .where('connection_id', '=', idempotency.connectionId)
      .where('event_id', '=', eventIdOf(idempotency.key))
      .executeTakeFirst();
    const commandId = known?.body.command?.id;
    if (known && (known.body_hash !== idempotency.hash || commandId === undefined))
      return { status: 'conflict' };
    if (commandId !== undefined) return { status: 'repeated', commandId };
  }
  const ticket = await insertCommand(trx, { leadId, command, ...(at && { at }) });
  if (!ticket) return { status: 'no_lead' };
  if (idempotency) {
    await trx
      .updateTable('events')
      .set({
        connection_id: idempotency.connectionId,
        event_id: eventIdOf(idempotency.key),
        body_hash: idempotency.hash,
      })
      .where('connection_id', '=', 'baton')
      .where('event_id', '=', ticket.commandId)
      .execute();
  }
  await also?.(trx, ticket);
  return { status: 'recorded', commandId: ticket.commandId };
}

/** A sender's own event ids are in the same connection, and are not keys of requests. */
function eventIdOf(key: string): string {
  return `idempotency-key:${key}`;
}
