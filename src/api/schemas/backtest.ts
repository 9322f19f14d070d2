/** Backtests as callers ask for them and see them. */
import { z } from '@hono/zod-openapi';
import { localDate } from '../../definition/local-date.js';
import type { BacktestExample } from '../../insight/backtest/result.js';
import { exampleWords, summaryWords } from '../../insight/backtest/words.js';
import type { Backtest } from '../../insight/backtest-service.js';
import type { StoredBacktest, StoredSide } from '../../store/backtests.js';
import { day, instant, text } from './common.js';

const DOCUMENT_CHARACTERS_MAX = 262_144;
const SOURCES_MAX = 200;

const documentSchema = z.strictObject({
  document: text(DOCUMENT_CHARACTERS_MAX).openapi({ description: 'The whole document, as YAML.' }),
  name: text(200).optional().openapi({ description: 'What to call it, such as the name of its file.' }),
});
const side = z.union([z.number().int().min(1).max(999_999_999), text(100), documentSchema]);
const moment = z
  .string()
  .max(40)
  .refine(
    (value) => day.safeParse(value).success || instant.safeParse(value).success,
    'is neither a date such as 2026-01-31 nor a time such as 2026-01-31T08:00:00Z, in the years 1970 to 2100',
  );

export const backtestAskSchema = z
  .strictObject({
    before: side.default('current').openapi({
      description: 'A version’s number, `current`, the id of a draft, or `{ "document": … }`.',
    }),
    after: side.openapi({ description: 'What is tried, named the same way.', example: 'd_1a2b3c' }),
    from: moment.optional().openapi({
      description:
        'A time, or a date in the team’s time zone: its beginning. 90 days before the end when left out.',
    }),
    to: moment.optional().openapi({
      description:
        'A time, or a date in the team’s time zone: that day counts. Now when left out, or in the future.',
    }),
    sources: z.array(text(100)).min(1).max(SOURCES_MAX).optional().openapi({
      description:
        'Only leads of these sources; `default` is every source that neither version names, and none.',
    }),
  })
  .openapi('BacktestToRun');
export type BacktestAsk = z.infer<typeof backtestAskSchema>;
export type AskedSide = BacktestAsk['after'];

const changes = ['gained', 'lost', 'earlier', 'later', 'changed'] as const;
export const examplesQuery = z.object({
  change: z.enum(changes).optional(),
  source: text(100).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const number = z.number();
const counts = {
  before: number,
  after: number,
  same: number,
  gained: number,
  lost: number,
  earlier: number,
  later: number,
  changed: number,
};
const spread = z.object({ median: number, lowerQuartile: number, upperQuartile: number }).nullable();
const dayLoad = z.object({
  handoffs: number,
  perDay: number,
  busiest: z.object({ on: z.string(), handoffs: number }).nullable(),
});
const triggerKind = z.enum(['action', 'score', 'time', 'manual', 'follow_up']);
const outcome = z.enum([
  ...(['converted', 'customer', 'not_ready', 'no_response', 'left_sales_mail'] as const),
  ...(['unqualified', 'sla_lapsed', 'merged', 'erased', 'open', 'none'] as const),
]);
const brief = z
  .object({
    number,
    at: z.string(),
    trigger: triggerKind,
    triggerId: z.string(),
    intent: z.enum(['high', 'warm']),
    score: number,
    rep: z.string().nullable(),
    slaDueAt: z.string().nullable(),
  })
  .nullable();
const example = {
  change: z.enum(changes),
  leadId: z.string(),
  source: z.string(),
  before: brief,
  after: brief,
  outcome,
};
const sideOf = z.object({
  label: z.string(),
  ref: z.object({ number, hash: z.string() }),
  name: z.string(),
});
const resultSchema = z
  .object({
    format: z.literal(1),
    before: sideOf,
    after: sideOf,
    period: z.object({ from: z.string(), to: z.string(), timeZone: z.string(), businessDays: number }),
    leads: number,
    events: number,
    totals: z.object(counts),
    shift: z.object({ earlier: spread, later: spread }).openapi({ description: 'In days.' }),
    bySource: z.array(z.object({ ...counts, source: z.string(), title: z.string() })).readonly(),
    byWeek: z.array(z.object({ ...counts, week: z.string() })).readonly(),
    byTrigger: z
      .array(z.object({ kind: triggerKind, id: z.string(), before: number, after: number }))
      .readonly(),
    byOutcome: z.array(z.object({ ...counts, outcome })).readonly(),
    load: z.object({
      reps: z
        .array(
          z.object({
            rep: z.string().nullable(),
            name: z.string(),
            capacity: number.nullable(),
            before: dayLoad,
            after: dayLoad,
          }),
        )
        .readonly(),
      days: z.array(z.object({ on: z.string(), before: number, after: number })).readonly(),
    }),
    stages: z.array(z.object({ stage: z.string(), before: number, after: number })).readonly(),
    examples: z.array(z.object(example)).readonly(),
    notes: z.array(z.string()).readonly().openapi({ description: 'What a reader must know to trust it.' }),
    elapsedMs: number,
  })
  .openapi('BacktestResult');

const comparedSchema = z.object({
  label: z.string().openapi({ example: 'version 3 (live)' }),
  named: z.string().nullable().openapi({
    description: 'The version’s number or the draft’s id; null for a document that came with the request.',
  }),
  number: number.openapi({ description: 'A draft’s is the one that publishing it would have given it.' }),
  hash: z.string(),
});
export const backtestSchema = z
  .object({
    id: z.string(),
    state: z.enum(['waiting', 'running', 'done', 'cancelled', 'failed']),
    before: comparedSchema,
    after: comparedSchema,
    from: z.string(),
    to: z.string(),
    timeZone: z.string(),
    sources: z.array(z.string()).readonly().nullable(),
    changes: z
      .array(z.string())
      .readonly()
      .openapi({ description: 'What changes from the first version to the second, in words.' }),
    progress: z.object({
      leads: number,
      leadsTotal: number,
      events: number,
      share: number.openapi({ description: '0 to 1.' }),
    }),
    error: z.string().nullable().openapi({ description: 'Why it failed, in words.' }),
    createdBy: z.string().nullable(),
    createdAt: z.string(),
    startedAt: z.string().nullable(),
    endedAt: z.string().nullable(),
  })
  .openapi('Backtest');
export const wholeBacktestSchema = backtestSchema
  .extend({
    waitingBefore: number.openapi({ description: 'How many wait before this one.' }),
    summary: z.array(z.string()).nullable().openapi({
      description: 'The result in a few sentences; null until it is done.',
    }),
    result: resultSchema.nullable(),
  })
  .openapi('WholeBacktest');

export const examplesSchema = z
  .object({
    items: z.array(z.object({ ...example, text: z.string() })),
    nextCursor: z.null(),
  })
  .openapi('BacktestExamples');

const walked = z.object({
  score: number.openapi({ description: 'Points at that moment.' }),
  decisions: z.array(z.string()).readonly(),
});
export const walkSchema = z
  .object({
    leadId: z.string(),
    before: z.string(),
    after: z.string(),
    head: z
      .object({ before: z.string(), after: z.string() })
      .openapi({ description: 'One sentence per version.' }),
    timeZone: z.string(),
    rows: z
      .array(
        z.object({
          at: z.string(),
          until: z.string().nullable().openapi({
            description: 'The end of a stretch in which neither version decided anything, told as one row.',
          }),
          events: number.openapi({ description: 'Events of the row; 0 where time alone brought something.' }),
          what: z.string(),
          machine: z.enum(['both', 'before', 'after']).nullable().openapi({
            description: 'Which of the versions holds the event for a machine’s.',
          }),
          before: walked,
          after: walked,
          differs: z.enum(['decisions', 'score']).nullable(),
          inPeriod: z.boolean(),
        }),
      )
      .readonly(),
    rowsLeftOut: number,
  })
  .openapi('BacktestWalk');

/** A backtest without its result, as lists show it. */
export function backtestView(one: StoredBacktest<unknown>): z.infer<typeof backtestSchema> {
  const { id, state, request, progress, error, createdBy } = one;
  const { from, to, timeZone, sources, changes: texts } = request;
  const { leads, leadsTotal } = progress;
  const share = state === 'done' ? 1 : leadsTotal === 0 ? 0 : Math.min(1, leads / leadsTotal);
  return {
    ...{ id, state, before: compared(request.before), after: compared(request.after) },
    ...{ from, to, timeZone, sources, changes: texts, error, createdBy },
    progress: { ...progress, share },
    createdAt: one.createdAt.toISOString(),
    startedAt: one.startedAt?.toISOString() ?? null,
    endedAt: one.endedAt?.toISOString() ?? null,
  };
}

export function wholeBacktestView(one: Backtest, waitingBefore: number): z.infer<typeof wholeBacktestSchema> {
  const { result } = one;
  return { ...backtestView(one), waitingBefore, result, summary: result && summaryWords(result) };
}

/** An example with its sentence, its dates in the team's time zone. */
export function exampleView(one: BacktestExample, timeZone: string) {
  return { ...one, text: exampleWords(one, (at) => localDate(Date.parse(at), timeZone)) };
}

const compared = ({ label, named, number: of, hash }: StoredSide) => ({ label, named, number: of, hash });
