/** Small lives of a lead, each made by the definition itself so that one trigger fires at a given moment. */
import type { Decision } from '../domain/decision.js';
import type { ActionTrigger } from '../domain/definition.js';
import type { LeadEvent } from '../domain/lead-event.js';
import type { LeadState } from '../domain/state.js';
import { type ActMaker, type MadeAct, madeEvent } from './describe-acts.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './durations.js';
import { type Subject, subjectOf } from './subject.js';
import { LeadWalk, type WalkTeam, type WalkTurn } from './walk.js';

/** One thing in a life: an act of the lead, a mail sent to it, or a person's word. */
export interface LifeEvent {
  readonly atMs: number;
  readonly type: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly command?: { readonly id: string; readonly kind: string; readonly [key: string]: unknown };
  /** A sentence without its date and its full stop; null for what goes without saying. */
  readonly words: string | null;
  readonly meetingAtMs?: number | null;
}

/** A life as it was walked. */
export interface WalkedLife {
  readonly events: readonly LifeEvent[];
  readonly turns: readonly WalkTurn[];
  /** The turn that handed the lead off for the trigger in question. */
  readonly fired: WalkTurn & { readonly handoff: Extract<Decision, { kind: 'handoff' }> };
}

/** Why no life was found. */
export interface NoLife {
  readonly why: string;
}

export interface LifeMaking {
  readonly maker: ActMaker;
  readonly team: WalkTeam;
  /** What the lead is called in sentences. */
  readonly lead: string;
}

/** No lead of the example has been known longer than this before its story begins, unless the story needs it. */
export const KNOWN_BEFORE_MS = DAY_MS;
/** As many as a handoff may be reassigned, and some more. */
const LAPSES_MAX = 16;
/** After the last event of a life, long enough for a waiting click to be settled. */
export const SETTLE_MS = HOUR_MS;

/** Walks a life until its last handoff has closed without anybody in sales having done anything more. */
export function walkLife(
  making: LifeMaking,
  events: readonly LifeEvent[],
  untilMs: number,
): Omit<WalkedLife, 'fired'> {
  const { definition, source, traits } = making.maker;
  const ordered = [...events].sort((a, b) => a.atMs - b.atMs);
  const subjects = ordered.map((event, index): Subject => {
    const { atMs, type, properties, command } = event;
    return subjectOf(madeEvent({ seq: index + 1, atMs, type, properties, command, source }));
  });
  const turns: WalkTurn[] = [];
  const lead = { id: 'example', source, subjects, traits };
  const walk = new LeadWalk(lead, definition, making.team, (turn) => turns.push(turn));
  walk.runUntil(untilMs);
  for (let lapses = 0; lapses < LAPSES_MAX; lapses++) {
    const { stage } = walk.state;
    if (stage.name !== 'handed_off' || stage.handoff.sla.dueAt === null) break;
    walk.runUntil(Math.max(stage.handoff.sla.dueAt, walk.state.at));
  }
  return { events: ordered, turns };
}

/** The handoff of this number in a walk. */
export function handoffIn(turns: readonly WalkTurn[], number: number): WalkedLife['fired'] | undefined {
  for (const turn of turns) {
    for (const decision of turn.decisions) {
      if (decision.kind === 'handoff' && decision.number === number) return { ...turn, handoff: decision };
    }
  }
  return undefined;
}

export const born = (making: LifeMaking, atMs: number): LifeEvent => ({
  atMs,
  type: 'lead.created',
  words: `${making.lead} becomes a lead`,
});

export const acted = (making: LifeMaking, act: MadeAct, atMs: number): LifeEvent[] => [
  ...(act.callToAction
    ? [
        {
          atMs: atMs - HOUR_MS,
          type: 'email.sent',
          properties: { emailId: act.properties.emailId, directCta: true },
          words: 'A mail with a direct call to action is sent',
        },
      ]
    : []),
  {
    atMs,
    type: act.type,
    properties: act.properties,
    words: `${making.lead} ${act.words}`,
    meetingAtMs: act.meetingAtMs,
  },
];

/** An action: as many of its acts as it takes, the last of them at the moment. */
export function actionLife(making: LifeMaking, action: ActionTrigger, momentMs: number): WalkedLife | NoLife {
  const { maker } = making;
  const stepMs = visitStepMs(action);
  let instead: string | undefined;
  let beside: WalkedLife | undefined;
  const acts = maker.acts(action, 0, momentMs, ({ triggers }) => triggers.includes(action.id));
  for (const act of acts) {
    const first = momentMs - (action.times - 1) * stepMs;
    const visits = Array.from({ length: action.times }, (_, index) =>
      acted(making, act, first + index * stepMs),
    );
    const life = [born(making, first - KNOWN_BEFORE_MS), ...visits.flat()];
    const walked = walkLife(making, life, momentMs + SETTLE_MS);
    const fired = handoffIn(walked.turns, 1);
    if (fired?.handoff.trigger.id === action.id) return { ...walked, fired };
    if (fired?.handoff.trigger.alsoHeld.includes(action.id)) beside ??= { ...walked, fired };
    else if (fired) instead ??= fired.handoff.trigger.id;
  }
  if (beside) return beside;
  if (acts.length === 0) return { why: 'no event was found that meets its condition' };
  if (instead !== undefined) return { why: `the lead is handed off before, by ${triggerName(instead)}` };
  return { why: 'the acts that meet its condition do not hand the lead off' };
}

/** How far apart the counted acts of an example are: as people would do it, and always within window and gap. */
function visitStepMs({ times, withinMs, visitGapMs }: ActionTrigger): number {
  if (times <= 1) return 0;
  const most = withinMs === 0 ? DAY_MS : Math.floor(withinMs / (times - 1));
  const readable = [DAY_MS, HOUR_MS, 10 * MINUTE_MS, MINUTE_MS].find((step) => step <= most) ?? most;
  return Math.max(readable, Math.min(visitGapMs, most));
}

/** The handoff by time: as many mails read and links clicked as it takes, spread over the time in nurture. */
export function fallbackLife(making: LifeMaking, momentMs: number): WalkedLife | NoLife {
  const { fallback } = making.maker.policy.triggers;
  if (fallback === null) return { why: 'there is no handoff by time' };
  const bornAtMs = momentMs - fallback.afterMs;
  const mails = Math.max(fallback.opens, fallback.clicks);
  const stepMs = Math.floor(fallback.afterMs / (mails + 2));
  const untilMs = momentMs + fallback.cta.unansweredForMs + 2 * DAY_MS;
  const clicks = plainClicks(making.maker, fallback.clicks);
  if (clicks === null) return { why: 'every click in a mail that was tried hands the lead off by itself' };
  let instead: string | undefined;
  // Read in the course of the time, else early: what is long ago counts for less.
  for (const spacing of [stepMs, Math.floor(stepMs / 10)]) {
    const life: LifeEvent[] = [born(making, bornAtMs)];
    for (let index = 0; index < mails; index++) {
      const atMs = bornAtMs + (index + 1) * spacing;
      const emailId = `Example mail ${index + 1}`;
      const open = { type: 'email.opened', properties: { emailId } };
      life.push({ ...open, atMs, words: `${making.lead} opened the email "${emailId}"` });
      const click = clicks[index];
      if (click) life.push(...acted(making, click, atMs + Math.min(MINUTE_MS, Math.floor(spacing / 2))));
    }
    if (fallback.cta.required)
      life.push(callToAction(Math.max(bornAtMs, momentMs - fallback.cta.unansweredForMs)));
    const walked = walkLife(making, life, untilMs);
    const fired = handoffIn(walked.turns, 1);
    if (fired?.handoff.trigger.kind === 'time') return { ...walked, fired };
    if (fired) instead ??= fired.handoff.trigger.id;
  }
  return {
    why:
      instead === undefined
        ? 'the lead goes dormant, or something it did counts as a response'
        : `a lead that reads so much is handed off before, by ${triggerName(instead)}`,
  };
}

const callToAction = (atMs: number): LifeEvent => ({
  atMs,
  type: 'email.sent',
  properties: { emailId: 'Example call to action', directCta: true },
  words: 'A mail with a direct call to action is sent',
});

/** So many different clicks that are no action, each in a mail of its own; null when none was found. */
function plainClicks(maker: ActMaker, count: number): readonly MadeAct[] | null {
  const clicks: MadeAct[] = [];
  for (let number = 0; number < count; number++) {
    const [click] = maker.acts({ on: 'email.clicked' }, number, 0, ({ triggers }) => triggers.length === 0);
    if (!click) return null;
    clicks.push(click);
  }
  return clicks;
}

/** A person hands the lead off. */
export function manualLife(making: LifeMaking, momentMs: number): WalkedLife | NoLife {
  const walked = walkLife(making, byHand(making, momentMs), momentMs + SETTLE_MS);
  const fired = handoffIn(walked.turns, 1);
  return fired ? { ...walked, fired } : { why: 'a handoff by hand was refused' };
}

const byHand = (making: LifeMaking, atMs: number): LifeEvent[] => [
  born(making, atMs - KNOWN_BEFORE_MS),
  {
    atMs,
    type: 'command',
    command: { id: 'example-handoff', kind: 'handoff' },
    words: `A colleague hands ${making.lead} off by hand`,
  },
];

/** A promised date: sales finds the lead not ready within its time, and promises to ask again. */
export function followUpLife(
  making: LifeMaking,
  momentMs: number,
  promise: (atMs: number) => { readonly isoDate: string; readonly words: string },
): WalkedLife | NoLife {
  const life = byHand(making, momentMs);
  const opened = openHandoff(walkLife(making, life, momentMs));
  if (!opened || opened.sla.dueAt === null) return { why: 'a handoff by hand was refused' };
  const startsAt = opened.sla.startsAt ?? momentMs;
  const contactMs = Math.min(startsAt + HOUR_MS, Math.floor((startsAt + opened.sla.dueAt) / 2));
  const { isoDate, words } = promise(contactMs);
  const told: LifeEvent = {
    atMs: contactMs,
    type: 'sales.disposition',
    command: {
      id: 'example-disposition',
      kind: 'disposition',
      handoff: 1,
      disposition: 'not_ready',
      followUpOn: isoDate,
    },
    words: `Sales records that ${making.lead} is not ready, and promises to ask again on ${words}`,
  };
  // The promise holds for a business day, and no calendar rests for longer than this.
  const walked = walkLife(making, [...life, told], Date.parse(isoDate) + 60 * DAY_MS);
  const fired = handoffIn(walked.turns, 2);
  return fired?.handoff.trigger.kind === 'follow_up'
    ? { ...walked, fired }
    : { why: 'the promised date does not hand the lead off' };
}

function openHandoff({ turns }: Omit<WalkedLife, 'fired'>) {
  let state: LeadState | undefined;
  for (const turn of turns) {
    if (turn.state.stage.name === 'handed_off' && turn.state.stage.handoff.prepared) {
      state = turn.state;
      break;
    }
  }
  return state?.stage.name === 'handed_off' ? state.stage.handoff : undefined;
}

/** How a trigger's id is said among words. */
function triggerName(id: string): string {
  if (id === 'score') return 'its score';
  return id === 'fallback' ? 'the time in nurture' : `the action “${id}”`;
}

/** The event a turn was about, where it was about one. */
export function eventOf(input: LeadEvent, events: readonly LifeEvent[]): LifeEvent | undefined {
  return 'seq' in input ? events[input.seq - 1] : undefined;
}
