/**
 * The effect ledger: planned → sending → confirmed | failed | unknown | skipped. Every change names the state and
 * the fence it starts from, so of two attempts at one effect only one goes through. Ages are by the database's clock.
 */
import { type Selectable, sql } from 'kysely';
import type { EffectPlan } from '../domain/decision.js';
import type { FaultCode } from '../domain/lead-event.js';
import type { LeadState } from '../domain/state.js';
import type { Db } from './database.js';
import type { Database, LedgerState } from './schema.js';
import { json } from './sql.js';

export type LedgerRow = Pick<
  Selectable<Database['effects']>,
  'key' | 'state' | 'attempts' | 'unknowns' | 'fence' | 'reference' | 'code'
> & {
  /** Milliseconds since the last attempt began; null when there was none. */
  readonly ageMs: number | null;
};

/** An attempt's end, as far as it is known. */
export type Settlement =
  | { readonly state: 'confirmed'; readonly reference: string | null }
  | { readonly state: 'failed' | 'unknown'; readonly code: FaultCode; readonly error: string };

/** No provider's message is longer than this and still worth keeping. */
const ERROR_LENGTH_MAX = 4_000;

/** Notes effects that are going to be tried; one that is known already is left alone. */
export async function planEffects(db: Db, leadId: string, plans: readonly EffectPlan[]): Promise<void> {
  if (plans.length === 0) return;
  await db
    .insertInto('effects')
    .values(
      plans.map(({ key, handoff, args }) => ({
        key,
        lead_id: leadId,
        handoff,
        effect: args.effect,
        args: json(args),
      })),
    )
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
}

/** One effect's row, or null when it was never planned. */
export async function readEffect(db: Db, key: string): Promise<LedgerRow | null> {
  const row = await db
    .selectFrom('effects as e')
    .select(['e.key', 'e.state', 'e.attempts', 'e.unknowns', 'e.fence', 'e.reference', 'e.code'])
    .select(
      sql<
        number | null
      >`(extract(epoch from clock_timestamp() - e.sending_since) * 1000)::double precision`.as('ageMs'),
    )
    .where('e.key', '=', key)
    .executeTakeFirst();
  return row ?? null;
}

/** Whether a person asked for a retry after the effect's row last changed: only then is a mail of unknown fate sent again. */
export async function retryAsked(db: Db, leadId: string, key: string): Promise<boolean> {
  const row = await db
    .selectFrom('events as v')
    .select('v.position')
    .where('v.lead_id', '=', leadId)
    .where('v.seq', 'is not', null)
    .where('v.type', '=', 'command.retry_effect')
    .where(sql<boolean>`v.body -> 'command' ->> 'effectKey' = ${key}`)
    .where((eb) =>
      eb('v.accepted_at', '>', eb.selectFrom('effects as e').select('e.updated_at').where('e.key', '=', key)),
    )
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Takes an effect for one attempt. Answers false when the row is no longer as it was seen: another attempt has it.
 * `reference` is kept from now on, where it is known before the call (a Message-ID).
 */
export async function beginAttempt(
  db: Db,
  seen: Pick<LedgerRow, 'key' | 'state' | 'fence'>,
  attempt: { readonly fence: string; readonly reference: string | null },
): Promise<boolean> {
  const done = await changeFrom(db, seen)
    .set((eb) => ({
      state: 'sending',
      fence: attempt.fence,
      attempts: eb('attempts', '+', 1),
      // A row found `sending` belongs to a process that is gone: nobody knows what its attempt came to.
      ...(seen.state === 'sending' && { unknowns: eb('unknowns', '+', 1) }),
      sending_since: sql<Date>`clock_timestamp()`,
      ...(attempt.reference !== null && { reference: attempt.reference }),
    }))
    .executeTakeFirst();
  return done.numUpdatedRows > 0;
}

/** Writes how an attempt ended. Answers false when the attempt no longer holds the row. */
export async function settleAttempt(
  db: Db,
  key: string,
  fence: string,
  settlement: Settlement,
): Promise<boolean> {
  const done = await changeFrom(db, { key, state: 'sending', fence })
    .set((eb) =>
      settlement.state === 'confirmed'
        ? {
            state: 'confirmed',
            code: null,
            error: null,
            ...(settlement.reference !== null && { reference: settlement.reference }),
          }
        : {
            state: settlement.state,
            code: settlement.code,
            error: storable(settlement.error),
            ...(settlement.state === 'unknown' && { unknowns: eb('unknowns', '+', 1) }),
          },
    )
    .executeTakeFirst();
  return done.numUpdatedRows > 0;
}

/** Settles what no attempt holds: found on the other side, or not to be done. Answers false when it was changed meanwhile. */
export async function settleUnheld(
  db: Db,
  seen: Pick<LedgerRow, 'key' | 'state' | 'fence'>,
  as:
    | { readonly state: 'confirmed'; readonly reference: string | null }
    | { readonly state: 'skipped'; readonly code: FaultCode | null },
): Promise<boolean> {
  const done = await changeFrom(db, seen)
    .set(
      as.state === 'confirmed'
        ? { state: 'confirmed', reference: as.reference, code: null, error: null }
        : { state: 'skipped', code: as.code },
    )
    .executeTakeFirst();
  return done.numUpdatedRows > 0;
}

/**
 * Marks planned and failed effects as skipped that a state knew of and waits for no longer. One that is under way, or
 * whose fate is unknown, stays as it is; so does one that was planned after that state.
 */
export async function skipDropped(
  db: Db,
  leadId: string,
  state: Pick<LeadState, 'effects' | 'ordinals'>,
): Promise<void> {
  const idle = await db
    .selectFrom('effects')
    .select('key')
    .where('lead_id', '=', leadId)
    .where('state', 'in', ['planned', 'failed'])
    .execute();
  const wanted = new Set(state.effects.map(({ key }) => key));
  const dropped = idle
    .map(({ key }) => key)
    .filter((key) => !wanted.has(key) && isKnown(key, leadId, state.ordinals));
  if (dropped.length === 0) return;
  await db
    .updateTable('effects')
    .set({ state: 'skipped', updated_at: sql<Date>`clock_timestamp()` })
    .where('key', 'in', dropped)
    .where('state', 'in', ['planned', 'failed'])
    .execute();
}

/** Whether a state had handed out this key: `<lead>/<scope>/<effect>/<ordinal>`. */
function isKnown(key: string, leadId: string, ordinals: LeadState['ordinals']): boolean {
  const end = key.lastIndexOf('/');
  const counter = key.slice(leadId.length + 1, end);
  return Number(key.slice(end + 1)) <= (ordinals[counter] ?? 0);
}

/** The task effect of a handoff, if one was ever tried: what changes of that task refer to. */
export async function taskEffect(
  db: Db,
  leadId: string,
  handoff: number,
): Promise<{ key: string; state: LedgerState; reference: string | null } | null> {
  const row = await db
    .selectFrom('effects')
    .select(['key', 'state', 'reference'])
    .where('lead_id', '=', leadId)
    .where('handoff', '=', handoff)
    .where('effect', '=', 'task')
    .orderBy('created_at', 'desc')
    .orderBy('key', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

function changeFrom(db: Db, seen: Pick<LedgerRow, 'key' | 'state' | 'fence'>) {
  return db
    .updateTable('effects')
    .set({ updated_at: sql<Date>`clock_timestamp()` })
    .where('key', '=', seen.key)
    .where('state', '=', seen.state)
    .where('fence', seen.fence === null ? 'is' : '=', seen.fence);
}

/** What Postgres refuses in text (NUL) is left out, and no provider may fill the table with one message. */
function storable(text: string): string {
  return text.replaceAll('\u0000', '').slice(0, ERROR_LENGTH_MAX);
}
