/** API keys as callers see them. */
import { z } from '@hono/zod-openapi';
import { type ApiKey, SCOPES } from '../../store/api-keys.js';
import { instant, text } from './common.js';

export const newKeySchema = z
  .strictObject({
    name: text(200).openapi({ description: 'What the key is for.' }),
    scopes: z
      .array(z.enum(SCOPES))
      .min(1)
      .max(SCOPES.length)
      .openapi({ description: '`admin` may do everything.' }),
    connectionId: text(100).optional().openapi({
      description:
        'The connection of a key that this one replaces: event ids are unique within a connection. A new one when left out.',
    }),
    expiresAt: instant.nullish(),
  })
  .openapi('NewKey');

export const keySchema = z
  .object({
    id: z.string(),
    prefix: z.string().openapi({ description: 'Part of the key, to tell keys apart by.' }),
    name: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    connectionId: z.string(),
    createdAt: z.string(),
    expiresAt: z.string().nullable(),
    revokedAt: z.string().nullable(),
    lastUsedAt: z.string().nullable().openapi({ description: 'To the minute.' }),
  })
  .openapi('Key');
export const madeKeySchema = keySchema
  .extend({ key: z.string().openapi({ description: 'The key itself. It is never shown again.' }) })
  .openapi('MadeKey');

/** A key's record in the form of the API. */
export function keyView(record: ApiKey): z.infer<typeof keySchema> {
  const { id, prefix, name, scopes, connectionId } = record;
  return {
    ...{ id, prefix, name, scopes: [...scopes], connectionId },
    createdAt: record.createdAt.toISOString(),
    expiresAt: record.expiresAt?.toISOString() ?? null,
    revokedAt: record.revokedAt?.toISOString() ?? null,
    lastUsedAt: record.lastUsedAt?.toISOString() ?? null,
  };
}
