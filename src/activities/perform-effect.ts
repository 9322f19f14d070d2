/**
 * One attempt at one effect, through the ledger: the row is taken, the call is made with no transaction open, and the
 * row says afterwards what is known. Whatever is killed in between, the row tells the next attempt what to do.
 */
import { randomUUID } from 'node:crypto';
import { ConnectorError, type Reference } from '../connectors/ports.js';
import type { EffectAnswer } from '../contracts/lead-workflow.js';
import type { EffectKind, PendingEffect } from '../domain/decision.js';
import type { FaultCode } from '../domain/lead-event.js';
import { readLead } from '../store/handoffs.js';
import { leadGate } from '../store/lead-gate.js';
import {
  beginAttempt,
  type LedgerRow,
  planEffects,
  readEffect,
  retryAsked,
  type Settlement,
  settleAttempt,
  settleUnheld,
} from '../store/ledger.js';
import { isUnavailable } from '../store/sql.js';
import { callWithin } from './call-within.js';
import { type ActivityDeps, requestTimeoutMs } from './deps.js';
import { nextMove, RESOLUTIONS } from './effect-moves.js';
import { type Act, type EffectContext, type Prepared, personFor, type Resolution } from './effects/act.js';
import { prepareAlert } from './effects/alert.js';
import { prepareBridge, prepareFinal } from './effects/mails.js';
import { prepareNurture } from './effects/nurture.js';
import { prepareTask, prepareTaskUpdate } from './effects/task.js';
import { ActivityFault } from './failures.js';

export interface EffectInput {
  readonly leadId: string;
  readonly epoch: number;
  readonly effect: PendingEffect;
}

const DONE: EffectAnswer = { ok: true };
const SKIPPED: EffectAnswer = { ok: true, skipped: true };
const no = (code: FaultCode, permanent: boolean): EffectAnswer => ({ ok: false, code, permanent });
/** The lead is erased or another run has taken over: nothing was done and nothing written. */
const GONE = no('rejected', true);
/** Nothing is known yet; looking again later will tell. */
const LATER = no('unknown_outcome', false);
const A_PERSON_DECIDES = no('unknown_outcome', true);

/** Does the effect, or says why not. Throws only when Baton's own database fails. */
export async function performEffect(deps: ActivityDeps, input: EffectInput): Promise<EffectAnswer> {
  const { leadId, epoch, effect } = input;
  if ((await leadGate(deps.db, leadId, epoch)) !== 'open') return GONE;
  await planEffects(deps.db, leadId, [effect]);
  const row = await readEffect(deps.db, effect.key);
  if (!row) throw new ActivityFault('internal', `The ledger does not keep ${effect.key}.`, false);
  const { effect: kind } = effect.args;
  const resolution = resolutionOf(deps, kind);
  const move = nextMove(row, {
    resolution,
    settlesAfterMs: requestTimeoutMs(deps) + indexLagMs(deps, kind),
    retryAsked: row.state === 'unknown' && (await retryAsked(deps.db, leadId, effect.key)),
  });
  switch (move) {
    case 'done':
      return DONE;
    case 'skipped':
      return SKIPPED;
    case 'wait':
      return LATER;
    case 'park':
      return park(deps, row);
    case 'ask':
      return (await findAtProvider(deps, input, row)) ?? attempt(deps, input, row, false);
    case 'send':
    case 'repeat':
      return attempt(deps, input, row, move === 'repeat');
  }
}

/** Where the other side heeds the key itself, sending again is harmless and nobody need be asked. */
function resolutionOf({ connectors }: ActivityDeps, kind: EffectKind): Resolution {
  const heedsKey: Partial<Record<EffectKind, boolean>> = {
    task: connectors.crm.createsOnce,
    alert: connectors.alerts.sendsOnce,
    bridge: connectors.mail.sendsOnce,
    final: connectors.mail.sendsOnce,
  };
  return heedsKey[kind] ? 'again' : RESOLUTIONS[kind];
}

function indexLagMs({ connectors }: ActivityDeps, kind: EffectKind): number {
  switch (kind) {
    case 'task':
    case 'task_update':
      return connectors.crm.indexLagMs;
    case 'alert':
      return connectors.alerts.indexLagMs;
    case 'bridge':
    case 'final':
      return connectors.mail.indexLagMs;
    default:
      return connectors.nurture.indexLagMs;
  }
}

/** What is left `sending` by a process that is gone is written down as unknown, so that people see it. */
async function park(deps: ActivityDeps, row: LedgerRow): Promise<EffectAnswer> {
  if (row.state === 'sending' && row.fence !== null) {
    const error = 'The attempt began and its end was never recorded.';
    await settleAttempt(deps.db, row.key, row.fence, { state: 'unknown', code: 'unknown_outcome', error });
  }
  return A_PERSON_DECIDES;
}

/** Looks for what an attempt of unknown fate may have made. Null: it is not there, so it is made again. */
async function findAtProvider(
  deps: ActivityDeps,
  { leadId, effect }: EffectInput,
  row: LedgerRow,
): Promise<EffectAnswer | null> {
  const lead = await readLead(deps.db, leadId);
  if (!lead) return GONE;
  let found: Reference | null;
  try {
    const query = { externalKey: effect.key, person: personFor(lead) };
    found = await callWithin(requestTimeoutMs(deps), (call) => deps.connectors.crm.findTask(query, call));
  } catch (error) {
    const { code, permanent } = describe(error);
    return no(code, permanent);
  }
  if (found === null) return null;
  const settled = await settleUnheld(deps.db, row, { state: 'confirmed', reference: found.reference });
  return settled ? DONE : LATER;
}

async function attempt(
  deps: ActivityDeps,
  input: EffectInput,
  row: LedgerRow,
  repeated: boolean,
): Promise<EffectAnswer> {
  const { leadId, epoch, effect } = input;
  const prepared = await prepare({ deps, leadId, plan: effect, repeated });
  if (prepared.kind === 'skip') {
    return (await settleUnheld(deps.db, row, { state: 'skipped', code: prepared.code })) ? SKIPPED : LATER;
  }
  const fence = randomUUID();
  const reference = prepared.kind === 'act' ? prepared.reference : null;
  if (!(await beginAttempt(deps.db, row, { fence, reference }))) return LATER;
  if (prepared.kind === 'fault') {
    const { code, permanent, error } = prepared;
    await settleAttempt(deps.db, row.key, fence, { state: 'failed', code, error });
    return no(code, permanent);
  }
  let result: Reference;
  try {
    result = await callWithin(requestTimeoutMs(deps), (call) => prepared.call(call));
  } catch (error) {
    return failed(deps, input, fence, error);
  }
  return confirm(deps, { leadId, epoch, key: effect.key, fence }, prepared, result);
}

/** Everything up to the call. A fault in it is no attempt's: nothing was sent. */
async function prepare(context: EffectContext): Promise<Prepared> {
  try {
    return await preparation(context);
  } catch (error) {
    if (isUnavailable(error)) throw error;
    return { kind: 'fault', code: 'internal', permanent: false, error: textOf(error) };
  }
}

function preparation(context: EffectContext): Promise<Prepared> {
  const { args } = context.plan;
  switch (args.effect) {
    case 'task':
      return prepareTask(context, args);
    case 'task_update':
      return prepareTaskUpdate(context, args);
    case 'alert':
      return prepareAlert(context, args);
    case 'bridge':
      return prepareBridge(context);
    case 'final':
      return prepareFinal(context);
    default:
      return prepareNurture(context);
  }
}

interface Held {
  readonly leadId: string;
  readonly epoch: number;
  readonly key: string;
  readonly fence: string;
}

async function confirm(
  deps: ActivityDeps,
  held: Held,
  act: Act,
  { reference }: Reference,
): Promise<EffectAnswer> {
  return deps.db.transaction().execute(async (trx) => {
    if ((await leadGate(trx, held.leadId, held.epoch)) !== 'open') return GONE;
    const settled = await settleAttempt(trx, held.key, held.fence, { state: 'confirmed', reference });
    if (settled) await act.record?.(trx, reference);
    // Whoever took the row over knows more than this attempt; the next look tells what came of it.
    return settled ? DONE : LATER;
  });
}

async function failed(
  deps: ActivityDeps,
  { leadId, epoch, effect }: EffectInput,
  fence: string,
  thrown: unknown,
): Promise<EffectAnswer> {
  const { code, permanent, error, state } = describe(thrown);
  if ((await leadGate(deps.db, leadId, epoch)) !== 'open') return GONE;
  if (!(await settleAttempt(deps.db, effect.key, fence, { state, code, error }))) return LATER;
  if (state === 'unknown' && resolutionOf(deps, effect.args.effect) === 'never') return A_PERSON_DECIDES;
  return no(code, permanent);
}

/** An error that no connector explained may have come after the other side acted. */
function describe(
  thrown: unknown,
): Extract<Settlement, { code: FaultCode }> & { readonly permanent: boolean } {
  if (thrown instanceof ConnectorError) {
    const state = thrown.mayHaveHappened ? 'unknown' : 'failed';
    return { state, code: thrown.kind, error: thrown.message, permanent: thrown.permanent };
  }
  return { state: 'unknown', code: 'unknown_outcome', error: textOf(thrown), permanent: false };
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
}
