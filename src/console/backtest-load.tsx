/** How much work both versions give to sales: per rep and per business day. */
import { listWords } from '../definition/words.js';
import type { BacktestResult, DayLoad, RepLoad } from '../insight/backtest/result.js';
import { mondayOf } from '../insight/backtest/weeks.js';
import { counted, numberWords } from '../insight/backtest/words.js';
import { fullDay, shortDay, signed } from './backtest-words.js';
import { ColumnChart } from './charts/columns.js';
import { PairChart } from './charts/pairs.js';
import { DayCell, TableBehind } from './charts/table.js';

const REPS_MAX = 20;
const NAMES_MAX = 8;
/** More columns than that are only noise; the chart then has one per week. */
const DAYS_MAX = 70;

const busiest = ({ busiest: day }: DayLoad): number => day?.handoffs ?? 0;

/** What sales should look at before signing: who would get more in one day than they may hold at once. */
function overCapacity(reps: readonly RepLoad[]): string | null {
  const over = reps.filter(({ capacity, after }) => capacity !== null && busiest(after) > capacity);
  const fresh = over.filter(({ capacity, before }) => capacity !== null && busiest(before) <= capacity);
  if (over.length === 0) return null;
  const who = listWords(
    [
      ...over
        .slice(0, NAMES_MAX)
        .map(({ name, capacity, after }) => `${name} (${busiest(after)} in a day, may hold ${capacity})`),
      ...(over.length > NAMES_MAX ? [`${over.length - NAMES_MAX} others`] : []),
    ],
    'and',
  );
  const news =
    fresh.length === over.length
      ? 'Before the change none of them did.'
      : fresh.length === 0
        ? 'So it was before the change.'
        : `For ${fresh.length} of them this is new.`;
  return `More handoffs on the busiest day than may be held at once: ${who}. ${news}`;
}

export function LoadSection({ result }: { result: BacktestResult }) {
  const { load, totals, period } = result;
  const over = overCapacity(load.reps);
  const perDay = (count: number) =>
    numberWords(Math.round((count / Math.max(1, period.businessDays)) * 100) / 100);
  return (
    <>
      <p>
        All reps together get {perDay(totals.before)} handoffs per business day before and{' '}
        {perDay(totals.after)} after the change.
      </p>
      {over !== null && <p class="note">{over}</p>}
      {load.reps.length > 0 && <RepPart reps={load.reps} />}
      {load.days.length > 0 && <DayPart days={load.days} />}
    </>
  );
}

function RepPart({ reps }: { reps: readonly RepLoad[] }) {
  const byLoad = [...reps].sort(
    (one, other) => busiest(other.after) - busiest(one.after) || other.after.handoffs - one.after.handoffs,
  );
  const shown = byLoad.slice(0, REPS_MAX);
  const limited = shown.some(({ capacity }) => capacity !== null);
  const words = shown
    .slice(0, NAMES_MAX)
    .map(
      ({ name, capacity, before, after }) =>
        `${name}: ${busiest(before)} before, ${busiest(after)} after${capacity === null ? '' : `, may hold ${capacity}`}.`,
    );
  return (
    <>
      <PairChart
        id="rep-chart"
        caption="Handoffs on each rep’s busiest day, and on average per business day"
        description={`The busiest first. ${words.join(' ')}`}
        legend={[
          { look: 'same', text: 'Busiest day before' },
          { look: 'after', text: 'Busiest day after' },
          ...(limited ? [{ look: 'limit' as const, text: 'How many the rep may hold at once' }] : []),
        ]}
        rows={shown.map(({ name, capacity, before, after }) => ({
          name,
          note: `${numberWords(before.perDay)} → ${numberWords(after.perDay)} a day`,
          before: busiest(before),
          after: busiest(after),
          limit: capacity,
        }))}
      />
      {reps.length > REPS_MAX && (
        <p>
          The chart shows the {REPS_MAX} reps with the busiest days; the table has all {reps.length}.
        </p>
      )}
      <TableBehind
        summary="The numbers per rep"
        caption="Handoffs per rep. The limit counts handoffs that await first contact; a rep without one has no limit."
        columns={[
          { title: 'Rep' },
          ...['Limit', 'Before', 'After', 'Difference', 'Per day before', 'Per day after'].map((title) => ({
            title,
            numeric: true,
          })),
          { title: 'Busiest day before' },
          { title: 'Busiest day after' },
        ]}
        rows={reps.map(({ rep, name, capacity, before, after }) => [
          rep === null || name === rep ? name : `${name} (${rep})`,
          capacity === null ? '–' : numberWords(capacity),
          numberWords(before.handoffs),
          numberWords(after.handoffs),
          signed(after.handoffs - before.handoffs),
          numberWords(before.perDay),
          numberWords(after.perDay),
          busiestWords(before),
          busiestWords(after),
        ])}
      />
    </>
  );
}

const busiestWords = ({ busiest: day }: DayLoad): string =>
  day === null ? '–' : `${numberWords(day.handoffs)} on ${fullDay(day.on)}`;

type Day = BacktestResult['load']['days'][number];

/** The days of each week by its Monday, with the most handoffs of any of them. */
function busiestPerWeek(days: readonly Day[]): Day[] {
  const weeks = new Map<string, Day>();
  for (const { on, before, after } of days) {
    const monday = mondayOf(on);
    const most = weeks.get(monday);
    weeks.set(monday, {
      on: monday,
      before: Math.max(before, most?.before ?? 0),
      after: Math.max(after, most?.after ?? 0),
    });
  }
  return [...weeks.values()];
}

function DayPart({ days }: { days: readonly Day[] }) {
  const perWeek = days.length > DAYS_MAX;
  const peak = (side: 'before' | 'after') =>
    days.reduce(
      (best, day) => (day[side] > best[side] ? day : best),
      days[0] ?? { on: '', before: 0, after: 0 },
    );
  const words = (['before', 'after'] as const)
    .map((side) => {
      const day = peak(side);
      return `Busiest day ${side}: ${fullDay(day.on)} with ${counted(day[side], 'handoff')}.`;
    })
    .join(' ');
  return (
    <>
      <ColumnChart
        id="day-chart"
        caption={
          perWeek
            ? 'Handoffs on the busiest business day of each week'
            : 'Handoffs per business day, by the day on which the rep’s clock starts'
        }
        description={words}
        legend={[
          { look: 'before', text: 'Before' },
          { look: 'after', text: 'After' },
        ]}
        columns={(perWeek ? busiestPerWeek(days) : days).map(({ on, before, after }) => ({
          label: shortDay(on),
          year: on.slice(0, 4),
          words: `${perWeek ? 'Week of ' : ''}${fullDay(on)}: ${before} before, ${after} after`,
          parts: [{ look: 'after', value: after }],
          lost: 0,
          line: before,
        }))}
      />
      <p>{words}</p>
      <TableBehind
        summary="The numbers per business day"
        caption="Handoffs per business day, all reps together"
        columns={[
          { title: 'Day' },
          ...['Before', 'After', 'Difference'].map((title) => ({ title, numeric: true })),
        ]}
        rows={days.map(({ on, before, after }) => [
          <DayCell on={on} />,
          numberWords(before),
          numberWords(after),
          signed(after - before),
        ])}
      />
    </>
  );
}
