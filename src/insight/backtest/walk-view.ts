/** One lead's walk through time under both versions, side by side: what happened, and what each version made of it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { termsFor } from '../../definition/document.js';
import type { Subject } from '../../definition/subject.js';
import type { WalkedLead } from '../../definition/walk.js';
import type { WalkRep } from '../../definition/walk-team.js';
import type { Decision } from '../../domain/decision.js';
import { decisionWords, type Tongue } from '../../domain/decision-words.js';
import type { EventMark } from '../../domain/event-marks.js';
import { actPast } from '../../domain/explain.js';
import { machineWords } from '../../domain/timeline-words.js';
import { localMoment } from '../local-moment.js';
import { eventText } from '../timeline-events.js';
import type { Side } from './fold.js';
import { Curves, type WalkCurve } from './walk-curve.js';
import { QuietStretches, type Stretch } from './walk-quiet.js';
import { SideWalk, type Step } from './walk-side.js';
import { cameDueWords, headWords } from './walk-words.js';

interface WalkedSide {
  /** Points at that instant, at most one decimal. */
  readonly score: number;
  /** What this version decided, in words. */
  readonly decisions: readonly string[];
}

export interface WalkRow {
  /** ISO instant; of several events the first one's. */
  readonly at: string;
  /** The last one's instant, where the row stands for several events in which neither version decided anything. */
  readonly until: string | null;
  /** How many events of the log the row stands for; 0 where time alone brought something. */
  readonly events: number;
  /** A machine's event is told with the rule that caught it. */
  readonly what: string;
  /** For whom the event is a machine's; null where for nobody. */
  readonly machine: 'both' | 'before' | 'after' | null;
  readonly before: WalkedSide;
  readonly after: WalkedSide;
  /** In what the two differ here; a decision says more than a score. */
  readonly differs: 'decisions' | 'score' | null;
  /** Handoffs outside the period are not counted by the backtest. */
  readonly inPeriod: boolean;
}

export interface WalkView {
  /** One sentence per version. */
  readonly head: { readonly before: string; readonly after: string };
  /** The zone of the words' dates and times. */
  readonly timeZone: string;
  readonly rows: readonly WalkRow[];
  /** Rows with decisions that a very long walk leaves out at its end. */
  readonly rowsLeftOut: number;
  /** How the score moves under each version, for a chart. */
  readonly curves: { readonly before: WalkCurve; readonly after: WalkCurve };
}

export interface WalkInput {
  readonly lead: WalkedLead;
  /** What the lead is called in sentences. */
  readonly called: string;
  readonly before: Side;
  readonly after: Side;
  readonly reps: readonly WalkRep[];
  /** What reps and others who asked for something are called. */
  readonly names: ReadonlyMap<string, string>;
  /** Ids of the judgements that a publish asked for, each with the number of its version. */
  readonly published: ReadonlyMap<string, number>;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What of both sides belongs to one row. */
export interface RowDraft {
  readonly atMs: number;
  readonly subject: Subject | null;
  readonly deadline: Step['deadline'];
  readonly before: WalkedSide;
  readonly after: WalkedSide;
  readonly isFirst: boolean;
}

const ROWS_MAX = 500;
/** Walked in one go before others get the thread. */
const SLICE_EVENTS = 200;

/** Walks a lead from its first event through the period's end. Nothing is written. */
export async function walkView(input: WalkInput): Promise<WalkView> {
  const { lead, before: old, after: now, reps, toMs } = input;
  const before = new SideWalk(lead, old, reps);
  const after = new SideWalk(lead, now, reps);
  const quiet = new QuietStretches(ROWS_MAX);
  const instants = [...new Set(lead.subjects.map(({ event }) => event.acceptedAtMs))].filter(
    (at) => at <= toMs,
  );
  const subjects = new Map(lead.subjects.map((subject) => [subject.event.seq, subject]));
  const curves = new Curves({ before, after }, instants[0] ?? toMs, toMs);
  const tongues = { before: tongueOf(input, old, before), after: tongueOf(input, now, after) };
  for (const [index, untilMs] of [...instants, toMs].entries()) {
    for (const [oldStep, newStep] of alongside(before.advance(untilMs), after.advance(untilMs))) {
      const step = newStep ?? oldStep;
      if (!step) continue;
      const { atMs, seq, deadline } = step;
      curves.passUntil(atMs);
      const subject = (deadline === null && subjects.get(seq)) || null;
      // Nobody is refused anything where nobody asked.
      const isOwn = subject !== null && isOwnJudgement(subject);
      const told = (tongue: Tongue) => (decision: Decision) =>
        isOwn && decision.kind === 'command' ? null : decisionWords(decision, tongue);
      quiet.add({
        ...{ atMs, deadline, subject },
        before: before.take(oldStep, atMs, told(tongues.before)),
        after: after.take(newStep, atMs, told(tongues.after)),
        isFirst: deadline === null && seq === 1,
      });
      curves.note(atMs);
    }
    if (index % SLICE_EVENTS === 0) await nextTurn();
  }
  curves.passUntil(toMs);
  const marks = { before: before.marksAt(toMs), after: after.marksAt(toMs) };
  const { rows, leftOut } = quiet.finish();
  return {
    head: headOf(input, before, after),
    timeZone: now.definition.calendar.timeZone,
    rows: rows.map((row) =>
      'events' in row ? stretchRow(row, marks, input) : rowOf(row, marks, input, tongues.after),
    ),
    rowsLeftOut: leftOut,
    curves: curves.finish(),
  };
}

/** Steps of both sides that belong together, in the order of time; each list is in that order already. */
function alongside(before: readonly Step[], after: readonly Step[]): [Step | null, Step | null][] {
  const pairs: [Step | null, Step | null][] = [];
  let [old, now] = [0, 0];
  for (;;) {
    const [one, other] = [before[old], after[now]];
    if (!one && !other) return pairs;
    const order = !other ? -1 : !one ? 1 : compare(one, other);
    pairs.push([order <= 0 ? (one ?? null) : null, order >= 0 ? (other ?? null) : null]);
    if (order <= 0) old += 1;
    if (order >= 0) now += 1;
  }
}

/** By instant, then by the newest event that was applied; what came due after an event follows it. */
function compare(one: Step, other: Step): number {
  return (
    one.atMs - other.atMs ||
    one.seq - other.seq ||
    (one.deadline === other.deadline ? 0 : (one.deadline ?? '') < (other.deadline ?? '') ? -1 : 1)
  );
}

interface Marks {
  readonly before: ReadonlyMap<number, EventMark>;
  readonly after: ReadonlyMap<number, EventMark>;
}

function machineOf(seq: number, marks: Marks): WalkRow['machine'] {
  const [old, now] = [marks.before.get(seq)?.as === 'machine', marks.after.get(seq)?.as === 'machine'];
  if (old && now) return 'both';
  return old ? 'before' : now ? 'after' : null;
}

function rowOf(row: RowDraft, marks: Marks, input: WalkInput, tongue: Tongue): WalkRow {
  const { atMs, subject, deadline } = row;
  const machine = subject && machineOf(subject.event.seq, marks);
  return {
    at: iso(atMs),
    until: null,
    events: subject ? 1 : 0,
    what: subject
      ? whatHappened(subject, machine, marks, input, tongue)
      : deadline
        ? cameDueWords(deadline)
        : '',
    machine,
    ...bothOf(row),
    inPeriod: atMs >= input.fromMs,
  };
}

/** Whether Baton itself asked for it, after a publish or the release of an import. */
function isOwnJudgement({ event }: Subject): boolean {
  const { command } = event.body;
  return command?.kind === 'judge' && (command.by === 'publish' || command.by === 'import');
}

/** In the timeline's words; where only one version holds it for a machine's, it is told as what it would have been. */
function whatHappened(
  subject: Subject,
  machine: WalkRow['machine'],
  marks: Marks,
  { lead, before, after, published }: WalkInput,
  tongue: Tongue,
): string {
  const { event } = subject;
  const { command } = event.body;
  const version = command && published.get(command.id);
  if (version === undefined && isOwnJudgement(subject)) return 'The lead was judged';
  const { seq, acceptedAtMs, occurredAtMs, ...told } = event;
  const mark = marks[machine === 'after' ? 'before' : 'after'].get(seq) ?? { as: 'news' };
  const { policy } = termsFor(after.definition, lead.source);
  const [acceptedAt, occurredAt] = [new Date(acceptedAtMs), new Date(occurredAtMs)];
  const row = { ...told, seq, position: seq, eventId: '', acceptedAt, occurredAt };
  const said = version === undefined ? null : { definition: version };
  const { text } = eventText({ ...row, said }, mark, policy, tongue);
  if (machine === null || machine === 'both') return text;
  const caught = marks[machine].get(seq);
  const { label, definition } = machine === 'before' ? before : after;
  const rule = caught?.as === 'machine' ? machineWords(caught.rule, definition.machines) : '';
  return `${text}; ignored by ${label}: ${rule} (machine)`;
}

function stretchRow({ first, last, events, seqs }: Stretch, marks: Marks, { fromMs }: WalkInput): WalkRow {
  const machines = seqs.filter((seq) => machineOf(seq, marks) !== null).length;
  const byMachines =
    machines === 0 ? '' : machines === events ? ', all by machines' : `, ${machines} of them by machines`;
  return {
    at: iso(first.atMs),
    until: iso(last.atMs),
    events,
    what: `${events} events${byMachines}: neither version decides anything`,
    machine: null,
    ...bothOf(last),
    inPeriod: last.atMs >= fromMs,
  };
}

function bothOf({ before, after }: RowDraft): Pick<WalkRow, 'before' | 'after' | 'differs'> {
  const same = before.decisions.join('\n') === after.decisions.join('\n');
  const differs = same ? (before.score === after.score ? null : 'score') : 'decisions';
  return { before, after, differs };
}

function headOf(
  { before, after, called, fromMs, toMs }: WalkInput,
  old: SideWalk,
  now: SideWalk,
): WalkView['head'] {
  const counted = ({ handoffs }: SideWalk, { definition }: Side) =>
    handoffs
      .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
      .map(({ atMs, trigger, source }) => {
        const { actions } = termsFor(definition, source).policy.triggers;
        const action = actions.find(({ id }) => id === trigger.id);
        return { atMs, trigger, act: action ? actPast(action) : trigger.id };
      });
  const { timeZone } = after.definition.calendar;
  return headWords(
    { label: before.label, handoffs: counted(old, before) },
    { label: after.label, handoffs: counted(now, after) },
    { lead: called, fromMs, toMs, timeZone },
  );
}

function tongueOf({ names, after }: WalkInput, { definition }: Side, walk: SideWalk): Tongue {
  const { timeZone } = after.definition.calendar;
  return {
    name: (id) => names.get(id) ?? null,
    action: (id) => {
      const { actions } = termsFor(definition, walk.source).policy.triggers;
      const action = actions.find((one) => one.id === id);
      return action ? actPast(action) : `the action "${id}"`;
    },
    moment: (atMs) => localMoment(atMs, timeZone),
    // Who takes it is told by the decision that follows in the same row.
    firstRep: () => null,
    machines: definition.machines,
  };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
