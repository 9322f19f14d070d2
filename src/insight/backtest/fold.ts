/** Walks recorded lives under two versions of the definition and counts what differs. No database, no clock. */
import { localDate } from '../../definition/calendar.js';
import { DEFAULT_SOURCE, type HandoffDefinition, termsFor } from '../../definition/document.js';
import {
  LeadWalk,
  type WalkDefinition,
  type WalkedLead,
  type WalkTeam,
  type WalkTurn,
} from '../../definition/walk.js';
import { type WalkRep, walkTeam } from '../../definition/walk-team.js';
import type { DefinitionRef } from '../../domain/definition.js';
import type { LifeText } from '../../store/read/lives.js';
import { CommonGround } from './common-ground.js';
import { laterOutcome, type RecordedLife, readLife } from './life.js';
import { type Pair, pairHandoffs, type WalkedHandoff, withinPeriod } from './pairs.js';

import { at, emptyTally, noCounts, noSides, offerExample, type Tally } from './tally.js';
import { mondayOf } from './weeks.js';

/** One of the two versions; plain JSON. */
export interface Side {
  /** In words, such as `version 3 (live)`. */
  readonly label: string;
  readonly ref: DefinitionRef;
  readonly definition: HandoffDefinition;
}

/** What every folding thread is told; plain JSON. */
export interface FoldPlan {
  readonly before: Side;
  readonly after: Side;
  readonly reps: readonly WalkRep[];
  /** Handoffs from the first instant up to and without the second count. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** A page that is folded: how much it was. */
export interface Folded {
  readonly leads: number;
  readonly events: number;
  readonly handoffs: { readonly before: number; readonly after: number };
}

/** Walked in one go before others get the thread. */
const SLICE_EVENTS = 2_000;
const TENTH_OF_DAY_MS = 8_640_000;

interface Version {
  readonly side: Side;
  readonly walked: WalkDefinition;
  readonly team: WalkTeam;
}

export class Fold {
  readonly tally: Tally = emptyTally();
  readonly #plan: FoldPlan;
  readonly #before: Version;
  readonly #after: Version;
  readonly #common: CommonGround;
  readonly #mondays = new Map<string, string>();
  readonly #repZones: ReadonlyMap<string, string | null>;

  constructor(plan: FoldPlan) {
    this.#plan = plan;
    this.#common = new CommonGround(published(plan.before), published(plan.after));
    const version = (side: Side, walked: WalkDefinition): Version => ({
      side,
      walked,
      team: walkTeam(side.definition, plan.reps),
    });
    this.#before = version(plan.before, this.#common.before);
    this.#after = version(plan.after, this.#common.after);
    this.#repZones = new Map(plan.reps.map(({ id, calendar }) => [id, calendar.timeZone]));
  }

  /** Folds a page, life by life. A generator, because a thread with other work must not be held for a robot's life. */
  *page(lives: readonly LifeText[]): Generator<void, Folded> {
    const { totals } = this.tally;
    const already = { ...totals };
    let events = 0;
    for (const text of lives) {
      const life = readLife(text);
      events += life.lead.subjects.length;
      yield* this.#life(life);
    }
    this.tally.leads += lives.length;
    this.tally.events += events;
    const handoffs = { before: totals.before - already.before, after: totals.after - already.after };
    return { leads: lives.length, events, handoffs };
  }

  *#life({ lead, became }: RecordedLife): Generator<void, void> {
    this.#common.begin();
    const before = yield* this.#walk(lead, this.#before);
    const after = this.#common.sameFor(lead) ? before : yield* this.#walk(lead, this.#after);
    const { stages } = this.tally;
    at(stages, before.stage, noSides).before += 1;
    at(stages, after.stage, noSides).after += 1;
    const { pairs, movedOver } = withinPeriod(pairHandoffs(before.handoffs, after.handoffs), this.#plan);
    this.tally.movedOver += movedOver;
    for (const pair of pairs) this.#count(pair, { lead, became });
  }

  *#walk(lead: WalkedLead, version: Version): Generator<void, { handoffs: WalkedHandoff[]; stage: string }> {
    const handoffs: WalkedHandoff[] = [];
    const note = (turn: WalkTurn) => this.#note(turn, version, handoffs);
    const walk = new LeadWalk(lead, version.walked, version.team, note, true);
    for (let next = SLICE_EVENTS; next < lead.subjects.length; next += SLICE_EVENTS) {
      walk.runUntil(lead.subjects[next]?.event.acceptedAtMs ?? this.#plan.toMs);
      yield;
    }
    const state = walk.runUntil(this.#plan.toMs);
    yield;
    return { handoffs, stage: state.stage.name };
  }

  /** A handoff is noted when it starts, and completed when its preparation answers, which is at the same instant. */
  #note({ atMs, decisions, state, policy }: WalkTurn, { side }: Version, handoffs: WalkedHandoff[]): void {
    for (const decision of decisions) {
      if (decision.kind === 'handoff') {
        const { number, trigger, score } = decision;
        const { kind, id, intent } = trigger;
        const { source } = policy;
        const day = localDate(atMs, side.definition.calendar.timeZone);
        const handoff = { number, atMs, trigger: { kind, id }, intent, score, source, day };
        handoffs.push({ ...handoff, rep: null, slaDueAtMs: null });
      } else if (decision.kind === 'prepared') {
        const last = handoffs.at(-1);
        const { stage } = state;
        // Prepared once more, for another rep after a lapse: the first one is who the handoff went to.
        if (last?.number !== decision.number || last.slaDueAtMs !== null || !('handoff' in stage)) continue;
        const { rep, sla } = stage.handoff;
        const zone = (rep !== null && this.#repZones.get(rep)) || side.definition.calendar.timeZone;
        const day = localDate(sla.startsAt ?? last.atMs, zone);
        handoffs[handoffs.length - 1] = { ...last, rep, slaDueAtMs: sla.dueAt, day };
      }
    }
  }

  #count(pair: Pair, { lead, became }: RecordedLife): void {
    const { before, after, change } = pair;
    const { tally } = this;
    const of = after ?? before;
    const source = this.#sourceOf(pair, lead.source);
    // The number under the first version, which mostly is the one that the record was made under.
    const outcome = laterOutcome(became, (before ?? of).number, of.atMs);
    for (const counts of [
      tally.totals,
      at(tally.bySource, source, noCounts),
      at(tally.byOutcome, outcome, noCounts),
    ]) {
      if (before) counts.before += 1;
      if (after) counts.after += 1;
      counts[change] += 1;
    }
    const week = (handoff: WalkedHandoff) => at(tally.byWeek, this.#weekOf(handoff.atMs), noCounts);
    if (before) week(before).before += 1;
    if (after) week(after).after += 1;
    week(of)[change] += 1;
    if (before) this.#carry(before, 'before');
    if (after) this.#carry(after, 'after');
    if (change === 'earlier' || change === 'later') {
      const tenths = Math.round(Math.abs(after.atMs - before.atMs) / TENTH_OF_DAY_MS);
      tally[change].set(tenths, (tally[change].get(tenths) ?? 0) + 1);
    }
    if (change !== 'same')
      offerExample(tally.examples, { change, leadId: lead.id, source, before, after, outcome });
  }

  #carry({ trigger, rep, day }: WalkedHandoff, side: 'before' | 'after'): void {
    const { byTrigger, load } = this.tally;
    at(byTrigger, `${trigger.kind} ${trigger.id}`, noSides)[side] += 1;
    at(
      at(load, rep ?? '', () => new Map()),
      day,
      noSides,
    )[side] += 1;
  }

  /** Both handoffs of a pair count for one source: the one whose rules held, as far as either version names it. */
  #sourceOf({ before, after }: Pair, entered: string | null): string {
    for (const handoff of [after, before]) {
      if (handoff && handoff.source !== DEFAULT_SOURCE) return handoff.source;
    }
    for (const { side } of [this.#after, this.#before]) {
      const { id } = termsFor(side.definition, entered);
      if (id !== DEFAULT_SOURCE) return id;
    }
    return DEFAULT_SOURCE;
  }

  #weekOf(atMs: number): string {
    const date = localDate(atMs, this.#plan.after.definition.calendar.timeZone);
    return at(this.#mondays, date, () => mondayOf(date));
  }
}

function published({ ref, definition }: Side): ConstructorParameters<typeof WalkDefinition>[0] {
  return { ref, definition, policyFor: (source) => termsFor(definition, source).policy };
}
