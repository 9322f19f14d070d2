/** Why a lead's score is what it is, and what is missing for a handoff, in words. */
import type { ActionTrigger, CorePolicy, FieldTest, SourcePolicy, Where } from './definition.js';
import { fallbackFrom } from './fallback.js';
import { sentence } from './opener.js';
import { type Contribution, DAY_MS, scoreAt } from './scoring.js';
import type { LeadState } from './state.js';
import { points } from './trigger-words.js';
import { visitsAround } from './visits.js';

interface ExplainedContribution extends Contribution {
  readonly text: string;
}

interface Missing {
  /** The trigger's id (`score`, `fallback`, an action), or what holds triggers back. */
  readonly trigger: string;
  readonly text: string;
}

export interface Explanation {
  /** Milli-points; exactly the sum of the contributions. */
  readonly total: number;
  readonly contributions: readonly ExplainedContribution[];
  readonly missing: readonly Missing[];
}

export interface ExplainInput {
  /** With this period's engagement folded and its clicks settled by `atMs`. */
  readonly state: LeadState;
  readonly policy: SourcePolicy;
  readonly core: CorePolicy;
  readonly atMs: number;
  /** The ISO date of an instant, in the team's time zone. */
  readonly day: (atMs: number) => string;
}

/** The score at an instant, and everything that stands between the lead and a handoff. */
export function explain(input: ExplainInput): Explanation {
  const { state, policy, core, atMs } = input;
  const { total, contributions } = scoreAt(state.engagement, atMs, core);
  return {
    total,
    contributions: contributions.map((line) => ({ ...line, text: contributionWords(line, policy) })),
    missing: missingFor(input, total),
  };
}

function missingFor(input: ExplainInput, total: number): Missing[] {
  const { state, policy } = input;
  switch (state.stage.name) {
    case 'handed_off':
    case 'working': {
      const { number } = state.stage.handoff;
      return [
        { trigger: 'handoff', text: `handoff ${number} is open: no trigger starts a second one meanwhile` },
      ];
    }
    case 'converted':
      return ended(input, 'the lead is a customer', policy.after.converted.reopenOn);
    case 'unqualified':
      return ended(input, 'the lead is unqualified', reopeningActions(policy));
    case 'dormant': {
      const since = input.day(state.stage.since);
      return [
        {
          trigger: 'dormant',
          text: `asleep since ${since}: any act of the lead wakes it, and nothing is decided before`,
        },
        ...holds(input),
        ...scoreMissing(input, total),
        ...actionsMissing(input, policy.triggers.actions),
      ];
    }
    case 'nurturing':
      return [
        ...holds(input),
        ...scoreMissing(input, total),
        ...actionsMissing(input, policy.triggers.actions),
        ...fallbackMissing(input),
      ];
  }
}

function reopeningActions({ after, triggers }: SourcePolicy): readonly string[] {
  const { reopenOn } = after.unqualified;
  if (reopenOn === 'never') return [];
  if (reopenOn !== 'high') return reopenOn;
  return triggers.actions.filter(({ intent }) => intent === 'high').map(({ id }) => id);
}

function ended(input: ExplainInput, what: string, reopenOn: readonly string[]): Missing[] {
  const actions = input.policy.triggers.actions.filter(({ id }) => reopenOn.includes(id));
  if (actions.length === 0)
    return [{ trigger: 'stage', text: `${what}: nothing the lead does hands it off` }];
  return [
    { trigger: 'stage', text: `${what}: only what follows hands it off again` },
    ...actionsMissing(input, actions),
  ];
}

/** What holds triggers back whatever the lead does. */
function holds({ state, atMs, day }: ExplainInput): Missing[] {
  const { suppressed, cooldownUntil, followUp } = state;
  const held: Missing[] = [];
  if (suppressed.marketing !== null) {
    const why = suppressed.marketing.why.replaceAll('_', ' ');
    held.push({
      trigger: 'suppressed',
      text: `marketing mail is suppressed (${why}): only a high-intent act hands off`,
    });
  }
  if (cooldownUntil !== null && cooldownUntil > atMs) {
    held.push({
      trigger: 'cooldown',
      text: `cooldown until ${day(cooldownUntil)}: only a high-intent act hands off before`,
    });
  }
  if (followUp !== null) {
    const on = followUp.at === null ? followUp.on : day(followUp.at);
    held.push({
      trigger: 'follow_up',
      text: `a follow-up is promised: handed off on ${on}, unless something comes first`,
    });
  }
  return held;
}

function scoreMissing({ state, core }: ExplainInput, total: number): Missing[] {
  const { threshold, fitAtLeast } = core.scoring;
  const { fit } = state.engagement;
  const missing: Missing[] = [];
  if (total < threshold) {
    missing.push({
      trigger: 'score',
      text: `${shortBy(threshold - total)} points short of ${points(threshold)}`,
    });
  } else if (!state.heldCrossing && (fitAtLeast === null || fit >= fitAtLeast)) {
    missing.push({
      trigger: 'score',
      text: `the score stands at ${points(total)} (threshold ${points(threshold)}); it hands off when an act carries it there, or when the lead is judged`,
    });
  }
  if (fitAtLeast !== null && fit < fitAtLeast) {
    missing.push({
      trigger: 'fit',
      text: `fit is ${points(fit)}, and beside the score at least ${points(fitAtLeast)} is needed`,
    });
  }
  return missing;
}

/** Rounded up, so that no words say "0 points short". */
function shortBy(milli: number): string {
  return points(Math.ceil(milli / 100) * 100);
}

function actionsMissing(input: ExplainInput, actions: readonly ActionTrigger[]): Missing[] {
  const { state, atMs } = input;
  return actions.map((action) => {
    const { id, times, withinMs } = action;
    if (times <= 1) return { trigger: id, text: `no ${actNoun(action)} yet` };
    const visits = visitsAround(state.engagement.visits[id] ?? [], atMs, action);
    const what = action.on === 'page.viewed' ? 'visits' : 'times';
    return {
      trigger: id,
      text: `${actNoun(action)}: ${visits} of ${times} ${what} within ${duration(withinMs)}`,
    };
  });
}

function fallbackMissing({ state, core, atMs, day }: ExplainInput): Missing[] {
  const terms = core.triggers.fallback;
  if (terms === null || state.followUp !== null) return [];
  const { allowedMs, allowedSince } = state.period;
  const { openedMails, clickedLinks } = state.engagement;
  const needed = `${duration(terms.afterMs)} in nurture`;
  if (allowedSince === null)
    return [
      { trigger: 'fallback', text: `${needed}: the time stands still while no nurture mail is allowed` },
    ];
  const parts: string[] = [];
  const byTime = Math.max(allowedSince + Math.max(0, terms.afterMs - allowedMs), state.cooldownUntil ?? 0);
  const counted = openedMails.length >= terms.opens && clickedLinks.length >= terms.clicks;
  const at = counted ? fallbackFrom(state, core, atMs) : null;
  const earliest = at ?? byTime;
  if (earliest > atMs) parts.push(`${needed}: on ${day(earliest)} at the earliest`);
  if (openedMails.length < terms.opens) parts.push(`${openedMails.length} of ${terms.opens} emails opened`);
  if (clickedLinks.length < terms.clicks)
    parts.push(`${clickedLinks.length} of ${terms.clicks} links clicked`);
  if (counted && at === null) {
    const unanswered = duration(terms.cta.unansweredForMs);
    parts.push(`a call to action must have stood unanswered for ${unanswered}`);
  }
  if (parts.length > 0) return [{ trigger: 'fallback', text: parts.join('; ') }];
  const imported = state.backfilledUntil !== null;
  return [
    {
      trigger: 'fallback',
      text: imported
        ? `${needed}: complete by imported history alone, which waits to be judged`
        : `${needed}: complete; it is being decided`,
    },
  ];
}

function duration(ms: number): string {
  if (ms % DAY_MS === 0) return plural(ms / DAY_MS, 'day');
  if (ms % 3_600_000 === 0) return plural(ms / 3_600_000, 'hour');
  if (ms % 60_000 === 0) return plural(ms / 60_000, 'minute');
  return plural(Math.ceil(ms / 1000), 'second');
}

function plural(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}

const ACT_NOUNS: Readonly<Record<string, string>> = {
  'email.opened': 'opened mail',
  'email.clicked': 'click in a mail',
  'email.replied': 'reply to a mail',
  'page.viewed': 'page',
  'content.downloaded': 'download',
  'form.submitted': 'form',
  'webinar.registered': 'webinar registration',
  'webinar.attended': 'attended webinar',
  'demo.requested': 'demo request',
  'pricing.requested': 'pricing request',
  'trial.started': 'free trial',
  'meeting.booked': 'booked meeting',
};

/** What an action waits for: `demo request`, `pricing page`, `reply to a mail (question or buying signal)`. */
function actNoun({ on, where }: Pick<ActionTrigger, 'on' | 'where'>): string {
  const noun = ACT_NOUNS[on] ?? `"${on}"`;
  const { kind, ...others } = where ?? {};
  const kinds = kind && 'equals' in kind ? kind.equals.map((one) => String(one).replaceAll('_', ' ')) : [];
  const named = kinds.length > 0 ? `${kinds.join(' or ')} ${noun}` : noun;
  const rest = whereWords(kinds.length > 0 ? others : (where ?? {}));
  return rest === '' ? named : `${named} (${rest})`;
}

const ACT_PHRASES: Readonly<Record<string, string>> = {
  'email.opened': 'opened a mail',
  'email.clicked': 'clicked in a mail',
  'email.replied': 'replied to a mail',
  'content.downloaded': 'downloaded something',
  'form.submitted': 'filled in a form',
  'webinar.registered': 'registered for a webinar',
  'webinar.attended': 'attended a webinar',
  'demo.requested': 'asked for a demo',
  'pricing.requested': 'asked for pricing',
  'trial.started': 'started a free trial',
  'meeting.booked': 'booked a meeting',
};

/** What a lead did that met an action: `asked for a demo`, `visited the pricing page`. */
export function actPast(action: Pick<ActionTrigger, 'on' | 'where'>): string {
  if (action.on === 'page.viewed') return `visited the ${actNoun(action)}`;
  return ACT_PHRASES[action.on] ?? `did "${action.on}"`;
}

function whereWords(where: Where): string {
  return Object.entries(where)
    .map(([field, test]) => testWords(field, test))
    .join(', ');
}

function testWords(field: string, test: FieldTest): string {
  if ('present' in test) return test.present ? `with a ${field}` : `without a ${field}`;
  if ('glob' in test) return test.glob;
  if ('equals' in test) {
    const values = test.equals.map((one) => String(one).replaceAll('_', ' ')).join(' or ');
    return field === 'reply' ? values : `${field} ${values}`;
  }
  const from = test.atLeast === undefined ? '' : ` at least ${test.atLeast}`;
  const to = test.atMost === undefined ? '' : ` at most ${test.atMost}`;
  return `${field}${from}${to}`;
}

function contributionWords({ rule: id, count }: Contribution, policy: SourcePolicy): string {
  if (id.startsWith('cap:')) {
    const group = policy.scoring.groups.find((one) => one.id === id.slice('cap:'.length));
    return group === undefined
      ? 'a cap'
      : `more than ${points(group.atMost)} points are not given for ${group.rules.join(' and ')} together`;
  }
  const rule = policy.scoring.rules.find((one) => one.id === id);
  if (rule === undefined) return `${id}, ${plural(count, 'time')}`;
  return `${sentence(actNoun(rule))}, ${plural(count, 'time')}`;
}
