/**
 * What the core needs of a handoff definition: one resolved policy per lead source, plain JSON.
 * Made by `src/definition` from the YAML document; it holds no names, no templates and no personal data,
 * so it may travel through a workflow's history.
 */

/** Durations are milliseconds, or whole business days that only a calendar outside the core can place. */
export type Duration = { readonly ms: number } | { readonly businessDays: number };

export type Intent = 'high' | 'warm';
export type Track = 'initial' | 'long_term';
export type Stream = 'marketing' | 'newsletter' | 'sales';
export type ReplyClass = 'auto_reply' | 'opt_out' | 'buying_signal' | 'question' | 'other';
type ContentKind = string;

/** A condition on one field of an event or of a lead's traits; all conditions of a `where` must hold. */
export type FieldTest =
  | { readonly equals: readonly (string | number | boolean)[] }
  | { readonly glob: string }
  | { readonly present: boolean }
  | { readonly atLeast?: number; readonly atMost?: number };
export type Where = Readonly<Record<string, FieldTest>>;

interface RepeatLimit {
  readonly times: number;
  readonly per: 'email' | 'link' | 'resource' | 'day' | 'period';
}

/** Points are integer milli-points: 1 point is 1000. */
export interface ScoringRule {
  readonly id: string;
  readonly on: string;
  readonly where?: Where;
  readonly points: number;
  readonly atMost?: RepeatLimit;
}

export interface ScoreGroup {
  readonly id: string;
  readonly rules: readonly string[];
  /** Milli-points. */
  readonly atMost: number;
}

export interface FitRule {
  readonly id: string;
  readonly where: Where;
  /** Milli-points. */
  readonly points: number;
}

export interface ScoringPolicy {
  /** Milli-points. */
  readonly threshold: number;
  /** Parts per million of a point that are left after n whole days; empty turns decay off, past its end nothing is left. */
  readonly decay: readonly number[];
  readonly rules: readonly ScoringRule[];
  readonly groups: readonly ScoreGroup[];
  readonly fit: readonly FitRule[];
  /** Milli-points, or null when fit never holds a lead back. */
  readonly fitAtLeast: number | null;
}

export interface ActionTrigger {
  readonly id: string;
  readonly on: string;
  readonly where?: Where;
  readonly intent: Intent;
  /** How many visits (or acts) within `withinMs`; 1 fires at once. */
  readonly times: number;
  readonly withinMs: number;
  /** Acts of the same trigger closer together than this are one visit; 0 counts every act. */
  readonly visitGapMs: number;
}

interface FallbackPolicy {
  readonly afterMs: number;
  readonly opens: number;
  readonly clicks: number;
  readonly cta: { readonly unansweredForMs: number; readonly required: boolean };
}

export interface TriggerPolicy {
  readonly actions: readonly ActionTrigger[];
  readonly freshnessMs: number;
  /** Ids of actions that hand off however old they are. */
  readonly explicit: readonly string[];
  readonly fallback: FallbackPolicy | null;
  readonly cooldownMs: number;
}

export type ActivityKind = 'call' | 'email' | 'meeting' | 'task_completed' | 'note';

export interface SlaTerms {
  readonly firstActivityWithin: Duration;
  readonly remindBefore: Duration | null;
  readonly lapseExtension: Duration;
  readonly reassignments: number;
  readonly satisfiedBy: readonly ActivityKind[];
}

export interface HandoffPolicy {
  readonly due: {
    readonly high: Duration;
    readonly warm: Duration;
    readonly sameDayMinimumMs: number;
    readonly sameDaySpillMs: number;
  };
  /** Resolved per intent: `sla.byIntent` is already folded in. */
  readonly sla: { readonly high: SlaTerms; readonly warm: SlaTerms };
  readonly idle: { readonly remindRepMs: number; readonly remindManagerMs: number; readonly closeMs: number };
  readonly changeDispositionWithinMs: number;
  /** Parts per million of the threshold, and how long before the fallback; null sends no final email. */
  readonly final: { readonly scoreShare: number; readonly beforeFallbackMs: number } | null;
  /** Null sends no bridge email. */
  readonly bridge: { readonly afterMs: number } | null;
}

export type DispositionKind = 'converted' | 'not_ready' | 'unqualified' | 'no_response' | 'left_sales_mail';
export type OutcomeKind = DispositionKind | 'sla_lapsed' | 'merged' | 'erased';

export interface SourcePolicy {
  readonly source: string;
  readonly scoring: ScoringPolicy;
  readonly triggers: TriggerPolicy;
  readonly handoff: HandoffPolicy;
  readonly reentry: { readonly track: Track; readonly tags: Readonly<Partial<Record<OutcomeKind, string>>> };
  readonly after: {
    readonly converted: { readonly reopenOn: readonly string[] };
    readonly unqualified: {
      readonly newsletter: boolean;
      readonly reopenOn: 'high' | 'never' | readonly string[];
    };
  };
  readonly nurture: {
    readonly track: Track;
    readonly sunset: { readonly afterMs: number; readonly withoutEngagementForMs: number } | null;
  };
  readonly machines: MachinePolicy;
  readonly replies: { readonly optOut: readonly string[]; readonly buyingSignals: readonly string[] };
  readonly content: readonly ContentRule[];
}

export interface MachinePolicy {
  readonly clickAfterDeliveryMs: number;
  readonly manyLinksWithinMs: number;
  readonly userAgents: boolean;
  readonly privacyProxyOpens: boolean;
}

export interface ContentRule {
  readonly match: string;
  readonly kind: ContentKind;
  readonly topic?: string;
  readonly title?: string;
}

/** The identity of a published version: the number only grows (a rollback is a new number), the hash names the content. */
export interface DefinitionRef {
  readonly number: number;
  readonly hash: string;
}

/** The part of a policy that `step` reads; what only `observe` needs (conditions, content, phrases) stays outside Temporal. */
export interface CorePolicy {
  readonly ref: DefinitionRef;
  readonly source: string;
  readonly scoring: {
    readonly threshold: number;
    readonly decay: readonly number[];
    readonly rules: readonly CoreRule[];
    readonly groups: readonly ScoreGroup[];
    readonly fitAtLeast: number | null;
  };
  readonly triggers: {
    readonly actions: readonly CoreAction[];
    readonly freshnessMs: number;
    readonly explicit: readonly string[];
    readonly fallback: FallbackPolicy | null;
    readonly cooldownMs: number;
  };
  readonly handoff: HandoffPolicy;
  readonly reentry: SourcePolicy['reentry'];
  readonly after: SourcePolicy['after'];
  readonly nurture: SourcePolicy['nurture'];
  readonly machines: MachinePolicy;
}
export type CoreRule = Pick<ScoringRule, 'id' | 'points' | 'atMost'>;
export type CoreAction = Pick<ActionTrigger, 'id' | 'intent' | 'times' | 'withinMs' | 'visitGapMs'>;

/** Cuts a source's policy down to what `step` reads. */
export function corePolicy(policy: SourcePolicy, ref: DefinitionRef): CorePolicy {
  return {
    ref,
    source: policy.source,
    scoring: {
      threshold: policy.scoring.threshold,
      decay: policy.scoring.decay,
      rules: policy.scoring.rules.map(({ id, points, atMost }) => ({
        id,
        points,
        ...(atMost && { atMost }),
      })),
      groups: policy.scoring.groups,
      fitAtLeast: policy.scoring.fitAtLeast,
    },
    triggers: {
      ...policy.triggers,
      actions: policy.triggers.actions.map(({ id, intent, times, withinMs, visitGapMs }) => ({
        id,
        intent,
        times,
        withinMs,
        visitGapMs,
      })),
    },
    handoff: policy.handoff,
    reentry: policy.reentry,
    after: policy.after,
    nurture: policy.nurture,
    machines: policy.machines,
  };
}
