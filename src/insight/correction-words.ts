/** A correction's consequences as a rep or a marketer reads them. */

import type { TriggerFired } from '../domain/decision.js';
import { decisionWords } from '../domain/decision-words.js';
import type { SourcePolicy } from '../domain/definition.js';
import { actPast } from '../domain/explain.js';
import { sentence } from '../domain/opener.js';
import { outcomeWords } from '../domain/timeline-words.js';
import { points, triggerWords } from '../domain/trigger-words.js';
import type { HandoffSummary } from '../store/read/handoffs.js';
import type { Correction, HandoffChange } from './correction-lives.js';
import type { DueNow, LabelledNow } from './correction-now.js';
import { dayWords } from './refusal.js';

const NOUNS: Readonly<Record<string, string>> = {
  'email.opened': 'open',
  'email.clicked': 'click',
  'email.replied': 'reply',
  'page.viewed': 'page view',
  'content.downloaded': 'download',
  'form.submitted': 'form',
  'webinar.registered': 'webinar registration',
  'webinar.attended': 'webinar',
  'demo.requested': 'demo request',
  'pricing.requested': 'pricing request',
  'trial.started': 'trial',
  'meeting.booked': 'meeting',
};

interface Told extends Correction {
  readonly policy: SourcePolicy;
  readonly timeZone: string;
  readonly nowMs: number;
  /** The corrected event's type. */
  readonly type: string;
}

export class CorrectionTongue {
  readonly #told: Told;

  constructor(told: Told) {
    this.#told = told;
  }

  /** What the event is: `click`, `page view`. */
  get noun(): string {
    return NOUNS[this.#told.type] ?? 'event';
  }

  trigger(trigger: TriggerFired): string {
    return triggerWords(trigger, { action: (id) => this.#action(id) });
  }

  /** One handoff in a sentence of its own. */
  change(change: HandoffChange): string {
    const { recorded, would } = change;
    const given = `${this.#told.label === 'machine' ? 'Without' : 'With'} this ${this.noun} the lead would`;
    const then = would && `${this.#day(would.atMs)} (${this.trigger(would.trigger)})`;
    if (!recorded) return `${given} have been handed off on ${then}.`;
    const [day, why] = [this.#day(recorded.startedAt.getTime()), this.trigger(recorded.trigger)];
    const known = `${day} (handoff ${recorded.number}: ${why})`;
    const state = this.#state(recorded);
    switch (change.change) {
      case 'lost':
        return `${given} not have been handed off on ${known}; ${state}.`;
      case 'earlier':
      case 'later':
        return `${given} have been handed off ${change.change}, on ${then}, and not on ${known}; ${state}.`;
      case 'changed':
        return `${given} have been handed off on ${known} all the same, but for another reason: ${this.trigger(change.would.trigger)}; ${state}.`;
      case 'other_version':
        return `Handoff ${recorded.number} on ${day} (${why}) was made under version ${recorded.definitionNumber} of the definition; the present one would not have made it then, with or without this ${this.noun}.`;
    }
  }

  due({ by, trigger }: DueNow): string {
    const why = this.trigger(trigger);
    return by === 'label'
      ? `Giving the label hands the lead off at once: ${why}.`
      : `A handoff is due now: ${why}. The label alone does not make it; have the lead judged.`;
  }

  /** Everything in a few sentences. */
  whole({ state, before, after, due, held }: LabelledNow, changes: readonly HandoffChange[]): string {
    const { threshold } = this.#told.policy.scoring;
    const score =
      before.score === after.score
        ? `The score stays at ${points(after.score)}`
        : `The score goes from ${points(before.score)} to ${points(after.score)}`;
    const counts = [
      countWords('mails opened', before.opens, after.opens),
      countWords('links clicked', before.clicks, after.clicks),
    ].flatMap((words) => words ?? []);
    const told = [
      `${[`${score} (threshold ${points(threshold)})`, ...counts].join(', ')}.`,
      ...changes.map((change) => this.change(change)),
    ];
    const moved = changes.some(({ change }) => change !== 'other_version');
    if (!moved && !due) told.push('It makes no difference to any handoff.');
    if (due) told.push(this.due(due));
    if (held) told.push(`${decisionWords(held, this.#tongue())}.`);
    const { name } = state.stage;
    if (name === 'dormant' || name === 'converted' || name === 'unqualified')
      told.push(
        `The lead is ${name === 'dormant' ? 'asleep' : outcomeWords(name)}, and a label does not change that.`,
      );
    return told.join(' ');
  }

  #state({ state, rep, outcome }: HandoffSummary): string {
    if (state === 'working') return `${rep?.name ?? 'sales'} is working on it`;
    if (state === 'awaiting')
      return rep
        ? `the handoff is still open and ${rep.name} has it`
        : "the handoff is still open, in the team's queue";
    const how = outcome ? `: ${outcomeWords(outcome.kind)}` : '';
    const on = outcome?.at ? ` on ${this.#day(outcome.at.getTime())}` : '';
    const by = outcome?.byName ? ` by ${outcome.byName}` : '';
    return `it ended${how}${on}${by}, and stays as it is`;
  }

  #action(id: string): string {
    const action = this.#told.policy.triggers.actions.find((one) => one.id === id);
    return action ? actPast(action) : `the action "${id}"`;
  }

  #day(atMs: number): string {
    return dayWords(atMs, this.#told.nowMs, this.#told.timeZone);
  }

  #tongue(): Parameters<typeof decisionWords>[1] {
    return {
      name: () => null,
      action: (id) => this.#action(id),
      moment: (atMs) => this.#day(atMs),
      firstRep: () => null,
      machines: this.#told.policy.machines,
    };
  }
}

function countWords(what: string, before: number, after: number): string | null {
  return before === after ? null : `${what} from ${before} to ${after}`;
}

/** `Correction: event 5, a click, was a machine's`; kept with what is done about it. */
export function correctionWords(noun: string, { seq, label }: Correction): string {
  return sentence(
    `correction: event ${seq} (${noun}) was ${label === 'machine' ? "a machine's" : "a person's"}`,
  );
}
