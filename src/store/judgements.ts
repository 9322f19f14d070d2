/** Judgements that Baton itself asks for: of a released import's leads, and of those that a publish newly reaches. */
import { insertCommand } from './commands.js';
import type { Db } from './database.js';

export interface Judgement {
  /** Names it among everything Baton asks for itself, so that it is committed once for ever. */
  readonly name: string;
  readonly actor: 'import' | 'publish';
  readonly leadId: string;
  /** `handsOff` says that a handoff is expected, which takes up capacity until the verdict is there. */
  readonly words: Readonly<Record<string, unknown>> & { readonly handsOff: boolean };
}

/** Commits a judgement to the log, once. Several in a transaction come in the order of the leads' ids. */
export async function judgeOnce(trx: Db, { name, actor, leadId, words }: Judgement): Promise<void> {
  const known = await trx
    .selectFrom('events')
    .select('position')
    .where('connection_id', '=', 'baton')
    .where('event_id', '=', name)
    .executeTakeFirst();
  if (known) return;
  const stream = await trx
    .selectFrom('lead_stream')
    .select('urgent')
    .where('lead_id', '=', leadId)
    .forUpdate()
    .executeTakeFirst();
  const ticket = await insertCommand(trx, {
    leadId,
    command: { kind: 'judge', actor, words },
  });
  if (!ticket) return;
  await trx
    .updateTable('events')
    .set({ event_id: name, body_hash: name, urgent: false })
    .where('connection_id', '=', 'baton')
    .where('event_id', '=', ticket.commandId)
    .execute();
  // Thousands of these must not stand before what people do meanwhile.
  if (!stream?.urgent)
    await trx.updateTable('lead_stream').set({ urgent: false }).where('lead_id', '=', leadId).execute();
}
