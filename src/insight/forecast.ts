/** What publishing a definition would do to the leads at once: how many it would hand off that the present one would not. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Judgement, judgeLeads } from '../definition/judgement.js';
import type { PublishedDefinition } from '../definition/versions.js';
import type { Db } from '../store/database.js';
import { countOpenNurturing, openLeadsAfter } from '../store/definitions.js';

export interface Forecast {
  /** Leads in nurture, less those that wait for the release of their import. */
  readonly openLeads: number;
  /** Those that the candidate would hand off at once, and the present version would not. */
  readonly handoffs: number;
  /** The handoffs' share of the open leads, 0 to 1. */
  readonly share: number;
  /** The share up to which the candidate lets itself be published without a confirmation. */
  readonly guard: number;
}

export interface ForecastOptions {
  readonly signal?: AbortSignal;
  /** Called after every page with the number of leads judged, of about how many. */
  readonly onProgress?: (judged: number, of: number) => void;
}

/** Judged together; between two pages others get the database and the thread. */
const PAGE_LEADS = 50;

/**
 * Judges every open lead by the candidate as of `nowMs`, and by the present version (null when there is none) those
 * that it would hand off. Each lead is folded anew from its log, which takes some milliseconds a lead, so
 * minutes for a hundred thousand. Memory does not grow with them. Throws the signal's reason when it is aborted.
 */
export async function forecast(
  db: Db,
  candidate: PublishedDefinition,
  current: PublishedDefinition | null,
  nowMs: number,
  { signal, onProgress }: ForecastOptions = {},
): Promise<Forecast> {
  const of = onProgress ? await countOpenNurturing(db) : 0;
  let looked = 0;
  let openLeads = 0;
  let handoffs = 0;
  for (let after = ''; ; ) {
    signal?.throwIfAborted();
    const leadIds = await openLeadsAfter(db, after, PAGE_LEADS);
    const page = await judgePage(db, { candidate, current }, leadIds, nowMs);
    openLeads += page.openLeads;
    handoffs += page.handoffs;
    looked += leadIds.length;
    onProgress?.(looked, Math.max(of, looked));
    if (leadIds.length < PAGE_LEADS) break;
    after = leadIds.at(-1) ?? after;
    await nextTurn();
  }
  const guard = candidate.definition.publishGuard;
  return { openLeads, handoffs, share: openLeads === 0 ? 0 : handoffs / openLeads, guard };
}

async function judgePage(
  db: Db,
  versions: { readonly candidate: PublishedDefinition; readonly current: PublishedDefinition | null },
  leadIds: readonly string[],
  nowMs: number,
): Promise<{ openLeads: number; handoffs: number }> {
  const { candidate, current } = versions;
  const judged = [...(await judgeLeads(db, candidate, leadIds, nowMs)).values()];
  const open = judged.filter(({ imported }) => !imported);
  const reached = open.filter(handsOff).map(({ leadId }) => leadId);
  const now = current && reached.length > 0 ? await judgeLeads(db, current, reached, nowMs) : null;
  const already = [...(now?.values() ?? [])].filter(handsOff).length;
  return { openLeads: open.length, handoffs: reached.length - already };
}

/** Whether the lead is handed off on what it has, be it by events that have only just come in. */
const handsOff = ({ handoff, handedOff }: Judgement): boolean => handoff !== null || handedOff;
