/** Mails, alerts and tasks as callers see them. */
import { z } from '@hono/zod-openapi';
import type { OutboxItem } from '../../store/read/outbox.js';
import type { TaskItem } from '../../store/read/tasks.js';
import { pageQuery } from '../paging.js';
import { handle, text } from './common.js';
import { iso, personSchema } from './lead.js';

export const outboxQuery = pageQuery.extend({
  kind: z.enum(['mail', 'alert']).optional(),
  lead: text(100).optional().openapi({ description: 'The id of a lead.' }),
  rep: handle.optional().openapi({ description: 'The id of the rep whom an alert is for.' }),
});

export const sentSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['mail', 'alert']),
    leadId: z.string(),
    handoff: z.number().int().nullable(),
    rep: personSchema.nullable(),
    audience: z.string().nullable(),
    reason: z.string().nullable(),
    to: z.string().nullable(),
    subject: z.string().nullable(),
    text: z.string(),
    messageId: z.string().nullable(),
    via: z.enum(['smtp', 'outbox']).openapi({ description: '`outbox`: it stays here for somebody to read.' }),
    repeated: z.boolean().openapi({ description: 'It may have arrived before.' }),
    effectKey: z.string(),
    at: z.string(),
  })
  .openapi('Sent');

export function sentView(item: OutboxItem): z.infer<typeof sentSchema> {
  const { id, kind, handoff, audience, reason, subject, text: words, via, repeated } = item;
  return {
    ...{ id, kind, handoff, audience, reason, subject, via, repeated },
    leadId: item.lead_id,
    rep: repOf(item),
    to: item.recipient,
    text: words,
    messageId: item.message_id,
    effectKey: item.effect_key,
    at: item.created_at.toISOString(),
  };
}

export const taskQuery = pageQuery.extend({
  rep: handle.optional().openapi({ description: 'The id of a rep.' }),
  lead: text(100).optional().openapi({ description: 'The id of a lead.' }),
  state: z.enum(['open', 'done', 'missed', 'cancelled']).optional(),
});

export const taskSchema = z
  .object({
    id: z.string(),
    leadId: z.string(),
    handoff: z.number().int(),
    rep: personSchema.nullable(),
    title: z.string(),
    state: z.enum(['open', 'done', 'missed', 'cancelled']),
    dueAt: z.string(),
    createdAt: z.string(),
    closedAt: z.string().nullable(),
  })
  .openapi('Task');

export function taskView(item: TaskItem): z.infer<typeof taskSchema> {
  const { id, handoff, title, state } = item;
  return {
    ...{ id, handoff, title, state },
    leadId: item.lead_id,
    rep: repOf(item),
    dueAt: item.due_at.toISOString(),
    createdAt: item.created_at.toISOString(),
    closedAt: iso(item.closed_at),
  };
}

function repOf({ rep_handle, rep_name }: Pick<TaskItem, 'rep_handle' | 'rep_name'>) {
  return rep_handle === null ? null : { id: rep_handle, name: rep_name ?? rep_handle };
}
