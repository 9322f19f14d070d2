/** What the Segment-compatible addresses take and answer; for the documentation, because messages are read leniently. */
import { z } from '@hono/zod-openapi';

const anything = z.record(z.string(), z.unknown());

export const segmentMessageSchema = z
  .looseObject({
    type: z.enum(['track', 'identify', 'page', 'screen', 'group', 'alias']).optional(),
    messageId: z.string().optional().openapi({ description: 'A repetition of the same id changes nothing.' }),
    userId: z.string().optional(),
    anonymousId: z.string().optional(),
    previousId: z.string().optional().openapi({ description: 'Of an alias: who is now `userId`.' }),
    event: z.string().optional().openapi({ description: 'Of a track message: what happened.' }),
    name: z.string().optional(),
    properties: anything.optional(),
    traits: anything.optional(),
    context: anything.optional(),
    timestamp: z.string().optional(),
    originalTimestamp: z.string().optional(),
    sentAt: z.string().optional().openapi({ description: "The sender's clock; it corrects `timestamp`." }),
    writeKey: z.string().optional().openapi({ description: 'A key with the scope `ingest`.' }),
  })
  .openapi('SegmentMessage');

export const segmentBatchSchema = z
  .looseObject({
    batch: z.array(segmentMessageSchema),
    context: anything.optional(),
    sentAt: z.string().optional(),
    writeKey: z.string().optional(),
  })
  .openapi('SegmentBatch');

export const segmentAnswerSchema = z
  .object({
    success: z.literal(true),
    accepted: z.number().int(),
    duplicates: z.number().int(),
    ignored: z.number().int().openapi({ description: 'Messages that the mapping says to ignore.' }),
    rejected: z.array(
      z.object({
        index: z.number().int().openapi({ description: 'Which message of the batch, from 0.' }),
        id: z.string().nullable(),
        code: z.string(),
        message: z.string(),
        path: z.string(),
      }),
    ),
  })
  .openapi('SegmentAccepted');
export type SegmentAnswer = z.infer<typeof segmentAnswerSchema>;
