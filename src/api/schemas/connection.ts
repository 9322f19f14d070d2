/** Connections as callers see them: what is set, never the secrets themselves. */
import { z } from '@hono/zod-openapi';
import type { Connection, StoredSecrets } from '../../store/connections.js';
import { isSafeText } from '../safe-text.js';
import { SENDERS } from '../webhooks/senders.js';
import { handle, text } from './common.js';

const secretName = z.string().regex(/^[A-Za-z]{1,40}$/, 'is not the name of a secret');
const secretText = z
  .string()
  .trim()
  .min(1)
  .max(4_000)
  .refine(isSafeText, 'holds a NUL or half of a surrogate pair; remove it');
const settings = z
  .record(z.string().max(100), z.unknown())
  .openapi({ description: 'Depends on the kind; see docs/connectors.md.' });

const kind = z.enum(SENDERS.map((sender) => sender.kind));

export const newConnectionSchema = z
  .strictObject({
    id: handle.openapi({
      description: 'Your name for it. It stands in the address of its webhooks and cannot be changed.',
    }),
    kind,
    title: text(200).optional(),
    settings: settings.default({}),
    secrets: z.record(secretName, secretText).default({}).openapi({
      description: 'By name; which a kind needs is told when one is missing. They are never shown again.',
    }),
    active: z.boolean().default(true),
  })
  .openapi('NewConnection');

export const connectionPatchSchema = z
  .strictObject({
    title: text(200).optional(),
    settings: settings.optional().openapi({ description: 'Replaces all settings.' }),
    secrets: z
      .record(secretName, secretText.nullable())
      .optional()
      .openapi({ description: 'Replaces these at once, without grace; null takes one away.' }),
    active: z.boolean().optional(),
  })
  .openapi('ConnectionPatch');

const GRACE_DEFAULT_S = 86_400;
export const rotationSchema = z
  .strictObject({
    secrets: z
      .record(secretName, secretText)
      .refine((secrets) => Object.keys(secrets).length > 0, 'names no secret'),
    graceSeconds: z
      .number()
      .int()
      .min(0)
      .max(30 * 86_400)
      .default(GRACE_DEFAULT_S)
      .openapi({ description: 'How long the value before still holds.' }),
  })
  .openapi('ConnectionRotation');

export const connectionSchema = z
  .object({
    id: z.string(),
    kind: z.string(),
    title: z.string(),
    settings: z.record(z.string(), z.unknown()),
    active: z.boolean(),
    webhookUrl: z.string().openapi({ description: 'The address to enter on the platform.' }),
    secrets: z
      .record(z.string(), z.object({ set: z.boolean(), formerHoldsUntil: z.string().nullable() }))
      .openapi({
        description: 'Which secrets are set, and until when the value before a rotation still holds.',
      }),
    secretsReadable: z
      .boolean()
      .openapi({ description: 'False when this gateway lacks the key that sealed them.' }),
    createdAt: z.string(),
    updatedAt: z.string(),
    lastReceivedAt: z.string().nullable().openapi({ description: 'To the minute.' }),
  })
  .openapi('Connection');

export const connectionTestSchema = z
  .object({
    works: z.boolean().openapi({ description: 'False when a check found something missing.' }),
    checks: z.array(
      z.object({
        state: z.enum(['works', 'missing', 'unknown']).openapi({
          description: '`unknown`: it cannot be known until the platform sends something.',
        }),
        text: z.string(),
      }),
    ),
  })
  .openapi('ConnectionTest');
export type ConnectionTest = z.infer<typeof connectionTestSchema>;

/** A connection in the form of the API. `opened` is null when the secrets cannot be read. */
export function connectionView(
  connection: Connection,
  opened: StoredSecrets | null,
  webhookUrl: string,
): z.infer<typeof connectionSchema> {
  const { id, kind, title, active } = connection;
  const secrets = Object.entries(opened ?? {}).map(([name, values]) => {
    const until = values.find((value) => value.until !== null)?.until ?? null;
    return [
      name,
      { set: values.length > 0, formerHoldsUntil: until === null ? null : new Date(until).toISOString() },
    ];
  });
  return {
    ...{ id, kind, title, active, webhookUrl },
    settings: { ...connection.settings },
    secrets: Object.fromEntries(secrets),
    secretsReadable: opened !== null,
    createdAt: connection.createdAt.toISOString(),
    updatedAt: connection.updatedAt.toISOString(),
    lastReceivedAt: connection.lastReceivedAt?.toISOString() ?? null,
  };
}
