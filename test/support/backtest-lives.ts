/** Recorded lives for backtests, as the store would read them, and the two versions that they are walked under. */
import { readFileSync } from 'node:fs';
import { readDefinition } from '../../src/definition/check.js';
import type { WalkRep } from '../../src/definition/walk-team.js';
import { Fold, type FoldPlan, type Side } from '../../src/insight/backtest/fold.js';
import { reportOf } from '../../src/insight/backtest/report.js';
import type { BacktestResult } from '../../src/insight/backtest/result.js';
import { addTally, emptyTally } from '../../src/insight/backtest/tally.js';
import type { LifeText } from '../../src/store/read/lives.js';
import type { EventBody } from '../../src/store/schema.js';

const sampleText = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');

/** The sample definition with some of its text replaced; every replacement must find its place. */
export function side(number: number, ...changes: readonly (readonly [from: string, to: string])[]): Side {
  const text = changes.reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`The sample definition has no ${from}`);
    return before.replace(from, to);
  }, sampleText);
  return {
    label: `version ${number}`,
    ref: { number, hash: `hash-${number}` },
    definition: readDefinition(text),
  };
}

export interface RecordedEvent {
  readonly type: string;
  readonly at: string | number;
  readonly body?: EventBody;
}

export interface Recorded {
  readonly id: string;
  readonly source?: string | null;
  readonly owner?: string | null;
  readonly stage?: string | null;
  readonly handoffs?: readonly { number: number; rep: string | null; outcome: string | null }[];
  readonly events: readonly RecordedEvent[];
}

/** A life's texts; events are numbered in their order, and cut into texts of at most `perText`. */
export function lifeText(recorded: Recorded, perText = 2_000): LifeText {
  const { id, source = null, owner = null, stage = null, handoffs = [], events } = recorded;
  const traits = {
    email: null,
    company: null,
    country: null,
    company_size: null,
    time_zone: null,
    traits: {},
  };
  const rows = events.map(({ type, at, body = {} }, index) => {
    const atMs = typeof at === 'string' ? Date.parse(at) : at;
    return [index + 1, type, atMs, atMs, 0, null, body];
  });
  const texts: string[] = [];
  for (let from = 0; from < rows.length; from += perText)
    texts.push(JSON.stringify(rows.slice(from, from + perText)));
  return { head: JSON.stringify({ leadId: id, source, owner, stage, handoffs, traits }), events: texts };
}

export function rep(id: string, more: Partial<WalkRep> = {}): WalkRep {
  const calendar = { timeZone: null, workingDays: null, workingHours: null, holidays: [], absences: [] };
  return { id, handle: id, active: true, inRotation: true, weight: 1, calendar, ...more };
}

/** Folds pages, each group of them by itself as a thread would, and reports on all. */
export function backtest(
  plan: FoldPlan,
  ...threads: readonly (readonly (readonly LifeText[])[])[]
): BacktestResult {
  const sum = emptyTally();
  for (const pages of threads) {
    const fold = new Fold(plan);
    for (const page of pages) {
      const walking = fold.page(page);
      while (!walking.next().done);
    }
    addTally(sum, structuredClone(fold.tally));
  }
  return reportOf(plan, sum, plan.reps.map(repRow), 0);
}

/** As the table of reps has it. */
function repRow({
  id,
  handle,
  active,
  inRotation,
  weight,
  calendar,
}: WalkRep): Parameters<typeof reportOf>[2][number] {
  return {
    ...{ id, handle, name: `Rep ${handle}`, email: null, slack_id: null, crm_owner_id: null },
    role: inRotation ? 'rep' : 'manager',
    time_zone: calendar.timeZone,
    working_days: calendar.workingDays && [...calendar.workingDays],
    working_hours: calendar.workingHours,
    holidays: [...calendar.holidays],
    absences: [...calendar.absences],
    ...{ weight, capacity: null, active, sample: false, last_assigned_at: null, created_at: new Date(0) },
  };
}

/** Leads with a few months of history, some of it sales', the same for the same number. */
export function madeUpLives(count: number, from: string): Recorded[] {
  let state = 7;
  const random = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const start = Date.parse(from);
  return Array.from({ length: count }, (_, lead): Recorded => {
    const source = pick(['webinar', 'cold-download', 'contact-form', 'partner', 'elsewhere', null]);
    const created = {
      type: 'lead.created',
      at: start + Math.floor(random() * 40 * DAY_MS),
      body: source ? { source: { name: source } } : {},
    };
    const events: RecordedEvent[] = [created];
    let at = created.at;
    for (let event = Math.floor(random() * 60); event > 0; event -= 1) {
      at += Math.floor(random() * random() * 4 * DAY_MS);
      const emailId = `mail-${Math.floor(random() * 8)}`;
      const url = `https://acme.test${pick(['/', '/pricing', '/product/one', '/blog/x', '/careers/y'])}`;
      const id = `c${lead}-${event}`;
      events.push(
        pick<RecordedEvent>([
          { type: 'email.sent', at, body: { properties: { emailId } } },
          { type: 'email.opened', at, body: { properties: { emailId } } },
          { type: 'email.opened', at, body: { properties: { emailId } } },
          { type: 'email.clicked', at, body: { properties: { emailId, url } } },
          {
            type: 'page.viewed',
            at,
            body: { properties: { url }, context: { userAgent: 'Mozilla/5.0 Firefox/140' } },
          },
          {
            type: 'content.downloaded',
            at,
            body: { properties: { resource: pick(['a', 'b', 'pricing-guide']) } },
          },
          { type: 'webinar.attended', at },
          { type: 'form.submitted', at, body: random() < 0.1 ? { source: { name: 'partner' } } : {} },
          {
            type: 'lead.updated',
            at,
            body: { properties: { traits: { country: pick(['US', 'DE']), companySize: 80 } } },
          },
          {
            type: 'sales.activity',
            at,
            body: { command: { id, kind: 'activity', handoff: 1, activity: 'call' } },
          },
          {
            type: 'sales.disposition',
            at,
            body: { command: { id, kind: 'disposition', handoff: 1, disposition: 'not_ready' } },
          },
          {
            type: random() < 0.1 ? 'customer.created' : 'email.opened',
            at,
            body: { properties: { emailId } },
          },
        ]),
      );
    }
    const outcome = pick(['converted', 'not_ready', null]);
    const handoffs = random() < 0.4 ? [{ number: 1, rep: pick(['r1', 'r2']), outcome }] : [];
    return {
      id: `lead-${String(lead).padStart(4, '0')}`,
      source,
      handoffs,
      events,
      owner: pick([null, null, 'r3']),
      stage: pick([null, 'nurturing', 'converted']),
    };
  });
}
const DAY_MS = 86_400_000;
