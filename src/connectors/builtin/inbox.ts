/** The built-in CRM: tasks in Baton's own inbox. Sales activity is logged in Baton itself, so there is nobody else to ask. */
import type { Db } from '../../store/database.js';
import { changeTask, createTask } from '../../store/tasks.js';
import { ConnectorError, type CrmPort, type CrmTaskChange } from '../ports.js';
import { databaseCall } from './database-call.js';

const STATE_AFTER = {
  done: 'done',
  missed: 'missed',
  cancelled: 'cancelled',
  reopened: 'open',
} as const satisfies Partial<Record<CrmTaskChange['change'], string>>;

/** Opens the built-in CRM on the database. */
export function inboxCrm(db: Db): CrmPort {
  return {
    name: 'inbox',
    createsOnce: true,
    indexLagMs: 0,
    createTask: (task) =>
      databaseCall(async () => ({
        reference: await createTask(db, {
          effectKey: task.externalKey,
          leadId: task.person.leadId,
          handoff: task.handoff,
          repId: task.assignee?.repId ?? null,
          title: task.title,
          dueAtMs: task.dueAtMs,
        }),
      })),
    findTask: async () => null,
    updateTask: (change) =>
      databaseCall(async () => {
        const state =
          change.change in STATE_AFTER ? STATE_AFTER[change.change as keyof typeof STATE_AFTER] : undefined;
        const reference = await changeTask(db, change.externalKey, {
          ...(state && { state }),
          ...(change.assignee !== undefined && { repId: change.assignee?.repId ?? null }),
          ...(change.dueAtMs !== undefined && { dueAtMs: change.dueAtMs }),
        });
        if (reference === null)
          throw new ConnectorError('not_found', 'No task has this key.', { permanent: true });
        return { reference };
      }),
    findActivity: async () => [],
  };
}
