/** Doing what a correction offers: the same commands as the requests it names, each decided and answered by itself. */
import type { Context } from 'hono';
import type { Correction } from '../insight/correction-lives.js';
import { hasUndecidedDisposition, type NewCommand, noteOnCommand } from '../store/commands.js';
import type { Db } from '../store/database.js';
import { findHandoff } from '../store/read/handoffs.js';
import { hasScope } from './auth.js';
import { type Asked, ask, type CommandDeps } from './command-flow.js';
import type { AppEnv } from './env.js';
import { invalid } from './lookup.js';
import { Problem } from './problem.js';
import type { CompensatedReply, CorrectedReply } from './schemas/command.js';

type Offer = CorrectedReply['offers'][number];
/** False: nothing; true: what need not be named; else the ids of offers. */
type Wanted = boolean | readonly string[];

/**
 * Refuses a request that cannot be done as it was meant, before anything is.
 * @throws Problem 422 for an id that is not offered, 403 for a key that may label and not close or hand off
 */
export function checkNamed(c: Context<AppEnv>, offers: readonly Offer[], wanted: Wanted): void {
  const unknown = Array.isArray(wanted)
    ? wanted.find((id) => offers.every((offer) => offer.id !== id))
    : undefined;
  if (unknown !== undefined) {
    const ids = offers.map(({ id }) => id).join(', ');
    throw invalid(
      'compensate',
      `names ${unknown}, which is not offered; ${ids === '' ? 'nothing is' : `offered: ${ids}`}`,
    );
  }
  const principal = c.get('principal');
  const may = hasScope(principal, 'sales') || hasScope(principal, 'manager');
  if (!may && offers.some((offer) => isWanted(offer, wanted) && offer.kind !== 'judge')) {
    const detail =
      'The key needs the scope sales or manager to close a handoff or to hand a lead off; leave `compensate` out to give the label alone.';
    throw new Problem('forbidden', { detail });
  }
}

/** Carries out the offers that are wanted; `by` is the handle of the rep who asks. */
export async function compensate(
  c: Context<AppEnv>,
  deps: CommandDeps,
  asked: {
    readonly leadId: string;
    readonly by: string | undefined;
    readonly correction: Correction;
    readonly offers: readonly Offer[];
    readonly wanted: Wanted;
  },
): Promise<CompensatedReply[]> {
  const done: CompensatedReply[] = [];
  for (const offer of asked.wanted === false ? [] : asked.offers) {
    if (isWanted(offer, asked.wanted)) done.push(await carryOut(c, deps, { ...asked, offer }));
    else if (asked.wanted === true) {
      const text = `Left alone: ${offer.kind === 'hand_off' ? 'no rule hands the lead off now' : 'sales has talked to the lead'}. Name ${offer.id} in \`compensate\`, or send the request that is offered.`;
      done.push({ offer: offer.id, status: 'left', commandId: null, text });
    }
  }
  return done;
}

function isWanted({ id, onlyWhenNamed }: Offer, wanted: Wanted): boolean {
  return typeof wanted === 'boolean' ? wanted && !onlyWhenNamed : wanted.includes(id);
}

/** Thrown inside the command's transaction: what was offered does not fit any more, and nothing is recorded. */
class LeftAlone extends Error {}

async function carryOut(
  c: Context<AppEnv>,
  deps: CommandDeps,
  { leadId, by, correction, offer, wanted }: Parameters<typeof compensate>[2] & { readonly offer: Offer },
): Promise<CompensatedReply> {
  const named = typeof wanted !== 'boolean';
  const also: Asked['also'] = async (trx, { commandId }) => {
    if (offer.handoff === null) return;
    const why = await hindrance(trx, leadId, { number: offer.handoff, named, commandId });
    if (why !== null) throw new LeftAlone(why);
    // Whoever takes the label back is told what it has done.
    await noteOnCommand(trx, commandId, { becauseOf: correction });
  };
  try {
    const answered = await ask(c, deps, { leadId, command: commandOf(offer, by), part: offer.id, also });
    const { status, commandId } = answered;
    const text =
      answered.status === 'pending'
        ? `Recorded, not decided yet: GET /v1/commands/${commandId} tells.`
        : doneWords(offer, answered.verdict.did);
    return { offer: offer.id, status, commandId, text };
  } catch (error) {
    if (error instanceof LeftAlone)
      return { offer: offer.id, status: 'left', commandId: null, text: `Left alone: ${error.message}.` };
    if (!(error instanceof Problem) || error.code !== 'conflict') throw error;
    const { detail, extra } = error.options;
    const commandId = typeof extra?.commandId === 'string' ? extra.commandId : null;
    return { offer: offer.id, status: 'refused', commandId, text: detail };
  }
}

/** A person's word on the handoff, given meanwhile, is never replaced by ours. */
async function hindrance(
  trx: Db,
  leadId: string,
  { number, named, commandId }: { number: number; named: boolean; commandId: string },
): Promise<string | null> {
  const handoff = await findHandoff(trx, leadId, number);
  if (!handoff || handoff.state === 'closed') return `handoff ${number} is over already`;
  if (handoff.state === 'working' && !named)
    return `${handoff.rep?.name ?? 'sales'} works on handoff ${number} by now`;
  if (await hasUndecidedDisposition(trx, leadId, commandId))
    return `somebody has just said what came of handoff ${number}`;
  return null;
}

function commandOf({ kind, handoff, request }: Offer, by: string | undefined): Omit<NewCommand, 'actor'> {
  const words = request.body ?? {};
  switch (kind) {
    case 'close_handoff':
      return { kind: 'disposition', handoff: handoff ?? 0, disposition: 'not_ready', by, words };
    case 'judge':
      return { kind: 'judge', by, words };
    case 'hand_off':
      return { kind: 'handoff', by, words };
  }
}

function doneWords({ kind, handoff }: Offer, did: string | undefined): string {
  if (kind === 'close_handoff') return `Handoff ${handoff} is closed as not ready, and nurture mail goes on.`;
  if (did === 'handed_off') return 'The lead is handed off.';
  return did === 'held'
    ? 'Judged: the score stands, and something holds it back.'
    : 'Judged: nothing is due.';
}
