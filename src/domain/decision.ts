/** What `step` answers with: decisions as data. The workflow carries them out, the journal keeps them. */
import type { ActivityKind, Duration, Intent, OutcomeKind, Track } from './definition.js';
import type { CommandKind, DeadlineKind, FaultCode, MachineRule } from './lead-event.js';

export type EffectKind =
  | 'pause'
  | 'resume'
  | 'tag'
  | 'untag'
  | 'task'
  | 'task_update'
  | 'alert'
  | 'bridge'
  | 'final';

/** Whom an alert is for, and what it says. */
export type AlertReason =
  | 'handoff'
  | 'queue'
  | 'reassigned'
  | 'acted_again'
  | 'sla_reminder'
  | 'task_due'
  | 'sla_lapsed'
  | 'lapse_unconfirmed'
  | 'confirm_contact'
  | 'idle_rep'
  | 'idle_manager'
  | 'meeting_booked'
  | 'restored'
  | 'left_sales_mail'
  | 'phone_only'
  | 'no_task';
export type AlertTo = 'rep' | 'managers';

export type EffectArgs =
  | { readonly effect: 'pause' }
  | { readonly effect: 'resume'; readonly track: Track }
  | { readonly effect: 'tag' | 'untag'; readonly tag: string }
  | { readonly effect: 'task'; readonly rep: string | null; readonly dueAt: number }
  | {
      readonly effect: 'task_update';
      readonly change: 'done' | 'missed' | 'cancelled' | 'reopened' | 'due' | 'owner';
      readonly rep?: string | null;
      readonly dueAt?: number;
    }
  | {
      readonly effect: 'alert';
      readonly to: AlertTo;
      readonly reason: AlertReason;
      readonly rep: string | null;
      readonly dueAt?: number;
    }
  | { readonly effect: 'bridge' }
  | { readonly effect: 'final' };

/** One outward act. `key` is unique for ever: `<lead>/h<handoff>/<effect>/<ordinal>` or `<lead>/p<period>/…`. */
export interface EffectPlan {
  readonly key: string;
  readonly handoff: number | null;
  readonly args: EffectArgs;
  /** Key of an effect that must be confirmed before this one is tried. */
  readonly after?: string;
}

export interface PendingEffect extends EffectPlan {
  readonly attempts: number;
  /** Not before this instant; 0 is at once. */
  readonly retryAt: number;
  /** A person must act before it is tried again. */
  readonly parked: boolean;
  readonly code?: FaultCode;
}

/** What an instant is computed from outside the core, with a calendar. `rep` chooses whose. */
export interface DeadlineQuery {
  readonly from: number;
  readonly rep: string | null;
  readonly rule:
    | { readonly kind: 'after'; readonly duration: Duration }
    | { readonly kind: 'before'; readonly duration: Duration }
    | {
        readonly kind: 'due';
        readonly duration: Duration;
        readonly sameDayMinimumMs: number;
        readonly sameDaySpillMs: number;
      }
    | { readonly kind: 'on'; readonly date: string };
}

export type RequestPlan =
  | {
      readonly request: 'prepare';
      readonly handoff: number;
      readonly startedAt: number;
      readonly intent: Intent;
      /** Reps the ladder must pass over (they let it lapse); the same rep first for a follow-up. */
      readonly exclude: readonly string[];
      readonly prefer: string | null;
    }
  | {
      readonly request: 'deadlines';
      readonly purpose: DeadlinePurpose;
      readonly queries: Readonly<Record<string, DeadlineQuery>>;
    }
  | {
      readonly request: 'barrier';
      readonly purpose: 'sla' | 'fallback';
      readonly at: number;
      readonly handoff: number | null;
    };
export type DeadlinePurpose = 'meeting' | 'follow_up' | 'lapse_extension' | 'earlier_due';

export type PendingRequest = RequestPlan & {
  readonly id: number;
  readonly attempts: number;
  readonly retryAt: number;
};

export interface TriggerFired {
  readonly kind: 'action' | 'score' | 'time' | 'manual' | 'follow_up';
  /** The action's id, or the kind itself. */
  readonly id: string;
  readonly intent: Intent;
  /** When what crossed happened; `firedAt` of the handoff says when it was decided. */
  readonly at: number;
  /** Milli-points for score, visits for a counted action, days for time. */
  readonly value?: number;
  readonly threshold?: number;
  /** Everything else that held at the same instant. */
  readonly alsoHeld: readonly string[];
  /** Older than the freshness limit when it was accepted: says how old, and sends no bridge. */
  readonly stale?: boolean;
}

export type StageName = 'nurturing' | 'handed_off' | 'working' | 'converted' | 'unqualified' | 'dormant';

/** Why a command was refused; the caller shows words made from this and the journal. */
export type RefusalCode =
  | 'handoff_open'
  | 'no_such_handoff'
  | 'handoff_closed'
  | 'too_late_to_change'
  | 'not_open'
  | 'newer_handoff'
  | 'lead_ended'
  | 'suppressed'
  | 'nothing_to_judge'
  | 'same_rep'
  | 'no_such_effect'
  | 'before_handoff'
  | 'not_allowed';

export interface Verdict {
  readonly commandId: string;
  readonly ok: boolean;
  readonly code?: RefusalCode;
  readonly handoff?: number;
  readonly outcome?: OutcomeKind;
  /** What was done, where a command may have several results: `recorded`, `restored`, `changed`, `handed_off`, … */
  readonly did?: string;
}

export type Decision =
  | { readonly kind: 'perform'; readonly effect: EffectPlan }
  | { readonly kind: 'request'; readonly request: PendingRequest }
  | {
      readonly kind: 'ignore';
      readonly reason: IgnoreReason;
      readonly rule?: MachineRule;
      readonly trigger?: string;
    }
  | { readonly kind: 'schedule'; readonly deadline: DeadlineKind; readonly at: number }
  | {
      readonly kind: 'handoff';
      readonly number: number;
      readonly trigger: TriggerFired;
      readonly score: number;
    }
  | {
      readonly kind: 'prepared';
      readonly number: number;
      readonly rep: string | null;
      readonly routedBy: string;
    }
  | { readonly kind: 'add_act'; readonly number: number; readonly trigger: TriggerFired }
  | {
      readonly kind: 'activity';
      readonly number: number;
      readonly activity: ActivityKind;
      readonly at: number;
      readonly first: boolean;
      readonly by?: string;
    }
  | {
      readonly kind: 'complete';
      readonly number: number;
      readonly outcome: OutcomeKind;
      readonly by?: string;
      readonly replaces?: OutcomeKind;
    }
  | { readonly kind: 'restore'; readonly number: number; readonly replaces: OutcomeKind }
  | {
      readonly kind: 'reassign';
      readonly number: number;
      readonly from: string | null;
      readonly to: string | null;
      readonly by?: string;
    }
  | { readonly kind: 'stage'; readonly from: StageName; readonly to: StageName; readonly track?: Track }
  | { readonly kind: 'period'; readonly number: number; readonly startedAt: number; readonly source: string }
  | {
      readonly kind: 'suppress';
      readonly stream: 'marketing' | 'sales';
      readonly on: boolean;
      readonly why: string;
    }
  | { readonly kind: 'hold'; readonly what: 'score' | 'time'; readonly why: HoldReason }
  | { readonly kind: 'follow_up'; readonly number: number; readonly on: string | null }
  | { readonly kind: 'drop'; readonly effect: EffectKind; readonly key?: string; readonly why: string }
  | {
      readonly kind: 'effect_fault';
      readonly key: string;
      readonly code: FaultCode;
      readonly parked: boolean;
      readonly retryAt: number;
    }
  | { readonly kind: 'effect_done'; readonly key: string }
  | { readonly kind: 'command'; readonly command: CommandKind; readonly verdict: Verdict };

export type IgnoreReason =
  | 'machine'
  | 'stale_action'
  | 'backfill'
  | 'before_period'
  | 'cooldown'
  | 'suppressed'
  | 'ended'
  | 'auto_reply'
  | 'late_result'
  | 'not_due';
export type HoldReason = 'fit' | 'cooldown' | 'suppressed' | 'backfill' | 'follow_up';
