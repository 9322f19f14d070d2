/** Sales activity that a CRM knew of and nobody logged here: it enters the log as a command, like any other. */
import type { ActivityKind } from '../domain/definition.js';
import { commandEventType, insertCommandRows, prepareCommands } from './commands.js';
import type { Db } from './database.js';
import { eventName, insertEventRows } from './event-rows.js';
import { lockStream } from './stream-delivery.js';

export interface CrmActivityNews {
  readonly leadId: string;
  readonly handoff: number;
  /** The CRM connector's name; with an activity's id it names the event for ever. */
  readonly connector: string;
  /** The instant it counts as accepted at, unless a later event of the lead has its number already. */
  readonly acceptedAtMs: number;
  readonly activities: readonly {
    readonly externalId: string;
    readonly kind: ActivityKind;
    readonly atMs: number;
    readonly repId: string | null;
  }[];
}

/** Appends the activities that the log does not have yet. Run it in a transaction; numbering is the reader's next step. */
export async function recordCrmActivity(trx: Db, news: CrmActivityNews): Promise<void> {
  await lockStream(trx, news.leadId);
  const commands = await prepareCommands(
    trx,
    news.activities.map(({ kind, atMs, repId }) => ({
      at: new Date(atMs),
      command: {
        kind: 'activity',
        handoff: news.handoff,
        activity: kind,
        ...(repId !== null && { by: repId }),
        actor: 'crm',
        words: { kind, from: news.connector },
      },
    })),
  );
  const connectionId = `crm:${news.connector}`;
  const pairs = news.activities.flatMap((activity, index) => {
    const command = commands[index];
    return command ? [{ activity, command, eventId: `${news.leadId}/${activity.externalId}` }] : [];
  });
  const written = await insertEventRows(
    trx,
    pairs.map(({ activity, command, eventId }) => ({
      connectionId,
      eventId,
      bodyHash: activity.externalId,
      type: commandEventType('activity'),
      leadId: news.leadId,
      visitor: null,
      acceptedAt: new Date(news.acceptedAtMs),
      occurredAt: new Date(activity.atMs),
      backfill: false,
      urgent: true,
      anonymous: false,
      importId: null,
      body: { command: command.body },
    })),
  );
  const fresh = pairs.filter(({ eventId }) => written.has(eventName(connectionId, eventId)));
  await insertCommandRows(
    trx,
    fresh.map(({ command }) => ({ ...command, leadId: news.leadId })),
  );
  if (fresh.length === 0) return;
  await trx
    .updateTable('lead_stream')
    .set({ ready: true, urgent: true })
    .where('lead_id', '=', news.leadId)
    .execute();
}
