/** The built-in CRM's tasks: a rep's inbox. */
import type { Selectable } from 'kysely';
import type { Db } from '../database.js';
import type { Database } from '../schema.js';
import { instantOfMicros, microsOf } from './keyset.js';

export type TaskItem = Selectable<Database['tasks']> & {
  readonly rep_handle: string | null;
  readonly rep_name: string | null;
  readonly due_micros: number;
};

export interface TaskFilter {
  /** Random id of a rep. */
  readonly repId?: string;
  readonly state?: 'open' | 'done' | 'missed' | 'cancelled';
  readonly leadId?: string;
}

export type TaskCursor = readonly [dueMicros: number, id: string];

/** Tasks, the soonest due first. */
export async function listTasks(
  db: Db,
  filter: TaskFilter,
  page: { readonly after: TaskCursor | null; readonly limit: number },
): Promise<TaskItem[]> {
  const { repId, state, leadId } = filter;
  let query = db
    .selectFrom('tasks as t')
    .leftJoin('reps as r', 'r.id', 't.rep_id')
    .selectAll('t')
    .select(['r.handle as rep_handle', 'r.name as rep_name'])
    .select(microsOf('t.due_at').as('due_micros'));
  if (repId !== undefined) query = query.where('t.rep_id', '=', repId);
  if (state !== undefined) query = query.where('t.state', '=', state);
  if (leadId !== undefined) query = query.where('t.lead_id', '=', leadId);
  if (page.after) {
    const [micros, id] = page.after;
    const at = instantOfMicros(micros);
    query = query.where((eb) =>
      eb.or([eb('t.due_at', '>', at), eb.and([eb('t.due_at', '=', at), eb('t.id', '>', id)])]),
    );
  }
  return query.orderBy('t.due_at').orderBy('t.id').limit(page.limit).execute();
}
