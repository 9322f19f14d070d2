/** What a backtest says: how two versions of the handoff definition would have treated the same recorded past. */

import type { TriggerFired } from '../../domain/decision.js';
import type { DefinitionRef, Intent, OutcomeKind } from '../../domain/definition.js';

/** One of the two versions; a draft has the number that publishing it would give it. */
export interface BacktestSide {
  /** In words, such as `version 3 (live)` or `draft d_…`. */
  readonly label: string;
  readonly ref: DefinitionRef;
  readonly name: string;
}

/** How a lead's handoff under the second version relates to its handoff under the first. */
export type Change = 'same' | 'gained' | 'lost' | 'earlier' | 'later' | 'changed';

/** Handoffs counted; `changed` ones happen at the same instant by another trigger or intent. */
export interface Counts {
  readonly before: number;
  readonly after: number;
  readonly same: number;
  readonly gained: number;
  readonly lost: number;
  readonly earlier: number;
  readonly later: number;
  readonly changed: number;
}

/** What became of the lead later, by the record: how its next recorded handoff ended, or the lead itself. */
export type LaterOutcome = OutcomeKind | 'customer' | 'open' | 'none';

export interface HandoffBrief {
  readonly number: number;
  /** ISO instant. */
  readonly at: string;
  readonly trigger: TriggerFired['kind'];
  /** The action's id, or the kind itself. */
  readonly triggerId: string;
  readonly intent: Intent;
  /** Points, not milli-points. */
  readonly score: number;
  /** Handle; null is the queue. */
  readonly rep: string | null;
  readonly slaDueAt: string | null;
}

export interface BacktestExample {
  readonly change: Exclude<Change, 'same'>;
  readonly leadId: string;
  readonly source: string;
  readonly before: HandoffBrief | null;
  readonly after: HandoffBrief | null;
  readonly outcome: LaterOutcome;
}

/** Handoffs per rep (by handle) and business day; a null rep is the queue. */
export interface RepLoad {
  readonly rep: string | null;
  readonly name: string;
  /** Handoffs awaiting first contact that they may hold; null is without limit. */
  readonly capacity: number | null;
  readonly before: DayLoad;
  readonly after: DayLoad;
}
export interface DayLoad {
  readonly handoffs: number;
  /** Per business day of the period, two decimals. */
  readonly perDay: number;
  /** The busiest day: ISO date and its handoffs; null without any. */
  readonly busiest: { readonly on: string; readonly handoffs: number } | null;
}

export interface BacktestResult {
  readonly format: 1;
  readonly before: BacktestSide;
  readonly after: BacktestSide;
  /** ISO instants: handoffs from the first up to and without the second are counted. */
  readonly period: {
    readonly from: string;
    readonly to: string;
    readonly timeZone: string;
    readonly businessDays: number;
  };
  readonly leads: number;
  readonly events: number;
  readonly totals: Counts;
  /** Days by which handoffs come earlier or later: median, and the middle half of them; null without any. */
  readonly shift: { readonly earlier: Spread | null; readonly later: Spread | null };
  readonly bySource: readonly (Counts & { readonly source: string; readonly title: string })[];
  /** Every week of the period, each by the ISO date of its Monday. */
  readonly byWeek: readonly (Counts & { readonly week: string })[];
  readonly byTrigger: readonly {
    readonly kind: TriggerFired['kind'];
    readonly id: string;
    readonly before: number;
    readonly after: number;
  }[];
  readonly byOutcome: readonly (Counts & { readonly outcome: LaterOutcome })[];
  readonly load: {
    readonly reps: readonly RepLoad[];
    readonly days: readonly { readonly on: string; readonly before: number; readonly after: number }[];
  };
  /** How many leads end the period in each stage. */
  readonly stages: readonly { readonly stage: string; readonly before: number; readonly after: number }[];
  /** Up to some dozens of each change, spread over sources. */
  readonly examples: readonly BacktestExample[];
  /** What a reader must know to trust it, in words. */
  readonly notes: readonly string[];
  readonly elapsedMs: number;
}

/** Days, one decimal. */
export interface Spread {
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
}
