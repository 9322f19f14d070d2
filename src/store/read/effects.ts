/** The effect ledger as people look at it. */
import type { Selectable } from 'kysely';
import type { EffectArgs, EffectKind } from '../../domain/decision.js';
import type { Db } from '../database.js';
import type { Database, LedgerState } from '../schema.js';
import { instantOfMicros, microsOf } from './keyset.js';

export interface EffectSummary {
  readonly key: string;
  readonly leadId: string;
  readonly handoff: number | null;
  readonly effect: EffectKind;
  readonly args: EffectArgs;
  readonly state: LedgerState;
  readonly attempts: number;
  readonly reference: string | null;
  /** What the other side said, else the code of the fault. */
  readonly error: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const effectColumns = [
  'e.key',
  'e.lead_id',
  'e.handoff',
  'e.effect',
  'e.args',
  'e.state',
  'e.attempts',
  'e.reference',
  'e.error',
  'e.code',
  'e.created_at',
  'e.updated_at',
] as const;

type EffectRow = Pick<
  Selectable<Database['effects']>,
  | 'key'
  | 'lead_id'
  | 'handoff'
  | 'effect'
  | 'args'
  | 'state'
  | 'attempts'
  | 'reference'
  | 'error'
  | 'code'
  | 'created_at'
  | 'updated_at'
>;

export function effectSummary(row: EffectRow): EffectSummary {
  const { key, handoff, effect, args, state, attempts, reference } = row;
  return {
    ...{ key, handoff, effect, args, state, attempts, reference },
    leadId: row.lead_id,
    error: row.error ?? row.code,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export type EffectCursor = readonly [createdMicros: number, key: string];

/** A lead's effects, newest first. */
export async function listEffects(
  db: Db,
  leadId: string,
  page: { readonly after: EffectCursor | null; readonly limit: number },
): Promise<(EffectSummary & { readonly createdMicros: number })[]> {
  const { after, limit } = page;
  const rows = await db
    .selectFrom('effects as e')
    .select(effectColumns)
    .select(microsOf('e.created_at').as('created_micros'))
    .where('e.lead_id', '=', leadId)
    .$if(after !== null, (query) =>
      query.where((eb) => {
        const [micros, key] = after ?? [0, ''];
        const at = instantOfMicros(micros);
        return eb.or([
          eb('e.created_at', '<', at),
          eb.and([eb('e.created_at', '=', at), eb('e.key', '>', key)]),
        ]);
      }),
    )
    .orderBy('e.created_at', 'desc')
    .orderBy('e.key')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...effectSummary(row), createdMicros: row.created_micros }));
}

/** One effect by its key, or null. */
export async function findEffect(db: Db, key: string): Promise<EffectSummary | null> {
  const row = await db
    .selectFrom('effects as e')
    .innerJoin('leads as l', 'l.id', 'e.lead_id')
    .select(effectColumns)
    .where('e.key', '=', key)
    .where('l.erased_at', 'is', null)
    .executeTakeFirst();
  return row ? effectSummary(row) : null;
}
