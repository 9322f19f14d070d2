/** What a lead shows in the Temporal UI: search attributes and a few lines of Markdown. Ids and words only. */
import { defineSearchAttributeKey, type SearchAttributeUpdatePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { nextDeadline } from '../domain/deadlines.js';
import type { CorePolicy } from '../domain/definition.js';
import type { DeadlineKind } from '../domain/lead-event.js';
import { ATTENTION_AFTER_ATTEMPTS } from '../domain/on-result.js';
import { scoreAt } from '../domain/scoring.js';
import type { LeadState } from '../domain/state.js';

const KEYS = {
  stage: defineSearchAttributeKey('LeadStage', 'KEYWORD'),
  source: defineSearchAttributeKey('LeadSource', 'KEYWORD'),
  score: defineSearchAttributeKey('LeadScore', 'INT'),
  trigger: defineSearchAttributeKey('HandoffTrigger', 'KEYWORD'),
  dueAt: defineSearchAttributeKey('HandoffDueAt', 'DATETIME'),
  owner: defineSearchAttributeKey('LeadOwner', 'KEYWORD'),
  attention: defineSearchAttributeKey('LeadAttention', 'KEYWORD_LIST'),
};
const SCORE_BAND = 10;
const MILLI = 1000;

const NEXT_WORDS: Readonly<Record<DeadlineKind, string>> = {
  pending_click: 'an email click is being checked for a machine',
  retry: 'a failed step is tried again',
  bridge: 'the bridge email is due',
  sla: 'the SLA ends',
  sla_reminder: 'the rep is reminded of the SLA',
  task_due: 'the task is due',
  idle_rep: 'the rep is reminded of an idle handoff',
  idle_manager: 'the manager is told of an idle handoff',
  idle_close: 'the idle handoff closes',
  follow_up: 'the promised follow-up starts',
  cooldown_end: 'the cooldown ends and a held score is judged',
  fallback: 'the time-based handoff could fire',
  final_email: 'the final marketing email is due',
  sunset: 'the lead goes dormant if nothing happens',
};

export function nextInWords(
  state: LeadState,
  policy: CorePolicy,
): { what: string; at: number; words: string } | null {
  const next = nextDeadline(state, policy);
  return next && { what: next.kind, at: next.at, words: NEXT_WORDS[next.kind] };
}

/** Effects that need a person, or have failed often enough that one should look. */
function attentionOf(state: LeadState): string[] {
  const kinds = state.effects
    .filter((effect) => effect.parked || effect.attempts >= ATTENTION_AFTER_ATTEMPTS)
    .map((effect) => effect.args.effect);
  return [...new Set(kinds)].sort();
}

type Shown = Record<keyof typeof KEYS, string>;

/** Keeps the attributes in step with the state; upserts only what changed, in one command. */
export class Presentation {
  private shown: Partial<Shown> = {};

  /** `known` are the attributes the run was started with, so that the first turn repeats none of them. */
  constructor(known: Partial<Shown>) {
    this.shown = { ...known };
  }

  get carried(): Partial<Shown> {
    return this.shown;
  }

  show(state: LeadState, policy: CorePolicy): void {
    const { stage } = state;
    const handoff = stage.name === 'handed_off' || stage.name === 'working' ? stage.handoff : null;
    const score = Math.floor(scoreAt(state.engagement, state.at, policy).total / MILLI);
    const band = Math.floor(score / SCORE_BAND) * SCORE_BAND;
    const dueAt = handoff?.sla.state === 'running' ? handoff.sla.dueAt : null;
    const attention = attentionOf(state);
    const pairs: SearchAttributeUpdatePair[] = [];
    const put = (name: keyof typeof KEYS, text: string, pair: SearchAttributeUpdatePair) => {
      if ((this.shown[name] ?? '') === text) return;
      this.shown[name] = text;
      pairs.push(pair);
    };
    put('stage', stage.name, { key: KEYS.stage, value: stage.name });
    put('source', state.source, { key: KEYS.source, value: state.source });
    put('score', String(band), { key: KEYS.score, value: band });
    put('trigger', handoff?.trigger.id ?? '', { key: KEYS.trigger, value: handoff?.trigger.id ?? null });
    put('dueAt', String(dueAt ?? ''), { key: KEYS.dueAt, value: dueAt === null ? null : new Date(dueAt) });
    put('owner', handoff?.rep ?? '', { key: KEYS.owner, value: handoff?.rep ?? null });
    put('attention', attention.join(','), {
      key: KEYS.attention,
      value: attention.length > 0 ? attention : null,
    });
    if (pairs.length > 0) upsertSearchAttributes(pairs);
    setCurrentDetails(this.details(state, policy, score));
  }

  private details(state: LeadState, policy: CorePolicy, score: number): string {
    const { stage } = state;
    const next = nextInWords(state, policy);
    const threshold = policy.scoring.threshold / MILLI;
    const lines = [`**Stage** ${stage.name}${stage.name === 'nurturing' ? ` (${stage.track})` : ''}`];
    lines.push(
      `**Score** ${score} of ${threshold}, source \`${state.source}\`, definition ${state.definition.number}`,
    );
    if (stage.name === 'handed_off' || stage.name === 'working') {
      const { number, trigger, sla, rep } = stage.handoff;
      lines.push(
        `**Handoff ${number}** by ${trigger.kind} \`${trigger.id}\` (${trigger.intent}), rep \`${rep ?? 'queue'}\``,
      );
      if (sla.dueAt !== null) lines.push(`**SLA** ${sla.state}, due ${new Date(sla.dueAt).toISOString()}`);
    }
    lines.push(
      next ? `**Next** ${next.words} at ${new Date(next.at).toISOString()}` : '**Next** waits for an event',
    );
    const attention = attentionOf(state);
    if (attention.length > 0) lines.push(`**Needs a person** ${attention.join(', ')}`);
    return lines.join('\n\n');
  }
}
