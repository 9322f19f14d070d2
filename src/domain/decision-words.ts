/** Each decision of the journal in one plain sentence, with its reason. */
import type {
  AlertReason,
  DeadlinePurpose,
  Decision,
  EffectPlan,
  HoldReason,
  IgnoreReason,
  RequestPlan,
  StageName,
} from './decision.js';
import type { DeadlineKind } from './lead-event.js';
import { sentence } from './opener.js';
import { refusalWords } from './refusal-words.js';
import { effectNoun, type MachineTimes, machineWords, outcomeWords } from './timeline-words.js';
import { triggerWords } from './trigger-words.js';

/** What the core does not know: names, and instants in somebody's time zone. */
export interface Tongue {
  /** What a rep or another asker is called; null when nobody knows. */
  readonly name: (id: string) => string | null;
  /** What an action is, in the past tense: `asked for a demo`. */
  readonly action: (id: string) => string;
  readonly moment: (atMs: number) => string;
  /** Whom a handoff was routed to first, by its number. */
  readonly firstRep: (handoff: number) => string | null;
  readonly machines: MachineTimes;
}

/** One decision in a sentence. */
export function decisionWords(decision: Decision, tongue: Tongue): string {
  switch (decision.kind) {
    case 'handoff': {
      const rep = tongue.firstRep(decision.number);
      const to = rep === null ? '' : ` to ${rep}`;
      return `Handed off${to} (handoff ${decision.number}): ${triggerWords(decision.trigger, tongue)}`;
    }
    case 'prepared':
      return decision.rep === null
        ? `Nobody could take handoff ${decision.number}: it waits in the team's queue`
        : `${who(decision.rep, tongue)} has handoff ${decision.number} (${routingWords(decision.routedBy)})`;
    case 'add_act':
      return `Acted again while with sales: ${triggerWords(decision.trigger, tongue)}; added to handoff ${decision.number}`;
    case 'activity':
      return activityWords(decision, tongue);
    case 'complete': {
      const by = decision.by === undefined ? '' : ` by ${who(decision.by, tongue)}`;
      const instead =
        decision.replaces === undefined ? '' : `, instead of ${outcomeWords(decision.replaces)}`;
      return `Handoff ${decision.number} ended: ${outcomeWords(decision.outcome)}${by}${instead}`;
    }
    case 'restore':
      return `Handoff ${decision.number} goes on: there was contact in time (it had ended: ${outcomeWords(decision.replaces)})`;
    case 'reassign': {
      const from = decision.from === null ? "the team's queue" : who(decision.from, tongue);
      const to = decision.to === null ? "the team's queue" : who(decision.to, tongue);
      const by = decision.by === undefined ? '' : `, by ${who(decision.by, tongue)}`;
      return `Handoff ${decision.number} went from ${from} to ${to}${by}`;
    }
    case 'stage': {
      const track = decision.track === undefined ? '' : ` on the ${decision.track.replace('_', '-')} track`;
      return `Moved from ${STAGES[decision.from]} to ${STAGES[decision.to]}${track}`;
    }
    case 'period':
      return `Nurture period ${decision.number} begins: score and counts start from nothing`;
    case 'suppress':
      return decision.on
        ? `No more ${decision.stream} mail: ${decision.why.replaceAll('_', ' ')}`
        : `${sentence(decision.stream)} mail is wanted again: ${decision.why}`;
    case 'hold':
      return `${decision.what === 'score' ? 'The score reached its threshold' : 'The time in nurture is up'}, but ${holdWords(decision.why)}`;
    case 'follow_up':
      return decision.on === null
        ? `The follow-up promised at handoff ${decision.number} is off`
        : `A follow-up is promised for ${decision.on} (after handoff ${decision.number})`;
    case 'perform':
      return performWords(decision.effect, tongue);
    case 'request':
      return requestWords(decision.request);
    case 'schedule':
      return `${sentence(DEADLINES[decision.deadline])} on ${tongue.moment(decision.at)}`;
    case 'drop':
      return `${sentence(effectNoun(decision.effect))}: dropped, ${dropWords(decision.why)}`;
    case 'effect_done':
      return `${sentence(effectOfKey(decision.key))}: done`;
    case 'effect_fault': {
      const next = decision.parked
        ? 'a person must see to it'
        : `tried again on ${tongue.moment(decision.retryAt)}`;
      return `${sentence(effectOfKey(decision.key))}: failed (${decision.code.replaceAll('_', ' ')}), ${next}`;
    }
    case 'ignore':
      return ignoreWords(decision, tongue);
    case 'command':
      return decision.verdict.ok
        ? `Accepted: ${(decision.verdict.did ?? decision.command).replaceAll('_', ' ')}`
        : `Refused: ${refusalWords(decision.verdict)}`;
  }
}

function who(id: string, { name }: Pick<Tongue, 'name'>): string {
  return name(id) ?? (id === 'crm' ? 'the CRM' : 'somebody');
}

const ROUTING: Readonly<Record<string, string>> = {
  owner: 'the lead is theirs already',
  account: "the account's owner",
  territory: 'by territory',
  roundRobin: 'by turns',
  follow_up: 'as promised',
};

function routingWords(routedBy: string): string {
  return ROUTING[routedBy] ?? routedBy;
}

function activityWords(decision: Extract<Decision, { kind: 'activity' }>, tongue: Tongue): string {
  const by = decision.by === undefined ? '' : ` by ${who(decision.by, tongue)}`;
  const what = decision.activity === 'task_completed' ? 'task completed' : decision.activity;
  return decision.first
    ? `First contact in handoff ${decision.number}: ${what}${by}`
    : `${sentence(what)}${by} on record for handoff ${decision.number}`;
}

const STAGES: Readonly<Record<StageName, string>> = {
  nurturing: 'nurture',
  handed_off: 'sales',
  working: 'being worked on by sales',
  converted: 'customer',
  unqualified: 'unqualified',
  dormant: 'asleep',
};

function holdWords(why: HoldReason): string {
  switch (why) {
    case 'fit':
      return 'the lead does not fit well enough';
    case 'cooldown':
      return 'the cooldown after the last handoff is not over';
    case 'suppressed':
      return 'the lead wants no marketing mail';
    case 'backfill':
      return 'only imported history carries it';
    case 'follow_up':
      return 'a follow-up is promised';
  }
}

const ALERTS: Readonly<Record<AlertReason, string>> = {
  handoff: 'a new lead',
  queue: 'nobody could take a lead',
  reassigned: 'a lead was given to them',
  acted_again: 'the lead acted again',
  sla_reminder: 'still no contact',
  task_due: 'the task is overdue',
  sla_lapsed: 'no contact was made in time',
  lapse_unconfirmed: 'was there contact? The CRM could not be asked',
  confirm_contact: 'was the note a contact?',
  idle_rep: 'nothing has happened for long',
  idle_manager: 'nothing has happened for long',
  meeting_booked: 'the lead booked a meeting',
  restored: 'the handoff goes on',
  left_sales_mail: 'the lead wants no sales mail',
  phone_only: 'the lead wants no more mail; by phone only',
  no_task: 'the CRM did not take the task',
};

function performWords({ args }: EffectPlan, tongue: Tongue): string {
  switch (args.effect) {
    case 'pause':
      return 'Nurture mail is to pause';
    case 'resume':
      return `Nurture mail is to go on, on the ${args.track.replace('_', '-')} track`;
    case 'tag':
      return `The tag "${args.tag}" is to be set`;
    case 'untag':
      return `The tag "${args.tag}" is to be removed`;
    case 'task': {
      const rep = args.rep === null ? "the team's queue" : who(args.rep, tongue);
      return `A task for ${rep}, due on ${tongue.moment(args.dueAt)}`;
    }
    case 'task_update':
      return `The task is to change: ${args.change}${args.dueAt === undefined ? '' : `, due on ${tongue.moment(args.dueAt)}`}`;
    case 'alert': {
      const to =
        args.to === 'managers' ? 'the managers' : args.rep === null ? 'the rep' : who(args.rep, tongue);
      return `Alert to ${to}: ${ALERTS[args.reason]}`;
    }
    case 'bridge':
      return 'The bridge email is to go out';
    case 'final':
      return 'The final marketing email is to go out';
  }
}

const PURPOSES: Readonly<Record<DeadlinePurpose, string>> = {
  meeting: 'a meeting was booked: looking up when the SLA ends now',
  follow_up: 'looking up the business day of the promised follow-up',
  lapse_extension: 'the CRM could not be asked: looking up how long the lapse waits',
  earlier_due: 'looking up when the task is due now',
};

function requestWords(request: RequestPlan): string {
  switch (request.request) {
    case 'prepare':
      return `Choosing a rep and the deadlines of handoff ${request.handoff}`;
    case 'deadlines':
      return sentence(PURPOSES[request.purpose]);
    case 'barrier':
      return request.purpose === 'sla'
        ? 'Looking once more for contact before the SLA lapses'
        : 'Looking once more for news before the time in nurture hands the lead off';
  }
}

const DEADLINES: Readonly<Record<DeadlineKind, string>> = {
  pending_click: 'an email click is settled',
  retry: 'a failed step is tried again',
  bridge: 'the bridge email is due',
  sla: 'the SLA ends',
  sla_reminder: 'the rep is reminded of the SLA',
  task_due: 'the task is due',
  idle_rep: 'the rep is reminded of the idle handoff',
  idle_manager: 'the manager is told of the idle handoff',
  idle_close: 'the idle handoff closes',
  follow_up: 'the promised follow-up starts',
  cooldown_end: 'the cooldown ends',
  fallback: 'the time in nurture could hand the lead off',
  final_email: 'the final marketing email is due',
  sunset: 'the lead goes to sleep if nothing happens',
};

const DROPS: Readonly<Record<string, string>> = {
  suppressed: 'because the lead wants no such mail',
  meeting_booked: 'because a meeting is booked',
  sales_active: 'because sales has made contact already',
  expired: 'because it is too late for it',
  reassigned: 'because the lead was given to somebody else',
  handoff_closed: 'because the handoff is over',
  superseded: 'because something newer takes its place',
};

function dropWords(why: string): string {
  return DROPS[why] ?? why.replaceAll('_', ' ');
}

/** What an effect is by its key, which holds its kind: `<lead>/<scope>/<effect>/<ordinal>`. */
export function effectOfKey(key: string): string {
  const kind = key.split('/').at(-2) ?? '';
  return isEffectKind(kind) ? effectNoun(kind) : 'an effect';
}

function isEffectKind(kind: string): kind is EffectPlan['args']['effect'] {
  return ['pause', 'resume', 'tag', 'untag', 'task', 'task_update', 'alert', 'bridge', 'final'].includes(
    kind,
  );
}

const IGNORED: Readonly<Record<Exclude<IgnoreReason, 'machine'>, string>> = {
  stale_action: 'it had happened too long before it became known',
  backfill: 'imported history triggers nothing',
  before_period: 'it happened before this nurture period',
  cooldown: 'the cooldown after the last handoff is not over',
  suppressed: 'the lead wants no marketing mail',
  ended: 'the lead is through with sales',
  auto_reply: 'an automatic reply is no response',
  late_result: 'an answer came too late to matter',
  not_due: 'its reason had gone',
};

function ignoreWords(decision: Extract<Decision, { kind: 'ignore' }>, tongue: Tongue): string {
  if (decision.reason === 'machine') {
    const why =
      decision.rule === undefined ? 'a machine did it' : machineWords(decision.rule, tongue.machines);
    return `Ignored: ${why} (machine)`;
  }
  const trigger = decision.trigger === undefined ? '' : ` (${tongue.action(decision.trigger)})`;
  return `No handoff for this${trigger}: ${IGNORED[decision.reason]}`;
}
