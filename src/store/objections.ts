/** What leads objected to, in the reps' words: what marketing writes against. */
import type { Db } from './database.js';

export interface HeardObjection {
  /** The disposition that carried it; an objection is heard once per command. */
  readonly commandId: string;
  readonly leadId: string;
  readonly handoff: number;
  readonly source: string | null;
  readonly text: string;
  /** Random id of the rep, or of the API key. */
  readonly by: string;
}

/** Adds an objection, once per command. */
export async function addObjection(trx: Db, heard: HeardObjection): Promise<void> {
  const { commandId, leadId, handoff, source, text, by } = heard;
  await trx
    .insertInto('objections')
    .values({ id: commandId, lead_id: leadId, handoff, source, text, by })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** Takes an objection back whose disposition was refused. */
export async function dropObjection(db: Db, commandId: string): Promise<void> {
  await db.deleteFrom('objections').where('id', '=', commandId).execute();
}
