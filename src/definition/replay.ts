/** Leads as they stand now: what was recorded last, brought up to date with the log. Nothing is written for them. */
import { nextDeadline } from '../domain/deadlines.js';
import { type CorePolicy, corePolicy } from '../domain/definition.js';
import { applyEngagement, emptyEngagement, firstDue, settleClicks } from '../domain/engagement.js';
import type { LeadEvent, LogFact } from '../domain/lead-event.js';
import type { LeadState } from '../domain/state.js';
import { newLead, refolded, step } from '../domain/step.js';
import type { Db } from '../store/database.js';
import { type LeadHead, leadHeads, logTails } from '../store/log-tails.js';
import { lifePages } from '../store/read/life.js';
import type { LogRow } from '../store/stream-log.js';
import { handOutRefs, loggedEvent, observeLog, traitsOfLeads } from './facts.js';
import { subjectOf } from './subject.js';
import type { PublishedDefinition } from './versions.js';
import { LeadWalk, WalkDefinition } from './walk.js';

export interface PresentLead {
  readonly leadId: string;
  readonly state: LeadState;
  /** The policy in force for the lead under the given definition. */
  readonly policy: CorePolicy;
}

/** A longer tail is read page by page and by itself. */
const TAIL_EVENTS_MAX = 500;
/** Events read by one statement for several leads. */
const EVENTS_AT_ONCE = 2_000;
const LIVES_EVENTS_AT_ONCE = 10_000;

/**
 * Brings the newest recorded state of each lead up to date: the events it has not seen, deadlines that came before
 * them, and waiting clicks up to `nowMs`. Requests and effects stay unanswered. Leads that are erased, merged away or
 * unknown are left out. References are handed out to mails and links that nobody has met yet, nothing else is written.
 */
export async function presentLeads(
  db: Db,
  published: PublishedDefinition,
  leadIds: readonly string[],
  nowMs: number,
): Promise<PresentLead[]> {
  const walked = new WalkDefinition(published);
  const heads = await leadHeads(db, leadIds);
  const outdated = heads.filter((head) => isOutdated(head, walked));
  const present = new Map<string, PresentLead>();
  for (const group of inGroups(
    outdated,
    ({ state, waiting }) => (state?.seq ?? 0) + waiting,
    LIVES_EVENTS_AT_ONCE,
  ))
    for (const lead of await presentAnew(db, walked, group, nowMs)) present.set(lead.leadId, lead);
  const current = heads.filter(({ leadId }) => !present.has(leadId));
  for (const group of inGroups(current, tailEvents, EVENTS_AT_ONCE))
    for (const lead of await presentFromTails(db, published, group, nowMs)) present.set(lead.leadId, lead);
  return heads.flatMap(({ leadId }) => present.get(leadId) ?? []);
}

/** Recorded under another version or source: its period must be folded anew. */
function isOutdated({ state, source }: LeadHead, walked: WalkDefinition): boolean {
  const policy = walked.policy(source);
  return state !== null && (state.definition.number !== policy.ref.number || state.source !== policy.source);
}

/** Whole logs at once: for thousands of leads, asking the database for each would take minutes. */
async function presentAnew(
  db: Db,
  walked: WalkDefinition,
  heads: readonly LeadHead[],
  nowMs: number,
): Promise<PresentLead[]> {
  const logs = await logTails(
    db,
    heads.map(({ leadId }) => ({ leadId, afterSeq: 0 })),
  );
  const traits = await traitsOfLeads(db, [...logs.keys()]);
  const subjectsOf = new Map(
    [...logs].map(([leadId, rows]) => [leadId, rows.map((row) => subjectOf(loggedEvent(row)))]),
  );
  const refs = await handOutRefs(db, [...subjectsOf.values()].flat());
  return heads.map(({ leadId, source, state }) => {
    const subjects = subjectsOf.get(leadId) ?? [];
    const lead = { id: leadId, source, subjects, traits: traits.get(leadId) ?? {}, refs };
    const walk = new LeadWalk(lead, walked, null);
    if (state) walk.resume({ ...state, source: walked.policy(source).source });
    walk.runThroughLog(nowMs);
    return { leadId, state: walk.state, policy: walk.policy };
  });
}

async function presentFromTails(
  db: Db,
  published: PublishedDefinition,
  heads: readonly LeadHead[],
  nowMs: number,
): Promise<PresentLead[]> {
  const present: PresentLead[] = [];
  const short = heads.filter(({ waiting }) => waiting > 0 && waiting <= TAIL_EVENTS_MAX);
  const tails = await logTails(
    db,
    short.map(({ leadId, state }) => ({ leadId, afterSeq: state?.seq ?? 0 })),
  );
  for (const head of heads) {
    const replay = Replay.from(db, published, head);
    if (head.waiting <= TAIL_EVENTS_MAX) await replay.take(tails.get(head.leadId) ?? []);
    else for await (const rows of lifePages(db, head.leadId, head.state?.seq ?? 0)) await replay.take(rows);
    replay.settleClicks(nowMs);
    present.push({ leadId: head.leadId, state: replay.state, policy: replay.policy });
  }
  return present;
}

const tailEvents = ({ waiting }: LeadHead): number => (waiting <= TAIL_EVENTS_MAX ? waiting : 0);

/** Leads whose events together are read by one statement. */
function* inGroups(
  heads: readonly LeadHead[],
  eventsOf: (head: LeadHead) => number,
  eventsMax: number,
): Generator<LeadHead[]> {
  let group: LeadHead[] = [];
  let events = 0;
  for (const head of heads) {
    const size = eventsOf(head);
    if (group.length > 0 && events + size > eventsMax) {
      yield group;
      group = [];
      events = 0;
    }
    group.push(head);
    events += size;
  }
  if (group.length > 0) yield group;
}

/** Feeds a lead its deadlines up to `atMs`, as its workflow does before it applies what was accepted then. */
export function fireDeadlines(state: LeadState, policy: CorePolicy, atMs: number): LeadState {
  let current = state;
  for (let due = nextDeadline(current, policy); due && due.at <= atMs; due = nextDeadline(current, policy)) {
    const fact: LeadEvent = { kind: 'timer', deadline: due.kind, at: due.at };
    current = step(current, fact, policy).state;
  }
  return current;
}

/** One lead on its way to the present; it does what a run of the lead's workflow does with its log. */
class Replay {
  private constructor(
    private readonly db: Db,
    private readonly published: PublishedDefinition,
    public state: LeadState,
    public policy: CorePolicy,
  ) {}

  static from(db: Db, published: PublishedDefinition, head: LeadHead): Replay {
    const policy = corePolicy(published.policyFor(head.source), published.ref);
    return new Replay(db, published, head.state ?? newLead(head.leadId, policy), policy);
  }

  /** Takes in the next events of the log. */
  async take(rows: readonly LogRow[]): Promise<void> {
    for (let rest = rows; rest.length > 0; ) rest = await this.takeSome(rest);
  }

  settleClicks(nowMs: number): void {
    for (
      let due = firstDue(this.state.engagement, nowMs);
      due;
      due = firstDue(this.state.engagement, nowMs)
    ) {
      const at = Math.max(due.settleAt, this.state.at);
      this.state = step(this.state, { kind: 'timer', deadline: 'pending_click', at }, this.policy).state;
    }
  }

  /** Answers what must be observed anew, because the lead's source or its past has changed on the way. */
  private async takeSome(rows: readonly LogRow[]): Promise<readonly LogRow[]> {
    const facts = await observeLog(this.db, this.state.leadId, rows, this.published, this.policy.source);
    for (const [index, fact] of facts.entries()) {
      this.state = fireDeadlines(this.state, this.policy, fact.acceptedAt);
      if (this.state.source !== this.policy.source) {
        await this.refold();
        return rows.slice(index);
      }
      this.state = step(this.state, fact, this.policy).state;
      if (this.state.source !== this.policy.source || isCorrection(fact)) {
        await this.refold();
        return rows.slice(index + 1);
      }
    }
    return [];
  }

  /** Folds the engagement of the current period anew, under the policy of the lead's source. */
  private async refold(): Promise<void> {
    const policy = corePolicy(this.published.policyFor(this.state.source), this.published.ref);
    const { leadId, seq, period, at } = this.state;
    let engagement = emptyEngagement();
    for await (const rows of lifePages(this.db, leadId)) {
      const seen = rows.filter((row) => row.seq <= seq);
      for (const fact of await observeLog(this.db, leadId, seen, this.published, policy.source)) {
        if (fact.kind === 'engagement') engagement = applyEngagement(engagement, fact, policy, period);
      }
      if (seen.length < rows.length) break;
    }
    this.policy = policy;
    this.state = refolded(this.state, settleClicks(engagement, at, policy), policy);
  }
}

function isCorrection(fact: LogFact): boolean {
  return fact.kind === 'command' && fact.command === 'correct';
}
