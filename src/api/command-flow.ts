/** From a request to a verdict: the command is committed to the log, the courier nudged, the workflow asked. */
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { Verdict } from '../domain/decision.js';
import { refusalText } from '../insight/refusal.js';
import type { CommandTicket, NewCommand } from '../store/commands.js';
import type { Db } from '../store/database.js';
import { findCommand } from '../store/read/commands.js';
import { recordCommand } from '../store/requested-commands.js';
import { canonicalJson } from './canonical-json.js';
import type { ApiDeps, AppEnv } from './env.js';
import { loggable } from './errors.js';
import { Problem } from './problem.js';

export type CommandDeps = Pick<ApiDeps, 'db' | 'book' | 'gateway' | 'nudge'> & { readonly now: () => number };

export interface Asked {
  readonly leadId: string;
  readonly command: Omit<NewCommand, 'actor'>;
  /** When it was done, by the caller's account; now when left out. */
  readonly at?: Date;
  /** Names this command among several that one request gives, so that each has an Idempotency-Key of its own. */
  readonly part?: string;
  /** Written together with the command when it is new; what it throws leaves nothing behind. */
  readonly also?: (trx: Db, ticket: CommandTicket) => Promise<void>;
}

export type Answered =
  | { readonly status: 'accepted'; readonly commandId: string; readonly verdict: Verdict }
  | { readonly status: 'pending'; readonly commandId: string };

/**
 * Records a command and waits for its verdict as long as the gateway does. Once it is recorded no fault loses it: what
 * cannot be decided now is pending, and will be.
 * @throws Problem 409 with the reason when it is refused, or when its Idempotency-Key belongs to another request
 */
export async function ask(c: Context<AppEnv>, deps: CommandDeps, asked: Asked): Promise<Answered> {
  const { db, nudge } = deps;
  const { leadId, command, at, part, also } = asked;
  const principal = c.get('principal');
  const given = c.req.header('idempotency-key');
  // A key that a caller gives has no space in it.
  const key = given !== undefined && part !== undefined ? `${given} ${part}` : given;
  const recorded = await recordCommand(db, {
    leadId,
    command: { ...command, actor: principal.id },
    ...(at && { at }),
    ...(also && { also }),
    idempotency:
      key === undefined
        ? null
        : { connectionId: principal.connectionId, key, hash: hashOf({ leadId, command, at: at?.getTime() }) },
  });
  if (recorded.status === 'no_lead') {
    throw new Problem('lead_not_found', { detail: 'There is no lead with this id.' });
  }
  if (recorded.status === 'conflict') {
    const detail = 'This Idempotency-Key was used for another request; give every request a key of its own.';
    throw new Problem('conflict', { detail });
  }
  const { commandId } = recorded;
  nudge.nudge([leadId]);
  const verdict = await verdictOf(c, deps, { leadId, commandId, kind: command.kind });
  if (verdict === 'pending') return { status: 'pending', commandId };
  if (verdict.ok) return { status: 'accepted', commandId, verdict };
  const detail = `${await refusalText(db, deps.book, { leadId, verdict, nowMs: deps.now() })}.`;
  throw new Problem('conflict', { detail, extra: { commandId, refusal: verdict.code ?? 'not_allowed' } });
}

async function verdictOf(
  c: Context<AppEnv>,
  { db, gateway }: CommandDeps,
  command: Parameters<ApiDeps['gateway']['execute']>[0],
): Promise<Verdict | 'pending'> {
  const known = await findCommand(db, command.commandId);
  if (known?.verdict) return known.verdict;
  try {
    return await gateway.execute(command);
  } catch (error) {
    // The command is in the log: it is decided whatever became of this call.
    c.get('log').warn({ fault: loggable(error), command: command.commandId }, 'a verdict could not be had');
    return 'pending';
  }
}

/** The 202 for a command that is recorded and not decided yet. */
export function pending(c: Context<AppEnv>, commandId: string) {
  c.header('Location', `/v1/commands/${commandId}`);
  return c.json({ commandId, status: 'pending' as const }, 202);
}

function hashOf(value: unknown): string {
  // Through JSON once, so that what is left out and what is undefined are the same.
  return createHash('sha256')
    .update(canonicalJson(JSON.parse(JSON.stringify(value))))
    .digest('base64url');
}
