/** A backtest counted once more by plain code, to hold the engine's result against. */
import { localDate } from '../../src/definition/calendar.js';
import { termsFor } from '../../src/definition/document.js';
import { LeadWalk, WalkDefinition } from '../../src/definition/walk.js';
import { walkTeam } from '../../src/definition/walk-team.js';
import type { FoldPlan, Side } from '../../src/insight/backtest/fold.js';
import { readLife } from '../../src/insight/backtest/life.js';
import type { BacktestResult, Counts } from '../../src/insight/backtest/result.js';
import { lifeText, type Recorded } from './backtest-lives.js';

const DAY_MS = 86_400_000;
const none: Counts = { before: 0, after: 0, same: 0, gained: 0, lost: 0, earlier: 0, later: 0, changed: 0 };

/** The parts of a result that plain code counts too. */
export function partsOf({ totals, bySource, byWeek, byTrigger, byOutcome, stages, load }: BacktestResult) {
  const rows = <Row extends Partial<Counts>>(list: readonly Row[], name: (row: Row) => string) =>
    Object.fromEntries(list.filter((row) => row.before || row.after).map((row) => [name(row), counted(row)]));
  return {
    totals,
    bySource: rows(bySource, ({ source }) => source),
    byWeek: rows(byWeek, ({ week }) => week),
    byTrigger: rows(byTrigger, ({ kind, id }) => `${kind} ${id}`),
    byOutcome: rows(byOutcome, ({ outcome }) => outcome),
    byDay: rows(load.days, ({ on }) => on),
    byRep: Object.fromEntries(load.reps.map((row) => [row.rep, [row.before.handoffs, row.after.handoffs]])),
    stages: rows(stages, ({ stage }) => stage),
  };
}

const counted = (row: Partial<Counts>) =>
  Object.fromEntries(Object.entries({ ...none, ...row }).filter(([key]) => key in none));

interface Plain {
  readonly at: number;
  readonly trigger: string;
  readonly source: string;
  readonly rep: string | null;
  readonly day: string;
}

/** Every lead walked by itself and without shortcuts, and everything counted with as little cleverness as possible. */
export function countPlainly(plan: FoldPlan, past: readonly Recorded[]) {
  const totals = { ...none };
  type Table = Record<string, Record<string, number>>;
  const tables = { bySource: {}, byWeek: {}, byTrigger: {}, byOutcome: {}, byDay: {}, stages: {} } as Record<
    string,
    Table
  >;
  const byRep: Record<string, [number, number]> = { r1: [0, 0], r2: [0, 0] };
  const add = (table: string, key: string, what: string) => {
    const row = tables[table]?.[key] ?? { ...none };
    tables[table] = { ...tables[table], [key]: { ...row, [what]: (row[what] ?? 0) + 1 } };
  };
  for (const recorded of past) {
    const [before, stageBefore] = walkPlainly(plan, plan.before, recorded);
    const [after, stageAfter] = walkPlainly(plan, plan.after, recorded);
    add('stages', stageBefore, 'before');
    add('stages', stageAfter, 'after');
    for (const [old, now, place] of pairPlainly(before, after)) {
      const inside = (one: Plain | null) => one !== null && one.at >= plan.fromMs && one.at < plan.toMs;
      const b = inside(old) ? old : null;
      const a = inside(now) ? now : null;
      if (!b && !a) continue;
      const shift = b && a ? a.at - b.at : 0;
      const change = !b
        ? 'gained'
        : !a
          ? 'lost'
          : shift < 0
            ? 'earlier'
            : shift > 0
              ? 'later'
              : a.trigger === b.trigger
                ? 'same'
                : 'changed';
      const of = (a ?? b) as Plain;
      const known = [plan.after, plan.before].map(
        (one) => termsFor(one.definition, recorded.source ?? null).id,
      );
      const source =
        [a?.source, b?.source, ...known].find((id) => id !== undefined && id !== 'default') ?? 'default';
      const record = recorded.handoffs?.find(({ number }) => number === (b ? place[0] : place[1]) + 1);
      const customer =
        recorded.stage === 'converted' ||
        recorded.events.some(
          ({ type, at }) => type === 'customer.created' && Number(at) >= of.at && Number(at) <= plan.toMs,
        );
      const outcome = record ? (record.outcome ?? 'open') : customer ? 'customer' : 'none';
      const weekOf = ({ at }: Plain) => {
        const date = new Date(`${localDate(at, plan.after.definition.calendar.timeZone)}T12:00:00Z`);
        while (date.getUTCDay() !== 1) date.setTime(date.getTime() - DAY_MS);
        return date.toISOString().slice(0, 10);
      };
      totals[change] += 1;
      add('bySource', source, change);
      add('byOutcome', outcome, change);
      add('byWeek', weekOf(of), change);
      for (const [one, name, index] of [
        [b, 'before', 0],
        [a, 'after', 1],
      ] as const) {
        if (!one) continue;
        totals[name] += 1;
        add('bySource', source, name);
        add('byOutcome', outcome, name);
        add('byWeek', weekOf(one), name);
        add('byTrigger', one.trigger, name);
        add('byDay', one.day, name);
        const load = byRep[String(one.rep)] ?? [0, 0];
        load[index] += 1;
        byRep[String(one.rep)] = load;
      }
    }
  }
  return { totals, ...tables, byRep };
}

function walkPlainly(plan: FoldPlan, { ref, definition }: Side, recorded: Recorded): [Plain[], string] {
  const { lead: walked } = readLife(lifeText(recorded));
  const policyFor = (source: string | null) => termsFor(definition, source).policy;
  const found: Plain[] = [];
  const walk = new LeadWalk(
    walked,
    new WalkDefinition({ ref, definition, policyFor }),
    walkTeam(definition, plan.reps),
    (turn) => {
      for (const decision of turn.decisions) {
        if (
          decision.kind !== 'request' ||
          decision.request.request !== 'prepare' ||
          decision.request.exclude.length > 0
        )
          continue;
        const { stage } = turn.state;
        if (stage.name !== 'handed_off') throw new Error('A handoff begins in its stage.');
        const { trigger } = stage.handoff;
        found.push({
          at: turn.atMs,
          trigger: `${trigger.kind} ${trigger.id}`,
          source: turn.policy.source,
          rep: null,
          day: '',
        });
      }
      const { input, state } = turn;
      if (input.kind !== 'request_result' || !input.result.ok || input.result.answer.request !== 'prepare')
        return;
      const last = found.at(-1);
      if (last?.day !== '' || state.at !== last.at) return;
      const { facts } = input.result.answer;
      found[found.length - 1] = {
        ...last,
        rep: facts.rep,
        day: localDate(facts.slaStartsAt, definition.calendar.timeZone),
      };
    },
  );
  return [found, walk.runUntil(plan.toMs).stage.name];
}

/** Cut at the instants that both have; within a piece one by one. */
function pairPlainly(
  before: readonly Plain[],
  after: readonly Plain[],
): [Plain | null, Plain | null, [number, number]][] {
  const pairs: [Plain | null, Plain | null, [number, number]][] = [];
  let [b, a] = [0, 0];
  while (b < before.length || a < after.length) {
    const isTwin = (one: Plain | undefined, others: readonly Plain[]) =>
      others.some(({ at }) => at === one?.at);
    const oldIsTwin = b >= before.length || isTwin(before[b], after);
    const newIsTwin = a >= after.length || isTwin(after[a], before);
    const takeOld = b < before.length && (!oldIsTwin || newIsTwin);
    const takeNew = a < after.length && (!newIsTwin || oldIsTwin);
    pairs.push([takeOld ? (before[b] ?? null) : null, takeNew ? (after[a] ?? null) : null, [b, a]]);
    if (takeOld) b += 1;
    if (takeNew) a += 1;
  }
  return pairs;
}
