/** The whole installation in numbers, as operators see it. */
import { z } from '@hono/zod-openapi';

const counts = z.record(z.string(), z.number().int());

export const systemSchema = z
  .object({
    leads: z.object({
      total: z.number().int(),
      byStage: counts.openapi({ description: 'Of the leads whose workflow has written something.' }),
      byEngine: counts.openapi({ description: 'By the engine version that decided last.' }),
      needingAttention: z.number().int(),
    }),
    events: z.number().int(),
    handoffs: z.object({ awaiting: z.number().int(), working: z.number().int() }),
    effects: z.object({ failed: z.number().int(), unknown: z.number().int() }),
    courier: z.object({
      state: z.enum(['running', 'stopped', 'elsewhere']),
      leadsWaiting: z.number().int(),
      lagMs: z
        .number()
        .int()
        .openapi({ description: 'How long the lead that has waited longest has waited.' }),
    }),
    pendingCommands: z.number().int(),
    definition: z.object({ number: z.number().int(), name: z.string(), publishedAt: z.string() }),
    versions: z.object({ baton: z.string(), node: z.string() }),
  })
  .openapi('System');
