/** The question whether a mail may go out now, and its answer. */
import { z } from '@hono/zod-openapi';
import type { SendableAnswer } from '../../insight/sendable.js';
import { email } from './common.js';

const EMAILS_MAX = 1_000;

export const stream = z.enum(['marketing', 'newsletter', 'sales']);

export const sendableQuery = z.object({ stream });
export const sendableBody = z
  .strictObject({ emails: z.array(email).min(1).max(EMAILS_MAX), stream })
  .openapi('SendableQuestion');

export const sendableSchema = z
  .object({
    email: z.string().nullable(),
    stream,
    allowed: z.boolean(),
    reason: z.string().openapi({ description: 'Why, or why not, in words.' }),
  })
  .openapi('Sendable');
export const sendablesSchema = z.object({ items: z.array(sendableSchema), nextCursor: z.null() });

export function sendableView(
  { email: address, allowed, reason }: SendableAnswer,
  asked: z.infer<typeof stream>,
): z.infer<typeof sendableSchema> {
  return { email: address, stream: asked, allowed, reason };
}
