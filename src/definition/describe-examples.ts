/** Worked examples: for every trigger a life made for it, walked through the definition, and what happened in words. */
import type { AlertReason, AlertTo, Decision } from '../domain/decision.js';
import { scoreAt } from '../domain/scoring.js';
import type { Handoff } from '../domain/state.js';
import { ActMaker, fittingTraits } from './describe-acts.js';
import { effectWords } from './describe-effects.js';
import {
  actionLife,
  eventOf,
  fallbackLife,
  followUpLife,
  type LifeEvent,
  type LifeMaking,
  manualLife,
  type NoLife,
  type WalkedLife,
} from './describe-lives.js';
import type { DecidedHandoff, ExampleSubject, Step, WorkedExample } from './describe-model.js';
import { scoreLife } from './describe-score-life.js';
import { Clock } from './describe-time.js';
import { EXAMPLE_VARIABLES } from './mail-variables.js';
import type { PublishedDefinition } from './versions.js';
import { WalkDefinition } from './walk.js';
import { type WalkRep, walkTeam } from './walk-team.js';
import { countWords, eventWords, intentWords, listWords, pointsNumber, pointsWords } from './words.js';

/** Who stands in the examples. */
export const EXAMPLE_LEAD = EXAMPLE_VARIABLES.lead.firstName ?? 'The lead';
export const EXAMPLE_REP = EXAMPLE_VARIABLES.rep.firstName ?? 'The rep';

/** How far ahead sales promises to ask again in the example of a promised date. */
const PROMISED_AHEAD_DAYS = 30;

/** A rep without a calendar of their own, so that the team's counts. */
const REP: WalkRep = {
  id: 'example-rep',
  handle: 'example-rep',
  active: true,
  inRotation: true,
  weight: 1,
  calendar: { timeZone: null, workingDays: null, workingHours: null, holidays: [], absences: [] },
};

/** One example for each trigger of a source, told at the first moment and summed up at the others (epoch ms). */
export function workedExamples(
  published: Pick<PublishedDefinition, 'ref' | 'definition' | 'policyFor'>,
  source: string | null,
  moments: readonly number[],
): readonly WorkedExample[] {
  const policy = published.policyFor(source);
  const maker = new ActMaker(new WalkDefinition(published), source, fittingTraits(policy));
  const making = { maker, team: walkTeam(published.definition, [REP]), lead: EXAMPLE_LEAD };
  const { timeZone } = published.definition.calendar;
  const tell = (subject: ExampleSubject, live: (momentMs: number, clock: Clock) => WalkedLife | NoLife) =>
    exampleOf({ subject, making, moments, timeZone }, live);
  const { actions, fallback } = policy.triggers;
  return [
    ...actions.map((action) =>
      tell({ kind: 'action', id: action.id, title: eventWords(action.on, action.where) }, (momentMs) =>
        actionLife(making, action, momentMs),
      ),
    ),
    tell({ kind: 'score', id: 'score', title: 'the score' }, (momentMs) => scoreLife(making, momentMs)),
    ...(fallback === null
      ? []
      : [
          tell({ kind: 'fallback', id: 'fallback', title: 'the time in nurture' }, (momentMs) =>
            fallbackLife(making, momentMs),
          ),
        ]),
    tell({ kind: 'manual', id: 'manual', title: 'by hand' }, (momentMs) => manualLife(making, momentMs)),
    tell({ kind: 'follow_up', id: 'follow_up', title: 'a promised date' }, (momentMs, clock) =>
      followUpLife(making, momentMs, (atMs) => {
        const isoDate = clock.dateAfter(atMs, PROMISED_AHEAD_DAYS);
        return { isoDate, words: clock.date(isoDate) };
      }),
    ),
  ];
}

interface Telling {
  readonly subject: ExampleSubject;
  readonly making: LifeMaking;
  readonly moments: readonly number[];
  readonly timeZone: string;
}

function exampleOf(
  telling: Telling,
  live: (momentMs: number, clock: Clock) => WalkedLife | NoLife,
): WorkedExample {
  const { subject, moments, timeZone } = telling;
  const told: { life: WalkedLife; clock: Clock; decided: DecidedHandoff }[] = [];
  for (const momentMs of moments) {
    const clock = new Clock(timeZone, momentMs);
    const life = live(momentMs, clock);
    if ('why' in life)
      return { subject, summary: neverFires(subject, life.why), steps: [], otherwise: [], decided: null };
    told.push({ life, clock, decided: decidedIn(life) });
  }
  const [first, ...others] = told;
  if (!first) return { subject, summary: '', steps: [], otherwise: [], decided: [] };
  return {
    subject,
    summary: summaryOf(first.life, first.decided, first.clock, telling),
    steps: stepsOf(first.life, first.clock),
    otherwise: others
      .filter(({ decided }) => decided.handedOffAtMs !== first.decided.handedOffAtMs)
      .map(({ decided, clock }) => otherwiseWords(decided, clock)),
    decided: told.map(({ decided }) => decided),
  };
}

function neverFires(subject: ExampleSubject, why: string): string {
  const what = subject.kind === 'action' ? `The action “${subject.id}”` : `A handoff by ${subject.title}`;
  return `${what}: no lead’s life was found in which this hands the lead off; ${why}.`;
}

/** What the walk decided about the handoff and its first deadlines. */
function decidedIn({ turns, fired }: WalkedLife): DecidedHandoff {
  const { number, trigger, score } = fired.handoff;
  // As it stood once everything known at the handoff was worked in, a booked meeting included.
  const settled = turns.filter(
    ({ atMs, state }) => atMs === fired.atMs && handoffOf(state)?.number === number,
  );
  const handoff = handoffOf((settled.at(-1) ?? fired).state);
  const lapsed = turns.find(({ decisions }) =>
    decisions.some((one) => one.kind === 'complete' && one.number === number && one.outcome === 'sla_lapsed'),
  );
  const bridge = turns.find(({ decisions }) =>
    decisions.some(
      (one) => one.kind === 'perform' && one.effect.args.effect === 'bridge' && one.effect.handoff === number,
    ),
  );
  return {
    handedOffAtMs: fired.atMs,
    trigger: trigger.id,
    alsoHeld: trigger.alsoHeld,
    intent: trigger.intent,
    score,
    taskDueAtMs: handoff?.task.dueAt ?? null,
    slaDueAtMs: handoff?.sla.dueAt ?? null,
    slaRemindAtMs: handoff?.sla.remindAt ?? null,
    bridgeAtMs: bridge?.atMs ?? null,
    lapsedAtMs: lapsed?.atMs ?? null,
  };
}

function handoffOf(state: WalkedLife['turns'][number]['state']): Handoff | null {
  return state.stage.name === 'handed_off' || state.stage.name === 'working' ? state.stage.handoff : null;
}

function summaryOf(life: WalkedLife, decided: DecidedHandoff, clock: Clock, { subject }: Telling): string {
  const cause = life.events
    .filter(({ atMs, words }) => words !== null && atMs <= decided.handedOffAtMs)
    .at(-1);
  const at = clock.fullMoment(decided.handedOffAtMs);
  const begin =
    subject.kind === 'fallback' || subject.kind === 'follow_up' || !cause
      ? `On ${at} ${EXAMPLE_LEAD} is handed off: ${triggerSentence(life)}.`
      : `On ${clock.fullMoment(cause.atMs)} ${lowerFirst(eventSentence(cause, clock))} ${EXAMPLE_LEAD} is handed off ${
          cause.atMs === decided.handedOffAtMs
            ? 'at once'
            : `on ${clock.moment(decided.handedOffAtMs)}, once the click is known to be no machine’s`
        }: ${triggerSentence(life)}.`;
  return `${begin} ${capitalised(deadlineWords(decided, clock))}.`;
}

/** A lead's name stays as it is; the other sentences begin with an article. */
const lowerFirst = (text: string): string => (/^A /.test(text) ? `a ${text.slice(2)}` : text);
const capitalised = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

function triggerSentence({ fired }: WalkedLife): string {
  const { trigger } = fired.handoff;
  const also = trigger.alsoHeld.length === 0 ? '' : `; what also held: ${listWords(trigger.alsoHeld, 'and')}`;
  const intent = intentWords(trigger.intent);
  switch (trigger.kind) {
    case 'action': {
      const often =
        trigger.value === undefined
          ? ''
          : `, ${trigger.value} of the ${countWords(trigger.threshold ?? 0, 'time')} it takes`;
      return `the action “${trigger.id}”${often}, ${intent}${also}`;
    }
    case 'score':
      return `the score is ${pointsNumber(trigger.value ?? 0)}, the threshold ${pointsWords(trigger.threshold ?? 0)}; ${intent}${also}`;
    case 'time':
      return `${countWords(trigger.value ?? 0, 'full day')} in nurture, read along without an answer; ${intent}${also}`;
    case 'manual':
      return `by hand, ${intent}${also}`;
    case 'follow_up':
      return `the promised date has come, ${intent}${also}`;
  }
}

function deadlineWords(decided: DecidedHandoff, clock: Clock): string {
  const { taskDueAtMs, slaDueAtMs, slaRemindAtMs, bridgeAtMs } = decided;
  return [
    taskDueAtMs === null ? null : `the task is due ${clock.moment(taskDueAtMs)}`,
    slaDueAtMs === null ? null : `sales must have made first contact by ${clock.moment(slaDueAtMs)}`,
    slaRemindAtMs === null ? null : `a reminder comes ${clock.moment(slaRemindAtMs)}`,
    bridgeAtMs === null ? 'no bridge email is sent' : `the bridge email goes out ${clock.moment(bridgeAtMs)}`,
  ]
    .filter((words) => words !== null)
    .join('; ');
}

const otherwiseWords = (decided: DecidedHandoff, clock: Clock): string =>
  `Handed off on ${clock.fullMoment(decided.handedOffAtMs)} instead: ${deadlineWords(decided, clock)}.`;

function eventSentence({ words, meetingAtMs }: LifeEvent, clock: Clock): string {
  const when = meetingAtMs == null ? '' : `, for ${clock.moment(meetingAtMs)}`;
  return `${words ?? ''}${when}.`;
}

/** Everything that is told of a life, instant by instant. */
function stepsOf(life: WalkedLife, clock: Clock): readonly Step[] {
  const steps: { atMs: number; what: string[] }[] = [];
  const say = (atMs: number, sentence: string) => {
    const last = steps.at(-1);
    const step = last?.atMs === atMs ? last : { atMs, what: [] };
    if (step !== last) steps.push(step);
    if (!step.what.includes(sentence)) step.what.push(sentence);
  };
  for (const turn of life.turns) {
    const event = eventOf(turn.input, life.events);
    if (event?.words) say(turn.atMs, eventSentence(event, clock));
    // How a handoff ends is said before what follows from it.
    const inOrder = [...turn.decisions].sort(
      (a, b) => Number(b.kind === 'complete') - Number(a.kind === 'complete'),
    );
    const alertsBoth = inOrder.some((one) => isAlert(one, 'task_due', 'rep'));
    for (const decision of inOrder) {
      if (alertsBoth && isAlert(decision, 'task_due', 'rep')) continue;
      if (alertsBoth && isAlert(decision, 'task_due', 'managers')) {
        say(turn.atMs, `${EXAMPLE_REP} and the managers are alerted: the task is due and not done.`);
        continue;
      }
      for (const sentence of decisionSentences(decision, life, clock)) say(turn.atMs, sentence);
    }
  }
  return steps.map(({ atMs, what }) => ({ when: clock.fullMoment(atMs), what }));
}

function isAlert(decision: Decision, reason: AlertReason, to: AlertTo): boolean {
  if (decision.kind !== 'perform') return false;
  const { args } = decision.effect;
  return args.effect === 'alert' && args.reason === reason && args.to === to;
}

function decisionSentences(decision: Decision, life: WalkedLife, clock: Clock): readonly string[] {
  switch (decision.kind) {
    case 'handoff': {
      if (decision.number !== life.fired.handoff.number) return [`Handoff ${decision.number}.`];
      const score = scoreLines(life);
      return [`Handed off: ${triggerSentence(life)}.`, ...(score === null ? [] : [score])];
    }
    case 'complete':
      return decision.outcome === 'sla_lapsed'
        ? ['Nobody has made contact in time: the handoff ends.']
        : [`The handoff ends: ${decision.outcome.replaceAll('_', ' ')}.`];
    case 'hold':
      return [
        `The ${decision.what} would hand the lead off, but is held back (${decision.why.replaceAll('_', ' ')}).`,
      ];
    case 'perform':
      return [effectWords(decision.effect.args, { rep: EXAMPLE_REP, moment: (atMs) => clock.moment(atMs) })];
    case 'drop':
      return decision.effect === 'bridge' ? [`No bridge email (${decision.why.replaceAll('_', ' ')}).`] : [];
    case 'stage':
      return decision.to === 'dormant' ? [`${EXAMPLE_LEAD} goes dormant.`] : [];
    default:
      return [];
  }
}

/** The score of a handoff as the sum of what went into it. */
function scoreLines({ fired, turns }: WalkedLife): string | null {
  const { policy } = fired;
  const { total, contributions } = scoreAt(fired.state.engagement, fired.atMs, policy);
  if (total !== fired.handoff.score || contributions.length === 0 || turns.length === 0) return null;
  const parts = contributions.map(
    ({ rule, points, count }) =>
      `${pointsNumber(points)} from ${rule.startsWith('cap:') ? `the cap ${rule.slice(4)}` : `${rule} (${countWords(count, 'time')})`}`,
  );
  return `Score ${pointsNumber(total)}: ${parts.join(', ')}.`;
}
