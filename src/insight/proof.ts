/**
 * A lead's recorded life run again: the same `observe` and `step` over the log and the journal's inputs, in the
 * interleaving that the journal recorded and under the versions it names, must decide what was decided.
 */
import { isDeepStrictEqual } from 'node:util';
import type { JournalInput } from '../contracts/lead-workflow.js';
import { knownTraits, loggedEvent } from '../definition/facts.js';
import { LabelStory } from '../definition/labels.js';
import { noteCallToAction, type Subject, subjectOf } from '../definition/subject.js';
import type { DefinitionBook } from '../definition/versions.js';
import { WalkDefinition } from '../definition/walk.js';
import { LocalReferences, TraitStory } from '../definition/walk-memory.js';
import { nextDeadline } from '../domain/deadlines.js';
import type { Decision } from '../domain/decision.js';
import type { CorePolicy, DefinitionRef } from '../domain/definition.js';
import { applyEngagement, emptyEngagement, settleClicks } from '../domain/engagement.js';
import type { LeadEvent, LogFact } from '../domain/lead-event.js';
import type { LeadState } from '../domain/state.js';
import { newLead, refolded, step } from '../domain/step.js';
import type { Db } from '../store/database.js';
import { readLead } from '../store/handoffs.js';
import { type JournalRow, journalOf, streamOf } from '../store/read/journal.js';
import { type LogRow, numberedRows } from '../store/stream-log.js';

export interface LeadProof {
  readonly leadId: string;
  /** Events of the log that were applied again, and journal entries whose decisions were compared. */
  readonly events: number;
  readonly entries: number;
  /** Empty when every decision was made again: by the same trigger, at the same instant, with the same score. */
  readonly differences: readonly ProofDifference[];
}

interface ProofDifference {
  /** The journal's entry, or null where the log's event decided something that the journal does not have. */
  readonly entry: number | null;
  readonly afterSeq: number;
  readonly at: string;
  readonly recorded: readonly unknown[];
  readonly now: readonly unknown[];
}

/** What came in this shortly before may still be on its way into a decision. */
const ON_ITS_WAY_MS = 60_000;

/**
 * Runs one lead's record again, as of `nowMs`: what the journal has must come out again, and what the log has beyond it
 * must decide nothing. Null when there is no such lead, or when it was erased.
 */
export async function proveLead(
  db: Db,
  book: Pick<DefinitionBook, 'byNumber' | 'current'>,
  leadId: string,
  nowMs: number,
): Promise<LeadProof | null> {
  const lead = await readLead(db, leadId);
  if (!lead || lead.erased_at) return null;
  const stream = await streamOf(db, leadId);
  const journal = await journalOf(db, leadId);
  const rows = await numberedRows(db, leadId, 0, null);
  const subjects = rows.map((row) => subjectOf(loggedEvent(row)));
  // Events of a lead without a workflow are judged when they wake it, and only then.
  const arrived = stream?.status === 'open' ? rows.filter((row) => hasArrived(row, stream, nowMs)) : [];
  const births = await versionsAtBirth(book, journal[0], subjects[0]);
  const definitions = new Map<number, WalkDefinition>();
  for (const number of new Set([...births, ...journal.map((entry) => entry.definition_number)]))
    definitions.set(number, new WalkDefinition(await book.byNumber(number)));
  let closest: LeadProof | null = null;
  for (const number of births) {
    const definition = definitions.get(number);
    if (!definition) continue;
    const traits = new TraitStory(knownTraits(lead), subjects);
    const rerun = new Rerun(leadId, subjects, traits, definitions, definition);
    for (const entry of journal) rerun.take(entry);
    rerun.takeRest(arrived.at(-1)?.seq ?? 0);
    const { state, differences } = rerun;
    const proof = { leadId, events: state.seq, entries: journal.length, differences };
    if (differences.length === 0) return proof;
    closest ??= proof;
  }
  return closest ?? { leadId, events: 0, entries: journal.length, differences: [] };
}

const hasArrived = (row: LogRow, stream: { readonly sent_seq: number }, nowMs: number): boolean =>
  row.seq <= stream.sent_seq && row.accepted_at.getTime() <= nowMs - ON_ITS_WAY_MS;

/**
 * The versions that a lead may have begun under, the likeliest first. The journal names a version wherever it changes.
 * What came before its first entry was judged by that entry's version, unless the entry itself is the change to it:
 * then, and without any entry, by the one in force when the lead's first event was accepted, or one that was published
 * before that event was delivered.
 */
async function versionsAtBirth(
  book: Pick<DefinitionBook, 'byNumber' | 'current'>,
  first: JournalRow | undefined,
  born: Subject | undefined,
): Promise<number[]> {
  const number = first?.definition_number ?? (await book.current()).ref.number;
  if ((first && first.input.kind !== 'refold') || !born) return [number];
  let inForce = number;
  while (inForce > 1 && (await book.byNumber(inForce)).publishedAt.getTime() > born.event.acceptedAtMs)
    inForce -= 1;
  return Array.from({ length: number - inForce + 1 }, (_, index) => inForce + index);
}

class Rerun {
  state: LeadState;
  readonly differences: ProofDifference[] = [];
  #policy: CorePolicy;
  readonly #refs = new LocalReferences();
  readonly #ctas = new Map<string, string | null>();
  readonly #labels: LabelStory;

  constructor(
    leadId: string,
    private readonly subjects: readonly Subject[],
    private readonly traits: TraitStory,
    private readonly definitions: ReadonlyMap<number, WalkDefinition>,
    private definition: WalkDefinition,
  ) {
    this.#labels = new LabelStory(subjects);
    for (const { event } of subjects) noteCallToAction(this.#ctas, event);
    this.#policy = definition.policy(subjects[0]?.event.body.source?.name ?? null);
    this.state = newLead(leadId, this.#policy);
  }

  take(entry: JournalRow): void {
    const { input } = entry;
    this.#applyLog(input.kind === 'log' ? input.seq - 1 : entry.after_seq);
    if (input.kind === 'refold') this.#refold(input);
    else this.#compare(entry, this.#decide(this.#inputOf(input)));
    this.state = { ...this.state, journalled: entry.n };
  }

  /** What came after the last entry, or to a lead without any, must decide nothing, and leave nothing due undone. */
  takeRest(throughSeq: number): void {
    while (this.state.seq < throughSeq) {
      const at = this.subjects[this.state.seq]?.event.acceptedAtMs ?? 0;
      const due = nextDeadline(this.state, this.#policy);
      if (due && due.at <= at) {
        this.#differ(null, due.at, [], [{ kind: 'due', deadline: due.kind }]);
        return;
      }
      this.#applyLog(this.state.seq + 1);
    }
  }

  #inputOf(input: Exclude<JournalInput, { kind: 'refold' }>): LeadEvent | null {
    if (input.kind === 'fact') return input.fact as LeadEvent;
    return this.#nextFact();
  }

  /** What came between two entries decided nothing that is journalled. */
  #applyLog(throughSeq: number): void {
    while (this.state.seq < throughSeq) {
      const fact = this.#nextFact();
      if (!fact) return;
      const decisions = this.#decide(fact).filter(({ kind }) => kind !== 'ignore');
      if (decisions.length > 0) this.#differ(null, fact.acceptedAt, [], decisions);
    }
  }

  #nextFact(): LogFact | null {
    const subject = this.subjects[this.state.seq];
    if (!subject) return null;
    this.traits.take(subject.event);
    return this.#observed(subject);
  }

  #decide(event: LeadEvent | null): readonly Decision[] {
    if (!event) return [];
    const { state, decisions } = step(this.state, event, this.#policy);
    this.state = state;
    return decisions;
  }

  #refold({ definition, source }: { definition: DefinitionRef; source: string }): void {
    this.definition = this.definitions.get(definition.number) ?? this.definition;
    this.#policy = this.definition.policy(source);
    const { period, at, seq } = this.state;
    let engagement = emptyEngagement();
    for (const subject of this.subjects.slice(0, seq)) {
      const fact = this.#observed(subject);
      if (fact.kind === 'engagement') engagement = applyEngagement(engagement, fact, this.#policy, period);
    }
    this.state = refolded(this.state, settleClicks(engagement, at, this.#policy), this.#policy);
  }

  #observed(subject: Subject): LogFact {
    const surroundings = {
      source: this.#policy.source,
      traits: this.traits.now,
      refs: this.#refs.of(subject),
      ctas: this.#ctas,
    };
    const label = this.#labels.at(subject.event, this.state.seq);
    return this.definition.observer.fact(subject, surroundings, label);
  }

  #compare(entry: JournalRow, decisions: readonly Decision[]): void {
    // As the journal keeps them: plain JSON, in which what is undefined is not there.
    const now: unknown[] = JSON.parse(JSON.stringify(decisions));
    if (!isDeepStrictEqual(now, entry.decisions))
      this.#differ(entry.n, entry.at.getTime(), entry.decisions, now);
  }

  #differ(entry: number | null, atMs: number, recorded: readonly unknown[], now: readonly unknown[]): void {
    const at = new Date(atMs).toISOString();
    this.differences.push({ entry, afterSeq: this.state.seq, at, recorded, now });
  }
}
