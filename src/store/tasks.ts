/** Tasks of the built-in CRM: what a rep sees in the inbox. */
import { sql } from 'kysely';
import type { Db } from './database.js';
import { newId } from './ids.js';

export interface NewTask {
  readonly effectKey: string;
  readonly leadId: string;
  readonly handoff: number;
  readonly repId: string | null;
  readonly title: string;
  readonly dueAtMs: number;
}

/** Makes a task, once per effect key; answers its id either way. */
export async function createTask(db: Db, task: NewTask): Promise<string> {
  const made = await db
    .insertInto('tasks')
    .values({
      id: newId(),
      effect_key: task.effectKey,
      lead_id: task.leadId,
      handoff: task.handoff,
      rep_id: task.repId,
      title: task.title,
      due_at: new Date(task.dueAtMs),
    })
    // An update that changes nothing, because `do nothing` answers no row.
    .onConflict((conflict) =>
      conflict.column('effect_key').doUpdateSet((eb) => ({ effect_key: eb.ref('excluded.effect_key') })),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  return made.id;
}

/** What may change about a task; what is absent stays. */
export interface TaskChange {
  readonly state?: 'open' | 'done' | 'missed' | 'cancelled';
  readonly repId?: string | null;
  readonly dueAtMs?: number;
}

/** Changes the task of an effect key; answers its id, or null when there is none. */
export async function changeTask(db: Db, effectKey: string, change: TaskChange): Promise<string | null> {
  const changed = await db
    .updateTable('tasks')
    .set({
      effect_key: effectKey,
      ...(change.state !== undefined && {
        state: change.state,
        closed_at: change.state === 'open' ? null : sql<Date>`coalesce(closed_at, clock_timestamp())`,
      }),
      ...(change.repId !== undefined && { rep_id: change.repId }),
      ...(change.dueAtMs !== undefined && { due_at: new Date(change.dueAtMs) }),
    })
    .where('effect_key', '=', effectKey)
    .returning('id')
    .executeTakeFirst();
  return changed?.id ?? null;
}
